"""What somebody looks for: words, "phrases in quotation marks", and -what is left out."""

import re
from dataclasses import dataclass, field

from claims.search.words import KEPT, UNSPACED

LONGEST = 500  # characters
MOST_WORDS = 30
# Quotation marks of the languages that we read, as they come with what is copied.
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_LEFT_OUT = re.compile(r'(?:^|(?<=\s))[-−]("[^"]*"?|[^\s"]+)')
WORD = re.compile(f"(?:[^\\W_]|[{KEPT}])+")


class NothingAskedError(ValueError):
    """What is asked for cannot be looked for; its text says why and what to do."""


@dataclass(frozen=True)
class Asked:
    """The words that a row must have, and those that it must not have; each as typed."""

    wanted: str
    unwanted: list[str] = field(default_factory=list)

    def parameters(self) -> dict[str, str | None]:
        """Return what the functions of the database take."""
        return {
            "wanted": self.wanted,
            "any_word": " or ".join(WORD.findall(self.wanted)),
            "unwanted": " or ".join(f'"{each}"' for each in self.unwanted) or None,
        }


def asked(text: str) -> Asked:
    """Return what a text asks for. Raises NothingAskedError."""
    if len(text) > LONGEST:
        raise NothingAskedError(
            f"It has {len(text)} characters; at most {LONGEST} are looked for. "
            "Give the words that matter."
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NothingAskedError("It holds half a character, which text cannot have.")
    text = text.translate(_QUOTATION_MARKS)
    unwanted = [each.strip('"') for each in _LEFT_OUT.findall(text)]
    wanted = _LEFT_OUT.sub(" ", text).strip()
    words = WORD.findall(wanted)
    if not words and any(WORD.search(each) for each in unwanted):
        raise NothingAskedError(
            "It says only what to leave out. Say also what to look for: corridor -road."
        )
    if not words:
        raise NothingAskedError("There is no word in it. Give at least one letter or digit.")
    many = sum(map(_many_words, [wanted, *unwanted]))
    if many > MOST_WORDS:
        raise NothingAskedError(
            f"It has {many} words; at most {MOST_WORDS} are looked for. Give those that matter."
        )
    return Asked(wanted, [each for each in unwanted if WORD.search(each)])


def _many_words(text: str) -> int:
    """Return how many words are looked for: of scripts without spaces each two letters are one."""
    return sum(max(len(UNSPACED.findall(word)) // 2, 1) for word in WORD.findall(text))
