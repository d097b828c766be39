from django import template

from claims.models.choices import SIGNS, stance_word
from claimtracker.edtf import in_words

register = template.Library()


@register.filter
def sign(stance: str) -> str:
    """Return the sign of a stance; blank for what is none."""
    return SIGNS.get(stance, "")


@register.filter
def word(statement) -> str:
    """Return what the stance of a statement is called, of a claim of that kind."""
    return stance_word(statement.claim.kind, statement.stance)


@register.filter
def word_of(stance: str, kind: str) -> str:
    """Return what a stance on a claim of a kind is called."""
    return stance_word(kind, stance)


@register.filter
def when(edtf: str) -> str:
    """Return an EDTF date in words: “on 7 September 2023”; “undated” where there is none."""
    return in_words(edtf) if edtf else "undated"


@register.filter
def since(edtf: str) -> str:
    """Return an EDTF date as it stands after “since”: “7 September 2023”, “around 2023”."""
    return in_words(edtf).removeprefix("on ").removeprefix("in ")
