"""How a claim was worded before, as readers saw it."""

from claims.positions.clocks import World
from claimtracker.moments import utc_in_sql


def wordings(world: World, claim: str) -> str:
    """Return the SQL of the earlier wordings of the claim with an id, as JSON, the latest first.

    Each is ``text``, as it was public, and ``until`` when. What was written while the claim was
    not public is left out.
    """
    before = ""
    if world.clocks.recorded_by is not None:
        before = "AND e.pgh_created_at < %(recorded_before)s"
    return f"""
        coalesce((
          SELECT json_agg(json_build_object('text', w.text, 'until', {utc_in_sql("w.ended_at")})
            ORDER BY w.pgh_id DESC)
          FROM (
            SELECT p.*, lead(p.text) OVER (ORDER BY p.pgh_id) AS next_text
            FROM (
              SELECT e.pgh_id, e.text, e.is_public AND e.pgh_label <> 'delete' AS is_public,
                lead(e.pgh_created_at) OVER (ORDER BY e.pgh_id) AS ended_at
              FROM claims_claimevent e WHERE e.pgh_obj_id = {claim} {before}
            ) p
            WHERE p.is_public
          ) w
          WHERE w.next_text <> w.text
        ), '[]')
    """
