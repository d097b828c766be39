import pytest

from claims.models import Statement
from tests.api.rows import make_world
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db


def who(side):
    return [position["source"] for position in side]


def test_a_denial_has_the_shape_of_an_assertion(api):
    make_world()

    claim = api("claims/road-shut/").json()

    assert list(claim["asserts"][0]) == list(claim["denies"][0])
    assert list(claim["asserts"][0]["statement"]) == list(claim["denies"][0]["statement"])


def test_a_position_is_the_statement_that_decides(api):
    make_world()

    assert api("claims/road-shut/").json()["denies"] == [
        {
            "source": "carl",
            "name": "Carl",
            "kind": "person",
            "stance": "denies",
            "since": "2023-09~",
            "since_from": "2023-09-01",
            "since_to": "2023-09-30",
            "order_uncertain": False,
            "said": "2023-09~",
            "said_from": "2023-09-01",
            "said_to": "2023-09-30",
            "denies_what": "",
            "statement": {
                "slug": "carl-no",
                "url": "http://testserver/api/v1/statements/carl-no/",
                "occasion": "",
                "note": "",
                "personal_capacity": False,
                "citations": api("statements/carl-no/").json()["citations"],
            },
            "other_statements": [],
        }
    ]


def test_a_citation_shows_its_document_and_the_chain_to_it(api):
    make_world()

    origin, carried = api("statements/carl-no/").json()["citations"]

    assert carried == {
        "document": "article",
        "title": carried["title"],
        "publisher": None,
        "url": "",
        "published": "2023-09-09",
        "published_from": "2023-09-09",
        "published_to": "2023-09-09",
        "via": "readout",
        "chain": ["readout", "article"],
        "archived_url": "",
        "retracted": None,
        "manner": "",
        "quote": "",
        "prefix": "",
        "suffix": "",
        "locator": "",
        "language": "",
        "translation": "",
        "as_named": "",
        "note": "",
    }
    assert (origin["via"], origin["chain"], origin["publisher"]) == (None, ["readout"], "ministry")


def test_who_changed_sides_stands_on_the_last_one_with_what_it_said_before(api):
    claim, source = make_claim(slug="c"), make_source(slug="bea")
    make_statement(slug="first", claim=claim, source=source, said="2023-01")
    make_statement(slug="then", claim=claim, source=source, stance="denies", said="2023-02")

    answer = api("claims/c/").json()

    assert (who(answer["asserts"]), who(answer["denies"])) == ([], ["bea"])
    [before] = answer["denies"][0]["other_statements"]
    assert (before["slug"], before["stance"], before["said"]) == ("first", "asserts", "2023-01")


@pytest.mark.parametrize("stance", ["dismisses", "questions", "comments", "undeclared", "silent"])
def test_who_takes_no_side_is_among_the_others(api, stance):
    make_statement(claim=make_claim(slug="c"), source=make_source(slug="bea"), stance=stance)

    answer = api("claims/c/").json()

    assert who(answer["others"]) == ["bea"]
    assert answer["asserts"] == answer["denies"] == []


def test_who_withdrew_is_among_the_others_by_its_last_statement(api):
    claim, source = make_claim(slug="c"), make_source(slug="bea")
    make_statement(claim=claim, source=source, said="2023-01")
    make_statement(claim=claim, source=source, stance="withdraws", said="2023-02")

    [other] = api("claims/c/").json()["others"]

    assert (other["source"], other["stance"]) == ("bea", "withdraws")


def test_a_side_is_in_the_order_in_which_it_was_said(api):
    claim = make_claim(slug="c")
    for slug, said in (("late", "2023-09"), ("early", "2023-01"), ("undated", "")):
        make_statement(claim=claim, source=make_source(slug=slug), said=said)

    assert who(api("claims/c/").json()["asserts"]) == ["undated", "early", "late"]


def test_the_tally_counts_the_sources_on_each_side(api):
    claim = make_claim(slug="c")
    for stance in ("asserts", "asserts", "denies", "comments"):
        make_statement(claim=claim, stance=stance)

    answer = api("claims/c/").json()

    assert answer["tally"] == {"asserts": len(answer["asserts"]), "denies": len(answer["denies"])}
    assert answer["tally"] == {"asserts": 2, "denies": 1}


def test_the_tally_counts_what_is_listed_before_it_is_settled(api):
    claim, source = make_claim(slug="c"), make_source()
    Statement.objects.create(claim=claim, source=source, stance="denies", review_state="published")

    assert api("claims/c/").json()["tally"] == {"asserts": 0, "denies": 1}


def test_a_side_tells_since_when_and_whether_the_order_is_certain(api):
    claim, source = make_claim(slug="c"), make_source()
    make_statement(claim=claim, source=source, stance="denies", said="2023-01")
    make_statement(claim=claim, source=source, stance="asserts", said="2023-02")
    make_statement(claim=claim, source=source, stance="asserts", said="2023-01/2023-03")

    [held] = api("claims/c/").json()["asserts"]

    assert (held["since"], held["since_to"], held["said"]) == (
        "2023-02",
        "2023-02-28",
        "2023-01/2023-03",
    )
    assert held["order_uncertain"] is True


def test_what_it_said_otherwise_stands_in_the_order_in_which_it_was_said(api):
    claim, source = make_claim(slug="c"), make_source()
    for slug, stance, said in (
        ("holds", "asserts", "2023-03"),
        ("later", "comments", "2023-04"),
        ("first", "questions", ""),
        ("then", "denies", "2023-02"),
    ):
        make_statement(slug=slug, claim=claim, source=source, stance=stance, said=said)

    [held] = api("claims/c/").json()["asserts"]

    assert held["statement"]["slug"] == "holds"
    assert [each["slug"] for each in held["other_statements"]] == ["first", "then", "later"]


def test_a_relation_is_named_from_both_ends(api):
    make_relation(
        from_claim=make_claim(slug="a"), kind="implies", to_claim=make_claim(slug="b", text="B is.")
    )

    assert api("claims/a/").json()["relations"] == [
        {
            "relation": "implies",
            "claim": "b",
            "url": "http://testserver/api/v1/claims/b/",
            "text": "B is.",
            "rationale": "",
        }
    ]
    assert api("claims/b/").json()["relations"][0]["relation"] == "implied_by"


@pytest.mark.parametrize("kind", ["contradicts", "negates"])
def test_a_symmetric_relation_reads_the_same_from_both_ends(api, kind):
    make_relation(from_claim=make_claim(slug="a"), kind=kind, to_claim=make_claim(slug="b"))

    assert api("claims/b/").json()["relations"][0]["relation"] == kind


def test_origins_come_before_what_passed_them_on(api):
    statement = make_statement(slug="said")
    late = make_citation(
        statement=statement, document=make_document(slug="late", published="2023-09-09")
    )
    make_citation(via=late, document=make_document(slug="z", published="2023-09-01"))
    make_citation(statement=statement, document=make_document(slug="early", published="2023-09-02"))

    cited = api("statements/said/").json()["citations"]

    assert [each["document"] for each in cited] == ["early", "late", "z"]
