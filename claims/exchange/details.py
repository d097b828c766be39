"""An import's difference to look at: row by row, with the values before and after, capped."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.utils import CursorWrapper

from claims.exchange.difference import CURATED
from claims.exchange.format import (
    AFFILIATIONS,
    ALL,
    CITATIONS,
    CLAIMS,
    DOCUMENTS,
    RELATIONS,
    SOURCES,
    STATEMENTS,
    BundleFile,
    Field,
)
from claimtracker.spreadsheets import joined
from claimtracker.stamps import digests_of_parts, parts_in_words

SHOWN = 50  # rows of each kind of each file

NAME_OF_ROW = {
    AFFILIATIONS: "s.member || ' – ' || s.body",
    RELATIONS: "s.from_claim || ' ' || s.kind || ' ' || s.to_claim",
    CITATIONS: "st.key || ' in ' || s.document",
}
WORDS_OF_ROW = {
    SOURCES: "s.name",
    DOCUMENTS: (
        "coalesce(nullif(s.title, ''), concat_ws(', ', initcap(s.kind), "
        "nullif(s.publisher, ''), nullif(s.published, '')))"
    ),
    CLAIMS: "s.text",
    STATEMENTS: "concat_ws(' ', s.source, s.stance, s.claim, nullif(s.said, ''))",
    AFFILIATIONS: "s.role",
    RELATIONS: "s.rationale",
    CITATIONS: "s.quote",
}


@dataclass
class Change:
    """A row: its name, what it says, and of each field that changes the values before and after."""

    line: int
    name: str
    words: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class FileChanges:
    """The first rows of a file, by what becomes of them: new, changed, proposed, left."""

    file: BundleFile
    rows: dict[str, list[Change]]


def name_of_row(file: BundleFile) -> str:
    return NAME_OF_ROW.get(file, "s.key")


def rows_of(file: BundleFile) -> str:
    """Return the SQL of the rows of a file, s, each with what is to be done, t."""
    tables = f"{file.staged}_todo t JOIN {file.staged} s ON s.line = t.line"
    if file is CITATIONS:
        tables += f" AND s.item = t.item JOIN {STATEMENTS.staged} st ON st.line = t.line"
    return tables


def of_all(cursor: CursorWrapper) -> list[FileChanges]:
    """Return what an import would do to the first rows of each file."""
    deeds = ("new", "changed", "proposed", "left")
    found = [FileChanges(file, {deed: of(cursor, file, deed) for deed in deeds}) for file in ALL]
    return [each for each in found if any(each.rows.values())]


def of(cursor: CursorWrapper, file: BundleFile, deed: str) -> list[Change]:
    cursor.execute(
        f"SELECT t.line, {name_of_row(file)}, {WORDS_OF_ROW[file]}, t.id, t.fields, to_jsonb(s) "
        f"FROM {rows_of(file)} WHERE t.deed = %s ORDER BY t.line LIMIT {SHOWN}",
        [deed],
    )
    rows = cursor.fetchall()
    before = file.model._base_manager.in_bulk([row[3] for row in rows])
    changes = []
    for line, name, words, key, changed, after in rows:
        change = Change(line, name, words)
        if key in before and deed != "left":
            change.fields = values(file, changed, before[key], json.loads(after))
        changes.append(change)
    return changes


def values(
    file: BundleFile, changed: list[str], row: Any, after: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """Return of each field that changes its name and its values before and after."""
    found = [
        (one.name, value_before(row, one), shown(after[one.column]))
        for one in file.fields
        if one.name in changed
    ]
    if "review state" in changed:
        found.append(("review state", row.get_review_state_display(), "published"))
        found += [(f"{kind}, published with it", "", told) for kind, told in parts_in_words(row)]
    return found


def value_before(row: Any, one: Field) -> str:
    if one.column == "topics":
        return joined(row.topics.order_by("name").values_list("name", flat=True))
    value = getattr(row, one.column)
    if one.column == "via":
        return value.document.slug if value else ""
    return value.slug if one.refers_to and value else shown(value)


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return joined(value) if isinstance(value, list) else str(value)


def mark(cursor: CursorWrapper) -> str:
    """Return what tells this difference from any other: what is done to which row, as it is now.

    What belongs to a row that becomes published counts too.
    """
    parts = []
    for file in ALL:
        order = "t.line, t.item" if file is CITATIONS else "t.line"
        parts.append(
            f"(SELECT md5(string_agg(concat_ws(' ', t.line, t.deed, t.fields, "
            f"md5(to_jsonb(x)::text)), E'\n' ORDER BY {order})) "
            f"FROM {file.staged}_todo t LEFT JOIN {file.table} x ON x.id = t.id "
            "WHERE t.deed <> 'same')"
        )
    published = " ".join(_published_with(cursor, file) for file in CURATED)
    cursor.execute(f"SELECT md5(jsonb_build_array({', '.join(parts)}, %s)::text)", [published])
    return str(cursor.fetchone()[0])


def _published_with(cursor: CursorWrapper, file: BundleFile) -> str:
    """Return a digest of what belongs to the rows that an import publishes, and lock those."""
    cursor.execute(
        f"SELECT x.id FROM {file.table} x WHERE x.id IN (SELECT t.id FROM {file.staged}_todo t "
        "WHERE t.deed = 'changed' AND 'review state' = ANY (t.fields)) "
        "ORDER BY x.id FOR NO KEY UPDATE OF x"
    )
    digests = digests_of_parts(file.model, [key for (key,) in cursor.fetchall()])
    return " ".join(f"{key}.{digest}" for key, digest in digests.items())
