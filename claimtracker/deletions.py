"""What was deleted, and brings it back with the same id and everything that went with it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KT
from django.utils.text import capfirst
from pghistory.models import Context

from claimtracker.curated import SETTLED, ReviewState
from claimtracker.differences import Difference, Key, differences, references
from claimtracker.events import as_of, event_models, events_of, people, written_fields
from claimtracker.history import names_of, what_events_say
from claimtracker.retry import atomic_with_retry
from claimtracker.reverting import in_order, in_sentences

NOT_THERE = "It is not among what was deleted: somebody may have restored it."

DELETED_AGAIN = (
    "Somebody restored it, and deleted it again, since this page was made. Nothing was restored: "
    "check what it said in the end."
)


@dataclass(frozen=True)
class Deletion:
    """That a row was deleted: by its last event."""

    model: type[models.Model]
    pk: Any
    event: int
    at: datetime
    context: Any


@dataclass(frozen=True)
class Mark:
    """A place in the list of deletions, of which the older ones follow."""

    at: datetime
    model: str
    event: int


def deleted(model: type[models.Model]) -> models.QuerySet:
    """Return the last event of each row of a model that is gone."""
    events = events_of(model).objects
    later = events.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__gt=OuterRef("pgh_id"))
    there = model._base_manager.filter(pk=OuterRef("pgh_obj_id"))
    return events.filter(~Exists(there), ~Exists(later), pgh_label="delete")


def deletions(
    among: Iterable[type[models.Model]],
    *,
    user: int | None = None,
    after: Mark | None = None,
    limit: int,
) -> list[Deletion]:
    """Return the newest deletions of rows of some models, by one user or by anybody.

    ``after`` is where the page before ended.
    """
    by_label = {model._meta.label_lower: model for model in among}
    each = []
    for name, model in sorted(by_label.items()):
        rows = deleted(model)
        if user is not None:
            # Not joined: the newest deletions are gone through until there are enough of them.
            context = Context.objects.filter(pk=OuterRef("pgh_context"))
            doer = Subquery(context.values(who=KT("metadata__user"))[:1])
            rows = rows.annotate(doer=doer).filter(doer=str(user))
        if after:
            older = Q(pgh_created_at__lt=after.at)
            same = Q(pgh_created_at=after.at)
            if name > after.model:
                older |= same
            elif name == after.model:
                older |= same & Q(pgh_id__lt=after.event)
            rows = rows.filter(older)
        each.append(
            rows.annotate(of=Value(name))
            .order_by("-pgh_created_at", "-pgh_id")
            .values_list("of", "pgh_obj_id", "pgh_id", "pgh_created_at", "pgh_context_id")[:limit]
        )
    if not each:
        return []
    found = [
        Deletion(by_label[name], pk, event, at, context)
        for rows in each
        for name, pk, event, at, context in rows
    ]
    found.sort(key=lambda one: (-one.at.timestamp(), one.model._meta.label_lower, -one.event))
    return found[:limit]


def deletion(model: type[models.Model], pk: Any) -> Deletion | None:
    """Return that a row was deleted, None where it is there or never was."""
    event = deleted(model).filter(pgh_obj_id=pk).first()
    if event is None:
        return None
    return Deletion(model, pk, event.pgh_id, event.pgh_created_at, event.pgh_context_id)


@dataclass(frozen=True)
class ToldDeletion:
    """A deletion in words: who, when and why, what the row was called and what it said."""

    model: type[models.Model]
    pk: Any
    name: str
    at: datetime
    who: str
    why: str
    said: list[Difference]

    @property
    def opts(self):
        return self.model._meta


def tell(
    found: Sequence[Deletion],
    *,
    whole: bool = False,
    without: Mapping[type[models.Model], Collection[str]] | None = None,
) -> list[ToldDeletion]:
    """Return deletions in words; ``without`` the fields of a model that the reader may not see."""
    events: dict[type[models.Model], set[int]] = defaultdict(set)
    for one in found:
        events[one.model].add(one.event)
    said = {
        model: what_events_say(model, ids, whole=whole, without=(without or {}).get(model, ()))
        for model, ids in events.items()
    }
    named = names_of(
        [
            *((one.model, one.pk) for one in found),
            *(
                key
                for model, versions in said.items()
                for says in versions.values()
                for key in references(model, says)
            ),
        ]
    )
    doers = people(one.context for one in found)
    return [
        ToldDeletion(
            model=one.model,
            pk=one.pk,
            name=named[one.model, one.pk],
            at=one.at,
            who=doers[one.context].who,
            why=doers[one.context].why,
            said=differences(one.model, None, said[one.model][one.event], named),
        )
        for one in found
    ]


def deleted_with(one: Deletion) -> list[Deletion]:
    """Return what referred to a row and was deleted with it, each after what it refers to."""
    found: list[Deletion] = []
    owners = {one.model: {one.pk}}
    while owners:
        next_owners: dict[type[models.Model], set[Any]] = {}
        for model in event_models():
            names_it = Q()
            for field in written_fields(model):
                if field.is_relation and field.related_model in owners:
                    names_it |= Q(**{f"{field.name}__in": owners[field.related_model]})
            if not names_it:
                continue
            rows = deleted(model).filter(names_it, pgh_context_id=one.context)
            if one.context is None:
                rows = rows.filter(pgh_created_at=one.at)
            known = {(each.model, each.pk) for each in (one, *found)}
            new = [
                Deletion(model, row.pgh_obj_id, row.pgh_id, row.pgh_created_at, row.pgh_context_id)
                for row in rows.order_by("pgh_id").only(
                    "pgh_obj_id", "pgh_created_at", "pgh_context_id"
                )
                if (model, row.pgh_obj_id) not in known
            ]
            if new:
                found += new
                next_owners[model] = {each.pk for each in new}
        owners = next_owners
    return found


def missing(row: models.Model) -> list[tuple[models.Field, Key]]:
    """Return which rows a row refers to that are not there."""
    return [
        (field, (field.related_model, getattr(row, field.attname)))
        for field in written_fields(type(row))
        if field.is_relation
        and getattr(row, field.attname) is not None
        and not field.related_model._base_manager.filter(pk=getattr(row, field.attname)).exists()
    ]


def as_it_was(one: Deletion) -> models.Model:
    """Return a deleted row as it was, with its id, not saved."""
    row = as_of(events_of(one.model).objects.get(pgh_id=one.event))
    row._state.adding = True
    return row


@atomic_with_retry
def restore(
    *,
    model: type[models.Model],
    pk: Any,
    user,
    reason: str,
    as_draft: bool = False,
    seen: str | None = None,
) -> tuple[models.Model, list[str]]:
    """Bring a deleted row back as it was, with what was deleted with it.

    ``as_draft``: what was published or retired comes back as a draft. ``seen`` is the event of the
    deletion that the editor looked at, where that was some time ago. Returns the row, and in
    sentences what could not come back with it.
    """
    one = deletion(model, pk)
    if one is None:
        raise ValidationError(NOT_THERE)
    if seen is not None and seen != str(one.event):
        raise ValidationError(DELETED_AGAIN)
    row = as_it_was(one)
    gone = missing(row)
    if gone:
        names = names_of(key for _, key in gone)
        raise ValidationError(
            [
                f"{capfirst(field.verbose_name)}: “{names.get(key, key[1])}” was deleted as well. "
                "Restore that first."
                for field, key in gone
            ]
        )
    left_out: list[str] = []
    with pghistory.context(user=user.pk, reason=reason, deed="restored"):
        _insert(row, as_draft=as_draft)
        for each in _ordered(deleted_with(one)):
            companion = as_it_was(each)
            if missing(companion):
                left_out.append(
                    f"A {companion._meta.verbose_name} did not come back: "
                    "the other row that it refers to is gone."
                )
            else:
                _insert(companion, as_draft=as_draft)
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
    return row, left_out


def _ordered(found: list[Deletion]) -> list[Deletion]:
    """Return deletions so that of each model those that are referred to come first."""
    ordered: list[Deletion] = []
    for model in dict.fromkeys(each.model for each in found):
        of_model = {each.pk: each for each in found if each.model is model}
        versions = {pk: vars(as_it_was(each)) for pk, each in of_model.items()}
        ordered += [of_model[pk] for pk in in_order(model, versions)]
    return ordered


def _insert(row: models.Model, *, as_draft: bool) -> None:
    if as_draft and getattr(row, "review_state", None) in SETTLED:
        row.review_state = ReviewState.DRAFT
        row.version += 1
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(in_sentences(type(row), error)) from error
    row.save(force_insert=True)
