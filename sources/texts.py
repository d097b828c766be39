"""The text of a file that an editor uploads."""

import codecs
from pathlib import PurePath
from typing import NamedTuple

from django.core.exceptions import ValidationError

from sources import web_pages
from sources.limited import BusyError
from sources.pdf import BEGINS, UnreadablePDFError, read_pdf

# In bytes: a page has more mark-up than words.
LONGEST_FILE = web_pages.LONGEST
PDF = ".pdf"
TYPES = [".txt", ".text", ".md", *sorted(web_pages.TYPES), PDF]


class FileText(NamedTuple):
    """The text of a file; of a PDF also which of its pages are in doubt, and which have none."""

    text: str
    doubts: dict[str, list[int]] = {}
    without_text: list[int] = []


def words_of(name: str, content: bytes) -> str:
    """Return the text of a file, as ``read_file`` does, without what there is to say about it."""
    return read_file(name, content).text


def read_file(name: str, content: bytes) -> FileText:
    """Return the text of a file: plain text as it is, a web page as its reader sees it.

    The text of a PDF has a page break between its pages. Raises ValidationError with a remedy where
    the file is of another type, too large, empty, or in an encoding that cannot be read.
    """
    kind = PurePath(name).suffix.lower()
    if kind not in TYPES:
        raise ValidationError(
            f"We can't read “{name}”. Upload a .txt, .html, .mhtml or .pdf file. From a word "
            "processor's document, copy the text and paste it."
        )
    if len(content) > LONGEST_FILE:
        raise ValidationError(f"“{name}” is larger than {LONGEST_FILE // 1_000_000} MB.")
    try:
        if kind == PDF or content.startswith(BEGINS):
            return _of_pdf(name, content)
        is_page = kind in web_pages.TYPES
        text = web_pages.text_of(content) if is_page else _plain_text(name, content)
    except web_pages.UnreadablePageError as error:
        raise ValidationError(f"“{name}” {error}") from None
    except BusyError as error:
        raise ValidationError(str(error)) from None
    if not text.strip():
        raise ValidationError(f"“{name}” has no words.")
    return FileText(text)


def _of_pdf(name: str, content: bytes) -> FileText:
    try:
        found = read_pdf(content)
    except UnreadablePDFError as error:
        raise ValidationError(f"“{name}” {error}. Copy its text and paste it.") from None
    if not found.text.strip():
        raise ValidationError(
            f"“{name}” has no words as text, only pictures of them. Have it read by a program that "
            "recognises letters (OCR), and paste what it finds."
        )
    return FileText(found.text, found.doubts, found.without_text)


def _plain_text(name: str, content: bytes) -> str:
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_utf_16 else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        line = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise ValidationError(
            f"“{name}” is not text in {encoding.removesuffix('-sig').upper()} (line {line}). "
            "Save it as UTF-8 and upload it again, or paste its text."
        ) from None
    if "\0" in text:
        raise ValidationError(
            f"“{name}” holds NUL characters, which text cannot have. Is it another kind of file?"
        )
    return text
