"""Which statements count as said by a body: its own, and those of who spoke for it on that day.

The same affiliations as in rollup.py, climbed from the top: there from each statement up to the
bodies that it was made for, here from one body down to all whose statements may be meant.
"""

from claims.positions.clocks import NOW, World


def spoken_for(world: World, body: str) -> str:
    """Return common table expressions, recursive ones, of those who ever spoke for a body.

    ``body`` is the SQL of its slug. ``below`` has a row for each way down to a source: ``begins``
    and ``ends`` are the days between which all affiliations on the way certainly or possibly held
    (null where that end is open), ``dateless`` says that none of them has a date.
    """
    bonds = world.rows("sources_affiliation", "t.speaks_for")
    ends = f"SELECT member_id FROM bond UNION SELECT body_id FROM bond UNION {named(world, body)}"
    sources = world.rows("sources_source", f"t.id IN ({ends})", public="t.is_public")
    return f"""
        bond AS MATERIALIZED {bonds}, speaker AS MATERIALIZED {sources},
        below AS (
          SELECT k.id AS source_id, ARRAY[k.id] AS path, null::date AS begins, null::date AS ends,
            true AS dateless
          FROM speaker k WHERE k.slug = {body}
          UNION ALL
          SELECT a.member_id, b.path || a.member_id, greatest(b.begins, lower(a.since_range)),
            least(b.ends, upper(a.until_range)),
            b.dateless AND a.since = '' AND a.until = ''
          FROM below b JOIN bond a ON a.body_id = b.source_id AND a.member_id <> ALL (b.path)
          JOIN speaker k ON k.id = a.member_id
        )
    """


def named(world: World, body: str) -> str:
    rows = world.rows("sources_source", f"t.slug = {body}", public="t.is_public")
    return f"SELECT id FROM {rows} named"


def was_said_for(statement: str, below: str) -> str:
    """Return the condition that a statement counts as said by the body that ``below`` leads to.

    An affiliation holds unless it had certainly not begun or had certainly ended on that day; an
    undated statement can rely only on those without dates.
    """
    said = f"{statement}.said_range"
    return f"""(
        {statement}.source_id = {below}.source_id AND NOT {statement}.personal_capacity
        AND CASE WHEN upper({said}) IS NULL THEN {below}.dateless
          ELSE coalesce(upper({said}) > {below}.begins, true)
            AND coalesce({below}.ends > lower({said}), true) END
    )"""


# The ids of the statements that count as said now by the body with a slug, and how often that
# slug is a parameter of it.
IDS = f"""
    WITH RECURSIVE {spoken_for(World(NOW), "%s::text")}
    SELECT s.id FROM below b JOIN claims_statement s ON {was_said_for("s", "b")}
"""
SLUGS = IDS.count("%s")
