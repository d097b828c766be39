"""Exports what is published as a bundle: the same rows give the same bytes, wherever they are.

PostgreSQL makes the JSON; it comes through COPY, so that a million rows take no memory here.
Every line has every field, in the order of the format, and lines stand in the order of their keys.
"""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseError
from django.db import ProgrammingError, models
from django.db.backends.utils import CursorWrapper

from claims.exchange.copying import Query, json_lines, one_moment
from claims.exchange.format import (
    AFFILIATIONS,
    CITATIONS,
    CLAIMS,
    DOCUMENTS,
    FILES,
    RELATIONS,
    SOURCES,
    STATEMENTS,
    BundleFile,
)
from claims.exchange.problems import BundleError
from claims.exchange.reading import Progress
from claims.exchange.sink import Sink
from claims.models import Claim, Relation, Statement
from claimtracker.explain import explain
from sources.models import Affiliation, Document, Source

# The same rows give the same bytes, so that a zip tells no time. It knows none before this.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
PACKED = 64 * 1024
IN_KEY_ORDER = 's.slug COLLATE "C"'


def export_bundle(
    *, folder: Path, replace: bool = False, progress: Progress = lambda _: None
) -> dict[str, int]:
    """Write a bundle of what is published and return how many lines each file has.

    Files come under their names when all are whole. Raises BundleError where the folder is not
    empty, unless its bundle files may be replaced.
    """
    try:
        prepare(folder, replace)
        partial = {file: partial_path(folder, file) for file in FILES}
        try:
            counts = {}
            with one_moment() as cursor:
                for file, path in partial.items():
                    counts[file.name] = write(cursor, file, path, progress)
            for file, path in partial.items():
                path.replace(folder / file.file_name)
        finally:
            for path in partial.values():
                path.unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(f"{error.filename or folder}: {error.strerror or error}.") from error
    except ProgrammingError:
        raise  # a fault of ours
    except DatabaseError as error:
        raise BundleError(explain(error)) from error
    return counts


def partial_path(folder: Path, file: BundleFile) -> Path:
    return folder / f"{file.file_name}.partial"


def prepare(folder: Path, replace: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = {partial_path(folder, file).name for file in FILES}
    others = sorted(path.name for path in folder.iterdir() if path.name not in unfinished)
    if others and not replace:
        raise BundleError(
            f"{folder}: it is not empty (it has {others[0]}). Choose another folder, or replace "
            "the files of the bundle there with --replace."
        )


def write(cursor: CursorWrapper, file: BundleFile, path: Path, progress: Progress) -> int:
    count = 0
    with path.open("wb") as stream:
        for block, lines in json_lines(cursor, QUERIES[file]()):
            stream.write(block)
            count += lines
            progress(f"writing {file.file_name}: {count:,}")
        stream.flush()
        os.fsync(stream.fileno())
    return count


def zipped_bundle(cursor: CursorWrapper) -> Iterator[bytes]:
    """Yield a zip of the same files, as far as it is written each time."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for file, query in QUERIES.items():
            member = zipfile.ZipInfo(file.file_name, LONG_AGO)
            member.compress_type = zipfile.ZIP_DEFLATED
            # Of a size that is not known yet.
            with archive.open(member, "w", force_zip64=True) as stream:
                for block, _ in json_lines(cursor, query()):
                    stream.write(block)
                    if sink.size >= PACKED:
                        yield sink.taken()
    yield sink.taken()


def public(model: type[models.Model]) -> Query:
    """Return the query of the rows of a model that anyone may read."""
    manager: Any = model._default_manager
    sql, parameters = manager.public().query.sql_with_params()
    return f"({sql})", tuple(parameters)


def selected(file: BundleFile, columns: dict[str, str]) -> str:
    """Return the SQL of the fields of a file, in their order: from these columns, or its own."""
    parts = []
    for field in file.fields:
        value = columns.get(field.name, f's."{field.column}"')
        if field.is_date:
            value = f"nullif({value}, '')"
        parts.append(f'{value} AS "{field.name}"')
    return ", ".join(parts)


def in_order(file: BundleFile, columns: dict[str, str], tables: str, order: str) -> str:
    """Return the query of the JSON of the rows of a file."""
    rows = f"SELECT {selected(file, columns)} FROM {tables} ORDER BY {order}"
    return f"SELECT row_to_json(r) FROM ({rows}) r"


def sources() -> Query:
    sql, parameters = public(Source)
    return in_order(SOURCES, {"key": "s.slug"}, f"{sql} s", IN_KEY_ORDER), parameters


def affiliations() -> Query:
    sql, parameters = public(Affiliation)
    tables = (
        f"{sql} s JOIN sources_source m ON m.id = s.member_id "
        "JOIN sources_source b ON b.id = s.body_id"
    )
    columns = {"member": "m.slug", "body": "b.slug"}
    order = ", ".join(f'{one} COLLATE "C"' for one in ("m.slug", "b.slug", "s.role", "s.since"))
    return in_order(AFFILIATIONS, columns, tables, order), parameters


def documents() -> Query:
    sql, parameters = public(Document)
    publishers, more = public(Source)
    tables = f"{sql} s LEFT JOIN {publishers} p ON p.id = s.publisher_id"
    columns = {"key": "s.slug", "publisher": "p.slug"}
    return in_order(DOCUMENTS, columns, tables, IN_KEY_ORDER), parameters + more


def claims() -> Query:
    sql, parameters = public(Claim)
    topics = (
        'coalesce((SELECT json_agg(o.name ORDER BY o.name COLLATE "C") '
        "FROM claims_claim_topics h JOIN claims_topic o ON o.id = h.topic_id "
        "WHERE h.claim_id = s.id), '[]')"
    )
    return in_order(
        CLAIMS, {"key": "s.slug", "topics": topics}, f"{sql} s", IN_KEY_ORDER
    ), parameters


def relations() -> Query:
    sql, parameters = public(Relation)
    tables = (
        f"{sql} s JOIN claims_claim f ON f.id = s.from_claim_id "
        "JOIN claims_claim t ON t.id = s.to_claim_id"
    )
    order = 'f.slug COLLATE "C", s.kind COLLATE "C", t.slug COLLATE "C"'
    return in_order(RELATIONS, {"from": "f.slug", "to": "t.slug"}, tables, order), parameters


def statements() -> Query:
    sql, parameters = public(Statement)
    cited, for_cited = public(Document)
    taken_from, for_taken_from = public(Document)
    citations = selected(CITATIONS, {"document": "d.slug", "via": "w.slug"})
    own = selected(STATEMENTS, {"key": "s.slug", "claim": "c.slug", "source": "o.slug"})
    # All citations at once: looking up those of each statement takes twice as long.
    query = f"""
        WITH cited AS (
          SELECT s.statement_id, json_agg((
            SELECT row_to_json(q) FROM (SELECT {citations}) q
          ) ORDER BY d.slug COLLATE "C") AS citations
          FROM claims_citation s
          JOIN {cited} d ON d.id = s.document_id
          LEFT JOIN claims_citation v ON v.id = s.via_id
          LEFT JOIN {taken_from} w ON w.id = v.document_id
          GROUP BY s.statement_id
        )
        SELECT row_to_json(r) FROM (
          SELECT {own}, coalesce(k.citations, '[]') AS citations FROM {sql} s
          JOIN claims_claim c ON c.id = s.claim_id
          JOIN sources_source o ON o.id = s.source_id
          LEFT JOIN cited k ON k.statement_id = s.id
          ORDER BY {IN_KEY_ORDER}
        ) r
    """
    return query, for_cited + for_taken_from + parameters


QUERIES = {
    SOURCES: sources,
    AFFILIATIONS: affiliations,
    DOCUMENTS: documents,
    CLAIMS: claims,
    RELATIONS: relations,
    STATEMENTS: statements,
}
