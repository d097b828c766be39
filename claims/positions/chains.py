"""How a statement reached a document: the chain of those that passed it on, origin first."""

from datetime import date
from typing import Any


def chained(citations: Any, *, shown: Any) -> list:
    """Return the citations of one statement that are shown, each with its ``chain`` of documents.

    What is not shown ends a chain, as though it were not there: nothing that is said of it, where
    it was taken from neither, may change what readers see.
    """
    found = [each for each in citations if shown(each)]
    by_id = {each.pk: each for each in found}
    for citation in found:
        link = citation
        chain: list[Any] = []
        # The database allows no circle; were there one, a page should end all the same.
        while link is not None and link.document not in chain:
            chain.insert(0, link.document)
            link = by_id.get(link.via_id)
        citation.chain = chain
        citation.taken_from = chain[-2] if len(chain) > 1 else None
    return sorted(found, key=_place)


def _place(citation: Any) -> tuple:
    """Origins come first, then what passed them on, each by date; what has none comes last."""
    days = citation.document.published_range
    day = days.upper if days and days.upper else date.max
    return len(citation.chain), day, citation.document.slug
