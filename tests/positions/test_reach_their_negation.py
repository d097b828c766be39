"""Claims that reach their own negation are reported, each with a shortest way."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from claims.positions import contradictions
from claims.positions.contradictions import claims_that_reach_their_negation, reach_their_negation
from claims.positions.derivation import Node, Relation, premises
from tests.claimtracker.full import full_or
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


def plain_way(relations, start):
    """Return the first of the shortest ways from a node to its negation, None where there is none.

    Looks for it as one would by hand: step by step, what follows in the order of the relations.
    """
    goal = Node(start.claim, "denies" if start.stance == "asserts" else "asserts")
    came_from, edge = {start: None}, [start]
    while edge and goal not in came_from:
        before, edge = edge, []
        for node in before:
            for relation in sorted(relations):
                for conclusion, premise in premises(relation):
                    if premise == node and conclusion not in came_from:
                        came_from[conclusion] = (relation.kind, node)
                        edge.append(conclusion)
    if goal not in came_from:
        return None
    nodes, kinds = [goal], []
    while step := came_from[nodes[0]]:
        kinds.insert(0, step[0])
        nodes.insert(0, step[1])
    return tuple(nodes), tuple(kinds)


TANGLES = st.sets(
    st.builds(
        Relation,
        st.sampled_from(["implies", "implies", "contradicts", "negates"]),
        st.sampled_from("abcdefgh"),
        st.sampled_from("abcdefgh"),
    ).filter(lambda relation: relation.from_claim != relation.to_claim),
    max_size=14,
)


@full_or(200)
@given(TANGLES, st.sampled_from([1, 3, contradictions.AT_A_TIME]))
def test_the_ways_are_those_that_one_would_find_by_hand(relations, at_a_time):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contradictions, "AT_A_TIME", at_a_time)
        found = {
            (each.claim, each.nodes[0].stance): (each.nodes, each.kinds)
            for each in reach_their_negation(relations)
        }
        claims = claims_that_reach_their_negation(relations)

    starts = [(claim, stance) for claim in "abcdefgh" for stance in ("asserts", "denies")]
    ways = {start: plain_way(relations, Node(*start)) for start in starts}
    assert list(found.items()) == [(start, way) for start, way in ways.items() if way]
    assert claims == {claim for claim, _ in found}


def test_a_tangle_of_twenty_thousand_claims_is_searched_as_a_whole():
    ring = [Relation("implies", f"c{n}", f"c{(n + 1) % 20_000}") for n in range(20_000)]

    assert claims_that_reach_their_negation(ring) == set()
    assert len(claims_that_reach_their_negation([*ring, Relation("negates", "c0", "c1")])) == 20_000


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
