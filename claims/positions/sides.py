"""The sides of a claim: who asserts it, who denies it, and who else spoke of it."""

from collections.abc import Collection

from django.db import connection

from claims.positions.acts import ALL_OF_A_CLAIM, evidence
from claims.positions.clocks import World, dates
from claims.positions.related import related
from claims.positions.wordings import wordings
from claimtracker.moments import utc_in_sql

STATEMENT = """
    s.slug, %(statements_at)s || s.slug || '/' AS url, s.occasion, s.note, s.personal_capacity,
    s.citations
"""

# One row a source, by the statement that stands for it.
ENTRIES = f"""
    said AS (
      SELECT t.*, o.slug AS source, o.name, o.kind, coalesce(e.citations, '[]') AS citations
      FROM told t JOIN source o ON o.id = t.source_id + 0
      LEFT JOIN evidence e ON e.statement_id = t.id
    ),
    entry AS (
      SELECT * FROM (
        SELECT s.*, json_agg((
            SELECT row_to_json(j) FROM (
              SELECT s.stance, {dates("said", "s")}, s.denies_what, {STATEMENT}
            ) j
          )) FILTER (WHERE NOT stands) OVER (
            PARTITION BY source_id ORDER BY place
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS other_statements
        FROM said s
      ) whole
      WHERE stands
    )
"""

SINCE = f"{dates('since', 's')}, s.order_uncertain,"


def claim_with_sides(
    slug: str, *, drafts: Collection[str] = (), claims_at: str, pages_at: str, statements_at: str
) -> str | None:
    """Return a claim with its sides, as the text of its JSON; None where the reader sees none.

    ``drafts`` are the tables of which the reader sees drafts (see clocks.World), ``claims_at``,
    ``pages_at`` and ``statements_at`` the addresses below which claims, their pages and statements
    are. What is counted is what is listed. A
    claim that was public and is merged answers no more: its survivor does.
    """
    world = World(drafts=drafts)
    asked = world.rows(
        "claims_claim",
        "t.slug = %(slug)s AND (t.merged_into_id IS NULL OR NOT t.was_public)",
        public="t.is_public",
    )
    of_review = state_of_other = ""
    if "claims_claim" in world.drafts:
        of_review = """
            c.review_state, c.version,
            (SELECT slug FROM claims_claim WHERE id = c.merged_into_id) AS merged_into,
        """
        state_of_other = ", r.review_state"
    query = f"""
        WITH RECURSIVE asked AS MATERIALIZED {asked},
        {world.statements("t.claim_id IN (SELECT id FROM asked)")},
        {ALL_OF_A_CLAIM},
        {evidence(world)},
        {ENTRIES},
        {related(world)},
        side AS (
          SELECT count(*) FILTER (WHERE held = 'asserts') AS asserting,
            count(*) FILTER (WHERE held = 'denies') AS denying,
            {_side("held = 'asserts'", also=SINCE)} AS asserts,
            {_side("held = 'denies'", also=SINCE)} AS denies,
            {_side("held IS NULL")} AS others
          FROM entry s
        ),
        span AS (
          SELECT count(*) AS statements, min(lower(said_range)) AS first_said,
            max(upper(said_range)) - 1 AS last_said
          FROM st
        )
        SELECT row_to_json(j)::text FROM (
          SELECT c.slug, %(claims_at)s || c.slug || '/' AS url,
            %(pages_at)s || c.slug || '/' AS page_url, c.kind, c.text,
            ARRAY(
              SELECT topic.slug FROM claims_claim_topics filed
              JOIN claims_topic topic ON topic.id = filed.topic_id
              WHERE filed.claim_id = c.id ORDER BY topic.slug
            ) AS topics,
            asserting > 0 AND denying > 0 AS contested,
            (SELECT row_to_json(t) FROM (SELECT asserting AS asserts, denying AS denies) t)
              AS tally,
            span.*, {utc_in_sql("c.first_public_at")} AS recorded_at, {of_review} c.language,
            coalesce((
              SELECT json_agg((
                SELECT row_to_json(k) FROM (
                  SELECT r.relation, r.slug AS claim, %(claims_at)s || r.slug || '/' AS url,
                    r.text, r.rationale {state_of_other}
                ) k
              ) ORDER BY r.relation, r.slug) FROM related r
            ), '[]') AS relations,
            {wordings(world, "c.id")} AS wordings,
            asserts, denies, others
          FROM asked c, side, span
        ) j
    """
    given = {
        "slug": slug,
        "claims_at": claims_at,
        "pages_at": pages_at,
        "statements_at": statements_at,
    }
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | given)
        found = cursor.fetchone()
    return found[0] if found else None


def _side(holding: str, *, also: str = "") -> str:
    """Return the SQL of one side, in the order in which it was said."""
    return f"""
        coalesce(json_agg((
          SELECT row_to_json(j) FROM (
            SELECT s.source, s.name, s.kind, s.stance, {also} {dates("said", "s")}, s.denies_what,
              (SELECT row_to_json(k) FROM (SELECT {STATEMENT}) k) AS statement,
              coalesce(s.other_statements, '[]') AS other_statements
          ) j
        ) ORDER BY upper(s.said_range) NULLS FIRST, s."order", s.slug)
        FILTER (WHERE {holding}), '[]')
    """
