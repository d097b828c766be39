"""Who changed what, when and why: asked of the events that triggers keep of every write.

An *entry* is what one request, one import or, outside of these, one transaction did to a row and
to what belongs to its page. All times are those at which the transaction began.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import MD5, Left, Length
from django.utils.text import capfirst

from claimtracker.curated import ReviewState
from claimtracker.differences import (
    Difference,
    Key,
    Long,
    Says,
    differences,
    in_lines,
    references,
)
from claimtracker.events import event_models, events_of, people, written_fields

# Longer texts are not loaded where many versions are, in characters.
LONG = 20_000


class Part(NamedTuple):
    """The rows of a model that belong to another row's page: those that name it in a field."""

    model: type[models.Model]
    fields: list[str]


def parts_of(model: type[models.Model]) -> list[Part]:
    """Return what belongs to a row's page: what is reviewed with it, and what it is tied to."""
    fields: dict[type[models.Model], list[str]] = defaultdict(list)
    for name in getattr(model, "parts", ()):
        relation = model._meta.get_field(name)
        fields[relation.related_model].append(relation.field.name)
    for tie in model._meta.many_to_many:
        fields[tie.remote_field.through].append(tie.m2m_field_name())
    return [Part(*part) for part in fields.items()]


@dataclass
class Change:
    """What an entry did to one row: the event that says how it was, and how it is since.

    None where the row was not there, or was not a part of the page.
    """

    model: type[models.Model]
    pk: Any
    before: int | None
    after: int | None
    # Whether the row had been deleted before, or else had come from, or gone to, another page.
    again: bool = False
    moved: bool = False


@dataclass
class Entry:
    """What one request, import or transaction did."""

    key: str
    at: datetime
    context: Any  # the id of its context, None where it has none
    changes: dict[Key, Change] = field(default_factory=dict)
    is_there: bool = False  # whether the row itself is there after it


class _Event(NamedTuple):
    id: int
    pk: Any
    label: str
    at: datetime
    context: Any
    belongs: bool


class History:
    """The history of a row and of the rows that belong to its page."""

    def __init__(self, model: type[models.Model], pk: Any):
        """Read which events there are, with a query a model; not yet what they say."""
        self.model, self.pk = model._meta.concrete_model, pk
        self._entries: dict[str, Entry] = {}
        self._order: dict[str, list[int]] = {}
        self._add(self.model, events_of(model).objects.filter(pgh_obj_id=pk), ())
        for part in parts_of(self.model):
            names_it = Q(*((name, pk) for name in part.fields), _connector=Q.OR)
            once = events_of(part.model).objects.filter(names_it).values("pgh_obj_id")
            self._add(
                part.model, events_of(part.model).objects.filter(pgh_obj_id__in=once), part.fields
            )
        # Where a clock cannot tell: in the order of what was written to the row, then below it.
        self.entries: list[Entry] = sorted(
            (entry for entry in self._entries.values() if entry.changes),
            key=lambda entry: (entry.at, *self._order[entry.key]),
        )
        is_there = False
        for entry in self.entries:
            if own_change := entry.changes.get((self.model, pk)):
                is_there = own_change.after is not None
            entry.is_there = is_there

    def _add(
        self, model: type[models.Model], events: models.QuerySet, fields: Sequence[str]
    ) -> None:
        for own in _by_row(events, fields, self.pk):
            latest, before = None, None
            for event in own:
                # A transaction that began earlier may have written later.
                latest = event.at if latest is None else max(latest, event.at)
                self._note(model, event, before, latest)
                before = event

    def _note(
        self, model: type[models.Model], event: _Event, before: _Event | None, at: datetime
    ) -> None:
        was = before if before and before.belongs and before.label != "delete" else None
        stands = event if event.belongs and event.label != "delete" else None
        key = event.context.hex if event.context else f"{event.at:%Y%m%dT%H%M%S%f}"
        if was is None and stands is None:
            entry = self._entries.get(key)
            if entry is None or (model, event.pk) not in entry.changes:
                return
        entry = self._entries.setdefault(key, Entry(key, at, event.context))
        entry.at = max(entry.at, at)
        order = self._order.setdefault(key, [0, 0])
        order[model is not self.model] = max(order[model is not self.model], event.id)
        change = entry.changes.setdefault(
            (model, event.pk),
            Change(
                model,
                event.pk,
                before=was and was.id,
                after=None,
                again=bool(before and before.label == "delete"),
            ),
        )
        change.after = stands and stands.id
        change.moved = (
            before is not None and event.label == "update" and (was is None) != (stands is None)
        )
        if change.before is None and change.after is None:
            # Made and deleted again within one entry.
            del entry.changes[model, event.pk]

    @property
    def seen(self) -> str:
        """What is another once the row, or what belongs to it, is another.

        The newest entry does not tell: a transaction that began before it may have ended after it.
        """
        rows = self.standing(self.entries[-1])
        told = sorted((model._meta.label_lower, pk, event) for (model, pk), event in rows.items())
        return sha256(repr(told).encode()).hexdigest()[:32]

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key), None)

    def standing(self, entry: Entry) -> dict[Key, int]:
        """Return, after an entry, the event of each row that was there and what it said."""
        rows: dict[Key, int] = {}
        for each in self.entries:
            for key, change in each.changes.items():
                if change.after is None:
                    rows.pop(key, None)
                else:
                    rows[key] = change.after
            if each is entry:
                return rows
        raise ValueError("The entry is of another history.")

    def back_to(self, entry: Entry) -> Entry:
        """Return, as an entry, what would make everything stand again as it did after an entry."""
        now, then = self.standing(self.entries[-1]), self.standing(entry)
        return Entry(
            entry.key,
            entry.at,
            entry.context,
            {
                key: Change(*key, before=now.get(key), after=then.get(key))
                for key in [*then, *(key for key in now if key not in then)]
                if now.get(key) != then.get(key)
            },
        )


def _by_row(events: models.QuerySet, fields: Sequence[str], owner: Any) -> Iterator[list[_Event]]:
    """Return the events of each row, in the order in which they were written."""
    columns = ["pgh_id", "pgh_obj_id", "pgh_label", "pgh_created_at", "pgh_context_id"]
    rows: dict[Any, list[_Event]] = defaultdict(list)
    names = [events.model._meta.get_field(name).attname for name in fields]
    for *event, pointers in (
        (*values[:5], values[5:])
        for values in events.order_by("pgh_id").values_list(*columns, *names)
    ):
        belongs = not fields or owner in pointers
        rows[event[1]].append(_Event(*event, belongs))
    yield from rows.values()


# What events say ----------------------------------------------------------------------------------


def what_events_say(
    model: type[models.Model],
    events: Collection[int],
    *,
    whole: bool = False,
    without: Iterable[str] = (),
) -> dict[int, Says]:
    """Return what events say by their ids; long texts only where the ``whole`` is asked for."""
    if not events:
        return {}
    fields = [each for each in written_fields(model) if each.name not in set(without)]
    texts = [] if whole else [each for each in fields if isinstance(each, models.TextField)]
    plain = [each.attname for each in fields if each not in texts]
    rows = events_of(model).objects.filter(pgh_id__in=events)
    for each in texts:
        size = f"{each.name}_size"
        is_long = When(**{f"{size}__gt": LONG}, then=MD5(each.name))
        rows = rows.annotate(**{size: Length(each.name)}).annotate(
            **{
                f"{each.name}_head": Left(each.name, LONG),
                f"{each.name}_digest": Case(is_long, output_field=models.TextField()),
            }
        )
    extra = [f"{each.name}_{what}" for each in texts for what in ("head", "size", "digest")]
    said: dict[int, Says] = {}
    for row in rows.values("pgh_id", *plain, *extra):
        says = {name: row[name] for name in plain}
        for each in texts:
            head, size, digest = (row[f"{each.name}_{what}"] for what in ("head", "size", "digest"))
            says[each.attname] = head if digest is None else Long(size, digest)
        said[row["pgh_id"]] = says
    return said


@dataclass(frozen=True)
class Stood:
    """A row as it stood: its title, and its fields with what they said in words."""

    title: str
    lines: list[tuple[str, str]]
    is_own: bool


def as_it_stood(history: History, entry: Entry, *, without: Iterable[str] = ()) -> list[Stood]:
    """Return a row, first, and what belonged to its page as they stood after an entry."""
    events: dict[type[models.Model], dict[Any, int]] = defaultdict(dict)
    for (model, pk), event in history.standing(entry).items():
        events[model][pk] = event
    said = {
        model: what_events_say(
            model,
            set(of.values()),
            whole=True,
            without=without if model is history.model else (),
        )
        for model, of in events.items()
    }
    named = names_of(
        key
        for model, versions in said.items()
        for says in versions.values()
        for key in references(model, says)
    )
    stood = [
        Stood(
            title=title(model, says, named, (history.model, history.pk)),
            lines=in_lines(model, says, named),
            is_own=model is history.model,
        )
        for model, of in events.items()
        for says in (said[model][event] for event in of.values())
    ]
    return sorted(stood, key=lambda row: not row.is_own)


def names_of(rows: Iterable[Key]) -> dict[Key, str]:
    """Return what rows are called: as they are now or, where they are gone, as they last were."""
    by_model: dict[type[models.Model], set[Any]] = defaultdict(set)
    for model, pk in rows:
        by_model[model].add(pk)
    return {
        (model, pk): str(row)
        for model, keys in by_model.items()
        for pk, row in now_or_last(model, keys).items()
    }


def now_or_last(model: type[models.Model], keys: Collection[Any]) -> dict[Any, models.Model]:
    """Return rows by id as they are or, where they are gone, as they last were.

    What they refer to comes along, as their names are made of it; long texts do not.
    """
    if not keys:
        return {}
    texts = [each.name for each in model._meta.fields if isinstance(each, models.TextField)]
    rows = model._base_manager.defer(*texts).in_bulk(keys)
    gone = set(keys) - set(rows)
    if gone and model._meta.concrete_model in event_models():
        events = events_of(model).objects
        last = events.filter(pgh_obj_id__in=gone).order_by("pgh_obj_id", "-pgh_id")
        keys_of = dict(last.distinct("pgh_obj_id").values_list("pgh_id", "pgh_obj_id"))
        for event, says in what_events_say(model, set(keys_of)).items():
            rows[keys_of[event]] = model(pk=keys_of[event], **says)
    for each in _others(model):
        related = {getattr(row, each.attname) for row in rows.values()} - {None}
        found = now_or_last(each.related_model, related)
        for row in rows.values():
            if getattr(row, each.attname) in found:
                setattr(row, each.name, found[getattr(row, each.attname)])
    return rows


# In words -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToldChange:
    """What an entry did to one row, in words."""

    title: str
    deed: str  # recorded, changed, published …
    differences: list[Difference]
    is_own: bool


@dataclass(frozen=True)
class Told:
    """An entry in words."""

    key: str
    at: datetime
    who: str
    why: str
    deed: str
    changes: list[ToldChange]
    is_there: bool


def tell(
    history: History,
    entries: Sequence[Entry],
    *,
    whole: bool = False,
    without: Iterable[str] = (),
) -> list[Told]:
    """Return entries in words, with as many queries for many as for few.

    ``without`` are fields of the row itself that are not for this reader.
    """
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for entry in entries:
        for change in entry.changes.values():
            wanted[change.model] |= {change.before, change.after} - {None}
    said = {
        model: what_events_say(
            model, events, whole=whole, without=without if model is history.model else ()
        )
        for model, events in wanted.items()
    }
    named = names_of(
        key
        for model, events in said.items()
        for says in events.values()
        for key in references(model, says)
    )
    doers = people(entry.context for entry in entries)
    told = []
    for entry in entries:
        changes = [
            _told(
                change,
                *(said[change.model].get(event) for event in (change.before, change.after)),
                named,
                owner=None if change.model is history.model else (history.model, history.pk),
            )
            for change in entry.changes.values()
        ]
        changes.sort(key=lambda change: not change.is_own)
        if len(changes) > 1 and changes[0].is_own and not changes[0].differences:
            del changes[0]  # only its version, as what belongs to it counts
        doer = doers[entry.context]
        deed = doer.deed or next((change.deed for change in changes if change.is_own), "")
        told.append(Told(entry.key, entry.at, doer.who, doer.why, deed, changes, entry.is_there))
    return told


def _told(
    change: Change,
    before: Says | None,
    after: Says | None,
    named: dict[Key, str],
    owner: Key | None,
) -> ToldChange:
    # What a part refers to is in its title; only where it came to refer to another, also here.
    whole = owner is not None and None in (before, after)
    in_title = [each.name for each in _others(change.model)] if whole else []
    return ToldChange(
        title=title(change.model, after or before or {}, named, owner),
        deed=_deed(change, before, after),
        differences=differences(change.model, before, after, named, without=in_title),
        is_own=owner is None,
    )


def _others(model: type[models.Model]) -> list[models.Field]:
    """Return the fields by which rows refer to rows of other models."""
    refer = (each for each in written_fields(model) if each.is_relation)
    return [each for each in refer if each.related_model is not model]


def title(
    model: type[models.Model], says: Says, named: dict[Key, str], owner: Key | None = None
) -> str:
    """Return what a row is called on the page of its owner: by what else it refers to."""
    kind = model._meta.verbose_name
    related = [each.related_model for each in _others(model)]
    others = []
    for each in _others(model):
        key = (each.related_model, says.get(each.attname))
        if key not in named or key == owner:
            continue
        others.append(named[key])
        if model._meta.auto_created:
            kind = each.related_model._meta.verbose_name
        elif related.count(each.related_model) > 1:
            # Which of the two ends it is.
            kind = f"{model._meta.verbose_name}, {each.verbose_name}"
    return ": ".join([capfirst(kind), *others])


def _deed(change: Change, before: Says | None, after: Says | None) -> str:
    if change.moved:
        return "came from another" if before is None else "went to another"
    if change.model._meta.auto_created:
        return "removed" if after is None else "added"
    if before is None:
        return "restored" if change.again else "recorded"
    if after is None:
        return "deleted"
    if after.get("merged_into_id") and not before.get("merged_into_id"):
        return "merged"
    state = after.get("review_state")
    if state and state != before.get("review_state"):
        return REVIEWED[state]
    return "changed"


REVIEWED = {
    ReviewState.DRAFT: "back to draft",
    ReviewState.IN_REVIEW: "submitted for review",
    ReviewState.PUBLISHED: "published",
    ReviewState.RETIRED: "retired",
}
