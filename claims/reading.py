"""Where the quotes of citations stand in the text of a document.

A quote is looked for as the Web Annotation model's TextQuoteSelector says: the exact words, and
where they occur more than once, those between the prefix and the suffix. Only whole words match:
"road" is not found in "roadside". Layout and typography do not count (``STEPS`` has the list), nor
does a hyphen at the end of a line: "block-⏎ade" is "blockade", and "first-⏎class" is "first-class".
Letters, case and accents do count. The database folds a text in the same way (``quote_key`` and
``quote_occurs``), to know which quotes no longer occur; a test holds the two against each other.
"""

import functools
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from claimtracker.marks import normalized

# A hyphen that may or may not be one: at the end of a line it is put in, or it is the word's own.
SOFT = "\u00ad"
_BLANK_BUT_SPACE = "\\t-\\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BLANK = f" {_BLANK_BUT_SPACE}"
_LINE_END = "\\n\\f\u0085\u2028\u2029"
# Zero-width characters and the marks of direction; tatweel; the vowel signs that Hebrew and Arabic
# mostly leave out.
_UNSEEN = (
    "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\u0640\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
)
# Ligatures and other shapes of letters, և, and the wide letters and signs of East Asian fonts.
_SHAPES = "\u0587\ufb00-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc\uff01-\uff5e"
# The letters, marks and digits of scripts that put spaces between words.
_AFTER = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05ea\u05ef-\u05f2"
_AFTER += "\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06fc\u06ff"
_AFTER += "\u0750-\u077f\u08a0-\u08ff"
_BEFORE = (
    "0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0300-\u0373\u0376\u0377"
    "\u037b-\u037d\u037f-\u0386\u0388-\u0481\u0483-\u052f\u0531-\u0556\u0560-\u0588"
    "\u0900-\u0963\u0966-\u0df3\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u1e00-\u1fbc\u1fc2-\u1fcc"
    "\u1fd0-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ffc\u2c00-\u2c7f\u2d00-\u2d25\ua640-\ua69d\ua720-\ua7ff"
)
# In Hebrew and Arabic, "and", "the" and "in" are written together with the word they precede, so
# that a quote may begin there within what is written as one word; it may not end there.
_LETTERS = f"{_BEFORE}{_AFTER}"
_EAST_ASIAN = "\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff"


def _by_compatibility(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


# What is done to a text, and to a quote, one after the other: a pattern, and what replaces it.
STEPS: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (f"[{_SHAPES}]", _by_compatibility),
        (f"[{_UNSEEN}]", ""),
        # A hyphen before the end of a line, between letters.
        (
            f"(?<=[{_LETTERS}])[-\u2010\u058a\u05be][{_BLANK}]*[{_LINE_END}][{_BLANK}]*(?=[{_LETTERS}])",
            SOFT,
        ),
        (f"{SOFT}+[{_BLANK}]*[{_LINE_END}][{_BLANK}]*|{SOFT}{{2,}}", SOFT),
        ("[`\u00b4\u02b9\u02bb-\u02bd\u05f3\u2018-\u201b\u2032\u2039\u203a]", "'"),
        ("[\u00ab\u00bb\u05f4\u201c-\u201f\u2033]", '"'),
        ("[\u058a\u05be\u2010-\u2015\u2212]", "-"),
        ("\u2026", "..."),
        (f"[{_BLANK}]{{2,}}|[{_BLANK_BUT_SPACE}]", " "),
        (f"(?<![{_LETTERS}]){SOFT}|{SOFT}(?![{_LETTERS}])", ""),
        # Beside dashes and quotation marks, before other marks, and after a bracket.
        (' (?=[-",.;:!?)\\]%])', ""),
        ('(?<=[-"(\\[]) ', ""),
        (f"(?<=[{_EAST_ASIAN}]) (?=[{_EAST_ASIAN}])", ""),
    )
]

# Of words that a text is full of, as many places are weighed by what stands around them.
PLACES_WEIGHED = 1000
# How much of what stands around a quote is kept to find it by, in characters.
CONTEXT = 40
# How many of the nearest characters on one side say that it is the same place.
NEAREST = 12
# Longer quotes are told apart by their letters: no hyphen can make one of them another.
LONG = 500

_STARTS_A_WORD = re.compile(f"[{_BEFORE}]")
_LETTER = re.compile(f"[{_LETTERS}]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Span(NamedTuple):
    """A stretch of a text, in characters from its beginning."""

    start: int
    end: int


class Place(NamedTuple):
    """Where a quote stands, and whether it certainly is that place.

    It is not certain where the words that stood before and after the quote are both gone: it may
    be what somebody else said in the same words.
    """

    span: Span
    is_certain: bool = True


class Segment(NamedTuple):
    """A stretch of a text under the same marks: which they are, and which of them begin here."""

    text: str
    marks: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


class Layer:
    """What a replacement made of a text, and the way back to the places in the text before it."""

    def __init__(
        self, text: str, pattern: re.Pattern[str], replacement: str | Callable[..., str]
    ) -> None:
        pieces: list[str] = []
        # Of each stretch that has another length than before: where it was, and is.
        self._before: list[Span] = []
        self._after: list[Span] = []
        length = read = 0
        for found in pattern.finditer(text):
            start, end = found.span()
            new = replacement if isinstance(replacement, str) else replacement(found)
            pieces += (text[read:start], new)
            at = length + start - read
            read, length = end, at + len(new)
            if end - start != 1 or len(new) != 1:
                self._before.append(Span(start, end))
                self._after.append(Span(at, length))
        if read:
            pieces.append(text[read:])
            text = "".join(pieces)
        self.text = text
        self._starts = [span.start for span in self._after]

    def before(self, span: Span) -> Span:
        """Return where a stretch that is not empty was before the replacement."""
        return Span(self._character(span.start).start, self._character(span.end - 1).end)

    def _character(self, at: int) -> Span:
        last = bisect_right(self._starts, at) - 1
        if last < 0:
            return Span(at, at + 1)
        after, before = self._after[last], self._before[last]
        if at < after.end:
            return before
        there = before.end + at - after.end
        return Span(there, there + 1)


_SOFT = re.compile(SOFT)
_SOFT_OR_HYPHEN = re.compile(f"[-{SOFT}]")


@dataclass
class FoldedText:
    """A text as quotes are looked for in it, and the way back to the places in the text itself.

    The text is in the normal form C, as the database keeps it. ``key`` is the folded text, in
    which a soft hyphen stands wherever a hyphen may be one or not.
    """

    text: str
    key: str = field(init=False)
    _layers: list[Layer] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.key = self.text
        for pattern, replacement in STEPS:
            layer = Layer(self.key, pattern, replacement)
            self._layers.append(layer)
            self.key = layer.text

    @functools.cached_property
    def joined(self) -> Layer:
        """The key with each soft hyphen left out."""
        return Layer(self.key, _SOFT, "")

    @functools.cached_property
    def letters(self) -> Layer:
        """The key without any hyphen."""
        return Layer(self.key, _SOFT_OR_HYPHEN, "")

    def span(self, start: int, end: int, *, of: Layer | None = None) -> Span:
        """Return the place in the text of a stretch of the key, or of what was made of the key."""
        span = Span(start, end)
        if of is not None:
            span = of.before(span)
        for layer in reversed(self._layers):
            span = layer.before(span)
        end = span.end
        while end < len(self.text) and unicodedata.combining(self.text[end]):
            end += 1
        return Span(span.start, end)


def quote_key(words: str) -> str:
    """Return a quote as it is looked for; blank where there is nothing to look for."""
    return FoldedText(normalized("NFC", words)).key.strip(" ")


def find(text: FoldedText, exact: str, prefix: str = "", suffix: str = "") -> Place | None:
    """Return the place of a quote in a text, None where it does not occur or is blank.

    Of several places, the one between prefix and suffix; where there is none, the one that most
    of them stands around; of equal ones, the first.
    """
    quote = quote_key(exact)
    if not quote:
        return None
    before, after = quote_key(prefix), quote_key(suffix)
    layer, places = _places(text, quote)
    best = next(places, None)
    if best is None:
        return None
    if before or after:
        key = layer.text if layer else text.key
        best = _between(key, quote, before, after) or max(
            [best, *places], key=lambda place: _context(key, place, before, after)
        )
    return Place(text.span(*best, of=layer), _is_certain(text, quote, before, after))


def _places(text: FoldedText, quote: str) -> tuple[Layer | None, Iterator[Span]]:
    """Return where a quote occurs, and in which layer above the key these places are."""
    joined = quote.replace(SOFT, "")
    spans = _occurrences(text.joined.text, joined, whole=len(quote) <= LONG)
    if (first := next(spans, None)) is not None:
        return text.joined, _with(first, spans)
    if SOFT not in text.key + quote:
        return None, iter(())
    letters = _SOFT_OR_HYPHEN.sub("", quote)
    if letters not in text.letters.text:
        return None, iter(())
    if len(quote) > LONG:
        return text.letters, _occurrences(text.letters.text, letters, whole=False)
    found = _with_hyphens(quote).finditer(text.key)
    return None, (Span(*each.span()) for _, each in zip(range(PLACES_WEIGHED), found, strict=False))


def _with(first: Span, others: Iterator[Span]) -> Iterator[Span]:
    yield first
    yield from others


def _occurrences(key: str, quote: str, *, whole: bool) -> Iterator[Span]:
    """Yield where a quote occurs, as ``whole`` words."""
    if not quote:
        return
    starts = whole and _STARTS_A_WORD.match(quote)
    ends = whole and _LETTER.match(quote[-1])
    at, left = key.find(quote), PLACES_WEIGHED
    while at >= 0 and left:
        end = at + len(quote)
        if not (starts and at and _LETTER.match(key[at - 1])) and not (
            ends and end < len(key) and _LETTER.match(key[end])
        ):
            left -= 1
            yield Span(at, end)
        at = key.find(quote, at + 1)


def _with_hyphens(quote: str) -> re.Pattern[str]:
    """Return what matches a quote in a key where either may have hyphens that are none."""
    pattern = []
    for this, following in zip(quote, quote[1:] + " ", strict=True):
        if this == SOFT:
            pattern.append(f"[-{SOFT}]?")
        elif this == "-":
            pattern.append(f"[-{SOFT}]")
        elif _LETTER.match(this) and _LETTER.match(following):
            pattern.append(f"{re.escape(this)}{SOFT}?")
        else:
            pattern.append(re.escape(this))
    start = f"(?<![{_LETTERS}])" if _STARTS_A_WORD.match(quote) else ""
    end = f"(?![{_LETTERS}])" if _LETTER.match(quote[-1]) else ""
    return re.compile(f"{start}{''.join(pattern)}{end}")


def _between(key: str, quote: str, before: str, after: str) -> Span | None:
    """Return where a quote stands between just these words, None where it nowhere does."""
    quote, before, after = (each.replace(SOFT, "") for each in (quote, before, after))
    for left, right in product(("", " "), repeat=2):
        passage = f"{before}{left}{quote}{right}{after}".strip(" ")
        start = len(f"{before}{left}".lstrip(" "))
        at = key.find(passage) + start
        if at >= start and next(
            _occurrences(
                key[max(at - 1, 0) : at + len(quote) + 1], quote, whole=len(quote) <= LONG
            ),
            None,
        ):
            return Span(at, at + len(quote))
    return None


def _context(key: str, place: Span, before: str, after: str) -> int:
    """Return how many characters of prefix and suffix stand around a place."""
    left = key[max(place.start - len(before) - 1, 0) : place.start].rstrip(" ")
    right = key[place.end : place.end + len(after) + 1].lstrip(" ")
    return _shared(reversed(left), reversed(before)) + _shared(right, after)


def _shared(one: Iterable[str], other: Iterable[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _is_certain(text: FoldedText, quote: str, before: str, after: str) -> bool:
    """Return whether the nearest words of the prefix or of the suffix still stand by the quote."""
    if not before and not after:
        return True
    letters = text.letters.text
    around = []
    if before:
        around += [f"{before[-NEAREST:]}{gap}{quote}" for gap in ("", " ")]
    if after:
        around += [f"{quote}{gap}{after[:NEAREST]}" for gap in ("", " ")]
    return any(_SOFT_OR_HYPHEN.sub("", each) in letters for each in around)


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
