"""A small world in plain Python: who spoke, on what, where it was published, and as of when.

The second, independent implementation of what is derived stands on this: no database, no Django.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

PUBLISHED = "published"


@dataclass(frozen=True)
class Source:
    slug: str
    kind: str = "person"
    name: str = "Somebody"
    review_state: str = PUBLISHED


@dataclass(frozen=True)
class Affiliation:
    member: str
    body: str
    role: str = ""
    since: str = ""
    until: str = ""
    speaks_for: bool = True


@dataclass(frozen=True)
class Document:
    slug: str
    publisher: str | None = None
    title: str = "A document"
    kind: str = "article"
    published: str = ""
    review_state: str = PUBLISHED
    url: str = ""
    text: str = ""


@dataclass(frozen=True)
class Claim:
    slug: str
    kind: str = "fact"
    text: str = "It is so."
    review_state: str = PUBLISHED
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    from_claim: str
    kind: str
    to_claim: str


@dataclass(frozen=True)
class Statement:
    slug: str
    claim: str
    source: str
    stance: str
    denies_what: str = ""
    said: str = ""
    order: int = 0
    personal_capacity: bool = False
    note: str = ""
    review_state: str = PUBLISHED


@dataclass(frozen=True)
class Citation:
    statement: str
    document: str
    via: str | None = None  # the slug of another document that is cited for the same statement
    manner: str = ""
    quote: str = ""


Row = Source | Affiliation | Document | Claim | Relation | Statement | Citation

# What makes a row the same row after an edit.
KEYS = {
    Source: ("slug",),
    Affiliation: ("member", "body", "role", "since"),
    Document: ("slug",),
    Claim: ("slug",),
    Relation: ("from_claim", "kind", "to_claim"),
    Statement: ("slug",),
    Citation: ("statement", "document"),
}


def key_of(row: Row) -> tuple:
    return tuple(getattr(row, name) for name in KEYS[type(row)])


@dataclass(frozen=True)
class World:
    """All that is recorded at one moment, drafts and retired rows too."""

    sources: tuple[Source, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    documents: tuple[Document, ...] = ()
    claims: tuple[Claim, ...] = ()
    relations: tuple[Relation, ...] = ()
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    # Pairs of documents, by their slugs, that editors marked as different.
    different: tuple[tuple[str, str], ...] = ()

    def put(self, row: Row) -> "World":
        """Return the world with a row added, or in the place of the one with the same key."""
        name = TABLES[type(row)]
        rows = list(getattr(self, name))
        for index, other in enumerate(rows):
            if key_of(other) == key_of(row):
                rows[index] = row
                break
        else:
            rows.append(row)
        return replace(self, **{name: tuple(rows)})

    def remove(self, row: Row) -> "World":
        """Return the world without the row that has this row's key."""
        name = TABLES[type(row)]
        rows = tuple(other for other in getattr(self, name) if key_of(other) != key_of(row))
        return replace(self, **{name: rows})


TABLES = {
    Source: "sources",
    Affiliation: "affiliations",
    Document: "documents",
    Claim: "claims",
    Relation: "relations",
    Statement: "statements",
    Citation: "citations",
}


@dataclass(frozen=True)
class Put:
    """A row is added or, where its key is there already, edited."""

    row: Row

    def applied_to(self, world: World) -> World:
        return world.put(self.row)


@dataclass(frozen=True)
class Remove:
    """A row is deleted."""

    row: Row

    def applied_to(self, world: World) -> World:
        return world.remove(self.row)


@dataclass(frozen=True)
class Recorded:
    """What one transaction wrote, all at one moment."""

    recorded_at: datetime
    changes: tuple[Put | Remove, ...]


@dataclass(frozen=True)
class History:
    """Everything that was ever written, the oldest first."""

    entries: tuple[Recorded, ...] = field(default=())

    def as_of(self, recorded_by: date | datetime | None) -> World:
        """Return the world as it stood at that time; a day means its end, in UTC."""
        world = World()
        for entry in self.entries:
            if recorded_by is None or is_recorded_by(entry.recorded_at, recorded_by):
                for change in entry.changes:
                    world = change.applied_to(world)
        return world

    def at_times(self, times: list[datetime]) -> "History":
        """Return the same history written at other times, one for each entry."""
        return History(
            tuple(
                replace(entry, recorded_at=time)
                for entry, time in zip(self.entries, times, strict=True)
            )
        )


def is_recorded_by(recorded_at: datetime, recorded_by: date | datetime) -> bool:
    if isinstance(recorded_by, datetime):
        return recorded_at <= recorded_by
    next_day = recorded_by + timedelta(days=1)
    return recorded_at < datetime(next_day.year, next_day.month, next_day.day, tzinfo=UTC)


# EDTF


def days_of(edtf: str) -> tuple[date | None, date | None]:
    """Return the first and last day that a date may mean, None for an end that is open.

    A blank date has two open ends. What is no date raises ValueError.
    """
    if edtf == "":
        return None, None
    if edtf.count("/") == 0:
        return days_of_one_date(edtf)
    if edtf.count("/") > 1:
        raise ValueError(f"{edtf!r} has more than two ends")
    a, b = edtf.split("/")
    if a == ".." and b == "..":
        raise ValueError(f"{edtf!r} says nothing")
    if a == "..":
        return None, days_of_one_date(b)[1]
    if b == "..":
        return days_of_one_date(a)[0], None
    first_of_a, last_of_a = days_of_one_date(a)
    first_of_b, last_of_b = days_of_one_date(b)
    if first_of_a > first_of_b or last_of_a > last_of_b:
        raise ValueError(f"{edtf!r} runs backwards")
    return first_of_a, last_of_b


def days_of_one_date(text: str) -> tuple[date, date]:
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?", text)
    if match is None:
        raise ValueError(f"{text!r} is no date")
    year = int(match[1])
    if not 1 <= year <= 9998:
        raise ValueError(f"{text!r} is not in the years 0001 to 9998")
    if match[2] is None:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(match[2])
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} has no such month")
    if match[3] is None:
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    day = date(year, month, int(match[3]))  # a ValueError where there is no such day
    return day, day


def first_day(edtf: str) -> date | None:
    return days_of(edtf)[0]


def last_day(edtf: str) -> date | None:
    """Return the latest possible day. A date without one counts as no date at all."""
    return days_of(edtf)[1]
