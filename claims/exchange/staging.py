"""Puts what was read into temporary tables, through COPY, a few megabytes at a time."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from claims.exchange.format import ALL, BundleFile
from claims.exchange.reading import Row

# So much is in memory before it is sent; a file and the rows in its lists take turns.
BATCH = 4 * 1024 * 1024
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def make_tables(cursor: CursorWrapper) -> None:
    """Make an empty temporary table for each file, a column for each field, gone at COMMIT."""
    for file in ALL:
        columns = "".join(f', "{one.column}" {one.sql_type} NOT NULL' for one in file.fields)
        extra = ", is_wrong boolean NOT NULL"
        extra += ", item int NOT NULL, is_linked boolean NOT NULL" if is_nested(file) else ""
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{file.staged}")
        cursor.execute(
            f"CREATE TEMP TABLE {file.staged} (line int NOT NULL{extra}{columns}) ON COMMIT DROP"
        )


def is_nested(file: BundleFile) -> bool:
    return any(other.rows is file for other in ALL)


def stage(cursor: CursorWrapper, file: BundleFile, rows: Iterable[Row]) -> None:
    """Write the rows of a file, and those in their lists, into the temporary tables."""
    own: list[str] = []
    nested: list[str] = []
    size = 0
    for line, values, listed, has_escapes, is_wrong in rows:
        if has_escapes:
            values = [value.translate(ESCAPES) for value in values]
            listed = [[value.translate(ESCAPES) for value in one] for one in listed]
        wrong = "t" if is_wrong else "f"
        text = "\t".join(values)
        own.append(f"{line}\t{wrong}\t{text}\n")
        size += len(text)
        if listed:
            is_linked = "t" if any(one[1] for one in listed) else "f"
            for item, one in enumerate(listed):
                text = "\t".join(one)
                nested.append(f"{line}\t{wrong}\t{item}\t{is_linked}\t{text}\n")
                size += len(text)
        if size > BATCH:
            send(cursor, file, own, nested)
            size = 0
    send(cursor, file, own, nested)
    for table in (file, file.rows):
        if table:
            cursor.execute(f"ANALYZE {table.staged}")


def send(cursor: CursorWrapper, file: BundleFile, own: list[str], nested: list[str]) -> None:
    for table, texts in ((file, own), (file.rows, nested)):
        if table and texts:
            psycopg_cursor: Any = cursor.cursor
            with (
                connection.wrap_database_errors,  # COPY is psycopg's own
                psycopg_cursor.copy(f"COPY {table.staged} FROM STDIN") as copy,
            ):
                copy.write("".join(texts))
            texts.clear()
