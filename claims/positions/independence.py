"""How independent the evidence is: the chain by which a statement reached each document.

A citation is ``via`` the one it was taken from. No ``via`` means that none is known, so that the
number of origins, the documents at the ends of the chains, is an upper bound. Documents that are
likely the same one, by address or text, count as one origin until they are merged or marked as
different.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from claims.positions.clocks import World

# Common table expressions over ``ci`` (see clocks.World): ``linked`` has the citations that count,
# each with ``chain``, the documents it came through, origin first and itself last. A citation that
# is not seen ends a chain, as though it were not there.
CHAINS = """
    walk AS (
      SELECT c.*, ARRAY[c.document::text] AS chain
      -- IS NOT FALSE: also where it is taken from none, whose number is null.
      FROM ci c WHERE (c.via_id NOT IN (SELECT id FROM ci)) IS NOT FALSE
      UNION ALL
      SELECT c.*, w.chain || c.document::text FROM walk w JOIN ci c ON c.via_id = w.id
    ),
    linked AS MATERIALIZED (SELECT * FROM walk WHERE counts)
"""


def same_documents(world: World) -> str:
    """Return common table expressions of which documents that are ``shown`` are the same one.

    ``same`` has one row of JSON: ``keyed``, lists of slugs that have a key in common, and
    ``different``, the pairs among them that editors marked as different. A pair of a document that
    was merged since is one of its survivor's, too.
    """
    merged = world.rows("sources_document", "t.merged_into_id IN (SELECT id FROM twins)")
    different = world.rows(
        "claims_different",
        "t.target_type_id = (SELECT id FROM django_content_type "
        "WHERE app_label = 'sources' AND model = 'document') "
        "AND t.first_id IN (SELECT stood FROM stood_for)",
    )
    return f"""
        keyed AS (
          SELECT array_agg(id) AS ids, array_agg(slug ORDER BY slug) AS slugs
          FROM shown WHERE url_key IS NOT NULL GROUP BY url_key HAVING count(*) > 1
          UNION ALL
          SELECT array_agg(id), array_agg(slug ORDER BY slug)
          FROM shown WHERE text_key IS NOT NULL AND publisher_id IS NOT NULL
          GROUP BY publisher_id, text_key HAVING count(*) > 1
        ),
        twins AS MATERIALIZED (SELECT DISTINCT unnest(ids) AS id FROM keyed),
        stood_for AS MATERIALIZED (
          SELECT id AS stood, id FROM twins
          UNION ALL SELECT m.id, m.merged_into_id FROM {merged} m
        ),
        same AS (
          SELECT (SELECT json_agg(slugs) FROM keyed) AS keyed, (
            SELECT json_agg(json_build_array(a.slug, b.slug))
            FROM {different} x
            JOIN stood_for f ON f.stood = x.first_id JOIN shown a ON a.id = f.id
            JOIN stood_for g ON g.stood = x.second_id JOIN shown b ON b.id = g.id
          ) AS different
        )
    """


class Independence(NamedTuple):
    """How many documents there are, how many origins, and which documents count as one."""

    documents: int
    origins: int
    same: list[list[str]]


def independence(
    statements: Iterable[Iterable[dict[str, Any]]],
    keyed: Iterable[list[str]],
    different: Iterable[tuple[str, str]],
) -> Independence:
    """Return how independent the citations of some statements are.

    ``keyed`` are lists of documents that have an address or a text in common, ``different`` pairs
    that are not the same all the same. Only the documents that the citations came through count:
    what is out of sight makes no two the same.
    """
    chains = [[citation["chain"] for citation in citations] for citations in statements]
    documents = {chain[-1] for of_one in chains for chain in of_one}
    seen = {slug for of_one in chains for chain in of_one for slug in chain}
    groups = _groups(seen, keyed, different)
    group_of = {slug: min(group) for group in groups for slug in group}
    origins = set[str]()
    for of_one in chains:
        origins |= _origins(of_one, group_of)
    return Independence(len(documents), len(origins), sorted(groups))


def _groups(
    seen: set[str], keyed: Iterable[list[str]], different: Iterable[tuple[str, str]]
) -> list[list[str]]:
    """Return the documents that count as one, each group in order; none of one document."""
    apart: dict[str, set[str]] = {}
    for one, other in different:
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    beside: dict[str, set[str]] = {}
    for slugs in keyed:
        left = seen.intersection(slugs)
        # Those that are reached from one at a time: a pair that is apart may meet over a third.
        while left:
            reached = [left.pop()]
            for slug in reached:
                near = left - apart.get(slug, set())
                left -= near
                reached += near
            for slug in reached[1:]:
                beside.setdefault(slug, set()).add(reached[0])
                beside.setdefault(reached[0], set()).add(slug)
    groups, grouped = [], set[str]()
    for slug in sorted(beside):
        if slug not in grouped:
            group = _reached({slug}, beside)
            grouped |= group
            groups.append(sorted(group))
    return groups


def _origins(chains: list[list[str]], group_of: dict[str, str]) -> set[str]:
    """Return the origins of one statement, as if what counts as one document were merged.

    So a second record of a document that is known to be taken from another is no origin.
    """
    taken_from: dict[str, set[str]] = {}
    for chain in chains:
        names = [group_of.get(slug, slug) for slug in chain]
        for name in names:
            taken_from.setdefault(name, set())
        for origin, name in pairwise(names):
            if origin != name:
                taken_from[name].add(origin)
    ends = {name for name, origins in taken_from.items() if not origins}
    # What leads to no end goes round in a circle, which only documents that count as one can make.
    behind: dict[str, set[str]] = {}
    for name, origins in taken_from.items():
        for origin in origins:
            behind.setdefault(origin, set()).add(name)
    left = taken_from.keys() - _reached(ends, behind)
    while left:
        # That which leads to the fewest is on a circle that leads nowhere else.
        further = {name: _reached({name}, taken_from) for name in _reached({min(left)}, taken_from)}
        circle = min(further.values(), key=lambda names: (len(names), min(names)))
        ends.add(min(circle))
        left -= _reached(circle, behind)
    return ends


def _reached(start: set[str], steps: dict[str, set[str]]) -> set[str]:
    """Return what is reached from some names, themselves among them."""
    reached, new = set(start), list(start)
    for name in new:
        further = steps.get(name, set()) - reached
        reached |= further
        new += further
    return reached
