"""Claims that reach their own negation: asserting them derives denying them, or the reverse.

Whether a node (a stance on a claim) reaches its negation is asked of all at once, and only of those
that do is a way looked for. Both rest on this: where one node follows from another, the negation of
that other follows from the negation of the one.
"""

from collections.abc import Iterable
from itertools import chain, pairwise
from typing import NamedTuple

from django.db import connection

from claims.positions.derivation import Node, Relation, premises

# How many nodes are looked for at a time: each node there is keeps a bit for each of them.
AT_A_TIME = 4096


class Contradiction(NamedTuple):
    """A claim of which asserting it derives denying it, or the other way round.

    ``nodes`` is a shortest way from one to the other, ``kinds`` the relations between them.
    """

    claim: str
    nodes: tuple[Node, ...]
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        steps = (
            f" → ({kind}) {node.stance} {node.claim}"
            for kind, node in zip(self.kinds, self.nodes[1:], strict=True)
        )
        return f"{self.claim}: {self.nodes[0].stance}{''.join(steps)}"


def reach_their_negation(relations: Iterable[Relation]) -> list[Contradiction]:
    """Return the claims that reach their own negation, at any depth, by slug and stance."""
    graph = Graph(relations)
    return [graph.contradiction(start) for start in sorted(graph.that_reach_their_negation())]


def claims_that_reach_their_negation(relations: Iterable[Relation]) -> set[str]:
    """Return the slugs of the same claims, without a way."""
    graph = Graph(relations)
    return {graph.nodes[start].claim for start in graph.that_reach_their_negation()}


def ways_to_its_negation(claim: str, relations: Iterable[Relation]) -> list[Contradiction]:
    """Return a shortest way for each stance on one claim that leads to the opposite one."""
    graph = Graph(relations)
    starts = [n for n, node in enumerate(graph.nodes) if node.claim == claim]
    return [graph.contradiction(n) for n in starts if n ^ 1 in graph.walk(n, set())]


def all_relations() -> list[Relation]:
    """Return every public relation there is now from which something follows."""
    query = """
        SELECT r.kind, a.slug, b.slug FROM claims_relation r
        JOIN claims_claim a ON a.id = r.from_claim_id AND a.is_public
        JOIN claims_claim b ON b.id = r.to_claim_id AND b.is_public
        WHERE is_within_one_mood(r.kind, a.kind, b.kind)
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query)
        return [Relation(*row) for row in cursor]


class Graph:
    """What follows from what. Nodes are numbers, by slug and stance, so that n ^ 1 negates n.

    Where one node follows from another, the negation of that other follows from that of the one.
    """

    def __init__(self, relations: Iterable[Relation]):
        relations = sorted(relations)
        claims = sorted({end for relation in relations for end in relation[1:]})
        self.nodes = [Node(claim, stance) for claim in claims for stance in ("asserts", "denies")]
        number = {node: n for n, node in enumerate(self.nodes)}
        # What follows from each, and by which kind of relation.
        self.follows: list[dict[int, str]] = [{} for _ in self.nodes]
        for relation in relations:
            for conclusion, premise in premises(relation):
                self.follows[number[premise]].setdefault(number[conclusion], relation.kind)

    def that_reach_their_negation(self) -> set[int]:
        """Return the nodes from which one gets to their negation."""
        groups = self.groups()
        group_of = {node: n for n, group in enumerate(groups) for node in group}
        leads_to = [
            {group_of[other] for node in group for other in self.follows[node]} - {n}
            for n, group in enumerate(groups)
        ]
        found: set[int] = set()
        for first in range(0, len(self.nodes), AT_A_TIME):
            looked_for = range(first, min(first + AT_A_TIME, len(self.nodes)))
            # What each group reaches of these: a bit for each.
            reached: list[int] = []
            for group, others in zip(groups, leads_to, strict=True):
                bits = 0
                for node in group:
                    if node in looked_for:
                        bits |= 1 << node - first
                for other in others:
                    bits |= reached[other]
                reached.append(bits)
            found.update(n ^ 1 for n in looked_for if reached[group_of[n ^ 1]] >> n - first & 1)
        return found

    def groups(self) -> list[list[int]]:
        """Return the nodes in groups of those that reach each other, each after those it reaches.

        By Kosaraju's algorithm. What leads to a node is, negated, what follows from its negation.
        """
        seen: set[int] = set()
        in_order = [node for start in range(len(self.nodes)) for node in self.walk(start, seen)]
        seen = set()
        walks = (self.walk(node ^ 1, seen) for node in reversed(in_order))
        return [group for group in walks if group]

    def walk(self, start: int, seen: set[int]) -> list[int]:
        """Return a node and all that follows, less what was seen, each after what follows it."""
        if start in seen:
            return []
        seen.add(start)
        done, underway = [], [(start, iter(self.follows[start]))]
        while underway:
            node, conclusions = underway[-1]
            for conclusion in conclusions:
                if conclusion not in seen:
                    seen.add(conclusion)
                    underway.append((conclusion, iter(self.follows[conclusion])))
                    break
            else:
                done.append(node)
                underway.pop()
        return done

    def contradiction(self, start: int) -> Contradiction:
        """Return a shortest way from a node to its negation, which it must reach.

        Of those that are as short it is the first by its relations.
        """
        # From a node to the negation of the start it is as far as from the start to the negation
        # of that node: nothing need be searched beyond the middle, from which on both are reached.
        came_from = {start: start}
        levels = [[start]]
        met = False
        while not met:
            levels.append([])
            for node in levels[-2]:
                for conclusion in self.follows[node]:
                    if conclusion not in came_from:
                        came_from[conclusion] = node
                        levels[-1].append(conclusion)
                        met = met or conclusion ^ 1 in came_from
        way = [next(node for node in chain(*levels[-2:]) if node ^ 1 in came_from)]
        steps = {node: n for n, level in enumerate(levels) for node in level}
        while way[0] != start:
            way.insert(0, came_from[way[0]])
        for left in reversed(range(steps[way[-1] ^ 1])):
            way.append(next(n for n in self.follows[way[-1]] if steps.get(n ^ 1) == left))
        return Contradiction(
            self.nodes[start].claim,
            tuple(self.nodes[node] for node in way),
            tuple(self.follows[node][conclusion] for node, conclusion in pairwise(way)),
        )
