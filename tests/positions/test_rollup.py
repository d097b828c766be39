"""For whom a source spoke, on the day of the statement that decides."""

import pytest

from claims.positions.clocks import Clocks
from claims.positions.rollup import bodies_on_claim, contested_between
from tests.factories import make_affiliation, make_claim, make_source, make_statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def minister():
    return make_source(slug="minister")


@pytest.fixture
def state():
    return make_source(slug="state", kind="state")


@pytest.fixture
def claim():
    return make_claim(slug="c")


def paths():
    """Return the way from each member to its body."""
    return [member["path"] for body in bodies_on_claim("c", Clocks()) for member in body["members"]]


def says(claim, source, said, stance="asserts", **fields):
    return make_statement(claim=claim, source=source, stance=stance, said=said, **fields)


@pytest.mark.parametrize(
    ("since", "until", "said", "spoke_for_it"),
    [
        ("", "", "2023-09-07", True),
        ("2020", "", "2019-12-31", False),
        ("2020", "", "2020-01-01", True),
        ("2020-06~", "", "2020-06-01", True),
        ("", "2020", "2020-12-31", True),
        ("", "2020", "2021-01-01", False),
        ("", "2020", "2020/2021", True),
        ("2020", "", "2019/2020", True),
        ("2020", "2022", "", False),
        ("", "", "", True),
        ("", "", "2023/..", True),
        ("2020", "", "2023/..", False),
    ],
)
def test_an_affiliation_holds_unless_certainly_not_begun_or_ended(
    claim, minister, state, since, until, said, spoke_for_it
):
    make_affiliation(member=minister, body=state, speaks_for=True, since=since, until=until)
    says(claim, minister, said)

    assert paths() == [["minister", "state"] if spoke_for_it else ["minister"]]


def test_who_does_not_speak_for_a_body_stands_alone(claim, minister, state):
    make_affiliation(member=minister, body=state, speaks_for=False)
    says(claim, minister, "2023")

    assert paths() == [["minister"]]


def test_the_path_goes_up_to_the_top(claim, minister, state):
    ministry = make_source(slug="ministry")
    make_affiliation(member=minister, body=ministry, speaks_for=True)
    make_affiliation(member=ministry, body=state, speaks_for=True)
    says(claim, minister, "2023")

    assert paths() == [["minister", "ministry", "state"]]


def test_who_spoke_for_two_stands_under_each(claim, minister, state):
    union = make_source(slug="union")
    make_affiliation(member=minister, body=state, speaks_for=True)
    make_affiliation(member=minister, body=union, speaks_for=True)
    says(claim, minister, "2023")

    assert paths() == [["minister", "state"], ["minister", "union"]]


def test_what_is_said_in_a_personal_capacity_is_left_out_first(claim, minister, state):
    make_affiliation(member=minister, body=state, speaks_for=True)
    says(claim, minister, "2023-01", "asserts")
    says(claim, minister, "2023-02", "denies", personal_capacity=True)

    [body] = bodies_on_claim("c", Clocks())

    assert (body["asserts"], body["denies"]) == (1, 0)


def test_a_body_whose_members_differ_is_split_and_names_the_last_to_speak(claim, minister, state):
    make_affiliation(member=minister, body=state, speaks_for=True)
    says(claim, state, "2023-01", "asserts")
    says(claim, minister, "2023-02", "denies")

    [body] = bodies_on_claim("c", Clocks())

    assert (body["split"], body["latest"]) == (True, "minister")


def test_members_of_one_body_do_not_contest_it_between_bodies(claim, minister, state):
    make_affiliation(member=minister, body=state, speaks_for=True)
    says(claim, state, "2023-01", "asserts")
    says(claim, minister, "2023-02", "denies")

    assert not contested_between(bodies_on_claim("c", Clocks()))


def test_members_of_two_bodies_do(claim, minister, state):
    says(claim, state, "2023-01", "asserts")
    says(claim, minister, "2023-02", "denies")

    assert contested_between(bodies_on_claim("c", Clocks()))


def test_a_circle_of_vague_affiliations_ends(claim, minister, state):
    # Each may have ended before the other began, so that the database allows them.
    make_affiliation(member=minister, body=state, speaks_for=True, until="2020")
    make_affiliation(member=state, body=minister, speaks_for=True, since="2020")
    says(claim, minister, "2020")

    assert paths() == [["minister", "state"]]
