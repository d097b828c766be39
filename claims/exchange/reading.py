"""Reads the lines of a bundle, and says of each that is wrong what is wrong with it.

Lines are bytes up to a line feed, nothing else: text may hold what other programs take for the
end of a line. One line is in memory at a time.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from claims.exchange.format import FILES, BundleFile, Wrong, shown
from claims.exchange.nearest import did_you_mean, nearest
from claims.exchange.problems import BundleError, Problems
from claimtracker.curated import no_text

LONGEST_LINE = 16 * 1024 * 1024
# JSON allows these inside of a text, and many programs take them for the end of a line.
LINE_ENDS = re.compile("[\x85\u2028\u2029]")

Progress = Callable[[str], None]


class Row(NamedTuple):
    """What one line says: its values as COPY takes them, and those of the rows in its list."""

    line: int
    values: list[str]
    rows: list[list[str]]
    has_escapes: bool  # only then can a value hold a backslash or a control character
    is_wrong: bool  # something was noted of it already; it is staged so that others find it


class Twin(ValueError):
    """A name that stands twice in one object."""


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise Twin(next(name for name in names if names.count(name) > 1))
    return made


def no_number(word: str) -> None:
    raise Wrong(f"{word} is no number in JSON")


DECODE = json.JSONDecoder(object_pairs_hook=without_twins, parse_constant=no_number).decode


def files_of(folder: Path, problems: Problems) -> list[tuple[BundleFile, Path]]:
    """Return the files that a folder has, noting those whose name is only like that of one."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise BundleError(f"{folder}: {error.strerror or error}.") from None
    names = {file.file_name: file for file in FILES}
    found = {names[path.name]: path for path in entries if path.name in names}
    for path in entries:
        if path.name in names:
            continue
        if path.name.removesuffix(".partial") in names:
            message = "an export did not come to its end here. Export again"
            problems.add("", 0, "", message, file_name=path.name)
            continue
        word = re.sub(r"\.(jsonl?|ndjson)(\.\w+)?$", "", path.name.lower())
        guess = nearest(word, [file.name for file in FILES], cutoff=0.8)
        if guess:
            problems.add(
                "",
                0,
                "",
                f"no file of a bundle has this name. Did you mean {guess}.jsonl?",
                file_name=path.name,
            )
    if not found and not problems.count:
        raise BundleError(f"{folder}: it has none of the files of a bundle: {', '.join(names)}.")
    return [(file, found[file]) for file in FILES if file in found]


# Puts keys in place of names into a row of a file, by the number of its line, and returns whether
# the row is still to be read.
PutKeys = Callable[[BundleFile, int, dict[str, Any], Problems], bool]


def read(
    file: BundleFile,
    path: Path,
    problems: Problems,
    progress: Progress = lambda _: None,
    put_keys: PutKeys = lambda *_: True,
) -> Iterator[Row]:
    """Yield the rows of a file; a field that is wrong is noted, and blank in its row."""
    try:
        with path.open("rb") as stream:
            size = max(path.stat().st_size, 1)
            for number, text in lines(file, stream, problems):
                if number % 5000 == 0:
                    progress(f"reading {file.file_name}: {stream.tell() * 100 // size} %")
                made = parse(file, number, text, problems)
                before = problems.count
                if made is not None and put_keys(file, number, made, problems):
                    has_escapes = "\\" in text
                    values, rows = row_of(file, number, made, has_escapes, problems)
                    yield Row(number, values, rows, has_escapes, problems.count > before)
    except OSError as error:
        problems.add(file.name, 0, "", f"it cannot be read: {error.strerror or error}")


def lines(file: BundleFile, stream: BinaryIO, problems: Problems) -> Iterator[tuple[int, str]]:
    number = 0
    carriage_returns_noted = False
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if number == 1:
            if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                problems.add(file.name, 1, "", "it is UTF-16. Save the file as UTF-8")
                return
            if raw.startswith(b"\xef\xbb\xbf"):
                problems.add(
                    file.name, 1, "", "it begins with a byte order mark. Save it without one"
                )
                raw = raw[3:]
        if len(raw) > LONGEST_LINE:
            length = len(raw)
            while not raw.endswith(b"\n") and (raw := stream.readline(LONGEST_LINE)):
                length += len(raw)
            problems.add(
                file.name,
                number,
                "",
                f"it has {length:,} bytes; a line has at most {LONGEST_LINE:,}",
            )
            continue
        if raw.endswith(b"\r\n"):
            if not carriage_returns_noted:
                carriage_returns_noted = True
                problems.add(
                    file.name,
                    number,
                    "",
                    "it ends in CR LF, and perhaps others after it. Save the file with LF alone",
                )
            raw = raw[:-2]
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            problems.add(
                file.name,
                number,
                "",
                f"byte {error.start + 1} (0x{raw[error.start]:02X}) is not UTF-8. "
                "Save the file as UTF-8",
            )
            continue
        yield number, text


def parse(file: BundleFile, number: int, text: str, problems: Problems) -> dict[str, Any] | None:
    try:
        made = DECODE(text)
    except json.JSONDecodeError as error:
        wrong = what_is_no_json(text, error)
    except Twin as error:
        wrong = f"{shown(error.args[0])} stands twice in one object. Remove one"
    except Wrong as error:
        wrong = str(error)
    except RecursionError:
        wrong = "it is nested too deeply to be read"
    except ValueError:
        wrong = "a number in it has thousands of digits"
    else:
        if type(made) is not dict:
            wrong = f"{shown(made)} is not an object: a line looks like {{…}}"
        elif not text.isascii() and (found := LINE_ENDS.search(text)):
            code = ord(found[0])
            wrong = (
                f"column {found.start() + 1}: U+{code:04X} is an end of a line to many programs. "
                f"Write it as \\u{code:04x}"
            )
        else:
            return made
    problems.add(file.name, number, "", wrong)
    return None


def what_is_no_json(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "the line is blank. Remove it"
    if "\0" in text:
        return f"column {text.index(chr(0)) + 1}: it holds a NUL character. Remove it"
    return f"column {error.colno}: it is not JSON: {error.msg}"


def row_of(
    file: BundleFile, number: int, made: dict[str, Any], has_escapes: bool, problems: Problems
) -> tuple[list[str], list[list[str]]]:
    values = values_of(file, number, made, "", has_escapes, problems)
    listed = file.rows and made.get(file.rows.name)
    if not file.rows or listed is None:
        return values, []
    if type(listed) is not list:
        problems.add(file.name, number, file.rows.name, f"{shown(listed)} is not a list of objects")
        return values, []
    rows = []
    for position, one in enumerate(listed):
        place = f"{file.rows.name}[{position}]"
        if type(one) is dict:
            rows.append(values_of(file.rows, number, one, place, has_escapes, problems, file))
        else:
            problems.add(file.name, number, place, f"{shown(one)} is not an object")
    if len(rows) > 1 or any(row[1] for row in rows):
        check_chains(file, number, rows, problems)
    return values, rows


def values_of(
    file: BundleFile,
    number: int,
    made: dict[str, Any],
    place: str,
    has_escapes: bool,
    problems: Problems,
    within: BundleFile | None = None,
) -> list[str]:
    values = []
    given = 0
    for name, read_value, required, blank in file.reading:
        value = made.get(name)
        if value is None:
            values.append(blank)
            given += name in made
            if not required:
                continue
            wrong = "it cannot be null" if name in made else "it is missing"
        else:
            given += 1
            try:
                if has_escapes and (wrong := no_text(value)):
                    raise Wrong(wrong.rstrip("."))
                values.append(read_value(value))
                continue
            except Wrong as error:
                wrong = str(error)
                values.append(blank)
        where = f"{place}.{name}" if place else name
        problems.add((within or file).name, number, where, wrong)
    # The list of rows is the one name that is no field.
    if given + (file.rows is not None and file.rows.name in made) != len(made):
        for name in made.keys() - file.names:
            where = f"{place}.{name}" if place else name
            wrong = f"there is no such field.{did_you_mean(name, file.names)}"
            problems.add((within or file).name, number, where[:80], wrong)
    return values


def check_chains(file: BundleFile, number: int, rows: list[list[str]], problems: Problems) -> None:
    """Note documents that stand twice in a list, and chains of ``via`` that run in a circle."""
    place_of: dict[str, int] = {}
    for position, (document, *_) in enumerate(rows):
        if document and document in place_of:
            where = f"citations[{position}].document"
            problems.add(file.name, number, where, f"{shown(document)} stands twice here")
        place_of[document] = position
    walked: dict[str, int] = {}  # by which walk
    for walk, (document, *_) in enumerate(rows):
        while document in place_of and document not in walked:
            walked[document] = walk
            document = rows[place_of[document]][1]
        if document and walked.get(document) == walk:
            where = f"citations[{place_of[document]}].via"
            problems.add(file.name, number, where, "it would be taken, in a circle, from itself")
