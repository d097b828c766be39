"""The seeds, committed: loaded once by each process of a run, and copied back from then on."""

from django.core.management import call_command
from django.db import connection, transaction

# The commands that put the rows of the seeds back.
COPIED: list[str] = []

# The tables that have rows, with the columns that one can write.
WRITTEN = """
SELECT c.oid::regclass::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.oid
"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


def load_seeds():
    """Load the seeds as ``loaddata`` does, in a test that commits and begins without rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        if COPIED:
            # What triggers would do is among what is copied.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(COPIED))
            return
    before = _filled()
    call_command("loaddata", "lachin", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA seeded")
        for table, columns in _filled().items():
            if table in before:
                continue
            cursor.execute(f"CREATE TABLE seeded.{table} AS SELECT {columns} FROM {table}")
            COPIED.append(f"INSERT INTO {table} ({columns}) TABLE seeded.{table}")
        cursor.execute(SEQUENCES)
        COPIED.extend(f"SELECT setval('{name}', {value})" for name, value in cursor.fetchall())


def _filled() -> dict[str, str]:
    """Return the tables that have rows, each with its columns."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        found = {}
        for table, columns in cursor.fetchall():
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone() == (True,):
                found[table] = columns
        return found
