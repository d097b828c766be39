"""How a statement reached a document: the chain of those that passed it on, origin first."""

from datetime import date
from typing import Any


def chained(citations: Any, *, shown: Any) -> list:
    """Return the citations of one statement that are shown, each with its ``chain`` of documents.

    A document that is not shown is left out of every chain. Those before and after it close up:
    what was taken from it goes back to the same origin, so it does not look like another one.
    """
    by_id = {each.pk: each for each in citations}

    def before(citation: Any) -> Any:
        taken_from = by_id.get(citation.via_id)
        while taken_from is not None and not shown(taken_from):
            taken_from = by_id.get(taken_from.via_id)
        return taken_from

    found = [each for each in by_id.values() if shown(each)]
    for citation in found:
        link = citation
        chain: list[Any] = []
        while link is not None:
            chain.insert(0, link.document)
            link = before(link)
        citation.chain = chain
        citation.taken_from = chain[-2] if len(chain) > 1 else None
    return sorted(found, key=_place)


def _place(citation: Any) -> tuple:
    """Origins come first, then what passed them on, each by date; what has none comes last."""
    days = citation.document.published_range
    day = days.upper if days and days.upper else date.max
    return len(citation.chain), day, citation.document.slug
