"""Names and titles as they are stored: NFC, without what nobody sees around them.

The database tidies them by a trigger, so that every entry point agrees; ``tidied`` is the same for
what is checked before. Quotes keep their exact characters.
"""

import re
import unicodedata

import pgtrigger

# The classes stand in claimtracker/migrations/0004 as well; a test holds the two against each
# other. Blanks, and what has no shape of its own wherever it stands.
_BLANK = "\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SHAPELESS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u2060-\u206f\u3164\ufeff\uffa0\U0001d173-\U0001d17a"
)
# At the end it can change the letter before it, as variation selectors do.
_JOINER = "\u200d"
_SELECTORS = "\u2800\ufe00-\ufe0f\U000e0000-\U000e0fff"
# They turn the letters after them around, and what stands after a name with them.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OUTER = re.compile(f"^[{_BLANK}{_SHAPELESS}{_JOINER}]+|[{_BLANK}{_SHAPELESS}]+$")
_VISIBLE = re.compile(f"[^{_BLANK}{_SHAPELESS}{_JOINER}{_SELECTORS}\u202a-\u202e]")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def tidied(text: str) -> str:
    """Return a name or a title as the database stores it.

    One that is far too long for any stays as it is, and is refused: to normalise it may take hours.
    """
    if len(text) > 10_000:
        return text
    return _OUTER.sub("", _OVERRIDES.sub("", unicodedata.normalize("NFC", text)))


def is_visible(text: str) -> bool:
    """Return whether a text has a character that a reader sees."""
    return bool(_VISIBLE.search(text))


def without_directions(text: str) -> str:
    """Return a text without the marks of direction, for where a page can't isolate it: a title."""
    return _DIRECTIONS.sub("", text)


def tidies(*fields: str, lists: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """Return the trigger that tidies the texts and the lists of texts of a row.

    By its name it runs before ``keep_version``, so that blanks around a name make no new version.
    """
    calls = [(field, f"NEW.{field}", f"text_tidied(NEW.{field})") for field in fields]
    calls += [(field, f"NEW.{field}::text[]", f"texts_tidied(NEW.{field})") for field in lists]
    return pgtrigger.Trigger(
        name="as_tidied",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*fields, *lists),
        condition=pgtrigger.Condition(
            " OR ".join(f"{now} IS DISTINCT FROM {call}" for _, now, call in calls)
        ),
        func=" ".join(f"NEW.{field} := {call};" for field, _, call in calls) + " RETURN NEW;",
    )
