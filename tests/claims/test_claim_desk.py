"""The page of a claim: its statements edited in place, and what follows from its relations."""

import re

import pytest

from tests.desk import errors, filled, log_in, page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ada(client):
    return log_in(client)


def in_place(statement) -> str:
    return f"{page(statement)}?_in_place=1"


def test_each_statement_on_the_page_leads_to_its_form(client):
    statement = make_statement()
    assert f'href="{page(statement)}"' in client.get(page(statement.claim)).content.decode()


def test_the_form_in_place_has_no_page_around_it(client):
    shown = client.get(in_place(make_statement())).content.decode()
    assert "<form" in shown
    assert "<html" not in shown


def test_a_statement_and_its_citation_are_saved_in_place(client):
    citation = make_citation(statement=make_statement(said="2023-09-01"), quote="It is shut.")
    address = in_place(citation.statement)
    given = filled(client.get(address))
    quote = next(name for name in given if name.endswith("-quote"))
    answer = client.post(address, given | {"said": "2023-09-02", quote: "It is closed."})
    assert answer.json() == {"saved": True}
    citation.refresh_from_db()
    citation.statement.refresh_from_db()
    assert (citation.statement.said, citation.quote) == ("2023-09-02", "It is closed.")


def test_what_the_form_in_place_does_not_show_stays(client):
    citation = make_citation(statement=make_statement(), prefix="before", as_named="Ann")
    before = (citation.document_id, citation.statement.claim_id, citation.statement.source_id)
    address = in_place(citation.statement)
    client.post(address, filled(client.get(address)) | {"note": "Seen."})
    citation.refresh_from_db()
    citation.statement.refresh_from_db()
    after = (citation.document_id, citation.statement.claim_id, citation.statement.source_id)
    assert after == before
    assert (citation.prefix, citation.as_named, citation.statement.note) == (
        "before",
        "Ann",
        "Seen.",
    )


def test_an_error_comes_back_with_the_form_and_what_was_typed(client):
    statement = make_statement(said="2023-09-01")
    address = in_place(statement)
    answer = client.post(address, filled(client.get(address)) | {"said": "yesterday"})
    assert "said" in errors(answer)
    assert 'value="yesterday"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_no_input_of_the_form_in_place_has_the_id_of_one_on_the_page(client):
    citation = make_citation()
    shown = client.get(in_place(citation.statement)).content.decode()
    assert 'id="id_' not in shown


def test_a_stale_form_in_place_is_refused_with_both_versions(client):
    statement = make_statement(note="first")
    address = in_place(statement)
    given = filled(client.get(address))
    type(statement).objects.filter(pk=statement.pk).update(note="meanwhile")
    answer = client.post(address, given | {"note": "mine"})
    assert "meanwhile" in answer.content.decode()
    statement.refresh_from_db()
    assert statement.note == "meanwhile"


def test_a_related_claim_is_shown_with_its_tally_and_what_follows(client):
    claim, other = make_claim(text="It rains."), make_claim(text="It is dry.")
    make_statement(claim=other, stance="denies")
    make_relation(from_claim=claim, to_claim=other, kind="contradicts")
    for each in (claim, other):
        shown = client.get(page(each)).content.decode()
        assert "Who holds one of the two true holds the other false." in shown
    shown = client.get(page(claim)).content.decode()
    assert "asserted by 0, denied by 1" in shown


def test_an_implication_reads_the_other_way_from_its_other_end(client):
    claim, other = make_claim(), make_claim()
    make_relation(from_claim=claim, to_claim=other, kind="implies")
    assert "is implied by" not in client.get(page(claim)).content.decode()
    assert "is implied by" in client.get(page(other)).content.decode()


def test_a_position_that_follows_is_shown_with_its_reason(client):
    claim, other = make_claim(text="It rains."), make_claim(text="It pours.")
    make_relation(from_claim=other, to_claim=claim, kind="implies")
    make_statement(claim=other, source=make_source(name="Ann"), said="2023-09-01")
    shown = client.get(page(claim)).content.decode()
    assert "Ann would assert it" in shown


def test_a_source_against_its_own_position_is_named(client):
    claim, other = make_claim(), make_claim()
    make_relation(from_claim=claim, to_claim=other, kind="contradicts")
    ann = make_source(name="Ann")
    make_statement(claim=claim, source=ann)
    make_statement(claim=other, source=ann)
    assert "while what it says of other claims implies" in client.get(page(claim)).content.decode()


def test_a_claim_that_contradicts_itself_shows_by_which_relations(client):
    claim, other = make_claim(text="It rains."), make_claim(text="It pours.")
    make_relation(from_claim=claim, to_claim=other, kind="implies")
    assert "It contradicts itself" not in client.get(page(claim)).content.decode()
    make_relation(from_claim=claim, to_claim=other, kind="contradicts")
    [way] = re.findall(
        r'<ul class="contradicts">(.*?)</ul>', client.get(page(claim)).content.decode()
    )
    assert re.sub(r"<[^>]*>", "", way) == (
        "Who asserts it → (contradicts) denies It pours. → (implies) denies it"
    )


def test_a_quote_that_is_not_in_the_text_is_flagged_wherever_the_citation_is_shown(client):
    document = make_document(title="A briefing", text="The road is open.")
    citation = make_citation(document=document, quote="the road is shut")
    statement = citation.statement
    addresses = [page(row) for row in (statement.claim, statement, citation, document)]
    for address in addresses:
        shown = client.get(address).content.decode()
        assert "ot found in the text" in shown, address
        assert page(document, "read") in shown, address
    type(document).objects.filter(pk=document.pk).update(text="Today “the road is shut,” he said.")
    for address in addresses:
        assert "ot found in the text" not in client.get(address).content.decode(), address


def test_what_follows_from_drafts_is_not_worked_out(client):
    claim = make_claim(review_state="draft")
    make_relation(from_claim=claim)
    assert "once the claim is published" in client.get(page(claim)).content.decode()


def test_a_claim_without_relations_says_so(client):
    assert (
        "No relation to another claim is recorded"
        in client.get(page(make_claim())).content.decode()
    )


def test_the_page_takes_as_many_queries_for_many_rows_as_for_few(
    client, django_assert_max_num_queries, django_assert_num_queries
):
    claim = make_claim()

    def grow(number):
        for _ in range(number):
            make_citation(statement=make_statement(claim=claim))
            other = make_claim()
            make_relation(from_claim=other, to_claim=claim, kind="implies")
            make_statement(claim=other)
        settle()

    grow(3)
    client.get(page(claim))
    with django_assert_max_num_queries(60) as few:
        client.get(page(claim))
    grow(20)
    with django_assert_num_queries(len(few)):
        client.get(page(claim))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fact", ["Asserts", "Denies", "Add a denial"]),
        ("demand", ["Calls for", "Rejects", "Add a rejection"]),
        ("characterisation", ["Agrees", "Disputes", "Add a dispute"]),
    ],
)
def test_the_words_for_the_sides_follow_the_kind_of_claim(client, kind, words):
    claim = make_claim(kind=kind)
    make_statement(claim=claim, stance="denies")
    shown = client.get(page(claim)).content.decode()
    assert [word for word in words if word not in shown] == []
    assert f"</span> {words[1].lower()}" in shown


def test_dates_are_shown_in_words(client):
    statement = make_statement(said="2023-09-07/2023-09-08")
    assert "on 7 or 8 September 2023" in client.get(page(statement.claim)).content.decode()
