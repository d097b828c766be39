"""EDTF dates: the text editors write, and the day range the database computes from it.

EDTF is ISO 8601-2:2019, Annex A; of its level 1 we take ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``,
each with ``~``, ``?`` or ``%``, and intervals ``a/b``, ``../b`` and ``a/..``. The SQL function
``edtf_range`` (migration ``claimtracker.0001``) is the only place that knows how to read them.
"""

from datetime import date, timedelta

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.fields.generated import GeneratedField

HELP = (
    "A date as precise as the source gives it: 2023-09-07, 2023-09 or 2023; "
    "with ~ where about, ? where doubtful; 2023-09-07/2023-09-08 for some day between."
)


class EdtfField(models.CharField):
    """A date as EDTF text; blank where none is known."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("help_text", HELP)
        super().__init__(*args, **kwargs)


def range_of(field: str) -> GeneratedField:
    """Return the column of the days that an EDTF field may mean, computed by the database."""
    return GeneratedField(
        expression=Func(F(field), function="edtf_range", output_field=DateRangeField()),
        output_field=DateRangeField(),
        db_persist=True,
        null=True,
    )


def is_a_date(field: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that an EDTF field is blank or a date."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}_range__isnull": False}),
        violation_error_code=f"field:{field}",
        violation_error_message=(
            "This is no date that we can read. Write 2023-09-07, 2023-09 or 2023 (with ~ where "
            "about, ? where doubtful), or an interval such as 2023-09-07/2023-09-08 or 2023-09/.."
        ),
    )


def first_day(days) -> date | None:
    """Return the earliest possible day of a range, None where it is open or there is none."""
    return days.lower if days else None


def last_day(days) -> date | None:
    """Return the latest possible day of a range, None where it is open or there is none."""
    return days.upper - timedelta(days=1) if days and days.upper else None
