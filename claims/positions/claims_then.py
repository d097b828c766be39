"""The list of claims as the clocks have it: which there were, and how they stood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from claims.positions.clocks import Clocks, World
from claims.positions.lists import filed
from claims.positions.runs import POSITIONS, TALLY
from claims.positions.spoken_for import spoken_for, was_said_for
from claimtracker.moments import utc_in_sql

# What is asked of the statements is known once they are read: of so many claims at a time.
BATCH = 200
LARGEST_BATCH = 3200

# What is told of a claim, each with its SQL.
FIELDS = {
    "slug": "c.slug",
    "url": "%(site)s || c.slug || '/'",
    "page_url": "%(pages)s || c.slug || '/'",
    "kind": "c.kind",
    "text": "c.text",
    "topics": "c.topics",
    "contested": "c.asserts > 0 AND c.denies > 0",
    "tally": "(SELECT t FROM (SELECT c.asserts, c.denies) t)",
    "statements": "c.statements",
    "first_said": "c.first_said",
    "last_said": "c.last_said",
    "recorded_at": utc_in_sql("c.recorded"),
}

# What is asked of the figures, each with its condition on them.
MEASURED = {
    "asserts_min": "c.asserts >= %(asserts_min)s",
    "asserts_max": "c.asserts <= %(asserts_max)s",
    "denies_min": "c.denies >= %(denies_min)s",
    "denies_max": "c.denies <= %(denies_max)s",
    "statements_min": "c.statements >= %(statements_min)s",
    "statements_max": "c.statements <= %(statements_max)s",
    "first_said_from": "coalesce(c.first_said >= %(first_said_from)s, false)",
    "first_said_to": "coalesce(c.first_said <= %(first_said_to)s, false)",
    "last_said_from": "coalesce(c.last_said >= %(last_said_from)s, false)",
    "last_said_to": "coalesce(c.last_said <= %(last_said_to)s, false)",
}


@dataclass(frozen=True)
class Asked:
    """What is asked of claims: each None where it is not."""

    kind: str | None = None
    text: str | None = None
    language: str | None = None
    topic: str | None = None
    # One statement that is all of these: by this source, made for this body, of this stance, and
    # possibly said on or after, and on or before, these days.
    source: str | None = None
    body: str | None = None
    stance: str | None = None
    said_from: date | None = None
    said_to: date | None = None
    contested: bool | None = None
    asserts_min: int | None = None
    asserts_max: int | None = None
    denies_min: int | None = None
    denies_max: int | None = None
    statements_min: int | None = None
    statements_max: int | None = None
    first_said_from: date | None = None
    first_said_to: date | None = None
    last_said_from: date | None = None
    last_said_to: date | None = None
    recorded_from: date | None = None
    recorded_to: date | None = None


class ClaimsThen:
    """The claims of a list as of some clocks, each as the text of its JSON, from any key on.

    ``ordering`` is ``slug``, ``first_said``, ``last_said`` or ``contest``; ``site`` and ``pages``
    the addresses below which the claims and their pages are; ``fields`` are those of FIELDS that
    are told. Positions are worked out for no more claims than a page needs, unless they are in the
    order of what is worked out.
    """

    def __init__(
        self,
        clocks: Clocks,
        asked: Asked,
        *,
        ordering: str,
        site: str,
        pages: str,
        fields: Sequence[str],
    ):
        self.fields = fields
        self.asked, self.by = asked, None if ordering == "slug" else ordering
        self.key = ("measure", "slug") if self.by else ("slug",)
        self.world = World(clocks)
        self.parameters = self.world.parameters | vars(asked) | {"site": site, "pages": pages}

    def keyed(
        self, *, after: list[Any] | None, descending: bool, limit: int
    ) -> list[tuple[str, list[Any]]]:
        """Return the first rows beyond a key, each with its own key."""
        found: list[tuple[str, list[Any]]] = []
        sifted = self._of_statements() or self.world.clocks.recorded_by
        size = max(BATCH, limit) if sifted else limit
        while True:
            rows, after, more = self._read(after, descending, size)
            found += rows
            if len(found) >= limit or not more:
                return found[:limit]
            size = min(2 * size, LARGEST_BATCH)

    def _read(
        self, after: list[Any] | None, descending: bool, size: int
    ) -> tuple[list[tuple[str, list[Any]]], list[Any] | None, bool]:
        """Return those of the next claims that answer, the key of the last one, if there are more.

        ``size`` is how many claims are looked at.
        """
        turn, side = ("DESC", "<") if descending else ("ASC", ">")
        columns = ("m.measure", "c.slug") if self.by else ("c.slug",)
        beyond = "true"
        if after:
            places = ", ".join(f"%(after_{n})s" for n in range(len(columns)))
            beyond = f"({', '.join(columns)}) {side} ({places})"
        in_order = ", ".join(f"{column} {turn}" for column in columns)
        given = self.parameters | {"size": size, "no_day": date.min}
        given |= {f"after_{n}": value for n, value in enumerate(after or [])}
        filed = self.world.rows("claims_claim_topics", "t.claim_id IN (SELECT id FROM picked)")
        topics = self.world.rows("claims_topic", "t.id IN (SELECT topic_id FROM filed)")
        query = f"""
            WITH RECURSIVE {self._below()}
            known AS {self._claims()},
            picked AS MATERIALIZED (
              SELECT c.*{", m.measure" if self.by else ""} FROM known c {self._measure()}
              WHERE {beyond} ORDER BY {in_order} LIMIT %(size)s
            ),
            {self.world.statements("t.claim_id IN (SELECT id FROM picked)")},
            {POSITIONS}, {TALLY},
            said AS (
              SELECT claim_id, count(*) AS statements, min(lower(said_range)) AS first_said,
                max(upper(said_range)) - 1 AS last_said,
                bool_or({self._of_one_statement()}) AS answers
              FROM st GROUP BY claim_id
            ),
            filed AS MATERIALIZED {filed},
            named AS (
              SELECT f.claim_id, json_agg(o.slug ORDER BY o.slug) AS topics
              FROM filed f JOIN {topics} o ON o.id = f.topic_id GROUP BY f.claim_id
            ),
            listed AS (
              SELECT c.*, coalesce(n.topics, '[]') AS topics,
                coalesce(h.asserts, 0) AS asserts, coalesce(h.denies, 0) AS denies,
                coalesce(s.statements, 0) AS statements, s.first_said, s.last_said, s.answers,
                {self._recorded("c")} AS recorded
              FROM picked c LEFT JOIN tally h ON h.claim_id = c.id
              LEFT JOIN said s ON s.claim_id = c.id LEFT JOIN named n ON n.claim_id = c.id
            )
            SELECT (SELECT row_to_json(j)::text FROM (
                SELECT {", ".join(f"{FIELDS[name]} AS {name}" for name in self.fields)}
              ) j), {" AND ".join(self._of_statements()) or "true"},
              {", ".join(column.replace("m.", "c.") for column in columns)}
            FROM listed c ORDER BY {in_order.replace("m.", "c.")}
        """
        with connection.cursor() as cursor:
            cursor.execute(query, given)
            looked_at = [(text, answers, key) for text, answers, *key in cursor]
        rows = [(text, key) for text, answers, key in looked_at if answers]
        return rows, looked_at[-1][2] if looked_at else None, len(looked_at) == size

    def _measure(self) -> str:
        """Return the join of the day or the number that claims are ordered by, if by one."""
        if not self.by:
            return ""
        said = self.world.statements("t.claim_id IN (SELECT id FROM known)")
        if self.by == "contest":
            each = f"""
                WITH {said}, {POSITIONS}, {TALLY}
                SELECT claim_id, least(asserts, denies) AS measure FROM tally
            """
            none = "0"
        else:
            day = (
                "min(lower(said_range))"
                if self.by == "first_said"
                else "max(upper(said_range)) - 1"
            )
            each = f"WITH {said} SELECT claim_id, {day} AS measure FROM st GROUP BY claim_id"
            none = "%(no_day)s"
        return f"""
            LEFT JOIN ({each}) each ON each.claim_id = c.id
            CROSS JOIN LATERAL (SELECT coalesce(each.measure, {none}) AS measure) m
        """

    def _claims(self) -> str:
        """Return a subquery of the claims there were that answer to what is no figure."""
        asked, world = self.asked, self.world
        wanted = []
        if asked.kind is not None:
            wanted.append("t.kind = %(kind)s")
        if asked.text is not None:
            wanted.append("strpos(text_folded(t.text), nullif(text_folded(%(text)s), '')) > 0")
        if asked.language is not None:
            wanted.append("upper(t.language) = upper(%(language)s)")
        if asked.topic is not None:
            wanted.append(f"t.id IN (SELECT claim_id FROM {filed(world)} filed)")
        day = f"({self._recorded('t')} AT TIME ZONE 'UTC')::date"
        if asked.recorded_from is not None:
            wanted.append(f"{day} >= %(recorded_from)s")
        if asked.recorded_to is not None:
            wanted.append(f"{day} <= %(recorded_to)s")
        # Only those that it spoke on at all need be looked at.
        if asked.source is not None:
            who = world.rows("sources_source", "t.slug = %(source)s", public="t.is_public")
            said = world.statements(f"t.source_id IN (SELECT id FROM {who} who)")
            wanted.append(f"t.id IN (WITH {said} SELECT claim_id FROM st)")
        elif asked.body is not None:
            said = world.statements("t.source_id IN (SELECT source_id FROM below)")
            wanted.append(f"t.id IN (WITH {said} SELECT claim_id FROM st)")
        return world.rows("claims_claim", " AND ".join(wanted) or "true", public="t.is_public")

    def _below(self) -> str:
        """Return the common table expressions of those who spoke for the body that is asked for."""
        return f"{spoken_for(self.world, '%(body)s')}," if self.asked.body is not None else ""

    def _of_one_statement(self) -> str:
        """Return the condition on a statement in ``st`` that it is all that is asked of one."""
        asked, wanted = self.asked, []
        if asked.source is not None:
            who = self.world.rows("sources_source", "t.slug = %(source)s", public="t.is_public")
            wanted.append(f"st.source_id IN (SELECT id FROM {who} who)")
        if asked.body is not None:
            wanted.append(f"EXISTS (SELECT FROM below b WHERE {was_said_for('st', 'b')})")
        if asked.stance is not None:
            wanted.append("st.stance = %(stance)s")
        if asked.said_from is not None:
            wanted.append("st.said_range && daterange(%(said_from)s, null)")
        if asked.said_to is not None:
            wanted.append("st.said_range && daterange(null, %(said_to)s, '(]')")
        return " AND ".join(wanted) or "true"

    def _recorded(self, claim: str) -> str:
        """Return, in SQL, when a claim was first public. The oldest events do not say it."""
        if self.world.clocks.recorded_by is None:
            return f"{claim}.first_public_at"
        return (
            f"coalesce({claim}.first_public_at, (SELECT min(e.pgh_created_at) "
            f"FROM claims_claimevent e WHERE e.pgh_obj_id = {claim}.id AND e.is_public))"
        )

    def _of_statements(self) -> list[str]:
        """Return what is asked of the statements on a claim, so that they must be read first."""
        wanted = []
        if self._of_one_statement() != "true":
            wanted.append("coalesce(c.answers, false)")
        if self.asked.contested is not None:
            wanted.append("(c.asserts > 0 AND c.denies > 0) = %(contested)s")
        wanted += [sql for name, sql in MEASURED.items() if getattr(self.asked, name) is not None]
        return wanted
