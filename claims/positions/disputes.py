"""Who contradicts whom: for two sources, the claims on which they hold opposite stances."""

from typing import Any

from django.db import connection

from claims.positions.clocks import NOW, Clocks, World
from claims.positions.kept import kept
from claims.positions.lists import filed
from claims.positions.runs import POSITIONS

Row = dict[str, Any]
# So many voices are set against each other, those that are contradicted most often, ...
VOICES = 40
# ... and without a topic, over so many claims: the most contested of those spoken of.
CLAIMS = 50


def disputes(topic: str | None, clocks: Clocks) -> Row:
    """Return the voices on the contested claims of a topic, or of all, and each pair of them.

    ``{"voices": [{"source", "name", "kind", "against"}], "voices_in_all", "claims",
    "pairs": [{"source", "other", "agree", "differ", "claims"}]}``: ``agree`` and ``differ`` count
    over the contested ``claims``, and the ``claims`` of a pair are those on which they differ.
    ``against`` is how often a voice has another against it, over all claims.
    Without a topic only the CLAIMS claims count on which the smaller side has the most voices.
    """
    world = World(clocks)
    if topic:
        where = f"t.id IN (SELECT claim_id FROM {filed(world)} filed)"
    elif clocks == NOW:
        where = (
            "t.id IN (SELECT y.claim_id FROM claims_tally y JOIN claims_claim k "
            "ON k.id = y.claim_id AND k.is_public WHERE y.asserts > 0 AND y.denies > 0 "
            f"ORDER BY least(y.asserts, y.denies) DESC, k.slug LIMIT {CLAIMS})"
        )
    else:
        where = "true"
    asked = world.rows("claims_claim", where, public="t.is_public")
    on_them = "t.claim_id IN (SELECT id FROM asked)"
    positions = kept(on_them) if clocks == NOW else f"{world.statements(on_them)}, {POSITIONS}"
    who = world.rows(
        "sources_source", "t.id IN (SELECT source_id FROM loudest)", public="t.is_public"
    )
    query = f"""
        WITH asked AS MATERIALIZED {asked}, {positions},
        torn AS MATERIALIZED (
          SELECT claim_id, c.slug, count(*) FILTER (WHERE stance = 'asserts') AS asserting,
            count(*) FILTER (WHERE stance = 'denies') AS denying
          FROM position JOIN asked c ON c.id = claim_id
          GROUP BY claim_id, c.slug HAVING count(DISTINCT stance) = 2
          ORDER BY least(count(*) FILTER (WHERE stance = 'asserts'),
            count(*) FILTER (WHERE stance = 'denies')) DESC, c.slug
          {"" if topic else f"LIMIT {CLAIMS}"}
        ),
        held AS MATERIALIZED (
          SELECT p.source_id, p.claim_id, p.stance, t.slug AS claim,
            CASE p.stance WHEN 'asserts' THEN t.denying ELSE t.asserting END AS against
          FROM position p JOIN torn t USING (claim_id)
        ),
        every_voice AS MATERIALIZED (
          SELECT source_id, sum(against)::bigint AS against FROM held GROUP BY source_id
        ),
        loudest AS MATERIALIZED (
          SELECT * FROM every_voice ORDER BY against DESC, source_id LIMIT {VOICES}
        ),
        voice AS MATERIALIZED (
          SELECT o.id, o.slug, o.name, o.kind, l.against
          FROM loudest l JOIN {who} o ON o.id = l.source_id
        ),
        heard AS MATERIALIZED (
          SELECT v.id, v.slug, h.claim_id, h.claim, h.stance
          FROM held h JOIN voice v ON v.id = h.source_id
        ),
        pair AS (
          SELECT x.slug AS source, y.slug AS other,
            count(*) FILTER (WHERE x.stance = y.stance) AS agree,
            count(*) FILTER (WHERE x.stance <> y.stance) AS differ,
            coalesce(
              array_agg(x.claim ORDER BY x.claim) FILTER (WHERE x.stance <> y.stance), '{{}}'
            )
              AS claims
          FROM heard x JOIN heard y ON y.claim_id = x.claim_id AND x.slug < y.slug
          GROUP BY x.slug, y.slug
        )
        SELECT
          (SELECT json_agg(row_to_json(v) ORDER BY v.against DESC, v.slug)
           FROM (SELECT slug AS source, slug, name, kind, against FROM voice) v),
          (SELECT count(*) FROM every_voice), (SELECT count(*) FROM torn),
          (SELECT json_agg(row_to_json(p) ORDER BY differ DESC, source, other) FROM pair p)
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"topic": topic})
        voices, in_all, claims, pairs = cursor.fetchone()
    return {
        "voices": voices or [],
        "voices_in_all": in_all,
        "claims": claims,
        "pairs": pairs or [],
    }
