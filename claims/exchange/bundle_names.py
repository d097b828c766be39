"""Names in place of keys in a bundle, as tables have them.

A source, claim or document without a key means the one that is here with its name or alias, text
or address; else it is a new one, and gets a key. A name, text or address may also stand where a
bundle refers to one of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.backends.utils import CursorWrapper

from claims.exchange.format import A_KEY, CITATIONS, DOCUMENTS, KEYED, BundleFile, Wrong, shown
from claims.exchange.naming import BESIDE, KINDS, NAMED_BY, Found, find
from claims.exchange.problems import Problems
from claims.exchange.reading import DECODE, LONGEST_LINE
from claimtracker.dates import UnreadableDateError, read_date

HAS_KEY = re.compile(rb'"key"\s*:\s*"([^"\s\\]+)"')
# A reference that is no key. Most lines have none, and need not be parsed twice.
HAS_NAME = re.compile(
    rb'"(?:claim|source|publisher|member|body|from|to|document|via)"\s*:\s*"[^"]*[^"\w-]'
)
FILE_OF = {file.name: file for file in KEYED}
Files = list[tuple[BundleFile, Path]]


class Names:
    """What the names in a bundle mean."""

    def __init__(self, cursor: CursorWrapper, files: Files) -> None:
        names: dict[BundleFile, dict[str, None]] = {file: {} for file in KEYED}
        described: dict[BundleFile, set[str]] = {file: set() for file in KEYED}
        for file, path in files:
            for made in rows_with_names(file, path):
                if file in KEYED and not key_in(made) and (name := name_of(file, made)):
                    names[file].setdefault(name)
                    described[file].add(name)
                for _, _, refers_to, name in references(file, made):
                    names[refers_to].setdefault(name)
        self.found: dict[BundleFile, dict[str, Found]] = {}
        for file, wanted in names.items():
            taken = keys_in(files, file) if wanted else []
            self.found[file] = find(cursor, file, list(wanted), taken)
        # New rows that the bundle describes: others it may not refer to.
        self.new = {
            (file, one.key)
            for file, of in described.items()
            for name in of
            if (one := self.found[file].get(name))
        }

    def put_keys(
        self, file: BundleFile, number: int, made: dict[str, Any], problems: Problems
    ) -> bool:
        """Put keys into a row in place of names; return whether the row is still to be read."""
        for within, field, refers_to, name in references(file, made):
            found = self.found[refers_to].get(name)
            if found and (not found.is_new or (refers_to, found.key) in self.new):
                where = field if within is made else f"citations[…].{field}"
                within[field] = found.key
                if found.several and not found.key:
                    message = f"{shown(name)} may be any of {found.several}: write the key of one"
                    group = "several have this name"
                    problems.add(file.name, number, where, message, group=group)
        if file not in KEYED or key_in(made):
            return True
        name = name_of(file, made)
        found = self.found[file].get(name)
        if found is None:
            return True
        noun, title = file.model._meta.verbose_name, shown(name.partition(BESIDE)[0])
        if not found.key:
            message = f"{title} may be any of {found.several}: write the key of one"
            problems.add(file.name, number, "key", message, group="several have this name")
            return False
        if not found.is_new:
            message = f"{title} is the {noun} {found.key}, which is here"
            problems.note(file.name, number, "", message, group=f"the {noun} is here")
            return False
        made["key"] = found.key
        made["kind"] = made.get("kind") or KINDS[file]
        message = f"{title} is a new {noun}: {found.key}"
        problems.note(file.name, number, "", message, group=f"the {noun} is new")
        return True


def rows_with_names(file: BundleFile, path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that may name something. What can't be read is told later."""
    for line in lines(path):
        if HAS_NAME.search(line) or (file in KEYED and not HAS_KEY.search(line)):
            try:
                made = DECODE(line.decode())
            except (ValueError, Wrong, RecursionError):
                continue
            if type(made) is dict:
                yield made


def lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while line := stream.readline(LONGEST_LINE + 1):
                yield line
    except OSError:
        return  # told when it is read


def keys_in(files: Files, wanted: BundleFile) -> Iterator[str]:
    """Yield the keys that a bundle gives its rows of a file."""
    for file, path in files:
        if file is wanted:
            for line in lines(path):
                if found := HAS_KEY.search(line):
                    yield found[1].decode(errors="replace")


def key_in(made: dict[str, Any]) -> bool:
    """Return whether a row has a key, or something else in its place."""
    key = made.get("key")
    return not (key is None or (type(key) is str and not key.strip()))


def name_of(file: BundleFile, made: dict[str, Any]) -> str:
    """Return by what a row without a key is found; blank where it has nothing of it."""
    name = made.get(NAMED_BY[file])
    if type(name) is str and name.strip():
        return name.strip()
    title = made.get("title") if file is DOCUMENTS else None
    if type(title) is not str or not title.strip():
        return ""
    try:
        day = read_date(str(made.get("published") or ""))
    except UnreadableDateError:
        day = ""
    return f"{title.strip()}{BESIDE}{day}"


def references(
    file: BundleFile, made: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], str, BundleFile, str]]:
    """Yield where a row refers to something by its name: the object, the field, what, the name."""
    for field in file.references:
        yield from reference(made, field.name, FILE_OF[field.refers_to])
    listed = made.get(file.rows.name) if file.rows else None
    for one in listed if type(listed) is list else []:
        if file.rows is CITATIONS and type(one) is dict:
            for name in ("document", "via"):
                yield from reference(one, name, DOCUMENTS)


def reference(
    made: dict[str, Any], field: str, refers_to: BundleFile
) -> Iterator[tuple[dict[str, Any], str, BundleFile, str]]:
    text = made.get(field)
    if type(text) is str and text.strip() and not A_KEY.fullmatch(text):
        yield made, field, refers_to, text.strip()
