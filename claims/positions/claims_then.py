"""The list of claims as the clocks have it: which there were, and how they stood."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from claims.positions.clocks import Clocks, World
from claims.positions.lists import filed
from claims.positions.runs import POSITIONS

# What is asked of the statements is known once they are read: of so many claims at a time.
BATCH = 200
LARGEST_BATCH = 3200


@dataclass(frozen=True)
class Asked:
    """What is asked of claims: each None where it is not."""

    kind: str | None = None
    language: str | None = None
    topic: str | None = None
    # A statement by this source, of this stance; given both, one that is both.
    source: str | None = None
    stance: str | None = None
    contested: bool | None = None


class ClaimsThen:
    """The claims of a list as of some clocks, each as the text of its JSON, from any key on.

    ``ordering`` is ``slug``, ``first_said`` or ``last_said``; ``site`` the address below which the
    claims are. Positions are worked out for no
    more claims than a page needs.
    """

    def __init__(self, clocks: Clocks, asked: Asked, *, ordering: str, site: str):
        self.asked, self.by_day = asked, None if ordering == "slug" else ordering
        self.key = ("day", "slug") if self.by_day else ("slug",)
        self.world = World(clocks)
        self.parameters = self.world.parameters | vars(asked) | {"site": site}

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
        columns = ("d.day", "c.slug") if self.by_day else ("c.slug",)
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
            WITH known AS {self._claims()},
            picked AS MATERIALIZED (
              SELECT c.*{", d.day" if self.by_day else ""} FROM known c {self._days()}
              WHERE {beyond} ORDER BY {in_order} LIMIT %(size)s
            ),
            {self.world.statements("t.claim_id IN (SELECT id FROM picked)")},
            {POSITIONS},
            held AS (
              SELECT claim_id, count(*) FILTER (WHERE stance = 'asserts') AS asserts,
                count(*) FILTER (WHERE stance = 'denies') AS denies
              FROM position GROUP BY claim_id
            ),
            said AS (
              SELECT claim_id, count(*) AS statements, min(lower(said_range)) AS first_said,
                max(upper(said_range)) - 1 AS last_said, array_agg(DISTINCT stance) AS stances
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
                coalesce(s.statements, 0) AS statements, s.first_said, s.last_said, s.stances
              FROM picked c LEFT JOIN held h ON h.claim_id = c.id
              LEFT JOIN said s ON s.claim_id = c.id LEFT JOIN named n ON n.claim_id = c.id
            )
            SELECT (SELECT row_to_json(j)::text FROM (
                SELECT c.slug, %(site)s || c.slug || '/' AS url, c.kind, c.text, c.topics,
                  c.asserts > 0 AND c.denies > 0 AS contested,
                  (SELECT t FROM (SELECT c.asserts, c.denies) t) AS tally,
                  c.statements, c.first_said, c.last_said
              ) j), {" AND ".join(self._of_statements()) or "true"},
              {", ".join(column.replace("d.", "c.") for column in columns)}
            FROM listed c ORDER BY {in_order.replace("d.", "c.")}
        """
        with connection.cursor() as cursor:
            cursor.execute(query, given)
            looked_at = [(text, answers, key) for text, answers, *key in cursor]
        rows = [(text, key) for text, answers, key in looked_at if answers]
        return rows, looked_at[-1][2] if looked_at else None, len(looked_at) == size

    def _days(self) -> str:
        """Return the join of the day that claims are ordered by, ``d``, where it is one."""
        if not self.by_day:
            return ""
        day = {"first_said": "min(lower(said_range))", "last_said": "max(upper(said_range)) - 1"}
        said = self.world.statements("t.claim_id IN (SELECT id FROM known)")
        return f"""
            LEFT JOIN (
              WITH {said} SELECT claim_id, {day[self.by_day]} AS day FROM st GROUP BY claim_id
            ) said ON said.claim_id = c.id
            CROSS JOIN LATERAL (SELECT coalesce(said.day, %(no_day)s) AS day) d
        """

    def _claims(self) -> str:
        """Return a subquery of the claims there were that answer to what is no figure."""
        asked, world = self.asked, self.world
        wanted = []
        if asked.kind is not None:
            wanted.append("t.kind = %(kind)s")
        if asked.language is not None:
            wanted.append("upper(t.language) = upper(%(language)s)")
        if asked.topic is not None:
            wanted.append(f"t.id IN (SELECT claim_id FROM {filed(world)} filed)")
        if asked.source is not None:
            who = world.rows("sources_source", "t.slug = %(source)s", public="t.is_public")
            said = world.statements(f"t.source_id IN (SELECT id FROM {who} who)")
            took = " WHERE st.stance = %(stance)s" if asked.stance is not None else ""
            wanted.append(f"t.id IN (WITH {said} SELECT claim_id FROM st{took})")
        return world.rows("claims_claim", " AND ".join(wanted) or "true", public="t.is_public")

    def _of_statements(self) -> list[str]:
        """Return what is asked of the statements on a claim, so that they must be read first."""
        wanted = []
        # With a source it is asked of the claims already: the statement must be by that one.
        if self.asked.stance is not None and self.asked.source is None:
            wanted.append("coalesce(%(stance)s = ANY(c.stances), false)")
        if self.asked.contested is not None:
            wanted.append("(c.asserts > 0 AND c.denies > 0) = %(contested)s")
        return wanted
