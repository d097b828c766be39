"""Where the quotes of citations stand in the text of a document.

A quote is looked for as the Web Annotation model's TextQuoteSelector says: the exact words, and
where they occur more than once, those between the prefix and the suffix. Layout and typography do
not count: any white space is one space, curly and angled quotation marks are straight ones, every
dash is a hyphen, what has no width is not there. Letters, case and accents do count. The database
folds a text in the same way (``quote_key``, migration ``misquotes``), to know which quotes no
longer occur.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

SPACES = "\t\n\v\f\r\u0085\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
SPACES += "\u2028\u2029\u202f\u205f\u3000"
# Soft hyphen, zero-width characters and the marks of direction.
WIDTHLESS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
WIDTHLESS += "\u2060\u2066\u2067\u2068\u2069\ufeff"
ALIKE = {
    "'": "\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201a\u201b\u2032",
    '"': "\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "...": "\u2026",
}
_FOLDED = {character: folded for folded, group in ALIKE.items() for character in group}
# What is not the same in the key: a run with white space in it, unless it is one plain space.
_UNLIKE_ITS_KEY = re.compile(
    f"[ {SPACES}{WIDTHLESS}]{{2,}}|[{SPACES}{WIDTHLESS}]|[{''.join(_FOLDED)}]"
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WIDTHLESS_ONLY = re.compile(f"[{WIDTHLESS}]+")

# Of words that a text is full of, as many places are weighed by what stands around them.
PLACES_WEIGHED = 1000
# How much of what stands around a quote is kept to find it by, in characters.
CONTEXT = 40


class Span(NamedTuple):
    """A stretch of a text, in characters from its beginning."""

    start: int
    end: int


class Segment(NamedTuple):
    """A stretch of a text under the same marks: which they are, and which of them begin here."""

    text: str
    marks: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


@dataclass
class FoldedText:
    """A text as quotes are looked for in it, and the way back to the places in the text itself.

    The text is in the normal form C, as the database keeps it.
    """

    text: str
    key: str = field(init=False)
    # Of each stretch that reads otherwise in the key: where it is in the key and in the text.
    _in_key: list[Span] = field(init=False, default_factory=list)
    _in_text: list[Span] = field(init=False, default_factory=list)
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        pieces: list[str] = []
        length = read = 0
        for found in _UNLIKE_ITS_KEY.finditer(self.text):
            folded = _folded(found[0])
            pieces += (self.text[read : found.start()], folded)
            at = length + found.start() - read
            read, length = found.end(), at + len(folded)
            self._in_key.append(Span(at, length))
            self._in_text.append(Span(*found.span()))
        pieces.append(self.text[read:])
        self.key = "".join(pieces)
        self._starts = [span.start for span in self._in_key]

    def span(self, start: int, end: int) -> Span:
        """Return the place in the text of a stretch of the key that is not empty."""
        return Span(self._character(start).start, self._character(end - 1).end)

    def _character(self, at: int) -> Span:
        last = bisect_right(self._starts, at) - 1
        if last < 0:
            return Span(at, at + 1)
        in_key, in_text = self._in_key[last], self._in_text[last]
        if at < in_key.end:
            return in_text
        there = in_text.end + at - in_key.end
        return Span(there, there + 1)


def _folded(run: str) -> str:
    if run in _FOLDED:
        return _FOLDED[run]
    return "" if _WIDTHLESS_ONLY.fullmatch(run) else " "


def quote_key(words: str) -> str:
    """Return a quote as it is looked for; blank where there is nothing to look for."""
    return FoldedText(unicodedata.normalize("NFC", words)).key.strip(" ")


def find(text: FoldedText, exact: str, prefix: str = "", suffix: str = "") -> Span | None:
    """Return the place of a quote in a text, None where it does not occur or is blank.

    Of several places, the one between prefix and suffix; where there is none, the one that most
    of them stands around; of equal ones, the first.
    """
    quote = quote_key(exact)
    if not quote or (at := text.key.find(quote)) < 0:
        return None
    before, after = quote_key(prefix), quote_key(suffix)
    if (before or after) and text.key.find(quote, at + 1) >= 0:
        at = _between(text.key, quote, before, after)
    return text.span(at, at + len(quote))


def _between(key: str, quote: str, before: str, after: str) -> int:
    """Return where a quote occurs that stands between these words, or nearly."""
    for left, right in product(("", " "), repeat=2):
        at = key.find(f"{before}{left}{quote}{right}{after}".strip(" "))
        if at >= 0:
            return at + len(f"{before}{left}".lstrip(" "))
    return max(
        _occurrences(key, quote),
        key=lambda at: _context(key, at, at + len(quote), before, after),
    )


def _occurrences(key: str, quote: str) -> Iterator[int]:
    at = key.find(quote)
    for _ in range(PLACES_WEIGHED):
        if at < 0:
            return
        yield at
        at = key.find(quote, at + 1)


def _context(key: str, start: int, end: int, before: str, after: str) -> int:
    """Return how many characters of prefix and suffix stand around a place."""
    left = key[max(start - len(before) - 1, 0) : start].rstrip(" ")
    right = key[end : end + len(after) + 1].lstrip(" ")
    return _shared(reversed(left), reversed(before)) + _shared(right, after)


def _shared(one: Iterable[str], other: Iterable[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def lines(text: str, spans: Sequence[Span | None]) -> list[list[Segment]]:
    """Return a text line by line, each cut where a mark begins or ends.

    ``spans`` are the places to mark, None for what has none; marks are named by their index.
    Joined, the segments are the text; each line but the last ends with its line break. Of the
    marks of a segment the widest comes first, so that the narrower lie within.
    """
    placed = {number: span for number, span in enumerate(spans) if span and span.start < span.end}
    cuts = sorted({at for span in placed.values() for at in span})
    begin: dict[int, list[int]] = {}
    for number, span in placed.items():
        begin.setdefault(span.start, []).append(number)

    def width(number: int) -> tuple[int, int]:
        return placed[number].start - placed[number].end, number

    found: list[list[Segment]] = []
    active: list[int] = []
    cut = at = 0
    for line in _LINE.findall(text):
        segments: list[Segment] = []
        end = at + len(line)
        while at < end:
            while cut < len(cuts) and cuts[cut] <= at:
                cut += 1
            begins = begin.get(at, [])
            still = [number for number in active if at < placed[number].end]
            active = sorted(still + begins, key=width)
            upto = min(end, cuts[cut]) if cut < len(cuts) else end
            segments.append(Segment(text[at:upto], tuple(active), tuple(sorted(begins, key=width))))
            at = upto
        found.append(segments)
    return found
