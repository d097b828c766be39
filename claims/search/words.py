"""Where in a text the words stand that were found."""

import re
from collections.abc import Iterable, Iterator, Set

from claimtracker.marks import normalized

# Longer texts are shown from a little before the first word that was found.
SHOWN = 320  # characters
BEFORE = 80

_WITHOUT_WIDTH = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_MARKS = (
    "\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u055b\u055c\u055e"
)
_DROPPED = re.compile(f"[{_MARKS}{_WITHOUT_WIDTH}]|(?<!\u0438)\u0306")
_LETTERS = str.maketrans("ıəøłđħςœæ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "ieoldhσoa01234567890123456789")
_TO_LATIN = str.maketrans("аеорсухіјѕһ", "aeopcyxijsh")
_TO_CYRILLIC = str.maketrans("aeopcyxijsh", "аеорсухіјѕһ")
_CYRILLIC = re.compile("[\u0430-\u04ff]")
_LATIN = re.compile("[a-z]")
_MARKED = re.compile("<([^<>]+)>")
_SEPARATOR = re.compile("(?:_|[^\\w\u0700-\u0fff])+")
_WORD = re.compile(f"(?:[^\\W_]|[\u0700-\u0fff\u0306{_MARKS}{_WITHOUT_WIDTH}])+")


def folded(text: str) -> list[str]:
    """Return the words of a text as search_text(), the function of the database, leaves them."""
    if text.isascii():
        return [word for word in _SEPARATOR.split(text.lower()) if word]
    decomposed = normalized("NFKD", text).lower()
    key = normalized("NFC", _DROPPED.sub("", decomposed))
    key = key.replace("ß", "ss").replace("եւ", "եվ").translate(_LETTERS)
    return [_in_one_alphabet(word) for word in _SEPARATOR.split(key) if word]


def _in_one_alphabet(word: str) -> str:
    if not (_LATIN.search(word) and _CYRILLIC.search(word)):
        return word
    in_latin = word.translate(_TO_LATIN)
    return word.translate(_TO_CYRILLIC) if _CYRILLIC.search(in_latin) else in_latin


def found_in(text: str, words: Set[str]) -> Iterator[tuple[int, int]]:
    """Yield where in a text the words stand, given as the database folds them."""
    for match in _WORD.finditer(text):
        if not words.isdisjoint(folded(match[0])):
            yield match.span()


def pieces(text: str, marked: str) -> list[str]:
    """Return a text cut into pieces, of which every second one was found; [] where none was.

    ``marked`` has the words that were found between < and >, folded or as Turkish writes them.
    Together the pieces are the text, or a passage of it with … where more stands before or after.
    """
    words = {word for each in _MARKED.findall(marked) for word in folded(each)}
    if not words:
        return []
    places = _joined(text, found_in(text, words))
    if not places:
        return []
    start, end = _passage(text, places[0][0])
    cut = ["…" if start else ""]
    at = start
    for first, last in places:
        if last > end:
            break
        cut[-1] += text[at:first]
        cut += [text[first:last], ""]
        at = last
    cut[-1] += text[at:end] + ("…" if end < len(text) else "")
    return cut


def _joined(text: str, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places with those made one that have only blanks between them."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and text[joined[-1][1] : start].isspace():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _passage(text: str, place: int) -> tuple[int, int]:
    """Return the ends of the passage that is shown: the whole, or between two blanks."""
    if len(text) <= SHOWN:
        return 0, len(text)
    start = place - BEFORE
    start = 0 if start <= 0 else text.find(" ", start, place) + 1 or place
    end = start + SHOWN
    if end >= len(text):
        return start, len(text)
    blank = text.rfind(" ", place, end)
    return start, max(blank, place) if blank > place else end
