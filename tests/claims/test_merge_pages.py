"""The pages on which editors merge, tell apart and undo; where a merged row leads."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.merging import merge, tell_apart, undo
from claims.models import Citation, Claim, Different, Merge, Statement
from sources.models import Affiliation, Document, Source
from tests.desk import act, confirm, log_in, page, said
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_user,
    settle,
)

pytestmark = pytest.mark.django_db

MAKERS = {"claim": make_claim, "source": make_source, "document": make_document}


@pytest.fixture
def editor(client):
    log_in(client)
    return client


@pytest.fixture
def contributor(client):
    log_in(client, "dora", group="contributors")
    return client


def text(response) -> str:
    return response.content.decode()


def into(loser, survivor) -> str:
    return f"{page(loser, 'merge')}?into={survivor.pk}"


def merged(loser, survivor):
    made = merge(
        loser=loser, survivor=survivor, user=make_user("eve", group="editors"), reason="R."
    )
    settle()
    return made


# The page of a merge ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_an_editor_merges_a_row_into_another(editor, kind):
    loser, survivor = MAKERS[kind](), MAKERS[kind]()

    response = confirm(editor, into(loser, survivor), reason="The same.")

    assert (response.status_code, response.url) == (302, page(survivor))
    loser.refresh_from_db()
    assert loser.merged_into == survivor


def test_the_page_shows_what_moves_and_what_is_dropped(editor):
    loser, survivor = make_claim(), make_claim()
    for _ in range(2):
        make_statement(claim=loser)
    make_relation(from_claim=loser, to_claim=survivor)

    html = text(editor.get(into(loser, survivor)))

    listed = f"{page(Statement, 'changelist')}?claim__id__exact={loser.pk}"
    assert f'<a href="{listed}">2 statements</a>' in html
    assert "1 relation" not in html
    assert "it would be between a row and itself" in html


def test_the_page_shows_where_a_source_would_contradict_itself(editor):
    loser, survivor, claim = make_source(), make_source(), make_claim(text="It is so.")
    make_statement(source=loser, claim=claim, stance="denies", said="2023-09-08")
    make_statement(source=survivor, claim=claim, stance="asserts", said="2023-09-07")

    html = text(editor.get(into(loser, survivor)))

    assert "It would contradict itself" in html
    assert "asserts on 7 September 2023, denies on 8 September 2023" in html


def test_a_contradiction_is_merged_once_it_is_ticked(editor):
    loser, survivor, claim = make_source(), make_source(), make_claim()
    make_statement(source=loser, claim=claim, stance="denies")
    make_statement(source=survivor, claim=claim, stance="asserts")

    html = text(confirm(editor, into(loser, survivor), reason="The same."))
    assert "would contradict itself: look at where" in html
    confirm(editor, into(loser, survivor), reason="The same.", contradicts="on")

    assert Merge.objects.get().loser == loser


def test_a_merge_asks_for_a_reason(editor):
    html = text(confirm(editor, into(make_claim(), make_claim()), reason=" "))

    assert "Say why" in html
    assert not Merge.objects.exists()


def test_what_stands_in_the_way_is_said_instead_of_a_form(editor):
    html = text(editor.get(into(make_claim(), make_claim(review_state="draft"))))

    assert "publish that first" in html
    assert 'name="reason"' not in html


def test_the_page_leads_to_the_other_way_round(editor):
    loser, survivor = make_claim(), make_claim()

    assert into(survivor, loser) in text(editor.get(into(loser, survivor)))


@pytest.mark.parametrize("asked", ["", "?into=", "?into=x", "?into=999999", f"?into={10**30}"])
def test_without_another_row_it_is_asked_for(editor, asked):
    html = text(editor.get(page(make_claim(), "merge") + asked))

    assert "The claim that stays" in html


def test_a_contributor_may_look_and_not_merge(contributor):
    loser, survivor = make_claim(), make_claim()

    html = text(contributor.get(into(loser, survivor)))

    assert "Merging is for editors" in html and "<textarea" not in html
    assert contributor.post(into(loser, survivor), {"reason": "R."}).status_code == 403


def cost(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def fill(loser, survivor, number):
    for _ in range(number):
        make_statement(claim=loser)
        make_relation(from_claim=loser)
        twins = [make_statement(claim=claim, source=make_source()) for claim in (loser, survivor)]
        Statement.objects.filter(pk=twins[0].pk).update(source=twins[1].source)
        for statement in twins:
            make_citation(statement=statement)
        other = make_source()
        make_statement(claim=loser, source=other, stance="denies")
        make_statement(claim=survivor, source=other)
    settle()


def test_a_large_merge_costs_the_queries_of_a_small_one(editor):
    small, large = (make_claim(), make_claim()), (make_claim(), make_claim())
    fill(*small, 2)
    fill(*large, 12)

    assert cost(editor, into(*small)) == cost(editor, into(*large))


# What may be the same -----------------------------------------------------------------------------


def test_a_claim_that_may_be_the_same_is_offered(editor):
    claim = make_claim(text="Azerbaijan is blocking the Lachin corridor.")
    twin = make_claim(text="Azerbaijan is blocking the Lachin corridor!")

    assert f'<a href="?into={twin.pk}">' in text(editor.get(page(claim, "merge")))


def test_a_document_of_the_same_address_is_offered(editor):
    document = make_document(url="https://example.org/1")
    twin = make_document(url="https://example.org/1")

    assert f'<a href="?into={twin.pk}">' in text(editor.get(page(document, "merge")))


def test_what_is_known_to_be_different_is_not_offered_again(editor):
    claim = make_claim(text="Azerbaijan is blocking the Lachin corridor.")
    twin = make_claim(text="Azerbaijan is blocking the Lachin corridor!")

    response = editor.post(into(claim, twin), {"different": "yes", "note": "Of two years."})

    assert (response.status_code, Different.objects.get().note) == (302, "Of two years.")
    assert f"?into={twin.pk}" not in text(editor.get(page(claim, "merge")))
    assert "known to be different" in text(editor.get(into(claim, twin)))


def test_the_page_says_that_what_was_merged_into_one_is_known_to_be_different(editor):
    one, other, survivor = make_claim(), make_claim(), make_claim()
    tell_apart(one=one, other=other, user=make_user("lou", group="editors"))
    merged(one, survivor)

    assert editor.get(into(survivor, other)).context["known_to_differ"]


def test_the_first_page_does_not_offer_what_is_known_to_be_different(editor):
    claim = make_claim(text="Azerbaijan is blocking the Lachin corridor.")
    twin = make_claim(text="Azerbaijan is blocking the Lachin corridor!")
    # What stands in an attribute of a page has its ampersands written out; here are none.
    assert into(twin, claim) in text(editor.get("/admin/"))

    tell_apart(one=claim, other=twin, user=make_user("eve", group="editors"))

    assert into(twin, claim) not in text(editor.get("/admin/"))


def test_an_editor_takes_back_that_two_are_different(editor):
    pair = tell_apart(one=make_claim(), other=make_claim(), user=make_user("eve", group="editors"))

    act(editor, Different, "delete_selected", [pair], post="yes", reason="They are the same.")

    assert not Different.objects.exists()


# From where one comes to it -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_two_ticked_rows_lead_to_their_merge(editor, kind):
    draft, public = MAKERS[kind](review_state="draft"), MAKERS[kind]()
    sent = {"action": "merge_selected", "_selected_action": [draft.pk, public.pk]}

    response = editor.post(page(type(draft), "changelist"), sent)

    assert (response.status_code, response.url) == (302, into(draft, public))


@pytest.mark.parametrize("number", [1, 3])
def test_other_than_two_ticked_rows_are_not_merged(editor, number):
    response = act(editor, Claim, "merge_selected", [make_claim() for _ in range(number)])

    assert "Tick two rows" in said(response)


@pytest.mark.parametrize("kind", MAKERS)
def test_the_page_of_a_row_leads_to_its_merge(editor, kind):
    row = MAKERS[kind]()

    assert page(row, "merge") in text(editor.get(page(row)))


def test_a_contributor_is_not_led_to_a_merge(contributor):
    row = make_claim()

    assert page(row, "merge") not in text(contributor.get(page(row)))


# Where a merged row leads -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_the_page_of_a_merged_row_says_where_it_went_and_leads_to_its_undoing(editor, kind):
    loser, survivor = MAKERS[kind](), MAKERS[kind]()
    made = merged(loser, survivor)

    html = text(editor.get(page(loser)))

    assert f'<a href="{page(survivor)}">{survivor}</a>' in html
    assert page(made, "undo") in html


@pytest.mark.parametrize("kind", MAKERS)
def test_the_address_of_a_merged_row_in_the_api_leads_to_the_survivor(client, kind):
    loser, survivor = MAKERS[kind](slug="old"), MAKERS[kind](slug="new")
    merged(loser, survivor)

    response = client.get(f"/api/v1/{kind}s/old/", headers={"accept": "application/json"})

    assert response.status_code == 308
    assert response["Location"].startswith(f"http://testserver/api/v1/{kind}s/new/")


@pytest.mark.parametrize("kind", MAKERS)
def test_what_was_merged_is_not_offered_where_one_is_chosen(editor, kind):
    loser = MAKERS[kind](slug="one-of-a-kind")
    merged(loser, MAKERS[kind]())
    field = {
        "claim": ("statement", "claim"),
        "source": ("statement", "source"),
        "document": ("citation", "document"),
    }[kind]

    answer = editor.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "claims",
            "model_name": field[0],
            "field_name": field[1],
            "term": "one-of-a-kind",
        },
    )

    assert answer.json()["results"] == []


RECORDED = {
    "a statement on a claim": lambda claim, source, document: Statement(
        claim=claim, source=make_source(), stance="denies"
    ),
    "a statement by a source": lambda claim, source, document: Statement(
        claim=make_claim(), source=source, stance="denies"
    ),
    "an affiliation": lambda claim, source, document: Affiliation(
        member=source, body=make_source()
    ),
    "a document": lambda claim, source, document: Document(
        slug="d", kind="post", title="D", publisher=source
    ),
    "a citation": lambda claim, source, document: Citation(
        statement=make_statement(), document=document
    ),
}


@pytest.mark.parametrize("what", RECORDED)
def test_nothing_new_is_recorded_of_what_was_merged(what):
    gone = {"review_state": "retired"}
    losers = (make(merged_into=make(), **gone) for make in MAKERS.values())

    with pytest.raises(ValidationError, match="It is merged into .*: choose that"):
        RECORDED[what](*losers).full_clean()


# Undoing ------------------------------------------------------------------------------------------


def test_an_editor_undoes_a_merge(editor):
    loser, survivor = make_claim(), make_claim()
    make_statement(claim=loser)
    make_relation(from_claim=loser, to_claim=survivor)
    made = merged(loser, survivor)

    html = text(editor.get(page(made, "undo")))
    assert "1 statement" in html and "Relation: " in html
    response = confirm(editor, page(made, "undo"), reason="Not the same.")

    assert (response.status_code, response.url) == (302, page(loser))
    loser.refresh_from_db()
    assert (loser.merged_into, loser.review_state) == (None, "published")


def test_what_stands_in_the_way_of_undoing_is_said_instead_of_a_form(editor):
    statement = make_statement()
    made = merged(statement.claim, make_claim())
    Statement.objects.update(note="Better.")

    html = text(editor.get(page(made, "undo")))

    assert "Changed since" in html and "<textarea" not in html


def test_undoing_asks_for_a_reason(editor):
    made = merged(make_claim(), make_claim())

    assert "Say why" in text(confirm(editor, page(made, "undo"), reason=""))
    made.refresh_from_db()
    assert made.undone_at is None


def test_a_contributor_may_look_and_not_undo(contributor):
    made = merged(make_claim(), make_claim())

    assert "for editors" in text(contributor.get(page(made, "undo")))
    assert contributor.post(page(made, "undo"), {"reason": "R."}).status_code == 403


# The lists ----------------------------------------------------------------------------------------


def test_what_was_merged_is_listed(editor):
    merged(make_source(name="Baku"), make_source(name="Azerbaijan"))

    html = text(editor.get(page(Merge, "changelist")))

    assert "Baku" in html and "Azerbaijan" in html


def test_what_was_merged_and_deleted_after_its_undoing_is_listed(editor):
    loser, survivor = make_claim(), make_claim()
    made = merged(loser, survivor)
    undo(merge=made, user=made.user, reason="Not the same.")
    tell_apart(one=loser, other=survivor, user=made.user)
    Claim.objects.all().delete()

    lists = page(Merge, "changelist"), page(Different, "changelist")
    for address in (*lists, page(made), page(made, "undo")):
        assert "one that was deleted" in text(editor.get(address))


def test_a_merge_is_not_changed_or_deleted(editor):
    made = merged(make_claim(), make_claim())

    assert editor.get(page(made)).status_code == 200
    assert editor.post(page(made), {"reason": "Other."}).status_code == 403
    assert editor.get(page(made, "delete")).status_code == 403


@pytest.mark.parametrize("model", [Merge, Different])
def test_a_long_list_costs_the_queries_of_a_short_one(editor, model):
    eve = make_user("eve", group="editors")

    def add(number):
        for _ in range(number):
            for make in MAKERS.values():
                one, other = make(), make()
                if model is Merge:
                    merge(loser=one, survivor=other, user=eve, reason="R.")
                else:
                    tell_apart(one=one, other=other, user=eve)

    add(1)
    short = cost(editor, page(model, "changelist"))
    add(4)

    assert cost(editor, page(model, "changelist")) == short


def test_affiliations_and_sources_stay_as_they_are_where_a_merge_is_refused(editor):
    body, loser, survivor = make_source(kind="state"), make_source(), make_source()
    make_affiliation(member=survivor, body=body, since="2020")
    make_affiliation(member=loser, body=body, since="2021")

    html = text(confirm(editor, into(loser, survivor), reason="The same."))

    assert "already has this role there at that time" in html
    assert Source.objects.filter(merged_into__isnull=False).count() == 0
