"""The SQL function edtf_range, against a second reading of EDTF in plain Python."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from claimtracker.edtf import first_day, last_day
from tests.claimtracker.full import full_or

pytestmark = pytest.mark.django_db


def ranges(texts):
    """Return what the database reads: (first day, last day) or None for each text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT edtf_range(t) FROM unnest(%s::text[]) WITH ORDINALITY u(t, n) ORDER BY n",
            [list(texts)],
        )
        return [row and (first_day(row), last_day(row)) for (row,) in cursor]


def read(text):
    """The same, slowly: None where the text is no date."""
    sides = text.split("/")
    if len(sides) > 2 or text == "../..":
        return None
    days = [(None, None) if side == ".." and len(sides) == 2 else read_one(side) for side in sides]
    if None in days:
        return None
    (first, _), (_, last) = days[0], days[-1]
    if first and last and first > last:
        return None
    return first, last


def read_one(text):
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?", text, re.ASCII)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if not 1 <= year <= 9998:
        return None
    try:
        first = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if day:
        return first, first
    after = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
    return first, after - timedelta(days=1)


one = st.from_regex(r"\A(000|00|19|20|99)[0-9]{1,2}(-[01][0-9](-[0-3][0-9])?)?[~?%]?\Z")
several = st.lists(st.one_of(one, st.just("..")), min_size=1, max_size=3).map("/".join)


@full_or(100)
@given(st.lists(several, min_size=20, max_size=60))
@example(["2023", "2023-09", "2023-09-07~", "2023-09-07/2023-09-08", "../2023", "2023/..", "../.."])
@example(["2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0001", "0000", "9998", "9999"])
def test_the_database_reads_a_date_as_the_standard_says(texts):
    assert ranges(texts) == [read(text) for text in texts]


def test_every_day_of_a_leap_year_is_itself():
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]

    assert ranges(day.isoformat() for day in days) == [(day, day) for day in days]


@pytest.mark.parametrize(
    "text",
    [
        *[
            "",
            " ",
            "..",
            "/",
            "../",
            "/..",
            "../..",
            "2023/",
            "/2023",
            "2023//2024",
            "2023/2024/..",
        ],
        *["2023-9", "2023-00", "2023-13", "2023-09-00", "2023-09-31", "2023-02-29", "23-09-07"],
        *["2023-09-07 ", " 2023-09-07", "2023-09-07\n", "2023-09-07T10:00", "20230907", "2023-9-7"],
        *["2023~?", "~2023", "2023-09-07~~", "-2023", "+2023", "0000", "9999", "12023", "٢٠٢٣"],
        *["2023-09-08/2023-09-07", "2024/2023", "2023-09/2023-08", "unknown", "null", "infinity"],
        "２０２３",
    ],
)
def test_what_is_no_date_has_no_range(text):
    assert ranges([text]) == [None]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
@full_or(50)
def test_no_text_makes_the_function_raise(texts):
    assert ranges(texts) == [read(text) for text in texts]


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2023/2023-05", date(2023, 1, 1), date(2023, 5, 31)),
        ("2023/2023-09", date(2023, 1, 1), date(2023, 9, 30)),
        ("2023-09-07/2023-09", date(2023, 9, 7), date(2023, 9, 30)),
    ],
)
def test_the_ends_of_a_period_may_be_of_different_precision(text, first, last):
    assert ranges([text]) == [(first, last)]


def test_a_mark_of_doubt_does_not_widen_the_range():
    assert len(set(ranges(["2023-09", "2023-09~", "2023-09?", "2023-09%"]))) == 1


def test_an_open_end_has_no_last_day():
    assert ranges(["2023-09-07/.."]) == [(date(2023, 9, 7), None)]


def test_an_open_start_has_no_first_day():
    assert ranges(["../2023-09-07"]) == [(None, date(2023, 9, 7))]
