"""What the public pages cost among a million statements: their queries, and the server's work."""

from collections.abc import Callable
from contextlib import closing

from reads import slugs
from servers import make_world
from workers import Worker

# A name, the address, and how many milliseconds its SQL may take.
PAGES = {
    "home": ("/", 300),
    "a claim, 100 statements": ("/claims/{claim_100}/", 50),
    "the same, as of a day": ("/claims/{claim_100}/?said_by=2020-01-01", 50),
    "the same, as recorded": ("/claims/{claim_100}/?recorded_by=2999-01-01", 300),
    "a claim, 2,000 statements": ("/claims/{claim_2000}/", 300),
    "a source, 500 statements": ("/sources/{source_500}/", 300),
    "a source, 5,000 statements": ("/sources/{source_5000}/", 300),
    "agreement of two sources": ("/sources/{source_500}/agreement/?with={source_5000}", 50),
    "a topic, as a matrix": ("/topics/topic-37/", 300),
    "who contradicts whom, on a topic": ("/disputes/?topic=topic-37", 300),
    "who contradicts whom, on all": ("/disputes/", 300),
    "search": ("/search/?q=ceasefire", 300),
}


def pages(say: Callable[[str], None]) -> list[str]:
    """Return the table of pages: at the third time of asking, so that plans are made."""
    lines = [
        "| page | queries | SQL, ms | of work | wanted | the page, ms | size |",
        "|---|---|---|---|---|---|---|",
    ]
    with closing(Worker(make_world("1m", say))) as worker:
        known = slugs(worker)
        for name, (address, wanted) in PAGES.items():
            say(f"Asking for: {name}")
            queries, sql, work, whole, size = worker.ask("page", address.format(**known))
            lines.append(
                f"| {name} | {queries} | {sql:.0f} | {work:.0f} | {wanted} | {whole:.0f} "
                f"| {size / 1000:,.0f} kB |"
            )
    return lines
