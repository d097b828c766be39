"""For whom a source spoke: each position under the top bodies it spoke for on that day.

A body's own stance is never inferred: only who of its members holds what, and whether they differ.
"""

from itertools import groupby
from typing import Any

from django.db import connection

from claims.positions.clocks import Clocks, World
from claims.positions.runs import POSITIONS

# Over the positions in ``position``, of statements ``st``: ``climb`` has every way up from a
# source by affiliations in which the member speaks for the body, on the day of the statement.
# One holds unless it had certainly not begun or had certainly ended; an undated statement can
# rely only on those without dates.
CLIMB = """
    climb AS (
      SELECT s.id AS statement_id, s.said_range, ARRAY[s.source_id] AS path, s.source_id AS at_id
      FROM position p JOIN st s ON s.id = p.statement_id
      UNION ALL
      SELECT c.statement_id, c.said_range, c.path || a.body_id, a.body_id
      FROM climb c JOIN bond a ON a.member_id = c.at_id AND a.body_id <> ALL (c.path)
        AND CASE WHEN upper(c.said_range) IS NULL THEN a.since = '' AND a.until = ''
          ELSE NOT coalesce(upper(c.said_range) <= lower(a.since_range), false)
            AND NOT coalesce(upper(a.until_range) <= lower(c.said_range), false) END
    ),
    top AS (
      SELECT c.* FROM climb c WHERE NOT EXISTS (
        SELECT FROM climb higher
        WHERE higher.statement_id = c.statement_id
          AND cardinality(higher.path) = cardinality(c.path) + 1
          AND higher.path[:cardinality(c.path)] = c.path
      )
    )
"""


# Who spoke, and every body above them, by affiliations of whatever time.
REACH = """
    reach AS (
      SELECT source_id AS id FROM st
      UNION
      SELECT a.body_id FROM reach r
      JOIN sources_affiliation a ON a.member_id = r.id AND a.speaks_for
    ),
"""


def bodies_on_claim(slug: str, clocks: Clocks) -> list[dict[str, Any]]:
    """Return the bodies for which sources spoke on a claim, by slug, each with its members.

    What was said in a personal capacity is left out before positions are taken.
    """
    world, is_now = World(clocks), clocks.recorded_by is None
    asked = world.rows("claims_claim", "t.slug = %(slug)s", public="t.is_public")
    statements = world.statements(
        "t.claim_id IN (SELECT id FROM asked) AND NOT t.personal_capacity"
    )
    # Only those above who spoke here. As of a moment the events tell who that was, so all are read.
    above = "AND t.member_id = ANY (ARRAY(SELECT id FROM reach))" if is_now else ""
    bonds = world.rows("sources_affiliation", f"t.speaks_for {above}")
    ends = (
        "SELECT member_id FROM bonds UNION SELECT body_id FROM bonds UNION SELECT source_id FROM st"
    )
    sources = world.rows("sources_source", f"t.id IN ({ends})", public="t.is_public")
    query = f"""
        WITH RECURSIVE asked AS MATERIALIZED {asked}, {statements}, {POSITIONS},
        {REACH if is_now else ""}
        bonds AS MATERIALIZED {bonds}, source AS MATERIALIZED {sources},
        bond AS MATERIALIZED (
          SELECT * FROM bonds WHERE member_id IN (SELECT id FROM source)
            AND body_id IN (SELECT id FROM source)
        ),
        {CLIMB}
        SELECT (SELECT json_object_agg(id, slug) FROM source), (
          SELECT json_agg(row_to_json(found)) FROM (
            SELECT s.slug, s.stance, nullif(s.said, '') AS said, lower(s.said_range) AS said_from,
              upper(s.said_range) - 1 AS said_to, s."order", t.path
            FROM top t JOIN st s ON s.id = t.statement_id
          ) found
        )
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"slug": slug})
        slugs, ways = cursor.fetchone()
    # Named here: PostgreSQL would look through all the sources for each step of each way.
    ways = [way | {"path": [slugs[str(step)] for step in way["path"]]} for way in ways or []]
    # Of several ways to one body the shortest, then the first by slugs.
    ways.sort(key=lambda way: (way["path"][-1], way["path"][0], len(way["path"]), way["path"]))
    return [_body(slug, list(found)) for slug, found in groupby(ways, lambda way: way["path"][-1])]


def contested_between(bodies: list[dict[str, Any]]) -> bool:
    """Return whether a member of one body asserts what a member of another denies."""
    return any(
        one["asserts"] and other["denies"] and one is not other
        for one in bodies
        for other in bodies
    )


def _body(slug: str, ways: list[dict[str, Any]]) -> dict[str, Any]:
    best: dict[str, dict[str, Any]] = {}
    for way in ways:
        best.setdefault(way["path"][0], way)
    stances = [way["stance"] for way in best.values()]
    last = max(best.values(), key=_order)
    return {
        "body": slug,
        "asserts": stances.count("asserts"),
        "denies": stances.count("denies"),
        "split": len(set(stances)) > 1,
        "latest": last["path"][0],
        "members": [
            {"source": source}
            | {name: way[name] for name in ("stance", "said", "said_from", "said_to", "path")}
            | {"statement": way["slug"]}
            for source, way in best.items()
        ],
    }


def _order(way: dict[str, Any]) -> tuple[str, int, str]:
    """Return what orders statements; ISO days sort as text, and what has none comes first."""
    return way["said_to"] or "", way["order"], way["slug"]
