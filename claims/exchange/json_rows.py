"""Statements as JSON Lines, one object per row of the CSV, as ``exports/statements.jsonl`` has."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from claims.exchange.problems import BundleError, Problems
from claims.exchange.reading import DECODE, LONGEST_LINE, Twin, Wrong
from claims.exchange.sheet import Sheet, known
from claimtracker.spreadsheets import joined

LOOKED_AT = 1024 * 1024


class JsonRows(Sheet):
    """A file of JSON Lines whose names are the columns of the CSV. A row is a line."""

    unit = "line"

    def decide_on_guards(self, begins_a_formula: bool, has_guards: bool) -> None:
        """Take texts as they are: JSON needs no guards."""

    def table(self, problems: Problems) -> Iterator[list[str]]:
        self.header = self.names(problems)
        self.check_header(problems)
        for number, made in self.objects():
            if isinstance(made, str):
                problems.add("", number, "", made)
                made = {}
            yield [text_of(made.get(name)) for name in self.header]

    def place(self, file: str, line: int, where: str) -> tuple[int, str]:
        row, column = super().place(file, line, where)
        return row - 1, column  # no row names the columns

    def names(self, problems: Problems) -> list[str]:
        """Return all names that stand in the file, in the order in which they come first."""
        names: dict[str, None] = {}
        for _, made in self.objects():
            if isinstance(made, dict):
                names |= dict.fromkeys(made)
        return list(names)

    def objects(self) -> Iterator[tuple[int, dict[str, Any] | str]]:
        """Yield the object of each line, or what is wrong with it."""
        try:
            with self.path.open("rb") as stream:
                number = 1
                while line := stream.readline(LONGEST_LINE + 1):
                    number += 1
                    if len(line) > LONGEST_LINE:
                        raise BundleError(f"{self.name}:{number - 1}: the line is too long.")
                    yield number, decoded(line)
        except OSError as error:
            raise BundleError(f"{self.name}: {error.strerror or error}.") from None


def decoded(line: bytes) -> dict[str, Any] | str:
    if not line.strip():
        return {}
    try:
        made = DECODE(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "it is not UTF-8. Save the file as UTF-8"
    except json.JSONDecodeError as error:
        return f"column {error.colno}: it is not JSON: {error.msg}"
    except Twin as error:
        return f"the name {error.args[0]} stands twice"
    except (Wrong, RecursionError, ValueError) as error:
        return f"it can't be read: {error}"
    return made if isinstance(made, dict) else "it is not an object: a line looks like {…}"


def text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return joined(str(one) for one in value)
    return value if isinstance(value, str) else str(value)


def is_rows(path: Path) -> bool:
    """Return whether the first line of a file is an object with names of the CSV's columns."""
    with path.open("rb") as stream:
        first = stream.readline(LOOKED_AT)
    made = decoded(first)
    return isinstance(made, dict) and len(known(made)) >= 2 and "@type" not in made
