"""A claim whose text comes to say something else while statements stand on it."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from claims import actions
from claims.exchange.importing import Answers, Bundle, import_given
from claims.exchange.problems import BundleError
from claims.models import Claim, Rewording, Statement
from claimtracker.history import History
from claimtracker.reverting import revert
from tests.desk import errors, log_in, page, save
from tests.exchange.bundles import CLAIM, WORLD, load, write
from tests.factories import (
    make_claim,
    make_relation,
    make_statement,
    make_user,
    settle,
)

pytestmark = pytest.mark.django_db

BLOCKING = "Baku is blocking the T30 road."
OPPOSITE = "Baku is not blocking the T30 road."
OTHER = "The moon is made of cheese."


@pytest.fixture
def claim():
    """A claim that one source asserts and another denies."""
    row = make_claim(slug="t30", text=BLOCKING)
    make_statement(slug="a", claim=row, stance="asserts")
    make_statement(slug="d", claim=row, stance="denies", denies_what="fact")
    return row


def stances():
    return dict(Statement.objects.values_list("slug", "stance"))


AS_BEFORE = {"a": "asserts", "d": "denies"}
REVERSED = {"a": "denies", "d": "asserts"}


# The API -----------------------------------------------------------------------------------------


def patch(client, claim, **fields):
    claim.refresh_from_db()
    return client.patch(
        f"/api/v1/claims/{claim.slug}/",
        fields,
        content_type="application/json",
        headers={"if-match": f'"{claim.version}"'},
    )


@pytest.mark.parametrize("text", [OPPOSITE, OTHER])
def test_the_api_refuses_a_text_that_says_something_else_and_says_how_to_go_on(client, claim, text):
    log_in(client)

    answer = patch(client, claim, text=text)

    assert answer.status_code == 400
    [message] = answer.json()["errors"]["text"]
    assert message.startswith("2 statements are on this claim, and the new text")
    assert '"reworded": "reverse"' in message
    claim.refresh_from_db()
    assert claim.text == BLOCKING


@pytest.mark.parametrize(("answer", "after"), [("reverse", REVERSED), ("still_hold", AS_BEFORE)])
def test_the_api_does_what_the_answer_says(client, claim, answer, after):
    log_in(client)

    assert patch(client, claim, text=OPPOSITE, reworded=answer).status_code == 200

    assert stances() == after
    [noted] = Rewording.objects.unchecked()
    assert (noted.before, noted.after, noted.answer) == (BLOCKING, OPPOSITE, answer)
    assert Statement.objects.get(slug="d").denies_what == ("" if answer == "reverse" else "fact")


def test_the_api_refuses_an_answer_that_there_is_not(client, claim):
    log_in(client)

    answer = patch(client, claim, text=OPPOSITE, reworded="whatever")

    assert "reverse, still_hold" in answer.json()["errors"]["reworded"][0]


def test_a_small_correction_is_not_asked_about(client, claim):
    log_in(client)

    assert patch(client, claim, text="Baku is blocking the T30 road").status_code == 200
    assert not Rewording.objects.exists()


def test_a_claim_without_statements_is_reworded_freely(client):
    log_in(client)

    assert patch(client, make_claim(text=BLOCKING), text=OTHER).status_code == 200


@pytest.mark.parametrize("fields", [{"stance": "dismisses"}, {"stance": "questions"}])
def test_stances_without_an_opposite_are_not_reversed(client, claim, fields):
    log_in(client)
    make_statement(claim=claim, **fields)

    answer = patch(client, claim, text=OPPOSITE, reworded="reverse")

    assert "1 statement here dismisses or questions" in answer.json()["errors"]["text"][0]


def test_a_denial_of_responsibility_is_not_reversed(client, claim):
    log_in(client)
    make_statement(claim=claim, stance="denies", denies_what="responsibility")

    assert patch(client, claim, text=OPPOSITE, reworded="reverse").status_code == 400
    assert patch(client, claim, text=OPPOSITE, reworded="still_hold").status_code == 200


def test_a_claim_with_relations_is_not_reversed(client, claim):
    log_in(client)
    make_relation(from_claim=claim)

    answer = patch(client, claim, text=OPPOSITE, reworded="reverse")

    assert "the claim has 1 relation" in answer.json()["errors"]["text"][0]


@pytest.mark.parametrize("stance", ["withdraws", "comments", "silent", "undeclared"])
def test_what_takes_no_side_stays_where_the_others_are_reversed(client, claim, stance):
    log_in(client)
    make_statement(slug="other", claim=claim, stance=stance, said="2023-09-01")

    patch(client, claim, text=OPPOSITE, reworded="reverse")

    assert stances() == REVERSED | {"other": stance}


# The form ----------------------------------------------------------------------------------------


def test_the_form_asks_and_saves_with_an_answer(client, claim):
    log_in(client)

    asked = save(client, page(claim), text=OPPOSITE)
    html = asked.content.decode()

    assert "the new text says the opposite of the old one" in errors(asked)["text"][0]
    assert 'name="reworded" value="reverse"' in html
    assert stances() == AS_BEFORE

    save(client, page(claim), text=OPPOSITE, reworded="reverse", reworded_text=OPPOSITE)

    claim.refresh_from_db()
    assert (claim.text, stances()) == (OPPOSITE, REVERSED)


def test_an_answer_to_another_text_does_not_count(client, claim):
    log_in(client)

    asked = save(client, page(claim), text=OTHER, reworded="reverse", reworded_text=OPPOSITE)

    assert errors(asked)["text"]
    assert stances() == AS_BEFORE


def test_a_reworded_claim_is_to_do_until_an_editor_marks_it_as_checked(client, claim):
    log_in(client)
    patch(client, claim, text=OPPOSITE, reworded="still_hold")

    def to_do():
        lists = client.get(reverse("admin:index")).context["worklists"]
        [found] = [each for each in lists if each.title == "Reworded claims"]
        return [item.text for item in found.items]

    assert to_do() == [f"{BLOCKING} → {OPPOSITE}"]
    assert "I compared each statement" in client.get(page(claim)).content.decode()

    save(client, page(claim), reworded_checked=Rewording.objects.get().pk)

    assert to_do() == []
    assert Rewording.objects.get().checked_by.username == "ada"


# Proposals and reverts ----------------------------------------------------------------------------


def test_the_editor_who_accepts_a_proposal_is_asked(claim):
    author, editor = make_user("dora", group="contributors"), make_user("eve", group="editors")
    proposal = actions.propose(target=claim, fields={"text": OPPOSITE}, author=author)

    with pytest.raises(ValidationError, match="says the opposite"):
        actions.accept(proposal=proposal, user=editor)

    actions.accept(proposal=proposal, user=editor, answers={"reworded": "reverse"})
    claim.refresh_from_db()
    assert (claim.text, stances()) == (OPPOSITE, REVERSED)


def test_the_page_of_a_proposal_asks(client, claim):
    author = make_user("dora", group="contributors")
    proposal = actions.propose(target=claim, fields={"text": OPPOSITE}, author=author)
    log_in(client)
    address = reverse("admin:claims_proposal_change", args=[proposal.pk])
    given = {"_accept": "1", "seen": client.get(address).context["seen"]}

    asked = client.post(address, given).content.decode()
    assert 'name="reworded" value="still_hold"' in asked

    client.post(address, given | {"reworded": "reverse"})
    assert stances() == REVERSED


def test_a_revert_of_the_text_asks_too(client, claim):
    user = log_in(client)
    first = History(Claim, claim.pk).entries[0].key
    patch(client, claim, text=OPPOSITE, reworded="reverse")
    given = {"model": Claim, "pk": claim.pk, "to": first, "user": user, "reason": "Back."}
    given["seen"] = History(Claim, claim.pk).seen

    with pytest.raises(ValidationError, match="says the opposite"):
        revert(**given)

    revert(**given, answers={"reworded": "reverse"})
    assert stances() == AS_BEFORE


# Bundles -----------------------------------------------------------------------------------------

CLOSED = CLAIM | {"text": "The road is not open."}


def test_a_bundle_is_refused_until_it_says_what_becomes_of_the_statements(tmp_path):
    load(tmp_path, **WORLD)

    with pytest.raises(BundleError, match=r"claims.jsonl:1: text: 1 statement is on this claim"):
        load(tmp_path / "next", claims=[CLOSED])

    assert Claim.objects.get().text == CLAIM["text"]


@pytest.mark.parametrize(("answer", "stance"), [("reverse", "asserts"), ("still_hold", "denies")])
def test_a_bundle_does_what_the_answer_says(tmp_path, answer, stance):
    load(tmp_path, **WORLD)

    import_given(
        given=Bundle(write(tmp_path / "next", claims=[CLOSED])),
        answers=Answers(asks=False, reworded=answer),
    )

    assert Statement.objects.get().stance == stance
    assert Rewording.objects.get().answer == answer


def test_a_statement_of_the_bundle_keeps_the_stance_that_it_has_there(tmp_path):
    load(tmp_path, **WORLD)

    import_given(
        given=Bundle(write(tmp_path / "next", **WORLD | {"claims": [CLOSED]})),
        answers=Answers(asks=False, reworded="reverse"),
    )

    assert Statement.objects.get().stance == "denies"


# What readers see ---------------------------------------------------------------------------------


def test_readers_see_how_a_claim_was_worded_before(client, claim):
    Claim.objects.filter(pk=claim.pk).update(text=OPPOSITE)
    settle()

    [wording] = client.get("/api/v1/claims/t30/").json()["wordings"]
    html = client.get("/claims/t30/").content.decode()

    assert wording["text"] == BLOCKING
    assert wording["until"].endswith("Z")
    assert f"Worded until {wording['until'][8:10].lstrip('0')} " in html
    assert BLOCKING in html


def test_readers_do_not_see_how_a_draft_was_worded(client, claim):
    draft = make_claim(text="A secret.", review_state="draft", slug="draft")
    Claim.objects.filter(pk=draft.pk).update(text="Public.")
    Claim.objects.filter(pk=draft.pk).update(review_state="published")

    assert client.get("/api/v1/claims/draft/").json()["wordings"] == []
