"""Cells of a spreadsheet: text that a spreadsheet would calculate with is shown, and comes back.

``from_cell(to_cell(text)) == text`` for every text.
"""

import re
from collections.abc import Iterable

# What Excel, LibreOffice and Google Sheets take for the start of a formula, and a mark before it
# that makes it text. Behind such marks too, so that what somebody wrote with a mark keeps it.
A_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
BETWEEN = " | "


def to_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet calculates."""
    return f"'{text}" if A_FORMULA.match(text) else text


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
