"""What is found: claims, quotes, sources and documents that are public, the most relevant first.

Texts are found by their words and the endings of their language, names also as they sound and with
a slip of the pen; the columns ``search`` (sources.0017, claims.0021) hold both.

Of each kind the CAP rows that were recorded last are weighed, after what is not public was left
out, so that drafts move nothing. That has to stop early where a word is in half of all rows. An
index of words cannot: it names all rows of a word before the first. So each row also has its block
of 4096 ids among its words (search_place), and a frequent word is looked for block by block, from
the newest on, until there are enough. A rare one is asked for at once. Which it is, the newest
blocks tell, or else a sample of all, which also is a word.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from claims.positions.clocks import dates
from claims.search.asked import Asked
from claims.search.words import pieces

# In the order in which equally relevant ones come.
KINDS = ("source", "claim", "statement", "document")
CAP = 500
# So many in the two newest blocks, or in the sample of one row in 256, are many.
FREQUENT = 16

Row = dict[str, Any]

ASKED = """
asked AS MATERIALIZED (
  SELECT *, (every && CASE WHEN unwanted IS NULL THEN '' ELSE !! unwanted END)
    && coalesce(('''@' || lower(%(language)s::text) || '''')::tsquery, '') AS texts,
    slips && CASE WHEN unwanted IS NULL THEN '' ELSE !! unwanted END AS names
  FROM (
    SELECT search_query('en', %(wanted)s) AS en, search_query('hy', %(wanted)s) AS hy,
      search_query('ru', %(wanted)s) AS ru, search_query('tr', %(wanted)s) AS tr,
      search_query('zxx', %(wanted)s) AS other, search_query_in_any(%(wanted)s) AS every,
      search_query_in_any(%(unwanted)s) AS unwanted,
      search_query_of_names(%(wanted)s, 'sounds') AS sounds,
      search_query_of_names(%(wanted)s, 'slips') AS slips,
      search_query_of_names(%(any_word)s, 'slips') AS any_name
  ) q
)
"""


def in_its_language(alias: str) -> str:
    """Return the SQL of what is asked for, as the language of a row has it."""
    return (
        f"CASE search_language({alias}.language) WHEN 'en' THEN asked.en WHEN 'hy' THEN asked.hy "
        "WHEN 'ru' THEN asked.ru WHEN 'tr' THEN asked.tr ELSE asked.other END"
    )


def newest(
    name: str,
    table: str,
    query: str,
    columns: str,
    *,
    is_public: str,
    joins: str = "",
    where: str = "true",
) -> str:
    """Return common table expressions of the newest public rows ``t`` that a query finds.

    ``query`` is a column of ``asked``; ``columns`` are added to the id. What the row itself says
    is in ``is_public``; ``joins``, each of which keeps a row or drops it, and ``where`` are only
    looked at until there are enough rows.
    """
    asked_for = f"(SELECT {query} FROM asked)"
    last_block = f"(SELECT max(id) >> 12 FROM {table})"

    def many(place: str) -> str:
        return (
            f"(SELECT count(*) >= {FREQUENT} FROM (SELECT FROM {table} t "
            f"WHERE t.search @@ ({asked_for} && {place}) LIMIT {FREQUENT}) found)"
        )

    newest_blocks = f"format('#%%s | #%%s', {last_block}, {last_block} - 1)::tsquery"
    # OFFSET 0 keeps apart what is done to all of a block, and what to one row after the other.
    return f"""
    {name}_is_frequent AS MATERIALIZED (
      SELECT {many(newest_blocks)} OR {many("'#s'")} AS so
    ),
    {name}_probe AS MATERIALIZED (
      SELECT {asked_for} AS probe, 0 AS turn WHERE NOT (SELECT so FROM {name}_is_frequent)
      UNION ALL
      SELECT {asked_for} && ('#' || block)::tsquery, -block
      FROM generate_series({last_block}, 0, -1) block
      WHERE (SELECT so FROM {name}_is_frequent)
    ),
    {name} AS MATERIALIZED (
      SELECT t.id, {columns}
      FROM (SELECT probe FROM {name}_probe ORDER BY turn) p
      CROSS JOIN asked
      CROSS JOIN LATERAL (
        SELECT * FROM {table} t WHERE t.search @@ p.probe AND {is_public}
        ORDER BY t.id DESC OFFSET 0
      ) t {joins}
      WHERE {where} LIMIT {CAP}
    )
    """


def relevance(query: str, factor: float) -> str:
    """Return the SQL of how relevant a text is, from a half of the factor up to it."""
    return f"{factor} * (0.5 + 0.5 * ts_rank(t.search, {query}, 1))"


# How relevant a name is: above texts where all words are spelt or sound alike, and below them where
# there is a slip of the pen. The more so the less else it has.
NEARNESS = """(
  SELECT max(least(length(n), length(%(wanted)s))::float
    / greatest(length(n), length(%(wanted)s), 1))
  FROM unnest(t.name::text || t.aliases::text[]) n
)"""
NAMED = f"""
CASE WHEN t.search @@ asked.other THEN 0.6 + 0.4 * {NEARNESS}
  WHEN t.search @@ asked.sounds THEN 0.55 + 0.35 * {NEARNESS}
  ELSE 0.3 + 0.15 * {NEARNESS} END
"""


def claims() -> str:
    own = in_its_language("t")
    return newest(
        "claim",
        "claims_claim",
        "texts",
        f"t.slug, '' AS document, {relevance(own, 1)} AS relevance",
        is_public="t.is_public",
        where=f"t.search @@ ({own})",
    )


def statements() -> str:
    own = f"({in_its_language('t')}) || CASE WHEN t.translation <> '' THEN asked.en ELSE '' END"
    return newest(
        "statement",
        "claims_citation",
        "texts",
        f"s.slug, d.slug AS document, {relevance(own, 0.9)} AS relevance",
        is_public="true",
        # A published statement has a published claim and source.
        joins="""
          CROSS JOIN LATERAL (
            SELECT slug FROM claims_statement WHERE id = t.statement_id AND is_public OFFSET 0
          ) s CROSS JOIN LATERAL (
            SELECT slug FROM sources_document WHERE id = t.document_id AND is_public OFFSET 0
          ) d
        """,
        where=f"t.search @@ ({own})",
    )


def sources() -> str:
    return newest(
        "source",
        "sources_source",
        "names",
        f"t.slug, '' AS document, {NAMED} AS relevance",
        is_public="t.is_public",
    )


def documents() -> str:
    own = in_its_language("t")
    titled = newest(
        "titled",
        "sources_document",
        "texts",
        f"t.slug, '' AS document, {relevance(own, 0.95)} AS relevance",
        is_public="t.is_public",
        where=f"t.search @@ ({own})",
    )
    # What sources of that name published: of those named most like it first.
    return f"""
    {titled}, published AS MATERIALIZED (
      SELECT of_publisher.* FROM (
        SELECT * FROM source ORDER BY relevance DESC, slug
      ) p CROSS JOIN LATERAL (
        SELECT t.id, t.slug, '' AS document, 0.25 + 0.2 * p.relevance AS relevance
        FROM sources_document t CROSS JOIN asked
        WHERE t.publisher_id = p.id AND t.is_public
          AND (asked.unwanted IS NULL OR NOT t.search @@ asked.unwanted)
          AND (%(language)s::text IS NULL OR lower(t.language) = lower(%(language)s))
        ORDER BY t.id DESC LIMIT {CAP}
      ) of_publisher LIMIT {CAP}
    ), document AS MATERIALIZED (
      SELECT id, slug, document, max(relevance) AS relevance
      FROM (SELECT * FROM titled UNION ALL SELECT * FROM published) either
      GROUP BY id, slug, document
    )
    """


FOUND = {"source": sources, "claim": claims, "statement": statements, "document": documents}
# What is told of a row of a page, ``p``, and the words of its texts that were found.
TOLD = {
    "source": """
      SELECT o.name, o.aliases, json_build_object(
        'name', search_marked_names(ARRAY[o.name::text], asked.any_name),
        'aliases', search_marked_names(o.aliases::text[], asked.any_name)
      ) AS found
      FROM sources_source o CROSS JOIN asked WHERE o.id = p.id
    """,
    "claim": f"""
      SELECT c.text, c.language,
        json_build_object('text', search_marked(c.language, c.text, {in_its_language("c")}))
          AS found
      FROM claims_claim c CROSS JOIN asked WHERE c.id = p.id
    """,
    "statement": f"""
      SELECT c.slug AS claim, c.text AS claim_text, o.slug AS source, o.name, s.stance,
        {dates("said", "s")}, d.slug AS document, d.title, h.slug AS publisher,
        t.quote, t.language, t.translation,
        json_build_object(
          'quote', search_marked(t.language, t.quote, {in_its_language("t")}),
          'translation', search_marked('en', t.translation, asked.en)
        ) AS found
      FROM claims_citation t CROSS JOIN asked JOIN claims_statement s ON s.id = t.statement_id
      JOIN claims_claim c ON c.id = s.claim_id JOIN sources_source o ON o.id = s.source_id
      JOIN sources_document d ON d.id = t.document_id
      LEFT JOIN sources_source h ON h.id = d.publisher_id AND h.is_public
      WHERE t.id = p.id
    """,
    "document": f"""
      SELECT d.title, d.language, h.slug AS publisher, h.name AS publisher_name,
        {dates("published", "d")},
        json_build_object(
          'title', search_marked(d.language, d.title, {in_its_language("d")}),
          'publisher_name', search_marked_names(ARRAY[h.name::text], asked.any_name)
        ) AS found
      FROM sources_document d CROSS JOIN asked
      LEFT JOIN sources_source h ON h.id = d.publisher_id AND h.is_public
      WHERE d.id = p.id
    """,
}


@dataclass(frozen=True)
class Hits:
    """What is found of some kinds, the most relevant first; a page of it is one query."""

    asked: Asked
    kinds: Collection[str]
    language: str | None
    # Of each kind, the address below which its rows are.
    sites: dict[str, str]

    key = ("below", "place", "slug", "document")

    def keyed(
        self, *, after: list[Any] | None, descending: bool, limit: int
    ) -> list[tuple[Row, list[Any]]]:
        """Return the first hits beyond a key, each with its own key."""
        # What has no language is not in one.
        kinds = [kind for kind in KINDS if kind in self.kinds]
        if self.language is not None and "source" in kinds:
            kinds.remove("source")
        if not kinds:
            return []
        values = {f"key_{n}": value for n, value in enumerate(after or [])}
        with connection.prepared_cursor() as cursor:
            cursor.execute(
                query(tuple(kinds), is_beyond=bool(after), descending=descending),
                {**self.asked.parameters(), "language": self.language, "limit": limit, **values},
            )
            return [(self.told(kind, slug, row), key) for kind, slug, row, key in cursor]

    def told(self, kind: str, slug: str, row: Row) -> Row:
        found = row.pop("found")
        highlight = [
            {"field": name, "pieces": cut}
            for name, marked in found.items()
            for text in (row[name] if isinstance(row[name], list) else [row[name]])
            if (cut := pieces(text or "", marked or ""))
        ]
        url = f"{self.sites[kind]}{slug}/"
        return {"kind": kind, "slug": slug, "url": url, **row, "highlight": highlight}


@cache
def query(kinds: tuple[str, ...], *, is_beyond: bool, descending: bool) -> str:
    """Return the query of a page of hits of these kinds, in the order of KINDS."""
    # A document is also found by its publisher.
    needed = dict.fromkeys(["source", *kinds] if "document" in kinds else kinds)
    hits = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {place} AS place, id, slug, document, "
        f"-round(1000000 * relevance)::int AS below FROM {kind}"
        for place, kind in enumerate(KINDS)
        if kind in kinds
    )
    key = [f"p.{name}" for name in Hits.key]
    turn, sign = ("DESC", "<") if descending else ("ASC", ">")
    places = ", ".join(f"%(key_{n})s" for n in range(len(key)))
    beyond = f"({', '.join(key)}) {sign} ({places})" if is_beyond else "true"
    told = " ".join(
        f"WHEN '{kind}' THEN (SELECT row_to_json(r) FROM ({TOLD[kind]}) r)" for kind in kinds
    )
    return f"""
    WITH {ASKED}, {", ".join(FOUND[kind]() for kind in needed)},
    page AS MATERIALIZED (
      SELECT * FROM ({hits}) p WHERE {beyond}
      ORDER BY {", ".join(f"{name} {turn}" for name in key)} LIMIT %(limit)s
    )
    SELECT p.kind, p.slug, CASE p.kind {told} END,
      json_build_array({", ".join(key)})
    FROM page p ORDER BY {", ".join(f"{name} {turn}" for name in key)}
    """
