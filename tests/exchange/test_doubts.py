"""What an import asks: documents that are here already, and dates that are unlikely."""

import pytest
from django.contrib.auth.models import User

from claims import merging
from claims.exchange.importing import Bundle, import_given
from claims.exchange.problems import Answers
from sources.models import Document
from tests.exchange.bundles import CLAIM, DENIAL, READOUT, REPORT, SPOKESMAN, load, write
from tests.factories import make_document, make_user

pytestmark = pytest.mark.django_db

PAGE = "https://example.org/news/pier"
SAME_PAGE = "http://www.example.org/news/pier/?utm_source=feed#top"


def asked(folder, **files):
    """Return by code what is asked of a bundle."""
    given = Bundle(write(folder, **files))
    report = import_given(given=given, dry_run=True, answers=Answers())
    return {
        code: [str(each) for group in found.groups() for each in group.first]
        for code, found in report.problems.questions.items()
    }


def test_a_document_with_the_address_of_one_that_is_here_is_asked_about(tmp_path):
    make_document(slug="here", url=PAGE, title="Pier closed")

    assert asked(tmp_path, documents=[READOUT | {"url": SAME_PAGE}]) == {
        "same_document": [
            "documents.jsonl:1: url: it has the same address as the document here "
            '("Pier closed"), which is here already'
        ]
    }


def test_two_documents_of_one_bundle_with_one_address_are_asked_about(tmp_path):
    found = asked(tmp_path, documents=[READOUT | {"url": PAGE}, REPORT | {"url": SAME_PAGE}])

    assert found == {"same_document": ["documents.jsonl:2: url: it has the same address as line 1"]}


def test_a_bundle_that_is_imported_again_asks_nothing(tmp_path):
    documents = [READOUT | {"url": PAGE}, REPORT | {"url": PAGE}]
    load(tmp_path, documents=documents)

    assert Document.objects.count() == 2
    assert asked(tmp_path, documents=documents) == {}


def test_retired_and_different_documents_are_not_asked_about(tmp_path):
    make_document(url=PAGE, review_state="retired")
    other = make_document(url=PAGE)
    document = make_document(slug="readout", title=READOUT["title"], kind="readout")
    merging.tell_apart(one=document, other=other, user=make_user(group="editors"))

    assert asked(tmp_path, documents=[READOUT | {"url": PAGE}]) == {}
    assert User.objects.count() == 1


def of(published, said):
    statement = DENIAL | {"said": said}
    document = READOUT | {"published": published}
    return {
        "sources": [SPOKESMAN],
        "claims": [CLAIM],
        "documents": [document],
        "statements": [statement],
    }


def test_a_statement_after_its_document_was_published_is_asked_about(tmp_path):
    assert asked(tmp_path, **of("2023-09-05", "2023-09-07")) == {
        "implausible_date": [
            'statements.jsonl:1: said: "2023-09-07" is after every document that is cited was '
            "published"
        ]
    }
    assert asked(tmp_path, **of("2023-09-06", "2023-09-07")) == {}
    assert asked(tmp_path, **of(None, "2023-09-07")) == {}


def test_a_document_that_is_here_says_when_it_was_published(tmp_path):
    make_document(slug="readout", published="2020-01-01")
    files = of(None, "2023-09-07") | {"documents": []}

    assert list(asked(tmp_path, **files)) == ["implausible_date"]


def test_dates_in_the_future_and_before_publication_are_asked_about(tmp_path):
    found = asked(
        tmp_path,
        documents=[
            READOUT | {"published": "2023-09-07", "retrieved": "2023-09-06"},
            REPORT | {"published": "9000"},
        ],
    )

    assert found == {
        "implausible_date": [
            'documents.jsonl:1: published: "2023-09-07" is after the document was retrieved, '
            "2023-09-06",
            'documents.jsonl:2: published: "9000" is in the future',
        ]
    }


def test_on_the_command_line_what_is_unlikely_is_a_note_and_is_imported(tmp_path):
    make_document(url=PAGE)

    report = load(tmp_path, documents=[READOUT | {"url": PAGE, "published": "9000"}])

    assert not report.dry_run
    assert Document.objects.filter(slug="readout").exists()
    assert set(report.problems.questions) == {"same_document", "implausible_date"}


def test_the_same_words_dated_a_day_apart_are_asked_about(tmp_path):
    files = of("2023-09-30", "2023-09-07")
    twin = DENIAL | {"key": "twin", "said": "2023-09-08"}
    twice = files | {"statements": [*files["statements"], twin]}
    question = "statements.jsonl:{}: said: its words are those of {}, dated a day apart"

    assert asked(tmp_path / "both", **twice) == {"same_statement": [question.format(2, "line 1")]}

    load(tmp_path / "one", **files)
    here = "the statement denial, which is here already"
    assert asked(tmp_path / "other", **files | {"statements": [twin]}) == {
        "same_statement": [question.format(1, here)]
    }
