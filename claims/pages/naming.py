"""What the rows are called that an answer names by their slugs."""

from collections.abc import Iterable
from typing import Any

from claims.positions.about import documents_named, names_then
from claims.positions.clocks import Clocks

Row = dict[str, Any]


def sources(slugs: Iterable[str], clocks: Clocks) -> dict[str, str]:
    """Return the names of sources, by slug."""
    return names_then("sources_source", "name", slugs, clocks)


def publishers(citations: Iterable[Row], clocks: Clocks) -> dict[str, str]:
    """Return the names of those who published what is cited."""
    return sources((each["publisher"] for each in citations if each["publisher"]), clocks)


def titles(citations: Iterable[Row], clocks: Clocks) -> dict[str, str]:
    """Return what documents are called that words came through, or that have no title."""
    slugs = set()
    for each in citations:
        if len(each["chain"]) > 1:
            slugs |= set(each["chain"])
        if not each["title"]:
            slugs.add(each["document"])
    return documents_named(slugs, clocks)
