"""What turned lately: claims that came to be contested, and sources that turned round.

Lately is what was recorded here, not what was said: what an editor has not seen yet.
"""

from datetime import datetime

from django.db import connection

from claims.positions.clocks import Clocks, World
from claims.positions.runs import FLIPS, POSITIONS

# Looked through from the newest on, so that an import of a million statements holds nobody up.
CHANGES = 1000
CLAIMS = 25

LATELY = f"""
    lately AS MATERIALIZED (
      SELECT id, claim_id, source_id, max(pgh_id) AS changed
      FROM (
        SELECT pgh_obj_id AS id, claim_id, source_id, pgh_id, pgh_created_at
        FROM claims_statementevent ORDER BY pgh_id DESC LIMIT {CHANGES}
      ) e
      WHERE pgh_created_at >= %(since)s GROUP BY id, claim_id, source_id
    )
"""


def newly_contested(since: datetime) -> list[int]:
    """Return the ids of claims that are contested and were not at that moment, the latest first.

    Only of the claims on which statements were recorded or changed since: the last few of them.
    """
    query = f"""
        WITH {LATELY}
        SELECT claim_id FROM lately JOIN claims_tally USING (claim_id)
        JOIN claims_claim c ON c.id = claim_id AND c.is_public
        WHERE asserts > 0 AND denies > 0
        GROUP BY claim_id ORDER BY max(changed) DESC LIMIT {CLAIMS}
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"since": since})
        contested = [claim for (claim,) in cursor]
    before = contested_as_of(contested, since) if contested else set()
    return [claim for claim in contested if claim not in before]


def contested_as_of(claims: list[int], moment: datetime) -> set[int]:
    """Return which of these claims, by id, were contested as this database had it at a moment."""
    world = World(Clocks(recorded_by=moment))
    query = f"""
        WITH {world.statements("t.claim_id = ANY(%(claims)s)")}, {POSITIONS}
        SELECT claim_id FROM position GROUP BY claim_id HAVING count(DISTINCT stance) = 2
    """
    with connection.cursor() as cursor:
        cursor.execute(query, world.parameters | {"claims": claims})
        return {claim for (claim,) in cursor}


def new_flips(since: datetime, *, limit: int) -> list[tuple[int, int, bool]]:
    """Return the flips that were recorded since, the latest first: statements and how surely.

    Each is the id of the statement before, the id of the one after, and whether their order is
    uncertain.
    """
    query = f"""
        WITH {LATELY}, {flips_of_pairs("lately")}
        SELECT f.from_id, f.to_id, f.order_uncertain
        FROM flip f JOIN lately n ON n.id IN (f.from_id, f.to_id)
        GROUP BY f.from_id, f.to_id, f.order_uncertain
        ORDER BY max(n.changed) DESC LIMIT %(limit)s
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"since": since, "limit": limit})
        return cursor.fetchall()


def flips_of_pairs(pairs: str) -> str:
    """Return common table expressions of the flips, as of now, of the pairs in a relation.

    The relation has ``claim_id`` and ``source_id``. ``st`` has their public statements and ``flip``
    is that of runs.FLIPS. Only pairs that ever took both stances are put in order.
    """
    said = World().statements("(t.claim_id, t.source_id) IN (SELECT claim_id, source_id FROM torn)")
    return f"""
        torn AS MATERIALIZED (
          SELECT s.claim_id, s.source_id FROM claims_statement s
          WHERE s.is_public AND s.stance IN ('asserts', 'denies')
            AND (s.claim_id, s.source_id) IN (SELECT claim_id, source_id FROM {pairs})
          GROUP BY s.claim_id, s.source_id HAVING count(DISTINCT s.stance) = 2
        ),
        {said}, {FLIPS}
    """
