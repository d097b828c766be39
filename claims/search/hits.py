"""What is found: claims, quotes, sources and documents that are public, the most relevant first.

Texts are found by their words and the endings of their language, names also as they sound and with
a slip of the pen; the columns ``search`` (sources.0017, claims.0021) hold both.

A claim is also found by the quotes of what was said of it.

Of each kind the CAP rows that were recorded last are weighed, after what is not public was left
out, so that drafts move nothing. That has to stop early where a word is in half of all rows. An
index of words cannot: it names all rows of a word before the first. So each row also has its block
of 4096 ids among its words (search_place). The two newest blocks are looked through first: one row
after the other where the very newest rows show that every few have what is asked for, else by the
index. Where these had many, or a sample of all rows has, which also is a word, the older blocks
follow, from the newest on, until there are enough; else all older rows are asked for at once.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection

from claims.positions.clocks import dates
from claims.search.asked import Asked
from claims.search.words import pieces

# In the order in which equally relevant ones come.
KINDS = ("source", "claim", "statement", "document")
CAP = 500
# Of phrases, as several rows that have the words are read for each that has them side by side.
CAP_OF_PHRASES = 100
# So many in the two newest blocks, or in the sample of one row in 256, are many.
FREQUENT = 16
# So many of the newest rows are every few.
DENSE, LATEST = 10, 64

Row = dict[str, Any]


def asked_in_sql() -> str:
    """Return the common table expression of what is asked for, as each of the indexes has it."""
    # What is given comes out of a table: were it a constant to the planner, it would take every
    # search for one of its own, and plan it anew, which takes longer than to find a rare word.
    return f"""
    given AS MATERIALIZED (
      SELECT %(wanted)s::text AS wanted, %(any_word)s::text AS any_word,
        %(unwanted)s::text AS unwanted, lower(%(language)s::text) AS language,
        %(limit)s::bigint AS most
    ),
    asked AS MATERIALIZED (
      SELECT *, CASE WHEN every::text LIKE '%%<%%' THEN {CAP_OF_PHRASES} ELSE {CAP} END AS cap,
        (every && CASE WHEN unwanted IS NULL THEN '' ELSE !! unwanted END)
          && coalesce(('''@' || language || '''')::tsquery, '') AS texts,
        slips && CASE WHEN unwanted IS NULL THEN '' ELSE !! unwanted END AS names
      FROM (
        SELECT search_query('en', wanted) AS en, search_query('hy', wanted) AS hy,
          search_query('ru', wanted) AS ru, search_query('tr', wanted) AS tr,
          search_query('ar', wanted) AS ar, search_query('zxx', wanted) AS other,
          search_query_in_any(wanted) AS every,
          search_query_in_any(given.unwanted) AS unwanted,
          search_query_of_names(wanted, 'sounds') AS sounds,
          search_query_of_names(wanted, 'slips') AS slips,
          search_query_of_names(any_word, 'slips') AS any_name,
          given.wanted, given.language
        FROM given
      ) q
    )
    """


def in_its_language(alias: str) -> str:
    """Return the SQL of what is asked for, as the language of a row has it."""
    return (
        f"CASE search_language({alias}.language) WHEN 'en' THEN asked.en WHEN 'hy' THEN asked.hy "
        "WHEN 'ru' THEN asked.ru WHEN 'tr' THEN asked.tr WHEN 'ar' THEN asked.ar "
        "ELSE asked.other END"
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

    Of these there are as many as are weighed; ``…_in_all`` has one more where there are more.

    ``query`` is a column of ``asked``; ``columns`` are added to the id. What the row itself says
    is in ``is_public``; ``joins``, each of which keeps a row or drops it, and ``where`` are only
    looked at until there are enough rows.
    """
    asked_for = f"(SELECT {query} FROM asked)"
    last_block = f"(SELECT max(id) >> 12 FROM {table})"
    older = f"((({last_block}) - 1) << 12)"
    is_dense = f"(SELECT so FROM {name}_is_dense)"
    is_frequent = f"(SELECT so FROM {name}_is_frequent)"

    def among(*conditions: str) -> str:
        # OFFSET 0 keeps apart what is done to all of these, and what to one after the other.
        where = " AND ".join([*conditions, is_public])
        return f"(SELECT * FROM {table} t WHERE {where} ORDER BY t.id DESC OFFSET 0)"

    # Two conditions, not one query: the index then leaps from the one to the other.
    in_blocks = among(f"t.search @@ {asked_for}", "t.search @@ p.place")
    # ts_match_vq is @@ without the index, which is slower where every few rows are found.
    walked = among("t.id >= first AND t.id < first + 512", f"ts_match_vq(t.search, {asked_for})")
    return f"""
    {name}_is_dense AS MATERIALIZED (
      SELECT count(*) >= {DENSE} AS so
      FROM (SELECT t.search FROM {table} t ORDER BY t.id DESC LIMIT {LATEST}) t
      WHERE ts_match_vq(t.search, {asked_for})
    ),
    {name}_recent AS MATERIALIZED (
      SELECT t.* FROM generate_series({older} + 7680, {older}, -512) first
      CROSS JOIN LATERAL {walked} t WHERE {is_dense}
      UNION ALL
      SELECT t.* FROM (
        SELECT format('#%%s | #%%s', last, last - 1)::tsquery AS place
        FROM (SELECT {last_block} AS last) b WHERE NOT {is_dense}
      ) p CROSS JOIN LATERAL {in_blocks} t
    ),
    {name}_is_frequent AS MATERIALIZED (
      SELECT (SELECT count(*) >= {FREQUENT} FROM {name}_recent) OR (
        SELECT count(*) >= {FREQUENT} FROM (
          SELECT FROM {table} t WHERE t.search @@ {asked_for} AND t.search @@ '#s'
          LIMIT {FREQUENT}
        ) found
      ) AS so
    ),
    {name}_block AS MATERIALIZED (
      SELECT block, ('#' || block)::tsquery AS place
      FROM generate_series({last_block} - 2, 0, -1) block WHERE {is_frequent}
    ),
    {name}_in_all AS MATERIALIZED (
      SELECT t.id, {columns}
      FROM (
        SELECT * FROM {name}_recent
        UNION ALL
        SELECT t.* FROM (SELECT place FROM {name}_block ORDER BY block DESC) p
        CROSS JOIN LATERAL {in_blocks} t
        UNION ALL
        SELECT t.* FROM (SELECT WHERE NOT {is_frequent}) p
        CROSS JOIN LATERAL {among(f"t.search @@ {asked_for}", f"t.id < {older}")} t
      ) t
      CROSS JOIN asked {joins}
      WHERE {where} LIMIT (SELECT cap + 1 FROM asked)
    ),
    {name} AS MATERIALIZED (
      SELECT * FROM {name}_in_all ORDER BY id DESC LIMIT (SELECT cap FROM asked)
    )
    """


def is_cut(name: str) -> str:
    """Return the SQL of whether ``newest`` found more rows than are weighed."""
    return f"(SELECT count(*) FROM {name}_in_all) > (SELECT cap FROM asked)"


def relevance(query: str, factor: float) -> str:
    """Return the SQL of how relevant a text is, from a half of the factor up to it."""
    return f"{factor} * (0.5 + 0.5 * ts_rank(t.search, {query}, 1))"


# How relevant a name is: above texts where all words are spelt or sound alike, and below them where
# there is a slip of the pen. The more so the less else it has.
NEARNESS = """
CASE WHEN t.aliases = '{}' THEN least(length(t.name), length(asked.wanted))::float
  / greatest(length(t.name), length(asked.wanted), 1)
ELSE (
  SELECT max(least(length(n), length(asked.wanted))::float
    / greatest(length(n), length(asked.wanted), 1))
  FROM unnest(t.name::text || t.aliases::text[]) n
) END"""
NAMED = f"""
CASE WHEN t.search @@ asked.other THEN 0.6 + 0.4 * ({NEARNESS})
  WHEN t.search @@ asked.sounds THEN 0.55 + 0.35 * ({NEARNESS})
  ELSE 0.3 + 0.15 * ({NEARNESS}) END
"""


def claims() -> str:
    own = in_its_language("t")
    worded = newest(
        "worded",
        "claims_claim",
        "texts",
        f"t.slug, '' AS document, {relevance(own, 1)} AS relevance",
        is_public="t.is_public",
        where=f"t.search @@ ({own})",
    )
    # And those of which a quote was found: below the quotes themselves, and below those claims
    # that have the words. Each by the quote that is the most relevant.
    return f"""
    {worded}, claim AS MATERIALIZED (
      SELECT id, slug, document, relevance, NULL::bigint AS citation FROM worded
      UNION ALL
      SELECT c.id, c.slug, '', 0.4 * s.relevance, s.id
      FROM (
        SELECT DISTINCT ON (claim_id) * FROM statement ORDER BY claim_id, relevance DESC, id DESC
      ) s
      CROSS JOIN asked CROSS JOIN LATERAL (
        SELECT * FROM claims_claim WHERE id = s.claim_id AND is_public OFFSET 0
      ) c
      WHERE c.id NOT IN (SELECT id FROM worded)
        AND (asked.unwanted IS NULL OR NOT c.search @@ asked.unwanted)
        AND (asked.language IS NULL OR lower(c.language) = asked.language)
    )
    """


def statements() -> str:
    own = f"({in_its_language('t')}) || CASE WHEN t.translation <> '' THEN asked.en ELSE '' END"
    return newest(
        "statement",
        "claims_citation",
        "texts",
        f"s.slug, d.slug AS document, {relevance(own, 0.9)} AS relevance, s.claim_id",
        is_public="true",
        # A published statement has a published claim and source.
        joins="""
          CROSS JOIN LATERAL (
            SELECT slug, claim_id FROM claims_statement
            WHERE id = t.statement_id AND is_public OFFSET 0
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
          AND (asked.language IS NULL OR lower(t.language) = asked.language)
        ORDER BY t.id DESC LIMIT {CAP} + 1
      ) of_publisher LIMIT {CAP} + 1
    ), document AS MATERIALIZED (
      SELECT id, slug, document, max(relevance) AS relevance
      FROM (
        SELECT * FROM titled UNION ALL (SELECT * FROM published LIMIT {CAP})
      ) either
      GROUP BY id, slug, document
    )
    """


# What is found by another kind stands after that.
FOUND = {"source": sources, "statement": statements, "claim": claims, "document": documents}
# What else each is found by, and so has to be found before it.
BY = {"document": "source", "claim": "statement"}


def more_of(kind: str) -> str:
    """Return the SQL of whether there are more of a kind than those that are put in order."""
    if kind == "claim":
        return f"({is_cut('worded')} OR {is_cut('statement')})"
    if kind == "document":
        return (
            f"({is_cut('titled')} OR {is_cut('source')} "
            f"OR (SELECT count(*) FROM published) > {CAP})"
        )
    return is_cut(kind)


# What is told of a row of a page, ``p``, and the words of its texts that were found.
TOLD = {
    "source": """
      SELECT o.name, o.aliases, json_build_object(
        'name', search_marked_names(ARRAY[o.name::text], asked.any_name),
        'aliases', CASE WHEN o.aliases <> '{}' THEN
          search_marked_names(o.aliases::text[], asked.any_name) END
      ) AS found
      FROM sources_source o CROSS JOIN asked WHERE o.id = p.id
    """,
    "claim": f"""
      SELECT c.text, c.language, s.slug AS statement, t.quote, t.translation,
        json_build_object(
          'text', search_marked(c.language, c.text, {in_its_language("c")}),
          'quote', search_marked(t.language, t.quote, {in_its_language("t")}),
          'translation', search_marked('en', t.translation, asked.en)
        ) AS found
      FROM claims_claim c CROSS JOIN asked LEFT JOIN claims_citation t ON t.id = p.citation
      LEFT JOIN claims_statement s ON s.id = t.statement_id WHERE c.id = p.id
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


@dataclass
class Hits:
    """What is found of some kinds, the most relevant first; a page of it is one query."""

    asked: Asked
    kinds: Collection[str]
    language: str | None
    # Of each kind, the address below which its rows are.
    sites: dict[str, str]
    # Known once a page was read: whether a kind has more rows than are put in order, and of how
    # many that is.
    more: dict[str, bool] = field(default_factory=dict)
    cap: int = CAP

    key = ("below", "place", "slug", "document")

    def keyed(
        self, *, after: list[Any] | None, descending: bool, limit: int
    ) -> list[tuple[Row, list[Any]]]:
        """Return the first hits beyond a key, each with its own key."""
        # What has no language is not in one.
        kinds = [kind for kind in KINDS if kind in self.kinds]
        if self.language is not None and "source" in kinds:
            kinds.remove("source")
        self.more = {kind: False for kind in KINDS if kind in self.kinds}
        if not kinds:
            return []
        values = {f"key_{n}": value for n, value in enumerate(after or [])}
        with connection.prepared_cursor() as cursor:
            cursor.execute(
                query(tuple(kinds), is_beyond=bool(after), descending=descending),
                {**self.asked.parameters(), "language": self.language, "limit": limit, **values},
            )
            found = []
            for kind, slug, row, key, more, self.cap in cursor:
                self.more |= more
                found.append((self.told(kind, slug, row), key))
            return found

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
    needed = {*kinds} | {BY[kind] for kind in kinds if kind in BY}
    found = [FOUND[kind]() for kind in FOUND if kind in needed]
    more = ", ".join(f"'{kind}', {more_of(kind)}" for kind in kinds)
    hits = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {place} AS place, id, slug, document, "
        f"{'citation' if kind == 'claim' else 'NULL::bigint'} AS citation, "
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
    WITH {asked_in_sql()}, {", ".join(found)},
    page AS MATERIALIZED (
      SELECT * FROM ({hits}) p WHERE {beyond}
      ORDER BY {", ".join(f"{name} {turn}" for name in key)} LIMIT (SELECT most FROM given)
    )
    SELECT p.kind, p.slug, CASE p.kind {told} END,
      json_build_array({", ".join(key)}), json_build_object({more}), (SELECT cap FROM asked)
    FROM page p ORDER BY {", ".join(f"{name} {turn}" for name in key)}
    """
