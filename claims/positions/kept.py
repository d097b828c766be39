"""Positions and tallies as they are kept, held against the statements that they follow.

``claims_position`` and ``claims_tally`` are written by the database when a transaction commits
(migration claims.0004), whatever the way in.
"""

from typing import NamedTuple

from django.db import connection

from claimtracker.retry import atomic_with_retry


def kept(where: str) -> str:
    """Return the common table expression ``position`` of those kept rows ``t`` that are asked for.

    For lists without a clock: it is quicker than working them out (runs.POSITIONS), and the same.
    """
    return f"position AS MATERIALIZED (SELECT t.* FROM claims_position t WHERE {where})"


# The same as runs.POSITIONS, over all statements at once. It says again what the triggers say,
# so that check() does not share a mistake of theirs.
HELD = """
held AS MATERIALIZED (
  SELECT claim_id, source_id, statement_id, stance FROM (
    SELECT DISTINCT ON (claim_id, source_id) claim_id, source_id, id AS statement_id, stance
    FROM claims_statement
    WHERE review_state = 'published' AND stance IN ('asserts', 'denies', 'withdraws')
    ORDER BY claim_id, source_id, upper(said_range) DESC NULLS LAST, "order" DESC, slug DESC
  ) last
  WHERE stance <> 'withdraws'
), tally AS MATERIALIZED (
  SELECT c.id AS claim_id,
    count(*) FILTER (WHERE held.stance = 'asserts') AS asserts,
    count(*) FILTER (WHERE held.stance = 'denies') AS denies
  FROM claims_claim c LEFT JOIN held ON held.claim_id = c.id
  GROUP BY c.id
)
"""

DIFFERENCES = f"""
WITH {HELD}, difference AS (
  SELECT claim_id, NULL::bigint AS source_id,
    'asserts ' || kept.asserts || ', denies ' || kept.denies AS kept,
    'asserts ' || tally.asserts || ', denies ' || tally.denies AS computed
  FROM claims_tally kept FULL JOIN tally USING (claim_id)
  WHERE (kept.asserts, kept.denies) IS DISTINCT FROM (tally.asserts, tally.denies)
  UNION ALL
  SELECT claim_id, source_id,
    kept.stance || ' by statement ' || kept.statement_id,
    held.stance || ' by statement ' || held.statement_id
  FROM claims_position kept FULL JOIN held USING (claim_id, source_id)
  WHERE (kept.stance, kept.statement_id) IS DISTINCT FROM (held.stance, held.statement_id)
)
SELECT coalesce(c.slug, 'no claim ' || d.claim_id), coalesce(d.kept, 'none'),
  coalesce(d.computed, 'none'), coalesce(s.slug, 'no source ' || d.source_id, '')
FROM difference d
LEFT JOIN claims_claim c ON c.id = d.claim_id
LEFT JOIN sources_source s ON s.id = d.source_id
ORDER BY 1, 4
"""


class Difference(NamedTuple):
    """Where what is kept is not what the statements say."""

    claim: str
    kept: str
    computed: str
    source: str  # whose position it is; blank for the tally of the claim

    def __str__(self) -> str:
        whose = f" ({self.source})" if self.source else ""
        return f"{self.claim}{whose}: kept {self.kept}; computed {self.computed}"


def check() -> list[Difference]:
    """Return all differences, as of one moment, while others read and write."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES)
        return [Difference(*row) for row in cursor]


@atomic_with_retry
def rebuild() -> None:
    """Make all positions and tallies anew. Readers go on; writers wait at their COMMIT."""
    with connection.cursor() as cursor:
        # Who settles locks rows of claims_tally first. Whoever did so before us has committed when
        # we have the table, and is seen; whoever comes after settles on top of what we wrote.
        # Statements come first, as they do for one who truncates.
        cursor.execute("LOCK TABLE claims_statement IN ACCESS SHARE MODE")
        cursor.execute("LOCK TABLE claims_tally IN EXCLUSIVE MODE")
        cursor.execute(
            f"""
            WITH {HELD}, gone AS (
              DELETE FROM claims_position p WHERE NOT EXISTS (
                SELECT FROM held
                WHERE held.claim_id = p.claim_id AND held.source_id = p.source_id
              )
            ), unclaimed AS (
              DELETE FROM claims_tally t WHERE NOT EXISTS (
                SELECT FROM claims_claim c WHERE c.id = t.claim_id
              )
            ), positions AS (
              INSERT INTO claims_position AS p (claim_id, source_id, statement_id, stance)
              SELECT claim_id, source_id, statement_id, stance FROM held
              ON CONFLICT (claim_id, source_id) DO UPDATE
                SET statement_id = excluded.statement_id, stance = excluded.stance
                WHERE (p.statement_id, p.stance)
                  IS DISTINCT FROM (excluded.statement_id, excluded.stance)
            )
            INSERT INTO claims_tally AS t (claim_id, asserts, denies)
            SELECT claim_id, asserts, denies FROM tally
            ON CONFLICT (claim_id) DO UPDATE
              SET asserts = excluded.asserts, denies = excluded.denies
              WHERE (t.asserts, t.denies) IS DISTINCT FROM (excluded.asserts, excluded.denies)
            """
        )
