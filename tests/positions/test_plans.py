"""How much PostgreSQL reads for a list: what is kept instead of statements, a page and not all."""

import pytest
from django.db import connection

from claims.positions import lists
from claims.positions.clocks import NOW
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
