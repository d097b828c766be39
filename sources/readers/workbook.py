"""Reads an Excel workbook: the rows of its first sheet that has any, as a CSV would have them.

Called with the file's path, and how many bytes it may have when it is unpacked. Writes a line of
JSON for each row, a list of texts; or one object, ``{"error": "…"}``, in place of them all.
"""

import json
import re
import sys
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

# Of one part of the file, unpacked.
LARGEST_PART = 64 * 1024 * 1024
MOST_CELLS = 5_000_000
MOST_COLUMNS = 500
# A cell says where it stands. The reader makes room for all up to the last one.
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,7})([0-9]{1,20})["']""")
BLOCK = 1024 * 1024
TOO_LARGE = "Save the sheet as “CSV UTF-8” and import that."


class RefusedError(Exception):
    """Why a workbook isn't read, to follow its name."""


def rows_of(path: Path) -> list[list[Any]]:
    try:
        with CalamineWorkbook.from_path(str(path)) as workbook:
            found = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
            sheet = next((each for each in found if each.total_height), None)
            if sheet is None:
                raise RefusedError(": the workbook has no rows.")
            # As they are numbered there, so empty rows above the first one count.
            return sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise RefusedError(f": we couldn't read this workbook: {error}.") from error


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


def check_size(path: Path, largest: int) -> None:
    """Raise RefusedError where a workbook would unpack to more than we want to hold."""
    room = largest
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if part.flag_bits & 1:
                    raise RefusedError(" has a password. Save it without one.")
                columns = rows = size = 0
                tail = b""
                is_sheet = part.filename.startswith("xl/worksheets/")
                with archive.open(part) as packed:
                    while block := packed.read(BLOCK):
                        size += len(block)
                        room -= len(block)
                        if size > LARGEST_PART or room < 0:
                            raise RefusedError(f" is too large when unpacked. {TOO_LARGE}")
                        if is_sheet:
                            for letters, number in PLACE.findall(tail + block):
                                columns = max(columns, column_number(letters))
                                rows = max(rows, int(number))
                            tail = block[-64:]
                if columns > MOST_COLUMNS or columns * rows > MOST_CELLS:
                    raise RefusedError(
                        f" has a cell in column {columns:,}, row {rows:,}: the sheet is too "
                        f"large. {TOO_LARGE}"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise RefusedError(f": we couldn't read this workbook: {error}.") from error


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def main(file: str, largest: str) -> None:
    path = Path(file)
    try:
        check_size(path, int(largest))
        rows = rows_of(path)
    except RefusedError as error:
        print(json.dumps({"error": str(error)}))
        return
    for row in rows:
        print(json.dumps([text_of(cell) for cell in row]))


if __name__ == "__main__":
    main(*sys.argv[1:])
