"""Finds gaps in the feed of changes, whose entries are numbered without any."""

from collections.abc import Iterator

from django.db import connection

SHOWN = 20


def gaps() -> Iterator[str]:
    """Yield in a line each which entries of the feed are missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT before + 1, id - 1 FROM (
              SELECT id, lag(id) OVER (ORDER BY id) AS before FROM claims_change
              UNION ALL
              SELECT a.last + 1, (SELECT max(id) FROM claims_change) FROM claims_announced a
            ) numbered
            WHERE id <> before + 1 ORDER BY id LIMIT %s
            """,
            [SHOWN],
        )
        for first, last in cursor.fetchall():
            what = f"entry {first} is" if first == last else f"entries {first} to {last} are"
            yield f"feed of changes: {what} missing"
