"""Rows of a spreadsheet that name sources, claims and documents without a key."""

import pytest

from claims.exchange.problems import Answers
from claims.models import Citation, Claim, Statement, Topic
from sources.models import Document, Source
from tests.exchange.bundles import CLAIM
from tests.exchange.bundles import load as load_bundle
from tests.exchange.sheets import load, refusal
from tests.factories import make_claim, make_document, make_source, make_topic

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


# Statements whose date was corrected


DATED = NAMED | {"said": "2023-09"}


def test_a_row_finds_the_statement_whose_date_it_corrects_and_says_so(tmp_path):
    load(tmp_path, DATED)
    before = Statement.objects.get()

    report = load(tmp_path, NAMED)

    after = Statement.objects.get()
    assert (after.pk, after.slug, after.said) == (before.pk, before.slug, "2023-09-07")
    assert f'is the statement {before.slug}, which is here, dated "2023-09" so far' in (
        report.problems.remarks()
    )
    assert report.files["statements"].changed == 1


def test_a_row_of_another_day_is_another_statement(tmp_path):
    load(tmp_path, DATED)

    load(tmp_path, NAMED | {"said": "2023-10-07"})

    assert Statement.objects.count() == 2


@pytest.mark.parametrize(
    "other", [{"quote": "Other words."}, {"stance": "asserts"}, {"source_name": "Another"}]
)
def test_a_row_of_other_words_stance_or_source_is_another_statement(tmp_path, other):
    load(tmp_path, DATED)

    load(tmp_path, NAMED | other)

    assert Statement.objects.count() == 2


def test_a_row_without_a_quote_finds_the_statement_by_its_document(tmp_path):
    load(tmp_path, DATED | {"quote": ""})

    load(tmp_path, NAMED | {"quote": ""})

    assert Statement.objects.get().said == "2023-09-07"


def test_a_row_that_may_correct_several_statements_asks_for_the_key_of_one(tmp_path):
    load(tmp_path, DATED, DATED | {"said": "2023-09-06/2023-09-08"})
    slugs = sorted(Statement.objects.values_list("slug", flat=True))

    (told,) = refusal(tmp_path, NAMED)

    assert f"may be any of the statements {', '.join(slugs)}" in told
    assert told.startswith("statements.csv:2: said:")


def test_a_statement_that_another_row_means_is_not_taken_for_one_with_a_corrected_date(tmp_path):
    load(tmp_path, DATED)

    load(tmp_path, DATED, NAMED)

    assert set(Statement.objects.values_list("said", flat=True)) == {"2023-09", "2023-09-07"}


def test_a_message_about_two_rows_of_a_table_calls_them_rows(tmp_path):
    twin = {"document": "other", "document_kind": "post", "document_title": "Other"}

    report = load(tmp_path, NAMED, twin | {"document_url": NAMED["document_url"]})

    assert "same address as row 2" in report.problems.remarks()


# Rewording


def test_a_table_that_rewords_a_claim_asks_and_unanswered_changes_nothing(tmp_path):
    load(tmp_path, NAMED)
    claim = Claim.objects.get()
    reworded = NAMED | {"claim": claim.slug, "claim_text": "The moon is made of cheese."}

    report = load(tmp_path, reworded, answers=Answers())

    assert (report.dry_run, list(report.problems.questions)) == (True, ["reworded"])
    claim.refresh_from_db()
    assert claim.text == NAMED["claim_text"]
    assert load(tmp_path, NAMED).changes_nothing()


# Topics


@pytest.mark.parametrize(("here", "given"), [("İRAN", "iran"), ("Roads", "ROADS"), ("Ճ", "ճ")])
def test_a_topic_is_found_whatever_its_letter_case(tmp_path, here, given):
    topic = make_topic(name=here)

    load_bundle(tmp_path / "b", claims=[CLAIM | {"topics": [given]}])

    assert list(Claim.objects.get().topics.all()) == [topic]
    assert load_bundle(tmp_path / "b", claims=[CLAIM | {"topics": [given, here]}]).changes_nothing()


def test_a_new_topic_in_two_letter_cases_is_one(tmp_path):
    other = CLAIM | {"key": "other", "text": "It rained.", "topics": ["ROADS", "Rain"]}

    load_bundle(tmp_path / "b", claims=[CLAIM | {"topics": ["Roads"]}, other])

    assert set(Topic.objects.values_list("name", flat=True)) == {"Roads", "Rain"}
