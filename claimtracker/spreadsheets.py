"""CSV for spreadsheets: they show each text, calculate none, and each text comes back.

A CSV is plain unless it is asked for with ``for=spreadsheet``. Then it begins with ``MARK``, and
its cells are those of ``to_cell``. ``from_cell(to_cell(text)) == text`` for every text.
"""

import re
from collections.abc import Iterable

# What Excel, LibreOffice and Google Sheets take for the start of a formula, and a mark before it
# that makes it text. Behind such marks too, so that what somebody wrote with a mark keeps it.
STARTS = "=+-@\t\r\n＝＋－＠"
A_FORMULA = re.compile(f"'*[{re.escape(STARTS)}]")
BETWEEN = " | "
# By which Excel knows UTF-8, and an import knows that cells are guarded.
MARK = "\ufeff"
PARAMETER = "for"
# What a CSV may be for, besides for machines.
USES = ("spreadsheet",)
USE_WORDS = (
    "`spreadsheet`: with a byte order mark, and a `'` before each text that a spreadsheet would "
    "calculate. Without it a CSV is plain."
)


def unknown_use(given: str) -> str:
    """Return why what a CSV is asked to be for is wrong, blank where it is right."""
    known = ", ".join(USES)
    return "" if given in USES else f"“{given}” is none of: {known}. Leave it out for a plain CSV."


def to_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet calculates."""
    return f"'{text}" if A_FORMULA.match(text) else text


def cell_in_sql(text: str) -> str:
    """Return the SQL that makes the cell of a text, whose SQL is given, as ``to_cell`` does.

    Most texts are blank or begin with a letter, which is after all narrow starts of a formula and
    before all wide ones. To compare costs a tenth of a regular expression.
    """
    narrow = max(start for start in f"'{STARTS}" if start.isascii())
    wide = min(start for start in STARTS if not start.isascii())
    starts = "".join(rf"\u{ord(start):04x}" for start in STARTS)
    in_bytes = f'{text} COLLATE "C"'
    return (
        f"CASE WHEN {in_bytes} >= U&'\\{ord(narrow) + 1:04x}' AND {in_bytes} < '{wide}' "
        f"OR {text} = '' THEN {text} "
        f"WHEN {text} ~ '^''*[{starts}]' THEN '''' || {text} ELSE {text} END"
    )


def from_cell(cell: str) -> str:
    """Return the text that a cell stands for."""
    return cell[1:] if cell.startswith("'") and A_FORMULA.match(cell) else cell


def joined(texts: Iterable[str]) -> str:
    """Return a list of texts as the text of one cell: roads | the convoy."""
    return BETWEEN.join(_escaped(one) for one in texts)


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    text = "\\" + text if text.startswith(" ") else text
    return text[:-1] + "\\ " if text.endswith(" ") else text


def split(text: str) -> list[str]:
    """Return the texts that stand in one cell; those that are blank are left out."""
    parts: list[list[str]] = [[]]
    for mark in re.findall(r"\\?.|\\$", text, flags=re.DOTALL):
        if mark == "|":
            parts.append([])
        elif mark != " " or parts[-1]:
            parts[-1].append(mark)
    for part in parts:
        while part and part[-1] == " ":
            part.pop()
    texts = ("".join(mark[-1] for mark in part) for part in parts)
    return [one for one in texts if one.strip()]
