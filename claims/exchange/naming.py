"""Finds the rows that a file names without a key, and makes keys of those that are new.

A source is found by its name or an alias, a claim by its text, a document by its address, else by
title and day: each whatever the letter case and accents, as search finds them.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from anyascii import anyascii
from django.db.backends.utils import CursorWrapper
from django.utils.text import slugify

from claims.exchange.format import CLAIMS, DOCUMENTS, KEYED, SOURCES, BundleFile
from claimtracker.curated import no_text

LONGEST_KEY = 60
# Between the title and the day of a document without an address.
BESIDE = "\x1f"
TITLED = r"title || E'\x1f' || published"
IN_USE = "merged_into_id IS NULL AND review_state <> 'retired'"


def folded(text: str) -> str:
    """Return the SQL of a text as names are compared."""
    return rf"text_folded(regexp_replace(btrim({text}), '\s+', ' ', 'g'))"


# The SQL of what is compared of a name in the file, and the query of what is here.
NAMES = {
    SOURCES: (
        folded("t"),
        f"SELECT slug, {folded('name')} AS f FROM sources_source WHERE {IN_USE} UNION ALL "
        f"SELECT slug, {folded('a')} FROM sources_source, unnest(aliases) a WHERE {IN_USE}",
    ),
    CLAIMS: (folded("t"), f"SELECT slug, {folded('text')} AS f FROM claims_claim WHERE {IN_USE}"),
    DOCUMENTS: (
        f"CASE WHEN strpos(t, E'\\x1f') > 0 THEN {folded('t')} "
        "ELSE coalesce(document_url_key(t), t) END",
        f"SELECT slug, url_key AS f FROM sources_document WHERE url_key IS NOT NULL AND {IN_USE} "
        # Copies as they are written: keys of all of them would have to be made first.
        "UNION ALL SELECT slug, coalesce(document_url_key(archived_url), archived_url) "
        "FROM sources_document "
        f"WHERE archived_url <> '' AND archived_url IN (SELECT t FROM wanted) AND {IN_USE} "
        f"UNION ALL SELECT slug, {folded(TITLED)} FROM sources_document "
        f"WHERE url = '' AND {IN_USE}",
    ),
}


@dataclass
class Found:
    """What a name means: the key of its row, whether that is new, and the name as first written.

    ``slugs`` has the rows here that it may mean, where they are several; then there is no key.
    """

    key: str
    is_new: bool
    name: str
    slugs: list[str] = field(default_factory=list)

    @property
    def several(self) -> str:
        """Return which rows a name may mean, for whoever has to choose."""
        return ", ".join(self.slugs[:5]) + (", …" if len(self.slugs) > 5 else "")


# Topics of the file that are written otherwise than here, or than first in the file.
NAME_TOPICS = f"""
    WITH named AS MATERIALIZED (
      SELECT o AS name, {folded("o")} AS f, min(s.line) AS line
      FROM bundle_claims s, unnest(s.topics) o GROUP BY o
    ), here AS (
      SELECT {folded("name")} AS f, min(name::text) AS name FROM claims_topic
      GROUP BY 1 HAVING count(*) = 1
    ), meant AS (
      SELECT n.name, coalesce(
        h.name, first_value(n.name) OVER (PARTITION BY n.f ORDER BY n.line, n.name)
      ) AS means
      FROM named n LEFT JOIN here h ON h.f = n.f
      WHERE NOT EXISTS (SELECT FROM claims_topic t WHERE t.name = n.name)
    ), others AS MATERIALIZED (SELECT * FROM meant WHERE means <> name)
    UPDATE bundle_claims s SET topics = (
      SELECT array_agg(DISTINCT coalesce(m.means, o))
      FROM unnest(s.topics) o LEFT JOIN others m ON m.name = o
    )
    WHERE s.topics && (SELECT array_agg(name) FROM others)
"""


def name_topics(cursor: CursorWrapper) -> None:
    """Give the topics of staged claims the names that they have here, whatever the letter case."""
    cursor.execute(NAME_TOPICS)


def find(
    cursor: CursorWrapper, file: BundleFile, names: Collection[str], taken: Iterable[str] = ()
) -> dict[str, Found]:
    """Return what some names mean. ``taken`` are the keys that the file gives other rows.

    What is no text to the database is passed over: it is told where it is read.
    """
    names = [name for name in names if not no_text(name)]
    if not names:
        return {}
    compared, known = NAMES[file]
    cursor.execute(
        f"""
        WITH wanted AS MATERIALIZED (
          SELECT t, n, {compared} AS f FROM unnest(%s::text[]) WITH ORDINALITY w(t, n)
        ), known AS ({known})
        SELECT w.t, w.f, coalesce(
          array_agg(DISTINCT k.slug::text) FILTER (WHERE k.slug IS NOT NULL), '{{}}'
        )
        FROM wanted w LEFT JOIN known k ON k.f = w.f AND w.f <> ''
        GROUP BY w.t, w.f ORDER BY min(w.n)
        """,
        [list(names)],
    )
    found: dict[str, Found] = {}
    meant: dict[str, Found] = {}
    for name, compared_as, slugs in cursor.fetchall():
        if compared_as not in meant:
            key = slugs[0] if len(slugs) == 1 else ""
            meant[compared_as] = Found(key, not slugs, name, sorted(slugs))
        found[name] = meant[compared_as]
    make_keys(cursor, file, {f: one for f, one in meant.items() if one.is_new}, set(taken))
    return found


def make_keys(
    cursor: CursorWrapper, file: BundleFile, new: dict[str, Found], taken: set[str]
) -> None:
    """Give new rows a key that is made of their name, and that no other row has."""
    words = {compared: words_of(one.name) for compared, one in new.items()}
    cursor.execute(
        f"SELECT slug FROM {file.table} WHERE slug = ANY (%s)", [list(set(words.values()))]
    )
    taken = taken | {slug for (slug,) in cursor.fetchall()}
    for compared, one in new.items():
        key = words[compared]
        if not key or key in taken:
            digest = hashlib.sha256(compared.encode()).hexdigest()[:10]
            key = f"{key or file.name.removesuffix('s')}-{digest}"
        taken.add(key)
        one.key = key


def words_of(name: str) -> str:
    """Return a key made of a name; of an address, of its path."""
    plain = name.partition(BESIDE)[0]
    for start in ("https://", "http://", "www."):
        plain = plain.removeprefix(start)
    return slugify(anyascii(plain).replace("/", " ").replace(".", " "))[:LONGEST_KEY].strip("-_")


# The field by which a row without a key is found.
NAMED_BY = {SOURCES: "name", CLAIMS: "text", DOCUMENTS: "url"}
# What a new row is, where the file doesn't say.
KINDS = {SOURCES: "other", CLAIMS: "fact", DOCUMENTS: "other"}
assert set(NAMES) == set(NAMED_BY) == set(KINDS) == set(KEYED)
