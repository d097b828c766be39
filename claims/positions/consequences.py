"""What a claim means for others, and others for it: relation by relation, source by source."""

from typing import Any, NamedTuple

from django.db.models import Q

from claims.models import Claim, Relation, RelationKind
from claims.models.choices import why_not_related
from claims.positions.answers import claim_positions
from claims.positions.clocks import NOW, World
from claims.positions.contradictions import ways_to_its_negation
from claims.positions.derivation import relations_around

# What follows, of this claim and that; an implication reads otherwise from its other end.
FOLLOWS = {
    (RelationKind.CONTRADICTS, True): "Who holds one of the two true holds the other false.",
    (RelationKind.NEGATES, True): "Who holds one of the two true holds the other false, and the "
    "other way round.",
    (RelationKind.IMPLIES, True): (
        "Who holds this true holds that true; who holds that false holds this false."
    ),
    (RelationKind.IMPLIES, False): (
        "Who holds that true holds this true; who holds this false holds that false."
    ),
}


class Related(NamedTuple):
    """Another claim, with its tally: how this one is related to it, and what follows from that."""

    relation: Relation
    words: str
    other: Claim
    follows: str


class Step(NamedTuple):
    """A stance on a claim, and the kind of the relation by which it follows; the first by none."""

    kind: str
    stance: str
    claim: Claim


class Consequences(NamedTuple):
    """``derived`` are the positions that follow here, ``inconsistent`` the sources against which
    their own positions elsewhere speak; both as claims/{slug}/positions/ has them. ``opposites``
    are the ways from a stance on the claim to the opposite one, over not too many relations."""

    related: list[Related]
    opposites: list[list[Step]]
    derived: list[dict[str, Any]]
    inconsistent: list[dict[str, Any]]


def consequences(claim: Claim, *, limit: int) -> Consequences:
    """Return the relations of a claim, the newest first, and what follows from all of them now.

    Positions follow for what is public only. No more than ``limit`` relations are listed.
    """
    relations = Relation.objects.filter(Q(from_claim=claim) | Q(to_claim=claim))
    newest = list(relations.order_by("-pk")[:limit])
    ends = {pk for each in newest for pk in (each.from_claim_id, each.to_claim_id)}
    others = Claim.objects.with_tally().in_bulk(ends - {claim.pk})
    related = [_seen_from(claim, each, others) for each in newest]
    follows = bool(newest) and claim.is_public
    answer = claim_positions(claim.slug, NOW, derived=True) if follows else None
    positions = answer["positions"] if answer else []
    return Consequences(
        related,
        opposites=_opposites(claim) if follows else [],
        derived=[each for each in positions if each["derived"]],
        inconsistent=[each for each in positions if each["inconsistent"]],
    )


def _opposites(claim: Claim) -> list[list[Step]]:
    ways = ways_to_its_negation(claim.slug, relations_around([claim.slug], World()))
    slugs = {node.claim for way in ways for node in way.nodes}
    claims = Claim.objects.in_bulk(slugs, field_name="slug") if slugs else {}
    return [
        [
            Step(kind, node.stance, claims[node.claim])
            for kind, node in zip(("", *way.kinds), way.nodes, strict=True)
        ]
        for way in ways
        if claims.keys() >= {node.claim for node in way.nodes}
    ]


def _seen_from(claim: Claim, relation: Relation, others: dict[int, Claim]) -> Related:
    from_here = relation.from_claim_id == claim.pk
    kind = RelationKind(relation.kind)
    both_ways = kind != RelationKind.IMPLIES
    words = kind.label if from_here or both_ways else "is implied by"
    other = others[relation.to_claim_id if from_here else relation.from_claim_id]
    ends = (claim, other) if from_here else (other, claim)
    if why := why_not_related(kind, *(end.kind for end in ends)):
        return Related(relation, words, other, f"Nothing follows. {why}")
    return Related(relation, words, other, FOLLOWS[kind, from_here or both_ways])
