"""What editors are shown of a claim: the newest statements of each side, and what they decide."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection

from claims.models import Citation, Statement
from claims.positions.clocks import World
from claims.positions.independence import CHAINS
from claims.positions.runs import POSITIONS
from sources.models import Document

SIDES = ["asserts", "denies", "other"]


class Read(NamedTuple):
    """A citation, and the documents that the words came through, origin first, its own last."""

    citation: Citation
    chain: list[Document]


class Said(NamedTuple):
    """A statement, whether it decides what its source holds, and where it was read.

    ``since`` (EDTF, None where no date is known) and ``order_uncertain`` are of the position that
    it decides. ``more_read`` tells whether it has citations beyond those that are listed.
    """

    statement: Statement
    decides: bool
    since: str | None
    order_uncertain: bool
    read: list[Read]
    more_read: bool


class Side(NamedTuple):
    """The newest statements that assert, that deny, or (“other”) that do neither.

    ``found`` counts all such statements that the reader sees, ``holders`` the sources that hold
    the stance by one of them.
    """

    name: str
    found: int
    holders: int
    said: list[Any]


def sides_at_the_desk(
    claim_id: int, *, drafts: Collection[str], statements: int, citations: int
) -> list[Side]:
    """Return the three sides of a claim, the latest statements first.

    ``statements`` and ``citations`` are how many to return of a side, and of a statement; the ends
    of the chains come first. ``drafts`` are the tables of which the reader sees drafts (see
    clocks.World).
    """
    world = World(drafts=drafts)
    query = f"""
        WITH RECURSIVE {world.statements("t.claim_id = %(claim_id)s")}, {POSITIONS},
        ranked AS (
          SELECT s.*, p.statement_id IS NOT NULL AS decides, p.since, p.order_uncertain,
            row_number() OVER (
              PARTITION BY s.side
              ORDER BY upper(s.said_range) DESC NULLS LAST, s."order" DESC, s.slug DESC
            ) AS place
          FROM (
            SELECT *, CASE WHEN stance IN ('asserts', 'denies') THEN stance ELSE 'other' END AS side
            FROM spoken
          ) s
          LEFT JOIN position p ON p.statement_id = s.id
        ),
        told AS MATERIALIZED (SELECT * FROM ranked WHERE place <= %(statements)s),
        {world.citations("told")}, {CHAINS},
        read AS (
          SELECT statement_id, count(*) > %(citations)s AS more,
            json_agg((SELECT row_to_json(j) FROM (SELECT id, chain) j) ORDER BY place)
              FILTER (WHERE place <= %(citations)s) AS found
          FROM (
            SELECT *, row_number() OVER (
              PARTITION BY statement_id ORDER BY cardinality(chain), document
            ) AS place
            FROM linked
          ) l
          GROUP BY statement_id
        )
        SELECT s.side, count(*), count(*) FILTER (WHERE s.decides),
          json_agg((
            SELECT row_to_json(j) FROM (
              SELECT s.id, s.decides, s.since, s.order_uncertain,
                coalesce(r.found, '[]') AS read, coalesce(r.more, false) AS more_read
            ) j
          ) ORDER BY s.place) FILTER (WHERE s.place <= %(statements)s)
        FROM ranked s LEFT JOIN read r ON r.statement_id = s.id
        GROUP BY s.side
    """
    given = {"claim_id": claim_id, "statements": statements, "citations": citations}
    with connection.cursor() as cursor:
        cursor.execute(query, world.parameters | given)
        sides = {side: Side(side, *answer) for side, *answer in cursor}
    return _with_rows([sides.get(name, Side(name, 0, 0, [])) for name in SIDES])


def _with_rows(sides: list[Side]) -> list[Side]:
    """Return sides with the rows of which they have the ids, less what went meanwhile."""
    said = [one for side in sides for one in side.said]
    read = [one for each in said for one in each["read"]]
    statements = Statement.objects.select_related("source").in_bulk([one["id"] for one in said])
    citations = Citation.objects.with_misquotes().in_bulk([one["id"] for one in read])
    documents = (
        Document.objects.select_related("publisher")
        .defer("text")
        .in_bulk({slug for one in read for slug in one["chain"]}, field_name="slug")
    )

    def reads(found: list[dict[str, Any]]) -> list[Read]:
        return [
            Read(citations[one["id"]], [documents[slug] for slug in one["chain"]])
            for one in found
            if one["id"] in citations and documents.keys() >= set(one["chain"])
        ]

    return [
        side._replace(
            said=[
                Said(
                    statement=statements[one["id"]],
                    decides=one["decides"],
                    since=one["since"],
                    order_uncertain=bool(one["order_uncertain"]),
                    read=reads(one["read"]),
                    more_read=one["more_read"],
                )
                for one in side.said
                if one["id"] in statements
            ]
        )
        for side in sides
    ]
