"""The three clocks: what was said by a day, public by a day, recorded here by a moment.

``Clocks`` holds the three; ``World`` writes the SQL that reads the rows as they stood then. Without
``recorded_by`` these are the tables themselves, with it the last event of each row before that
moment. Either way only what was public then is read, unless a reader is named who may see more, so
that nothing built on it can leak a draft.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any


@dataclass(frozen=True)
class Clocks:
    """Three questions of when, each None where it is not asked.

    ``said_by``: said by that day, taking the latest day that a date may mean.
    ``public_by``: read in a document that was published by that day.
    ``recorded_by``: in this database by the end of that day, or by that moment (UTC).
    """

    said_by: date | None = None
    public_by: date | None = None
    recorded_by: date | datetime | None = None

    @property
    def recorded_before(self) -> datetime | None:
        """The first moment that is too late, in UTC."""
        if self.recorded_by is None:
            return None
        if isinstance(self.recorded_by, datetime):
            return self.recorded_by.astimezone(UTC) + timedelta(microseconds=1)
        return datetime.combine(self.recorded_by, time(), UTC) + timedelta(days=1)

    def as_json(self) -> dict[str, str | None]:
        """Return the clocks as they are answered: ISO 8601, null where not asked."""
        return {
            name: moment.isoformat().replace("+00:00", "Z") if moment else None
            for name, moment in (
                ("said_by", self.said_by),
                ("public_by", self.public_by),
                ("recorded_by", self.recorded_by),
            )
        }


# Where the events of a table are not named after it.
EVENTS = {"claims_claim_topics": "claims_claimtopicevent"}


NOW = Clocks()


class World:
    """Writes the SQL that reads what was public, as this database had it at a moment.

    ``drafts`` are the tables of which it also reads what was not public: those whose drafts the
    reader may see. What decides a position is public all the same.
    """

    def __init__(self, clocks: Clocks = NOW, *, drafts: Collection[str] = ()):
        self.clocks = clocks
        self.drafts = drafts
        # For said_by and public_by: a range ends before the day after.
        self.parameters: dict[str, Any] = {
            "said_before": clocks.said_by and clocks.said_by + timedelta(days=1),
            "public_before": clocks.public_by and clocks.public_by + timedelta(days=1),
            "recorded_before": clocks.recorded_before,
        }

    def rows(self, table: str, where: str, *, public: str = "") -> str:
        """Return a subquery of the rows of a table for which a condition on ``t`` holds.

        ``public`` is a condition on ``t`` that says which are public, true for all where blank.
        A row is found by what it says at that moment, not by what it says now.
        """
        public = "true" if table in self.drafts else public or "true"
        events = EVENTS.get(table, f"{table}event")
        if self.clocks.recorded_by is None:
            return f"(SELECT t.* FROM {table} t WHERE ({where}) AND ({public}))"
        # Each row that ever met the condition, as its last event before that moment leaves it.
        # By pgh_id: among the events of one row it is the order in which they were written.
        # Events are indexed by pgh_obj_id, which is the id of their row. IS TRUE: that what was
        # found by a condition also meets it, the planner would think as unlikely as at first.
        found = where.replace("t.id ", "t.pgh_obj_id ")
        return (
            "(SELECT t.* FROM ("
            f"SELECT DISTINCT t.pgh_obj_id FROM {events} t "
            f"WHERE ({found}) AND t.pgh_created_at < %(recorded_before)s) once "
            f"CROSS JOIN LATERAL (SELECT * FROM {events} e "
            f"WHERE e.pgh_obj_id = once.pgh_obj_id AND e.pgh_created_at < %(recorded_before)s "
            f"ORDER BY e.pgh_id DESC LIMIT 1) t "
            f"WHERE t.pgh_label <> 'delete' AND ({where}) IS TRUE AND ({public}))"
        )

    def statements(self, where: str) -> str:
        """Return common table expressions of the statements for which a condition holds.

        ``spoken`` has all that are seen and ``st`` the public ones that the clocks let through.
        """
        spoken = self.rows("claims_statement", where, public="t.is_public")
        # The latest possible day counts. A null, of what is undated or open, is not true.
        said = public = "true"
        heard = ""
        if self.clocks.said_by:
            said = "upper(s.said_range) <= %(said_before)s"
        if self.clocks.public_by:
            citation = self.rows("claims_citation", "t.statement_id IN (SELECT id FROM spoken)")
            document = self.rows(
                "sources_document",
                "t.id IN (SELECT document_id FROM heard) "
                "AND upper(t.published_range) <= %(public_before)s",
                public="t.is_public",
            )
            heard = f"heard AS MATERIALIZED {citation}, heard_in AS MATERIALIZED {document},"
            public = (
                "s.id IN (SELECT h.statement_id FROM heard h "
                "JOIN heard_in d ON d.id = h.document_id + 0)"
            )
        return f"""
            spoken AS {spoken}, {heard}
            st AS MATERIALIZED (
              SELECT s.* FROM spoken s WHERE s.is_public AND ({said}) AND ({public})
            )
        """

    def citations(self, statements: str) -> str:
        """Return common table expressions of where the statements in a table were read.

        ``shown`` has the documents that are seen and ``ci`` the citations in them, with what is
        told of the document and ``counts``: whether it was public by then.
        """
        citation = self.rows("claims_citation", f"t.statement_id IN (SELECT id FROM {statements})")
        document = self.rows(
            "sources_document", "t.id IN (SELECT document_id FROM cited)", public="t.is_public"
        )
        counts = "true"
        if self.clocks.public_by:
            counts = "coalesce(upper(d.published_range) <= %(public_before)s, false)"
        # + 0: knowing the column from the whole table, the planner would think that hardly any of
        # these few rows finds its match, and go through the others again for each.
        return f"""
            cited AS MATERIALIZED {citation},
            shown AS MATERIALIZED {document},
            ci AS MATERIALIZED (
              SELECT c.*, d.slug AS document, d.title, d.publisher_id, d.url, d.archived_url,
                d.published, d.published_range, d.retracted, d.review_state, {counts} AS counts
              FROM cited c JOIN shown d ON d.id = c.document_id + 0
            )
        """


def dates(name: str, alias: str) -> str:
    """Return the columns of an EDTF field: its text, and the first and last day that it means."""
    days = f"{alias}.{name}_range"
    return (
        f"nullif({alias}.{name}, '') AS {name}, "
        f"lower({days}) AS {name}_from, upper({days}) - 1 AS {name}_to"
    )
