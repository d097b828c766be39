"""Writes what is to be done: at most one INSERT and one UPDATE a table, so that the triggers of
history and tallies run once each."""

from django.db.backends.utils import CursorWrapper

from claims.exchange.difference import CURATED, value_of
from claims.exchange.format import (
    AFFILIATIONS,
    CITATIONS,
    CLAIMS,
    DOCUMENTS,
    RELATIONS,
    SOURCES,
    STATEMENTS,
    BundleFile,
)
from claims.exchange.reading import Progress

# The foreign keys of each file, which the table of what is to be done has as ids.
IDS = {
    SOURCES: [],
    AFFILIATIONS: ["member_id", "body_id"],
    DOCUMENTS: ["publisher_id"],
    CLAIMS: [],
    RELATIONS: ["from_claim_id", "to_claim_id"],
    STATEMENTS: ["claim_id", "source_id"],
    CITATIONS: ["statement_id", "document_id", "via_id"],
}
# What a row is found by, so that it stays: a relation may be stored from the other side.
MATCHED_BY = {
    AFFILIATIONS: IDS[AFFILIATIONS],
    RELATIONS: IDS[RELATIONS],
    CITATIONS: ["statement_id", "document_id"],
}
GROWN_BY_MUCH = 1000
# What an import does not know of a new row, and the database has no default for.
UNSAID = {DOCUMENTS: {"text": "''"}}


def apply(cursor: CursorWrapper, progress: Progress, *, publishes: bool = True) -> None:
    """Insert what is new and update what differs; what is not in the bundle stays."""
    for file in (SOURCES, AFFILIATIONS, DOCUMENTS, CLAIMS):
        progress(f"writing {file.name}")
        write(cursor, file, publishes)
    progress("writing topics")
    write_topics(cursor)
    for file in (RELATIONS, STATEMENTS, CITATIONS):
        progress(f"writing {file.name}")
        write(cursor, file, publishes)
    write_citations_of_new_statements(cursor)


def written(file: BundleFile) -> dict[str, str]:
    """Return the columns that an import writes, and the SQL of what it writes there."""
    columns = {f'"{field.column}"': value_of(field) for field in file.plain}
    return columns | {column: f"t.{column}" for column in IDS[file]}


def there_are(cursor: CursorWrapper, query: str) -> bool:
    """Return whether a query has rows: a command without any would still leave a context."""
    cursor.execute(f"SELECT EXISTS ({query})")
    return bool(cursor.fetchone()[0])


def write(cursor: CursorWrapper, file: BundleFile, publishes: bool) -> None:
    todo = f"{file.staged}_todo"
    columns = written(file)
    if file in CURATED and publishes:
        columns["review_state"] = "'published'"
    rows = f"{file.staged} s JOIN {todo} t ON t.line = s.line"
    if file is CITATIONS:
        rows += " AND t.item = s.item"
    # First what is there: an affiliation may end so that the next can begin.
    changed = "t.deed = 'changed' AND t.fields <> '{topics}'"
    if there_are(cursor, f"SELECT FROM {todo} t WHERE {changed}"):
        settings = ", ".join(
            f"{column} = {value}"
            for column, value in columns.items()
            if column not in MATCHED_BY.get(file, [])
        )
        cursor.execute(
            f"UPDATE {file.table} x SET {settings} FROM {rows} WHERE x.id = t.id AND {changed}"
        )
    if there_are(cursor, f"SELECT FROM {todo} t WHERE t.deed = 'new'"):
        columns = {"id": "t.id", **columns, **UNSAID.get(file, {})}
        if file in CURATED:
            columns |= {"slug": "s.key", "version": "1", "created_at": "now()"}
            columns.setdefault("review_state", "'draft'")
        cursor.execute(
            f"INSERT INTO {file.table} ({', '.join(columns)}) "
            f"SELECT {', '.join(columns.values())} FROM {rows} WHERE t.deed = 'new'"
        )
        look_again(cursor, file)


def look_again(cursor: CursorWrapper, file: BundleFile) -> None:
    """Have PostgreSQL count a table that has grown by much.

    Where it thinks that the table is still empty, the checks and the tallies at COMMIT look each
    row up in a way that takes hours for a hundred thousand.
    """
    if cursor.rowcount > GROWN_BY_MUCH:
        cursor.execute(f"ANALYZE {file.table}")


def write_citations_of_new_statements(cursor: CursorWrapper) -> None:
    """Insert the citations that cannot be there yet and refer to no other: most of them."""
    columns = written(CITATIONS) | {
        "statement_id": "t.id",
        "document_id": "d.id",
        "via_id": "NULL::bigint",
    }
    rows = (
        "bundle_citations s "
        "JOIN bundle_statements_todo t ON t.line = s.line AND t.deed = 'new' "
        "JOIN bundle_documents_keys d ON d.key = s.document WHERE NOT s.is_linked"
    )
    if there_are(cursor, f"SELECT FROM {rows}"):
        cursor.execute(
            f"INSERT INTO claims_citation ({', '.join(columns)}) "
            f"SELECT {', '.join(columns.values())} FROM {rows}"
        )
        look_again(cursor, CITATIONS)


TOPIC_SLUG = r"""
trim('-' FROM left(regexp_replace(
  lower(regexp_replace(normalize(name, NFKD), '[^\x01-\x7f]', '', 'g')), '[^a-z0-9]+', '-', 'g'
), 190))
"""
NEW_TOPICS = f"""
SELECT name, CASE
    WHEN slug = '' THEN 'topic-' || left(md5(name), 8)
    WHEN twin > 1 OR EXISTS (SELECT FROM claims_topic o WHERE o.slug = n.slug)
      THEN slug || '-' || left(md5(name), 8)
    ELSE slug END AS slug
FROM (
  SELECT name, slug, row_number() OVER (PARTITION BY slug ORDER BY name COLLATE "C") AS twin
  FROM (
    SELECT name, {TOPIC_SLUG} AS slug FROM (
      SELECT DISTINCT unnest(s.topics) AS name FROM bundle_claims s
      JOIN bundle_claims_todo t ON t.line = s.line AND t.deed <> 'left'
    ) names
    WHERE NOT EXISTS (SELECT FROM claims_topic o WHERE o.name = names.name)
  ) slugs
) n
"""
# Of each claim that is new, or whose topics are others now.
FILED = """
SELECT t.id AS claim_id, o.id AS topic_id
FROM bundle_claims s
JOIN bundle_claims_todo t ON t.line = s.line
  AND (t.deed = 'new' OR t.deed = 'changed' AND 'topics' = ANY (t.fields))
CROSS JOIN unnest(s.topics) filed(under)
JOIN claims_topic o ON o.name = filed.under
"""
NO_LONGER_FILED = f"""
SELECT h.id FROM claims_claim_topics h
JOIN bundle_claims_todo t ON t.id = h.claim_id
  AND t.deed = 'changed' AND 'topics' = ANY (t.fields)
WHERE NOT EXISTS (
  SELECT FROM ({FILED}) f WHERE f.claim_id = h.claim_id AND f.topic_id = h.topic_id
)
"""
NEWLY_FILED = f"""
SELECT f.claim_id, f.topic_id FROM ({FILED}) f
WHERE NOT EXISTS (
  SELECT FROM claims_claim_topics h WHERE h.claim_id = f.claim_id AND h.topic_id = f.topic_id
)
"""


def write_topics(cursor: CursorWrapper) -> None:
    """Make topics that are new, and file the claims under theirs."""
    if there_are(cursor, NEW_TOPICS):
        cursor.execute(f"INSERT INTO claims_topic (name, slug) {NEW_TOPICS}")
    if there_are(cursor, NO_LONGER_FILED):
        cursor.execute(f"DELETE FROM claims_claim_topics WHERE id IN ({NO_LONGER_FILED})")
    if there_are(cursor, NEWLY_FILED):
        cursor.execute(f"INSERT INTO claims_claim_topics (claim_id, topic_id) {NEWLY_FILED}")
