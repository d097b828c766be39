"""Lists on the desk, however many rows there are: counted to a cap, searched by index."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Citation, Claim, Statement
from claimtracker.desk import lists
from sources.models import Document
from tests.desk import log_in, page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_cap(monkeypatch):
    monkeypatch.setattr(lists, "CAP", 60)


def make_claims(many):
    Claim.objects.bulk_create(Claim(slug=f"c-{n}", kind="fact", text="It.") for n in range(many))


def shown(client, model, **asked):
    changes = client.get(page(model, "changelist"), asked).context["cl"]
    return [row.pk for row in changes.result_list]


def test_a_list_is_counted_to_the_cap_and_says_so(client, small_cap):
    log_in(client)
    make_claims(61)

    answer = client.get(page(Claim, "changelist"))

    assert "over 60 claims" in answer.text
    assert "across all pages" not in answer.text
    assert client.get(page(Claim, "changelist"), {"p": 3}).status_code == 302


def test_a_list_below_the_cap_is_counted_exactly(client, small_cap):
    log_in(client)
    make_claims(60)

    answer = client.get(page(Claim, "changelist"), {"p": 2})

    assert "60 claims" in answer.text and "over 60" not in answer.text
    assert "across all pages" in answer.text
    assert len(answer.context["cl"].result_list) == 10


def test_a_list_that_one_page_holds_is_not_counted(client):
    log_in(client)
    make_claims(3)

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(page(Claim, "changelist"))

    assert "3 claims" in answer.text
    assert not [each for each in captured.captured_queries if "COUNT(*)" in each["sql"]]


def test_an_order_that_is_not_offered_is_not_taken(client):
    log_in(client)
    claims = [make_claim(text="B is so."), make_claim(text="A is so.")]
    statements = [make_statement(claim=claim, stance="denies") for claim in claims]

    assert shown(client, Statement, o="2") == [each.pk for each in reversed(statements)]


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize(
    "search", ["road", "moscow ROAD", "the-road", "'shut off'", "said-1", "Baku"]
)
def test_statements_are_found_by_all_words_where_they_stand(client, monkeypatch, few, search):
    monkeypatch.setattr(lists, "FEW", few)
    log_in(client)
    wanted = make_statement(
        slug="said-1",
        claim=make_claim(text="The road is shut off.", slug="the-road"),
        source=make_source(name="Moscow"),
        occasion="In Baku",
    )
    make_statement()

    assert shown(client, Statement, q=search) == [wanted.pk]
    assert shown(client, Statement, q=f"{search} elsewhere") == []


@pytest.mark.parametrize("search", ["bridge", "Gazette", "moscow", "the Moscow bridges"])
def test_citations_are_found_by_quote_document_and_source(client, search):
    log_in(client)
    statement = make_statement(source=make_source(name="Moscow"))
    wanted = make_citation(
        statement=statement, quote="The bridge.", document=make_document(title="Gazette")
    )
    make_citation()

    assert shown(client, Citation, q=search) == [wanted.pk]


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("search", ["Zett", "zette ROAD", "the-paper", "org/7", "'le Mond'"])
def test_documents_are_found_by_any_part_of_title_slug_address_and_publisher(
    client, monkeypatch, few, search
):
    monkeypatch.setattr(lists, "FEW", few)
    log_in(client)
    wanted = make_document(
        title="Gazette: the road",
        slug="in-the-paper",
        url="https://example.org/7",
        publisher=make_source(name="Le Monde"),
    )
    make_document(title="Other", publisher=None)

    assert shown(client, Document, q=search) == [wanted.pk]
    assert shown(client, Document, q=f"{search} elsewhere") == []


def test_the_first_page_of_several_is_asked_for_once(client):
    log_in(client)
    make_claims(120)

    with CaptureQueriesContext(connection) as queries:
        assert len(shown(client, Claim)) == 50

    listed = [each["sql"] for each in queries if 'FROM "claims_claim"' in each["sql"]]
    assert len([sql for sql in listed if "LIMIT 5" in sql]) == 1


def test_statements_and_claims_are_filtered_by_topic(client):
    log_in(client)
    topics = [make_topic(), make_topic()]
    filed = make_statement(claim=make_claim(topics=topics))
    other = make_statement()

    assert shown(client, Statement, topic=topics[0].pk) == [filed.pk]
    assert shown(client, Statement, topic="none") == [other.pk]
    assert client.get(page(Statement, "changelist"), {"topic": "x"}).status_code == 302
    assert shown(client, Claim, topic=topics[0].pk) == [filed.claim_id]
    assert shown(client, Claim, topic="none") == [other.claim_id]
