"""What PostgreSQL is told before a command that writes many rows."""

from django.db import connection


def expect_many_rows() -> None:
    """Have the triggers of the next command work as for many rows; within a transaction.

    What pgtrigger ignores is set to nothing, as it is while unset: unset, the triggers of each row
    raise and catch an error, and that takes the longer the more checks wait for COMMIT. And the
    plan is dropped by which history compares rows before and after: it was made for as many as
    were written first over this connection, and made for one takes minutes for ten thousand.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
        cursor.execute("DISCARD PLANS")
