"""Writes a made-up world into a database, through COPY, as a user with much data would."""

from collections.abc import Callable, Iterable

import psycopg
from world import COLUMNS, Row, World


def fill(connection: psycopg.Connection, world: World, say: Callable[[str], None]) -> None:
    """Write a world: each small table in a transaction, statements and citations in several."""
    # Unset, each row-level trigger fails to read it, which costs more with each row of a command.
    connection.autocommit = True
    connection.execute("SET pgtrigger.ignore = '{}'")
    for table, rows in world.tables():
        say(f"  {table}")
        with connection.transaction():
            copy(connection, table, rows)
    for number, (statements, citations) in enumerate(world.chunks(), start=1):
        say(f"  statements, part {number}")
        with connection.transaction():
            copy(connection, "claims_statement", statements)
            copy(connection, "claims_citation", citations)
    for table in COLUMNS:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )
    connection.execute("VACUUM ANALYZE")


def copy(connection: psycopg.Connection, table: str, rows: Iterable[Row]) -> None:
    columns = ", ".join(f'"{name}"' for name in COLUMNS[table])
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into,
    ):
        for row in rows:
            into.write_row(row)
