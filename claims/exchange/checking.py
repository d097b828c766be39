"""Checks what was staged, a whole table at a time, before anything is written.

The rules of a row are not repeated here: they are the check constraints of its table, asked of
the staged rows. Each check notes all lines that it finds.
"""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from claims import rewording, untrusted
from claims.exchange import doubts
from claims.exchange.difference import SYMMETRIC
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
    shown,
)
from claims.exchange.nearest import did_you_mean
from claims.exchange.problems import Problems
from claims.exchange.resembling import ask_about_likenesses
from claims.models import NOT_A_DEMAND_MESSAGE, Citation
from claims.models.choices import why_not_related
from claims.models.rewording import Reworded
from claims.reading import FoldedText
from sources.doubts import REASONS
from sources.models import CYCLE_MESSAGE, Document

# For so many unknown keys the nearest known one is looked for.
GUESSES = 20
# Documents whose texts are held while quotes are looked for in them.
READ_AT_ONCE = 4
NOUN = {SOURCES.name: "source", DOCUMENTS.name: "document", CLAIMS.name: "claim"}
ORDER_HINT = ' Where the source spoke on the claim twice that day, say with "order" what was first.'


class Checks:
    """The checks of one import, and the problems that they find."""

    def __init__(self, cursor: CursorWrapper, problems: Problems, publishes: bool = True) -> None:
        self.cursor = cursor
        self.problems = problems
        self.publishes = publishes
        self.guesses = 0

    def run(self) -> None:
        for file in ALL:
            self.references(file)
        for file in (*KEYED, STATEMENTS):
            self.keys_stand_once(file)
        self.affiliations_stand_once()
        self.relations_stand_once()
        self.cursor.execute(DATES)
        for file in ALL:
            self.constraints(file)
        self.what_is_published()
        self.proposals()
        self.moods()
        self.wordings()
        self.via()
        self.quotes_in_doubt()
        self.periods()
        self.circles()
        ask_about_likenesses(self.cursor, self.problems)
        doubts.ask(self.cursor, self.problems)

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that begins with the line and the item, in their order."""
        # All of them, as a frequent mistake must not hide a rare one; a few at a time in memory.
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT found.* FROM ({query}) found ORDER BY 1, 2")
            yield from cursor

    def note(self, file: BundleFile, found: Iterable[tuple[int, str, str]]) -> None:
        """Note the line, field and message of problems, on lines that were right so far."""
        already = self.problems.lines_of(file.name)
        for line, field, message in found:
            if line not in already:
                self.problems.add(file.name, line, field, message.rstrip("."))

    def references(self, file: BundleFile) -> None:
        for field in file.references:
            item = "s.item" if file is CITATIONS else "0"
            keys = f"bundle_{field.refers_to}_keys"
            # The keys are few; the lines are looked for where one of them is unknown.
            self.cursor.execute(f"SELECT EXISTS (SELECT FROM {keys} WHERE id IS NULL)")
            if not self.cursor.fetchone()[0]:
                continue
            found = self.rows(
                f"SELECT s.line, {item} AS item, k.key FROM {file.staged} s "
                f"JOIN {keys} k ON k.key = s.{field.column} WHERE k.id IS NULL"
            )
            self.note(
                within(file),
                (
                    (line, name_of(file, field, item), self.unknown(key, field))
                    for line, item, key in found
                ),
            )

    def unknown(self, key: str, field: Field) -> str:
        noun = NOUN[field.refers_to]
        message = f"{shown(key)} is no {noun} of the bundle or the database."
        self.guesses += 1
        return message + (self.guess(key, field.refers_to) if self.guesses <= GUESSES else "")

    def guess(self, key: str, name: str) -> str:
        file = next(one for one in KEYED if one.name == name)
        # Two ends of the key narrow them down: comparing with a million is slow.
        start, end = key[:3], key[-3:]
        self.cursor.execute(
            f"""
            SELECT key FROM (
              SELECT key FROM {file.staged}
              UNION SELECT slug FROM {file.table}
            ) known
            WHERE abs(length(key) - %s) <= 3 AND (left(key, 3) = %s OR right(key, 3) = %s)
            ORDER BY abs(length(key) - %s) + (left(key, 3) <> %s)::int + (right(key, 3) <> %s)::int,
              key
            LIMIT 200
            """,
            [len(key), start, end, len(key), start, end],
        )
        return did_you_mean(key, [known for (known,) in self.cursor.fetchall()])

    def keys_stand_once(self, file: BundleFile) -> None:
        found = self.rows(
            f"SELECT s.line, 0, s.key, first.line AS first_line FROM {file.staged} s JOIN ("
            f"SELECT key, min(line) AS line FROM {file.staged} WHERE key <> '' "
            "GROUP BY key HAVING count(*) > 1) first ON first.key = s.key AND first.line < s.line"
        )
        hint = ORDER_HINT if file is STATEMENTS else ""
        at = partial(self.problems.where, file.name)
        self.note(
            file,
            (
                (line, "key", f"{shown(key)} stands already on {at(first)}.{hint}")
                for line, _, key, first in found
            ),
        )

    def affiliations_stand_once(self) -> None:
        found = self.rows(
            "SELECT line, first FROM (SELECT line, min(line) OVER ("
            "PARTITION BY member, body, role, since) AS first "
            "FROM bundle_affiliations WHERE member <> '' AND body <> '') s WHERE first < line"
        )
        at = partial(self.problems.where, AFFILIATIONS.name)
        self.note(AFFILIATIONS, ((line, "", twin(at(first))) for line, first in found))

    def relations_stand_once(self) -> None:
        found = self.rows(
            f"""
            SELECT line, first FROM (
              SELECT line, min(line) OVER (
                PARTITION BY kind,
                  CASE WHEN kind IN ({SYMMETRIC})
                    THEN least(from_claim, to_claim) ELSE from_claim END,
                  CASE WHEN kind IN ({SYMMETRIC})
                    THEN greatest(from_claim, to_claim) ELSE to_claim END
              ) AS first
              FROM bundle_relations WHERE kind <> '' AND from_claim <> '' AND to_claim <> ''
            ) s WHERE first < line
            """
        )
        at = partial(self.problems.where, RELATIONS.name)
        self.note(RELATIONS, ((line, "", twin(at(first))) for line, first in found))

    def constraints(self, file: BundleFile) -> None:
        """Ask the check constraints of a table of the rows that are staged for it."""
        columns, query = rows_to_check(file)
        self.cursor.execute(
            """
            SELECT c.conname, pg_get_expr(c.conbin, c.conrelid), array_agg(a.attname::text)
            FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'c' AND c.conrelid = %s::regclass
            GROUP BY 1, 2 ORDER BY 1
            """,
            [file.table],
        )
        # Not those of what an import sets itself: the slug, the version, the review state.
        rules = [rule for rule in self.cursor.fetchall() if set(rule[2]) <= columns]
        broken = ", ".join(
            f"CASE WHEN ({sql}) IS FALSE THEN '{name}' END" for name, sql, _ in rules
        )
        found = self.rows(
            f"""
            SELECT line, item, rule, row_values FROM (
              SELECT line, item, to_jsonb(checked) AS row_values,
                array_remove(ARRAY[{broken}], NULL) AS broken
              FROM ({query}) checked
              WHERE ({" AND ".join(f"({sql})" for _, sql, _ in rules)}) IS FALSE
            ) rows, unnest(broken) rule
            """
        )
        only_of = {name: only for name, _, only in rules}
        self.note(
            within(file),
            (
                (line, *say(file, item, rule, only_of[rule], values))
                for line, item, rule, values in found
            ),
        )

    def what_is_published(self) -> None:
        """A statement that is published, by this import or already, has a claim and a source so."""
        published = (
            ""
            if self.publishes
            else (f"JOIN {STATEMENTS.table} x ON x.id = t.id AND x.review_state = 'published' ")
        )
        put_it_in = PUT_IT_IN if self.publishes else ""
        for field in STATEMENTS.references:
            noun = NOUN[field.refers_to]
            keys = f"bundle_{field.refers_to}_keys"
            self.cursor.execute(
                f"SELECT EXISTS (SELECT FROM {keys} WHERE NOT is_public AND id IS NOT NULL)"
            )
            if not self.cursor.fetchone()[0]:
                continue
            found = self.rows(
                f"SELECT s.line, 0, k.key, k.review_state FROM bundle_statements s "
                f"JOIN {keys} k ON k.key = s.{field.column} "
                "JOIN bundle_statements_todo t ON t.line = s.line AND t.deed <> 'left' "
                f"{published}WHERE NOT k.is_public AND k.id IS NOT NULL"
            )
            self.note(
                STATEMENTS,
                (
                    (
                        line,
                        field.name,
                        f"{shown(key)} is {STATE_WORDS[state]} in the database. Publish that "
                        f"{noun} first{put_it_in if state != 'retired' else ''}: "
                        f"a published statement has a published {noun}",
                    )
                    for line, _, key, state in found
                ),
            )

    def proposals(self) -> None:
        found = self.rows(
            "SELECT s.line, 0 FROM bundle_statements s "
            "JOIN bundle_claims_keys k ON k.key = s.claim AND k.kind <> 'demand' "
            "JOIN bundle_statements_todo t ON t.line = s.line AND t.deed <> 'left' "
            "WHERE s.denies_what = 'proposal'"
        )
        self.note(STATEMENTS, ((line, "denies_what", NOT_A_DEMAND_MESSAGE) for line, _ in found))
        # Claims that stop being a demand, while statements that are not in the bundle deny it.
        found = self.rows(
            "SELECT s.line, 0 FROM bundle_claims s "
            "JOIN bundle_claims_todo t ON t.line = s.line AND 'kind' = ANY (t.fields) "
            "WHERE s.kind <> 'demand' AND EXISTS (SELECT FROM claims_statement x "
            "WHERE x.claim_id = t.id AND x.denies_what = 'proposal' AND NOT EXISTS ("
            "SELECT FROM bundle_statements_todo y WHERE y.id = x.id AND y.deed = 'changed'))"
        )
        message = "a denial of it here denies the proposal, which only a demand makes"
        self.note(CLAIMS, ((line, "kind", message) for line, _ in found))

    def moods(self) -> None:
        """A relation is between claims of one mood, also after their kinds change."""
        kind = "coalesce({key}.kind, {claim}.kind)"
        found = self.rows(
            "SELECT s.line, 0, s.kind, f.kind AS from_kind, g.kind AS to_kind "
            "FROM bundle_relations s "
            "JOIN bundle_claims_keys f ON f.key = s.from_claim "
            "JOIN bundle_claims_keys g ON g.key = s.to_claim "
            "JOIN bundle_relations_todo t ON t.line = s.line AND t.deed <> 'left' "
            "WHERE NOT is_within_one_mood(s.kind, f.kind, g.kind)"
        )
        self.note(
            RELATIONS,
            [(line, "kind", why_not_related(*kinds)) for line, _, *kinds in found],
        )
        # Claims that change their kind, while relations that aren't in the bundle rest on it.
        after = "(SELECT id, min(kind) AS kind FROM bundle_claims_keys GROUP BY id)"
        a, b = (kind.format(key=key, claim=claim) for key, claim in (("f", "a"), ("g", "b")))
        found = self.rows(
            f"SELECT s.line, 0, x.kind, {a} AS from_kind, {b} AS to_kind, "
            "CASE WHEN x.from_claim_id = t.id THEN b.text ELSE a.text END AS other "
            "FROM bundle_claims s "
            "JOIN bundle_claims_todo t ON t.line = s.line AND 'kind' = ANY (t.fields) "
            "JOIN claims_relation x ON t.id IN (x.from_claim_id, x.to_claim_id) "
            "JOIN claims_claim a ON a.id = x.from_claim_id "
            "JOIN claims_claim b ON b.id = x.to_claim_id "
            f"LEFT JOIN {after} f ON f.id = a.id LEFT JOIN {after} g ON g.id = b.id "
            f"WHERE NOT is_within_one_mood(x.kind, {a}, {b})"
        )
        self.note(
            CLAIMS,
            [
                (
                    line,
                    "kind",
                    f"This claim has a relation ({kinds[0]}) with “{other}”. "
                    f"Delete it before you change the kind. {why_not_related(*kinds)}",
                )
                for line, _, *kinds, other in found
            ],
        )

    def wordings(self) -> None:
        """Ask where a claim's text comes to say something else than what statements stand on."""
        found = rewording.importing(self.cursor)
        for line, wording, statements, why in found:
            if why and self.problems.answers.reworded == Reworded.REVERSE:
                self.problems.add(CLAIMS.name, line, "text", why.rstrip("."))
            message = rewording.question(wording, statements).rstrip(".")
            self.problems.ask(rewording.CODE, CLAIMS.name, line, "text", message)

    def via(self) -> None:
        found = self.rows(
            "SELECT s.line, s.item, s.via FROM bundle_citations s "
            "JOIN bundle_citations_todo t ON t.line = s.line AND t.item = s.item "
            "WHERE s.via <> '' AND NOT t.via_is_cited"
        )
        self.note(
            STATEMENTS,
            (
                (
                    line,
                    f"citations[{item}].via",
                    f"{shown(via)} is no document that this statement cites",
                )
                for line, item, via in found
            ),
        )

    def quotes_in_doubt(self) -> None:
        """Ask about new quotes from pages whose stored text may differ from the document."""
        if not Document.objects.exclude(doubts="").exists():
            return  # as in most trackers, whose imports need not wait for the joins below
        found = self.rows(
            "SELECT s.line, s.item, s.quote, s.prefix, s.suffix, x.id, x.slug "
            "FROM bundle_citations s "
            "JOIN bundle_statements_todo y ON y.line = s.line AND y.deed <> 'left' "
            "JOIN bundle_documents_keys k ON k.key = s.document "
            "JOIN sources_document x ON x.id = k.id AND x.doubts <> '' "
            "LEFT JOIN bundle_citations_todo t ON t.line = s.line AND t.item = s.item "
            "WHERE s.quote <> '' AND (t.line IS NULL OR t.deed = 'new' OR 'quote' = ANY (t.fields))"
        )

        @lru_cache(READ_AT_ONCE)
        def read(key: int) -> tuple[Document, FoldedText]:
            document = Document.objects.get(pk=key)
            return document, FoldedText(document.text)

        for line, item, quote, prefix, suffix, document_id, slug in found:
            document, text = read(document_id)
            citation = Citation(document=document, quote=quote, prefix=prefix, suffix=suffix)
            if why := untrusted.doubt_about(citation, text):
                self.problems.ask(
                    untrusted.CODE,
                    STATEMENTS.name,
                    line,
                    f"citations[{item}].quote",
                    f"It is from a page of {shown(slug)} whose text may differ from the document "
                    f"({REASONS[why]})",
                )

    def periods(self) -> None:
        """Two periods of one member in one role of a body do not certainly overlap."""
        self.cursor.execute(AFFILIATIONS_AFTER)
        found = self.rows(
            """
            SELECT a.line, coalesce(b.line, 0), b.since, b.until
            FROM bundle_affiliations_after a
            JOIN bundle_affiliations_after b ON b.member_id = a.member_id AND b.body_id = a.body_id
              AND b.role = a.role AND b.id <> a.id AND b.certainly && a.certainly
            WHERE a.line IS NOT NULL AND (b.line IS NULL OR b.line < a.line)
            """
        )
        at = partial(self.problems.where, AFFILIATIONS.name)
        self.note(
            AFFILIATIONS,
            (
                (
                    line,
                    "since",
                    "the period overlaps with "
                    + (f"that of {at(other)}" if other else f"one here ({since}/{until})")
                    + ". End the earlier one first, or correct the dates",
                )
                for line, other, since, until in found
            ),
        )

    def circles(self) -> None:
        """No member is above its body and below it on one day."""
        self.cursor.execute("SELECT EXISTS (SELECT FROM bundle_affiliations_after WHERE is_new)")
        if not self.cursor.fetchone()[0]:
            return
        found = self.rows(
            """
            SELECT DISTINCT line, 0 FROM (
              WITH RECURSIVE above(line, start, at, days) AS (
                SELECT line, member_id, body_id, certainly FROM bundle_affiliations_after
                WHERE is_new AND NOT isempty(certainly) AND member_id <> body_id
                UNION
                SELECT above.line, above.start, a.body_id, a.certainly * above.days
                FROM above JOIN bundle_affiliations_after a ON a.member_id = above.at
                WHERE a.certainly && above.days AND above.at <> above.start
              )
              SELECT line FROM above WHERE at = start
            ) circles
            """
        )
        self.note(AFFILIATIONS, ((line, "body", CYCLE_MESSAGE) for line, _ in found))


DATES = (
    "DROP TABLE IF EXISTS pg_temp.bundle_dates; "
    "CREATE TEMP TABLE bundle_dates ON COMMIT DROP AS "
    "SELECT written, edtf_range(written) AS days FROM ("
    + " UNION ".join(
        f"SELECT {field.column} AS written FROM {file.staged}"
        for file in ALL
        for field in file.dates
    )
    + ") w; ANALYZE bundle_dates"
)

# The affiliations as the import would leave them, of all sources that it touches or may pass.
AFFILIATIONS_AFTER = """
DROP TABLE IF EXISTS pg_temp.bundle_affiliations_after;
CREATE TEMP TABLE bundle_affiliations_after ON COMMIT DROP AS
SELECT s.line, t.id, t.member_id, t.body_id, s.role, s.since, s.until,
  affiliation_certainly(s.since, s.until) AS certainly, t.deed IN ('new', 'changed') AS is_new
FROM bundle_affiliations s JOIN bundle_affiliations_todo t ON t.line = s.line AND t.deed <> 'left'
UNION ALL
SELECT NULL, x.id, x.member_id, x.body_id, x.role, x.since, x.until, x.certainly, false
FROM sources_affiliation x
WHERE EXISTS (SELECT FROM bundle_affiliations)
  AND NOT EXISTS (SELECT FROM bundle_affiliations_todo t WHERE t.id = x.id AND t.deed <> 'left');
CREATE INDEX ON bundle_affiliations_after (member_id);
ANALYZE bundle_affiliations_after
"""

STATE_WORDS = {"draft": "a draft", "in_review": "in review", "retired": "retired", None: "new"}
PUT_IT_IN = ", or put it into the bundle"


def twin(first: str) -> str:
    return f"it stands already on {first}"


def within(file: BundleFile) -> BundleFile:
    """Return the file in whose lines the rows of a file stand."""
    return STATEMENTS if file is CITATIONS else file


def name_of(file: BundleFile, field: Field, item: int) -> str:
    return f"citations[{item}].{field.name}" if file is CITATIONS else field.name


def rows_to_check(file: BundleFile) -> tuple[set[str], str]:
    """Return the query of the staged rows as their table would have them, and its columns."""
    columns = {field.column: f's."{field.column}"' for field in file.plain}
    columns |= {f"{field.column}_range": f"{field.column}_days.days" for field in file.dates}
    columns |= {column: f"t.{column}" for column in ids_of(file)}
    listed = ", ".join(f'{value} AS "{column}"' for column, value in columns.items())
    tables = f"{file.staged} s"
    if file is not CITATIONS:
        tables += f" JOIN {file.staged}_todo t ON t.line = s.line AND t.deed <> 'left'"
    for field in file.dates:
        days = f"{field.column}_days"
        tables += f' LEFT JOIN bundle_dates {days} ON {days}.written = s."{field.column}"'
    item = "s.item" if file is CITATIONS else "0"
    query = f"SELECT s.line, {item} AS item, {listed} FROM {tables} WHERE NOT s.is_wrong"
    return set(columns), query


def ids_of(file: BundleFile) -> list[str]:
    """Return the columns of foreign keys that the table of what is to be done has."""
    return [] if file is CITATIONS else [f"{field.column}_id" for field in file.references]


def say(file: BundleFile, item: int, rule: str, columns: list[str], values: str) -> tuple[str, str]:
    """Return the field that breaks a rule and what the rule asks, in the words of its model."""
    constraint: models.BaseConstraint | None = next(
        (one for one in file.model._meta.constraints if one.name == rule), None
    )
    code = str(getattr(constraint, "violation_error_code", None) or "")
    column = code.removeprefix("field:") if code.startswith("field:") else columns[0]
    names = {column, column.removesuffix("_id")}
    field = next((one for one in file.fields if one.column in names), None)
    message = f"it breaks the rule {rule}"
    if constraint is not None:
        written = str(constraint.violation_error_message)
        if written != str(models.BaseConstraint.default_violation_error_message):
            message = written
    if field is None:
        return "", message
    value = json.loads(values).get(field.column)
    if value not in ("", None):
        message = f"{shown(value)}: {message}"
    return name_of(file, field, item), message
