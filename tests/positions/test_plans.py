"""How much PostgreSQL reads for a list: what is kept instead of statements, a page and not all."""

from datetime import date

import pytest
from django.db import connection

from claims.positions import lists
from claims.positions.clocks import NOW, Clocks
from tests.factories import make_claim, make_source, make_statement, settle

pytestmark = pytest.mark.django_db


def plan_of(listing, **asked):
    """Return the nodes of the plan by which a page was read."""
    query, parameters = listing.asked(after=None, descending=False, limit=3, **asked)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", parameters)
        [found] = cursor.fetchone()[0]
    return [*nodes(found["Plan"])]


def nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def read_of(table, plan):
    """Return how many rows of a table a plan went through."""
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in plan
        if node.get("Relation Name") == table
    )


def test_a_page_of_flips_reads_the_claims_of_a_page():
    source = make_source()
    for _ in range(60):
        claim = make_claim()
        make_statement(claim=claim, source=source, stance="asserts", said="2023-01")
        make_statement(claim=claim, source=source, stance="denies", said="2023-03")

    plan = plan_of(lists.flips(NOW))

    assert 6 <= read_of("claims_statement", plan) <= 30


def test_agreement_reads_what_is_kept_and_no_statement():
    claim = make_claim()
    for source in (make_source(slug="bea"), make_source()):
        make_statement(claim=claim, source=source, stance="asserts")
    settle()

    plan = plan_of(lists.agreement("bea", NOW))

    assert read_of("claims_position", plan) and not read_of("claims_statement", plan)


def most_read(plan):
    """Return how many rows the node of a plan that read most went through."""
    return max(
        (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Join Filter", 0)
        )
        * node["Actual Loops"]
        for node in plan
    )


SHARED = 60


@pytest.fixture
def two_who_share_claims():
    one, other = make_source(slug="one"), make_source(slug="other")
    for _ in range(SHARED):
        claim = make_claim()
        make_statement(claim=claim, source=one, stance="asserts", said="2023-01")
        make_statement(claim=claim, source=other, stance="denies", said="2023-02")
    settle()


CLOCKS = [NOW, Clocks(said_by=date(2024, 1, 1)), Clocks(recorded_by=date(2200, 1, 1))]


@pytest.mark.parametrize("clocks", CLOCKS, ids=["now", "said by", "recorded by"])
def test_the_claims_that_two_share_are_not_gone_through_again_for_each(
    two_who_share_claims, clocks
):
    listing = lists.shared("one", "other", clocks)

    assert len(listing.page(limit=None)) == SHARED
    assert most_read(plan_of(listing)) <= 6 * SHARED


@pytest.mark.parametrize("clocks", CLOCKS, ids=["now", "said by", "recorded by"])
def test_those_whom_a_source_agrees_with_are_not_gone_through_again_for_each(clocks):
    claim = make_claim()
    for number in range(SHARED):
        source = make_source(slug=f"one-{number}")
        make_statement(claim=claim, source=source, stance="asserts", said="2023-01")
    settle()
    listing = lists.agreement("one-0", clocks)

    assert len(listing.page(limit=None)) == SHARED - 1
    assert most_read(plan_of(listing)) <= 6 * SHARED
