"""Writes back what was: a row and what belongs to its page, or a row that was deleted.

Each is an ordinary write by ``full_clean`` and ``save``, so that every rule of today holds and the
history has one more version. What is refused raises ValidationError, in an editor's words.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pghistory
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection, models
from django.utils.text import capfirst

from claimtracker.curated import Checked
from claimtracker.differences import Key, Says
from claimtracker.events import written_fields
from claimtracker.history import Change, History, names_of, what_events_say
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
    without_later: bool | None = None,
    with_state: bool = False,
    answers: Mapping[str, str] | None = None,
) -> models.Model:
    """Make a row say again what it said after an entry of its history, and return it.

    ``to`` is the entry's key, ``seen`` what the history's ``seen`` was when the difference was
    looked at. ``with_parts`` brings back what belonged to it, ``without_later`` removes what was
    added to it later (unless said otherwise, both or neither), ``with_state`` brings back its
    review state. ``answers`` are those to questions that ``full_clean`` asks, by their codes.
    """
    without_later = with_parts if without_later is None else without_later
    row = model._base_manager.select_for_update(no_key=True).get(pk=pk)
    history = History(model, pk)
    if history.seen != seen:
        raise ValidationError(CHANGED_SINCE)
    entry = history.entry(to)
    if entry is None:
        raise ValidationError("There is no such version.")
    back = history.back_to(entry).changes
    refuse_what_is_gone(model, back.values(), with_parts=with_parts)
    own = back.pop((history.model, pk), None)
    with pghistory.context(
        user=user.pk, reason=reason, deed=f"reverted to {entry.at:%Y-%m-%d %H:%M} UTC"
    ):
        if without_later:
            _remove([change for change in back.values() if change.after is None])
        if own:
            says = what_events_say(model, {own.after}, whole=True)[own.after]
            keep = left_as_it_is(row) - ({"review_state"} if with_state else set())
            _write(row, says, without=keep, answers=answers)
        if with_parts:
            _bring_back([change for change in back.values() if change.after is not None])
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
    return row


def as_proposed(
    *,
    row: models.Model,
    to: str,
    seen: str,
    with_parts: bool = True,
    without_later: bool | None = None,
) -> dict[str, Any]:
    """Return what a revert would change, for it to wait for review: what each field said.

    Under the name of a part it has the rows that change (``id``), go (``id``, ``delete``) or come
    back (``id``, ``restore``). The other arguments are those of ``revert``.
    """
    without_later = with_parts if without_later is None else without_later
    model = type(row)
    history = History(model, row.pk)
    if history.seen != seen:
        raise ValidationError(CHANGED_SINCE)
    entry = history.entry(to)
    if entry is None:
        raise ValidationError("There is no such version.")
    standing, back = history.standing(entry), history.back_to(entry).changes
    refuse_what_is_gone(model, back.values(), with_parts=with_parts)
    fields: dict[str, Any] = {}
    own = back.pop((history.model, row.pk), None)
    if own:
        says = what_events_say(model, {own.after}, whole=True)[own.after]
        fields = {
            field.name: says[field.attname]
            for field in written_fields(model)
            if field.name not in left_as_it_is(row)
        }
    if not (with_parts or without_later):
        return fields
    by_model = _by_model(
        change
        for change in back.values()
        if (without_later if change.after is None else with_parts)
    )
    for tie in model._meta.many_to_many:
        through = tie.remote_field.through
        if through in by_model:
            events = {event for (tied, _), event in standing.items() if tied is through}
            said = what_events_say(through, events).values()
            then = [says[f"{tie.m2m_reverse_field_name()}_id"] for says in said]
            now = list(getattr(row, tie.name).values_list("pk", flat=True))
            if not without_later:
                then += [key for key in now if key not in then]
            elif not with_parts:
                then = [key for key in then if key in now]
            fields[tie.name] = then
    for name in getattr(model, "parts", ()):
        relation = model._meta.get_field(name)
        entries = _entries(relation, row.pk, by_model.get(relation.related_model, ()))
        if entries:
            fields[name] = entries
    return fields


def _entries(
    relation: models.ManyToOneRel, owner: Any, changes: Collection[Change]
) -> list[dict[str, Any]]:
    """Return what a revert would do to the rows that name a row in one field."""
    model, key = relation.related_model, relation.field
    events = {event for change in changes for event in (change.before, change.after) if event}
    said = what_events_say(model, events, whole=True)
    there = model._base_manager.in_bulk([change.pk for change in changes])
    entries = []
    for change in changes:
        before, after = (
            said[event] if event and said[event][key.attname] == owner else None
            for event in (change.before, change.after)
        )
        if before is None and after is None:
            continue
        says = {
            field.name: after[field.attname]
            for field in (written_fields(model) if after else ())
            if field.name != key.name
        }
        if after is None:
            entries.append({"id": change.pk, "delete": True})
        elif before is not None:
            entries.append({"id": change.pk} | says)
        elif change.pk in there:
            raise ValidationError(
                f"{capfirst(model._meta.verbose_name)} “{there[change.pk]}” stands elsewhere now. "
                "Leave out what belongs to it, or ask an editor."
            )
        else:
            entries.append({"id": change.pk, "restore": True} | says)
    return entries


def gone_since(changes: Iterable[Change]) -> list[tuple[models.Field, Key]]:
    """Return what the versions that changes lead to refer to, and that was deleted since."""
    changes = [change for change in changes if change.after is not None]
    coming = {(change.model, change.pk) for change in changes}
    gone: dict[Key, models.Field] = {}
    for model, of in _by_model(changes).items():
        said = what_events_say(model, {change.after for change in of}, whole=True)
        for field in written_fields(model):
            if not field.is_relation:
                continue
            keys = {says[field.attname] for says in said.values()} - {None}
            there = field.related_model._base_manager.filter(pk__in=keys)
            for key in sorted(keys - set(there.values_list("pk", flat=True))):
                if (field.related_model, key) not in coming:
                    gone.setdefault((field.related_model, key), field)
    return [(field, key) for key, field in gone.items()]


def refuse_what_is_gone(
    model: type[models.Model], changes: Iterable[Change], *, with_parts: bool
) -> None:
    """Raise ValidationError, in an editor's words, where a revert would refer to deleted rows."""
    gone = gone_since(change for change in changes if with_parts or change.model is model)
    if gone:
        names = names_of(key for _, key in gone)
        raise ValidationError(
            [
                f"{capfirst(field.verbose_name)}: “{names.get(key, key[1])}” was deleted. "
                "Restore that first."
                for field, key in gone
            ]
        )


def _by_model(changes: Iterable[Change]) -> dict[type[models.Model], list[Change]]:
    found = defaultdict(list)
    for change in changes:
        found[change.model].append(change)
    return found


def self_references(model: type[models.Model]) -> list[models.Field]:
    """Return the fields in which rows of a model refer to each other."""
    return [field for field in written_fields(model) if field.related_model is model]


def _remove(changes: list[Change]) -> None:
    """Delete rows, which first cease to refer to each other."""
    for model, gone in _by_model(changes).items():
        keys = [change.pk for change in gone]
        for field in self_references(model):
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
        for field in self_references(model):
            if (before := versions[pk][field.attname]) in versions and before not in ordered:
                place(before)
        ordered[pk] = None

    for pk in versions:
        if pk not in ordered:
            place(pk)
    return list(ordered)


def _write(
    row: models.Model,
    says: Says,
    without: Iterable[str] = (),
    answers: Mapping[str, str] | None = None,
) -> None:
    is_new = row._state.adding
    if answers:
        row.answers = answers
    for field in written_fields(type(row)):
        if field.name not in without:
            setattr(row, field.attname, says[field.attname])
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(in_sentences(type(row), error)) from error
    row.save(force_insert=is_new)
    if isinstance(row, Checked):
        row.carry_out()


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
