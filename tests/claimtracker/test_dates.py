"""Dates as people and programs write them, against what is stored and what is said."""

from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from claimtracker.dates import COULD_NOT_READ, UnreadableDateError, read_date
from tests.claimtracker.full import full_or


@pytest.mark.parametrize(
    "written, stored",
    [
        *[("2023-09-07", "2023-09-07"), ("2023-09", "2023-09"), ("2023", "2023"), ("  ", "")],
        *[("2023-09-07~", "2023-09-07~"), ("2023?", "2023?"), ("2021-7%", "2021-07%")],
        *[("17 March 2026", "2026-03-17"), ("March 17, 2026", "2026-03-17")],
        *[("17th of march 2026", "2026-03-17"), ("Tuesday, 17 March 2026", "2026-03-17")],
        *[("7 Sept. 2023", "2023-09-07"), ("17-Mar-2026", "2026-03-17"), ("May 2023", "2023-05")],
        *[("Tue, 17 Mar 2026 10:00:00 GMT", "2026-03-17"), ("2026 March 17", "2026-03-17")],
        *[("2021-7-16", "2021-07-16"), ("2020/11/03", "2020-11-03"), ("2020.11.3", "2020-11-03")],
        *[("20201103", "2020-11-03"), ("2020-11-03Z", "2020-11-03")],
        *[("2020-11-03+04:00", "2020-11-03"), ("2020-11-03t10:00:00z", "2020-11-03")],
        *[("2019-05-08 10:01:22", "2019-05-08"), ("2020-11-03T10:00:00.123-0500", "2020-11-03")],
        *[("2023\u201109\u201107", "2023-09-07"), ("7\u00a0September\u00a02023", "2023-09-07")],
        *[("17/03/2026", "2026-03-17"), ("03/17/2026", "2026-03-17"), ("05/05/2019", "2019-05-05")],
        *[("17.03.2026", "2026-03-17"), ("\uff12\uff10\uff12\uff13", "2023")],
        *[
            ("2023/2024", "2023/2024"),
            ("../2023-09", "../2023-09"),
            ("2023-9-7/..", "2023-09-07/.."),
        ],
        *[("2023/2023-09", "2023/2023-09"), ("2023-09-07/2023-09", "2023-09-07/2023-09")],
        ("7 September 2023 / 9 September 2023", "2023-09-07/2023-09-09"),
    ],
)
def test_a_date_without_doubt_is_understood(written, stored):
    assert read_date(written) == stored


@pytest.mark.parametrize(
    "written, told",
    [
        (
            "05/07/2019",
            "05/07/2019 may be 5 July 2019 or May 7, 2019. Write 2019-07-05 or 2019-05-07.",
        ),
        ("5.7.2019", "5.7.2019 may be 5 July 2019 or May 7, 2019. Write 2019-07-05 or 2019-05-07."),
        ("soon", COULD_NOT_READ),
        *[
            (text, COULD_NOT_READ)
            for text in ("23-09-07", "2023~?", "2023//2024", "۲۰۲۳", "x" * 999)
        ],
        *[(text, COULD_NOT_READ) for text in ("/", "2011/12", "7 Smarch 2023", "2023-09-07/")],
        ("2023-02-29", "There is no 29 February in 2023."),
        ("31 April 2023", "There is no 31 April in 2023."),
        ("31/31/2023", "There is no month 31. Write year, month, day: 2023-09-07."),
        ("2023-13", "There is no month 13. Write year, month, day: 2023-09-07."),
        ("0000", "We can't store the year 0000. Years go from 0001 to 9998."),
        (
            "2023-09-08/2023-09-07",
            "This period ends before it begins. Swap the two dates: 2023-09-07/2023-09-08",
        ),
        ("2024/2023-05", "This period ends before it begins. Swap the two dates: 2023-05/2024"),
        ("../..", "This period has no beginning and no end. Give one of them."),
    ],
)
def test_a_date_that_is_not_understood_is_told_why(written, told):
    with pytest.raises(UnreadableDateError) as error:
        read_date(written)
    assert str(error.value) == told


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_fail(text):
    try:
        read_date(text)
    except UnreadableDateError as error:
        assert str(error)


one = st.dates(date(1, 1, 1), date(9998, 12, 31) - timedelta(days=1)).flatmap(
    lambda day: st.sampled_from([day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]])
)
dates = st.one_of(one, st.tuples(one, st.one_of(one, st.just(".."))).map("/".join))


@pytest.mark.django_db
@given(st.lists(dates, min_size=20, max_size=40))
@full_or(20)
def test_the_reader_takes_what_the_database_takes(texts):
    def is_read(text):
        try:
            return read_date(text) == text
        except UnreadableDateError:
            return False

    with connection.cursor() as cursor:
        cursor.execute("SELECT edtf_range(t) IS NOT NULL FROM unnest(%s::text[]) t", [texts])
        assert [each for (each,) in cursor] == [is_read(text) for text in texts]
