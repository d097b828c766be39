"""The list of claims as of the clocks."""

import pytest

from tests.factories import make_citation, make_claim, make_document, make_source, make_statement

pytestmark = pytest.mark.django_db

CLAIMS = "/api/v1/claims/"


def listed(client, **asked) -> dict[str, dict]:
    response = client.get(CLAIMS, asked)
    assert response.status_code == 200, response.content
    return {row["slug"]: row for row in response.json()["results"]}


@pytest.fixture
def road():
    """A claim asserted on the 1st, of which one read on the 5th, and denied on the 7th."""
    road = make_claim(slug="road-shut", text="The road is shut.")
    first = make_statement(claim=road, source=make_source(slug="ann"), said="2023-09-01")
    make_citation(statement=first, document=make_document(published="2023-09-05"))
    second = make_statement(
        claim=road, source=make_source(slug="bob"), said="2023-09-07", stance="denies"
    )
    make_citation(statement=second, document=make_document(published="2023-09-08"))
    return road


def test_a_tally_counts_what_was_said_by_that_day(client, road):
    row = listed(client, said_by="2023-09-06")["road-shut"]
    assert row["tally"] == {"asserts": 1, "denies": 0}
    assert row["contested"] is False
    assert row["statements"] == 1
    assert row["last_said"] == "2023-09-01"


def test_a_tally_counts_what_was_public_by_that_day(client, road):
    assert listed(client, public_by="2023-09-04")["road-shut"]["statements"] == 0
    assert listed(client, public_by="2023-09-05")["road-shut"]["tally"]["asserts"] == 1
    assert listed(client, public_by="2023-09-08")["road-shut"]["contested"] is True


def test_contested_is_asked_of_that_day(client, road):
    assert "road-shut" in listed(client, said_by="2023-09-07", contested="true")
    assert "road-shut" not in listed(client, said_by="2023-09-06", contested="true")
    assert "road-shut" in listed(client, said_by="2023-09-06", contested="false")


def test_a_source_and_a_stance_are_asked_of_one_statement_of_that_day(client, road):
    assert "road-shut" in listed(client, said_by="2023-09-06", source="ann", stance="asserts")
    assert listed(client, said_by="2023-09-06", source="ann", stance="denies") == {}
    assert listed(client, said_by="2023-09-06", source="bob") == {}
    assert listed(client, said_by="2023-09-06", stance="denies") == {}
    assert "road-shut" in listed(client, said_by="2023-09-07", stance="denies")


def test_only_the_claims_that_were_public_then_are_listed(client, road):
    assert listed(client, recorded_by="2001-01-01") == {}


def test_a_draft_is_not_listed_even_for_who_may_edit(client, road):
    from tests.desk import log_in

    log_in(client)
    make_claim(slug="not-yet", review_state="draft")
    assert "not-yet" in listed(client)
    assert list(listed(client, said_by="2023-09-07")) == ["road-shut"]


def test_pages_go_on_under_the_same_clock(client, road):
    for slug in ("a", "b", "c"):
        make_claim(slug=slug)
    read, address = [], f"{CLAIMS}?said_by=2023-09-06&page_size=1&ordering=-last_said"
    while address:
        answer = client.get(address).json()
        read += [(row["slug"], row["statements"]) for row in answer["results"]]
        address = answer["next"]
    assert read == [("road-shut", 1), ("c", 0), ("b", 0), ("a", 0)]


def test_what_answers_seldom_is_found_over_many_claims(client, road):
    for n in range(250):
        make_claim(slug=f"a-{n:03}")
    assert list(listed(client, said_by="2023-09-07", contested="true")) == ["road-shut"]


@pytest.mark.parametrize("asked", [{}, {"contested": "false"}, {"ordering": "first_said"}])
def test_a_page_is_one_query_whatever_its_size(client, road, django_assert_num_queries, asked):
    for _ in range(20):
        make_statement()
    for size in (2, 20):
        with django_assert_num_queries(1):
            client.get(CLAIMS, {"said_by": "2023-09-07", "page_size": size, **asked})


def test_an_unknown_topic_is_refused_by_name(client, road):
    answer = client.get(CLAIMS, {"said_by": "2023-09-07", "topic": "nothing"})
    assert answer.status_code == 400
    assert "topic" in answer.json()["errors"]
