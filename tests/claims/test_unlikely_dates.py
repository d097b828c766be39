"""Dates that are unlikely: editors are asked or warned, and they stay on the list of what to do."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from claims.models import Citation, Statement
from sources.models import Document
from tests.desk import errors, log_in, page, save
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db

TOMORROW = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture
def editor(client):
    log_in(client)
    return client


def unlikely():
    return {*Statement.objects.with_unlikely_dates()}


def said_and_published(said, *published):
    statement = make_statement(said=said)
    for day in published:
        make_citation(statement=statement, document=make_document(published=day))
    return statement


@pytest.mark.parametrize(
    ("said", "published"),
    [
        (TOMORROW, []),
        ("2031", ["2020-01-01"]),
        ("2020-01-04", ["2020-01-02"]),
        ("2020-01-04", ["2019", "2020-01-02", "../2020-01-01"]),
        ("2020-03", ["2020-01"]),
    ],
)
def test_a_statement_after_all_its_documents_or_today_is_unlikely(said, published):
    assert unlikely() == set()
    statement = said_and_published(said, *published)
    assert unlikely() == {statement}
    warnings = statement.warnings({"said"})
    assert [(each.code, each.field) for each in warnings] == [("implausible_date", "said")]


@pytest.mark.parametrize(
    ("said", "published"),
    [
        (TODAY, []),
        ("", ["2020-01-01"]),
        ("../2031", ["2020-01-01"]),
        ("2020-01-03", ["2020-01-02"]),
        ("2020", ["2020-01-02"]),
        ("2020-01-04", ["2020-01-02", "2020-01-03"]),
        ("2020-01-04", ["2020-01-02", ""]),
        ("2020-01-04", ["2020-01-02/.."]),
        ("2020-01-04", []),
    ],
)
def test_a_statement_that_may_have_been_made_before_is_likely(said, published):
    statement = said_and_published(said, *published)

    assert unlikely() == set()
    assert statement.warnings({"said"}) == []


@pytest.mark.parametrize(
    ("published", "retrieved", "is_unlikely"),
    [
        ("2020-01-02", "2020-01-01", True),
        ("2020-01-02", "2020-01-02", False),
        ("2020", "2020-01-02", False),
        ("2020-01-02", None, False),
        ("", "2020-01-02", False),
        (TOMORROW, None, True),
        (TODAY, None, False),
    ],
)
def test_a_document_read_before_it_was_published_is_unlikely(published, retrieved, is_unlikely):
    document = make_document(published=published, retrieved=retrieved)

    assert Document.objects.with_unlikely_dates().exists() is is_unlikely
    assert bool(document.warnings({"published"})) is is_unlikely


# Forms --------------------------------------------------------------------------------------------


def test_an_editor_confirms_that_a_document_was_read_before_it_was_published(editor):
    given = {
        "slug": "a-document",
        "title": "A document",
        "kind": "article",
        "published": "2020-01-02",
        "retrieved": "2020-01-01",
    }

    response = editor.post(page(Document, "add"), given)
    assert "before it was published" in errors(response)["published"][0]
    assert "confirm_implausible_date" in response.text

    given["confirm_implausible_date"] = "1"
    assert editor.post(page(Document, "add"), given).status_code == 302


def test_an_editor_confirms_that_a_statement_is_of_a_day_to_come(editor):
    statement = make_statement(said="2020-01-01")

    response = save(editor, page(statement), said=TOMORROW)
    assert "in the future" in errors(response)["said"][0]

    response = save(editor, page(statement), said=TOMORROW, confirm_implausible_date="1")
    assert response.status_code == 302


def test_an_editor_is_asked_about_a_statement_made_after_it_was_published(editor):
    document = make_document(published="2020-01-01", title="An early article")
    given = {
        "claim": make_claim().pk,
        "source": make_source().pk,
        "stance": "asserts",
        "said": "2020-01-03",
        "order": 0,
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
        "citations-0-document": document.pk,
    }

    response = editor.post(page(Statement, "add"), given)
    assert "is after every document" in response.text
    assert "An early article" in response.text
    assert not Citation.objects.exists()

    given["confirm_implausible_date"] = "1"
    assert editor.post(page(Statement, "add"), given).status_code == 302
    assert Citation.objects.count() == 1


def test_an_editor_is_not_asked_again_about_what_was_confirmed(editor):
    statement = said_and_published("2020-01-04", "2020-01-01")

    assert save(editor, page(statement), note="It was said so.").status_code == 302


def test_the_desk_asks_about_a_statement_made_after_its_document_was_published(editor):
    document = make_document(published="2020-01-01", text="The road is open.")
    given = {
        "quote": "The road is open.",
        "source": make_source().pk,
        "claim": make_claim().pk,
        "stance": "asserts",
        "said": "2020-01-03",
    }

    response = editor.post(page(document, "read"), given)
    assert "is after every document" in response.json()["errors"]["said"]
    assert "confirm_implausible_date" in response.json()["errors"]["said"]

    response = editor.post(page(document, "read"), given | {"confirm_implausible_date": "1"})
    assert "errors" not in response.json()


# The API ------------------------------------------------------------------------------------------


def patch(client, kind, row, **body):
    row.refresh_from_db()
    return client.patch(
        f"/api/v1/{kind}/{row.slug}/",
        json.dumps(body),
        content_type="application/json",
        headers={"If-Match": f'"{row.version}"'},
    )


def test_the_api_saves_an_unlikely_date_and_warns(editor):
    statement = said_and_published("2019", "2020-01-01")

    answer = patch(editor, "statements", statement, said="2020-01-03")

    assert answer.status_code == 200
    (warning,) = answer.json()["warnings"]
    assert (warning["code"], warning["field"]) == ("implausible_date", "said")
    assert "2020-01-03 is after every document" in warning["detail"]


def test_the_api_warns_of_nothing_where_the_date_is_likely(editor):
    document = make_document(retrieved="2020-01-02")

    answer = patch(editor, "documents", document, published="2020-01-02")
    assert "warnings" not in answer.json()
    answer = patch(editor, "documents", document, published="2020-01-03")
    assert answer.json()["warnings"][0]["field"] == "published"


def test_an_answer_with_warnings_has_the_etag_of_the_row(editor):
    document = make_document()

    tag = patch(editor, "documents", document, published=TOMORROW).headers["ETag"]

    assert editor.get(f"/api/v1/documents/{document.slug}/").headers["ETag"] == tag


# What to do ---------------------------------------------------------------------------------------


def test_unlikely_dates_stay_on_the_list_of_what_to_do(editor):
    statement = said_and_published("2020-01-04", "2020-01-01")
    document = make_document(published=TOMORROW, title="A paper of tomorrow")

    home = editor.get(reverse("admin:index")).text
    assert "Unlikely dates" in home
    assert page(statement) in home
    assert "A paper of tomorrow" in home
    listed = editor.get(page(Statement, "changelist") + "?unlikely_date=yes").text
    assert page(statement) in listed
    listed = editor.get(page(Document, "changelist") + "?unlikely_date=yes").text
    assert page(document) in listed
