"""How long derived positions take where relations are many: on the data set perspectrum."""

from collections.abc import Callable
from contextlib import closing

from servers import BASE_DIR, afresh, drop_what_is_empty, make_empty
from workers import Worker

PERSPECTRUM = BASE_DIR.parent / "shared" / "datasets" / "perspectrum"


def derived(say: Callable[[str], None]) -> list[str]:
    """Return the table of the slowest of all its claims; nothing where there is no such folder."""
    if not PERSPECTRUM.is_dir():
        return [f"Not measured: there is no {PERSPECTRUM.relative_to(BASE_DIR.parent)} beside us."]
    make_empty()
    with closing(Worker(afresh())) as worker:
        say("Importing perspectrum")
        worker.ask("import_bundle", str(PERSPECTRUM))
        claims = worker.ask("claims")
        request = query = 0.0
        for number, claim in enumerate(claims):
            if number % 1000 == 0:
                say(f"Deriving positions on its claims: {number:,} of {len(claims):,}")
            took, queries = worker.ask("timed", f"/api/v1/claims/{claim}/positions/?derived=true")
            request, query = max(request, took), max(query, *queries)
    drop_what_is_empty()
    return [
        f"| of all {len(claims):,} claims | milliseconds |",
        "|---|---|",
        f"| the slowest query | {query * 1000:.0f} |",
        f"| the slowest request | {request * 1000:.0f} |",
    ]
