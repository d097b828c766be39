"""What is public as rows to cite: one for each statement and each citation of it.

A statement without a public citation has one row, in which the columns of citations are empty.
Names are those of the CSV that ``sheet`` reads; what is worked out besides has others, which it
passes over.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from claims.exchange.copying import AS_CSV, Query, copied, json_lines
from claims.exchange.exporting import public
from claims.models import Statement
from claimtracker.spreadsheets import MARK, cell_in_sql
from sources.models import Document, Source

# Of how many statements, by their ids, the rows are put in order at once: they fit into work_mem.
PART = 50_000
FIRST = 500


@dataclass(frozen=True)
class Column:
    """A column: its name, its SQL, and what it holds.

    ``kind`` is text, word (a text that is never a formula), day, flag or number.
    """

    name: str
    sql: str
    kind: str = "text"
    words: str = ""


def dates(name: str, column: str) -> list[Column]:
    """Return the columns of a date: as EDTF, its first and its last day."""
    days = f"{column}_range"
    return [
        Column(name, f"nullif({column}, '')", "word", "EDTF."),
        Column(f"{name}_from", f"lower({days})", "day", "The first day that it may mean."),
        Column(f"{name}_to", f"upper({days}) - 1", "day", "The last day that it may mean."),
    ]


COLUMNS = [
    Column("statement", "s.slug", words="Its slug."),
    Column("statement_url", "%s || s.slug || '/'", "word", "The address of its page."),
    Column("source", "o.slug", words="Who speaks."),
    Column("source_name", "o.name"),
    Column("source_kind", "o.kind", "word"),
    Column("claim", "c.slug", words="What it is about."),
    Column("claim_text", "c.text"),
    Column("claim_kind", "c.kind", "word"),
    Column("stance", "s.stance", "word"),
    Column("denies_what", "s.denies_what", "word"),
    *dates("said", "s.said"),
    Column("order", 's."order"', "number", "Which came first of several on one day."),
    Column("occasion", "s.occasion"),
    Column("personal_capacity", "s.personal_capacity", "flag"),
    Column("note", "s.note"),
    Column("document", "d.slug", words="Where it was read; empty where nowhere that is public."),
    Column("document_title", "d.title"),
    Column("document_kind", "d.kind", "word"),
    Column("document_publisher", "p.slug"),
    Column("document_publisher_name", "p.name"),
    Column("document_url", "d.url", "word"),
    Column("document_archived_url", "d.archived_url", "word"),
    *dates("document_published", "d.published"),
    Column("document_retracted", "nullif(d.retracted, '')", "word", "EDTF."),
    Column("via", "w.slug", words="The document that this one took it from."),
    Column("manner", "k.manner", "word"),
    Column("quote", "k.quote"),
    Column("prefix", "k.prefix"),
    Column("suffix", "k.suffix"),
    Column("locator", "k.locator"),
    Column("quote_language", "k.language", "word"),
    Column("translation", "k.translation"),
    Column("as_named", "k.as_named"),
    Column("citation_note", "k.note"),
]
Write = Callable[[Column], str]
NAMES = [column.name for column in COLUMNS]


def as_it_is(column: Column) -> str:
    return column.sql


def as_cell(column: Column) -> str:
    """Return the SQL for the text of a column in a plain CSV."""
    if column.kind == "flag":
        return f"CASE WHEN {column.sql} THEN 'true' WHEN NOT {column.sql} THEN 'false' END"
    return column.sql


def as_guarded_cell(column: Column) -> str:
    """Return the SQL for the text of a column in a CSV for spreadsheets."""
    return cell_in_sql(column.sql) if column.kind == "text" else as_cell(column)


def rows(
    statements: QuerySet[Statement],
    site: str,
    write: Write = as_it_is,
    *,
    low: str = "",
    high: str = "",
) -> Query:
    """Return the query of the rows of some statements, in no order.

    With ``low`` and ``high``, of those whose id is above the one and up to the other, in order.
    Raises EmptyResultSet where there are none, whatever the database has.
    """
    chosen, of_chosen = statements.query.sql_with_params()
    documents, of_documents = public(Document)
    publishers, of_publishers = public(Source)
    selected = ", ".join(f'{write(column)} AS "{column.name}"' for column in COLUMNS)
    of_these = of_their = order = ""
    if low:
        of_these = f"WHERE s.id > {low} AND s.id <= {high}"
        # PostgreSQL does not see by itself that these are the same ids.
        of_their = f"AND k.statement_id > {low} AND k.statement_id <= {high}"
        # As rows are found anyhow, so that there is hardly anything to do.
        order = "ORDER BY s.id, k.id"
    sql = f"""
        SELECT {selected}
        FROM ({chosen}) s
        JOIN claims_claim c ON c.id = s.claim_id
        JOIN sources_source o ON o.id = s.source_id
        LEFT JOIN (
          claims_citation k JOIN {documents} d ON d.id = k.document_id
        ) ON k.statement_id = s.id {of_their}
        LEFT JOIN {publishers} p ON p.id = d.publisher_id
        LEFT JOIN claims_citation v ON v.id = k.via_id
        LEFT JOIN {documents} w ON w.id = v.document_id
        {of_these}
        {order}
    """
    return sql, (site, *of_chosen, *of_documents, *of_publishers, *of_documents)


def in_order(
    cursor: CursorWrapper, statements: QuerySet[Statement], site: str, write: Write = as_it_is
) -> Iterator[Query]:
    """Yield queries that together have the rows of some statements, as they were recorded.

    Putting a million rows in order keeps a reader waiting, and looking up each of them in the order
    of an index takes three times as long as reading the tables. So rows are put in order by parts,
    all of them in one query, which reads the smaller tables once; and the first few come before.
    """
    # Of a part PostgreSQL expects few rows, and would keep results that it does not meet again.
    cursor.execute("SET LOCAL enable_memoize = off")
    cursor.execute("SELECT min(id) - 1, max(id) FROM claims_statement")
    low, high = cursor.fetchone()
    if high is None:
        return
    first = low + FIRST
    try:
        yield rows(statements, site, write, low=str(low), high=str(first))
    except EmptyResultSet:
        return
    if high > first:
        part, parameters = rows(statements, site, write, low="part.low", high=f"part.low + {PART}")
        parts = f"generate_series({first}::bigint, {high}::bigint, {PART}::bigint) part(low)"
        yield f"SELECT r.* FROM {parts} CROSS JOIN LATERAL ({part}) r", parameters


def as_csv(
    cursor: CursorWrapper,
    statements: QuerySet[Statement],
    site: str,
    *,
    is_guarded: bool = False,
) -> Iterator[bytes]:
    """Yield the CSV of some statements as RFC 4180 has it; guarded, it is for spreadsheets."""
    block = ((MARK if is_guarded else "") + ",".join(NAMES)).encode() + b"\r\n"
    for query in in_order(cursor, statements, site, as_guarded_cell if is_guarded else as_cell):
        for found in copied(cursor, query, AS_CSV):
            # PostgreSQL ends a row with a line feed alone.
            yield block + b"\r\n".join([*(row[:-1] for row in found), b""])
            block = b""
    yield block


def as_json_lines(
    cursor: CursorWrapper, statements: QuerySet[Statement], site: str
) -> Iterator[bytes]:
    """Yield a JSON object a line for each row."""
    for sql, parameters in in_order(cursor, statements, site):
        lines = f"SELECT row_to_json(r) FROM ({sql}) r", parameters
        for block, _ in json_lines(cursor, lines):
            yield block
