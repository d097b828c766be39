"""Where a merge would have a source contradict itself, or change its mind."""

from dataclasses import dataclass, field
from operator import itemgetter

from django.db import connection, models

from claims.models import Claim
from claims.positions.runs import FLIPS, POSITIONS
from claimtracker.curated import Mergeable
from sources.models import Source


@dataclass(frozen=True)
class Turn:
    """A change of mind that a merge makes: two statements that came from one each of the two."""

    before: str  # the stance
    before_said: str
    after: str
    after_said: str
    order_uncertain: bool


@dataclass
class Contradiction:
    """Where a source, once merged, held both: what each of the two holds, and what it would hold.

    ``about`` is the claim where sources are merged, and the source where claims are. None stands
    for no position.
    """

    about: models.Model
    loser: str | None
    survivor: str | None
    merged: str | None
    order_uncertain: bool
    turns: list[Turn] = field(default_factory=list)


# Of the pairs of claim and source in which both the loser and the survivor have a public voice:
# what each holds, what the two hold as one, and the turns between a statement of the one and one
# of the other. {end} is the column that is merged, {other} that which stays.
CONTRADICTIONS = """
    WITH common AS (
      SELECT {other} FROM claims_statement WHERE {end} = %(loser)s AND is_public
      INTERSECT
      SELECT {other} FROM claims_statement WHERE {end} = %(survivor)s AND is_public
    ),
    st AS (
      SELECT id, {other}, %(survivor)s::bigint AS {end}, {end} AS was, stance, said, said_range,
        "order", slug
      FROM claims_statement
      WHERE {end} IN (%(loser)s, %(survivor)s) AND is_public
        AND {other} IN (SELECT {other} FROM common)
    ),
    {positions}, {flips},
    turn AS (
      SELECT f.{other}, json_agg(json_build_object(
          'before', a.stance, 'before_said', a.said, 'after', b.stance, 'after_said', b.said,
          'order_uncertain', f.order_uncertain
        ) ORDER BY f.day_after, b.slug) AS turns
      FROM flip f JOIN st a ON a.id = f.from_id JOIN st b ON b.id = f.to_id
      WHERE a.was <> b.was
      GROUP BY f.{other}
    )
    SELECT {other}, l.stance, s.stance, p.stance, coalesce(p.order_uncertain, false), t.turns
    FROM common
    LEFT JOIN (SELECT * FROM claims_position WHERE {end} = %(loser)s) l USING ({other})
    LEFT JOIN (SELECT * FROM claims_position WHERE {end} = %(survivor)s) s USING ({other})
    LEFT JOIN position p USING ({other})
    LEFT JOIN turn t USING ({other})
    WHERE l.stance <> s.stance OR t.turns IS NOT NULL
"""


def contradictions(loser: Mergeable, survivor: Mergeable) -> list[Contradiction]:
    end, other = ("claim_id", "source_id")
    about: type[models.Model] = Source
    if isinstance(loser, Source):
        end, other, about = other, end, Claim
    query = CONTRADICTIONS.format(end=end, other=other, positions=POSITIONS, flips=FLIPS)
    with connection.cursor() as cursor:
        cursor.execute(query, {"loser": loser.pk, "survivor": survivor.pk})
        found = cursor.fetchall()
    rows = about._base_manager.in_bulk([row[0] for row in found])
    return [
        Contradiction(
            about=rows[pk],
            loser=of_loser,
            survivor=of_survivor,
            merged=merged,
            order_uncertain=unsure,
            turns=[Turn(**turn) for turn in turns or []],
        )
        for pk, of_loser, of_survivor, merged, unsure, turns in sorted(found, key=itemgetter(0))
    ]
