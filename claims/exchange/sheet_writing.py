"""Writes statements as the CSV that ``sheet`` reads: a row for each citation, every column.

It is plain; guarded, it is for spreadsheets.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from claims.exchange.format import CITATIONS, CLAIMS, DOCUMENTS, SOURCES, STATEMENTS, BundleFile
from claims.exchange.sheet import CITED, DESCRIBED, NAMES, SAID, Column
from claims.models import Citation, Statement
from claimtracker.spreadsheets import MARK, joined, to_cell

AT_ONCE = 500  # statements in memory

# Two rows of the Lachin record, the second document carrying the first.
STATED = {
    "statement": "jeyhun-bayramov--free-passage--2023-01-10",
    "source": "jeyhun-bayramov",
    "source_kind": "person",
    "source_name": "Jeyhun Bayramov",
    "claim": "free-passage",
    "claim_kind": "fact",
    "claim_text": "People and goods can pass freely along the Lachin corridor.",
    "claim_topics": "Lachin corridor",
    "stance": "asserts",
    "said": "2023-01-10",
    "order": "0",
    "personal_capacity": "false",
}
EXAMPLES = [
    STATED
    | {
        "document": "az-mfa-readout-2023-01-10",
        "document_kind": "readout",
        "document_title": "Readout of the Bayramov-Donfried call",
        "document_published": "2023-01-10/2023-01-11",
    },
    STATED
    | {
        "document": "newsaz-2023-01-11",
        "document_kind": "article",
        "document_title": (
            "Azerbaijani FM says no obstacles to free passage through Lachin-Khankandi road"
        ),
        "document_url": (
            "https://news.az/news/azerbaijani-fm-says-no-obstacles-to-free-passage-of-armenian-"
            "residents-through-lachin-khankandi-road"
        ),
        "document_published": "2023-01-11",
        "via": "az-mfa-readout-2023-01-10",
        "quote": "There are no obstacles to free passage of Armenian residents",
    },
]

WORDS = {
    "statement": "Its address. Blank: it is made of source, claim and date, as in the admin.",
    "source": "Who speaks: the key of a source that is here, or of a new one.",
    "source_kind": "Of a new source.",
    "source_name": "Of a new source.",
    "source_aliases": "Other spellings, with | between them.",
    "source_description": "Who it is.",
    "claim": "What is said: the key of a claim that is here, or of a new one.",
    "claim_kind": "Of a new claim.",
    "claim_topics": "With | between them. Topics that are new are made.",
    "denies_what": "Of a denial only.",
    "personal_capacity": "Said for oneself, not for the body one belongs to: true or false.",
    "document": "Where it was read: the key of a document that is here, or of a new one.",
    "document_kind": "Of a new document.",
    "document_publisher": "The key of the source that published it.",
    "document_title": "Of a new document.",
    "document_url": "Its address on the web.",
    "document_archived_url": "The address of a copy that stays.",
    "via": "The key of the document that this one took it from, which the statement cites too.",
    "quote_language": "Of the quote: en, az, hy.",
}


def about(column: Column) -> str:
    """Return what a column holds, in a sentence or two."""
    columns: dict[str, Any] = {one.name: one for one in column.file.model._meta.get_fields()}
    made = columns.get(column.field.column)
    words = WORDS.get(column.name) or str(getattr(made, "help_text", ""))
    if choices := getattr(made, "choices", None):
        words = f"{words} One of: {', '.join(str(word) for word, _ in choices if word)}.".strip()
    return words


def columns() -> list[Column]:
    """Return all columns in their order, each once."""
    every = [*SAID[:1], *(one for of in DESCRIBED.values() for one in of), *SAID, *CITED]
    by_name = {one.name: one for one in reversed(every)}
    return [by_name[name] for name in NAMES]


def cells(file: BundleFile, of: Iterable[Column], row: Any) -> dict[str, str]:
    """Return what a row of the database says in some columns."""
    said = {}
    for column in of:
        name = column.field.column
        if name == "key":
            value = row.slug
        elif name == "topics":
            value = sorted(topic.name for topic in row.topics.all())
        else:
            value = getattr(row, name)
        if column.name == "via" and value is not None:
            value = value.document
        said[column.name] = text_of(value)
    return said


def text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return joined(value)
    return str(getattr(value, "slug", value))


def rows_of(statements: Any) -> Iterator[dict[str, str]]:
    """Yield the rows of a queryset of statements, by the names of the columns."""
    loaded = (
        statements.select_related("source", "claim")
        .prefetch_related(
            "claim__topics", "citations__document__publisher", "citations__via__document"
        )
        .order_by("slug")
    )
    for statement in loaded.iterator(chunk_size=AT_ONCE):
        own = cells(SOURCES, DESCRIBED[SOURCES], statement.source)
        own |= cells(CLAIMS, DESCRIBED[CLAIMS], statement.claim)
        own |= cells(STATEMENTS, SAID, statement)
        cited = sorted(statement.citations.all(), key=lambda each: each.document.slug)
        for citation in cited or [None]:
            yield own if citation is None else own | of_citation(citation)


def of_citation(citation: Citation) -> dict[str, str]:
    described = cells(DOCUMENTS, DESCRIBED[DOCUMENTS], citation.document)
    return described | cells(CITATIONS, CITED, citation)


def lines(rows: Iterable[dict[str, str]], *, is_guarded: bool = False) -> Iterator[str]:
    """Yield the lines of a CSV, the one with the names first."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, NAMES, restval="")
    if is_guarded:
        stream.write(MARK)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: to_cell(row[name]) for name in row} if is_guarded else row)
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()
    yield stream.getvalue()


def lines_of(statements: Any, *, is_guarded: bool = False) -> Iterator[str]:
    """Yield the lines of the CSV of a queryset of statements."""
    assert statements.model is Statement
    return lines(rows_of(statements), is_guarded=is_guarded)
