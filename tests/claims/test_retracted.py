"""Documents that their publishers took back: said wherever they are cited, found and listed."""

import json

import pytest
from django.urls import reverse

from claims.models import Statement
from tests.desk import log_in, page
from tests.factories import make_citation, make_document, make_source, make_statement, settle

pytestmark = pytest.mark.django_db

RETRACTED = "2021-06-01"
COPY = "https://archive.example.org/pier"


@pytest.fixture
def statement():
    """A statement that rests on one article, which was retracted."""
    statement = make_statement(said="2021-05-01")
    document = make_document(
        publisher=make_source(kind="outlet", name="The Journal"),
        retracted=RETRACTED,
        archived_url=COPY,
    )
    make_citation(statement=statement, document=document, quote="The pier is closed.")
    settle()
    return statement


def found(answer, name):
    """Return all that an answer has under a name."""
    if isinstance(answer, list):
        return [value for each in answer for value in found(each, name)]
    if isinstance(answer, dict):
        own = [answer[name]] if name in answer else []
        return own + [value for each in answer.values() for value in found(each, name)]
    return []


@pytest.mark.parametrize("address", ["claims/{c}/", "claims/{c}/positions/", "statements/{s}/"])
def test_each_citation_says_that_the_document_was_retracted(client, statement, address):
    address = address.format(c=statement.claim.slug, s=statement.slug)
    answer = client.get(f"/api/v1/{address}").json()

    assert found(answer, "retracted") == [RETRACTED]
    assert found(answer, "archived_url") == [COPY]


def test_a_list_of_statements_says_that_the_document_was_retracted(client, statement):
    answer = client.get(f"/api/v1/statements/?claim={statement.claim.slug}").json()

    assert found(answer, "retracted") == [RETRACTED]


def test_a_citation_of_a_document_that_stands_has_no_day_of_retraction(client):
    citation = make_citation()

    answer = client.get(f"/api/v1/statements/{citation.statement.slug}/").json()

    assert found(answer, "retracted") == [None]


def test_the_sentence_says_that_the_document_was_retracted(client, statement):
    answer = client.get(f"/api/v1/claims/{statement.claim.slug}/positions/").json()

    (sentence,) = found(answer, "sentence")
    assert sentence.endswith("an article by the Journal, retracted on 1 June 2021.")


def test_the_sentence_says_that_a_document_which_passed_it_on_was_retracted(client):
    statement = make_statement(said="2021-05-01")
    origin = make_citation(statement=statement)
    relay = make_document(
        publisher=make_source(kind="outlet", name="The Journal"), retracted=RETRACTED
    )
    make_citation(statement=statement, document=relay, via=origin)

    answer = client.get(f"/api/v1/claims/{statement.claim.slug}/positions/").json()

    (sentence,) = found(answer, "sentence")
    assert sentence.endswith("passed on by the Journal (retracted on 1 June 2021).")


@pytest.mark.parametrize("kind", ["claim", "statement", "source"])
def test_public_pages_say_that_the_document_was_retracted(client, statement, kind):
    row = statement if kind == "statement" else getattr(statement, kind)

    assert "retracted on 1 June 2021" in client.get(f"/{kind}s/{row.slug}/").text.replace(
        "</strong>", ""
    )


@pytest.mark.parametrize("kind", ["claim", "statement"])
def test_public_pages_link_to_the_archived_copy_beside_the_document(client, statement, kind):
    row = statement if kind == "statement" else statement.claim

    assert f'<a href="{COPY}"' in client.get(f"/{kind}s/{row.slug}/").text


def test_linked_data_says_that_the_document_was_retracted(client, statement):
    answer = client.get(f"/api/v1/claims/{statement.claim.slug}/?format=jsonld").text

    assert f"Retracted {RETRACTED}" in answer
    assert "retracted on 1 June 2021" in json.dumps(json.loads(answer))


def test_statements_are_filtered_by_what_became_of_their_documents(client, statement):
    standing = make_citation().statement
    both = make_citation(document=make_document(retracted=RETRACTED)).statement
    make_citation(statement=both)
    make_citation(statement=statement, document=make_document(review_state="draft"))
    make_statement()

    def slugs(evidence):
        answer = client.get(f"/api/v1/statements/?evidence={evidence}").json()
        return {each["slug"] for each in answer["results"]}

    assert slugs("retracted") == {statement.slug}
    assert slugs("standing") == {standing.slug, both.slug}
    assert client.get("/api/v1/statements/?evidence=none").status_code == 400


def test_what_rests_on_retracted_documents_only_is_listed_for_editors(client, statement):
    log_in(client)
    other = make_citation(document=make_document(retracted=RETRACTED)).statement
    make_citation(statement=other)

    home = client.get(reverse("admin:index")).text
    listed = client.get(page(Statement, "changelist") + "?evidence=retracted").text

    assert "Rests on retracted documents only" in home
    assert page(statement) in home
    assert page(statement) in listed
    assert page(other) not in listed


# The timeline -------------------------------------------------------------------------------------


def events(client, statement, **clocks):
    address = f"/api/v1/claims/{statement.claim.slug}/timeline/"
    return client.get(address, clocks).json()["events"]


@pytest.mark.parametrize("clocks", [{}, {"recorded_by": "2999-01-01"}])
def test_the_timeline_says_that_all_documents_of_a_statement_were_retracted(
    client, statement, clocks
):
    [event] = events(client, statement, **clocks)

    assert event["evidence"] == "retracted"


@pytest.mark.parametrize("clocks", [{}, {"recorded_by": "2999-01-01"}])
def test_the_timeline_does_not_say_so_where_one_document_stands(client, statement, clocks):
    make_citation(statement=statement)

    [event] = events(client, statement, **clocks)

    assert event["evidence"] == "standing"


@pytest.mark.parametrize("clocks", [{}, {"recorded_by": "2999-01-01"}])
def test_the_timeline_says_nothing_of_documents_where_there_is_none(client, clocks):
    [event] = events(client, make_statement(said="2021-05-01"), **clocks)

    assert event["evidence"] is None


def test_a_draft_document_does_not_stand_in_for_those_that_were_retracted(client, statement):
    make_citation(statement=statement, document=make_document(review_state="draft"))

    [event] = events(client, statement)

    assert event["evidence"] == "retracted"


@pytest.mark.parametrize("of", ["claim", "source"])
def test_the_picture_and_the_table_of_a_timeline_mark_what_was_retracted(client, statement, of):
    answer = client.get(f"/{of}s/{getattr(statement, of).slug}/").content.decode()

    assert "public by 1 June 2021" not in answer
    assert answer.count("; its documents were retracted</title>") == 1
    assert answer.count('<line class="retracted"') == 1
    assert "Struck through: all documents that had it were retracted." in answer
    assert answer.count("its documents were <strong>retracted</strong></td>") == 1


def test_a_timeline_of_documents_that_stand_marks_none(client):
    citation = make_citation(statement=make_statement(said="2021-05-01"))

    answer = client.get(f"/claims/{citation.statement.claim.slug}/").content.decode()

    assert "retracted" not in answer


def test_the_desk_says_that_its_document_was_retracted(client, statement):
    log_in(client)
    document = statement.citations.get().document
    type(document).objects.filter(pk=document.pk).update(text="The pier is closed.\n")

    answer = client.get(page(document, "read"))

    assert "Retracted on 1 June 2021 by its publisher" in answer.content.decode()
