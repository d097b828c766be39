"""The claims that a claim is related to, each relation named from that claim's side."""

from typing import Any, NamedTuple

from django.db.models import Q

# The others read the same in both directions.
INVERSE = {"implies": "implied_by"}


class Related(NamedTuple):
    relation: str
    claim: Any
    rationale: str


def related(relations: Any, claim: Any) -> list[Related]:
    """Return what these relations say of a claim, in both directions."""
    ends = relations.filter(Q(from_claim=claim) | Q(to_claim=claim))
    named = [
        Related(each.kind, each.to_claim, each.rationale)
        if each.from_claim_id == claim.pk
        else Related(INVERSE.get(each.kind, each.kind), each.from_claim, each.rationale)
        for each in ends.select_related("from_claim", "to_claim")
    ]
    return sorted(named, key=lambda each: (each.relation, each.claim.slug))
