import pytest

from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db


def found(answer):
    assert answer.status_code == 200, answer.content
    return {row["slug"] for row in answer.json()["results"]}


def test_sources_by_kind(api):
    make_source(slug="yes", kind="outlet")
    make_source(slug="no", kind="person")

    assert found(api("sources/", kind="outlet")) == {"yes"}


@pytest.mark.parametrize("part", ["trix", "TRIX", "Ərəstun", "beat"])
def test_sources_by_a_part_of_a_name_or_an_alias(api, part):
    make_source(slug="yes", name="Ərəstun Beatrix" if part == "Ərəstun" else "B")
    make_source(slug="alias", name="B", aliases=["Bob", "Beatrix Ərəstun"])
    make_source(slug="no", name="Carl", aliases=["{,}"])

    assert "alias" in found(api("sources/", name=part))
    assert "no" not in found(api("sources/", name=part))


@pytest.mark.parametrize("part", ["%", "_", "\\", ",", "{"])
def test_a_part_of_a_name_is_taken_as_it_is(api, part):
    make_source(slug="yes", name=f"A {part} B")
    make_source(slug="no", name="Carl", aliases=["one", "two"])

    assert found(api("sources/", name=part)) == {"yes"}


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        ("", "", True),
        ("2023-09-07", "2023-09-07", True),
        ("2023-09-08", "", False),
        ("2023-09", "", True),
        ("", "2023-09-06", False),
        ("", "2023", True),
        ("2023-09-08/..", "", False),
        ("2023-09-01/..", "", True),
        ("", "../2023-09-06", False),
    ],
)
def test_affiliations_that_may_hold_on_a_day(api, since, until, holds):
    make_affiliation(since=since, until=until)

    assert bool(api("affiliations/", on="2023-09-07").json()["results"]) is holds


def test_affiliations_by_either_end_and_whether_it_speaks_for_it(api):
    wanted = make_affiliation(speaks_for=True)
    make_affiliation(member=wanted.member)
    make_affiliation(body=wanted.body)

    def of(**asked):
        return len(api("affiliations/", **asked).json()["results"])

    assert of(member=wanted.member.slug) == 2
    assert of(body=wanted.body.slug) == 2
    assert of(member=wanted.member.slug, speaks_for="true") == 1
    assert of(speaks_for="false") == 2


def test_documents_by_kind_publisher_and_language(api):
    outlet = make_source(slug="outlet")
    make_document(slug="yes", kind="video", publisher=outlet, language="az")
    make_document(slug="no", kind="post", language="en")

    assert found(api("documents/", kind="video")) == {"yes"}
    assert found(api("documents/", publisher="outlet")) == {"yes"}
    assert found(api("documents/", language="AZ")) == {"yes"}


RANGES = [
    ("2023-09-07", {"from": "2023-09-07", "to": "2023-09-07"}, True),
    ("2023-09-07", {"from": "2023-09-08"}, False),
    ("2023-09-07", {"to": "2023-09-06"}, False),
    ("2023-09", {"from": "2023-09-30"}, True),
    ("2023-09", {"from": "2023-10-01"}, False),
    ("2023-09", {"to": "2023-09-01"}, True),
    ("2023", {"from": "2023-09-07", "to": "2023-09-08"}, True),
    ("2023-09/..", {"from": "2030-01-01"}, True),
    ("../2023-09", {"to": "1990-01-01"}, True),
    ("", {"from": "2000-01-01"}, False),
]


@pytest.mark.parametrize(("date", "asked", "expected"), RANGES)
def test_documents_by_when_they_may_have_been_published(api, date, asked, expected):
    make_document(slug="d", published=date)

    asked = {f"published_{end}": day for end, day in asked.items()}
    assert bool(found(api("documents/", **asked))) is expected


@pytest.mark.parametrize(("date", "asked", "expected"), RANGES)
def test_statements_by_when_they_may_have_been_said(api, date, asked, expected):
    make_statement(said=date)

    asked = {f"said_{end}": day for end, day in asked.items()}
    assert bool(found(api("statements/", **asked))) is expected


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_is_are_days(api, day):
    make_statement(said="2023")

    assert api("statements/", said_from=day).status_code == 200
    assert api("statements/", said_to=day).status_code == 200
    assert api("affiliations/", on=day).status_code == 200


def test_claims_by_kind_topic_and_language(api):
    make_claim(slug="yes", kind="demand", topics=[make_topic(slug="t")], language="en")
    make_claim(slug="no", topics=[make_topic()])

    assert found(api("claims/", kind="demand")) == {"yes"}
    assert found(api("claims/", topic="t")) == {"yes"}
    assert found(api("claims/", language="en")) == {"yes"}


def test_claims_that_are_contested_and_those_that_are_not(api):
    contested, quiet = make_claim(slug="contested"), make_claim(slug="quiet")
    make_statement(claim=contested)
    make_statement(claim=contested, stance="denies")
    make_statement(claim=quiet)

    assert found(api("claims/", contested="true")) == {"contested"}
    assert found(api("claims/", contested="false")) == {"quiet"}


def test_claims_by_source_and_stance_ask_for_one_statement(api):
    bea = make_source(slug="bea")
    claim = make_claim(slug="c")
    make_statement(claim=claim, source=bea, stance="asserts")
    make_statement(claim=claim, stance="denies")

    assert found(api("claims/", source="bea")) == {"c"}
    assert found(api("claims/", stance="denies")) == {"c"}
    assert found(api("claims/", source="bea", stance="denies")) == set()


def test_a_filter_on_statements_leaves_the_tally_as_it_is(api):
    bea, claim = make_source(slug="bea"), make_claim()
    make_statement(claim=claim, source=bea)
    make_statement(claim=claim, stance="denies")

    [row] = api("claims/", source="bea").json()["results"]

    assert row["tally"] == {"asserts": 1, "denies": 1}


def test_statements_by_what_they_are_about(api):
    topic = make_topic(slug="t")
    claim = make_claim(slug="c", topics=[topic, make_topic()])
    make_statement(slug="yes", claim=claim, source=make_source(slug="bea"))
    make_statement(slug="no")

    assert found(api("statements/", claim="c")) == {"yes"}
    assert found(api("statements/", topic="t")) == {"yes"}
    assert found(api("statements/", source="bea")) == {"yes"}


def test_statements_by_how_they_were_made(api):
    make_statement(slug="yes", stance="denies", denies_what="fact", personal_capacity=True)
    make_statement(slug="no")

    assert found(api("statements/", stance="denies")) == {"yes"}
    assert found(api("statements/", denies_what="fact")) == {"yes"}
    assert found(api("statements/", personal_capacity="true")) == {"yes"}
    assert found(api("statements/", personal_capacity="false")) == {"no"}


def test_statements_by_where_they_were_read(api):
    make_citation(statement=make_statement(slug="yes"), document=make_document(slug="d"))
    make_citation(statement=make_statement(slug="elsewhere"))
    make_statement(slug="nowhere")

    assert found(api("statements/", document="d")) == {"yes"}
    assert found(api("statements/", has_citation="true")) == {"yes", "elsewhere"}
    assert found(api("statements/", has_citation="false")) == {"nowhere"}


def test_relations_by_kind_and_by_the_claim_at_either_end(api):
    claim = make_claim(slug="c")
    make_relation(from_claim=claim, kind="implies")
    make_relation(to_claim=claim, kind="negates")
    make_relation()

    assert len(api("relations/", claim="c").json()["results"]) == 2
    assert len(api("relations/", kind="implies").json()["results"]) == 1


def test_topics_of_a_claim(api):
    make_claim(slug="c", topics=[make_topic(slug="yes")])
    make_claim(topics=[make_topic(slug="no")])

    assert found(api("topics/", claim="c")) == {"yes"}


def test_the_slug_of_a_merged_source_means_its_survivor(api):
    survivor = make_source(slug="survivor")
    make_source(slug="old", review_state="retired", merged_into=survivor)
    make_statement(slug="said", source=survivor)

    assert found(api("statements/", source="old")) == {"said"}
