"""Reads the history that triggers write: what a row was, who changed it, when and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import OuterRef, Subquery

# Columns that the database keeps for itself: no editor writes them.
BOOKKEEPING = {"id", "version", "was_public", "created_at", "submitted_at"}


@dataclass(frozen=True)
class Change:
    """Who wrote an event, when, and the reason given; blank where there was none."""

    who: str
    when: datetime
    reason: str


def events_of(model: type[models.Model]) -> type[models.Model]:
    """Return the model of a model's events; of a table between two, that of its proxy."""
    if hasattr(model, "pgh_event_models"):
        return model.pgh_event_models["insert"]
    return next(
        events
        for events in apps.get_models()
        if (tracked := getattr(events, "pgh_tracked_model", None))
        and tracked._meta.concrete_model is model
    )


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
    model = event.pgh_tracked_model
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
    models.prefetch_related_objects(events, "pgh_context")
    metadata = [event.pgh_context.metadata if event.pgh_context else {} for event in events]
    users = get_user_model().objects.in_bulk({each.get("user") for each in metadata} - {None})
    return [
        Change(
            who=_name(each.get("user"), users),
            when=event.pgh_created_at,
            reason=each.get("reason") or "",
        )
        for event, each in zip(events, metadata, strict=True)
    ]


def _name(key: Any, users: dict) -> str:
    if key is None:
        return "a command or an import"
    return str(users.get(key, "a former user"))
