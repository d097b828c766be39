"""The reading desk: a document's text with its marks, and statements recorded beside it."""

import html
import re

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.actions import accept
from claims.models import Citation, Claim, Proposal, Statement
from sources.models import Document, Source
from tests.desk import hidden, log_in, page, save
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db

TEXT = "“The road is open,” said the minister.\n\nNobody else said so. It is shut, they say.\n"


@pytest.fixture
def editor(client):
    log_in(client)
    return client


@pytest.fixture
def contributor(client):
    log_in(client, "dora", group="contributors")
    return client


@pytest.fixture
def document():
    return make_document(text=TEXT, language="en")


def desk(document):
    return reverse("admin:sources_document_read", args=[document.pk])


def text_of(response):
    """Return the box with the text of a page, as HTML."""
    shown = response.content.decode()
    return re.search(r'<div class="text"[^>]*>.*(?=</div>\s*<noscript>)', shown, re.S)[0]


def without_markup(markup):
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def send(client, document, **fields):
    """Send the form beside the text: what a test leaves out is a denial of the road's being open.

    Returns what the page is told.
    """
    given = {"quote": "The road is open", "stance": "denies", "said": "2023-09-07"}
    if not {"source", "source_name"} & fields.keys():
        given["source"] = make_source().pk
    if not {"claim", "claim_name"} & fields.keys():
        given["claim"] = make_claim().pk
    sent = {name: value for name, value in (given | fields).items() if value is not None}
    response = client.post(desk(document), sent)
    assert response.status_code == 200
    return response.json()


# Text that may be wrong --------------------------------------------------------------------------


def test_a_quote_from_a_page_in_doubt_is_saved_once_it_was_compared(editor):
    document = make_document(text="One.\n\fIt is shut.", doubts="readers_differ: 2")

    asked = send(editor, document, quote="It is shut")
    send(editor, document, quote="It is shut", untrusted_text="1")

    assert 'name="untrusted_text"' in asked["errors"]["quote"]
    assert "I compared the quote with the document" in asked["errors"]["quote"]
    assert Citation.objects.get().quote == "It is shut"


def test_a_quote_from_another_page_is_saved_without_a_question(editor):
    document = make_document(text="One.\n\fIt is shut.", doubts="readers_differ: 1")

    send(editor, document, quote="It is shut")

    assert Citation.objects.get().quote == "It is shut"


def test_a_quote_across_two_pages_is_found_and_kept_without_the_page_break(editor):
    document = make_document(text="It is\n\fshut.")

    saved = send(editor, document, quote="It is\n\fshut", prefix="\n\f")

    citation = Citation.objects.get()
    assert (citation.quote, citation.prefix) == ("It is\nshut", "\n")
    assert set(saved["lines"]) == {"0", "1"}


@pytest.mark.parametrize("tick", [{}, {"citations-0-untrusted_text": "1"}])
def test_the_form_of_a_statement_asks_about_a_quote_from_a_page_in_doubt(editor, tick):
    document = make_document(text="It is shut.", doubts="right_to_left: 1")
    citation = make_citation(document=document, quote="It")

    response = save(editor, page(citation.statement), **{"citations-0-quote": "It is shut"}, **tick)

    citation.refresh_from_db()
    assert citation.quote == ("It is shut" if tick else "It")
    assert tick or 'name="citations-0-untrusted_text"' in response.content.decode()


def test_a_quote_that_is_there_is_not_asked_about_again(editor):
    document = make_document(text="It is shut.", doubts="right_to_left: 1")
    citation = make_citation(document=document, quote="It is shut")

    save(editor, page(citation.statement), occasion="a briefing")

    citation.statement.refresh_from_db()
    assert citation.statement.occasion == "a briefing"


# The text -----------------------------------------------------------------------------------------


def test_the_text_is_shown_character_by_character(editor):
    words = 'A <b>bold</b> & "quoted" word.\n\n  Indented.\nשלום\n'
    document = make_document(text=words)
    make_citation(document=document, quote='bold</b> & "quoted"')

    assert without_markup(text_of(editor.get(desk(document)))) == words


def test_pages_in_doubt_are_told_at_the_text_and_each_page_is_marked(editor):
    document = make_document(text="One.\n\fTwo.", doubts="readers_differ: 2")

    shown = editor.get(desk(document)).content.decode()

    assert "Page 2: two programs read different text." in shown
    assert 'data-page="Page 1"' in shown and 'data-page="Page 2"' in shown


def test_a_quote_is_marked_by_colour_and_sign_and_links_to_its_statement(editor, document):
    statement = make_statement(
        stance="denies", said="2023-09-07", claim=make_claim(kind="demand", text="Open it.")
    )
    make_citation(document=document, statement=statement, quote="The road is open")

    shown = text_of(editor.get(desk(document)))

    assert '<mark class="quoted stance-denies under-0">The road is open</mark>' in shown
    [sign] = re.findall(r'<a class="quoted-by[^>]*>', shown)
    assert 'data-sign="−"' in sign
    assert f'href="{page(statement)}"' in sign
    assert f"{statement.source} rejects, on 7 September 2023: Open it." in sign


def test_a_quote_within_another_is_a_mark_within_its_mark(editor, document):
    make_citation(document=document, quote="Nobody else said so. It is shut")
    make_citation(document=document, quote="said so")

    shown = text_of(editor.get(desk(document)))

    assert (
        '<mark class="quoted stance-asserts under-1">'
        '<mark class="quoted stance-asserts under-0">said so</mark></mark>'
    ) in shown


def test_two_quotes_of_the_same_words_have_a_sign_each(editor, document):
    for _ in range(2):
        make_citation(document=document, quote="It is shut")

    assert text_of(editor.get(desk(document))).count('class="quoted-by') == 2


def test_a_line_finds_its_own_direction_and_the_text_has_the_language_of_the_document(editor):
    document = make_document(text="שלום\nHello\n", language="he")

    shown = text_of(editor.get(desk(document)))

    assert 'lang="he"' in shown
    assert shown.count('<div class="line" dir="auto"') == 2


def test_a_quote_that_is_not_in_the_text_is_flagged_with_a_link(editor, document):
    citation = make_citation(document=document, quote="The road is closed")

    shown = editor.get(desk(document)).content.decode()

    assert "Not found in the text:" in shown
    assert page(citation) in shown


def test_a_citation_without_a_quote_is_listed_and_not_flagged(editor, document):
    citation = make_citation(document=document)

    shown = editor.get(desk(document)).content.decode()

    assert "without a quote" in shown and page(citation) in shown
    assert "Not found in the text" not in shown


def test_without_a_text_the_page_says_where_to_put_it(editor):
    document = make_document()

    assert f'href="{page(document)}#id_text"' in editor.get(desk(document)).content.decode()


def test_without_a_script_there_is_a_link_to_the_ordinary_form(editor, document):
    shown = editor.get(desk(document)).content.decode()

    assert f"{page(Statement, 'add')}?document={document.pk}" in shown


def test_the_document_page_leads_with_its_text_and_the_quotes_that_are_not_in_it(editor, document):
    make_citation(document=document, quote="The road is closed")

    shown = editor.get(page(document)).content.decode()

    assert shown.index(desk(document)) < shown.index('name="title"')
    assert "The road is closed" in shown[: shown.index('name="title"')]


def test_the_list_of_documents_links_to_those_that_have_a_text(editor, document):
    empty = make_document()

    shown = editor.get(page(Document, "changelist")).content.decode()

    assert desk(document) in shown and desk(empty) not in shown


def test_a_list_of_documents_does_not_load_their_texts(editor, document):
    with CaptureQueriesContext(connection) as queries:
        editor.get(page(Document, "changelist"))

    assert not [each for each in queries if '"sources_document"."text",' in each["sql"]]


def test_the_page_costs_the_same_for_ten_marks_as_for_one(editor, document):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            editor.get(desk(document))
        return len(queries)

    make_citation(document=document, quote="open")
    cost()
    before = cost()
    for _ in range(9):
        make_citation(document=document, quote="open")

    assert cost() == before


def test_an_address_of_no_document_leads_to_the_start(editor):
    assert editor.get("/admin/sources/document/0/read/").status_code == 302


# Whose eyes it is for -----------------------------------------------------------------------------


@pytest.fixture
def onlooker(client):
    """One who may look at documents in the admin, and change none."""
    user = make_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_document"))
    client.force_login(user)
    return client


def test_who_may_not_edit_does_not_see_the_text(onlooker, document):
    answer = onlooker.get(desk(document))

    assert answer.status_code == 403
    assert b"minister" not in answer.content


@pytest.mark.parametrize("where", ["change", "history"])
def test_no_page_shows_the_text_to_who_may_not_edit(onlooker, document, where):
    Document.objects.filter(pk=document.pk).update(text=f"{TEXT}More of it.")

    assert b"minister" not in onlooker.get(page(document, where)).content


def test_the_document_page_does_not_lead_there_who_may_not_edit(onlooker, document):
    shown = onlooker.get(page(document)).content.decode()

    assert desk(document) not in shown and "minister" not in shown


def test_who_may_not_edit_is_offered_nothing(onlooker, document):
    make_claim(text="The road is open.")

    assert onlooker.get(f"{desk(document)}alike/?what=claim&q=road").status_code == 403


def test_a_reader_is_told_nothing_of_the_text(client, document):
    statement = make_statement()
    make_citation(document=document, statement=statement, quote="The road is open")
    lists = ["sources", "documents", "claims", "statements", "relations", "affiliations", "flips"]
    addresses = [
        *(f"/api/v1/{name}/" for name in lists),
        f"/api/v1/documents/{document.slug}/",
        f"/api/v1/documents/{document.slug}/?format=api",
        "/api/v1/documents/?text=minister",
        f"/api/v1/statements/{statement.slug}/",
        f"/api/v1/claims/{statement.claim.slug}/",
        f"/api/v1/claims/{statement.claim.slug}/positions/",
        desk(document),
        f"{desk(document)}alike/",
        page(document),
    ]

    for address in addresses:
        answer = client.get(address)
        told = answer.content.decode() + repr(answer.headers)
        assert "said the minister" not in told and "Nobody else" not in told, address


# Recording ----------------------------------------------------------------------------------------


def test_a_statement_is_recorded_with_its_quote_and_what_stands_around(editor, document):
    source, claim = make_source(), make_claim()

    send(
        editor,
        document,
        source=source.pk,
        claim=claim.pk,
        prefix="“",
        suffix=",” said",
        manner="verbatim",
    )

    citation = Citation.objects.get()
    statement = citation.statement
    assert (citation.document, citation.quote) == (document, "The road is open")
    assert (citation.prefix, citation.suffix, citation.manner) == ("“", ",” said", "verbatim")
    assert citation.language == "en"
    assert (statement.source, statement.claim) == (source, claim)
    assert (statement.stance, statement.said) == ("denies", "2023-09-07")
    assert statement.review_state == "draft"


def test_what_was_recorded_comes_back_as_the_line_with_its_mark(editor, document):
    told = send(editor, document)

    [(number, line)] = told["lines"].items()
    assert number == "0"
    assert '<mark class="quoted stance-denies under-0">The road is open</mark>' in line
    assert f'data-line="{number}"' in line


def test_a_quote_over_two_lines_comes_back_as_both(editor):
    document = make_document(text="One.\nTwo begins\nand ends. Three.\n")

    told = send(editor, document, quote="begins\nand ends")

    assert list(told["lines"]) == ["1", "2"]


def test_a_quote_that_is_not_in_the_text_is_recorded_and_said_to_be_missing(editor, document):
    told = send(editor, document, quote="The road is closed")

    assert told["lines"] == {}
    assert "not in the text" in told["saved"]
    assert "Not found in the text" in told["unmarked"]


def test_a_source_and_a_claim_are_added_in_place(editor, document):
    send(
        editor,
        document,
        source_name="Նիկոլ Փաշինյան",
        source_kind="person",
        claim_name="The road is open.",
        claim_kind="fact",
    )

    source, claim = Source.objects.get(), Claim.objects.get()
    assert (source.name, source.kind, source.review_state) == ("Նիկոլ Փաշինյան", "person", "draft")
    assert (claim.text, claim.kind, claim.review_state) == ("The road is open.", "fact", "draft")
    assert (source.slug, claim.slug) == ("nikol-pashinyan", "the-road-is-open")


def test_a_slug_that_is_taken_gets_a_number(editor, document):
    make_claim(slug="it-is-shut", text="Something else altogether.")

    send(editor, document, claim_name="It is shut!", claim_kind="fact")

    assert Claim.objects.filter(slug="it-is-shut-2").exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"quote": ""}, "quote", "Select the words in the text first."),
        ({"stance": ""}, "stance", "Choose the stance"),
        ({"stance": "shrugs"}, "stance", "not one of the available choices"),
        ({"said": "last week"}, "said", "t read this date"),
        ({"stance": "withdraws", "said": ""}, "said", "Say when it was withdrawn"),
        ({"stance": "asserts", "denies_what": "fact"}, "denies_what", "Only a denial"),
        ({"source": "", "source_name": ""}, "source", "Choose the source"),
        ({"source_name": "Somebody"}, "source", "add “Somebody” as a new source"),
        ({"claim": "0", "claim_name": ""}, "claim", "not one of the available choices"),
        ({"claim": "9" * 30, "claim_name": ""}, "claim", "not one of the available choices"),
        ({"claim_name": "It\0"}, "claim_name", "Null characters"),
        ({"quote": "It\0"}, "quote", "Null characters"),
        ({"order": "9999999999"}, "order", "less than or equal to 2147483647"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_saved(
    editor, document, changes, field, words
):
    told = send(editor, document, **changes)

    assert list(told["errors"]) == [field]
    assert words in told["errors"][field]
    assert not Citation.objects.exists() and not Statement.objects.exists()


def test_all_that_is_wrong_is_said_at_once(editor, document):
    told = send(editor, document, quote="", source="", claim="", said="last week")

    assert set(told["errors"]) == {"quote", "source", "claim", "said"}


def test_where_the_statement_is_refused_no_new_source_is_left_behind(editor, document):
    send(editor, document, source_name="Somebody", source_kind="person", said="last week")

    assert not Source.objects.filter(name="Somebody").exists()


def test_what_is_refused_is_escaped(editor, document):
    told = send(editor, document, source_name="<script>", source_kind="")

    assert (
        "&lt;script&gt;" in told["errors"]["source"] and "<script" not in told["errors"]["source"]
    )


def test_who_may_not_add_a_claim_is_told_so(client, document):
    user = make_user("olga", is_staff=True)
    names = ["change_document", "add_statement", "add_citation", "add_source"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)

    told = send(client, document, claim_name="The road is open.", claim_kind="fact")

    assert "You may not add a claim." in told["errors"]["__all__"]
    assert not Claim.objects.exists()


# Claims and sources that are there already ------------------------------------------------------


@pytest.mark.parametrize("text", ["the road is opened", "The road isn't open."])
def test_a_new_claim_that_is_nearly_there_already_is_asked_about(editor, document, text):
    claim = make_claim(text="The road is open.")
    new = {"claim_name": text, "claim_kind": "fact"}

    told = send(editor, document, **new)
    assert page(claim) in told["errors"]["claim"]
    assert ("Only a negation" in told["errors"]["claim"]) == ("n't" in text)
    assert "saved" in send(editor, document, **new, claim_is_another="1")


def test_a_new_source_that_is_nearly_there_already_is_asked_about(editor, document):
    make_source(name="Jeyhun Bayramov")
    new = {"source_name": "Bayramov, Jeyhun", "source_kind": "person"}

    assert "There is a source like it" in send(editor, document, **new)["errors"]["source"]
    assert "saved" in send(editor, document, **new, source_is_another="1")


def offered(client, document, what, typed):
    answer = client.get(f"{desk(document)}alike/", {"what": what, "q": typed})
    return answer.json()["results"]


def test_sources_are_offered_by_any_of_their_names(editor, document):
    source = make_source(name="Jeyhun Bayramov", aliases=["Джейхун Байрамов"])

    assert offered(editor, document, "source", "джейх") == [
        {
            "id": source.pk,
            "name": "Jeyhun Bayramov",
            "label": "Jeyhun Bayramov (Person)",
            "note": "also “Джейхун Байрамов”",
        }
    ]


def test_a_claim_of_which_only_a_negation_differs_is_offered_with_a_warning(editor, document):
    make_claim(text="The road is open.", review_state="draft")

    [found] = offered(editor, document, "claim", "The road is not open")

    assert found["label"] == "The road is open. (Fact, Draft)"
    assert "says the opposite" in found["note"]


@pytest.mark.parametrize(("what", "typed"), [("claim", "\0"), ("topic", "road"), ("", "")])
def test_nonsense_is_offered_nothing(editor, document, what, typed):
    make_claim(text="The road is open.")

    assert offered(editor, document, what, typed) == []


# A statement that is there already ----------------------------------------------------------------


@pytest.fixture
def same():
    return make_statement(stance="denies", said="2023-09-07", review_state="draft")


def again(client, document, same, **fields):
    ends = {"source": same.source.pk, "claim": same.claim.pk}
    return send(client, document, **ends | fields)


def test_a_statement_like_it_is_offered_the_quote_instead_of_a_double(editor, document, same):
    told = again(editor, document, same)

    assert f'data-add-to="{same.pk}"' in told["offer"]
    assert Statement.objects.count() == 1


def test_a_quote_is_added_to_a_statement_with_the_citation_it_was_taken_from(
    editor, document, same
):
    first = make_citation(statement=same)

    told = again(editor, document, same, add_to=same.pk, via=first.pk)

    assert told["lines"]
    added = same.citations.get(document=document)
    assert (added.via, added.quote) == (first, "The road is open")
    assert Statement.objects.count() == 1


def test_a_citation_of_another_statement_is_refused_as_what_it_was_taken_from(
    editor, document, same
):
    other = make_citation()

    told = again(editor, document, same, add_to=same.pk, via=other.pk)

    assert "Choose a citation of this same statement." in told["errors"]["via"]


def test_a_quote_is_not_added_to_a_statement_that_says_something_else(editor, document, same):
    told = send(editor, document, add_to=same.pk)

    assert list(told["errors"]) == ["add_to"]
    assert not Citation.objects.exists()


def test_a_statement_that_is_cited_from_here_already_is_named_with_its_quote(
    editor, document, same
):
    make_citation(statement=same, document=document, quote="It is shut")

    told = again(editor, document, same)

    assert "It is shut" in told["offer"] and "data-add-to" not in told["offer"]


def test_another_statement_of_that_day_is_recorded_with_an_order(editor, document, same):
    assert "saved" in again(editor, document, same, is_another="1", order="2")
    assert Statement.objects.count() == 2


@pytest.mark.parametrize("changes", [{"said": "2023-09-08"}, {"stance": "questions"}])
def test_another_day_or_stance_is_another_statement(editor, document, same, changes):
    assert "saved" in again(editor, document, same, **changes)


def test_a_quote_that_a_contributor_adds_to_a_published_statement_waits_as_a_proposal(
    contributor, document, same
):
    Statement.objects.filter(pk=same.pk).update(review_state="published")

    told = again(contributor, document, same, add_to=same.pk, prefix="“", manner="verbatim")

    assert "proposed" in told["saved"] and told["lines"] == {}
    assert not Citation.objects.exists()
    accept(proposal=Proposal.objects.get(), user=make_user())
    citation = Citation.objects.get()
    assert (citation.statement, citation.document) == (same, document)
    assert (citation.quote, citation.prefix, citation.manner) == (
        *("The road is open", "“", "verbatim"),
    )


# Publishing ---------------------------------------------------------------------------------------


def test_an_editor_saves_and_publishes(editor, document):
    told = send(editor, document, publish="1")

    assert "Recorded (Published)" in told["saved"]
    assert Statement.objects.get().review_state == "published"


@pytest.mark.parametrize("draft", ["source", "claim"])
def test_what_must_be_published_first_is_said(editor, document, draft):
    ends = {"source": make_source(), "claim": make_claim()}
    row = ends[draft]
    type(row).objects.filter(pk=row.pk).update(review_state="draft")
    sent = {name: each.pk for name, each in ends.items()}

    told = send(editor, document, publish="1", **sent)

    assert f"Publish the {draft} “{row}” first" in told["errors"]["along"]
    assert not Statement.objects.exists()


def test_an_editor_publishes_along_what_it_needs(editor):
    document = make_document(text=TEXT, review_state="draft")

    told = send(
        editor,
        document,
        source_name="Somebody",
        source_kind="person",
        claim_name="The road is open.",
        claim_kind="fact",
        publish="1",
        along="1",
        seen=seen_on(editor, document),
    )

    assert "Recorded (Published)" in told["saved"]
    assert "Published" in told["state"]
    assert Citation.objects.public().count() == 1


def seen_on(client, document):
    """Return what the desk of a document sends to say what it shows of it."""
    return [hidden(client.get(desk(document)))["seen"]]


def test_drafts_that_would_be_published_along_are_shown_first(editor):
    document = make_document(text=TEXT, review_state="draft")
    source = make_source(review_state="draft", name="Somebody")
    make_affiliation(member=source, role="spokesperson", speaks_for=True)
    claim = make_claim(review_state="draft")
    make_relation(from_claim=claim, kind="implies", rationale="So it is.")
    sent = {"source": source.pk, "claim": claim.pk, "publish": "1", "along": "1"}
    seen = seen_on(editor, document)

    told = send(editor, document, **sent, seen=seen)

    assert not Statement.objects.exists()
    assert "spokesperson" in told["along"]
    assert "So it is." in told["along"]
    seen += re.findall(r'name="seen" value="([^"]*)"', told["along"])
    assert "Recorded (Published)" in send(editor, document, **sent, seen=seen)["saved"]


@pytest.mark.parametrize("changed", ["source", "affiliation", "claim", "relation", "document"])
def test_drafts_that_somebody_changed_are_shown_again_before_they_are_published(editor, changed):
    document = make_document(text=TEXT, review_state="draft")
    source = make_source(review_state="draft")
    affiliation = make_affiliation(member=source)
    claim = make_claim(review_state="draft")
    relation = make_relation(from_claim=claim, kind="implies")
    sent = {"source": source.pk, "claim": claim.pk, "publish": "1", "along": "1"}
    seen = seen_on(editor, document)
    told = send(editor, document, **sent, seen=seen)
    seen += re.findall(r'name="seen" value="([^"]*)"', told["along"])
    row, field = {
        "source": (source, "name"),
        "affiliation": (affiliation, "role"),
        "claim": (claim, "text"),
        "relation": (relation, "rationale"),
        "document": (document, "title"),
    }[changed]
    type(row).objects.filter(pk=row.pk).update(**{field: "Unseen words."})

    told = send(editor, document, **sent, seen=seen)

    assert "Unseen words." in told["along"]
    assert not Statement.objects.exists()
    assert not document.__class__.objects.public().exists()


def test_a_statement_whose_document_readers_do_not_see_is_said_to_be_so(editor):
    document = make_document(text=TEXT, review_state="draft")

    told = send(editor, document, publish="1")

    assert "until this document is published" in told["saved"]


def test_nobody_publishes_at_once_where_a_second_pair_of_eyes_is_asked_for(
    editor, document, settings
):
    settings.SECOND_PAIR_OF_EYES = True

    told = send(editor, document, publish="1")

    assert "another editor publishes it" in told["errors"]["__all__"]
    assert not Statement.objects.exists()
    assert "Save and publish" not in editor.get(desk(document)).content.decode()


def test_a_contributor_publishes_nothing(contributor, document):
    told = send(contributor, document, publish="1", along="1")

    assert "Publishing and retiring are for editors" in told["errors"]["__all__"]
    assert not Statement.objects.exists()


def test_a_contributor_records_a_draft_in_a_published_document(contributor, document):
    assert "Recorded (Draft)" in send(contributor, document)["saved"]


def test_what_is_recorded_has_a_history_with_a_name(editor, document):
    send(editor, document)

    event = Statement.pgh_event_models["insert"].objects.get()
    assert event.pgh_context.metadata["user"] == User.objects.get(username="ada").pk


# A claim in the ordinary form ---------------------------------------------------------------------


def add_claim(client, **fields):
    given = {
        "text": "The road is not open.",
        "slug": "a-claim",
        "kind": "fact",
        "review_state": "draft",
    }
    for inline in ("relations_from", "relations_to"):
        given |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    return client.post(page(Claim, "add"), given | fields)


def test_the_form_for_a_claim_asks_about_one_that_is_nearly_there_already(editor):
    claim = make_claim(text="The road is open.")

    shown = add_claim(editor).content.decode()

    assert page(claim) in shown and "Only a negation tells it from" in shown
    assert Claim.objects.count() == 1
    assert add_claim(editor, is_another="1").status_code == 302


def test_the_form_for_a_claim_that_is_there_asks_nothing(editor):
    make_claim(text="The road is open.")
    claim = make_claim(text="The road was open.")
    assert save(editor, page(claim), text="The road is opened.").status_code == 302


def test_who_corrects_a_text_is_told_of_the_quotes_that_it_has_no_more(editor, document):
    for quote in ("The road is open", "It is shut"):
        make_citation(document=document, quote=quote)

    save(editor, page(document), text=TEXT.replace("shut", "closed"))

    told = [str(each) for each in editor.get(page(Document, "changelist")).context["messages"]]
    assert any("A quote is not found in its text" in each for each in told)


# Its text pasted anew -----------------------------------------------------------------------------


def test_the_desk_of_a_text_that_was_pasted_anew_marks_quotes_where_they_are_now(editor, document):
    make_citation(document=document, quote="It is shut")
    gone = make_citation(document=document, quote="Nobody else said so")
    save(editor, page(document), text="Corrected.\r\n\r\nIt is shut, they say.\r\n")

    shown = editor.get(desk(document))

    assert "Corrected." in text_of(shown)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", text_of(shown))[0].endswith("It is shut")
    assert text_of(shown).count("<mark") == 1
    assert shown.context["reading"].unmarked == [gone]


def test_a_quote_recorded_from_the_text_as_it_was_is_looked_for_in_the_new_one(editor, document):
    save(editor, page(document), text="Corrected. The road is open.\n")

    told = send(editor, document, quote="Nobody else said so")

    assert "Nobody else said so" in told["unmarked"]
    document.refresh_from_db()
    assert document.text == "Corrected. The road is open.\n"
