"""What a row says, and what differs between two of its versions, in an editor's words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.text import capfirst

from claimtracker.edtf import EdtfField, in_words
from claimtracker.events import written_fields

Says = Mapping[str, Any]  # what a version says: its values by the name of the column's attribute
Key = tuple[type[models.Model], Any]  # a row, by its model and its id

# Comparing words costs the product of how many there are on both sides.
COMPARED = 4_000_000
# How much of what stayed the same is shown around what did not, in characters.
AROUND = 80


class Long(NamedTuple):
    """Stands for a text that is too long to load where many are: two are equal where these are."""

    size: int  # characters
    digest: str


@dataclass(frozen=True)
class Piece:
    """Some words of a text: the ``same`` in both, ``gone``, ``new``, or ``left-out`` as same."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """What differs in one field; where words can be compared, also how."""

    field: str
    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()


def references(model: type[models.Model], says: Says) -> Iterator[Key]:
    """Return the rows that a version refers to."""
    for field in written_fields(model):
        if field.is_relation and says.get(field.attname) is not None:
            yield field.related_model, says[field.attname]


def in_editors_words(field: models.Field, value: Any, names: Mapping[Key, str]) -> str:
    """Return a field's value as an editor reads it, blank where there is none."""
    if value in (None, "", []):
        return ""
    if isinstance(value, Long):
        return f"a text of {value.size:,} characters"
    if field.is_relation:
        return names.get((field.related_model, value), f"number {value}, which is gone")
    if field.choices:
        return capfirst(str(dict(field.flatchoices).get(value, value)))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(field, EdtfField):
        return f"{value} ({in_words(value)})"
    if isinstance(field, ArrayField):
        return "\n".join(map(str, value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return str(value)


def in_lines(
    model: type[models.Model], says: Says, names: Mapping[Key, str]
) -> list[tuple[str, str]]:
    """Return all that a version says, as labels of fields and their values in words."""
    return [
        (capfirst(field.verbose_name), in_editors_words(field, says[field.attname], names))
        for field in written_fields(model)
        if field.attname in says
    ]


def differences(
    model: type[models.Model],
    before: Says | None,
    after: Says | None,
    names: Mapping[Key, str],
    without: Iterable[str] = (),
) -> list[Difference]:
    """Return what differs between two versions, field by field; None is a row that is not there.

    ``names`` are those of the rows that they refer to. Fields ``without`` are passed over.
    """
    found = []
    for field in written_fields(model):
        if field.name in without:
            continue
        values = [says.get(field.attname) if says else None for says in (before, after)]
        if values[0] == values[1] or not any(values):
            continue
        old, new = (in_editors_words(field, value, names) for value in values)
        if old == new == "":
            continue
        readable = not (field.is_relation or field.choices or isinstance(field, EdtfField))
        both = all(value and isinstance(value, str | list) for value in values)
        pieces = compared(old, new) if readable and both else ()
        found.append(Difference(field.name, capfirst(field.verbose_name), old, new, pieces))
    return found


def compared(old: str, new: str) -> tuple[Piece, ...]:
    """Return how one text became another, word by word; empty where they have little in common.

    Long stretches that stayed the same are left out.
    """
    a, b = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (old, new))
    # What they share at both ends costs nothing to find.
    head = _shared(a, b)
    tail = _shared(a[head:][::-1], b[head:][::-1])
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    pieces = [Piece("same", "".join(a[:head]))]
    if len(middle_a) * len(middle_b) > COMPARED:
        pieces += [Piece("gone", "".join(middle_a)), Piece("new", "".join(middle_b))]
    else:
        matcher = SequenceMatcher(None, middle_a, middle_b, autojunk=False)
        for deed, a1, a2, b1, b2 in matcher.get_opcodes():
            if deed == "equal":
                pieces.append(Piece("same", "".join(middle_a[a1:a2])))
            else:
                pieces.append(Piece("gone", "".join(middle_a[a1:a2])))
                pieces.append(Piece("new", "".join(middle_b[b1:b2])))
    pieces.append(Piece("same", "".join(a[len(a) - tail :])))
    same = sum(len(piece.text.strip()) for piece in pieces if piece.kind == "same")
    if same * 3 < min(len(old), len(new)):
        return ()
    return tuple(_shortened([piece for piece in pieces if piece.text]))


def _shared(a: list[str], b: list[str]) -> int:
    """Return how many words two lists begin with in common."""
    for number, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return number
    return min(len(a), len(b))


def _shortened(pieces: list[Piece]) -> Iterator[Piece]:
    last = len(pieces) - 1
    for number, piece in enumerate(pieces):
        if piece.kind != "same" or len(piece.text) < 3 * AROUND:
            yield piece
            continue
        if number > 0:
            yield Piece("same", piece.text[:AROUND])
        yield Piece("left-out", "…")
        if number < last:
            yield Piece("same", piece.text[-AROUND:])
