"""Who holds what: the order of statements, positions, tallies, contested."""

from datetime import date

import pytest

from claims.models import Claim
from claims.positions.answers import claim_positions
from claims.positions.clocks import Clocks
from claims.positions.lists import claim_timeline, matrix
from tests.factories import make_claim, make_source, make_statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    return make_claim(slug="corridor-blocked")


@pytest.fixture
def source():
    return make_source(slug="hikmet-hajiyev")


@pytest.fixture
def say(claim, source):
    """Return a function by which the source speaks on the claim."""

    def say(stance, said="", **fields):
        return make_statement(
            **{"claim": claim, "source": source, "stance": stance, "said": said} | fields
        )

    return say


def held():
    """Return the stance that each source holds on the claim."""
    answer = claim_positions("corridor-blocked", Clocks())
    return {each["source"]: each["stance"] for each in answer["positions"]}


def test_the_last_statement_decides(say):
    say("denies", "2023-09-10")
    say("asserts", "2023-09-07")

    assert held() == {"hikmet-hajiyev": "denies"}


def test_within_a_day_the_order_decides(say):
    say("denies", "2023-09-09", order=2)
    say("asserts", "2023-09-09", order=1)

    assert held() == {"hikmet-hajiyev": "denies"}


def test_without_an_order_the_slug_decides(say):
    say("denies", "2023-09-09", slug="b")
    say("asserts", "2023-09-09", slug="a")

    assert held() == {"hikmet-hajiyev": "denies"}


def test_the_latest_possible_day_counts(say):
    say("denies", "2023")
    say("asserts", "2023-09-09")

    assert held() == {"hikmet-hajiyev": "denies"}


@pytest.mark.parametrize("undated", ["", "2023-01/.."])
def test_a_statement_without_a_latest_day_comes_first(say, undated):
    say("denies", undated, slug="z")
    say("asserts", "0001-01-01", slug="a")

    assert held() == {"hikmet-hajiyev": "asserts"}


def test_who_withdrew_holds_nothing_not_even_the_stance_before(say):
    say("denies", "2023-01")
    say("asserts", "2023-02")
    say("withdraws", "2023-03")

    assert held() == {}


def test_who_speaks_again_after_withdrawing_holds_that(say):
    say("withdraws", "2023-03")
    say("denies", "2023-04")

    assert held() == {"hikmet-hajiyev": "denies"}


@pytest.mark.parametrize("stance", ["dismisses", "questions", "comments", "undeclared", "silent"])
def test_other_stances_neither_make_nor_end_a_position(say, stance):
    say("asserts", "2023-01")
    say(stance, "2023-02")

    assert held() == {"hikmet-hajiyev": "asserts"}


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_what_is_not_published_decides_nothing(say, state):
    say("asserts", "2023-01")
    say("denies", "2023-02", review_state=state)

    assert held() == {"hikmet-hajiyev": "asserts"}


def test_a_source_holds_one_position_on_each_claim(say):
    say("asserts", "2023-01")
    say("denies", "2023-01", claim=make_claim(slug="free-passage"))

    assert matrix(None, Clocks())["cells"] == [["asserts", "denies"]]


def tally_of(claim):
    claim = Claim.objects.with_tally().get(pk=claim.pk)
    return claim.asserts_count, claim.denies_count


def test_the_tally_counts_sources_not_statements(say, claim):
    say("asserts", "2023-01")
    say("asserts", "2023-02")
    say("denies", "2023-02", source=make_source())

    assert tally_of(claim) == (1, 1)


def test_a_claim_nobody_spoke_on_has_an_empty_tally(claim):
    assert tally_of(claim) == (0, 0)


def test_contested_takes_one_source_on_each_side(say, claim):
    say("asserts")
    say("denies", source=make_source())

    assert list(Claim.objects.contested()) == [claim]


def test_a_source_that_turned_round_contests_nothing(say):
    say("asserts", "2023-01")
    say("denies", "2023-02")

    assert not Claim.objects.contested().exists()


@pytest.mark.parametrize("stance", ["asserts", "denies", "dismisses"])
def test_contested_leaves_out_a_claim_with_one_stance(say, stance):
    say(stance)
    say(stance, source=make_source())

    assert not Claim.objects.contested().exists()


def test_every_claim_is_either_contested_or_not(say, claim):
    say("asserts")
    say("denies", source=make_source())
    quiet = make_claim()

    assert set(Claim.objects.uncontested()) == {quiet}


def test_the_span_is_from_the_earliest_to_the_latest_possible_day(say, claim):
    say("asserts", "2023-01")
    say("comments", "2023-02-10/2023-03")
    say("denies", "1999", review_state="draft")

    spanned = Claim.objects.with_span().get()

    assert (spanned.statements_count, spanned.first_said, spanned.last_said) == (
        2,
        date(2023, 1, 1),
        date(2023, 3, 31),
    )


def test_a_claim_of_undated_statements_has_no_span(say):
    say("asserts")

    spanned = Claim.objects.with_span().get()

    assert (spanned.statements_count, spanned.first_said, spanned.last_said) == (1, None, None)


def test_statements_come_in_the_order_in_which_they_were_made(say):
    for slug, said, order in [("c", "2023", 0), ("b", "2023-09-09", 2), ("d", "2023-09-09", 1)]:
        say("asserts", said, slug=slug, order=order)
    say("comments", slug="a")

    told = claim_timeline("corridor-blocked", Clocks())["events"]
    assert [each["statement"] for each in told] == list("adbc")
