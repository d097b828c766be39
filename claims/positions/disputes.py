"""Who contradicts whom: for two sources, the claims on which they hold opposite stances."""

from itertools import combinations
from typing import Any

from django.db import connection

from claims.positions.clocks import NOW, Clocks, World
from claims.positions.ledger import HELD
from claims.positions.lists import filed
from claims.positions.runs import POSITIONS, TALLY

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
    if clocks == NOW:
        # The tables themselves: what is read of positions an index has, position_on_claim.
        positions, held, tallies = "", "claims_position", "claims_tally"
    else:
        positions, held, tallies = (
            f"{world.statements(on_them)}, {POSITIONS}, {TALLY},",
            "position",
            "tally",
        )
    who = world.rows(
        "sources_source", "t.id IN (SELECT source_id FROM loudest)", public="t.is_public"
    )
    query = f"""
        WITH asked AS MATERIALIZED {asked}, {positions}
        torn AS MATERIALIZED (
          SELECT t.claim_id, c.slug, t.asserts, t.denies
          FROM {tallies} t JOIN asked c ON c.id = t.claim_id
          WHERE t.asserts > 0 AND t.denies > 0
          ORDER BY least(t.asserts, t.denies) DESC, c.slug
          {"" if topic else f"LIMIT {CLAIMS}"}
        ),
        held AS MATERIALIZED (
          SELECT p.source_id, p.stance, t.slug AS claim,
            CASE p.stance WHEN 'asserts' THEN t.denies ELSE t.asserts END AS against
          FROM {held} p JOIN torn t USING (claim_id)
        ),
        every_voice AS MATERIALIZED (
          SELECT source_id, sum(against) AS against FROM held GROUP BY source_id
        ),
        loudest AS MATERIALIZED (
          SELECT * FROM every_voice ORDER BY against DESC, source_id LIMIT {VOICES}
        ),
        voice AS MATERIALIZED (
          SELECT source_id, json_object_agg(claim, stance) AS held FROM held
          WHERE source_id IN (SELECT source_id FROM loudest) GROUP BY source_id
        )
        SELECT
          (SELECT json_agg(row_to_json(v) ORDER BY v.against DESC, v.slug) FROM (
            SELECT o.slug AS source, o.slug, o.name, o.kind, l.against, h.held
            FROM loudest l JOIN {who} o ON o.id = l.source_id JOIN voice h USING (source_id)
          ) v),
          (SELECT count(*) FROM every_voice), (SELECT count(*) FROM torn)
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"topic": topic})
        voices, in_all, claims = cursor.fetchone()
    held_by = {voice["source"]: voice.pop("held") for voice in voices or []}
    return {
        "voices": voices or [],
        "voices_in_all": in_all,
        "claims": claims,
        "pairs": _pairs(held_by),
    }


def _pairs(held: dict[str, dict[str, str]]) -> list[Row]:
    """Return each pair of those that share a claim, those that differ most first.

    ``held`` has the stances of a source by claim. Not in SQL: the planner thinks that there are
    few, and would set each of them against all others one by one.
    """
    sides = {
        source: [{claim for claim in of if of[claim] == stance} for stance in HELD]
        for source, of in held.items()
    }
    found = []
    for one, other in combinations(sorted(sides), 2):
        (asserts, denies), (theirs, they_deny) = sides[one], sides[other]
        agree = len(asserts & theirs) + len(denies & they_deny)
        differ = sorted(asserts & they_deny | denies & theirs)
        if agree or differ:
            pair = {"source": one, "other": other, "agree": agree, "differ": len(differ)}
            found.append(pair | {"claims": differ})
    return sorted(found, key=lambda pair: (-pair["differ"], pair["source"], pair["other"]))
