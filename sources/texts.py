"""The words of a file that an editor uploads."""

import codecs
import re
from pathlib import PurePath

from django.core.exceptions import ValidationError

from sources.pdf import BEGINS, UnreadablePDFError, text_of

# In bytes: a page has more mark-up than words.
LONGEST_FILE = 10_000_000
HTML = {".html", ".htm", ".xhtml"}
PDF = ".pdf"
TYPES = [".txt", ".text", ".md", *sorted(HTML), PDF]
ENCODED_AS = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)


def words_of(name: str, content: bytes) -> str:
    """Return the words of a file: those of plain text as they are, those of HTML without mark-up.

    Of a PDF they are those that it has as text, page after page, line by line.

    Raises ValidationError with a remedy where the file is of another type, too large, empty, or
    not in UTF-8; a file that begins with the byte order mark of UTF-16 is read as such, HTML as
    the encoding that it names.
    """
    kind = PurePath(name).suffix.lower()
    if kind not in TYPES:
        raise ValidationError(
            f"“{name}” is no text that can be read here. Upload a .txt, .html or .pdf file; of a "
            "word processor's document, copy the text and paste it."
        )
    if len(content) > LONGEST_FILE:
        raise ValidationError(f"“{name}” is larger than {LONGEST_FILE // 1_000_000} MB.")
    if kind == PDF or content.startswith(BEGINS):
        return _of_pdf(name, content)
    text = _decoded(name, content, kind)
    if "\0" in text:
        raise ValidationError(
            f"“{name}” holds NUL characters, which text cannot have. Is it another kind of file?"
        )
    if kind in HTML:
        text = _without_markup(name, text)
    if not text.strip():
        raise ValidationError(f"“{name}” has no words.")
    return text


def _of_pdf(name: str, content: bytes) -> str:
    try:
        text = text_of(content)
    except UnreadablePDFError as error:
        raise ValidationError(f"“{name}” {error}. Copy its text and paste it.") from None
    if not text.strip():
        raise ValidationError(
            f"“{name}” has no words as text, only pictures of them. Have it read by a program that "
            "recognises letters (OCR), and paste what it finds."
        )
    return text


def _decoded(name: str, content: bytes, kind: str) -> str:
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif kind in HTML and (named := ENCODED_AS.search(content[:4096])):
        encoding = named[1].decode("ascii", "replace")
        encoding = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
    try:
        return content.decode(encoding)
    except (LookupError, UnicodeError) as error:
        at = getattr(error, "start", 0)
        line = content.count(b"\n", 0, at) + 1
        raise ValidationError(
            f"“{name}” is not text in {encoding.removesuffix('-sig').upper()} (line {line}). "
            "Save it as UTF-8 and upload it again, or paste its text."
        ) from None


def _without_markup(name: str, html: str) -> str:
    # Here, as hardly any process that serves ever needs these four megabytes.
    import html_text
    from lxml.etree import LxmlError

    # What declares an encoding has been decoded: lxml refuses such text.
    html = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html)
    try:
        return html_text.extract_text(html)
    except (LxmlError, RecursionError, ValueError):
        raise ValidationError(
            f"The mark-up of “{name}” cannot be read. Copy the text from the page and paste it."
        ) from None
