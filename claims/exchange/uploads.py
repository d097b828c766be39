"""Files that come over the network: a zipped bundle, a CSV or workbook, or ClaimReview markup."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from claims.exchange.claim_reviews import ClaimReviews
from claims.exchange.format import FILES, shown
from claims.exchange.importing import Bundle, Given
from claims.exchange.json_rows import JsonRows, is_rows
from claims.exchange.markup import page_read
from claims.exchange.opening import MARKUP as NO_TABLE
from claims.exchange.opening import ZIP, check_kind, is_zip, looks_like_markup, workbook_in
from claims.exchange.problems import BundleError
from claims.exchange.sheet import Sheet
from claims.exchange.workbooks import Workbook
from sources import web_pages

LARGEST = 8 * 1024 * 1024
# Unpacked. JSON Lines shrink to a tenth; what shrinks to less is made to fill a disk.
LARGEST_UNPACKED = 8 * LARGEST
LARGEST_RATIO = 100
MOST_ROWS = 20_000
BLOCK = 64 * 1024
ON_THE_SERVER = "Import it on the server: manage.py import_bundle"
NAMES = [file.file_name for file in FILES]
# What may hold ClaimReview.
MARKUP = {".json", ".jsonld", ".jsonl", ".ndjson", *web_pages.TYPES}
# What systems put beside files, unasked.
UNASKED = {".DS_Store", "Thumbs.db", "desktop.ini"}


@contextmanager
def given_in(content: bytes, name: str) -> Iterator[Given]:
    """Yield what a file brings, to be imported. Raises BundleError where it is none of ours."""
    with TemporaryDirectory(prefix="claimtracker-import-") as folder:
        # One that begins as an archive and does not end as one was cut off on its way.
        path = Path(folder, "given")
        path.write_bytes(content)
        check_kind(path, name)
        if content.startswith(ZIP) or zipfile.is_zipfile(io.BytesIO(content)):
            if workbook_in(path, name):
                yield Workbook(path, name, MOST_ROWS)
                return
            bundle = Path(folder, "bundle")
            bundle.mkdir()
            unpack(io.BytesIO(content), name, bundle, len(content))
            yield Bundle(bundle, name)
        elif is_rows(path):
            yield JsonRows(path, name, MOST_ROWS)
        elif Path(name).suffix.lower() in MARKUP:
            yield ClaimReviews(path, name)
        else:
            yield Sheet(path, name, MOST_ROWS)


def to_keep(content: bytes, name: str) -> bytes:
    """Return what is kept of a file until it is imported: of a web page, what it has to import.

    Raises BundleError.
    """
    return page_read(content, name) if Path(name).suffix.lower() in MARKUP else content


@contextmanager
def given_at(path: Path) -> Iterator[Given]:
    """Yield what is imported from a path: a folder, a zip, a CSV, .xlsx or JSON Lines."""
    if not path.is_file():
        yield Bundle(path)
        return
    if path.name in {file.file_name for file in FILES} and not is_rows(path):
        raise BundleError(
            f"{path.name}: it is one file of a bundle. Import the folder that it is in: "
            f"manage.py import_bundle {path.parent}"
        )
    check_kind(path, path.name)
    if is_zip(path):
        if workbook_in(path, path.name):
            yield Workbook(path)
            return
        with TemporaryDirectory(prefix="claimtracker-import-") as folder:
            with path.open("rb") as stream:
                unpack(stream, path.name, Path(folder))
            yield Bundle(Path(folder), path.name)
    elif looks_like_markup(path):
        raise BundleError(f"{path.name}: {NO_TABLE}")
    else:
        yield JsonRows(path) if is_rows(path) else Sheet(path)


def unpack(given: BinaryIO, name: str, folder: Path, size: int = 0) -> None:
    """Write the files of a zipped bundle into a folder, by their own names only.

    With the ``size`` of a file that came over the network, only so much as such a file may hold.
    """
    try:
        with zipfile.ZipFile(given) as archive:
            room = min(LARGEST_UNPACKED, max(size, BLOCK) * LARGEST_RATIO)
            rows = 0
            for member in members(archive, name):
                target = folder / Path(member.filename).name
                with archive.open(member) as packed, target.open("wb") as stream:
                    while block := packed.read(BLOCK):
                        room -= len(block)
                        rows += block.count(b"\n")
                        if size and (room < 0 or rows > MOST_ROWS):
                            raise BundleError(
                                f"{name} holds more than can be imported here. "
                                f"{ON_THE_SERVER} FOLDER"
                            )
                        stream.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise BundleError(f"{name} cannot be unpacked: {error}. Zip the files again.") from error


def members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Return the files of a bundle in an archive, at its top or in one folder, or raise."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        *folders, own = member.filename.split("/")
        if member.is_dir() or "__MACOSX" in folders or own in UNASKED:
            continue
        if own not in NAMES or len(folders) > 1 or not all(is_plain(one) for one in folders):
            raise BundleError(
                f"{name}: {shown(member.filename)} is no file of a bundle. It may hold "
                f"{', '.join(NAMES)}, all at its top or in one folder."
            )
        if own in found:
            raise BundleError(f"{name}: {own} is in it twice.")
        if member.flag_bits & 1:
            raise BundleError(f"{name}: {own} is encrypted. Zip the files without a password.")
        found[own] = member
    if len({str(Path(member.filename).parent) for member in found.values()}) > 1:
        raise BundleError(f"{name}: its files are in several folders. Put them into one.")
    if not found:
        raise BundleError(f"{name} holds none of the files of a bundle: {', '.join(NAMES)}.")
    return list(found.values())


def is_plain(folder: str) -> bool:
    return folder not in {"", ".", ".."} and "\\" not in folder and ":" not in folder
