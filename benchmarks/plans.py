"""How much of statements and citations PostgreSQL goes through to answer a list or a row."""

from collections.abc import Callable
from contextlib import closing

from reads import READS, slugs
from servers import make_world
from workers import Worker

# Beside those that are timed.
OTHERS = {
    "claims by what was said first": "/api/v1/claims/?ordering=first_said",
    "claims by what was said last": "/api/v1/claims/?ordering=-last_said",
    "claims of a topic": "/api/v1/claims/?topic=topic-1",
    "claims that a source spoke of": "/api/v1/claims/?source={source_500}",
    "claims that somebody denies": "/api/v1/claims/?stance=denies",
    "timeline of a claim": "/api/v1/claims/{claim_100}/timeline/",
    "positions, derived ones too": "/api/v1/claims/{claim_100}/positions/?derived=true",
    "positions, rolled up": "/api/v1/claims/{claim_100}/positions/?roll_up=true",
    "positions, as public": "/api/v1/claims/{claim_100}/positions/?public_by=2015-06-30",
    "statements": "/api/v1/statements/",
    "statements by day": "/api/v1/statements/?ordering=-said",
    "statements on a claim": "/api/v1/statements/?claim={claim_100}",
    "statements of a source": "/api/v1/statements/?source={source_500}",
    "statements of a source by day": "/api/v1/statements/?source={source_500}&ordering=said",
    "statements on a topic": "/api/v1/statements/?topic=topic-1",
    "statements in a document": "/api/v1/statements/?document=document-0000001",
    "statements since a day": "/api/v1/statements/?said_from=2020-01-01",
    "statements with a text that nothing has": "/api/v1/statements/?quote=zzz",
    "statements with a rare text": "/api/v1/statements/?quote=quarry",
    "statements with a common text": "/api/v1/statements/?quote=road",
    "statements with a rare note": "/api/v1/statements/?note=zzz",
    "statements that deny": "/api/v1/statements/?stance=denies",
    "a statement": "/api/v1/statements/{statement}/",
    "sources": "/api/v1/sources/",
    "a source": "/api/v1/sources/{source_500}/",
    "with whom it agrees": "/api/v1/sources/{source_500}/agreement/",
    "with whom it agreed, as recorded": (
        "/api/v1/sources/{source_500}/agreement/?recorded_by=2200-01-01"
    ),
    "documents": "/api/v1/documents/",
    "documents of a publisher": "/api/v1/documents/?publisher={source_500}",
    "affiliations": "/api/v1/affiliations/",
    "relations of a claim": "/api/v1/relations/?claim={claim_100}",
    "flips": "/api/v1/flips/",
    "flips on a claim": "/api/v1/flips/?claim={claim_100}",
    "flips of a source": "/api/v1/flips/?source={source_500}",
    "flips on a topic": "/api/v1/flips/?topic=topic-1",
    "matrix of a topic": "/api/v1/matrix/?topic=topic-1",
    "search for a common word": "/api/v1/search/?q=road",
    "search for a rare word": "/api/v1/search/?q=quarry",
}


TABLES = ("claims_statement", "claims_citation")


def plans(say: Callable[[str], None]) -> list[str]:
    """Return the table of reads, and how much of statements and citations each goes through."""
    addresses = {name: address for name, (address, _) in READS.items()} | OTHERS
    lines = [
        "| read, at 1 M statements | sequential scan of | rows of statements, of citations read |",
        "|---|---|---|",
    ]
    with closing(Worker(make_world("1m", say))) as worker:
        known = slugs(worker) | {"statement": worker.ask("a_statement")}
        for name, address in addresses.items():
            say(f"Explaining: {name}")
            read = worker.ask("reads_of", address.format(**known))
            # An index on what all rows have in common is no better: hence the rows.
            scanned = [table for table in read if table.startswith(TABLES) and read[table][1]]
            rows = [
                sum(many for table, (many, _) in read.items() if table in (kind, f"{kind}event"))
                for kind in TABLES
            ]
            lines.append(
                f"| {name} | {', '.join(scanned) or 'none'} | {rows[0]:,.0f}, {rows[1]:,.0f} |"
            )
    return lines
