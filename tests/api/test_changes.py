"""changes/: where one stopped is all that is needed to go on, at the end of the feed too."""

import pytest

from claims.models import Claim, Statement
from sources.models import Source
from tests.api.rows import make_world
from tests.factories import (
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def changes(api):
    """Return a page of changes/ as JSON; what was written before is committed first."""

    def get(**parameters):
        settle()
        answer = api("changes/", **parameters)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


def named(page):
    return [(entry["change"], entry["slug"]) for entry in page["results"]]


def test_an_empty_feed_has_a_place_to_go_on_from(changes):
    page = changes()
    make_claim(slug="x")

    assert page == {"next": None, "previous": None, "after": page["after"], "results": []}
    assert named(changes(after=page["after"])) == [("published", "x")]


def test_an_entry_says_what_became_of_what_and_where(changes):
    claim = make_claim(slug="road-shut")
    source = make_source(slug="bea")
    make_statement(slug="bea-yes", claim=claim, source=source)
    place = changes()["after"]
    Statement.objects.update(note="Other.")

    [entry] = changes(after=place)["results"]
    at = entry.pop("at")
    assert entry == {
        "change": "corrected",
        "kind": "statement",
        "slug": "bea-yes",
        "url": "http://testserver/api/v1/statements/bea-yes/",
        "fields": ["note"],
        "into": None,
        "about": {"claim": "road-shut", "source": "bea"},
    }
    assert at.endswith("Z") and len(at) == len("2026-01-31T12:00:00.000000Z")


def test_a_page_of_pages_has_each_entry_once(changes, client):
    make_world()
    whole = changes(page_size=200)["results"]
    page, read = changes(page_size=3), []
    while True:
        read += page["results"]
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()

    assert read == whole
    assert changes(after=page["after"])["results"] == []


def test_one_may_also_go_on_from_page_to_page_by_place(changes):
    make_world()
    whole = changes(page_size=200)["results"]
    page, read = changes(page_size=3), []
    while page["results"]:
        read += page["results"]
        page = changes(page_size=3, after=page["after"])

    assert read == whole


def test_the_place_at_the_end_stays_the_same(changes):
    make_world()
    end = changes(page_size=200)["after"]

    assert changes(after=end)["after"] == end
    make_claim(review_state="draft")
    assert changes(after=end)["after"] == end


def test_the_page_before_can_be_read_too(changes, client):
    make_world()
    first = changes(page_size=3)
    second = client.get(first["next"]).json()

    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert first["previous"] is None


def test_what_is_retired_keeps_its_slug_and_nothing_else(changes):
    make_claim(slug="x", text="Never mind.")
    place = changes()["after"]
    Claim.objects.update(review_state="retired")

    answer = changes(after=place)
    assert named(answer) == [("retired", "x")]
    assert "Never mind" not in str(changes(page_size=200))


def test_a_merged_row_says_into_what(changes):
    survivor = make_source(slug="survivor")
    make_source(slug="loser")
    place = changes()["after"]
    Source.objects.filter(slug="loser").update(review_state="retired", merged_into=survivor)

    [entry] = changes(after=place)["results"]
    assert (entry["change"], entry["slug"], entry["into"]) == ("merged", "loser", "survivor")


def test_the_feed_is_filtered_by_kind_and_by_change(changes):
    make_claim(slug="a")
    make_document(slug="d")
    settle()
    make_claim(slug="b")
    settle()
    Claim.objects.filter(slug="a").update(review_state="retired")

    assert named(changes(kind="claim")) == [
        ("published", "a"),
        ("published", "b"),
        ("retired", "a"),
    ]
    assert named(changes(change="retired")) == [("retired", "a")]
    assert named(changes(kind="document", change="published")) == [("published", "d")]
    assert named(changes(kind="document", change="retired")) == []


def test_the_feed_is_filtered_by_what_entries_concern(changes):
    topic = make_topic(slug="roads")
    claim, other = make_claim(slug="a", topics=[topic]), make_claim(slug="b")
    bea = make_source(slug="bea")
    make_statement(slug="on-a", claim=claim, source=bea)
    make_statement(slug="on-b", claim=other, source=bea)
    make_statement(slug="of-another", claim=claim)

    assert [slug for _, slug in named(changes(claim="a"))] == ["a", "on-a", "of-another"]
    assert [slug for _, slug in named(changes(claim="a", kind="claim"))] == ["a"]
    assert [slug for _, slug in named(changes(source="bea"))] == ["bea", "on-a", "on-b"]
    assert [slug for _, slug in named(changes(source="bea", claim="b"))] == ["on-b"]
    assert [slug for _, slug in named(changes(topic="roads"))] == [
        "roads",
        "a",
        "on-a",
        "of-another",
    ]


def test_a_statement_that_is_moved_concerns_where_it_was(changes):
    statement = make_statement(claim=make_claim(slug="old"))
    new = make_claim(slug="new")
    place = changes()["after"]
    Statement.objects.filter(pk=statement.pk).update(claim=new)

    assert len(changes(after=place, claim="old")["results"]) == 1
    assert len(changes(after=place, claim="new")["results"]) == 1


def test_what_is_gone_can_still_be_asked_for(changes):
    row = make_claim(slug="x")
    settle()
    row.delete()

    assert named(changes(claim="x")) == [("published", "x"), ("retired", "x")]


@pytest.mark.parametrize(
    "parameters",
    [
        {"after": "nosuch"},
        {"kind": "citation"},
        {"change": "deleted"},
        {"claim": "nosuch"},
        {"claim": "draft"},
        {"source": "nosuch"},
        {"topic": "nosuch"},
        {"claim": "no slug"},
        {"nosuch": "1"},
        {"page_size": "201"},
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(api, parameters):
    make_claim(slug="draft", review_state="draft")
    settle()
    answer = api("changes/", **parameters)

    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.content.decode()


def test_a_place_that_is_no_more_is_refused(api, changes):
    make_claim()
    place = changes()["after"]
    kept = api("changes/", after=place[:-1] + ("A" if place[-1] != "A" else "Q"))

    assert kept.status_code == 400


@pytest.mark.parametrize("parameters", [{}, {"kind": "claim"}, {"claim": "road-shut"}])
def test_a_page_costs_one_query_whatever_its_size(api, parameters, django_assert_num_queries):
    make_world()
    settle()
    for size in (1, 200):
        with django_assert_num_queries(1):
            api("changes/", page_size=size, **parameters)


# Times of recording ------------------------------------------------------------------------------

ROWS = {"claims": make_claim, "sources": make_source, "documents": make_document}


@pytest.mark.parametrize("name", ["claims", "sources", "documents", "statements"])
def test_a_row_says_since_when_it_is_public(api, name):
    ROWS.get(name, make_statement)(slug="x")
    settle()
    [listed] = [row for row in api(f"{name}/").json()["results"] if row["slug"] == "x"]
    at = listed["recorded_at"]

    assert at == api(f"{name}/x/").json()["recorded_at"]
    assert at == [e["at"] for e in api("changes/").json()["results"] if e["slug"] == "x"][0]


@pytest.mark.parametrize("name", ["claims", "sources", "documents", "statements"])
def test_lists_are_filtered_by_the_day_of_recording(api, name):
    make = ROWS.get(name, make_statement)
    make(slug="x")
    day = api(f"{name}/x/").json()["recorded_at"][:10]
    days = {"recorded_from": day, "recorded_to": day}

    def found(**parameters):
        return "x" in [row["slug"] for row in api(f"{name}/", **parameters).json()["results"]]

    assert found(**days)
    assert found(recorded_from="0001-01-01") and found(recorded_to="9999-12-31")
    assert not found(recorded_to="2020-01-01") and not found(recorded_from="9999-12-31")


def test_claims_of_some_time_are_filtered_by_the_day_of_recording(api):
    make_claim(slug="x")
    settle()
    now = "2999-01-01T00:00Z"
    [then] = api("claims/", recorded_by=now).json()["results"]
    day = then["recorded_at"][:10]

    assert then["recorded_at"] == api("claims/x/").json()["recorded_at"]
    assert api("claims/", recorded_by=now, recorded_from=day, recorded_to=day).json()["results"]
    assert not api("claims/", recorded_by=now, recorded_to="2020-01-01").json()["results"]
    assert not api("claims/", said_by="2024-01-01", recorded_to="2020-01-01").json()["results"]


@pytest.mark.parametrize("name", ["claims", "sources", "documents", "statements"])
def test_days_that_are_none_or_the_wrong_way_round_are_refused(api, name):
    bad = api(f"{name}/", recorded_from="yesterday")
    turned = api(f"{name}/", recorded_from="2023-02-01", recorded_to="2023-01-01")

    assert (bad.status_code, turned.status_code) == (400, 400)
    assert "recorded_from" in bad.content.decode() and "recorded_to" in turned.content.decode()


@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_statement])
def test_a_row_was_first_public_once(make):
    row = make(slug="x", review_state="draft")
    model = type(row)
    assert row.first_public_at is None

    model.objects.filter(pk=row.pk).update(review_state="published")
    at = model.objects.get(pk=row.pk).first_public_at
    model.objects.filter(pk=row.pk).update(review_state="retired", first_public_at=None)
    model.objects.filter(pk=row.pk).update(review_state="published")

    assert at is not None
    assert model.objects.get(pk=row.pk).first_public_at == at


def test_nobody_says_since_when_a_row_is_public():
    row = make_claim(review_state="draft", first_public_at="2001-01-01T00:00Z")

    assert row.first_public_at is None
