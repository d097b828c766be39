"""The text of a PDF: see ``sources/readers/pdf.py``, which reads it in a process of its own."""

import json
import shutil
from typing import NamedTuple

from sources import limited

# What a PDF begins with, whatever its file is called.
BEGINS = b"%PDF-"
# In characters: more than a document's text may have.
LONGEST = 2_000_000
TOO_MUCH = "takes too much work to read"
UNREADABLE = {
    "locked": "is locked with a password",
    "odd": "is no PDF that can be read here",
    "large": TOO_MUCH,
    "long": "has more than 2 MB of text, the most that can be stored",
}
# Between pages, so that a page is found by its number. Quotes are found across it.
PAGE_BREAK = "\f"


class UnreadablePDFError(Exception):
    """A PDF cannot be read: it is locked, damaged, too long, or made to be too much."""


class PDFText(NamedTuple):
    """The text of a PDF with page breaks, and of each reason for doubt the pages it is about."""

    text: str
    doubts: dict[str, list[int]]

    @property
    def without_text(self) -> list[int]:
        """The numbers of the pages that have no text: pictures of words, most likely."""
        pages = self.text.split(PAGE_BREAK)
        return [number for number, page in enumerate(pages, 1) if not page.strip()]


def read_pdf(content: bytes, *, seconds: int = limited.SECONDS) -> PDFText:
    """Return the text of a PDF, by pdftotext where it is installed, else by pypdf alone.

    Raises UnreadablePDFError, which says why after the name of the file, or BusyError.
    """
    program = shutil.which("pdftotext") or ""
    try:
        output = limited.read("pdf", content, program, str(LONGEST), seconds=seconds)
    except limited.TooMuchWorkError:
        raise UnreadablePDFError(TOO_MUCH) from None
    answer = json.loads(output)
    if "refused" in answer:
        raise UnreadablePDFError(UNREADABLE[answer["refused"]])
    return PDFText(f"\n{PAGE_BREAK}".join(answer["pages"]), answer["doubts"])
