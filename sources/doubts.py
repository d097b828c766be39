"""Which pages of a document's text may say something else than the document itself.

They are kept as a text, so that the history shows them: "right_to_left: 1-3, 7; readers_differ: 5".
Pages are counted by the page breaks in the text, so that they are found when the text is corrected.
"""

import re
from collections.abc import Iterable, Mapping

from sources.pdf import PAGE_BREAK

# Why the text of a page is in doubt, as it is told.
REASONS = {
    "right_to_left": "text from right to left, in which programs often get digits, punctuation and "
    "the order of words wrong",
    "readers_differ": "two programs read different text",
    "one_reader": "only one program read it, as pdftotext is not installed or could not read it",
}
_PAGES = r"[1-9][0-9]{0,6}(-[1-9][0-9]{0,6})?(, [1-9][0-9]{0,6}(-[1-9][0-9]{0,6})?)*"
_REASON = f"({'|'.join(REASONS)}): {_PAGES}"
# What the database asks of it.
SHAPE = f"^{_REASON}(; {_REASON})*$"


def written(doubts: Mapping[str, Iterable[int]]) -> str:
    """Return doubts, the numbers of pages by reason, as they are kept."""
    found = ((why, sorted(doubts.get(why, ()))) for why in REASONS)
    return "; ".join(f"{why}: {in_runs(pages)}" for why, pages in found if pages)


def read(kept: str) -> dict[str, list[int]]:
    """Return the numbers of pages by reason."""
    doubts = {}
    for part in filter(None, kept.split("; ")):
        why, _, runs = part.partition(": ")
        ends = [list(map(int, re.findall("[0-9]+", run))) for run in runs.split(", ")]
        doubts[why] = [page for each in ends for page in range(each[0], each[-1] + 1)]
    return doubts


def in_runs(pages: Iterable[int]) -> str:
    """Return numbers in order as runs: "1-3, 7"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1][1:] = [page]
        else:
            runs.append([page])
    return ", ".join("-".join(map(str, run)) for run in runs)


def pages_in_words(pages: list[int]) -> str:
    """Return what pages are called within a sentence: "page 2", "pages 2 and 3"."""
    *runs, last = in_runs(pages).replace("-", "–").split(", ")
    which = f"{', '.join(runs)} and {last}" if runs else last
    if len(pages) == 2 and not runs:
        which = f"{pages[0]} and {pages[1]}"
    return f"page {which}" if len(pages) == 1 else f"pages {which}"


def reason_for(text: str, kept: str, start: int, end: int) -> str:
    """Return why a stretch of a text is in doubt, "" where it is not.

    Where the text has lost its page breaks, all of it is.
    """
    doubts = read(kept)
    if not doubts:
        return ""
    first = text.count(PAGE_BREAK, 0, start) + 1
    last = first + text.count(PAGE_BREAK, start, end)
    is_known = text.count(PAGE_BREAK) + 1 >= max(
        page for pages in doubts.values() for page in pages
    )
    for why, pages in doubts.items():
        if not is_known or any(first <= page <= last for page in pages):
            return why
    return ""


def sentences(kept: str) -> list[str]:
    """Return what an editor is told of the pages in doubt, one sentence for each reason."""
    found = (f"{pages_in_words(pages)}: {REASONS[why]}." for why, pages in read(kept).items())
    return [each[0].upper() + each[1:] for each in found]
