"""The words around a quote, as readers see them.

Prefix and suffix are kept to find a quote by (Web Annotation, TextQuoteSelector): they may begin or
end within a word, and those that a form trimmed lack the space beside the quote.
"""

import re

from claims.reading import CONTEXT

# A context of nearly this many characters was cut to that length, wherever it fell.
CUT = CONTEXT - 4
_OPENING = tuple("([{“„‘‚«‹¿¡\"'-–—/")
_CLOSING = tuple(",.;:!?)]}”’»›…\"'-–—/。，、；：！？،؛؟։")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_HEAD = re.compile(r"\S+\s+")
_TAIL = re.compile(r"\s+\S+$")


def words_before(prefix: str, quote: str) -> str:
    """Return what to show before a quote; "" where there is nothing."""
    words = " ".join(_PARAGRAPH.split(prefix)[-1].split())
    if len(prefix) >= CUT:
        words = _HEAD.sub("", words, count=1) if " " in words else words
    if not words:
        return ""
    joined = not prefix[-1].isspace() and (words.endswith(_OPENING) or quote.startswith(_CLOSING))
    return f"… {words}" + ("" if joined else " ")


def words_after(suffix: str, quote: str) -> str:
    """Return what to show after a quote; "" where there is nothing."""
    words = " ".join(_PARAGRAPH.split(suffix)[0].split())
    if len(suffix) >= CUT:
        words = _TAIL.sub("", words) if " " in words else words
    if not words:
        return ""
    joined = words.startswith(_CLOSING) or quote.endswith(_OPENING)
    apart = suffix[0].isspace() and not words.startswith(tuple(",.;:!?)]}”’»"))
    return (" " if apart or not joined else "") + words + ("" if words == "." else " …")
