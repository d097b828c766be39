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
# Kept beside letters and digits: the vowels of scripts of South and South East Asia are marks.
KEPT = "\u0700-\u1049\u1050-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd"
_SEPARATOR = re.compile(f"(?:_|[^\\w{KEPT}])+")
_WORD = re.compile(f"(?:[^\\W_]|[{KEPT}\u0306{_MARKS}{_WITHOUT_WIDTH}])+")
# Letters of scripts that have no spaces between words, as search_words() has them.
UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
# What changes the letter before it: marks, and those of voice that stand beside half a width.
_OF_THE_LETTER_BEFORE = re.compile(f"[{_MARKS}{_WITHOUT_WIDTH}\u3099\u309a\uff9e\uff9f]")


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
        in_it = folded(match[0])
        if not words.isdisjoint(in_it):
            yield match.span()
        elif any(map(UNSPACED.search, in_it)):
            yield from _found_within(match[0], match.start(), words)


def _found_within(word: str, start: int, words: Set[str]) -> Iterator[tuple[int, int]]:
    """Yield where letters stand that are asked for, alone or two side by side, in a run of them."""
    letters = []
    places: list[list[int]] = []
    for place, character in enumerate(word, start):
        if places and _OF_THE_LETTER_BEFORE.match(character):
            places[-1][1] = place + 1
        else:
            places.append([place, place + 1])
    for first, end in places:
        letter = "".join(folded(word[first - start : end - start]))
        letters += [(each, first, end) for each in letter]
    for number, (letter, first, end) in enumerate(letters):
        if not UNSPACED.match(letter):
            continue
        following, _, last = letters[number + 1] if number + 1 < len(letters) else ("", 0, 0)
        if letter + following in words and following:
            yield first, last
        elif letter in words:
            yield first, end


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
    """Return places with those made one that overlap, touch, or have only blanks between them."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and (start <= joined[-1][1] or text[joined[-1][1] : start].isspace()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
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
