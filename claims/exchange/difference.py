"""What an import would do: for each line, which row it is about and what happens to that row.

``bundle_<file>_keys`` says which row each key stands for; new ones get their id here.
``bundle_<file>_todo`` says of each line whether its row is

new        not in the database yet
changed    there, and some fields (named in ``fields``) would become others
same       there, and stays as it is
left       there, but retired or merged into another since: an editor decided, so it is left alone
proposed   new or changed, but readers would see it at once, and who imports may not decide that
"""

from collections.abc import Callable

from django.db.backends.utils import CursorWrapper

from claims.exchange.format import (
    AFFILIATIONS,
    ALL,
    CITATIONS,
    CLAIMS,
    DOCUMENTS,
    KEYED,
    RELATIONS,
    SOURCES,
    STATEMENTS,
    BundleFile,
    Field,
)
from claims.models import SYMMETRIC_RELATIONS

SYMMETRIC = ", ".join(f"'{kind}'" for kind in SYMMETRIC_RELATIONS)


def compute(
    cursor: CursorWrapper,
    *,
    publishes: bool = True,
    complete: Callable[[CursorWrapper], None] = lambda _: None,
) -> None:
    """Make the tables of keys and of what is to be done.

    With ``publishes`` all that is brought becomes published, else it stays in the state that it is
    in. ``complete`` is called when all keys are known, before rows are compared.
    """
    for file in KEYED:
        make_keys(cursor, file, publishes)
    fill_in_keys(cursor)
    link_merged(cursor)
    complete(cursor)
    for file, query in DIFFERENCES.items():
        make_table(cursor, f"{file.staged}_todo", query)
        if file in CURATED and not publishes:
            leave_review_states(cursor, file)


def leave_review_states(cursor: CursorWrapper, file: BundleFile) -> None:
    cursor.execute(
        f"UPDATE {file.staged}_todo SET fields = array_remove(fields, 'review state'), deed = "
        "CASE WHEN fields = '{review state}' THEN 'same' ELSE deed END WHERE deed = 'changed'"
    )


def let_wait(cursor: CursorWrapper) -> None:
    """Mark as proposed what readers would see at once.

    Nobody publishes meanwhile what is written, or what it belongs to: it is locked until COMMIT.
    """
    owned = ("new", "changed")
    for file, (table, first, second) in TIES.items():
        cursor.execute(
            f"SELECT FROM {table} x WHERE x.id IN (SELECT unnest(ARRAY[t.{first}, t.{second}]) "
            f"FROM {file.staged}_todo t WHERE t.deed IN {owned}) "
            "ORDER BY x.id FOR NO KEY UPDATE"
        )
    for file in CURATED:
        cursor.execute(
            f"SELECT FROM {file.table} x WHERE x.id IN (SELECT t.id FROM {file.staged}_todo t "
            "WHERE t.deed = 'changed') ORDER BY x.id FOR NO KEY UPDATE"
        )
    for file in CURATED:
        cursor.execute(
            f"UPDATE {file.staged}_todo t SET deed = 'proposed' FROM {file.table} x "
            "WHERE x.id = t.id AND x.review_state = 'published' AND t.deed = 'changed'"
        )
    for file, (table, first, second) in TIES.items():
        cursor.execute(
            f"UPDATE {file.staged}_todo t SET deed = 'proposed' FROM {table} x, {table} y "
            f"WHERE x.id = t.{first} AND y.id = t.{second} AND t.deed IN ('new', 'changed') "
            "AND x.review_state = 'published' AND y.review_state = 'published'"
        )


CURATED = (*KEYED, STATEMENTS)
# What readers see where both of its ends are published; a citation has one that counts.
TIES = {
    AFFILIATIONS: (SOURCES.table, "member_id", "body_id"),
    RELATIONS: (CLAIMS.table, "from_claim_id", "to_claim_id"),
    CITATIONS: (STATEMENTS.table, "statement_id", "statement_id"),
}


def make_table(cursor: CursorWrapper, name: str, query: str) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}")
    cursor.execute(f"ANALYZE {name}")


def next_id(file: BundleFile) -> str:
    return f"nextval(pg_get_serial_sequence('{file.table}', 'id'))"


def make_keys(cursor: CursorWrapper, file: BundleFile, publishes: bool) -> None:
    referring = "".join(
        f" UNION SELECT {field.column} FROM {other.staged} WHERE {field.column} <> ''"
        for other in ALL
        for field in other.references
        if field.refers_to == file.name
    )
    make_table(
        cursor,
        f"{file.staged}_keys",
        f"""
        SELECT k.key,
          coalesce(y.id, x.id, CASE WHEN s.key IS NOT NULL THEN {next_id(file)} END) AS id,
          y.id IS NOT NULL AS is_merged,
          coalesce(y.slug, k.key) AS stands_for,
          coalesce(y.review_state, x.review_state) AS review_state,
          CASE coalesce(y.review_state, x.review_state)
            WHEN 'published' THEN true WHEN 'retired' THEN false
            ELSE {"b.key IS NOT NULL" if publishes else "false"}
          END AS is_public,
          CASE WHEN coalesce(y.review_state, x.review_state) = 'retired' THEN x.kind
            ELSE coalesce(b.kind, y.kind, x.kind) END AS kind
        FROM (SELECT key FROM {file.staged} WHERE key <> ''{referring}) k
        LEFT JOIN (SELECT DISTINCT key FROM {file.staged}) s ON s.key = k.key
        LEFT JOIN {file.table} x ON x.slug = k.key
        LEFT JOIN {file.table} y ON y.id = x.merged_into_id
        LEFT JOIN (SELECT key, min(kind) AS kind FROM {file.staged} GROUP BY key) b
          ON b.key = coalesce(y.slug, k.key)
        """,
    )


def default_slug(source: str, claim: str) -> str:
    """Return what the database's statement_default_slug makes of two keys, as SQL.

    That function wants rows, which are not there yet; a test holds the two against each other.
    """
    head = f"({source} || '--' || {claim})"
    tail = (
        "('--' || coalesce(to_char(lower(edtf_range(s.said)), 'YYYY-MM-DD'), 'undated') "
        "|| CASE WHEN s.\"order\" > 0 THEN '--' || s.\"order\" ELSE '' END)"
    )
    return (
        f"CASE WHEN length({head} || {tail}) > 200 "
        f"THEN left({head}, 200 - length({tail}) - 9) || '-' || left(md5({head}), 8) "
        f"ELSE {head} END || {tail}"
    )


def fill_in_keys(cursor: CursorWrapper) -> None:
    """Give statements without a key their default slug.

    Where source or claim were merged since, a statement that is there keeps the slug it had.
    """
    cursor.execute(
        f"""
        UPDATE bundle_statements s SET key = CASE
          WHEN EXISTS (SELECT FROM claims_statement x WHERE x.slug = d.written) THEN d.written
          ELSE d.merged END
        FROM (
          SELECT s.line, {default_slug("s.source", "s.claim")} AS written,
            {default_slug("sk.stands_for", "ck.stands_for")} AS merged
          FROM bundle_statements s
          JOIN bundle_sources_keys sk ON sk.key = s.source
          JOIN bundle_claims_keys ck ON ck.key = s.claim
          WHERE s.key = ''
        ) d
        WHERE d.line = s.line
        """
    )
    if cursor.rowcount:
        cursor.execute("ANALYZE bundle_statements")


def link_merged(cursor: CursorWrapper) -> None:
    """Have the citations looked at of statements that cite a document that was merged.

    Two of them may be of one document now.
    """
    cursor.execute("SELECT EXISTS (SELECT FROM bundle_documents_keys WHERE is_merged)")
    if cursor.fetchone()[0]:
        cursor.execute(
            "UPDATE bundle_citations SET is_linked = true WHERE line IN ("
            "SELECT s.line FROM bundle_citations s "
            "JOIN bundle_documents_keys d ON d.key = s.document AND d.is_merged)"
        )


def value_of(field: Field) -> str:
    """Return the SQL of what a field of a staged row writes into its column."""
    if field.column == "retrieved":
        return "nullif(s.retrieved, '')::date"
    return f's."{field.column}"'


def differing(pairs: list[tuple[str, str, str]], *, existing: str = "x") -> str:
    """Return the SQL of the names of those fields that would change."""
    cases = ", ".join(
        f"CASE WHEN {existing}.{column} IS DISTINCT FROM {value} THEN '{name}' END"
        for name, column, value in pairs
    )
    return f"array_remove(ARRAY[{cases}]::text[], NULL)"


def plain_pairs(file: BundleFile) -> list[tuple[str, str, str]]:
    return [(field.name, f'"{field.column}"', value_of(field)) for field in file.plain]


DEED = """
CASE WHEN existing IS NULL THEN 'new' WHEN is_left THEN 'left'
  WHEN cardinality(fields) = 0 THEN 'same' ELSE 'changed' END AS deed
"""
REVIEW_STATE = ("review state", "review_state", "'published'")


def of_keyed(file: BundleFile, *, extra: str = "") -> str:
    """Return the query of what is to be done with sources, or claims."""
    fields = differing([*plain_pairs(file), REVIEW_STATE])
    return f"""
        SELECT line, id, fields, {DEED} FROM (
          SELECT s.line, k.id, x.id AS existing,
            k.is_merged OR x.review_state = 'retired' AS is_left,
            CASE WHEN x.id IS NOT NULL THEN {fields}{extra} END AS fields
          FROM {file.staged} s
          JOIN {file.staged}_keys k ON k.key = s.key
          LEFT JOIN {file.table} x ON x.slug = s.key
        ) d
    """


# As sets: a claim's topics have no order.
SORTED_TOPICS = """ || CASE WHEN
  (SELECT array_agg(o.name::text ORDER BY o.name COLLATE "C") FROM claims_claim_topics h
    JOIN claims_topic o ON o.id = h.topic_id WHERE h.claim_id = x.id)
  IS DISTINCT FROM (SELECT array_agg(o ORDER BY o COLLATE "C") FROM unnest(s.topics) o)
  THEN ARRAY['topics'] ELSE '{}' END"""

PUBLISHER = ("publisher", "publisher_id", "coalesce(p.id, hidden.id)")
STATED = [("claim", "claim_id", "c.id"), ("source", "source_id", "o.id")]
VIA = ("via", "via_id", "coalesce(nullif(v.id, h.id), hidden.id)")

# An export says nothing of what readers don't see, so a blank doesn't mean that there is none: a
# publisher or an origin that readers don't see stays.
HIDDEN_PUBLISHER = (
    "LEFT JOIN sources_source hidden ON hidden.id = x.publisher_id AND s.publisher = '' "
    "AND NOT hidden.is_public"
)
HIDDEN_ORIGIN = """LEFT JOIN (
            claims_citation hidden JOIN sources_document hidden_in
            ON hidden_in.id = hidden.document_id AND NOT hidden_in.is_public
          ) ON hidden.id = x.via_id AND s.via = ''"""

DIFFERENCES = {
    SOURCES: of_keyed(SOURCES),
    DOCUMENTS: f"""
        SELECT line, id, publisher_id, fields, {DEED} FROM (
          SELECT s.line, k.id, coalesce(p.id, hidden.id) AS publisher_id, x.id AS existing,
            k.is_merged OR x.review_state = 'retired' AS is_left,
            CASE WHEN x.id IS NOT NULL
              THEN {differing([*plain_pairs(DOCUMENTS), PUBLISHER, REVIEW_STATE])} END AS fields
          FROM bundle_documents s
          JOIN bundle_documents_keys k ON k.key = s.key
          LEFT JOIN bundle_sources_keys p ON p.key = s.publisher
          LEFT JOIN sources_document x ON x.slug = s.key
          {HIDDEN_PUBLISHER}
        ) d
    """,
    CLAIMS: of_keyed(CLAIMS, extra=SORTED_TOPICS),
    # A row that a merge turned into another's twin, or into one between a row and itself, is left.
    AFFILIATIONS: f"""
        SELECT line, coalesce(existing, {next_id(AFFILIATIONS)}) AS id, member_id, body_id, fields,
          {DEED.replace("existing IS NULL", "existing IS NULL AND NOT is_left")} FROM (
          SELECT s.line, s.member_id, s.body_id, x.id AS existing,
            s.is_merged AND (s.member_id = s.body_id OR s.twin > 1) AS is_left,
            CASE WHEN x.id IS NOT NULL THEN {differing(plain_pairs(AFFILIATIONS))} END AS fields
          FROM (
            SELECT s.*, m.id AS member_id, b.id AS body_id, m.is_merged OR b.is_merged AS is_merged,
              row_number() OVER (
                PARTITION BY m.id, b.id, s.role, s.since
                ORDER BY m.is_merged OR b.is_merged, s.line
              ) AS twin
            FROM bundle_affiliations s
            LEFT JOIN bundle_sources_keys m ON m.key = s.member
            LEFT JOIN bundle_sources_keys b ON b.key = s.body
          ) s
          LEFT JOIN sources_affiliation x ON x.member_id = s.member_id AND x.body_id = s.body_id
            AND x.role = s.role AND x.since = s.since
        ) d
    """,
    RELATIONS: f"""
        SELECT line, coalesce(existing, {next_id(RELATIONS)}) AS id, from_claim_id, to_claim_id,
          fields, {DEED.replace("existing IS NULL", "existing IS NULL AND NOT is_left")} FROM (
          SELECT s.line, s.from_claim_id, s.to_claim_id, x.id AS existing,
            s.is_merged AND (s.low = s.high OR s.twin > 1) AS is_left,
            CASE WHEN x.id IS NOT NULL THEN {differing(plain_pairs(RELATIONS))} END AS fields
          FROM (
            SELECT s.*,
              row_number() OVER (PARTITION BY kind, low, high ORDER BY is_merged, line) AS twin
            FROM (
              SELECT s.*, f.id AS from_claim_id, t.id AS to_claim_id,
                f.is_merged OR t.is_merged AS is_merged,
                CASE WHEN s.kind IN ({SYMMETRIC}) THEN least(f.id, t.id) ELSE f.id END AS low,
                CASE WHEN s.kind IN ({SYMMETRIC}) THEN greatest(f.id, t.id) ELSE t.id END AS high
              FROM bundle_relations s
              LEFT JOIN bundle_claims_keys f ON f.key = s.from_claim
              LEFT JOIN bundle_claims_keys t ON t.key = s.to_claim
            ) s
          ) s
          LEFT JOIN (
            SELECT x.*, CASE WHEN kind IN ({SYMMETRIC})
                THEN least(from_claim_id, to_claim_id) ELSE from_claim_id END AS low,
              CASE WHEN kind IN ({SYMMETRIC})
                THEN greatest(from_claim_id, to_claim_id) ELSE to_claim_id END AS high
            FROM claims_relation x
          ) x ON x.kind = s.kind AND x.low = s.low AND x.high = s.high
        ) d
    """,
    STATEMENTS: f"""
        SELECT line, coalesce(existing, {next_id(STATEMENTS)}) AS id, claim_id, source_id, fields,
          {DEED} FROM (
          SELECT s.line, c.id AS claim_id, o.id AS source_id, x.id AS existing,
            x.review_state = 'retired' AS is_left,
            CASE WHEN x.id IS NOT NULL
              THEN {differing([*plain_pairs(STATEMENTS), *STATED, REVIEW_STATE])} END AS fields
          FROM bundle_statements s
          LEFT JOIN bundle_claims_keys c ON c.key = s.claim
          LEFT JOIN bundle_sources_keys o ON o.key = s.source
          LEFT JOIN claims_statement x ON x.slug = s.key
        ) d
    """,
    # Only those that may be there already, or that refer to each other: the others are new.
    CITATIONS: f"""
        WITH here AS MATERIALIZED (
          SELECT s.line, s.item, t.id AS statement_id, d.id AS document_id, x.id AS existing,
            coalesce(x.id, {next_id(CITATIONS)}) AS id,
            -- Of two whose documents were merged, the one of the survivor stands, else the first.
            d.is_merged AND EXISTS (
              SELECT FROM bundle_citations o
              JOIN bundle_documents_keys e ON e.key = o.document AND e.id = d.id
              WHERE o.line = s.line AND o.item <> s.item
                AND (NOT e.is_merged OR o.item < s.item)
            ) AS is_left
          FROM bundle_citations s
          JOIN bundle_statements_todo t ON t.line = s.line AND t.deed <> 'left'
          LEFT JOIN bundle_documents_keys d ON d.key = s.document
          LEFT JOIN claims_citation x ON x.statement_id = t.id AND x.document_id = d.id
            AND t.deed <> 'new'
          WHERE t.deed <> 'new' OR s.is_linked
        )
        SELECT line, item, id, statement_id, document_id, via_id, via_is_cited, fields,
          CASE WHEN is_left THEN 'left' ELSE {DEED.replace(" AS deed", "")} END AS deed FROM (
          -- One that was taken from another of the same document, since merged, is taken from none.
          SELECT h.*, coalesce(nullif(v.id, h.id), hidden.id) AS via_id,
            v.id IS NOT NULL AS via_is_cited,
            CASE WHEN x.id IS NOT NULL
            THEN {differing([*plain_pairs(CITATIONS), VIA])} END AS fields
          FROM here h
          JOIN bundle_citations s ON s.line = h.line AND s.item = h.item
          LEFT JOIN claims_citation x ON x.id = h.existing
          {HIDDEN_ORIGIN}
          LEFT JOIN (
            -- What the statement cites: by this bundle, or already.
            SELECT h.line, w.key AS document, h.id FROM here h
            JOIN bundle_documents_keys w ON w.id = h.document_id
            WHERE NOT h.is_left
            UNION
            SELECT h.line, w.slug, y.id FROM (
              SELECT DISTINCT s.line, h.statement_id FROM here h
              JOIN bundle_citations s ON s.line = h.line AND s.is_linked
            ) h
            JOIN claims_citation y ON y.statement_id = h.statement_id
            JOIN sources_document w ON w.id = y.document_id
          ) v ON v.line = h.line AND v.document = s.via AND s.via <> ''
        ) d
    """,
}
