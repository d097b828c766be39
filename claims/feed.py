"""The feed of changes: what readers saw change, in the order in which it was committed.

The database writes it (migration ``changes``); here it is read. Whoever has read up to an entry
has missed nothing before it, so that its ``Place`` is all that is needed to go on from there.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from claims.models import ChangedKind, ChangeKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LARGEST = 2**63 - 1


class Place(NamedTuple):
    """Where in the feed one has got to: an entry, by its number and its time.

    The time tells whether that entry still is there: a database that was put back to an earlier
    state gives its number to another one.
    """

    number: int
    at: datetime

    def __str__(self) -> str:
        text = f"{self.number}.{(self.at - EPOCH) // MICROSECOND}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> "Place":
        """Return the place that a token is of. Raises ValueError where it is of none."""
        padded = token + "=" * (-len(token) % 4)
        found = re.fullmatch("([0-9]{1,19})[.]([0-9]{1,17})", urlsafe_b64decode(padded).decode())
        if not found or str(place := cls(int(found[1]), _time(found[2]))) != token:
            raise ValueError("It is no place.")
        if place.number > LARGEST:
            raise ValueError("It is no place.")
        return place

    @property
    def is_known(self) -> bool:
        """Whether the feed has the entry."""
        if self == START:
            return True
        with connection.prepared_cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM claims_change WHERE id = %(number)s AND at = %(at)s)",
                self._asdict(),
            )
            return bool(cursor.fetchone()[0])


def _time(microseconds: str) -> datetime:
    try:
        return EPOCH + int(microseconds) * MICROSECOND
    except OverflowError:
        raise ValueError("It is no time.") from None


# Before the first entry.
START = Place(0, EPOCH)


class Entry(NamedTuple):
    """What became of a row: its slug is blank where it has none, its survivor where it was not
    merged; ``about`` names what a statement is about, or a row without a slug.
    """

    place: Place
    change: str
    kind: str
    slug: str
    fields: list[str]
    survivor: str
    about: dict[str, Any] | None

    @property
    def at(self) -> datetime:
        return self.place.at


def beginning() -> datetime | None:
    """Return when the feed of this installation began, for good; None while it is empty."""
    with connection.prepared_cursor() as cursor:
        cursor.execute("SELECT at FROM claims_change ORDER BY id LIMIT 1")
        found = cursor.fetchone()
    return found and found[0]


def is_subject(kind: str, slug: str) -> bool:
    """Return whether the feed has entries that concern a claim, a source or a topic."""
    with connection.prepared_cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM claims_changesubject "
            "WHERE kind = %(kind)s AND slug = %(slug)s)",
            {"kind": kind, "slug": slug},
        )
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class Feed:
    """The entries after a place, of some kinds, that concern all of the subjects.

    ``subjects`` are the slugs of a claim, a source or a topic, by which it is.
    """

    after: Place = START
    kind: str | None = None
    change: str | None = None
    subjects: Mapping[str, str] = field(default_factory=dict)

    key = ("id",)

    def keyed(
        self, *, after: list[Any] | None = None, descending: bool = False, limit: int
    ) -> list[tuple[Entry, list[Any]]]:
        """Return the first entries beyond a key, each with its own key."""
        turn = "DESC" if descending else "ASC"
        bounds = ["{id} > %(after)s"]
        if after is not None:
            bounds.append("{id} < %(key)s" if descending else "{id} > %(key)s")
        bound = " AND ".join(bounds)
        query = f"""
            WITH page AS MATERIALIZED ({self._page(bound, turn)})
            SELECT c.id, c.at, c.change, c.kind, c.slug, c.fields, c.survivor, c.about
            FROM page p JOIN claims_change c ON c.id = p.id ORDER BY c.id {turn}
        """
        given = {
            "after": self.after.number,
            "key": after and after[0],
            "limit": limit,
            "kinds": [self.kind] if self.kind else ChangedKind.values,
            "changes": [self.change] if self.change else ChangeKind.values,
        }
        given |= {f"subject_{kind}": slug for kind, slug in self.subjects.items()}
        with connection.prepared_cursor() as cursor:
            cursor.execute(query, given)
            return [
                (Entry(Place(number, at), *rest, about and json.loads(about)), [number])
                for number, at, *rest, about in cursor
            ]

    def _page(self, bound: str, turn: str) -> str:
        """Return the SQL of the ids of the first entries within a bound.

        Whatever is asked for, they are read from an index in their order.
        """
        if self.subjects:
            first, *others = self.subjects
            also = "".join(
                f"""
                AND EXISTS (SELECT FROM claims_changesubject o WHERE o.kind = '{kind}'
                  AND o.slug = %(subject_{kind})s AND o.change_id = s.change_id)
                """
                for kind in others
            )
            of_kind = ""
            if self.kind or self.change:
                of_kind = (
                    "AND EXISTS (SELECT FROM claims_change c WHERE c.id = s.change_id "
                    "AND c.kind = ANY (%(kinds)s) AND c.change = ANY (%(changes)s))"
                )
            return f"""
                SELECT s.change_id AS id FROM claims_changesubject s
                WHERE s.kind = '{first}' AND s.slug = %(subject_{first})s
                  AND {bound.format(id="s.change_id")} {also} {of_kind}
                ORDER BY s.change_id {turn} LIMIT %(limit)s
            """
        in_order = f"ORDER BY id {turn} LIMIT %(limit)s"
        if not (self.kind or self.change):
            return f"SELECT id FROM claims_change WHERE {bound.format(id='id')} {in_order}"
        return f"""
            SELECT each.id FROM unnest(%(kinds)s::text[]) AS k (kind)
            CROSS JOIN unnest(%(changes)s::text[]) AS w (change)
            CROSS JOIN LATERAL (
              SELECT id FROM claims_change c
              WHERE c.kind = k.kind AND c.change = w.change AND {bound.format(id="id")} {in_order}
            ) each
            {in_order}
        """
