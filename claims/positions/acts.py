"""The acts behind an answer, as one query tells them: statements, citations and chains."""

from typing import Any, NamedTuple

from django.db import connection

from claims.positions.clocks import Clocks, World
from claims.positions.independence import CHAINS
from claims.positions.runs import POSITIONS

Row = dict[str, Any]


class Acts(NamedTuple):
    """Statements, by source and in order, and what they name.

    Each statement has its dates with their days, its ``citations`` with their ``chain``, and where
    it is asked for a claim: ``held``, ``since``, ``order_uncertain`` of the source's position, and
    ``decides``. ``sources`` and ``documents`` are by slug.
    """

    claims: dict[str, Row]
    statements: list[Row]
    sources: dict[str, Row]
    documents: dict[str, Row]


# Which statements of a claim matter: the one that decides a position and what its source said
# later, else the last one of the source. ``place`` counts the statements of a source on the claim.
OF_A_CLAIM = f"""
    {POSITIONS},
    placed AS (
      SELECT *, row_number() OVER turn AS place, lead(id) OVER turn IS NULL AS is_last
      FROM st
      WINDOW turn AS (
        PARTITION BY claim_id, source_id ORDER BY upper(said_range) NULLS FIRST, "order", slug
      )
    ),
    weighed AS (
      SELECT s.*, p.stance AS held, p.since, p.since_range, p.order_uncertain,
        max(s.place) FILTER (WHERE s.id = p.statement_id)
          OVER (PARTITION BY s.claim_id, s.source_id) AS decided_at
      FROM placed s LEFT JOIN position p USING (claim_id, source_id)
    ),
    told AS MATERIALIZED (
      SELECT * FROM weighed WHERE CASE WHEN held IS NULL THEN is_last ELSE place >= decided_at END
    )
"""

# These statements and no others, without what is held.
AS_THEY_ARE = """
    told AS MATERIALIZED (
      SELECT *, 1 AS place, null::text AS held, null::text AS since, null::daterange AS since_range,
        null::boolean AS order_uncertain, null::bigint AS decided_at
      FROM st
    )
"""

CITATIONS = """
    SELECT json_agg(row_to_json(k) ORDER BY cardinality(k.chain), k.document) FROM (
      SELECT l.document, l.chain[cardinality(l.chain) - 1] AS via, l.chain, l.manner, l.quote,
        l.prefix, l.suffix, l.locator, l.language, l.translation, l.as_named, l.note
      FROM linked l WHERE l.statement_id = t.id
    ) k
"""

STATEMENTS = f"""
    SELECT json_agg(row_to_json(s) ORDER BY s.source, s.place) FROM (
      SELECT o.slug AS source, c.slug AS claim, t.slug, t.stance, t.denies_what,
        nullif(t.said, '') AS said,
        lower(t.said_range) AS said_from, upper(t.said_range) - 1 AS said_to,
        t.occasion, t.personal_capacity, t.note, t.place, t.held, t.place = t.decided_at AS decides,
        t.since, lower(t.since_range) AS since_from, upper(t.since_range) - 1 AS since_to,
        t.order_uncertain, coalesce(({CITATIONS}), '[]') AS citations
      FROM told t JOIN source o ON o.id = t.source_id JOIN asked c ON c.id = t.claim_id
    ) s
"""

DOCUMENTS = """
    SELECT json_object_agg(d.slug, row_to_json(d)) FROM (
      SELECT d.slug, d.kind, d.title, d.url, d.archived_url, nullif(d.published, '') AS published,
        lower(d.published_range) AS published_from, upper(d.published_range) - 1 AS published_to,
        p.slug AS publisher, p.name AS publisher_name, p.kind AS publisher_kind
      FROM shown d LEFT JOIN source p ON p.id = d.publisher_id
      WHERE d.slug IN (SELECT unnest(chain) FROM linked)
    ) d
"""


def acts_on_claim(slug: str, clocks: Clocks) -> Acts | None:
    """Return the statements that matter for a claim; None where there was no such public claim."""
    world = World(clocks)
    asked = world.rows("claims_claim", "t.slug = %(slug)s", public="t.is_public")
    found = _run(
        world,
        f"asked AS MATERIALIZED {asked}, "
        f"{world.statements('t.claim_id IN (SELECT id FROM asked)')}, {OF_A_CLAIM}",
        {"slug": slug},
    )
    return found if found.claims else None


def acts_by_slug(slugs: list[str], clocks: Clocks) -> Acts:
    """Return these statements, of whichever claims, without what is held."""
    world = World(clocks)
    asked = world.rows(
        "claims_claim", "t.id IN (SELECT claim_id FROM spoken)", public="t.is_public"
    )
    return _run(
        world,
        f"{world.statements('t.slug = ANY(%(slugs)s)')}, asked AS MATERIALIZED {asked}, "
        f"{AS_THEY_ARE}",
        {"slugs": slugs},
    )


def _run(world: World, told: str, parameters: Row) -> Acts:
    source = world.rows("sources_source", "t.id IN (SELECT id FROM named)", public="t.is_public")
    query = f"""
        WITH RECURSIVE {told}, {CHAINS},
        named AS (SELECT source_id AS id FROM told UNION SELECT publisher_id FROM shown),
        source AS MATERIALIZED {source}
        SELECT
          (SELECT json_object_agg(slug, row_to_json(c))
           FROM (SELECT slug, kind, text FROM asked) c),
          ({STATEMENTS}),
          (SELECT json_object_agg(slug, row_to_json(o))
           FROM (SELECT slug, name, kind FROM source) o),
          ({DOCUMENTS})
    """
    with connection.cursor() as cursor:
        cursor.execute(query, world.parameters | parameters)
        claims, statements, sources, documents = cursor.fetchone()
    return Acts(claims or {}, statements or [], sources or {}, documents or {})
