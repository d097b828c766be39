"""Runs of one stance: what a source holds, since when, how surely, and when it turned round.

A run is one source's statements on one claim that assert, or that deny, with neither the opposite
nor a withdrawal between them. The last run is the position; a withdrawal after it ends it.
"""

# Common table expressions over ``st`` (see clocks.World): one row a position in ``position``.
#
# No table is joined to itself: the planner does not know how many statements there are in ``st``,
# and for few it would do the one side again for each row of the other.
#
# Statements are ordered by their latest possible day, then "order", then slug; those without such
# a day (undated, or with an open end) come first. Against those, no order is certain.
FIRST_OF_RUN = """
        (array_agg({column} ORDER BY n)
          FILTER (WHERE n > coalesce(broken_at, 0) AND day_after IS NOT NULL))[1]
"""


def positions_with(*of_run: str) -> str:
    """Return the common table expressions of ``position``.

    ``of_run`` are columns of statements: of the first dated one of the run, as ``run_…``.
    """
    also = "".join(f", {FIRST_OF_RUN.format(column=name)} AS run_{name}" for name in of_run)
    return f"""
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
      SELECT a.*,
        max(n) FILTER (WHERE stance <> held) OVER (PARTITION BY claim_id, source_id) AS broken_at,
        stance <> held
          AND (day_after IS NULL OR held_until IS NULL OR said_range && held_range)
          AND (day_after = held_until AND "order" <> held_order) IS NOT TRUE AS may_be_later
      FROM (
        SELECT *, first_value(id) OVER latest AS deciding_id,
          first_value(stance) OVER latest AS held,
          first_value(day_after) OVER latest AS held_until,
          first_value(said_range) OVER latest AS held_range,
          first_value("order") OVER latest AS held_order
        FROM act WINDOW latest AS (PARTITION BY claim_id, source_id ORDER BY n DESC)
      ) a
      WHERE held <> 'withdraws'
    ),
    position AS MATERIALIZED (
      SELECT claim_id, source_id, deciding_id AS statement_id, held AS stance,
        {FIRST_OF_RUN.format(column="said")} AS since,
        {FIRST_OF_RUN.format(column="said_range")} AS since_range,
        bool_or(may_be_later) AS order_uncertain{also}
      FROM compared GROUP BY claim_id, source_id, deciding_id, held
    )
    """


POSITIONS = positions_with()

# Over ``position``: what ``claims_tally`` keeps of the positions as they are now.
TALLY = """
    tally AS (
      SELECT claim_id, (count(*) FILTER (WHERE stance = 'asserts'))::int AS asserts,
        (count(*) FILTER (WHERE stance = 'denies'))::int AS denies
      FROM position GROUP BY claim_id
    )
"""

# Over ``st``: one row a flip, two consecutive dated asserts or denies that are opposite. Where
# the two may have been made in either order, it has no direction. It has all of the statement that
# is turned to, and ``before_…`` of the other, so that neither has to be looked for again.
FLIPS = """
    voiced AS (
      SELECT st.*, upper(said_range) AS day_after,
        lag(st.id) OVER turn AS before_id, lag(slug) OVER turn AS before_slug,
        lag(stance) OVER turn AS before_stance, lag(said) OVER turn AS before_said,
        lag(said_range) OVER turn AS before_range, lag("order") OVER turn AS before_order
      FROM st WHERE stance IN ('asserts', 'denies') AND upper(said_range) IS NOT NULL
      WINDOW turn AS (
        PARTITION BY claim_id, source_id ORDER BY upper(said_range), "order", slug
      )
    ),
    flip AS (
      SELECT *, id AS to_id, before_id AS from_id,
        said_range && before_range
          AND NOT (day_after = upper(before_range) AND "order" <> before_order) AS order_uncertain
      FROM voiced WHERE stance <> before_stance
    )
"""
