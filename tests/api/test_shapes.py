from unittest.mock import ANY

import pytest

from tests.api.rows import LISTS, make_world
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db


def test_a_claim_in_a_list_has_its_tally_and_its_span(api):
    make_world()

    assert api("claims/", kind="fact", contested="true").json()["results"] == [
        {
            "slug": "road-shut",
            "url": "http://testserver/api/v1/claims/road-shut/",
            "page_url": "http://testserver/claims/road-shut/",
            "kind": "fact",
            "text": "The road is shut.",
            "topics": ["roads"],
            "contested": True,
            "tally": {"asserts": 1, "denies": 1},
            "statements": 2,
            "first_said": "2023-09-01",
            "last_said": "2023-09-30",
            "recorded_at": ANY,
        }
    ]


def test_a_claim_that_nobody_spoke_of_has_no_days(api):
    make_claim()

    [claim] = api("claims/").json()["results"]

    assert (claim["contested"], claim["statements"]) == (False, 0)
    assert (claim["first_said"], claim["last_said"]) == (None, None)


def test_a_date_comes_with_its_first_and_last_day(api):
    make_document(published="2023-09~")

    [document] = api("documents/").json()["results"]

    assert document["published"] == "2023-09~"
    assert (document["published_from"], document["published_to"]) == ("2023-09-01", "2023-09-30")


def test_a_blank_date_is_null_and_so_are_its_days(api):
    make_statement(said="")

    [statement] = api("statements/").json()["results"]

    assert {statement[name] for name in ("said", "said_from", "said_to")} == {None}


def test_an_open_end_is_null(api):
    make_affiliation(since="2020/..")

    [affiliation] = api("affiliations/").json()["results"]

    assert (affiliation["since_from"], affiliation["since_to"]) == ("2020-01-01", None)


def test_a_source_is_listed_with_its_names(api):
    make_source(slug="bea", name="Bea", aliases=["Beatrix"], wikidata_id="Q7")

    assert api("sources/").json()["results"] == [
        {
            "slug": "bea",
            "url": "http://testserver/api/v1/sources/bea/",
            "page_url": "http://testserver/sources/bea/",
            "kind": "person",
            "name": "Bea",
            "aliases": ["Beatrix"],
            "wikidata_id": "Q7",
            "description": "",
            "recorded_at": ANY,
        }
    ]


def test_references_are_slugs(api):
    make_world()

    assert api("affiliations/").json()["results"][0]["member"] == "carl"
    assert api("documents/readout/").json()["publisher"] == "ministry"
    assert api("statements/carl-no/").json()["source"] == "carl"
    assert api("statements/carl-no/").json()["claim"] == "road-shut"
    assert api("relations/").json()["results"][0]["to_claim"] == "road-open"


@pytest.mark.parametrize("name", ["sources", "documents", "topics", "claims", "statements"])
def test_the_url_of_a_row_leads_to_it(client, api, name):
    make_world()

    for row in api(f"{name}/").json()["results"]:
        assert client.get(row["url"]).json()["slug"] == row["slug"]


def test_the_topics_of_a_claim_are_in_order(api):
    make_claim(topics=[make_topic(slug="b"), make_topic(slug="a")])

    assert api("claims/").json()["results"][0]["topics"] == ["a", "b"]


def test_the_url_of_a_row_is_the_same_in_every_format(api):
    make_source(slug="bea")

    [source] = api("sources/", format="json").json()["results"]

    assert source["url"] == "http://testserver/api/v1/sources/bea/"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_no_count(api, name):
    assert list(api(f"{name}/").json()) == ["next", "previous", "results"]


def test_the_root_names_every_address_that_needs_no_slug(api):
    others = ["flips", "matrix", "search", "changes", "feed.atom", "schema", "docs"]
    files = ["statements.csv", "statements.jsonl", "statements.parquet", "bundle.zip"]
    assert set(api("").json()) == {*LISTS, *others, *(f"exports/{name}" for name in files)}


def test_what_the_root_names_is_there_or_says_what_it_needs(client, api):
    answers = {name: client.get(address) for name, address in api("").json().items()}

    refused = {name: answers.pop(name) for name in ("matrix", "search")}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 200
    )
    assert {name: answer.json()["errors"] for name, answer in refused.items()} == {
        "matrix": {"topic": ["Say of which topic. They are listed at /api/v1/topics/."]},
        "search": {"q": ["Say what to look for: q=corridor."]},
    }


def test_a_statement_carries_its_citations(api):
    make_citation(statement=make_statement(slug="said"), quote="Yes.", as_named="B.")

    [citation] = api("statements/said/").json()["citations"]

    assert (citation["quote"], citation["as_named"]) == ("Yes.", "B.")


def test_the_stored_text_of_a_document_is_in_no_answer(api, ada):
    world = make_world()
    world["document"].text = "sesame"
    world["document"].save()

    for address in ("documents/", "documents/article/", "claims/road-shut/", "statements/"):
        assert b"sesame" not in api(address).content


@pytest.mark.parametrize(
    "address", ["claims/", "claims/road-shut/", "statements/", "statements/bea-yes/"]
)
def test_addresses_are_the_same_whichever_format_is_asked_for(api, address):
    make_world()

    assert api(address, format="json").json() == api(address).json()
