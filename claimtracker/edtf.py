"""EDTF dates: the text editors write, and the day range the database computes from it.

EDTF is ISO 8601-2:2019, Annex A; of its level 1 we take ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``,
each with ``~``, ``?`` or ``%``, and intervals ``a/b``, ``../b`` and ``a/..``. The SQL function
``edtf_range`` (migration ``claimtracker.0001``) is the only place that knows how to read them.
"""

import functools
from datetime import date, timedelta

from django import forms
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Func, Q
from django.db.models.fields.generated import GeneratedField
from django.db.models.functions import Coalesce

from claimtracker.dates import COULD_NOT_READ, UnreadableDateError, read_date

HELP = (
    "As precise as the source gives it: 2023-09-07 or 7 September 2023, 2023-09 or 2023. "
    "Add ~ for about, ? for doubtful. 2023-09-07/2023-09-08: some day between."
)


class EdtfField(models.CharField):
    """A date as EDTF text; blank where none is known."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("help_text", HELP)
        super().__init__(*args, **kwargs)

    def clean(self, value, model_instance):
        return super().clean(read(value) if isinstance(value, str) else value, model_instance)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": EdtfFormField, **kwargs})


class EdtfFormField(forms.CharField):
    """A date as somebody writes it; its value is EDTF."""

    def clean(self, value):
        return read(super().clean(value))


class DayFormField(forms.DateField):
    """A day as somebody writes it, in any form that EdtfFormField reads."""

    def to_python(self, value):
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        written = read(value)
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise ValidationError(
                f"“{value}” is not one day. Write year, month and day: 2023-09-07.",
                code="not_a_day",
            ) from None


def read(text: str) -> str:
    """Return a written date as EDTF. Raises ValidationError with what is wrong."""
    try:
        return read_date(text)
    except UnreadableDateError as error:
        raise ValidationError(str(error), code="unreadable_date") from None


def range_of(field: str) -> GeneratedField:
    """Return the column of the days that an EDTF field may mean, computed by the database."""
    return GeneratedField(
        expression=Func(F(field), function="edtf_range", output_field=DateRangeField()),
        output_field=DateRangeField(),
        db_persist=True,
        null=True,
    )


def earliest(field: str) -> Func:
    """Return, as SQL, the first day that an EDTF field may mean; null where it is open."""
    return Func(f"{field}_range", function="lower", output_field=models.DateField())


def day_after(field: str) -> Func:
    """Return, as SQL, the day after the last that an EDTF field may mean; null where it is open."""
    return Func(f"{field}_range", function="upper", output_field=models.DateField())


# Written out: an index that has it is of no use where the query has a parameter.
BEFORE_ALL = Func(template="'0001-01-01'::date", output_field=models.DateField())


def dated(day: Func) -> Coalesce:
    """Return a day to order by: what has none comes before all that have one."""
    return Coalesce(day, BEFORE_ALL)


def is_a_date(field: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that an EDTF field is blank or a date."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}_range__isnull": False}),
        violation_error_code=f"field:{field}",
        violation_error_message=COULD_NOT_READ,
    )


def read_range(edtf: str | None):
    """Return the days that an EDTF date may mean, as the database reads it; None for no date."""
    if not edtf:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT edtf_range(%s)", [edtf])
        return cursor.fetchone()[0]


def first_day(days) -> date | None:
    """Return the earliest possible day of a range, None where it is open or there is none."""
    return days.lower if days else None


def last_day(days) -> date | None:
    """Return the latest possible day of a range, None where it is open or there is none."""
    return days.upper - timedelta(days=1) if days and days.upper else None


MONTHS = [
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
]


@functools.lru_cache(maxsize=1000)
def in_words(edtf: str | None) -> str:
    """Return an EDTF date as it stands in a sentence: “on 7 September 2023”, “around 2023”."""
    if not edtf:
        return "on an unknown date"
    if "/" not in edtf:
        perhaps = "possibly " if edtf[-1] in "?%" else ""
        return f"{perhaps}{'around' if edtf[-1] in '~%' else _preposition(edtf)} {_words(edtf)}"
    first, last = edtf.split("/")
    if first == last:
        return in_words(first)
    if ".." in (first, last):
        known, side = (last, "before") if first == ".." else (first, "after")
        perhaps = "possibly " if known[-1] in "?%" else ""
        about = "about " if known[-1] in "~%" else ""
        return f"{perhaps}{_preposition(known)} or {side} {about}{_words(known)}"
    if len(first) == len(last) == 10:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
        # What they have in common is said once: between 7 and 9 September 2023.
        shared = len(str(begin.day)) if first[:7] == last[:7] else None
        if first[:4] == last[:4] and shared is None:
            begins = f"{begin.day} {MONTHS[begin.month - 1]}"
        else:
            begins = _words(first)[:shared]
        if end - begin == timedelta(days=1):
            return f"on {begins} or {_words(last)}"
        return f"between {begins} and {_words(last)}"
    return f"between {_marked(first)} and {_marked(last)}"


def _preposition(edtf: str) -> str:
    return "on" if len(edtf.rstrip("~?%")) == 10 else "in"


def _marked(edtf: str) -> str:
    mark = edtf[-1]
    words = _words(edtf)
    return {"~": f"about {words}", "?": f"possibly {words}", "%": f"possibly about {words}"}.get(
        mark, words
    )


def _words(edtf: str) -> str:
    parts = [int(part) for part in edtf.rstrip("~?%").split("-")]
    names = [str(parts[0]) if parts[0] > 999 else f"the year {parts[0]}"]
    if len(parts) > 1:
        names.insert(0, MONTHS[parts[1] - 1])
    if len(parts) > 2:
        names.insert(0, str(parts[2]))
    return " ".join(names)
