"""Runs of one stance: what a source holds, since when, how surely, and when it turned round.

A run is one source's statements on one claim that assert, or that deny, with neither the opposite
nor a withdrawal between them. The last run is the position; a withdrawal after it ends it.
"""

# Common table expressions over ``st`` (see clocks.World): one row a position in ``position``.
#
# Statements are ordered by their latest possible day, then "order", then slug; those without such
# a day (undated, or with an open end) come first. Against those, no order is certain.
POSITIONS = """
    act AS (
      SELECT *, upper(said_range) AS day_after,
        row_number() OVER (
          PARTITION BY claim_id, source_id ORDER BY upper(said_range) NULLS FIRST, "order", slug
        ) AS n
      FROM st WHERE stance IN ('asserts', 'denies', 'withdraws')
    ),
    deciding AS (
      SELECT DISTINCT ON (claim_id, source_id) * FROM act ORDER BY claim_id, source_id, n DESC
    ),
    compared AS (
      SELECT a.*, d.id AS deciding_id, d.stance AS held,
        max(a.n) FILTER (WHERE a.stance <> d.stance)
          OVER (PARTITION BY a.claim_id, a.source_id) AS broken_at,
        a.stance <> d.stance
          AND (a.day_after IS NULL OR d.day_after IS NULL OR a.said_range && d.said_range)
          AND (a.day_after = d.day_after AND a."order" <> d."order") IS NOT TRUE AS may_be_later
      FROM act a JOIN deciding d USING (claim_id, source_id)
      WHERE d.stance <> 'withdraws'
    ),
    position AS (
      SELECT claim_id, source_id, deciding_id AS statement_id, held AS stance,
        (array_agg(said ORDER BY n)
          FILTER (WHERE n > coalesce(broken_at, 0) AND day_after IS NOT NULL))[1] AS since,
        (array_agg(said_range ORDER BY n)
          FILTER (WHERE n > coalesce(broken_at, 0) AND day_after IS NOT NULL))[1] AS since_range,
        bool_or(may_be_later) AS order_uncertain
      FROM compared GROUP BY claim_id, source_id, deciding_id, held
    )
"""

# Over ``st``: one row a flip, two consecutive dated asserts or denies that are opposite. Where
# the two may have been made in either order, it has no direction.
FLIPS = """
    voiced AS (
      SELECT st.*, upper(said_range) AS day_after,
        lag(st.id) OVER turn AS before_id, lag(stance) OVER turn AS before_stance,
        lag(said_range) OVER turn AS before_range, lag("order") OVER turn AS before_order
      FROM st WHERE stance IN ('asserts', 'denies') AND upper(said_range) IS NOT NULL
      WINDOW turn AS (
        PARTITION BY claim_id, source_id ORDER BY upper(said_range), "order", slug
      )
    ),
    flip AS (
      SELECT id AS to_id, before_id AS from_id, claim_id, source_id, day_after,
        said_range && before_range
          AND NOT (day_after = upper(before_range) AND "order" <> before_order) AS order_uncertain
      FROM voiced WHERE stance <> before_stance
    )
"""
