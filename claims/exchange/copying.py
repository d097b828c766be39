"""Reads the rows of a query as COPY writes them, many at a time, and all of one moment.

COPY sends a message for each row. Waiting for each one by itself takes Python longer than it takes
PostgreSQL to make the row.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.generators import copy_from

Query = tuple[str, tuple[Any, ...]]

# No JSON holds these raw, so that COPY neither quotes nor escapes what it is given.
AS_IT_IS = "FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01'"
AS_CSV = "FORMAT csv"
BLOCK = 64 * 1024
# Text may hold them; many programs take them for the end of a line.
LINE_ENDS = {
    "\x85".encode(): b"\\u0085",
    "\u2028".encode(): b"\\u2028",
    "\u2029".encode(): b"\\u2029",
}


@contextmanager
def one_moment(*, seconds: int | None = None) -> Iterator[CursorWrapper]:
    """Yield a cursor whose queries all see the database as it was at one moment.

    With ``seconds``, none of them may take longer. Within a transaction they see what that sees,
    and it is left as it is: this may end after it, where nobody reads a file to its end.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic() if is_outermost else nullcontext(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        if seconds is not None:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
        yield cursor


def copied(
    cursor: CursorWrapper, query: Query, options: str, *, block: int = 0
) -> Iterator[list[Any]]:
    """Yield the rows of a query, in lists that have at least ``block`` bytes, or BLOCK.

    Each row is bytes as COPY sends them, its line end included. Where the reader goes away in the
    middle, the query is cancelled.
    """
    sql, parameters = query
    psycopg_cursor: Any = cursor.cursor
    with (
        connection.wrap_database_errors,  # COPY is psycopg's own, without Django around it
        psycopg_cursor.copy(f"COPY ({sql}) TO STDOUT WITH ({options})", parameters) as copy,
    ):
        while True:
            rows, is_last = copy.connection.wait(_some(copy.connection.pgconn, block or BLOCK))
            if is_last:
                break
            yield rows
    yield rows


def _some(pgconn: Any, block: int) -> Any:
    """Return some rows and whether they are the last, while psycopg waits for them."""
    rows: list[Any] = []
    size = 0
    while size < block:
        row = yield from copy_from(pgconn)
        if not isinstance(row, memoryview):
            return rows, True
        rows.append(row)
        size += len(row)
    return rows, False


def json_lines(cursor: CursorWrapper, query: Query) -> Iterator[tuple[bytes, int]]:
    """Yield the lines of a query of JSON a block at a time, and how many lines each block has."""
    for rows in copied(cursor, query, AS_IT_IS):
        yield escaped(b"".join(rows)), len(rows)


def escaped(block: bytes) -> bytes:
    for raw, written in LINE_ENDS.items():
        if raw in block:
            block = block.replace(raw, written)
    return block
