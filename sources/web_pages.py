"""What a web page says, and its markup: see ``sources/readers/page.py``, which reads them."""

import json
from pathlib import PurePath
from typing import Any

from sources import limited
from sources.models import LONGEST_TEXT

# In bytes: a page has more markup than words.
LONGEST = 10_000_000
HTML = {".html", ".htm", ".xhtml"}
# A page and its pictures in one file.
SAVED_WHOLE = {".mht", ".mhtml"}
TYPES = HTML | SAVED_WHOLE


class UnreadablePageError(Exception):
    """A page cannot be read. It says why after the name of the file."""


def is_a_page(name: str) -> bool:
    """Return whether a file is a web page by its name."""
    return PurePath(name).suffix.lower() in TYPES


def text_of(content: bytes) -> str:
    """Return the words of a page as a reader sees them, with a blank line between paragraphs.

    Raises UnreadablePageError, or BusyError.
    """
    return _read(content, "text")["text"]


def markup_of(content: bytes) -> dict[str, Any]:
    """Return the markup of a page: ``scripts``, texts of JSON-LD, and ``items``, its microdata.

    An item is like an object of JSON-LD: ``{"@type": [address, …], property: [value, …]}``.
    Raises UnreadablePageError, or BusyError.
    """
    return _read(content, "markup")


def _read(content: bytes, what: str) -> dict[str, Any]:
    if len(content) > LONGEST:
        raise UnreadablePageError(f"is larger than {LONGEST // 1_000_000} MB.")
    try:
        answer = json.loads(limited.read("page", content, what, str(LONGEST_TEXT)))
    except limited.TooMuchWorkError:
        raise UnreadablePageError(
            "takes too much work to read. Copy the text from the page and paste it."
        ) from None
    if "refused" in answer:
        raise UnreadablePageError(answer["refused"])
    return answer
