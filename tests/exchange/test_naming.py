"""Rows of a spreadsheet that name sources, claims and documents without a key."""

import pytest

from claims.models import Citation, Claim, Statement
from sources.models import Document, Source
from tests.exchange.sheets import load, refusal
from tests.factories import make_claim, make_document, make_source

pytestmark = pytest.mark.django_db

NAMED = {
    "source_name": "The Spokesman",
    "claim_text": "The road is open.",
    "stance": "denied",
    "said": "7 September 2023",
    "document_url": "https://news.example/2023/road",
    "quote": "It is not.",
}


def test_one_row_of_names_is_imported(tmp_path):
    load(tmp_path, NAMED)

    citation = Citation.objects.get()
    statement = citation.statement
    assert (statement.source.slug, statement.source.name) == ("the-spokesman", "The Spokesman")
    assert (statement.claim.slug, statement.claim.kind) == ("the-road-is-open", "fact")
    assert (statement.stance, statement.said) == ("denies", "2023-09-07")
    assert citation.document.url == "https://news.example/2023/road"
    assert citation.document.slug == "news-example-2023-road"


def test_importing_names_twice_changes_nothing(tmp_path):
    load(tmp_path, NAMED)

    assert load(tmp_path, NAMED).changes_nothing()


def test_what_is_here_is_found_by_name_alias_text_and_address(tmp_path):
    make_source(slug="sp", name="X", aliases=["THE SPÓKESMAN"])
    make_claim(slug="c", text="The Road is open.")
    make_document(
        slug="d", url="http://m.news.example/2023/road/?utm_source=x#top", title="Old title"
    )

    report = load(tmp_path, NAMED | {"document_title": "New title", "source_kind": "state"})

    statement = Statement.objects.get()
    assert (statement.source.slug, statement.claim.slug) == ("sp", "c")
    assert statement.citations.get().document.slug == "d"
    assert Document.objects.get().title == "Old title"
    assert Source.objects.get().name == "X"
    assert "is the source sp, which is here" in report.problems.remarks()


def test_a_document_is_found_by_the_address_of_its_archived_copy(tmp_path):
    make_document(slug="d", archived_url=NAMED["document_url"])

    load(tmp_path, NAMED)

    assert Document.objects.get().slug == "d"


def test_one_name_in_two_letter_cases_is_one_new_source(tmp_path):
    load(tmp_path, NAMED, NAMED | {"source_name": "THE SPOKESMAN", "said": "2024"})

    assert Source.objects.get().name == "The Spokesman"
    assert Statement.objects.count() == 2


def test_a_new_key_collides_with_none_that_is_here_or_in_the_file(tmp_path):
    make_source(slug="the-spokesman", name="Somebody else")
    names = [NAMED, NAMED | {"source_name": "The Spokesman!"}, NAMED | {"source_name": "发言人"}]

    load(tmp_path, *names)

    slugs = set(Source.objects.values_list("slug", flat=True))
    assert len(slugs) == 4


def test_a_name_that_means_two_sources_is_asked_about(tmp_path):
    make_source(slug="a", name="The Spokesman")
    make_source(slug="b", aliases=["the spokesman"])

    assert refusal(tmp_path, NAMED)[0] == (
        'statements.csv:2: source_name: "The Spokesman" may be any of a, b: write the key of one'
    )


def test_names_and_addresses_in_the_columns_of_keys_are_understood(tmp_path):
    row = {
        "source": "The Spokesman",
        "claim": "The road is open.",
        "stance": "asserts",
        "document": "https://news.example/road",
        "document_publisher": "The News",
        "quote": "It is.",
    }

    load(tmp_path, row)

    document = Document.objects.get()
    assert (document.url, document.publisher.name) == ("https://news.example/road", "The News")
    assert document.publisher.kind == "outlet"
    assert Claim.objects.get().text == "The road is open."
    assert load(tmp_path, row).changes_nothing()


def test_an_address_says_which_document_another_was_taken_from(tmp_path):
    other = NAMED | {"document_url": "https://other.example/", "via": NAMED["document_url"]}

    load(tmp_path, NAMED, other)

    assert Citation.objects.exclude(via=None).get().via.document.url == NAMED["document_url"]


def test_a_document_without_an_address_is_found_by_title_and_day(tmp_path):
    row = NAMED | {"document_title": "Readout", "document_published": "8 September 2023"}
    del row["document_url"]

    load(tmp_path, row)

    assert load(tmp_path, row).changes_nothing()
    assert not load(tmp_path, row | {"document_published": "2023-09-09"}).changes_nothing()


@pytest.mark.parametrize(
    "written, stored",
    [("Calls for", "asserts"), ("agrees with", "asserts"), ("Rejected", "denies")],
)
def test_the_words_of_the_screen_are_stances(tmp_path, written, stored):
    load(tmp_path, NAMED | {"stance": written, "claim_kind": "Demand"})

    assert Statement.objects.get().stance == stored


def test_rejecting_a_fact_is_not_taken_for_denying_it(tmp_path):
    assert refusal(tmp_path, NAMED | {"stance": "rejects"}) == [
        'statements.csv:2: stance: "rejects" is said of a demand only. Write denies or dismisses'
    ]


def test_kinds_are_taken_as_the_screen_shows_them(tmp_path):
    load(tmp_path, NAMED | {"source_kind": "Government body"})

    assert Source.objects.get().kind == "government-body"


def test_two_rows_that_differ_are_told_with_both_values(tmp_path):
    lines = refusal(
        tmp_path,
        NAMED,
        NAMED | {"document_url": "https://b.example", "note": "b"},
        NAMED | {"document_url": "https://c.example", "note": "c"},
    )

    assert lines == [
        'statements.csv:4: note: "c" is not "b", which row 2 says of the same statement'
    ]
