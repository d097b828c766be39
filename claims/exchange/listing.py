"""Writes everything that an import finds into a file: JSON Lines, or CSV by the file's name.

The CSV is plain; guarded, it is for spreadsheets.
"""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from claims.exchange.problems import BundleError, Problem, printable
from claimtracker.spreadsheets import MARK, to_cell

COLUMNS = ("kind", "code", "place", "field", "message")


class Listing:
    """A file with one row per finding. ``begin`` empties it: an import may have to start again."""

    def __init__(self, stream: TextIO, *, as_csv: bool, is_guarded: bool = False) -> None:
        self.stream, self.as_csv, self.is_guarded = stream, as_csv, is_guarded
        self.rows: Any = csv.writer(stream) if as_csv else None

    def begin(self) -> None:
        self.stream.seek(0)
        self.stream.truncate()
        if self.as_csv:
            self.stream.write(MARK if self.is_guarded else "")
            self.write(COLUMNS)

    def write(self, cells: Iterable[str]) -> None:
        """Write a row of the CSV."""
        self.rows.writerow(map(to_cell, cells) if self.is_guarded else cells)

    def __call__(self, kind: str, code: str, found: Problem) -> None:
        cells = [kind, code, *map(printable, (found.place, found.field, found.message))]
        if self.as_csv:
            self.write(cells)
        else:
            row = dict(zip(COLUMNS, cells, strict=True))
            self.stream.write(json.dumps(row, ensure_ascii=False) + "\n")


class ListingFile:
    """Opens the file of a listing, which is CSV where its name says so."""

    def __init__(self, path: Path, *, is_guarded: bool = False) -> None:
        self.path, self.is_guarded = path, is_guarded

    def __enter__(self) -> Listing:
        as_csv = self.path.suffix.lower() == ".csv"
        try:
            self.stream = self.path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise BundleError(f"{self.path}: {error.strerror or error}.") from None
        return Listing(self.stream, as_csv=as_csv, is_guarded=self.is_guarded)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.stream.close()
