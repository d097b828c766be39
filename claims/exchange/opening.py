"""Tells what kind of file is imported, by what it begins with, and what to do with others."""

import zipfile
from pathlib import Path

from claims.exchange.json_rows import is_rows
from claims.exchange.problems import BundleError

ZIP = b"PK\x03\x04"
LOOKED_AT = 4096
OTHERS = {
    b"\x1f\x8b": "It is compressed with gzip. Unpack it first (gunzip).",
    b"%PDF": "It is a PDF. Add it as a document, and record its statements on the reading desk.",
    b"PAR1": "It is a Parquet file. Export CSV, JSON Lines or the bundle instead.",
    b"\xd0\xcf\x11\xe0": "It is an old Excel file (.xls). Save it as .xlsx or “CSV UTF-8”.",
    b"BZh": "It is compressed with bzip2. Unpack it first (bunzip2).",
    b"\xfd7zXZ": "It is compressed with xz. Unpack it first (unxz).",
    b"SQLite format 3": "It is an SQLite file. Export CSV, JSON Lines or the bundle instead.",
}
MHTML = (
    "It is a page saved as one file (MHTML). Save it as “Webpage, HTML only”, "
    "then import that as ClaimReview."
)
MARKUP = (
    "It is not a table of statements. If it has ClaimReview markup, "
    "use manage.py import_claimreview FILE."
)
FEED = "It is a feed (RSS or Atom). Import the pages that it links to."
ODS = "It is an OpenDocument file. Save its sheet as .xlsx or “CSV UTF-8”."


def check_kind(path: Path, name: str) -> None:
    """Raise BundleError where a file is of a kind that is never imported."""
    begins = beginning(path)
    for mark, message in OTHERS.items():
        if begins.startswith(mark):
            raise BundleError(f"{name}: {message}")
    text = begins.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<") and any(tag in text for tag in (b"<rss", b"<feed", b"<rdf:rdf")):
        raise BundleError(f"{name}: {FEED}")
    if b"mime-version:" in text and b"multipart/related" in text:
        raise BundleError(f"{name}: {MHTML}")


def beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LOOKED_AT)
    except OSError as error:
        raise BundleError(f"{path.name}: {error.strerror or error}.") from None


def is_zip(path: Path) -> bool:
    return beginning(path).startswith(ZIP) or zipfile.is_zipfile(path)


def workbook_in(path: Path, name: str) -> bool:
    """Return whether a zip is an Excel workbook. Raises BundleError for OpenDocument."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
    if "mimetype" in names:
        raise BundleError(f"{name}: {ODS}")
    return "[Content_Types].xml" in names


def looks_like_markup(path: Path) -> bool:
    """Return whether a file is JSON or a page, but no rows of a CSV as JSON Lines."""
    begins = beginning(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    return begins[:1] in (b"{", b"[", b"<") and not is_rows(path)
