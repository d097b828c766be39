"""A spreadsheet of statements, as CSV: a row for each citation, with what it needs beside it.

The columns are the fields of a bundle. ``source_name`` and the like describe the source of a row;
where all of them are blank, the source is only referred to. A row may also only describe. Of what
is in the database already, columns that the file does not have stay as they are, and so does what
is described with a blank cell. Rows are told by their number in the spreadsheet: the first one,
which names the columns, is 1.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from django.db.backends.utils import CursorWrapper

from claims.exchange import staging
from claims.exchange.format import (
    A_KEY,
    CITATIONS,
    CLAIMS,
    DOCUMENTS,
    OF_ONE_KIND,
    SOURCES,
    STATEMENTS,
    BundleFile,
    Field,
    Wrong,
    as_a_word,
    shown,
)
from claims.exchange.naming import BESIDE, KINDS, NAMED_BY, Found, find
from claims.exchange.nearest import did_you_mean
from claims.exchange.problems import BundleError, Problem, Problems
from claims.exchange.reading import Progress, Row, check_chains
from claimtracker.curated import no_text
from claimtracker.dates import UnreadableDateError, read_date
from claimtracker.spreadsheets import STARTS, from_cell, split

LONGEST_CELL = 1024 * 1024
DELIMITERS = ",;\t"
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
KEEPS_APOSTROPHES = (
    "some cells begin with ' and then =, +, - or @. We keep the '. If you downloaded this file as "
    "“CSV for spreadsheets”, save it as “CSV UTF-8” with a byte order mark: then we remove it"
)
NOT_UTF_8 = "here or soon after, it is not UTF-8. In Excel, save it as “CSV UTF-8”"


def cell_reader(file: BundleFile, one: Field) -> Callable[[str], str]:
    """Return the function from the text of a cell to what COPY takes. It raises Wrong."""
    if one.sql_type.endswith("[]"):
        return lambda text: one.read(split(text))
    if one.sql_type == "boolean":
        return lambda text: one.read(FLAGS.get(text.strip().lower(), text))
    if one.sql_type == "integer":
        return lambda text: one.read(int(text) if re.fullmatch(" *[0-9]{1,10} *", text) else text)
    columns = {each.name: each for each in file.model._meta.fields}
    # Spreadsheets begin a cell with a capital, and people leave spaces behind.
    if one.column == "stance":
        # Of which kind the claim has to be then, is seen when all claims are known.
        return lambda text: one.read(OF_ONE_KIND.get(as_a_word(text), (text.strip(), ""))[0])
    if getattr(columns.get(one.column), "choices", None):
        return lambda text: one.read(text.strip())
    if one.refers_to or one.is_date or one.column in {"key", "via", "retrieved", "language"}:
        return lambda text: one.read(text.strip())
    return one.read


@dataclass(frozen=True)
class Column:
    """A column: its name, the file and the field that it fills, and how its cells are read."""

    name: str
    file: BundleFile
    field: Field
    read: Callable[[str], str]


def columns_of(file: BundleFile, prefix: str = "", **names: str) -> tuple[Column, ...]:
    """Return the column of each field of a file: its name with a prefix, or as ``names`` says."""
    return tuple(
        Column(names.get(one.name, prefix + one.name), file, one, cell_reader(file, one))
        for one in file.fields
    )


DESCRIBED = {
    SOURCES: columns_of(SOURCES, "source_", key="source"),
    CLAIMS: columns_of(CLAIMS, "claim_", key="claim"),
    DOCUMENTS: columns_of(DOCUMENTS, "document_", key="document"),
}
SAID = columns_of(STATEMENTS, key="statement")
CITED = columns_of(CITATIONS, language="quote_language", note="citation_note")
# In the order in which people read them.
NAMES = list(
    dict.fromkeys(
        column.name
        for columns in (SAID[:1], DESCRIBED[SOURCES], DESCRIBED[CLAIMS], SAID, DESCRIBED[DOCUMENTS])
        for column in columns
    )
) + [column.name for column in CITED[1:]]
NAME_OF = {
    (column.file.name, column.field.name): column.name
    for columns in (SAID, CITED, *DESCRIBED.values())
    for column in columns
}
# Columns of an export that say what others say: they are passed over.
WORKED_OUT = {
    *("statement_url", "said_from", "said_to", "document_publisher_name"),
    *("document_published_from", "document_published_to"),
}
# What makes a row one of a statement.
SAYS = {column.name for column in (*SAID, *CITED)} - {"claim", "source", "document"}
# Whose cells may hold nothing but spaces.
KEEPS_SPACES = {one.name for one in (*SAID, *CITED) if one.read == one.field.read}


def is_bare(cell: str) -> bool:
    """Return whether a cell would be a formula: it begins as one, and is no number."""
    return cell.startswith(tuple(STARTS)) and not re.fullmatch(r"[+-]?[\d.,]+", cell)


def is_no_key(text: str) -> bool:
    return bool(text) and not A_KEY.fullmatch(text)


def is_an_address(text: str) -> bool:
    return re.match(r"https?://", text, re.IGNORECASE) is not None


# The column that a name fills which stands in place of a key.
IN_PLACE_OF_A_KEY: dict[BundleFile, Callable[[str], str]] = {
    SOURCES: lambda text: "source_name",
    CLAIMS: lambda text: "claim_text",
    DOCUMENTS: lambda text: "document_url" if is_an_address(text) else "document_title",
}
# Columns that refer to a row, which may be named too.
REFERENCES = {"document_publisher": SOURCES, "via": DOCUMENTS}


def name_columns(file: BundleFile) -> list[str]:
    """Return the columns by which a row without a key is found; the first one that is filled."""
    prefix = DESCRIBED[file][0].name
    names = [f"{prefix}_{NAMED_BY[file]}"]
    return [*names, "document_title"] if file is DOCUMENTS else names


def name_in(file: BundleFile, given: dict[str, str]) -> str:
    """Return by what a row names something without a key; blank where it has its key."""
    if given.get(DESCRIBED[file][0].name, "").strip():
        return ""
    for column in name_columns(file):
        if name := given.get(column, "").strip():
            by_title = column == "document_title"
            return f"{name}{BESIDE}{day_in(given)}" if by_title else name
    return ""


def day_in(given: dict[str, str]) -> str:
    try:
        return read_date(given.get("document_published", ""))
    except UnreadableDateError:
        return ""


@dataclass
class Said:
    """What rows say of one statement, or of what it refers to."""

    row: int
    values: list[str]
    citations: list[list[str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # of the citations


class SheetProblems(Problems):
    """The problems of a sheet, told by its rows and columns."""

    def __init__(self, sheet: "Sheet") -> None:
        super().__init__()
        self.sheet = sheet
        self.said: set[tuple[int, str, str]] = set()

    def where(self, file: str, line: int) -> str:
        return f"{self.sheet.unit} {self.sheet.place(file, line, '')[0]}"

    def locate(
        self, file: str, line: int, where: str, message: str, file_name: str
    ) -> Problem | None:
        row, column = self.sheet.place(file, line, where)
        message = message.replace("the bundle", "the file")
        if (row, column, message) in self.said:
            return None  # one cell may be the key of what is described, and of what is referred to
        self.said.add((row, column, message))
        return super().locate("", row, column, message, self.sheet.name)


class Sheet:
    """One CSV file of statements to import; with ``most_rows``, of at most so many rows."""

    unit = "row"

    def __init__(self, path: Path, name: str = "", most_rows: int | None = None) -> None:
        self.path, self.name, self.most_rows = path, name or path.name, most_rows
        self.forget()

    def forget(self) -> None:
        self.header: list[str] = []
        # Whether a ' before what would be a formula is taken away again.
        self.is_guarded = False
        # Whether cells have such a ', and nothing tells whether it belongs to their text.
        self.is_unclear = False
        self.named: dict[BundleFile, dict[str, Found]] = {file: {} for file in DESCRIBED}
        self.noted: set[tuple[BundleFile, str]] = set()
        self.of_one_kind: dict[int, str] = {}
        self.last_row = 1
        # Lines that stand for what a row names beside what it describes.
        self.stands_for: dict[int, int] = {}
        self.described: dict[BundleFile, dict[tuple[str, ...], Said]] = {f: {} for f in DESCRIBED}
        self.statements: dict[tuple[str, ...], Said] = {}

    def problems(self) -> Problems:
        return SheetProblems(self)

    def place(self, file: str, line: int, where: str) -> tuple[int, str]:
        """Return the row and the column of what a check calls a line and a field."""
        if found := re.fullmatch(r"citations\[(\d+)\]\.(\w+)", where):
            said = next(each for each in self.statements.values() if each.row == line)
            return said.rows[int(found[1])], NAME_OF[CITATIONS.name, found[2]]
        return self.stands_for.get(line, line), NAME_OF.get((file, where), where)

    # Reading

    def stage(self, cursor: CursorWrapper, problems: Problems, progress: Progress) -> None:
        """Read the file into the temporary tables."""
        self.forget()  # what an earlier try read
        self.find_names(cursor, progress)
        if self.is_unclear:
            problems.note("", 1, "", KEEPS_APOSTROPHES)
        self.read(problems, progress)
        self.say_what_is_new(problems)
        for file, rows in self.described.items():
            staging.stage(cursor, file, self.staged(rows.values(), problems, file))
        said = self.statements.values()
        for each in said:
            check_chains(STATEMENTS, each.row, each.citations, problems)
        staging.stage(cursor, STATEMENTS, self.staged(said, problems, STATEMENTS))
        self.fill_in_described(cursor)
        self.fill_in_statements(cursor, [one.field for one in SAID[1:]])

    def staged(self, rows: Iterable[Said], problems: Problems, file: BundleFile) -> Iterator[Row]:
        wrong = problems.lines_of(file.name)
        for said in rows:
            yield Row(said.row, said.values, said.citations, True, said.row in wrong)

    def find_names(self, cursor: CursorWrapper, progress: Progress) -> None:
        """Find what the file names without a key: rows that are here, or new ones."""
        names: dict[BundleFile, dict[str, None]] = {file: {} for file in DESCRIBED}
        keys: dict[BundleFile, set[str]] = {file: set() for file in DESCRIBED}
        unheard = Problems()  # all of it is read again below
        begins_a_formula = has_guards = False
        try:
            for number, cells in enumerate(self.table(unheard), start=2):
                if number % 5000 == 0:
                    progress(f"looking for names in {self.name}: row {number:,}")
                if self.most_rows is not None and number > self.most_rows + 1:
                    break
                begins_a_formula |= any(map(is_bare, cells))
                has_guards |= any(from_cell(cell) != cell for cell in cells)
                given = self.given(cells)
                for file, columns in DESCRIBED.items():
                    keys[file].add(given.get(columns[0].name, "").strip())
                    if name := name_in(file, given):
                        names[file].setdefault(name)
                for column, file in REFERENCES.items():
                    if is_no_key(text := given.get(column, "").strip()):
                        names[file].setdefault(text)
        except (OSError, UnicodeDecodeError, csv.Error):
            return  # told when it is read
        self.decide_on_guards(begins_a_formula, has_guards)
        for file in DESCRIBED:
            self.named[file] = find(cursor, file, names[file], keys[file])

    def decide_on_guards(self, begins_a_formula: bool, has_guards: bool) -> None:
        """Decide whether a ' before what would be a formula is a guard, or a part of the text.

        In our files for spreadsheets, which begin with a byte order mark, it is a guard. A plain
        file has none.
        """
        self.is_unclear = has_guards and not self.is_guarded and not begins_a_formula

    def given(self, cells: list[str]) -> dict[str, str]:
        """Return what a row says, by column; a name that stands in place of a key, as a name."""
        given = {
            name: self.text_of(cell)
            for name, cell in zip(self.header, cells, strict=True)
            if cell.strip() or (cell and name in KEEPS_SPACES)
        }
        for file, columns in DESCRIBED.items():
            key = columns[0].name
            text = given.get(key, "").strip()
            if is_no_key(text):
                name = IN_PLACE_OF_A_KEY[file](text)
                if name and given.get(name, text).strip() == text:
                    given[name] = text
                    del given[key]
        return given

    def text_of(self, cell: str) -> str:
        return from_cell(cell) if self.is_guarded else cell

    def put_keys(self, number: int, given: dict[str, str], problems: Problems) -> None:
        """Put the keys into a row of what it names without one."""
        for file, columns in DESCRIBED.items():
            name = name_in(file, given)
            if not name:
                continue
            column = next(one for one in name_columns(file) if one in given)
            if self.put_key(number, file, columns[0].name, column, name, given, problems):
                found = self.named[file][name]
                if found.is_new:
                    given[column] = found.name.partition(BESIDE)[0]
                else:
                    # It is here: what the row says of it besides doesn't change it.
                    for each in columns[1:]:
                        given.pop(each.name, None)
        for column, file in REFERENCES.items():
            if is_no_key(text := given.get(column, "").strip()) and text in self.named[file]:
                self.put_key(number, file, column, column, text, given, problems)

    def put_key(
        self,
        number: int,
        file: BundleFile,
        column: str,
        named_in: str,
        name: str,
        given: dict[str, str],
        problems: Problems,
    ) -> bool:
        found = self.named[file].get(name)
        if found is None:
            return False
        if not found.key:
            message = f"{shown(name)} may be any of {found.several}: write the key of one"
            # Under the statement, so that nothing else is said of its reference.
            problems.add(STATEMENTS.name, number, named_in, message, group="several have this name")
            for each in DESCRIBED[file][1:]:
                given.pop(each.name, None)
            return False
        given[column] = found.key
        if not found.is_new and (file, found.key) not in self.noted:
            self.noted.add((file, found.key))
            noun = file.model._meta.verbose_name
            message = f"{shown(name.partition(BESIDE)[0])} is the {noun} {found.key}, which is here"
            problems.note("", number, named_in, message, group=f"the {noun} is here")
        return True

    def say_what_is_new(self, problems: Problems) -> None:
        """Fill in what a new row needs and the file doesn't say."""
        publishers = next(one for one in DESCRIBED[DOCUMENTS] if one.field.name == "publisher")
        at = DESCRIBED[DOCUMENTS].index(publishers)
        houses = {said.values[at]: said.row for said in self.described[DOCUMENTS].values()}
        for name, found in self.named[SOURCES].items():
            key = (found.key,)
            if found.is_new and found.key in houses and key not in self.described[SOURCES]:
                values = [one.field.blank for one in DESCRIBED[SOURCES]]
                values[:3] = [found.key, "outlet", name]
                # A line of its own, as the row may describe another source.
                self.last_row += 1
                self.stands_for[self.last_row] = houses[found.key]
                self.described[SOURCES][key] = Said(self.last_row, values)
        for file, columns in DESCRIBED.items():
            positions = {one.field.name: n for n, one in enumerate(columns)}
            for found in self.named[file].values():
                said = self.described[file].get((found.key,)) if found.is_new else None
                if said is None:
                    continue
                kind = positions["kind"]
                said.values[kind] = said.values[kind] or KINDS[file]
                if file is DOCUMENTS and not said.values[positions["title"]]:
                    title = next(one for one in columns if one.field.name == "title").field
                    if title.required:
                        said.values[positions["title"]] = said.values[positions["url"]]

    def read(self, problems: Problems, progress: Progress) -> None:
        number = 1
        try:
            for number, cells in enumerate(self.table(problems), start=2):
                if number % 5000 == 0:
                    progress(f"reading {self.name}: row {number:,}")
                if self.most_rows is not None and number > self.most_rows + 1:
                    raise BundleError(
                        f"{self.name} has more than {self.most_rows:,} rows. Import it on the "
                        "server: manage.py import_bundle FILE"
                    )
                self.last_row = number
                if any(cells):
                    self.read_row(number, cells, problems)
        except UnicodeDecodeError:
            problems.add("", number + 1, "", NOT_UTF_8)
        except csv.Error as error:
            problems.add("", number + 1, "", f"it is no CSV from here on: {error}")
        except OSError as error:
            raise BundleError(f"{self.name}: {error.strerror or error}.") from None

    def table(self, problems: Problems) -> Iterator[list[str]]:
        """Yield the rows below the one that names the columns, with as many cells as it has."""
        with self.opened() as stream:
            yield from self.records(stream, problems)

    def opened(self) -> TextIO:
        with self.path.open("rb") as stream:
            begins = stream.read(3)
        self.is_guarded = begins[:2] in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb")
        is_utf_16 = begins[:2] in (b"\xff\xfe", b"\xfe\xff")
        return self.path.open(encoding="utf-16" if is_utf_16 else "utf-8-sig", newline="")

    def records(self, stream: Iterable[str], problems: Problems) -> Iterator[list[str]]:
        """Yield the rows below the header, with as many cells as it has."""
        csv.field_size_limit(LONGEST_CELL)
        lines = iter(stream)
        first = next(lines, "")
        if re.fullmatch(r"sep=.\s*", first):  # Excel's own line
            first = next(lines, "")
        delimiter = max(DELIMITERS, key=lambda one: len(known(names_in(first, one))))
        self.header = names_in(first, delimiter)
        yield from self.below(csv.reader(lines, delimiter=delimiter, strict=True), problems)

    def below(self, rows: Iterable[list[str]], problems: Problems) -> Iterator[list[str]]:
        """Yield the rows below the header, each with as many cells as it has."""
        while self.header and not self.header[-1]:
            self.header.pop()
        self.check_header(problems)
        width = len(self.header)
        for number, cells in enumerate(rows, 2):
            if any(cells[width:]):
                problems.add("", number, "", "it has more cells than the first row has names")
            yield [*cells[:width], *[""] * (width - len(cells))]

    def check_header(self, problems: Problems) -> None:
        if not known(self.header):
            raise BundleError(
                f"{self.name}: its first row does not name the columns, such as source, claim, "
                "stance. Begin with the template."
            )
        for position, name in enumerate(self.header):
            if name in WORKED_OUT:
                continue
            if name not in NAMES:
                problems.add(
                    "", 1, name[:80], f"there is no such column.{did_you_mean(name, NAMES)}"
                )
            elif name in self.header[:position]:
                problems.add("", 1, name, "two columns have this name")

    def read_row(self, number: int, cells: list[str], problems: Problems) -> None:
        given = self.given(cells)
        self.put_keys(number, given, problems)
        for file, columns in DESCRIBED.items():
            about = next((one.name for one in columns[1:] if one.name in given), "")
            if about and columns[0].name not in given:
                problems.add(file.name, number, "key", f"it is missing: {about} describes one")
            elif about:
                values = self.values(number, columns, given, problems)
                self.merge(self.described[file], (values[0],), number, columns, values, problems)
        if not (given.keys() & SAYS or {"claim", "source"} <= given.keys()):
            return
        values = self.values(number, SAID, given, problems)
        # Without a key, rows of one claim, source and date are of one statement.
        of = dict(zip((one.name for one in SAID), values, strict=True))
        key = (
            (of["statement"],)
            if of["statement"]
            else (of["claim"], of["source"], of["said"], of["order"])
        )
        said = self.merge(self.statements, key, number, SAID, values, problems)
        word = given.get("stance", "")
        if as_a_word(word) in OF_ONE_KIND:
            self.of_one_kind[said.row] = word
        cited = self.values(number, CITED, given, problems)
        if cited[0]:
            said.citations.append(cited)
            said.rows.append(number)
        elif about := next((one.name for one in CITED if one.name in given), ""):
            problems.add(
                CITATIONS.name, number, "document", f"it is missing: say where {about} was read"
            )

    def values(
        self, number: int, columns: Iterable[Column], given: dict[str, str], problems: Problems
    ) -> list[str]:
        values = []
        for column in columns:
            value = column.field.blank
            if text := given.get(column.name):
                try:
                    if wrong := no_text(text):
                        raise Wrong(wrong.rstrip("."))
                    value = column.read(text)
                except Wrong as error:
                    problems.add(column.file.name, number, column.field.name, str(error))
            values.append(value)
        return values

    def merge(
        self,
        known: dict[tuple[str, ...], Said],
        key: tuple[str, ...],
        number: int,
        columns: Iterable[Column],
        values: list[str],
        problems: Problems,
    ) -> Said:
        """Return what is said under a key, now with what a row says of it."""
        said = known.setdefault(key, Said(number, values))
        for position, column in enumerate(columns):
            value = values[position]
            if said.values[position] == column.field.blank:
                said.values[position] = value
            elif value not in (column.field.blank, said.values[position]):
                problems.add(
                    column.file.name,
                    number,
                    column.field.name,
                    f"{shown(value)} is not {shown(said.values[position])}, which "
                    f"{problems.where(column.file.name, said.row)} "
                    f"says of the same {column.file.model._meta.verbose_name}",
                    group=f"{column.name}: two rows say different things of one "
                    f"{column.file.model._meta.verbose_name}",
                )
        return said

    # What the file does not say, and the database does

    def fill_in_described(self, cursor: CursorWrapper) -> None:
        """Give what is described, and is there already, its own values for blank cells."""
        for file in DESCRIBED:
            settings = ", ".join(
                f"{one.column} = CASE WHEN s.{one.column} = '{one.blank}' "
                f"THEN {existing(file, one)} ELSE s.{one.column} END"
                for one in file.fields[1:]
            )
            cursor.execute(
                f"UPDATE {file.staged} s SET {settings} FROM {file.table} x WHERE x.slug = s.key"
            )

    def fill_in_statements(self, cursor: CursorWrapper, fields: Iterable[Field]) -> None:
        """Give statements that are there already their own values in columns that are not here."""
        if settings := self.not_here(STATEMENTS, fields):
            cursor.execute(
                f"UPDATE {STATEMENTS.staged} s SET {settings} FROM {STATEMENTS.table} x "
                "WHERE x.slug = s.key"
            )

    def complete(self, cursor: CursorWrapper, problems: Problems) -> None:
        """Do so for what is found only when all keys are known; then see what is still missing."""
        self.find_dated_otherwise(cursor, problems)
        self.fill_in_statements(cursor, [one.field for one in SAID[1:]])
        if settings := self.not_here(CITATIONS, CITATIONS.fields[1:]):
            cursor.execute(
                f"""
                UPDATE {CITATIONS.staged} s SET {settings}
                FROM claims_citation x
                JOIN claims_statement t ON t.id = x.statement_id
                JOIN sources_document d ON d.id = x.document_id, {STATEMENTS.staged} b
                WHERE b.key = t.slug AND b.line = s.line AND d.slug = s.document
                """
            )
            cursor.execute(
                f"UPDATE {CITATIONS.staged} s SET is_linked = true "
                f"FROM {CITATIONS.staged} v WHERE v.line = s.line AND v.via <> ''"
            )
        self.check_words(cursor, problems)
        for file in (*DESCRIBED, STATEMENTS):
            wrong = problems.lines_of(file.name)
            for one in file.fields:
                if one.required:
                    cursor.execute(f"SELECT line FROM {file.staged} WHERE {one.column} = ''")
                    for (line,) in cursor.fetchall():
                        if line not in wrong:
                            problems.add(file.name, line, one.name, "it is missing")

    def find_dated_otherwise(self, cursor: CursorWrapper, problems: Problems) -> None:
        """Find the statements of rows without a key whose date was corrected."""
        lines = [said.row for key, said in self.statements.items() if len(key) > 1]
        cursor.execute(DATED_OTHERWISE, [lines])
        for line, written, slugs, dates in cursor.fetchall():
            if len(slugs) > 1:
                which = Found("", False, "", slugs).several
                message = (
                    f"with this date it may be any of the statements {which}, or a new one: "
                    "write its key into the column “statement”"
                )
                group = "several statements may be meant"
                problems.add(STATEMENTS.name, line, "said", message, group=group)
                continue
            cursor.execute(
                f"UPDATE {STATEMENTS.staged} SET key = %s WHERE line = %s", [slugs[0], line]
            )
            dated = f", dated {shown(dates[0])} so far" if dates[0] != written else ""
            message = f"it is the statement {slugs[0]}, which is here{dated}"
            problems.note(STATEMENTS.name, line, "said", message, group="the statement is here")

    def check_words(self, cursor: CursorWrapper, problems: Problems) -> None:
        """See that "rejects" is said of a demand: of a fact it may mean dismisses."""
        if not self.of_one_kind:
            return
        cursor.execute(
            f"SELECT s.line, k.kind FROM {STATEMENTS.staged} s "
            "JOIN bundle_claims_keys k ON k.key = s.claim WHERE s.line = ANY (%s)",
            [list(self.of_one_kind)],
        )
        for line, kind in cursor.fetchall():
            word = self.of_one_kind[line]
            wanted = OF_ONE_KIND[as_a_word(word)][1]
            if kind != wanted:
                message = f"{shown(word)} is said of a {wanted} only. Write denies or dismisses"
                problems.add(STATEMENTS.name, line, "stance", message)

    def not_here(self, file: BundleFile, fields: Iterable[Field]) -> str:
        return ", ".join(
            f'"{one.column}" = {existing(file, one)}'
            for one in fields
            if NAME_OF[file.name, one.name] not in self.header
        )


# Statements that are here, for rows that name none: of one source, claim, stance and order, whose
# dates may mean one day, and that have the quote, or the document where one has no quote.
DATED_OTHERWISE = """
    WITH asked AS MATERIALIZED (
      SELECT s.line, s.said, s.stance, s."order", c.id AS claim_id, o.id AS source_id
      FROM bundle_statements s
      JOIN bundle_claims_keys c ON c.key = s.claim
      JOIN bundle_sources_keys o ON o.key = s.source
      WHERE s.line = ANY (%s) AND NOT s.is_wrong
        AND NOT EXISTS (SELECT FROM claims_statement x WHERE x.slug = s.key)
    )
    SELECT a.line, a.said,
      array_agg(x.slug::text ORDER BY x.slug), array_agg(x.said ORDER BY x.slug)
    FROM asked a
    JOIN claims_statement x ON x.claim_id = a.claim_id AND x.source_id = a.source_id
      AND x.stance = a.stance AND x."order" = a."order"
      AND x.said_range && edtf_range(a.said) AND x.review_state <> 'retired'
    WHERE NOT EXISTS (SELECT FROM bundle_statements s WHERE s.key = x.slug)
      AND EXISTS (
        SELECT FROM bundle_citations q
        JOIN claims_citation k ON k.statement_id = x.id
        JOIN bundle_documents_keys d ON d.key = q.document
        WHERE q.line = a.line AND (
          k.quote = q.quote AND q.quote <> ''
          OR k.document_id = d.id AND (k.quote = '' OR q.quote = '')
        )
      )
    GROUP BY a.line, a.said ORDER BY a.line
"""


def existing(file: BundleFile, one: Field) -> str:
    """Return the SQL of what a row in the database says in a field, as its file would."""
    if one.refers_to:
        table = next(each for each in DESCRIBED if each.name == one.refers_to).table
        value = f"(SELECT r.slug FROM {table} r WHERE r.id = x.{one.column}_id)"
    elif one.column == "topics":
        value = (
            "(SELECT array_agg(o.name::text) FROM claims_claim_topics h "
            "JOIN claims_topic o ON o.id = h.topic_id WHERE h.claim_id = x.id)"
        )
    elif one.column == "via":
        value = (
            "(SELECT r.slug FROM claims_citation v JOIN sources_document r "
            "ON r.id = v.document_id WHERE v.id = x.via_id)"
        )
    else:
        value = f'x."{one.column}"'
    cast = "::text" if one.sql_type == "text" else ""
    return f"coalesce({value}{cast}, '{one.blank}')"


def names_in(line: str, delimiter: str) -> list[str]:
    """Return the names of the columns in the first line."""
    return list(map(as_a_name, next(csv.reader([line], delimiter=delimiter), [])))


def as_a_name(cell: str) -> str:
    """Return the name of a column as its cell says it."""
    return from_cell(cell).strip().lower().replace(" ", "_")


def known(names: Iterable[str]) -> set[str]:
    return set(names) & set(NAMES)
