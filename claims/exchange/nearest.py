"""Guesses which name was meant where an unknown one was written."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.7) -> str:
    """Return the known name that is most like another; blank where none is."""
    found = difflib.get_close_matches(name[:200], list(known), n=1, cutoff=cutoff)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question that names the nearest known name; blank where there is none."""
    guess = nearest(name, known)
    return f" Did you mean {guess}?" if guess else ""
