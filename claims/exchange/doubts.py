"""Asks about what is likely to be a mistake: documents recorded twice, dates that cannot be."""

from django.contrib.contenttypes.models import ContentType
from django.db.backends.utils import CursorWrapper

from claims.exchange.format import DOCUMENTS, STATEMENTS, shown
from claims.exchange.problems import Problems
from sources.models import Document

HERE = "which is here already"

# Documents that are new, or get another address, beside those with the same one: here, or on an
# earlier line. One that editors marked as different is not asked about.
SAME_ADDRESS = """
    WITH keyed AS MATERIALIZED (
      SELECT s.line, t.id, t.deed = 'new' OR 'url' = ANY (t.fields) AS is_asked,
        document_url_key(s.url) AS key
      FROM bundle_documents s JOIN bundle_documents_todo t ON t.line = s.line AND t.deed <> 'left'
      WHERE s.url <> '' AND NOT s.is_wrong
    )
    SELECT k.line, d.slug, d.title, null::int
    FROM keyed k JOIN sources_document d ON d.url_key = k.key AND d.id <> k.id
    WHERE k.is_asked AND d.merged_into_id IS NULL AND d.review_state <> 'retired'
      AND NOT EXISTS (SELECT FROM keyed o WHERE o.id = d.id)
      AND NOT EXISTS (
        SELECT FROM claims_different x WHERE x.target_type_id = %s
          AND x.first_id = least(d.id, k.id) AND x.second_id = greatest(d.id, k.id)
      )
    UNION ALL
    SELECT line, null, null, first FROM (
      SELECT line, is_asked, min(line) OVER (PARTITION BY key) AS first FROM keyed
      WHERE key IS NOT NULL
    ) k
    WHERE is_asked AND first < line
    ORDER BY 1
"""

# The first possible day of each new or changed date, and the last day on which a document that the
# statement cites may have been published; null where that is not known of all of them.
EARLY_STATEMENTS = """
    WITH dated AS MATERIALIZED (
      SELECT s.line, s.said, t.id, lower(b.days) AS first
      FROM bundle_statements s
      JOIN bundle_statements_todo t ON t.line = s.line AND t.deed <> 'left'
        AND (t.fields IS NULL OR 'said' = ANY (t.fields))
      JOIN bundle_dates b ON b.written = s.said
      WHERE NOT s.is_wrong AND lower(b.days) IS NOT NULL
    ),
    cited AS (
      SELECT c.line, upper(CASE WHEN d.key IS NULL THEN x.published_range ELSE p.days END) AS after
      FROM bundle_citations c
      LEFT JOIN bundle_documents d ON d.key = c.document
      LEFT JOIN bundle_dates p ON p.written = d.published
      LEFT JOIN sources_document x ON x.slug = c.document
      UNION ALL
      SELECT s.line, upper(x.published_range) FROM dated s
      JOIN claims_citation c ON c.statement_id = s.id
      JOIN sources_document x ON x.id = c.document_id
      WHERE x.slug NOT IN (SELECT key FROM bundle_documents)
    ),
    published AS (
      SELECT line, CASE WHEN bool_and(after IS NOT NULL) THEN max(after) END AS after
      FROM cited GROUP BY line
    )
    SELECT s.line, s.said, s.first > (now() AT TIME ZONE 'UTC')::date
    FROM dated s LEFT JOIN published p ON p.line = s.line
    WHERE s.first > (now() AT TIME ZONE 'UTC')::date OR s.first > p.after
    ORDER BY 1
"""

EARLY_DOCUMENTS = """
    SELECT s.line, s.published, s.retrieved,
      lower(b.days) > (now() AT TIME ZONE 'UTC')::date AS is_ahead
    FROM bundle_documents s
    JOIN bundle_documents_todo t ON t.line = s.line AND t.deed <> 'left'
      AND (t.fields IS NULL OR t.fields && '{published,retrieved}')
    JOIN bundle_dates b ON b.written = s.published
    WHERE NOT s.is_wrong AND (lower(b.days) > (now() AT TIME ZONE 'UTC')::date
      OR lower(b.days) > nullif(s.retrieved, '')::date)
    ORDER BY 1
"""

# New statements, beside those of the same source, claim, stance, document and quote that are dated
# a day apart: here, or on an earlier line.
TWIN_STATEMENTS = """
    WITH quoted AS MATERIALIZED (
      SELECT s.line, t.id, t.claim_id, t.source_id, s.stance, c.quote, k.id AS document_id,
        daterange(lower(b.days) - 1, upper(b.days) + 1) AS around, b.days
      FROM bundle_statements s
      JOIN bundle_statements_todo t ON t.line = s.line
        AND (t.deed = 'new' OR 'said' = ANY (t.fields))
      JOIN bundle_dates b ON b.written = s.said
      JOIN bundle_citations c ON c.line = s.line AND c.quote <> ''
      JOIN bundle_documents_keys k ON k.key = c.document
      WHERE NOT s.is_wrong AND lower(b.days) IS NOT NULL AND upper(b.days) IS NOT NULL
    )
    SELECT DISTINCT q.line, x.slug, null::int AS first
    FROM quoted q
    JOIN claims_citation y ON y.document_id = q.document_id AND y.quote = q.quote
    JOIN claims_statement x ON x.id = y.statement_id AND x.claim_id = q.claim_id
      AND x.source_id = q.source_id AND x.stance = q.stance AND x.id <> q.id
      AND x.said_range <@ q.around AND x.review_state <> 'retired'
      AND x.id NOT IN (SELECT id FROM bundle_statements_todo)
    UNION ALL
    SELECT q.line, null, min(o.line)
    FROM quoted q JOIN quoted o ON o.document_id = q.document_id AND o.quote = q.quote
      AND o.claim_id = q.claim_id AND o.source_id = q.source_id AND o.stance = q.stance
      AND o.line < q.line AND o.days <@ q.around AND o.days <> q.days
    GROUP BY q.line
    ORDER BY 1
"""


def ask(cursor: CursorWrapper, problems: Problems) -> None:
    """Ask about the rows that are staged, once their tables of keys, deeds and dates are made."""
    cursor.execute(SAME_ADDRESS, [ContentType.objects.get_for_model(Document).pk])
    for line, slug, title, first in cursor.fetchall():
        name = (
            f"the document {slug} ({shown(title)}), {HERE}"
            if slug
            else problems.where(DOCUMENTS.name, first)
        )
        message = f"it has the same address as {name}"
        problems.ask("same_document", DOCUMENTS.name, line, "url", message)
    cursor.execute(TWIN_STATEMENTS)
    for line, slug, first in cursor.fetchall():
        name = f"the statement {slug}, {HERE}" if slug else problems.where(STATEMENTS.name, first)
        message = f"its words are those of {name}, dated a day apart"
        problems.ask("same_statement", STATEMENTS.name, line, "said", message)
    cursor.execute(EARLY_STATEMENTS)
    for line, said, is_ahead in cursor.fetchall():
        when = "in the future" if is_ahead else "after every document that is cited was published"
        message = f"{shown(said)} is {when}"
        problems.ask("implausible_date", STATEMENTS.name, line, "said", message)
    cursor.execute(EARLY_DOCUMENTS)
    for line, published, retrieved, is_ahead in cursor.fetchall():
        when = "in the future" if is_ahead else f"after the document was retrieved, {retrieved}"
        message = f"{shown(published)} is {when}"
        problems.ask("implausible_date", DOCUMENTS.name, line, "published", message)
