"""The format of a bundle: which files, which fields, and how each is read.

What a field may hold comes from its model: choices, length, whether it may be blank. A field is
read into the text that COPY takes; what it cannot be raises Wrong, which says what was expected.
"""

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from claims.models import Citation, Claim, Relation, Statement
from claims.models.statement import LARGEST_ORDER
from claimtracker.dates import UnreadableDateError, read_date
from claimtracker.edtf import EdtfField
from claimtracker.line_ends import with_line_feeds
from claimtracker.tidying import is_visible, tidied
from sources.models import Affiliation, Document, Source

A_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")
A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
KEY_WORDS = "a key: 1 to 200 letters, digits, - and _"


class Wrong(ValueError):
    """What was expected of a value instead."""


@dataclass(frozen=True)
class Field:
    """A field of a file: its name there, the column it fills, and how it is read."""

    name: str
    column: str
    read: Callable[[Any], str]
    required: bool = False
    blank: str = ""
    sql_type: str = "text"
    # The file whose keys it refers to.
    refers_to: str = ""
    is_date: bool = False


@dataclass(frozen=True)
class BundleFile:
    """A file of a bundle: the model whose rows it holds, and its fields."""

    name: str
    model: type[models.Model]
    fields: tuple[Field, ...]
    rows: "BundleFile | None" = field(default=None)  # those that each of its rows holds in a list

    @property
    def file_name(self) -> str:
        return f"{self.name}.jsonl"

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def staged(self) -> str:
        """Return the name of the temporary table that its rows are read into."""
        return f"bundle_{self.name}"

    @functools.cached_property
    def names(self) -> frozenset[str]:
        return frozenset(
            [one.name for one in self.fields] + ([self.rows.name] if self.rows else [])
        )

    @functools.cached_property
    def reading(self) -> tuple[tuple[str, Callable[[Any], str], bool, str], ...]:
        """Return the name, reader, need and blank of each field, for the hot loop."""
        return tuple((one.name, one.read, one.required, one.blank) for one in self.fields)

    @functools.cached_property
    def references(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.refers_to)

    @functools.cached_property
    def dates(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.is_date)

    @functools.cached_property
    def plain(self) -> tuple[Field, ...]:
        """Return the fields that are columns as they are: no key, no reference, no list."""
        return tuple(
            one
            for one in self.fields
            if not one.refers_to and one.column not in {"key", "topics", "via"}
        )


def shown(value: Any) -> str:
    """Return a value as its author wrote it, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "something nested deeply"
    return text if len(text) <= 60 else f"{text[:57]}…"


def is_not(value: Any, expected: str) -> Wrong:
    return Wrong(f"{shown(value)} is not {expected}")


def read_key(value: Any) -> str:
    if type(value) is not str or not A_KEY.fullmatch(value):
        raise is_not(value, KEY_WORDS)
    return value


def read_flag(value: Any) -> str:
    if value is True:
        return "t"
    if value is False:
        return "f"
    raise is_not(value, "true or false")


def read_day(value: Any) -> str:
    read = read_edtf(value)
    if not A_DAY.fullmatch(read):
        raise is_not(value, "a day such as 2023-09-07")
    return read


def read_edtf(value: Any) -> str:
    """Read a date however it is written, into EDTF."""
    if type(value) is not str:
        raise is_not(value, "a date (EDTF) or null")
    try:
        return read_date(value)
    except UnreadableDateError as error:
        raise Wrong(f"{shown(value)}: {error}".rstrip(".")) from None


def text_of(
    longest: int | None, expected: str = "text", *, is_name: bool = False
) -> Callable[[Any], str]:
    """Return the reader of a text of at most so many characters, of a name as it is stored."""

    def read(value: Any) -> str:
        if type(value) is not str:
            raise is_not(value, expected)
        value = with_line_feeds(value)
        if is_name:
            value = tidied(value)
        if longest is not None and len(value) > longest:
            raise Wrong(f"it has {len(value):,} characters; at most {longest:,} fit")
        return value

    return read


def choice_of(
    words: list[str], *, blank: bool, labels: dict[str, str] | None = None
) -> Callable[[Any], str]:
    """Return the reader of one of some words, or of their labels on the screen."""
    known = {word: word for word in words} | ({"": ""} if blank else {})
    known_as = {as_a_word(word): word for word in words} | (labels or {})

    def read(value: Any) -> str:
        if type(value) is str:
            if value in known:
                return value
            word = as_a_word(value)
            if word in known_as:
                return known_as[word]
            if word in OF_ONE_KIND:
                kind = OF_ONE_KIND[word][1]
                raise Wrong(f"{shown(value)} is said of a {kind} only. Write denies or dismisses")
        raise is_not(value, f"one of {', '.join(words)}{' or blank' if blank else ''}")

    return read


def as_a_word(text: str) -> str:
    """Return a word as it is looked up: “Government body” is government-body."""
    return re.sub(r"[\s_-]+", "-", text.strip().casefold())


# Stances as the pages say them. These say the same of a claim of any kind.
STANCES = {
    **dict.fromkeys(("assert", "asserted", "calls-for", "called-for", "call-for"), "asserts"),
    **dict.fromkeys(("agrees", "agreed", "agrees-with", "agreed-with"), "asserts"),
    **dict.fromkeys(("deny", "denied"), "denies"),
    **dict.fromkeys(("dismiss", "dismissed"), "dismisses"),
    **dict.fromkeys(("question", "questioned"), "questions"),
    **dict.fromkeys(("comment", "commented"), "comments"),
    **dict.fromkeys(("withdraw", "withdrew"), "withdraws"),
}
# These don't: to reject a fact may be to dismiss it. The stance, and of which kind of claim.
OF_ONE_KIND = {
    **dict.fromkeys(("reject", "rejects", "rejected"), ("denies", "demand")),
    **dict.fromkeys(("dispute", "disputes", "disputed"), ("denies", "characterisation")),
}


def labels_of(made: Any) -> dict[str, str]:
    """Return by what else the choices of a column are called, each with its value."""
    found = {as_a_word(str(label)): str(word) for word, label in made.flatchoices}
    found |= {label.partition("-(")[0]: word for label, word in found.items()}
    return found | (STANCES if made.name == "stance" else {})


def number_up_to(highest: int) -> Callable[[Any], str]:
    """Return the reader of a whole number from 0."""

    def read(value: Any) -> str:
        if type(value) is not int or not 0 <= value <= highest:
            raise is_not(value, f"a whole number from 0 to {highest}")
        return str(value)

    return read


def list_of(read_one: Callable[[Any], str], *, once: bool = False) -> Callable[[Any], str]:
    """Return the reader of a list of texts, into an array of PostgreSQL."""

    def read(value: Any) -> str:
        if type(value) is not list:
            raise is_not(value, "a list of texts")
        texts = [read_one(one) for one in value]
        for one in texts:
            if not is_visible(one):
                raise Wrong("one of them is blank")
        if once and len(set(texts)) < len(texts):
            raise Wrong("one of them stands twice")
        quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in texts)
        return "{" + ",".join(f'"{one}"' for one in quoted) + "}"

    return read


def of(model: type[models.Model], column: str, name: str = "") -> Field:
    """Return the field that fills a column of a model, read as that column asks."""
    made: Any = model._meta.get_field(column)
    name = name or column
    needed = not made.blank
    if isinstance(made, EdtfField):
        return Field(name, column, read_edtf, needed, is_date=True)
    if isinstance(made, models.BooleanField):
        return Field(name, column, read_flag, blank="f", sql_type="boolean")
    if isinstance(made, models.PositiveIntegerField):
        return Field(name, column, number_up_to(LARGEST_ORDER), blank="0", sql_type="integer")
    if isinstance(made, models.DateField):
        return Field(name, column, read_day, needed)
    if made.choices:
        words = [str(word) for word, _ in made.flatchoices]
        read = choice_of(words, blank=made.blank, labels=labels_of(made))
        return Field(name, column, read, needed)
    is_name = column in getattr(model, "tidied", ())
    return Field(name, column, text_of(made.max_length, is_name=is_name), needed)


KEY = Field("key", "key", read_key, required=True)


def reference(name: str, refers_to: str, *, required: bool = True, column: str = "") -> Field:
    return Field(name, column or name, read_key, required, refers_to=refers_to)


ALIASES = list_of(text_of(300, is_name=True))
TOPICS = list_of(text_of(200, is_name=True), once=True)

SOURCES = BundleFile(
    "sources",
    Source,
    (
        KEY,
        of(Source, "kind"),
        of(Source, "name"),
        Field(
            "aliases",
            "aliases",
            list_of(text_of(300, is_name=True)),
            blank="{}",
            sql_type="varchar[]",
        ),
        of(Source, "wikidata_id", "wikidata"),
        of(Source, "description"),
    ),
)
AFFILIATIONS = BundleFile(
    "affiliations",
    Affiliation,
    (
        reference("member", "sources"),
        reference("body", "sources"),
        of(Affiliation, "role"),
        of(Affiliation, "since"),
        of(Affiliation, "until"),
        of(Affiliation, "speaks_for"),
    ),
)
DOCUMENTS = BundleFile(
    "documents",
    Document,
    (
        KEY,
        of(Document, "kind"),
        reference("publisher", "sources", required=False),
        of(Document, "title"),
        of(Document, "url"),
        of(Document, "published"),
        of(Document, "retracted"),
        of(Document, "language"),
        of(Document, "retrieved"),
        of(Document, "archived_url"),
        of(Document, "sha256"),
    ),
)
CLAIMS = BundleFile(
    "claims",
    Claim,
    (
        KEY,
        of(Claim, "kind"),
        of(Claim, "text"),
        of(Claim, "language"),
        Field(
            "topics",
            "topics",
            list_of(text_of(200, is_name=True), once=True),
            blank="{}",
            sql_type="text[]",
        ),
    ),
)
RELATIONS = BundleFile(
    "relations",
    Relation,
    (
        reference("from", "claims", column="from_claim"),
        of(Relation, "kind"),
        reference("to", "claims", column="to_claim"),
        of(Relation, "rationale"),
    ),
)
CITATIONS = BundleFile(
    "citations",
    Citation,
    (
        reference("document", "documents"),
        # The key of another document that the same statement cites.
        Field("via", "via", read_key),
        of(Citation, "manner"),
        of(Citation, "quote"),
        of(Citation, "prefix"),
        of(Citation, "suffix"),
        of(Citation, "locator"),
        of(Citation, "language"),
        of(Citation, "translation"),
        of(Citation, "as_named"),
        of(Citation, "note"),
    ),
)
STATEMENTS = BundleFile(
    "statements",
    Statement,
    (
        # Left out: the default slug of the database.
        Field("key", "key", read_key),
        reference("claim", "claims"),
        reference("source", "sources"),
        of(Statement, "stance"),
        of(Statement, "denies_what"),
        of(Statement, "said"),
        of(Statement, "order"),
        of(Statement, "occasion"),
        of(Statement, "personal_capacity"),
        of(Statement, "note"),
    ),
    rows=CITATIONS,
)

# In the order in which they are written: what is referred to comes first.
FILES = (SOURCES, AFFILIATIONS, DOCUMENTS, CLAIMS, RELATIONS, STATEMENTS)
ALL = (*FILES, CITATIONS)
# What has a key that others refer to.
KEYED = (SOURCES, DOCUMENTS, CLAIMS)
