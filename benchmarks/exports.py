"""How files of a million statements compare with COPY TO of the same rows, and what they cost."""

from collections.abc import Callable
from contextlib import closing
from statistics import median

from servers import make_world
from workers import Worker

ROUNDS = 5
FILES = {
    "csv": "/api/v1/exports/statements.csv",
    "jsonl": "/api/v1/exports/statements.jsonl",
    "parquet": "/api/v1/exports/statements.parquet",
    "zip": "/api/v1/exports/bundle.zip",
}
NAMES = {
    "csv": "statements.csv",
    "jsonl": "statements.jsonl",
    "parquet": "statements.parquet",
    "zip": "bundle.zip",
}
# COPY writes no Parquet and no zip: those are held against the CSV of the same rows, and against
# the lines of the same bundle.
LIKE = {"csv": "csv", "jsonl": "jsonl", "parquet": "csv", "zip": "bundle"}


def exports(say: Callable[[str], None]) -> list[str]:
    """Return the table of files: speed, first byte, memory."""
    url = make_world("1m", say)
    told = []
    for name, address in FILES.items():
        with closing(Worker(url)) as worker:
            # What a worker needs for any such file at all, it has then.
            worker.ask("export", f"{address}{'' if name == 'zip' else '?stance=silent'}")
            before = worker.ask("peak")
            took, first, copied = [], [], []
            for n in range(ROUNDS):
                say(f"{NAMES[name]}, round {n + 1} of {ROUNDS}")
                seconds, first_byte, size = worker.ask("export", address)
                took.append(seconds)
                first.append(first_byte)
                copied.append(worker.ask("copied", LIKE[name]))
            grown = worker.ask("peak") - before
        ratio, begins = median(copied) / median(took), median(first) * 1000
        told.append(
            f"| {NAMES[name]} | {ratio:.2f} | {begins:.0f} ms | {grown:.1f} MB "
            f"| {size / 1e6:,.0f} MB |"
        )
    return [
        "| of 1 M statements | COPY TO, times as fast | first byte | memory | size |",
        "|---|---|---|---|---|",
        *told,
    ]
