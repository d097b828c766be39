"""Claims that reach their own negation are reported, each with a shortest way."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from claims.positions.derivation import Relation, reach_their_negation
from tests.factories import make_claim, make_relation


def ways(*relations):
    return [str(each) for each in reach_their_negation(Relation(*each) for each in relations)]


@pytest.mark.parametrize(
    "relations",
    [
        [],
        [("contradicts", "a", "b")],
        [("negates", "a", "b")],
        [("implies", "a", "b"), ("implies", "b", "a")],
        [("implies", "a", "b"), ("contradicts", "c", "b"), ("implies", "c", "d")],
        [("negates", "a", "b"), ("negates", "b", "c"), ("negates", "c", "d")],
    ],
)
def test_what_agrees_with_itself_is_not_reported(relations):
    assert ways(*relations) == []


def test_to_imply_what_one_contradicts_is_to_deny_oneself():
    assert ways(("implies", "a", "b"), ("contradicts", "a", "b")) == [
        "a: asserts → (contradicts) denies b → (implies) denies a"
    ]


def test_three_that_negate_each_other_reach_their_negations_both_ways():
    found = ways(("negates", "a", "b"), ("negates", "b", "c"), ("negates", "a", "c"))

    assert len(found) == 6
    assert found[0] == (
        "a: asserts → (negates) denies b → (negates) asserts c → (negates) denies a"
    )


def test_a_denial_that_derives_the_assertion_is_reported():
    assert ways(("implies", "b", "a"), ("negates", "a", "b")) == [
        "a: denies → (implies) denies b → (negates) asserts a",
        "b: asserts → (implies) asserts a → (negates) denies b",
    ]


def test_a_way_longer_than_any_proof_is_found():
    chain = [("implies", f"c{n}", f"c{n + 1}") for n in range(1, 9)]

    [found] = ways(*chain, ("contradicts", "c1", "c9"))[:1]

    assert found.startswith("c1: asserts")


@pytest.mark.django_db
def test_the_command_lists_them_and_fails():
    a, b = make_claim(slug="a"), make_claim(slug="b")
    make_relation(from_claim=a, kind="implies", to_claim=b)
    make_relation(from_claim=a, kind="contradicts", to_claim=b)
    out = StringIO()

    with pytest.raises(CommandError, match="Claims that reach their own negation: 1"):
        call_command("relations", "--check", stdout=out)

    assert out.getvalue().startswith("a: asserts → ")


@pytest.mark.django_db
def test_the_command_leaves_out_what_is_not_public():
    a, b = make_claim(slug="a"), make_claim(slug="b", review_state="draft")
    make_relation(from_claim=a, kind="implies", to_claim=b)
    make_relation(from_claim=a, kind="contradicts", to_claim=b)
    out = StringIO()

    call_command("relations", "--check", stdout=out)

    assert out.getvalue() == "No claim reaches its own negation.\n"
