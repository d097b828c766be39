"""What a proposal says: its shape, what it would change, and where somebody was quicker.

The shape is that of ``Proposal.fields``; its docstring describes it.
"""

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model

from claims.models import Citation, Claim, Deed, Proposal, Relation, Statement, Topic
from claimtracker.deletions import deletion
from claimtracker.events import events_of, written_fields
from claimtracker.reverting import self_references
from claimtracker.review import STANDING
from sources.models import Affiliation, Document, Source

Fields = dict[str, Any]  # JSON values by the names of fields
# What an entry of a part says beside the fields of its row.
ABOUT = ("id", "delete", "restore")
# What can be proposed to change.
TARGETS = (Source, Affiliation, Document, Topic, Claim, Relation, Statement, Citation)
PLAIN = {
    models.BooleanField: (bool, "true or false"),
    models.IntegerField: (int, "a whole number"),
    models.CharField: (str, "a text"),
    models.TextField: (str, "a text"),
}


def fields_of(model: type[Model], *, but: str = "") -> dict[str, models.Field]:
    """Return by name the fields that a proposal may change: all that editors write ``but`` one."""
    written = [*written_fields(model), *model._meta.many_to_many]
    return {f.name: f for f in written if f.name not in STANDING and f.name != but}


def part_of(model: type[Model], name: str) -> models.ManyToOneRel:
    """Return the relation by which a model knows the rows of one of its parts."""
    return model._meta.get_field(name)


def key_of(row: Any) -> Any:
    return row.pk if isinstance(row, Model) else row


def in_json(model_field: models.Field, value: Any) -> Any:
    """Return the value of a field as a proposal has it."""
    if model_field.many_to_many:
        return sorted(key_of(row) for row in value)
    if model_field.is_relation:
        return key_of(value)
    return value.isoformat() if isinstance(value, datetime.date) else value


def said_by(row: Model, names: Iterable[str]) -> Fields:
    """Return what a row says in some of its fields."""
    return {
        name: in_json(found, found.value_from_object(row))
        for name in names
        if (found := row._meta.get_field(name))
    }


def value_of(model_field: models.Field, value: Any) -> Any:
    """Return what the value of a proposal means for a field. Raises ValidationError.

    The value of a foreign key is an id; whether there is such a row, ``full_clean`` asks.
    """
    if model_field.is_relation:
        keys = value if model_field.many_to_many else [value]
        if not isinstance(keys, list) or not all(_is_a_key(key) for key in keys):
            if not (value is None and model_field.null):
                wanted = "a list of ids" if model_field.many_to_many else "the id of a row"
                raise ValidationError(f"It is {value!r}, not {wanted}.")
        elif model_field.many_to_many:
            there = model_field.related_model._base_manager.filter(pk__in=keys).count()
            if there < len(set(keys)):
                raise ValidationError("One of them is not there any more.")
        return value
    if isinstance(model_field, ArrayField):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValidationError(f"It is {value!r}, not a list of texts.")
        return value
    if value is None and model_field.null:
        return None
    for kind, (python, wanted) in PLAIN.items():
        right = isinstance(value, python) and (python is bool or not isinstance(value, bool))
        if isinstance(model_field, kind) and not right:
            raise ValidationError(f"It is {value!r}, not {wanted}.")
    return model_field.to_python(value)


def _is_a_key(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# The shape ----------------------------------------------------------------------------------------


def shaped(model: type[Model], given: Mapping[str, Any]) -> Fields:
    """Return what is proposed of a row as a proposal keeps it; rows may be given themselves.

    Raises ValidationError by the names of what is wrong.
    """
    wrong: dict[str, list[str]] = {}
    kept = _shaped(model, {k: v for k, v in given.items() if k not in _parts(model)}, wrong)
    for name in given.keys() & _parts(model):
        relation = part_of(model, name)
        if not isinstance(given[name], list):
            wrong[name] = ["It is no list of rows."]
            continue
        kept[name] = []
        for number, entry in enumerate(given[name]):
            place = f"{name}.{number}"
            if not isinstance(entry, Mapping):
                wrong[place] = ["It is no row: write the names of fields and their values."]
                continue
            about = {deed: entry[deed] for deed in ABOUT if deed in entry}
            if not _is_a_key(about.get("id", 0)) or not all(
                about.get(deed, True) is True for deed in ("delete", "restore")
            ):
                wrong[place] = ["An id is a number, and delete and restore are true."]
            said = {k: v for k, v in entry.items() if k not in about}
            row = _shaped(relation.related_model, said, wrong, relation.field.name, f"{place}.")
            if row or "delete" in about:
                kept[name].append(about | row)
        if not kept[name]:
            del kept[name]
    if wrong:
        raise ValidationError(wrong)
    return kept


def _parts(model: type[Model]) -> set[str]:
    return set(model.parts)


def _shaped(
    model: type[Model],
    given: Mapping[str, Any],
    wrong: dict[str, list[str]],
    but: str = "",
    place: str = "",
) -> Fields:
    known, kept = fields_of(model, but=but), {}
    for name, value in given.items():
        if name not in known:
            wrong[f"{place}{name}"] = ["It is no field that can be changed."]
            continue
        try:
            kept[name] = in_json(known[name], value)
            value_of(known[name], kept[name])
        except (ValidationError, AttributeError, TypeError) as error:
            wrong[f"{place}{name}"] = list(getattr(error, "messages", [f"It is {value!r}."]))
    return kept


# What it would change -----------------------------------------------------------------------------


# Of rows that are not there yet, or not any more.
COMING = (Deed.ADD, Deed.RESTORE)


@dataclass
class Edit:
    """A field as it was when the proposal was made, as it is now, and as it is proposed."""

    path: str
    field: models.Field
    base: Any
    now: Any
    proposed: Any

    @property
    def is_done(self) -> bool:
        return self.now == self.proposed

    @property
    def is_conflict(self) -> bool:
        """Whether somebody changed it since, to something else."""
        return self.now not in (self.base, self.proposed)


@dataclass
class RowEdit:
    """What a proposal would do to one row: to its target, or to a row of one of its parts.

    ``row`` is None where it is still to be added, or was deleted since. A conflict of the row as
    a whole is that it was deleted since while it would change, or changed while it would go.
    """

    path: str
    model: type[Model]
    deed: str
    row: Model | None
    edits: list[Edit] = field(default_factory=list)
    is_conflict: bool = False
    owner: str = ""  # the field that names the target, of a row of a part
    base: Fields = field(default_factory=dict)
    key: int | None = None  # the id of a row of a part, unless it is new

    @property
    def is_gone(self) -> bool:
        return self.row is None and self.deed not in COMING

    @property
    def is_part(self) -> bool:
        return bool(self.owner)

    def conflicts(self) -> list[str]:
        own = [self.path] if self.is_conflict else []
        return own + [edit.path for edit in self.edits if edit.is_conflict]


def target_model(proposal: Proposal) -> type[Model]:
    model = ContentType.objects.get_for_id(proposal.target_type_id).model_class()
    assert model is not None
    return model


def base_of(target: Model, fields: Fields, version: int | None = None) -> Fields:
    """Return what a row said, in the fields that a proposal names, at one of its versions."""
    model = type(target)
    own = [name for name in fields if name not in _parts(model)]
    base = said_by(target, own)
    if version is not None and version != target.version:
        event = events_of(model).objects.filter(pgh_obj_id=target.pk, version=version).last()
        if event is None:
            raise ValidationError({"base_version": f"It never had a version {version}."})
        for name in own:
            found = model._meta.get_field(name)
            said = _tied_at(found, event) if found.many_to_many else found.value_from_object(event)
            base[name] = in_json(found, said)
    for name in fields.keys() & _parts(model):
        rows = _rows_of_part(target, name, fields[name])
        but = part_of(model, name).field.name
        base[name] = {
            str(key): said_by(row, fields_of(type(row), but=but)) for key, row in rows.items()
        }
        for entry in fields[name]:
            key = entry.get("id")
            if "restore" in entry:
                is_known = deletion(part_of(model, name).related_model, key) is not None
            else:
                is_known = key is None or key in rows
            if not is_known:
                raise ValidationError({name: f"It has no row {key}."})
    return base


def _tied_at(found: models.ManyToManyField, event: Model) -> list[int]:
    """Return what a row was tied to when one of its events was written."""
    links = events_of(found.remote_field.through).objects.filter(
        **{found.m2m_field_name(): event.pgh_obj_id}, pgh_created_at__lte=event.pgh_created_at
    )
    column = found.m2m_reverse_field_name() + "_id"
    last = {link.pgh_obj_id: link for link in links.order_by("pgh_id")}
    return [getattr(link, column) for link in last.values() if link.pgh_label != "delete"]


def leave_out_what_stays(proposal: Proposal) -> None:
    """Leave out of a proposal what already was as it is proposed."""
    parts, kept = _parts(target_model(proposal)), {}
    for name, value in proposal.fields.items():
        if name in parts:
            changes = [_changed(entry, proposal.base.get(name, {})) for entry in value]
            value = [entry for entry in changes if entry.keys() - {"id"}]
            if value:
                kept[name] = value
        elif name not in proposal.base or proposal.base[name] != value:
            kept[name] = value
    proposal.fields = kept
    if proposal.deed == Deed.CHANGE:
        proposal.base = {name: proposal.base[name] for name in kept if name in proposal.base}


def _changed(entry: Fields, base: Fields) -> Fields:
    then = base.get(str(entry.get("id")), {})
    return {k: v for k, v in entry.items() if k not in then or then[k] != v}


def _rows_of_part(target: Model, name: str, entries: list[Fields]) -> dict[int, Model]:
    keys = [entry["id"] for entry in entries if "id" in entry]
    return getattr(target, name).in_bulk(keys) if keys else {}


Loaded = Mapping[tuple[str, int], Model]  # rows of parts, by the part and the id


def load_parts(waiting: Iterable[Proposal]) -> Loaded:
    """Return the rows of parts that proposals name, with a query a part."""
    keys: dict[models.ManyToOneRel, set[int]] = defaultdict(set)
    for proposal in waiting:
        model = target_model(proposal)
        for name in proposal.fields.keys() & _parts(model):
            found = {entry["id"] for entry in proposal.fields[name] if "id" in entry}
            keys[part_of(model, name)] |= found
    return {
        (relation.get_accessor_name(), pk): row
        for relation, wanted in keys.items()
        if wanted
        for pk, row in _with_what_they_name(relation.related_model).in_bulk(wanted).items()
    }


def _with_what_they_name(model: type[Model]) -> models.QuerySet:
    return model._base_manager.select_related(
        *(found.name for found in model._meta.fields if found.is_relation)
    )


def read(proposal: Proposal, target: Model | None, loaded: Loaded | None = None) -> list[RowEdit]:
    """Return what a proposal would do, row by row; ``target`` is the row as it is now, or None.

    ``loaded`` has the rows of its parts, where many proposals are read.
    """
    model = target_model(proposal)
    whole = RowEdit("", model, Deed(proposal.deed), target, base=proposal.base)
    parts = _parts(model)
    names = [name for name in proposal.fields if name not in parts]
    now = said_by(target, names) if target is not None else {}
    whole.edits = _edits(model, "", {n: proposal.fields[n] for n in names}, proposal.base, now)
    if target is None:
        whole.is_conflict = whole.is_gone and whole.deed == Deed.CHANGE
        for edit in whole.edits:
            edit.now = edit.base
        return [whole]
    found = [whole]
    loaded = load_parts([proposal]) if loaded is None else loaded
    for name in (name for name in model.parts if name in proposal.fields):
        entries, relation = proposal.fields[name], part_of(model, name)
        named = {e["id"]: loaded.get((name, e["id"])) for e in entries if "id" in e}
        rows = {
            key: row
            for key, row in named.items()
            if row is not None and getattr(row, relation.field.attname) == target.pk
        }
        for number, entry in enumerate(entries):
            found.append(_of_part(relation, number, entry, proposal.base, rows))
    return found


def _of_part(
    relation: models.ManyToOneRel, number: int, entry: Fields, base: Fields, rows: dict[int, Model]
) -> RowEdit:
    name, model, owner = relation.get_accessor_name(), relation.related_model, relation.field.name
    key = entry.get("id")
    row = None if key is None else rows.get(key)
    then = base.get(name, {}).get(str(key), {})
    named = [each for each in (Deed.DELETE, Deed.RESTORE) if each in entry]
    deed = named[0] if named else Deed.ADD if key is None else Deed.CHANGE
    edit = RowEdit(f"{name}.{number}", model, deed, row, owner=owner, base=then, key=key)
    said = {k: v for k, v in entry.items() if k not in ABOUT}
    now = said_by(row, fields_of(model, but=owner)) if row is not None else then
    edit.edits = _edits(model, f"{edit.path}.", said, then, now)
    changed = row is not None and now != then
    edit.is_conflict = (deed == Deed.DELETE and changed) or (deed == Deed.CHANGE and row is None)
    return edit


def _edits(model: type[Model], path: str, said: Fields, base: Fields, now: Fields) -> list[Edit]:
    return [
        Edit(f"{path}{name}", model._meta.get_field(name), base.get(name), now.get(name), proposed)
        for name, proposed in said.items()
    ]


def named_in(edits: list[RowEdit]) -> Iterator[tuple[models.Field, Any]]:
    """Yield each value of a proposal with its field, to learn what the rows are called."""
    for row in edits:
        for edit in row.edits:
            for value in (edit.base, edit.now, edit.proposed):
                yield edit.field, value


def digest(edits: list[RowEdit]) -> str:
    """Return a digest of what a proposal says and of what it would change, as it is now."""
    seen = [
        [row.path, row.is_gone, row.is_conflict, [[e.path, e.now, e.proposed] for e in row.edits]]
        for row in edits
    ]
    return hashlib.sha256(json.dumps(seen, default=str).encode()).hexdigest()


# Applying it --------------------------------------------------------------------------------------


def write(row: Model, said: Fields, answers: Mapping[str, str] | None = None) -> None:
    """Write proposed values into a row and save it, checked as any edit is. Raises ValidationError.

    The row may be new; then it is made. ``answers`` are those to questions that are asked of it.
    """
    row.answers = answers or {}
    is_new = row._state.adding
    tied, own = {}, []
    for name, value in said.items():
        found = row._meta.get_field(name)
        if found.many_to_many:
            tied[name] = value_of(found, value)
        else:
            setattr(row, found.attname, value_of(found, value))
            own.append(name)
    row.full_clean()
    if is_new or own:
        row.save(force_insert=is_new, update_fields=None if is_new else own)
        row.carry_out()
    for name, keys in tied.items():
        getattr(row, name).set(keys)


def apply(
    edits: list[RowEdit], taken: Collection[str], answers: Mapping[str, str] | None = None
) -> Model | None:
    """Do what a proposal says; of conflicts only those whose path is ``taken``. Returns the target.

    Raises ValidationError, by the path of the row that cannot be as proposed. What is to come back
    is restored elsewhere.
    """
    own, *parts = edits
    target = own.row
    if own.deed == Deed.DELETE:
        if target is not None:
            target.delete()
        return None
    if target is None:
        target = own.model()
    _write(own, target, taken, answers=answers)
    parts = [edit for edit in parts if not edit.is_conflict or edit.path in taken]
    _let_go_of_each_other(parts)
    for edit in _in_order(parts):
        if edit.deed == Deed.DELETE:
            if edit.row is not None:
                edit.row.delete()
            continue
        key = edit.key if edit.deed == Deed.RESTORE else None
        row = edit.row or edit.model(pk=key, **{edit.owner: target})
        _write(edit, row, taken, whole=edit.row is None)
    return target


def _let_go_of_each_other(parts: list[RowEdit]) -> None:
    """Let rows that go or change no longer refer to rows of their own model that go."""
    by_model: dict[type[Model], list[RowEdit]] = defaultdict(list)
    for edit in parts:
        if edit.row is not None:
            by_model[edit.model].append(edit)
    for model, edits in by_model.items():
        going = [edit.row.pk for edit in edits if edit.row and edit.deed == Deed.DELETE]
        for found in self_references(model) if going else ():
            freed = [
                edit.row.pk
                for edit in edits
                if edit.row
                and (edit.deed == Deed.DELETE or any(each.field == found for each in edit.edits))
            ]
            rows = model._base_manager.filter(pk__in=freed, **{f"{found.name}__in": going})
            rows.update(**{found.name: None})


def _in_order(parts: list[RowEdit]) -> list[RowEdit]:
    """Return the edits of parts in the order in which they can be done.

    What goes makes room for what comes, and what comes back is there before it is referred to.
    """
    order = (Deed.DELETE, Deed.CHANGE, Deed.RESTORE, Deed.ADD)
    coming_back = {(edit.model, edit.key): edit for edit in parts if edit.deed == Deed.RESTORE}
    ordered: dict[str, RowEdit] = {}
    begun: set[str] = set()

    def place(edit: RowEdit) -> None:
        if edit.path in begun:
            return
        begun.add(edit.path)
        for each in edit.edits:
            if each.field.related_model is edit.model and not each.field.many_to_many:
                before = coming_back.get((edit.model, each.proposed))
                if before is not None:
                    place(before)
        ordered[edit.path] = edit

    for edit in sorted(parts, key=lambda each: order.index(each.deed)):
        place(edit)
    return list(ordered.values())


def _write(
    edit: RowEdit,
    row: Model,
    taken: Collection[str],
    *,
    whole: bool = False,
    answers: Mapping[str, str] | None = None,
) -> None:
    """Write what is proposed of one row; ``whole``: with what it said besides when it was there."""
    said = {e.field.name: e.proposed for e in edit.edits if not e.is_conflict or e.path in taken}
    try:
        write(row, (edit.base | said) if whole else said, answers)
    except ValidationError as error:
        place = f"{edit.path}." if edit.path else ""
        raise ValidationError(
            {f"{place}{name}": each for name, each in error.update_error_dict({}).items()}
        ) from error
