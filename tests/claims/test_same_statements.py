"""One statement that is recorded twice, with dates that differ a little."""

import json

import pytest

from claims.models import Statement
from tests.desk import log_in, page
from tests.factories import make_citation, make_document, make_statement

pytestmark = pytest.mark.django_db

WORDS = "The pier is closed."


@pytest.fixture
def editor(client):
    log_in(client)
    return client


@pytest.fixture
def here():
    statement = make_statement(said="2014-10-16")
    document = make_document(text=f"“{WORDS}”", published="2014-11-01")
    return make_citation(statement=statement, document=document, quote=WORDS)


def same_act(citation, **others):
    statement = citation.statement
    given = {
        "source": statement.source.pk,
        "claim": statement.claim.pk,
        "stance": statement.stance,
        "said": "2014-10-17",
    }
    return given | others


def add(client, citation, **others):
    given = same_act(citation, order=0) | {
        "citations-TOTAL_FORMS": 1,
        "citations-INITIAL_FORMS": 0,
        "citations-0-document": citation.document.pk,
        "citations-0-quote": WORDS,
    }
    return client.post(page(Statement, "add"), given | others)


def test_an_editor_is_asked_about_the_same_words_dated_a_day_apart(editor, here):
    response = add(editor, here)

    assert "same words of the same document" in response.text
    assert Statement.objects.count() == 1
    assert add(editor, here, confirm_same_statement="1").status_code == 302


@pytest.mark.parametrize(
    "others",
    [{"said": "2014-10-18"}, {"citations-0-quote": "It is shut."}, {"stance": "denies"}],
)
def test_an_editor_is_not_asked_about_another_statement(editor, here, others):
    assert add(editor, here, **others).status_code == 302


def test_the_desk_offers_the_statement_of_the_same_words_dated_a_day_apart(editor, here):
    response = editor.post(page(here.document, "read"), same_act(here, quote=WORDS))
    assert page(here.statement) in response.json()["offer"]

    response = editor.post(page(here.document, "read"), same_act(here, quote=WORDS, is_another="1"))
    assert "saved" in response.json()


@pytest.mark.parametrize("said", ["2014-10", "2014", "2014-10-10/2014-10-16"])
def test_the_desk_offers_a_statement_whose_date_overlaps(editor, here, said):
    document = make_document(text=f"“{WORDS}”")

    response = editor.post(page(document, "read"), same_act(here, quote=WORDS, said=said))

    assert page(here.statement) in response.json()["offer"]


def test_the_api_asks_before_a_date_makes_two_statements_twins(editor, here):
    other = make_statement(
        said="2014-12-01", source=here.statement.source, claim=here.statement.claim
    )
    make_citation(statement=other, document=here.document, quote=WORDS)

    def patch(**body):
        return editor.patch(
            f"/api/v1/statements/{other.slug}/",
            json.dumps(body),
            content_type="application/json",
            headers={"If-Match": f'"{other.version}"'},
        )

    other.refresh_from_db()
    response = patch(said="2014-10-15")
    assert response.status_code == 400
    assert '"confirm": ["same_statement"]' in response.json()["errors"]["said"][0]
    assert patch(said="2014-10-15", confirm=["same_statement"]).status_code == 200
