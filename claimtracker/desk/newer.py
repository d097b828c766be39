"""Two editors at once: what others saved of a row since a form was opened on it.

A form carries a *stamp*: the last event of its row when the page was made. Where it is no longer
the last one when the form comes back, the form is not saved. What the editor did not touch takes
the newer value; where both changed a field, the editor chooses.
"""

from dataclasses import dataclass

from django import forms

from claimtracker.desk.links import is_an_id
from claimtracker.desk.values import Words
from claimtracker.events import Change, as_of, changes, events_of, last_event, written_fields

STAMP = "stamp"
THEIRS = "theirs"


@dataclass
class Difference:
    """A field as it was when the form was opened, as it is saved now, and as it was typed.

    ``typed`` is None where the editor did not touch it. ``choice`` names the input by which the
    editor takes theirs instead, where both changed it.
    """

    label: str
    was: str
    now: str
    typed: str | None = None
    choice: str = ""


@dataclass
class Newer:
    """What others saved of a row since a form was opened on it."""

    row: object
    name: str  # what is saved is called; the form writes into the row
    change: Change | None
    differences: list[Difference]
    is_removed: bool = False
    # Of one removed from the page of another: whether what was typed is kept as a new one.
    is_kept: bool = False
    # Of one added to the page of another, whose form does not have it.
    is_added: bool = False

    @property
    def kind(self):
        return self.row._meta.verbose_name


def stamp_of(row) -> str:
    """Return the stamp of a row: its last event, and the rows it is tied to in other tables."""
    if not hasattr(row, "last_event"):
        model = type(row)
        found = model._base_manager.filter(pk=row.pk).values_list(last_event(model))
        row.last_event = next((event for (event,) in found), None)
    return ";".join([str(row.last_event or ""), *(_joined(keys) for keys in _tied(row).values())])


def _tied(row):
    """Return the keys of what a row is tied to, by field."""
    return {
        field.name: sorted(other.pk for other in field.value_from_object(row))
        for field in row._meta.many_to_many
    }


def _joined(keys):
    return ",".join(map(str, keys))


class Opened:
    """A row as it was when a form was opened on it, as far as the form's stamp says."""

    def __init__(self, model, key, stamp):
        event, *tied = stamp.split(";")
        # What the browser sends is not to be trusted, but then all the editor loses is the help.
        known = events_of(model).objects.filter(
            pgh_obj_id=key, pgh_id=event if is_an_id(event) else 0
        )
        event = known.first()
        self.row = as_of(event) if event else None
        self.tied = {
            field.name: [int(one) for one in keys.split(",") if is_an_id(one)]
            for field, keys in zip(model._meta.many_to_many, tied, strict=False)
        }

    def had(self, field, value):
        """Return whether a field had this value; False where nobody knows."""
        return self.row is not None and self.value(field) == value

    def value(self, field):
        if field.many_to_many:
            return self.tied.get(field.name, [])
        return field.value_from_object(self.row)


def meet(form) -> Newer | None:
    """Return what others saved since a bound form was made, None where nothing; fill it in.

    The form's data become those of the page that is shown again: they carry the newer stamp, and
    the newer value of each field that the editor did not touch or gave up.
    """
    row = form.instance
    sent = form.data.get(form.add_prefix(STAMP), "")
    given_up = {
        name for name in form.fields if form.data.get(form.add_prefix(f"{STAMP}-{name}")) == THEIRS
    }
    gone = is_removed(row)
    if sent == form.stamp and not given_up and not gone:
        return None
    form.data = form.data.copy()
    form.data[form.add_prefix(STAMP)] = form.stamp
    tied = _tied(row)
    saved = {
        field: tied[field.name] if field.many_to_many else field.value_from_object(row)
        for field in [*written_fields(type(row)), *row._meta.many_to_many]
    }
    for field, now in saved.items():
        if field.name in given_up:
            fill(form, field.name, now)
    opened = Opened(type(row), row.pk, sent)
    same = all(opened.had(field, now) for field, now in saved.items())
    if not gone and (sent == form.stamp or same):
        return None
    words = Words()
    differences = [_compare(form, field, opened, now, words) for field, now in saved.items()]
    return Newer(row, str(row), last_change(row), [each for each in differences if each], gone)


def _compare(form, model_field, opened, now, words) -> Difference | None:
    """Settle one field, and return how it differs; None where there is nothing to tell."""
    is_theirs = not opened.had(model_field, now)
    name = model_field.name
    field = form.fields.get(name)
    difference = Difference(
        label=str(field and field.label or model_field.verbose_name).capitalize(),
        was=words.of(model_field, opened.value(model_field)) if opened.row else "",
        now=words.of(model_field, now),
    )
    if field is None:
        return difference if is_theirs and opened.row else None
    typed = field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
    if not field.has_changed(now, typed):
        return None  # what is saved is what is in the form
    if opened.row and not field.has_changed(opened.value(model_field), typed):
        fill(form, name, now)
        return difference
    difference.typed = _typed(model_field, field, typed, words)
    if is_theirs:
        difference.choice = form.add_prefix(f"{STAMP}-{name}")
    return difference


def _typed(model_field, field, typed, words) -> str:
    try:
        value = field.clean(typed)
    except forms.ValidationError:
        return "\n".join(map(str, typed)) if isinstance(typed, list) else str(typed)
    if model_field.many_to_many:
        value = [row.pk for row in value]
    elif model_field.is_relation:
        value = value and value.pk
    return words.of(model_field, value)


def fill(form, name, value):
    """Put a value into the data of a bound form, as its input would send it."""
    field, html_name = form.fields[name], form.add_prefix(name)
    widget = getattr(field.widget, "widget", field.widget)
    if isinstance(widget, forms.CheckboxInput):
        form.data.pop(html_name, None)
        if value:
            form.data[html_name] = "on"
        return
    shown = widget.format_value(field.prepare_value(value))
    if isinstance(widget, forms.SelectMultiple):
        form.data.setlist(html_name, [str(one) for one in shown])
    elif isinstance(shown, list):
        form.data[html_name] = shown[0] if shown else ""
    else:
        form.data[html_name] = "" if shown is None else str(shown)


def last_change(row) -> Change | None:
    """Return who changed a row last."""
    event = events_of(type(row)).objects.filter(pgh_obj_id=row.pk).order_by("-pgh_id").first()
    return changes([event])[0] if event else None


def added(row, *, without="") -> Newer:
    """Return what a row says that others added to a page since it was made."""
    words = Words()
    differences = [
        Difference(
            label=str(field.verbose_name).capitalize(),
            was="",
            now=words.of(field, field.value_from_object(row)),
        )
        for field in written_fields(type(row))
        if field.name != without and field.value_from_object(row)
    ]
    return Newer(row, str(row), last_change(row), differences, is_added=True)


def is_removed(row) -> bool:
    """Return whether somebody removed a row while a form was open on it."""
    return getattr(row, "is_removed", False)


def was_deleted(model, key):
    """Return a row that somebody deleted, as it was at the end; None where there was none."""
    event = events_of(model).objects.filter(pgh_obj_id=key).order_by("-pgh_id").first()
    if event is None or event.pgh_label != "delete":
        return None
    row = as_of(event)
    row.is_removed, row.last_event = True, event.pgh_id
    return row


def removed(model, key):
    """Return a row that somebody deleted or moved to another page; None where there was none."""
    row = was_deleted(model, key) or model._base_manager.filter(pk=key).first()
    if row is not None:
        row.is_removed = True
    return row
