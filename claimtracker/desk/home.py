"""What the first page of the admin is made of."""

from typing import NamedTuple


class Item(NamedTuple):
    """A row that needs an editor: what it is called, where it is mended, what else to know."""

    text: str
    url: str
    about: str = ""


class Worklist(NamedTuple):
    """The first rows of a kind that need an editor; ``all`` is where the rest are."""

    title: str
    why: str
    items: list[Item]
    all: str = ""
    all_words: str = "All of them"
