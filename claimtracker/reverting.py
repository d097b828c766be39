"""Writes back what was: a row and what belongs to its page, or a row that was deleted.

Each is an ordinary write by ``full_clean`` and ``save``, so that every rule of today holds and the
history has one more version. What is refused raises ValidationError, in an editor's words.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pghistory
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection, models
from django.utils.text import capfirst

from claimtracker.differences import Says
from claimtracker.events import written_fields
from claimtracker.history import Change, History, what_events_say
from claimtracker.retry import atomic_with_retry

CHANGED_SINCE = "Somebody changed it meanwhile. Look at the difference again, then revert."


def left_as_it_is(row: models.Model) -> set[str]:
    """Return the fields that a revert leaves alone.

    A review state is chosen, a merge is undone, and what has been public keeps its slug.
    """
    return {"review_state", "merged_into"} | ({"slug"} if getattr(row, "was_public", 0) else set())


@atomic_with_retry
def revert(
    *,
    model: type[models.Model],
    pk: Any,
    to: str,
    seen: str,
    user,
    reason: str,
    with_parts: bool = True,
    with_state: bool = False,
) -> models.Model:
    """Make a row say again what it said after an entry of its history, and return it.

    ``to`` is the entry's key, ``seen`` that of the newest one when the difference was looked at.
    ``with_parts`` brings back what belonged to it, ``with_state`` its review state.
    """
    row = model._base_manager.select_for_update(no_key=True).get(pk=pk)
    history = History(model, pk)
    if history.entries[-1].key != seen:
        raise ValidationError(CHANGED_SINCE)
    entry = history.entry(to)
    if entry is None:
        raise ValidationError("There is no such version.")
    back = history.back_to(entry).changes
    own = back.pop((history.model, pk), None)
    with pghistory.context(
        user=user.pk, reason=reason, deed=f"reverted to {entry.at:%Y-%m-%d %H:%M} UTC"
    ):
        if with_parts:
            _remove([change for change in back.values() if change.after is None])
        if own:
            says = what_events_say(model, {own.after}, whole=True)[own.after]
            keep = left_as_it_is(row) - ({"review_state"} if with_state else set())
            _write(row, says, without=keep)
        if with_parts:
            _bring_back([change for change in back.values() if change.after is not None])
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
    return row


def _by_model(changes: Iterable[Change]) -> dict[type[models.Model], list[Change]]:
    found = defaultdict(list)
    for change in changes:
        found[change.model].append(change)
    return found


def _self_references(model: type[models.Model]) -> list[models.Field]:
    return [field for field in written_fields(model) if field.related_model is model]


def _remove(changes: list[Change]) -> None:
    """Delete rows, which first cease to refer to each other."""
    for model, gone in _by_model(changes).items():
        keys = [change.pk for change in gone]
        for field in _self_references(model):
            model._base_manager.filter(**{f"{field.name}__in": keys}).update(**{field.name: None})
        model._base_manager.filter(pk__in=keys).delete()


def _bring_back(changes: list[Change]) -> None:
    """Write rows as they were, each after those of its own model that it refers to."""
    for model, back in _by_model(changes).items():
        said = what_events_say(model, {change.after for change in back}, whole=True)
        versions = {change.pk: said[change.after] for change in back}
        rows = model._base_manager.in_bulk(list(versions))
        for pk in in_order(model, versions):
            _write(rows.get(pk) or model(pk=pk), versions[pk])


def in_order(model: type[models.Model], versions: dict[Any, Says]) -> list[Any]:
    """Return ids so that each comes after those that its version refers to."""
    ordered: dict[Any, None] = {}

    def place(pk: Any) -> None:
        for field in _self_references(model):
            if (before := versions[pk][field.attname]) in versions and before not in ordered:
                place(before)
        ordered[pk] = None

    for pk in versions:
        if pk not in ordered:
            place(pk)
    return list(ordered)


def _write(row: models.Model, says: Says, without: Iterable[str] = ()) -> None:
    is_new = row._state.adding
    for field in written_fields(type(row)):
        if field.name not in without:
            setattr(row, field.attname, says[field.attname])
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(in_sentences(type(row), error)) from error
    row.save(force_insert=is_new)


def in_sentences(model: type[models.Model], error: ValidationError) -> list[str]:
    """Return what ``full_clean`` refused as sentences that name the field."""
    sentences = []
    for name, messages in error.message_dict.items():
        if name == NON_FIELD_ERRORS:
            sentences += messages
        else:
            label = capfirst(model._meta.get_field(name).verbose_name)
            sentences += [f"{label}: {message}" for message in messages]
    return sentences
