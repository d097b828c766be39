"""What follows, by the relations between claims, from what a source holds of others.

*implies* A→B gives A⇒B and ¬B⇒¬A; *contradicts* gives A⇒¬B and B⇒¬A; *negates* adds ¬A⇒B and ¬B⇒A.
Denying a claim says nothing about one that merely contradicts it. A relation between claims of two
moods, such as a demand and a fact, gives nothing. Nothing of this is stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from claims.positions.clocks import World
from claims.positions.runs import POSITIONS

DEPTH = 4


class Node(NamedTuple):
    """A stance on a claim, by slug."""

    claim: str
    stance: str


class Relation(NamedTuple):
    kind: str
    from_claim: str
    to_claim: str


class Proof(NamedTuple):
    """What a position is derived from: the relations from it down to a statement.

    Proofs sort best first: the shortest, then by the claims on the way down and the statement.
    """

    length: int
    claims: tuple[str, ...]
    statement: str
    kinds: tuple[str, ...]
    # From the derived node down to the one that the source holds by that statement.
    nodes: tuple[Node, ...]

    def as_json(self) -> list[dict[str, str | None]]:
        """Return one item a relation, each with the node that it leads down to."""
        steps = zip(self.kinds, self.nodes[1:], strict=True)
        items: list[dict[str, str | None]] = [
            {"relation": kind, "claim": node.claim, "stance": node.stance, "statement": None}
            for kind, node in steps
        ]
        items[-1]["statement"] = self.statement
        return items


class Held(NamedTuple):
    """A position by the statement that decides it, with the days that its EDTF dates mean."""

    statement: str
    since: str | None
    since_from: date | None
    since_to: date | None
    order_uncertain: bool


class Holding(NamedTuple):
    """What one source holds, as far as derivations need it."""

    # What it holds, where that carries a derivation.
    carries: dict[Node, Held]
    # The claims it has a statement of its own on: nothing is derived there, nor through there.
    spoken_on: set[str]


def premises(relation: Relation) -> Iterator[tuple[Node, Node]]:
    """Yield what a relation derives, as (what follows, what it follows from)."""
    a, b = relation.from_claim, relation.to_claim
    if relation.kind == "implies":
        yield Node(b, "asserts"), Node(a, "asserts")
        yield Node(a, "denies"), Node(b, "denies")
        return
    yield Node(b, "denies"), Node(a, "asserts")
    yield Node(a, "denies"), Node(b, "asserts")
    if relation.kind == "negates":
        yield Node(b, "asserts"), Node(a, "denies")
        yield Node(a, "asserts"), Node(b, "denies")


class Derivation:
    """The relations around some claims, and the proofs that they allow."""

    def __init__(self, relations: Iterable[Relation]):
        # What a node may follow from: (kind, premise).
        self.follows_from: dict[Node, set[tuple[str, Node]]] = defaultdict(set)
        for relation in relations:
            for conclusion, premise in premises(relation):
                self.follows_from[conclusion].add((relation.kind, premise))

    def around(self, claim: str) -> set[str]:
        """Return the claims from which anything about a claim may follow, in any way."""
        reached = edge = {Node(claim, stance) for stance in ("asserts", "denies")}
        for _ in range(DEPTH):
            edge = {premise for node in edge for _, premise in self.follows_from[node]} - reached
            reached = reached | edge
        return {node.claim for node in reached}

    def proofs(self, claim: str, holding: Holding) -> list[Proof]:
        """Return the best proof of each stance on a claim from each statement, best first.

        Searches from the claim down, level by level, so that the first way to reach a node is a
        shortest one; among those of one length the first in order is kept.
        """
        found: list[Proof] = []
        for stance in ("asserts", "denies"):
            start = Node(claim, stance)
            ways = {start: ((claim,), (), (start,))}
            edge = dict(ways)
            for length in range(1, DEPTH + 1):
                following: dict[Node, Any] = {}
                for node, (claims, kinds, nodes) in edge.items():
                    for kind, premise in self.follows_from[node]:
                        if premise in ways:
                            continue
                        way = ((*claims, premise.claim), (*kinds, kind), (*nodes, premise))
                        if premise not in following or way[:2] < following[premise][:2]:
                            following[premise] = way
                ways |= following
                for node, (claims, kinds, nodes) in following.items():
                    if node in holding.carries and node.claim != claim:
                        statement = holding.carries[node].statement
                        found.append(Proof(length, claims, statement, kinds, nodes))
                edge = {
                    node: way
                    for node, way in following.items()
                    if node.claim not in holding.spoken_on
                }
        return sorted(found)


def shown(proofs: list[Proof]) -> tuple[str, list[Proof]]:
    """Return the derived stance and the proofs to show of it, of sorted proofs on one claim.

    Where proofs disagree the stance is ``conflicting``, and the best from each statement is shown.
    """
    if len({proof.nodes[0].stance for proof in proofs}) > 1:
        return "conflicting", proofs
    return proofs[0].nodes[0].stance, proofs[:1]


# Reading -----------------------------------------------------------------------------------------


def relations_around(claims: Iterable[str], world: World) -> list[Relation]:
    """Return the public relations within reach of some claims, one query a step."""
    found: set[Relation] = set()
    seen: set[str] = set()
    edge = set(claims)
    # What follows from a claim's negation may lead back, so that both ends count at each step.
    for _ in range(DEPTH):
        if not edge:
            break
        seen |= edge
        found |= set(_relations_of(edge, world))
        edge = {end for relation in found for end in relation[1:]} - seen
    return sorted(found)


def _relations_of(claims: Iterable[str], world: World) -> list[Relation]:
    ends = world.rows("claims_claim", "t.slug = ANY(%(claims)s)", public="t.is_public")
    # Two looks into an index; asked for either end at once, all relations are read.
    begun, ended = (
        world.rows("claims_relation", f"t.{end}_claim_id IN (SELECT id FROM ends)")
        for end in ("from", "to")
    )
    others = world.rows(
        "claims_claim",
        "t.id IN (SELECT from_claim_id FROM related UNION SELECT to_claim_id FROM related)",
        public="t.is_public",
    )
    query = f"""
        WITH ends AS MATERIALIZED {ends},
        related AS MATERIALIZED (
          SELECT kind, from_claim_id, to_claim_id FROM {begun} begun
          UNION SELECT kind, from_claim_id, to_claim_id FROM {ended} ended
        ),
        others AS MATERIALIZED {others}
        SELECT r.kind, a.slug, b.slug FROM related r
        JOIN others a ON a.id = r.from_claim_id JOIN others b ON b.id = r.to_claim_id
        WHERE is_within_one_mood(r.kind, a.kind, b.kind)
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"claims": list(claims)})
        return [Relation(*row) for row in cursor]


def holdings(
    claims: Iterable[str], world: World, *, source: str | None = None
) -> dict[str, Holding]:
    """Return what each source, or only one, holds of some claims, by the source's slug."""
    wanted = world.rows("sources_source", "t.slug = %(source)s", public="t.is_public")
    where = "t.claim_id IN (SELECT id FROM asked)"
    if source:
        where += f" AND t.source_id IN (SELECT id FROM {wanted} wanted)"
    asked = world.rows("claims_claim", "t.slug = ANY(%(claims)s)", public="t.is_public")
    sources = world.rows(
        "sources_source", "t.id IN (SELECT source_id FROM own_words)", public="t.is_public"
    )
    # Denying responsibility, or how a thing is framed, is not denying the thing. Its own words are
    # all that a source said of a claim; what a document finds of it, silence, is none of them.
    query = f"""
        WITH asked AS MATERIALIZED {asked},
        {world.statements(where)},
        {POSITIONS},
        own_words AS MATERIALIZED (
          SELECT DISTINCT claim_id, source_id FROM st
          WHERE stance NOT IN ('silent', 'undeclared')
        ),
        source AS MATERIALIZED {sources}
        SELECT o.slug, c.slug, p.stance, d.denies_what IN ('', 'fact', 'proposal'),
          d.slug, p.since, lower(p.since_range), upper(p.since_range) - 1, p.order_uncertain
        FROM own_words w JOIN source o ON o.id = w.source_id JOIN asked c ON c.id = w.claim_id
        LEFT JOIN position p ON p.claim_id = w.claim_id AND p.source_id = w.source_id
        LEFT JOIN st d ON d.id = p.statement_id
    """
    found: dict[str, Holding] = defaultdict(lambda: Holding({}, set()))
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"claims": list(claims), "source": source})
        for source_slug, claim, stance, carries, *held in cursor:
            holding = found[source_slug]
            holding.spoken_on.add(claim)
            if carries and stance:
                holding.carries[Node(claim, stance)] = Held(*held)
    return dict(found)
