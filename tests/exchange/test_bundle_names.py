"""Rows of a bundle that have a name, text or address in place of a key."""

import pytest

from claims.models import Claim, Statement
from sources.models import Document, Source
from tests.exchange.bundles import load, refusal
from tests.factories import make_claim, make_document, make_source

pytestmark = pytest.mark.django_db

URL = "https://news.example/2023/road"
NAMED = {
    "sources": [{"name": "The Spokesman"}],
    "claims": [{"key": "", "text": "The road is open."}],
    "documents": [{"key": None, "url": URL, "publisher": "The Spokesman"}],
    "statements": [
        {
            "source": "The Spokesman",
            "claim": "The road is open.",
            "stance": "denies",
            "said": "2023-09-07",
            "citations": [{"document": URL, "quote": "It is not."}],
        }
    ],
}


def test_rows_without_keys_are_new_ones_where_none_is_here(tmp_path):
    report = load(tmp_path / "b", **NAMED)

    statement = Statement.objects.get()
    assert (statement.source.slug, statement.source.kind) == ("the-spokesman", "other")
    assert (statement.claim.slug, statement.claim.kind) == ("the-road-is-open", "fact")
    document = statement.citations.get().document
    assert (document.url, document.publisher) == (URL, statement.source)
    assert '"The Spokesman" is a new source: the-spokesman' in report.problems.remarks()


def test_importing_names_twice_changes_nothing(tmp_path):
    load(tmp_path / "b", **NAMED)

    report = load(tmp_path / "b", **NAMED)

    assert report.changes_nothing()
    assert "is the source the-spokesman, which is here" in report.problems.remarks()


def test_rows_without_keys_mean_those_that_are_here(tmp_path):
    source = make_source(name="X", aliases=["THE SPÓKESMAN"])
    claim = make_claim(text="The Road is open.")
    document = make_document(url="http://news.example/2023/road/", title="Old title")

    load(tmp_path / "b", **NAMED)

    statement = Statement.objects.get()
    assert (statement.source, statement.claim) == (source, claim)
    assert statement.citations.get().document == document
    assert (Source.objects.count(), Claim.objects.count(), Document.objects.count()) == (1, 1, 1)


def test_statements_may_name_what_is_here_and_not_in_the_bundle(tmp_path):
    source = make_source(name="The Spokesman")
    make_claim(text="The road is open.")
    make_document(url=URL)

    load(tmp_path / "b", statements=NAMED["statements"])

    assert Statement.objects.get().source == source


@pytest.mark.parametrize("keyless", [{"name": "A b"}, {"key": "", "name": "A b", "kind": "state"}])
def test_a_name_that_several_have_is_refused_with_their_keys(tmp_path, keyless):
    make_source(slug="one", name="A b")
    make_source(slug="two", name="a B")

    (told,) = refusal(tmp_path / "b", sources=[keyless])

    assert told == 'sources.jsonl:1: key: "A b" may be any of one, two: write the key of one'


def test_a_new_key_is_none_that_the_bundle_gives_another_row(tmp_path):
    other = {"key": "the-spokesman", "kind": "person", "name": "Somebody else"}

    load(tmp_path / "b", sources=[{"name": "The Spokesman"}, other])

    assert Source.objects.count() == 2


def test_a_reference_to_a_name_that_is_nowhere_is_refused(tmp_path):
    told = refusal(tmp_path / "b", **NAMED | {"sources": []})

    assert any(each.startswith("statements.jsonl:1: source:") for each in told)
    assert not Statement.objects.exists()


@pytest.mark.parametrize("row", [{}, {"key": ""}, {"name": " "}, {"name": "\0"}, {"name": 5}])
def test_a_row_with_neither_key_nor_name_is_refused(tmp_path, row):
    told = refusal(tmp_path / "b", sources=[row])

    assert any(each.startswith("sources.jsonl:1: ") for each in told)
