#!/usr/bin/env python3
"""Measures what README.md says, and writes RESULTS.md."""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
# What people wrote below the figures stays.
BY_HAND = "## What falls short, and why\n"
TITLES = {
    "reads": "Reads",
    "plans": "Plans",
    "search": "Search",
    "derived": "Derived positions, on perspectrum: 21,165 relations",
    "bundles": "Bundles",
    "exports": "Exports",
    "datasette": "Beside Datasette",
    "pages": "The public pages, at 1 M statements",
    "desk": "The editors' desk, at 1 M statements",
}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = ".".join(str(part) for part in sys.version_info[:2])
    return f"{os.cpu_count()} cores, {memory:.0f} GB of memory, Python {version}"


def measured(part: str) -> list[str]:
    """Return the lines of a part of the results."""
    # Only here do we have the packages that these import.
    from beside import beside
    from bundles import bundles
    from derived import derived
    from editors import editors
    from exports import exports
    from pages import pages
    from plans import plans
    from reads import reads
    from searches import searches

    measure = {
        "reads": reads,
        "plans": plans,
        "search": searches,
        "derived": derived,
        "bundles": bundles,
        "exports": exports,
        "datasette": beside,
        "pages": pages,
        "desk": editors,
    }[part]
    return [f"## {TITLES[part]}", "", *measure(say), ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=TITLES, help="measure only this, and keep nothing")
    only = parser.parse_args().only
    if only:
        print("\n".join(measured(only)))
        return
    lines = [
        "# Results",
        "",
        "Made by `python3 benchmarks/run.py`; README.md says what is what.",
        "",
        f"Machine: {machine()}.",
        "",
    ]
    for part in TITLES:
        lines += measured(part)
    text = "\n".join(lines) + "\n"
    if RESULTS.exists():
        before = RESULTS.read_text(encoding="utf-8")
        text += before[before.index(BY_HAND) :] if BY_HAND in before else ""
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    from claimtracker import bootstrap

    bootstrap.ensure(str(HERE.parent), sys.argv)
    if bootstrap.has_own_server():
        main()
    else:
        from claimtracker import embedded_postgres

        with embedded_postgres.in_use(HERE.parent, "benchmark"):
            main()
