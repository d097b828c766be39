"""The first page of the admin: what needs work."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.desk import log_in
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=15)


def worklists(client) -> dict[str, list]:
    """Return what the first page lists, by title: the texts and what is said about them."""
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    return {
        each.title: [(item.text, item.about) for item in each.items]
        for each in response.context["worklists"]
    }


@pytest.fixture(autouse=True)
def ada(client):
    return log_in(client)


def test_what_was_submitted_waits_for_review(client):
    make_claim(text="The road is open.", review_state="in_review")
    [(text, about)] = worklists(client)["Waits for review"]
    assert text.startswith("Claim: The road is open.")
    assert about


def test_a_claim_contested_by_what_was_recorded_today_is_newly_contested(client):
    claim = make_claim(text="The road is blocked.")
    make_statement(claim=claim, stance="asserts")
    make_statement(claim=claim, stance="denies")
    assert worklists(client)["Newly contested"] == [
        ("The road is blocked.", "asserted by 1, denied by 1")
    ]


def test_a_claim_that_one_side_only_speaks_of_is_not_contested(client):
    make_statement(stance="asserts")
    assert worklists(client)["Newly contested"] == []


def test_a_flip_recorded_today_is_shown_with_both_stances(client):
    claim, source = make_claim(text="The road is blocked."), make_source(name="Ann")
    make_statement(claim=claim, source=source, stance="asserts", said="2023-09-01")
    make_statement(claim=claim, source=source, stance="denies", said="2023-09-07")
    assert worklists(client)["Turned round"] == [
        ("Ann: The road is blocked.", "asserts on 1 September 2023, denies on 7 September 2023")
    ]


def test_a_statement_without_a_citation_is_listed_and_one_with_it_is_not(client):
    bare = make_statement(source=make_source(name="Ann"))
    make_citation(statement=make_statement())
    [(text, _)] = worklists(client)["Without a citation"]
    assert text == f"Ann asserts: {bare.claim}"


def test_what_is_retired_needs_no_citation(client):
    make_statement(review_state="retired")
    assert worklists(client)["Without a citation"] == []


def test_a_quote_that_is_not_in_the_text_is_listed(client):
    document = make_document(text="The road was blocked, he said.")
    make_citation(document=document, quote="the road was free")
    make_citation(document=document, quote="The road was blocked")
    [(text, _)] = worklists(client)["Quotes not found"]
    assert text == "“the road was free”"


@pytest.mark.parametrize("stance", ["asserts", "denies"])
def test_a_claim_with_one_side_only_is_listed_after_two_weeks(client, stance):
    old = make_claim(created_at=LONG_AGO, text="An old claim.")
    make_statement(claim=old, stance=stance)
    make_statement(claim=make_claim(), stance=stance)
    assert [text for text, _ in worklists(client)["One side only"]] == ["An old claim."]


def test_an_old_claim_that_both_sides_speak_of_is_not_one_sided(client):
    old = make_claim(created_at=LONG_AGO)
    make_statement(claim=old, stance="asserts")
    make_statement(claim=old, stance="denies")
    assert worklists(client)["One side only"] == []


def test_claims_in_the_same_words_are_likely_duplicates(client):
    make_claim(text="Azerbaijan is blocking the Lachin corridor.")
    make_claim(text="Azerbaijan is blocking the Lachin Corridor")
    make_claim(text="Azerbaijan is not blocking the Lachin corridor.")
    found = dict(worklists(client)["Likely duplicates"])
    assert (
        found["Azerbaijan is blocking the Lachin Corridor"]
        == "like “Azerbaijan is blocking the Lachin corridor.”"
    )
    assert found["Azerbaijan is not blocking the Lachin corridor."].startswith("the opposite of")


def test_a_claim_that_reaches_its_own_negation_is_listed(client):
    claim, other = make_claim(text="It rains."), make_claim(text="It pours.")
    make_relation(from_claim=claim, to_claim=other, kind="implies")
    make_relation(from_claim=claim, to_claim=other, kind="contradicts")
    assert [text for text, _ in worklists(client)["Contradicts itself"]] == ["It rains."]


def test_who_may_look_at_no_claims_gets_no_lists(client):
    log_in(client, "cleo")
    assert worklists(client) == {}


def test_on_an_empty_database_the_page_says_that_nothing_needs_work(client):
    page = client.get(reverse("admin:index")).content.decode()
    assert "Nothing in: " in page
    assert "without a citation" in page


def test_the_page_takes_as_many_queries_for_many_rows_as_for_few(
    client, django_assert_max_num_queries, django_assert_num_queries
):
    def make(number):
        for _ in range(number):
            make_claim(review_state="in_review")
            claim, source = make_claim(created_at=LONG_AGO), make_source()
            make_statement(claim=claim, source=source, stance="asserts", said="2023-01-01")
            make_statement(claim=claim, source=source, stance="denies", said="2023-02-01")
            make_statement(claim=claim)
            document = make_document(text="Something else.")
            make_citation(document=document, quote="not there")

    make(7)
    with django_assert_max_num_queries(60) as few:
        client.get(reverse("admin:index"))
    make(20)
    with django_assert_num_queries(len(few)):
        client.get(reverse("admin:index"))


def test_the_lists_in_full_are_a_link_away(client):
    claim = make_claim(created_at=LONG_AGO)
    make_statement(claim=claim)
    response = client.get(reverse("admin:index"))
    for each in response.context["worklists"]:
        if each.all:
            assert client.get(each.all).status_code == 200
    statements = client.get(reverse("admin:claims_statement_changelist"), {"cited": "no"})
    assert statements.context["cl"].result_count == 1
    claims = client.get(reverse("admin:claims_claim_changelist"), {"one_sided": "yes"})
    assert claims.context["cl"].result_count == 1
