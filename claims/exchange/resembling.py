"""Which sources and claims of an import may be here already under another key."""

from collections.abc import Callable, Iterator

from django.db.backends.utils import CursorWrapper

from claims.exchange.format import CLAIMS, SOURCES, BundleFile, shown
from claims.exchange.problems import Problems
from claims.likeness import known_claims, known_sources

# So many pairs are held against each other closely. Beyond them only what is the same but for
# letter case, accents and punctuation is found, which the database joins.
CLOSELY = 1_000_000
CODES = {SOURCES: ("like_source", "name"), CLAIMS: ("like_claim", "text")}
NOUNS = {SOURCES: "source", CLAIMS: "claim"}


def ask_about_likenesses(cursor: CursorWrapper, problems: Problems) -> None:
    """Ask about new sources and claims that are named like others, here or in the same file."""
    for file, (code, column) in CODES.items():
        new = f"{file.staged} s JOIN {file.staged}_todo t ON t.line = s.line AND t.deed = 'new'"
        told = set()
        for line, text, place in [
            *_same(cursor, file, column, new, problems.where),
            *_near(cursor, file, new),
        ]:
            if line not in told:
                told.add(line)
                message = f"{shown(text)} is like the {NOUNS[file]} {place}."
                problems.ask(code, file.name, line, column, message)


def _same(
    cursor: CursorWrapper,
    file: BundleFile,
    column: str,
    new: str,
    where: Callable[[str, int], str],
) -> Iterator[tuple[int, str, str]]:
    """Yield new rows whose text is the same as another's but for what folding drops."""
    cursor.execute(
        f"""
        WITH brought AS MATERIALIZED (
          SELECT s.line, s.key, s.{column} AS said, {_folded(f"s.{column}")} AS folded FROM {new}
        )
        SELECT b.line, b.said, x.slug, NULL FROM brought b
        JOIN {file.table} x ON {_folded(f"x.{column}")} = b.folded
        WHERE x.merged_into_id IS NULL AND x.slug <> b.key AND b.folded <> ''
          AND NOT EXISTS (SELECT FROM {file.staged} s WHERE s.key = x.slug)
        UNION ALL
        SELECT line, said, first_key, first_line FROM (
          SELECT line, said, first_value(key) OVER same AS first_key,
            first_value(line) OVER same AS first_line
          FROM brought WHERE folded <> '' WINDOW same AS (PARTITION BY folded ORDER BY line)
        ) twins WHERE first_line < line
        ORDER BY 1
        """
    )
    for line, said, key, first in cursor.fetchall():
        place = f"{key} of {where(file.name, first)}" if first else f"{key}, which is here"
        yield line, said, place


def _folded(column: str) -> str:
    return f"btrim(regexp_replace(search_text({column}), '\\s+', ' ', 'g'))"


def _near(cursor: CursorWrapper, file: BundleFile, new: str) -> Iterator[tuple[int, str, str]]:
    """Yield new rows that are nearly the same as one that is here, where they are few."""
    column = CODES[file][1]
    cursor.execute(f"SELECT count(*) FROM {new}")
    (brought,) = cursor.fetchone()
    if not brought:
        return
    cursor.execute(f"SELECT count(*) FROM {file.table}")
    (here,) = cursor.fetchone()
    if not here or brought * here > CLOSELY:
        return
    cursor.execute(f"SELECT s.line, s.{column}, s.kind FROM {new} ORDER BY s.line")
    rows = cursor.fetchall()
    sources = known_sources() if file is SOURCES else None
    claims = None if sources else known_claims()
    for line, text, kind in rows:
        near = sources.near(text) if sources else claims.near(text, kind=kind) if claims else []
        if near:
            key = file.model._base_manager.values_list("slug", flat=True).get(pk=near[0].pk)
            yield line, text, f"{key}, which is here"
