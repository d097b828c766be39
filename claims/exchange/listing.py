"""Writes everything that an import finds into a file: JSON Lines, or CSV by the file's name."""

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from claims.exchange.problems import BundleError, Problem, printable
from claimtracker.spreadsheets import to_cell

COLUMNS = ("kind", "code", "place", "field", "message")


class Listing:
    """A file with one row per finding. ``begin`` empties it: an import may have to start again."""

    def __init__(self, stream: TextIO, *, as_csv: bool) -> None:
        self.stream, self.as_csv = stream, as_csv
        self.rows: Any = csv.writer(stream) if as_csv else None

    def begin(self) -> None:
        self.stream.seek(0)
        self.stream.truncate()
        if self.as_csv:
            self.rows.writerow(COLUMNS)

    def __call__(self, kind: str, code: str, found: Problem) -> None:
        cells = [kind, code, *map(printable, (found.place, found.field, found.message))]
        if self.as_csv:
            self.rows.writerow(map(to_cell, cells))
        else:
            row = dict(zip(COLUMNS, cells, strict=True))
            self.stream.write(json.dumps(row, ensure_ascii=False) + "\n")


class ListingFile:
    """Opens the file of a listing, which is CSV where its name says so."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Listing:
        as_csv = self.path.suffix.lower() == ".csv"
        try:
            # A spreadsheet knows UTF-8 by the mark at its beginning.
            encoding = "utf-8-sig" if as_csv else "utf-8"
            self.stream = self.path.open("w", encoding=encoding, newline="")
        except OSError as error:
            raise BundleError(f"{self.path}: {error.strerror or error}.") from None
        return Listing(self.stream, as_csv=as_csv)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.stream.close()
