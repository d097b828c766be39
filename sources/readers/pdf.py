"""Reads the text of a PDF, page by page, by two programs, and says where they differ.

Poppler's pdftotext, where it is installed, reads best; pypdf is always there. Neither can be
trusted alone: a PDF says where shapes are drawn, and each guesses the letters, spaces and order.
"""

import contextlib
import io
import json
import re
import resource
import signal
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

# Why a PDF cannot be read.
LOCKED, ODD, LARGE, LONG = "locked", "odd", "large", "long"
# Why the text of a page may say something else than the page.
RIGHT_TO_LEFT, READERS_DIFFER, ONE_READER = "right_to_left", "readers_differ", "one_reader"

# Seconds for the second reader, which is slow, where the first has read the file.
SECOND_LOOK = 12
# Of a page with more than that, the readers' texts are compared as a whole.
LONGEST_COMPARED, MOST_LINES_COMPARED = 20_000, 500

# Shapes of letters that a font has a picture for ("ﬁ"): nobody wrote them, or would look for them.
SHAPES = re.compile("[\ufb00-\ufd3d\ufd50-\ufdc7\ufe70-\ufefc]")
# pdftotext puts marks around what runs the other way than the line.
TO_RIGHT, TO_LEFT, END = "\u202a", "\u202b", "\u202c"
MARKS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
RUN_TO_RIGHT = re.compile(f"{TO_RIGHT}([^{TO_RIGHT}{TO_LEFT}{END}]*){END}")
EDGES = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)
LETTERS_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
STOPS = ".,:!?\u060c\u061b\u061f\u06d4"
FIRST_STOP = re.compile(rf"([{STOPS}]+)(?=[^\W\d_])(.*[^{STOPS}\s])\s*")
SOFT_HYPHEN = "\u00ad"
SPACES_AND_SOFT_HYPHENS = re.compile(rf"[\s{SOFT_HYPHEN}\u200b-\u200f\u2060\ufeff]+")
DIVIDED = re.compile(r"([^\W\d_]+)[-\u2010]\s*\n\s*([^\W\d_]+)")
LAM_ALEF, ALEF_LAM = "\u0644\u0627", "\u0627\u0644"
MOST_LAM_ALEFS = 4


class Unreadable(Exception):
    """Why a PDF cannot be read."""


class TimeIsUp(BaseException):
    """The second look took too long. No Exception, as pypdf catches those."""


def pages_by_pdftotext(path: str, program: str) -> list[str] | None:
    """Return the text of each page, with marks of direction; None where it cannot read the file."""
    output = Path(path).with_name("pages")
    command = [program, "-q", "-enc", "UTF-8", "-eol", "unix", path, str(output)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode == -signal.SIGXFSZ:
        raise Unreadable(LONG)
    if done.returncode == -signal.SIGXCPU:
        raise Unreadable(LARGE)
    if done.returncode or not output.exists():
        return None
    # Each page ends with a form feed; one within a page is none of ours to count.
    pages = output.read_bytes().decode("utf-8", "replace").split("\f")
    return pages[:-1]


def pages_by_pypdf(path: str, most: int) -> Iterator[str]:
    """Yield the text of each page. Raises Unreadable."""
    from pypdf import PdfReader
    from pypdf.errors import (
        DependencyError,
        FileNotDecryptedError,
        LimitReachedError,
        WrongPasswordError,
    )

    try:
        length = 0
        for page in PdfReader(io.BytesIO(Path(path).read_bytes())).pages:
            text = page.extract_text()
            length += len(text.strip())
            if length > most:
                raise Unreadable(LONG)
            yield text.replace("\f", "\n")
    except (DependencyError, FileNotDecryptedError, WrongPasswordError):
        raise Unreadable(LOCKED) from None
    except (LimitReachedError, MemoryError, RecursionError):
        raise Unreadable(LARGE) from None
    except Unreadable:
        raise
    except Exception:  # it says in a dozen ways that a file is damaged
        raise Unreadable(ODD) from None


@contextlib.contextmanager
def a_second_look() -> Iterator[None]:
    """End what is done within, after a while."""

    def stop(*_: object) -> None:
        raise TimeIsUp

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECOND_LOOK)
    try:
        yield
    finally:
        signal.alarm(0)


def plain(page: str) -> str:
    """Return the text of a page with letters for their shapes, and soft hyphens only as shown."""
    page = SHAPES.sub(lambda shape: unicodedata.normalize("NFKC", shape[0]), page)
    page = page.replace("\0", "")
    page = re.sub(rf"{SOFT_HYPHEN}(?=[ \t]*\n)", "-", page)
    return page.replace(SOFT_HYPHEN, "").strip()


def one_space(page: str) -> str:
    """Return a page with one space for several, of which some fonts make pypdf write more."""
    return re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", page)


def in_order(line: str) -> str:
    """Return a line of pdftotext without its marks, as it is read.

    Within words from right to left it puts what stands around a number or a foreign name where it
    is seen: a space or a comma that follows comes first, and the other way round.
    """
    if not line.startswith(TO_LEFT):  # from left to right, perhaps with other words in it
        return MARKS.sub("", line)
    line = RUN_TO_RIGHT.sub(_turned, line)
    line = MARKS.sub("", line)
    # LibreOffice draws the stop at a line's end by itself, and pdftotext finds it first.
    if stop := FIRST_STOP.fullmatch(line):
        line = f"{stop[2]}{stop[1]}"
    return one_space(line)


def _turned(run: re.Match[str]) -> str:
    before, middle, after = EDGES.fullmatch(run[1]).groups()  # type: ignore[union-attr]
    return f"{after[::-1]}{middle}{before[::-1]}"


def squeezed(text: str) -> str:
    """Return a text without anything that the readers may differ in."""
    return SPACES_AND_SOFT_HYPHENS.sub("", MARKS.sub("", unicodedata.normalize("NFC", text)))


def differ(one: str, other: str) -> bool:
    """Return whether two readings of a page differ by more than white space.

    Lines may come in another order: a running head that is drawn first, or last.
    """
    a, b = squeezed(one), squeezed(other)
    if a == b:
        return False
    if Counter(a) != Counter(b) or len(a) > LONGEST_COMPARED:
        return True
    for lines, text in ((one.split("\n"), b), (other.split("\n"), a)):
        if len(lines) > MOST_LINES_COMPARED or any(squeezed(each) not in text for each in lines):
            return True
    return False


def repaired(page: str, other: str) -> str:
    """Return a page of pdftotext with its known faults repaired where the other reader shows them.

    It joins a word that is divided by a hyphen at a line's end, also "well-known"; and it turns
    round the two letters of lam-alef, which are one shape.
    """
    words = set(re.findall(r"\w+", page))
    for first, second in dict.fromkeys(DIVIDED.findall(other)):
        joined = first + second
        if joined in words and joined not in other:
            page = re.sub(rf"(?<!\w){joined}(?!\w) ?\n?", f"{first}-\n{second} ", page)
    if ALEF_LAM not in page or len(other) > LONGEST_COMPARED:
        return page
    seen = squeezed(other)

    def right(word: re.Match[str]) -> str:
        found = [] if word[0] in seen else [each for each in turned(word[0]) if each in seen]
        return found[0] if len(found) == 1 else word[0]

    return re.sub(rf"\w*{ALEF_LAM}\w*", right, page)


def turned(word: str) -> Iterator[str]:
    """Yield what a word may be, had some of its alef-lams been lam-alefs."""
    places = [found.start() for found in re.finditer(ALEF_LAM, word)][:MOST_LAM_ALEFS]
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            letters = list(word)
            for at in chosen:
                letters[at : at + 2] = LAM_ALEF
            yield "".join(letters)


def read(path: str, program: str, most: int) -> dict[str, object]:
    """Return the text of each page, and of each reason for doubt the numbers of its pages."""
    # Else a few pages that stand for thousands are written out to the end.
    room = max(8 * most, 1_000_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    found = pages_by_pdftotext(path, program) if program else None
    if found is None:
        pages = [one_space(plain(each)) for each in pages_by_pypdf(path, most)]
        others: list[str] = []
    else:
        marked = ["\n".join(map(in_order, page.split("\n"))) for page in found]
        pages, others = [plain(each) for each in marked], []
        if sum(map(len, pages)) > most:
            raise Unreadable(LONG)
        with contextlib.suppress(Unreadable, TimeIsUp), a_second_look():
            others.extend(map(plain, pages_by_pypdf(path, 2 * most)))
        if len(others) > len(pages):
            # It passes over a page that it fails on, so that all that follow have another number.
            pages, others = list(map(one_space, others)), []
    doubts: dict[str, list[int]] = {RIGHT_TO_LEFT: [], READERS_DIFFER: [], ONE_READER: []}
    for at, page in enumerate(pages):
        reason = None
        if at < len(others):
            # What only the second reader finds is still there.
            pages[at] = repaired(page, others[at]) if page else others[at]
        if LETTERS_TO_LEFT.search(pages[at]):
            reason = RIGHT_TO_LEFT
        elif at >= len(others):
            reason = ONE_READER if page else None
        elif not page:
            reason = ONE_READER if others[at] else None
        elif differ(pages[at], others[at]):
            reason = READERS_DIFFER
        if reason:
            doubts[reason].append(at + 1)
    return {"pages": pages, "doubts": {why: which for why, which in doubts.items() if which}}


def main(path: str, program: str, most: str) -> None:
    try:
        answer = read(path, program, int(most))
    except Unreadable as error:
        answer = {"refused": str(error)}
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
