"""Batches of writes that belong together, such as a merge or an import, and how to undo them.

A batch is known by its context and, for each model, its first and its last event: what else was
written in that context doesn't count.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Max, Min

from claimtracker.differences import Says
from claimtracker.events import events_of
from claimtracker.history import what_events_say

# The ids of the first and the last event of each model, by the model's label.
Written = dict[str, tuple[int, int]]


def last_events(context: Any, among: Iterable[type[models.Model]]) -> dict[type[models.Model], int]:
    """Return the id of the last event of each model that a context has so far, or 0."""
    return {
        model: events_of(model)
        .objects.filter(pgh_context_id=context)
        .aggregate(last=Max("pgh_id"))["last"]
        or 0
        for model in among
    }


def written_since(context: Any, before: dict[type[models.Model], int]) -> Written:
    """Return which events a context has got since ``last_events`` returned ``before``."""
    written: Written = {}
    for model, last in before.items():
        events = events_of(model).objects.filter(pgh_context_id=context, pgh_id__gt=last)
        found = events.aggregate(first=Min("pgh_id"), last=Max("pgh_id"))
        if found["first"] is not None:
            written[model._meta.label_lower] = (found["first"], found["last"])
    return written


@dataclass(frozen=True)
class WrittenRow:
    """A row that a batch wrote: what it said before, after the batch, and says now.

    Each is None where the row was, or is, not there. ``before`` is the id of its last event
    before the batch, None where the batch added it.
    """

    pk: Any
    before: int | None
    was: Says | None
    became: Says | None
    is_now: Says | None

    @property
    def was_changed_since(self) -> bool:
        return self.became != self.is_now

    @property
    def changes(self) -> dict[str, Any]:
        """Return what it said before in the columns that the batch changed."""
        if self.was is None or self.became is None:
            return {}
        return {name: value for name, value in self.was.items() if self.became[name] != value}


# What stands for a row that was added and that nobody has touched since: it isn't read.
UNTOUCHED: Says = {}


def rows_written(
    model: type[models.Model], context: Any, first: int, last: int
) -> Iterator[WrittenRow]:
    """Yield the rows of a model that a batch wrote, in the order of their ids.

    A row that was added and not touched since has ``UNTOUCHED`` for what it became and is now.
    """
    events = events_of(model).objects
    own: dict[Any, list[int]] = defaultdict(list)
    written = events.filter(pgh_context_id=context, pgh_id__range=(first, last))
    for event, pk in written.values_list("pgh_id", "pgh_obj_id"):
        own[pk].append(event)
    before: dict[Any, int] = {}
    latest: dict[Any, int] = {}
    all_events = events.filter(pgh_obj_id__in=written.values("pgh_obj_id")).order_by("pgh_id")
    for event, pk in all_events.values_list("pgh_id", "pgh_obj_id").iterator():
        latest[pk] = event
        if event < min(own[pk]):
            before[pk] = event
    after = {pk: max(ids) for pk, ids in own.items()}
    read = {pk for pk in own if pk in before or latest[pk] != after[pk]}
    ends = {event for pk in read for event in (after[pk], latest[pk])}
    deleted = set(
        events.filter(
            pgh_id__in={*after.values(), *latest.values()}, pgh_label="delete"
        ).values_list("pgh_id", flat=True)
    )
    said = what_events_say(model, {*before.values(), *ends} - deleted, whole=True)
    for pk in sorted(own):
        became, is_now = (
            None if event in deleted else said[event] if pk in read else UNTOUCHED
            for event in (after[pk], latest[pk])
        )
        earlier = before.get(pk)
        yield WrittenRow(pk, earlier, None if earlier is None else said[earlier], became, is_now)
