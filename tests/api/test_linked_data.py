"""Claims as schema.org has them, and quotes as Web Annotations."""

import json

import jsonschema
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.rows import make_world
from tests.api.test_schema import as_json_schema, operation, schema  # noqa: F401 (a fixture)
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db

SITE = "http://testserver/api/v1"
LD = "application/ld+json"


@pytest.fixture
def linked(api):
    """Return what an address answers in JSON-LD."""

    def get(path):
        answer = api(path, format="jsonld")
        assert (answer.status_code, answer["Content-Type"]) == (200, LD)
        return json.loads(answer.content)

    return get


def appears(claim, **document):
    """Have a claim asserted in a document."""
    citation = make_citation(
        statement=make_statement(claim=claim), document=make_document(**document)
    )
    return citation


def test_a_claim_is_one_of_schema_org(linked):
    make_world()

    claim = linked("claims/road-shut/")

    assert (claim["@context"], claim["@type"]) == ("https://schema.org", "Claim")
    assert claim["@id"] == claim["url"] == f"{SITE}/claims/road-shut/"
    assert (claim["identifier"], claim["text"]) == ("road-shut", "The road is shut.")
    assert claim["about"] == [{"@type": "Thing", "@id": f"{SITE}/topics/roads/", "name": "Roads"}]


def test_accept_asks_for_it_too(client):
    make_world()

    answer = client.get(
        "/api/v1/claims/road-shut/",
        headers={"accept": 'application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"'},
    )

    assert (answer["Content-Type"], answer.json()["@type"]) == (LD, "Claim")
    assert "Accept" in answer["Vary"]


def test_each_document_is_an_appearance_with_its_quotes(api, linked):
    make_world()
    [_, denial] = api("claims/road-shut/positions/").json()["positions"]

    readout, article = linked("claims/road-shut/")["appearance"]

    assert readout == {
        "@type": "CreativeWork",
        "@id": f"{SITE}/documents/readout/",
        "url": f"{SITE}/documents/readout/",
        "name": readout["name"],
        "publisher": {
            "@type": "Organization",
            "@id": f"{SITE}/sources/ministry/",
            "name": "Ministry",
        },
        "datePublished": "2023-09-08",
        "hasPart": [
            {
                "@type": "Quotation",
                "@id": f"{SITE}/statements/carl-no/#readout",
                "url": f"{SITE}/statements/carl-no/?format=jsonld",
                "text": "It is open.",
                "description": denial["sentence"],
            }
        ],
    }
    assert [each["text"] for each in article["hasPart"]] == ["It is shut."]


def test_a_denial_stands_beside_an_assertion_and_no_one_is_the_author(linked):
    make_world()

    claim = linked("claims/road-shut/")

    assert not {"author", "creator", "claimInterpreter", "reviewRating"} & claim.keys()
    denial, assertion = sorted(claim["subjectOf"], key=lambda each: each["@id"], reverse=True)
    assert denial.keys() == assertion.keys()
    assert denial["description"].startswith("Carl denied it")
    assert assertion["description"].startswith("Bea asserted it")


def test_who_spoke_is_the_author_of_words_that_are_quoted_verbatim_only(linked):
    claim, bea = make_claim(slug="c"), make_source(slug="bea", name="Bea")
    statement = make_statement(claim=claim, source=bea, stance="denies")
    for manner in ("verbatim", "paraphrase", ""):
        make_citation(statement=statement, quote=f"Said {manner}.", manner=manner)

    parts = [part for each in linked("claims/c/")["appearance"] for part in each["hasPart"]]

    assert [part["text"] for part in parts if "author" in part] == ["Said verbatim."]


@pytest.mark.parametrize(
    ("edtf", "shown"),
    [
        ("2023-09-07", "2023-09-07"),
        ("2023-09", "2023-09"),
        ("2023", "2023"),
        ("2023-09-07~", None),
        ("2023?", None),
        ("2023-09-07/2023-09-08", None),
        ("../2023", None),
        ("", None),
    ],
)
def test_a_day_of_publication_is_told_where_iso_8601_can_say_it(linked, edtf, shown):
    claim = make_claim(slug="c")
    appears(claim, published=edtf)

    [work] = linked("claims/c/")["appearance"]

    assert work.get("datePublished") == shown


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (["2023-09-07"], "d0"),
        ([""], "d0"),  # there is no other
        (["2023-09-07", "2023-09-08"], "d0"),
        (["2023-09-08", "2023-09-07"], "d1"),
        (["2023-08", "2023-09-01"], "d0"),
        (["2023-09-07", "2023-09-07"], None),
        (["2023-09", "2023-09-07"], None),
        (["2023-09-07", ""], None),
        (["2023-09-07~", "2023-09-09"], None),
        (["2023-09-07", "2023-09-09?"], None),
        (["2023-09-07", "../2023-09-20"], None),
        (["2023-09-07", "2023-09-20/.."], "d0"),
    ],
)
def test_the_first_appearance_is_told_where_it_is_certain(linked, days, first):
    claim = make_claim(slug="c")
    for number, day in enumerate(days):
        appears(claim, slug=f"d{number}", published=day)

    found = linked("claims/c/").get("firstAppearance")

    assert (found and found["@id"]) == (first and f"{SITE}/documents/{first}/")


def test_what_was_taken_from_a_document_appeared_after_it_whatever_the_dates(linked):
    claim = make_claim(slug="c")
    origin = appears(claim, slug="origin", published="2023-09-07")
    passed_on = make_citation(via=origin, document=make_document(published="2023-09-07"))
    make_citation(via=passed_on, document=make_document())
    appears(claim, published="2023-09-08")

    assert linked("claims/c/")["firstAppearance"]["@id"] == f"{SITE}/documents/origin/"


def test_documents_that_took_it_from_each_other_have_no_first(linked):
    claim = make_claim(slug="c")
    one, other = make_document(published="2023-09-07"), make_document(published="2023-09-08")
    for origin, relay in ((one, other), (other, one)):
        first = make_citation(statement=make_statement(claim=claim), document=origin)
        make_citation(via=first, document=relay)

    assert "firstAppearance" not in linked("claims/c/")


def test_a_claim_that_nobody_spoke_of_appeared_nowhere(linked):
    make_claim(slug="c")

    claim = linked("claims/c/")

    assert claim["about"] == claim["appearance"] == claim["subjectOf"] == []
    assert "firstAppearance" not in claim


def test_a_quote_is_an_annotation_of_its_document(linked):
    claim = make_claim(slug="c", text="The road is shut.")
    statement = make_statement(
        slug="s", claim=claim, source=make_source(slug="bea", name="Bea"), stance="denies"
    )
    document = make_document(
        slug="d", url="https://example.org/a", archived_url="https://example.org/b"
    )
    make_citation(statement=statement, document=document, quote="open", prefix="It is ")

    found = linked("statements/s/")

    assert (found["@context"], found["type"], found["total"]) == (
        "http://www.w3.org/ns/anno.jsonld",
        "AnnotationCollection",
        1,
    )
    [annotation] = found["first"]["items"]
    assert annotation["id"] == f"{SITE}/statements/s/#d"
    assert annotation["target"] == {
        "source": "https://example.org/a",
        "selector": {"type": "TextQuoteSelector", "exact": "open", "prefix": "It is "},
        "state": {"type": "TimeState", "cached": "https://example.org/b"},
    }
    assert [each.get("value") or each["source"] for each in annotation["body"]] == [
        "denies",
        f"{SITE}/sources/bea/",
        f"{SITE}/claims/c/",
        f"{SITE}/statements/s/",
        found["label"],
    ]
    assert found["label"].startswith("Bea denied that “The road is shut”")


def test_a_document_without_an_address_is_annotated_at_ours(linked):
    make_world()

    [annotation] = linked("statements/carl-no/")["first"]["items"]

    assert annotation["target"]["source"] == f"{SITE}/documents/readout/"


def test_a_citation_without_a_quote_makes_no_annotation(linked):
    statement = make_statement(slug="s")
    make_citation(statement=statement)

    found = linked("statements/s/")

    assert (found["total"], found["first"]["items"]) == (0, [])


def test_editors_too_see_what_is_public_only(client, linked, ada):
    parts = make_world()
    before = [linked("claims/road-shut/"), linked("statements/carl-no/")]
    draft = make_document(slug="hidden", review_state="draft")
    make_citation(statement=parts["denial"], document=draft, quote="Secret.")
    rumour = make_statement(claim=parts["claim"], stance="denies", review_state="draft")
    make_citation(statement=rumour, document=parts["document"], quote="Rumour.")

    assert [linked("claims/road-shut/"), linked("statements/carl-no/")] == before


@pytest.mark.parametrize("name", ["claims", "statements"])
def test_a_draft_is_not_found(api, ada, name):
    make = make_claim if name == "claims" else make_statement
    make(slug="x", review_state="draft")

    answer = api(f"{name}/x/", format="jsonld")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_merged_claim_sends_on_to_its_survivor_in_plain_json(api):
    make_claim(slug="old", merged_into=make_claim(slug="new"), review_state="retired")

    answer = api("claims/old/", format="jsonld")

    assert (answer.status_code, answer["Content-Type"]) == (308, "application/json")
    assert answer["Location"] == f"{SITE}/claims/new/?format=jsonld"


@pytest.mark.parametrize(
    "path", ["claims/", "statements/", "sources/bea/", "claims/road-shut/positions/"]
)
def test_what_has_no_json_ld_says_so(api, path):
    make_world()

    answer = api(path, format="jsonld")

    assert answer.status_code == 400
    assert "no format that we have" in answer.json()["errors"]["format"][0]


def test_its_tag_is_of_what_was_sent_and_names_no_version(client, ada):
    make_world()

    answer = client.get("/api/v1/claims/road-shut/?format=jsonld")

    assert "." not in answer["ETag"]
    assert (
        client.get(
            "/api/v1/claims/road-shut/?format=jsonld", headers={"if-none-match": answer["ETag"]}
        ).status_code
        == 304
    )


@pytest.mark.parametrize("path", ["claims/road-shut/", "statements/carl-no/"])
def test_json_ld_is_described_as_it_is(linked, schema, path):  # noqa: F811
    make_world()

    described = operation(schema, path)["responses"]["200"]["content"][LD]["schema"]

    jsonschema.validate(linked(path), as_json_schema(described, schema))


@pytest.mark.parametrize("path", ["claims/road-shut/", "claims/", "sources/bea/"])
def test_the_formats_that_an_address_has_are_described(api, schema, path):  # noqa: F811
    make_world()
    parameters = operation(schema, path)["parameters"]
    [described] = [each["schema"]["enum"] for each in parameters if each["name"] == "format"]
    [message] = api(path, format="nosuch").json()["errors"]["format"]

    assert set(described) == set(message.partition("Use one of: ")[2].rstrip(".").split(", "))


@pytest.mark.parametrize("path", ["claims/road-shut/", "statements/carl-no/"])
def test_json_ld_is_one_query(client, path):
    parts = make_world()
    for _ in range(3):
        make_citation(
            statement=parts["denial"], document=make_document(publisher=make_source()), quote="No."
        )

    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/api/v1/{path}?format=jsonld").status_code == 200

    assert len(captured) == 1
