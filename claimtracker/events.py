"""Reads the history that triggers write: what a row was, who changed it, when and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import OuterRef, Subquery
from pghistory.models import Context

# Columns that the database keeps for itself: no editor writes them.
BOOKKEEPING = {
    *("id", "version", "was_public", "first_public_at", "created_at"),
    *("submitted_at", "submitted_by"),
}
# Who wrote what did not come through the desk.
NOBODY = "a command or an import"


@dataclass(frozen=True)
class Change:
    """Who wrote an event, when, and the reason given; blank where there was none."""

    who: str
    when: datetime
    reason: str


@cache
def event_models() -> dict[type[models.Model], type[models.Model]]:
    """Return the models of events by the model, no proxy, of which they keep the history."""
    return {
        events.pgh_tracked_model._meta.concrete_model: events
        for events in apps.get_models()
        if getattr(events, "pgh_tracked_model", None)
    }


def events_of(model: type[models.Model]) -> type[models.Model]:
    """Return the model of a model's events; of a table between two, that of its proxy."""
    return event_models()[model._meta.concrete_model]


def last_event(model: type[models.Model]) -> Subquery:
    """Return the id of a row's last event, to annotate a queryset with."""
    events = events_of(model).objects.filter(pgh_obj_id=OuterRef("pk")).order_by("-pgh_id")
    return Subquery(events.values("pgh_id")[:1])


def written_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the columns that editors write."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if not field.generated and field.name not in BOOKKEEPING
    ]


def as_of(event: models.Model) -> models.Model:
    """Return a row as an event has it; it is not saved."""
    model = event.pgh_tracked_model._meta.concrete_model
    row = model(
        **{
            field.attname: getattr(event, field.attname)
            for field in model._meta.local_concrete_fields
            if not field.generated
        }
    )
    row._state.adding = False
    return row


def changes(events: Iterable[models.Model]) -> list[Change]:
    """Return who wrote these events; two queries, however many there are."""
    events = list(events)
    doers = people(event.pgh_context_id for event in events)
    return [
        Change(
            who=doers[event.pgh_context_id].who,
            when=event.pgh_created_at,
            reason=doers[event.pgh_context_id].why,
        )
        for event in events
    ]


class Doer(NamedTuple):
    """Who did something, why, and what it was where that was noted."""

    who: str = NOBODY
    why: str = ""
    deed: str = ""


def people(contexts: Iterable[Any]) -> dict[Any, Doer]:
    """Return who did what a context stands for, and why, by its id; None is nobody's."""
    found = Context.objects.in_bulk({each for each in contexts if each})
    users = get_user_model().objects.in_bulk(
        {context.metadata.get("user") for context in found.values()} - {None}
    )
    return {None: Doer()} | {
        key: Doer(
            who=_name(context.metadata.get("user"), users),
            why=context.metadata.get("reason") or "",
            deed=context.metadata.get("deed") or "",
        )
        for key, context in found.items()
    }


def _name(key: Any, users: dict) -> str:
    if key is None:
        return NOBODY
    user = users.get(key)
    return user.get_full_name() or user.get_username() if user else "a former user"
