"""Statements in an Excel workbook: its first sheet that has rows, read like a CSV."""

import json
from collections.abc import Iterator

from claims.exchange.problems import BundleError, Problems
from claims.exchange.sheet import Sheet, as_a_name
from sources import limited

# Of all parts of the file, unpacked, in bytes.
LARGEST_UNPACKED = 128 * 1024 * 1024
TOO_MUCH = "takes too long to read, or too much memory. Save the sheet as “CSV UTF-8”."


class Workbook(Sheet):
    """An .xlsx file: the values that its formulas have, and dates as dates.

    It is read in a process of its own: see ``sources/readers/workbook.py``.
    """

    def table(self, problems: Problems) -> Iterator[list[str]]:
        rows = iter(self._rows())
        self.header = list(map(as_a_name, next(rows, [])))
        yield from self.below(rows, problems)

    def _rows(self) -> Iterator[list[str]]:
        try:
            output = limited.read("workbook", self.path.read_bytes(), str(LARGEST_UNPACKED))
        except limited.TooMuchWorkError:
            raise BundleError(f"{self.name} {TOO_MUCH}") from None
        except limited.BusyError as error:
            raise BundleError(str(error)) from error
        for line in output.splitlines():
            row = json.loads(line)
            if isinstance(row, dict):
                raise BundleError(f"{self.name}{row['error']}")
            yield row

    def decide_on_guards(self, begins_a_formula: bool, has_guards: bool) -> None:
        """Take guards away, unless other cells have none: Excel keeps those of a CSV it opened."""
        self.is_guarded = not begins_a_formula
