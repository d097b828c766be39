"""Words of the public pages for what the derivations give."""

from datetime import datetime
from unicodedata import east_asian_width

from django import template

from claims.context import words_after, words_before
from claims.models.choices import stance_word
from claimtracker.edtf import in_words

register = template.Library()

# Characters of a name over a lane of a picture, and as many pixels as width_of() may say: its
# letters are bold, and a tenth larger.
LANE, LANE_WIDTH = 48, 290

RELATIONS = {
    "contradicts": "It cannot be true together with",
    "negates": "Either it is true or, and never both,",
    "implies": "If it is true, so is",
    "implied_by": "It is true if so is",
}
# How a step of a proof leads from what is held of the claim that it names.
LEADS = {
    "contradicts": "and the two cannot both be true",
    "negates": "and of the two one is true, never both",
    "implies": "and the one implies the other",
}


PLURALS = {
    "asserts": "assert",
    "denies": "deny",
    "calls for": "call for",
    "rejects": "reject",
    "agrees": "agree",
    "disputes": "dispute",
}


# With the text of the claim after it.
BEFORE_A_CLAIM = {
    "calls for": "makes the demand",
    "rejects": "rejects the demand",
    "agrees": "agrees with the characterisation",
    "disputes": "disputes the characterisation",
}


@register.simple_tag
def hold(count: int, stance: str, kind: str) -> str:
    """Return what so many sources do of a claim of a kind: “deny it”, of a demand “reject it”."""
    word = stance_word(kind, stance)
    verb = word if count == 1 else PLURALS[word]
    return verb if word == "agrees" else f"{verb} it"


@register.filter
def before(prefix: str, quote: str) -> str:
    """Return the words before a quote as readers see them: whole words, after an ellipsis."""
    return words_before(prefix, quote)


@register.filter
def after(suffix: str, quote: str) -> str:
    """Return the words after a quote as readers see them: whole words, before an ellipsis."""
    return words_after(suffix, quote)


@register.filter
def of(names: dict[str, str], slug: str) -> str:
    """Return what a row is called, by its slug; the slug itself where nothing is known."""
    return names.get(slug, slug)


@register.filter
def known(names: dict[str, str], slug: str) -> str:
    """Return what is known of a row, by its slug; blank where nothing is."""
    return names.get(slug, "") if names else ""


@register.filter
def holding(stance: str, kind: str) -> str:
    """Return what a source does of a claim of a kind, before its text: “asserts that”."""
    word = stance_word(kind, stance)
    return BEFORE_A_CLAIM.get(word, f"{word} that")


@register.filter
def relation(kind: str) -> str:
    """Return how a sentence about a related claim begins."""
    return RELATIONS[kind]


@register.filter
def leads(kind: str) -> str:
    """Return how a relation leads from one claim of a proof to the next."""
    return LEADS[kind]


@register.filter
def shorten(name: str, most: int) -> str:
    """Return a name of at most so many characters. Both its ends stay: ministries begin alike."""
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end].rstrip()}…{name[-end:].lstrip()}"


@register.filter
def over_a_lane(name: str) -> str:
    """Return a name, shortened to what a phone has room for over a lane of a picture."""
    most = LANE
    while width_of(short := shorten(name, most)) > LANE_WIDTH:
        most -= 1
    return short


def width_of(label: str) -> float:
    """Return how wide a name at most is drawn, in pixels, whichever font it is in."""
    return sum(
        13.0
        if east_asian_width(letter) in "WF" or letter in "WMwm@%"
        else 7.0 + 2 * letter.isupper()
        for letter in label
    )


@register.filter
def moment(text: str) -> str:
    """Return a day, or a time in UTC, in words: “7 September 2023, 12:00 UTC”."""
    if len(text) == 10:
        return in_words(text).removeprefix("on ")
    at = datetime.fromisoformat(text)
    seconds = f":{at.second:02}" if at.second or at.microsecond else ""
    return f"{in_words(text[:10]).removeprefix('on ')}, {at:%H:%M}{seconds} UTC"


@register.filter
def at(rows: dict[str, dict], slug: str) -> dict:
    """Return what is told of a row, by its slug; its slug as its text where nothing is known."""
    return rows.get(slug, {"slug": slug, "text": slug, "kind": ""})
