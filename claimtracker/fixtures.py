"""Reads a JSON fixture so that whatever is wrong with it is said in its author's words.

Django's own reader turns a list into the text of a list, takes the last of two equal keys, and
tells neither object nor line. What it would bend or blur is refused here, before a row is written.
"""

import functools
import inspect
import json
import re
from dataclasses import dataclass

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.db import models

TYPES = [
    (ArrayField, (list, str), "a list"),  # dumpdata writes the list as JSON in a text
    (models.BooleanField, bool, "true or false"),
    (models.IntegerField, int, "a whole number"),
    ((models.CharField, models.TextField), str, "text"),
    (models.DateField, str, "a date as text"),
]


class FixtureError(Exception):
    """What is wrong, and what to do about it."""


@dataclass(frozen=True)
class Entry:
    """One object of a fixture, and where it stands."""

    number: int
    line: int
    model: type[models.Model]
    fields: dict

    def __str__(self):
        words = [self.model._meta.label_lower, *natural_key_of(self.model, self.fields)]
        return f"object {self.number} (line {self.line}), {' '.join(filter(None, words))}"


def read(content: bytes | str, *, ignore_unknown: bool = False) -> list[Entry]:
    """Return the objects of a JSON fixture. Raises FixtureError at the first that is wrong."""
    text = decode(content)
    entries: list[Entry] = []
    seen: dict[str, Entry] = {}
    for number, (line, raw) in enumerate(parse(text), 1):
        where = f"object {number} (line {line})"
        model = model_of(raw, where, ignore_unknown)
        if model is None:
            continue
        entry = Entry(number, line, model, raw["fields"])
        if raw.get("pk") is not None and (wrong := what_is_wrong(model._meta.pk, raw["pk"])):
            raise FixtureError(f"{entry}: pk {wrong}")
        for name, value in entry.fields.items():
            field = writable_fields(model).get(name)
            if field is None and not ignore_unknown:
                known = ", ".join(writable_fields(model))
                raise FixtureError(f"{entry}: there is no field {name!r}. There are: {known}.")
            if field is not None and (wrong := what_is_wrong(field, value)):
                raise FixtureError(f"{entry}: {name} {wrong}")
        if key := natural_key_of(model, entry.fields):
            first = seen.setdefault(repr((model, key)), entry)
            if first is not entry:
                raise FixtureError(f"{entry}: it is already there, as {first}. Remove one.")
        entries.append(entry)
    return entries


def decode(content: bytes | str) -> str:
    if isinstance(content, str):
        return content
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FixtureError(f"line {line}: it is not UTF-8. Save the file as UTF-8.") from error
    if text.startswith("\ufeff"):
        raise FixtureError("it begins with a byte order mark. Save it as UTF-8 without one.")
    return text


def parse(text: str) -> list[tuple[int, object]]:
    """Return what the list of a JSON text holds, each with the line on which it begins."""
    try:
        whole = json.loads(text)
        if not isinstance(whole, list):
            raise FixtureError('it must be a list of objects: [{"model": …, "fields": …}].')
        decoder = json.JSONDecoder(object_pairs_hook=without_twins)
        found, line, counted = [], 1, 0
        at = text.index("[") + 1
        for _ in whole:
            at = re.compile(r"[\s,]*").match(text, at).end()
            line += text.count("\n", counted, at)
            counted = at
            try:
                entry, at = decoder.raw_decode(text, at)
            except FixtureError as error:
                raise FixtureError(f"object {len(found) + 1} (line {line}): {error}") from None
            found.append((line, entry))
    except json.JSONDecodeError as error:
        raise FixtureError(
            f"line {error.lineno}, column {error.colno}: it is not JSON. {error.msg}."
        ) from error
    except RecursionError as error:
        raise FixtureError("it is nested too deeply to be read.") from error
    except ValueError as error:
        raise FixtureError("a number in it has thousands of digits.") from error
    return found


def without_twins(pairs):
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise FixtureError(f"{twin!r} stands twice. Remove one.")
    return made


def model_of(raw, where: str, ignore_unknown: bool) -> type[models.Model] | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), dict):
        raise FixtureError(f'{where}: an object looks like {{"model": …, "fields": {{…}}}}.')
    if unknown := sorted(raw.keys() - {"model", "pk", "fields"}):
        raise FixtureError(f"{where}: {unknown[0]!r} belongs inside “fields”, or nowhere.")
    try:
        return apps.get_model(raw.get("model"))
    except (LookupError, ValueError, TypeError, AttributeError):
        if ignore_unknown:
            return None
        raise FixtureError(
            f"{where}: there is no model {raw.get('model')!r}. Write claims.statement, for example."
        ) from None


@functools.cache
def writable_fields(model) -> dict[str, models.Field]:
    return {
        field.name: field for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
    }


def natural_key_of(model, fields: dict) -> list[str]:
    """Return the words of the natural key that an object states; none where it does not."""
    lookup = getattr(model._default_manager, "get_by_natural_key", None)
    if lookup is None:
        return []
    names = inspect.signature(lookup).parameters
    if not names.keys() <= writable_fields(model).keys():
        return []
    words = []
    for name in names:
        value = fields.get(name, "")
        words += map(str, value if isinstance(value, list) else [value])
    return words if any(words) else []


def what_is_wrong(field, value) -> str | None:
    """Return what the value of a field should have been instead, None where it will do."""
    if field.generated:  # dumpdata writes these; the database computes them anew
        return None
    if value is None:
        return None if field.null else "cannot be null. Leave it out or give it a value."
    if field.many_to_many:
        if not isinstance(value, list):
            return f"is {shown(value)}; it takes a list of natural keys."
        return next(filter(None, (wrong_reference(field, one) for one in value)), None)
    if field.remote_field:
        return wrong_reference(field, value)
    for kind, python_type, words in TYPES:
        if isinstance(field, kind):
            is_flag = isinstance(value, bool) and python_type is not bool
            if is_flag or not isinstance(value, python_type):
                return f"is {shown(value)}; it takes {words}."
            break
    if isinstance(field, ArrayField) and isinstance(value, list):
        return next(filter(None, (what_is_wrong(field.base_field, one) for one in value)), None)
    words = [word for word, _ in field.flatchoices]
    if words and value not in words and (value or not field.blank):
        return f"is {shown(value)}; it takes one of: {', '.join(map(str, words))}."
    if isinstance(field, models.CharField) and field.max_length and len(value) > field.max_length:
        return f"has {len(value):,} characters; at most {field.max_length:,} fit."
    try:
        value = field.to_python(value)
        if isinstance(field, models.IntegerField):
            field.run_validators(value)
    except ValidationError as error:
        return f"is {shown(value)}: {' '.join(error.messages)}"
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return f"is {shown(value)}, which cannot be read."
    return None


def wrong_reference(field, value) -> str | None:
    related = field.remote_field.model
    lookup = getattr(related._default_manager, "get_by_natural_key", None)
    if lookup is None:
        if isinstance(value, int | str) and not isinstance(value, bool):
            return None
        return f"is {shown(value)}; it takes a primary key."
    words = list(inspect.signature(lookup).parameters)
    if isinstance(value, list):
        fits = len(value) == len(words) and all(isinstance(one, str | int) for one in value)
    else:
        fits = isinstance(value, int) and not isinstance(value, bool)
    return None if fits else f"is {shown(value)}; it takes a natural key: [{', '.join(words)}]."


def missing_reference(entry: Entry) -> str | None:
    """Return which reference of an object leads nowhere, None where all lead to a row."""
    for name, value in entry.fields.items():
        field = writable_fields(entry.model).get(name)
        if field is None or not field.remote_field or not isinstance(value, list):
            continue
        related = field.remote_field.model
        for key in value if field.many_to_many else [value]:
            if not isinstance(key, list):
                continue
            try:
                related._default_manager.get_by_natural_key(*key)
            except MultipleObjectsReturned:
                return f"{name} refers to {' '.join(map(str, key))}, of which there are several."
            except ObjectDoesNotExist:
                return (
                    f"{name} refers to the {related._meta.verbose_name} {' '.join(map(str, key))}, "
                    "which is neither in the database nor above in the fixture. "
                    "Correct the name, or put it first."
                )
    return None


def shown(value) -> str:
    """Return a value as its author wrote it, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "something nested deeply"
    return text if len(text) <= 60 else f"{text[:57]}…"
