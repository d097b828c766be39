"""Statements in an Excel workbook: its first sheet that has rows, read like a CSV."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from claims.exchange.problems import BundleError, Problems
from claims.exchange.sheet import Sheet, as_a_name

# Of one part of the file, unpacked, and of all of them.
LARGEST_PART = 64 * 1024 * 1024
LARGEST_UNPACKED = 128 * 1024 * 1024
MOST_CELLS = 5_000_000
MOST_COLUMNS = 500
# A cell says where it stands. The reader makes room for all up to the last one.
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,7})([0-9]{1,20})["']""")
BLOCK = 1024 * 1024
TOO_LARGE = "Save the sheet as “CSV UTF-8” and import that."


class Workbook(Sheet):
    """An .xlsx file: the values that its formulas have, and dates as dates."""

    def table(self, problems: Problems) -> Iterator[list[str]]:
        check_size(self.path, self.name)
        try:
            with CalamineWorkbook.from_path(str(self.path)) as workbook:
                found = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
                sheet = next((each for each in found if each.total_height), None)
                if sheet is None:
                    raise BundleError(f"{self.name}: the workbook has no rows.")
                # As they are numbered there, so empty rows above the first one count.
                rows = iter(sheet.to_python(skip_empty_area=False))
        except (CalamineError, OSError, ValueError) as error:
            raise BundleError(f"{self.name}: we couldn't read this workbook: {error}.") from error
        self.header = [as_a_name(text_of(cell)) for cell in next(rows, [])]
        yield from self.below((list(map(text_of, row)) for row in rows), problems)

    def decide_on_guards(self, begins_a_formula: bool, has_guards: bool) -> None:
        """Take guards away, unless other cells have none: Excel keeps those of a CSV it opened."""
        self.is_guarded = not begins_a_formula


def text_of(cell: Any) -> str:
    """Return the value of a cell as a CSV would have it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None or isinstance(cell, timedelta) else str(cell)


def check_size(path: Path, name: str) -> None:
    """Raise BundleError where a workbook would unpack to more than we want to hold."""
    room = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if part.flag_bits & 1:
                    raise BundleError(f"{name} has a password. Save it without one.")
                columns = rows = size = 0
                tail = b""
                is_sheet = part.filename.startswith("xl/worksheets/")
                with archive.open(part) as packed:
                    while block := packed.read(BLOCK):
                        size += len(block)
                        room -= len(block)
                        if size > LARGEST_PART or room < 0:
                            raise BundleError(f"{name} is too large when unpacked. {TOO_LARGE}")
                        if is_sheet:
                            for letters, number in PLACE.findall(tail + block):
                                columns = max(columns, column_number(letters))
                                rows = max(rows, int(number))
                            tail = block[-64:]
                if columns > MOST_COLUMNS or columns * rows > MOST_CELLS:
                    raise BundleError(
                        f"{name} has a cell in column {columns:,}, row {rows:,}: the sheet is too "
                        f"large. {TOO_LARGE}"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise BundleError(f"{name}: we couldn't read this workbook: {error}.") from error


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
