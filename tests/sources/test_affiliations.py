"""Affiliation periods: only what certainly overlaps, or certainly runs in a circle, is refused."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from claimtracker.edtf import first_day, last_day
from sources.models import Affiliation
from tests.factories import make_affiliation, make_source

pytestmark = pytest.mark.django_db


def certainly(since, until):
    days = make_affiliation(since=since, until=until).certainly
    return None if days.isempty else (first_day(days), last_day(days))


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2023-01-05", "2023-02-07", (date(2023, 1, 5), date(2023, 2, 7))),
        ("2020", "2022", (date(2020, 12, 31), date(2022, 1, 1))),
        ("2023-01", "", (date(2023, 1, 31), None)),
        ("", "2023-01", (None, date(2023, 1, 1))),
        ("", "", (None, None)),
        ("2023", "2023", None),
        ("2023-01/..", "", None),
        ("", "../2023", None),
        ("2021/..", "2022", None),
        ("../2021", "2023", (date(2021, 12, 31), date(2023, 1, 1))),
    ],
)
def test_it_certainly_holds_from_the_latest_start_to_the_earliest_end(since, until, days):
    assert certainly(since, until) == days


def again(first, **fields):
    """Make a second affiliation of the same member with the same body."""
    return make_affiliation(**{"member": first.member, "body": first.body} | fields)


def refused(make, **fields):
    with (
        pytest.raises(IntegrityError, match="periods_do_not_overlap|makes_no_cycle"),
        transaction.atomic(),
    ):
        make(**fields)
    return True


def test_terms_that_may_or_may_not_overlap_are_allowed():
    first = make_affiliation(role="President", since="2010", until="2015")

    again(first, role="President", since="2015", until="2020")


def test_terms_that_share_a_certain_day_are_refused():
    first = make_affiliation(role="President", since="2010", until="2015-06-01")

    assert refused(again, first=first, role="President", since="2015-06-01")


def test_another_role_at_the_same_time_is_allowed():
    first = make_affiliation(role="President")

    again(first, role="Commander-in-chief")


def test_the_same_undated_affiliation_twice_is_refused():
    first = make_affiliation()

    assert refused(again, first=first)


def test_members_may_change_places_over_time():
    first = make_affiliation(until="2000-12-31")

    make_affiliation(member=first.body, body=first.member, since="2001-01-01")


def test_a_circle_that_is_never_closed_on_one_day_is_allowed():
    a, b, c = make_source(), make_source(), make_source()
    make_affiliation(member=a, body=b, until="2005")
    make_affiliation(member=b, body=c, since="2003", until="2010")

    make_affiliation(member=c, body=a, since="2006")


def test_a_circle_of_three_that_is_closed_on_one_day_is_refused():
    a, b, c = make_source(), make_source(), make_source()
    make_affiliation(member=a, body=b, until="2005")
    make_affiliation(member=b, body=c, since="2002", until="2010")

    assert refused(make_affiliation, member=c, body=a, since="2003")


def test_moving_dates_cannot_close_a_circle():
    first = make_affiliation(until="2000-12-31")
    second = make_affiliation(member=first.body, body=first.member, since="2001-01-01")

    with pytest.raises(IntegrityError, match="makes_no_cycle"), transaction.atomic():
        Affiliation.objects.filter(pk=second.pk).update(since="2000-12-31")


def test_one_command_cannot_close_a_circle():
    a, b = make_source(), make_source()

    with pytest.raises(IntegrityError, match="makes_no_cycle"), transaction.atomic():
        Affiliation.objects.bulk_create(
            [Affiliation(member=a, body=b), Affiliation(member=b, body=a)]
        )


def test_two_ways_up_to_one_body_are_no_circle():
    top, left, right, bottom = (make_source() for _ in range(4))
    for member, body in [(left, top), (right, top), (bottom, left)]:
        make_affiliation(member=member, body=body)

    make_affiliation(member=bottom, body=right)


def test_an_affiliation_is_public_when_both_ends_are():
    both = make_affiliation()
    make_affiliation(body=make_source(review_state="draft"))
    make_affiliation(member=make_source(review_state="retired"))

    assert list(Affiliation.objects.public()) == [both]
