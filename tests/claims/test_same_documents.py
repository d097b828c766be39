"""One document that is recorded twice: it is one origin, editors are asked, and it is listed."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from claims import merging
from claims.models import Different
from claims.positions.answers import claim_positions
from claims.positions.clocks import Clocks
from sources.models import Document
from tests.desk import errors, log_in, page, save
from tests.factories import (
    make_citation,
    make_document,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db

PAGE = "https://example.org/news/pier"
SAME_PAGE = "http://www.example.org/news/pier/?utm_source=feed#top"
TEXT = "The harbour master said that the pier is closed, and that it will stay closed. " * 4


@pytest.fixture
def editor(client):
    log_in(client)
    return client


def figures(claim, **clocks):
    answer = claim_positions(claim.slug, Clocks(**clocks))
    return answer["tally"]["documents"], answer["tally"]["origins"]


def cite(*documents):
    """Return the claim of a statement that is cited in some documents."""
    statement = make_statement()
    for each in documents:
        make_citation(statement=statement, document=each)
    return statement.claim


# Origins ------------------------------------------------------------------------------------------


def test_three_records_of_one_page_are_three_documents_and_one_origin():
    claim = cite(make_document(url=PAGE), make_document(url=PAGE), make_document(url=SAME_PAGE))

    assert figures(claim) == (3, 1)


def test_one_text_of_one_publisher_is_one_origin_and_of_two_publishers_two():
    one, other = make_source(kind="outlet"), make_source(kind="outlet")
    claim = cite(*(make_document(text=TEXT, publisher=who) for who in (one, one, other)))

    assert figures(claim) == (3, 2)


def test_documents_are_one_origin_over_a_third_until_it_is_out_of_sight():
    outlet = make_source(kind="outlet")
    claim = cite(
        make_document(url=PAGE, published="2020-01-01"),
        make_document(url=SAME_PAGE, text=TEXT, publisher=outlet, published="2022-01-01"),
        make_document(text=TEXT, publisher=outlet, published="2020-01-02"),
    )

    assert figures(claim) == (3, 1)
    assert figures(claim, public_by=timezone.datetime(2021, 1, 1).date()) == (2, 2)


def test_a_draft_makes_no_two_documents_one():
    outlet = make_source(kind="outlet")
    claim = cite(
        make_document(url=PAGE),
        make_document(url=PAGE, text=TEXT, publisher=outlet, review_state="draft"),
        make_document(text=TEXT, publisher=outlet),
    )

    assert figures(claim) == (2, 2)


def test_a_second_record_of_a_document_that_passed_it_on_is_no_origin():
    statement = make_statement()
    origin = make_citation(statement=statement)
    make_citation(statement=statement, document=make_document(url=PAGE), via=origin)
    make_citation(statement=statement, document=make_document(url=SAME_PAGE))

    assert figures(statement.claim) == (3, 1)


def test_records_that_take_it_from_each_other_are_one_origin():
    statement = make_statement()
    other = "https://example.org/other"
    first = make_citation(statement=statement, document=make_document(url=PAGE))
    make_citation(statement=statement, document=make_document(url=other), via=first)
    third = make_citation(statement=statement, document=make_document(url=other + "/"))
    make_citation(statement=statement, document=make_document(url=SAME_PAGE), via=third)

    assert figures(statement.claim) == (4, 1)


def test_documents_that_are_marked_as_different_are_two_origins():
    one, other = make_document(url=PAGE), make_document(url=PAGE)
    claim = cite(one, other)
    merging.tell_apart(one=one, other=other, user=make_user(group="editors"))

    assert figures(claim) == (2, 2)


def test_a_merged_document_stands_for_its_survivor_where_it_was_marked_as_different():
    user = make_user(group="editors")
    merged, survivor, other = (make_document(url=PAGE) for _ in range(3))
    merging.tell_apart(one=merged, other=other, user=user)
    merging.merge(loser=merged, survivor=survivor, user=user, reason="The same article.")

    assert figures(cite(survivor, other)) == (2, 2)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_figure_of_an_earlier_moment_reads_addresses_and_marks_of_then():
    one, other = make_document(url=PAGE), make_document(url=PAGE)
    claim = cite(one, other)
    twice = timezone.now()
    merging.tell_apart(one=one, other=other, user=make_user(group="editors"))
    marked = timezone.now()
    Different.objects.all().delete()
    Document.objects.filter(pk=other.pk).update(url="https://example.org/corrected")

    assert figures(claim, recorded_by=twice) == (2, 1)
    assert figures(claim, recorded_by=marked) == (2, 2)
    assert figures(claim) == (2, 2)


def test_the_answer_names_the_documents_that_count_as_one(client):
    documents = [make_document(url=PAGE, slug=slug) for slug in ("a", "b")]
    claim = cite(*documents, make_document())

    answer = client.get(f"/api/v1/claims/{claim.slug}/positions/").json()

    assert answer["same_documents"] == [["a", "b"]]
    assert "Documents with the same address" in client.get(f"/claims/{claim.slug}/").text


# Questions ----------------------------------------------------------------------------------------


def add(client, **fields):
    given = {"slug": "a-document", "title": "A document", "kind": "article"}
    return client.post(page(Document, "add"), given | fields)


def test_an_editor_is_asked_before_a_second_document_with_the_same_address_is_saved(editor):
    here = make_document(url=PAGE, title="Pier closed")

    response = add(editor, url=SAME_PAGE)

    assert "has the same web address" in "".join(errors(response)["url"])
    assert page(here) in response.text
    assert not Document.objects.filter(slug="a-document").exists()

    assert add(editor, url=SAME_PAGE, confirm_same_document="1").status_code == 302
    assert Document.objects.filter(slug="a-document").exists()


def test_an_editor_is_asked_before_a_second_document_with_the_same_text_is_saved(editor):
    outlet = make_source(kind="outlet")
    make_document(text=TEXT, publisher=outlet)

    response = add(editor, text=TEXT.replace(" ", "\r\n"), publisher=outlet.pk)

    assert "same text" in "".join(errors(response)["text"])
    assert "confirm_same_document" in response.text


def test_an_editor_is_asked_about_a_text_that_is_nearly_one_that_is_here(editor):
    words = [f"word{n}" for n in range(100)]
    make_document(text=" ".join(words))
    words[50] = "corrected"

    response = add(editor, text=" ".join(words))

    assert "nearly the same text" in "".join(errors(response)["text"])
    assert add(editor, text=" ".join(words), confirm_like_document="1").status_code == 302


def test_nobody_is_asked_about_retired_or_merged_documents(editor):
    survivor = make_document()
    make_document(url=PAGE, review_state="retired")
    make_document(url=PAGE, review_state="retired", merged_into=survivor)

    assert add(editor, url=PAGE).status_code == 302


def test_an_editor_is_not_asked_again_where_the_address_stays(editor):
    make_document(url=PAGE)
    document = make_document(url=PAGE, title="Pier", review_state="draft")

    response = save(editor, page(document), title="The pier")

    assert response.status_code == 302


def patch(client, document, **body):
    document.refresh_from_db()
    return client.patch(
        f"/api/v1/documents/{document.slug}/",
        json.dumps(body),
        content_type="application/json",
        headers={"If-Match": f'"{document.version}"'},
    )


def test_the_api_asks_before_a_document_gets_the_address_of_another(editor):
    make_document(url=PAGE)
    document = make_document()

    response = patch(editor, document, link=SAME_PAGE)

    assert response.status_code == 400
    assert '"confirm": ["same_document"]' in response.json()["errors"]["link"][0]
    answer = patch(editor, document, link=SAME_PAGE, confirm=["same_document"])
    assert (answer.status_code, answer.json()["link"]) == (200, SAME_PAGE)


def test_the_api_asks_a_contributor_before_the_change_is_proposed(client):
    log_in(client, "dora", group="contributors")
    make_document(url=PAGE)
    document = make_document()

    assert patch(client, document, link=PAGE).status_code == 400
    assert patch(client, document, link=PAGE, confirm=["same_document"]).status_code == 202


@pytest.mark.parametrize("codes", ["same_document", ["whatever"], [1], {}, None])
def test_the_api_says_which_codes_can_be_confirmed(editor, codes):
    response = patch(editor, make_document(), language="en", confirm=codes)

    assert response.status_code == 400
    assert "confirm" in response.json()["errors"]


def test_documents_that_are_marked_as_different_are_not_asked_about(editor):
    one, other = make_document(url=PAGE), make_document(url="https://example.org/other")
    merging.tell_apart(one=one, other=other, user=make_user("eve", group="editors"))

    assert patch(editor, other, link=PAGE).status_code == 200


# Lists --------------------------------------------------------------------------------------------


def test_likely_duplicates_lists_documents_with_one_address_and_links_to_their_merge(editor):
    one, other = make_document(url=PAGE), make_document(url=SAME_PAGE, title="The pier again")

    home = editor.get(reverse("admin:index")).text
    listed = editor.get(page(Document, "changelist") + "?recorded_twice=yes").text

    assert "The pier again" in home
    assert f"/{other.pk}/merge/?into={one.pk}" in home
    assert one.title in listed
    assert other.title in listed


def test_likely_duplicates_lists_documents_whose_texts_are_nearly_equal(editor):
    words = [f"word{n}" for n in range(100)]
    make_document(text=" ".join(words))
    make_document(text=" ".join([*words, "more"]), title="Longer by a word")

    assert "Longer by a word" in editor.get(reverse("admin:index")).text


def test_likely_duplicates_leaves_out_documents_that_are_marked_as_different(editor):
    one, other = make_document(url=PAGE), make_document(url=PAGE, title="The pier again")
    merging.tell_apart(one=one, other=other, user=make_user("eve", group="editors"))

    assert "The pier again" not in editor.get(reverse("admin:index")).text
    listed = editor.get(page(Document, "changelist") + "?recorded_twice=yes").text
    assert "The pier again" not in listed


def test_a_document_to_merge_with_is_suggested_by_its_address(editor):
    make_document(url=PAGE, title="Pier closed")
    other = make_document(url=SAME_PAGE)

    assert "Pier closed" in editor.get(page(other, "merge")).text
