"""The claims that a claim is related to, each relation named from that claim's side."""

from claims.positions.clocks import World

# How it reads from the other end; the others read the same in both directions.
FROM_THE_OTHER_END = "CASE r.kind WHEN 'implies' THEN 'implied_by' ELSE r.kind END"


def related(world: World) -> str:
    """Return common table expressions of what is said of the claim in ``asked``.

    ``related`` has a row a relation: ``relation``, the other claim's ``slug``, ``text``,
    ``language`` and ``review_state``, and the ``rationale``.
    """
    begun = world.rows("claims_relation", "t.from_claim_id IN (SELECT id FROM asked)")
    ended = world.rows("claims_relation", "t.to_claim_id IN (SELECT id FROM asked)")
    other = world.rows("claims_claim", "t.id IN (SELECT other_id FROM ends)", public="t.is_public")
    return f"""
        ends AS MATERIALIZED (
          SELECT r.kind AS relation, r.to_claim_id AS other_id, r.rationale FROM {begun} r
          UNION ALL
          SELECT {FROM_THE_OTHER_END}, r.from_claim_id, r.rationale FROM {ended} r
        ),
        related AS (
          SELECT e.relation, c.slug, c.text, c.language, c.review_state, e.rationale
          FROM ends e JOIN {other} c ON c.id = e.other_id
        )
    """
