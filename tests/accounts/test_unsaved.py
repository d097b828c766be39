"""What was typed by someone who was logged out meanwhile, or is logged in by another account."""

import re

import pytest
from django.test import Client
from django.utils.html import escape

from claims.models import Claim, Statement
from claimtracker.accounts.models import Session
from claimtracker.accounts.unsaved import SAVED
from tests.desk import errors, filled, page
from tests.factories import make_citation, make_claim, make_document, make_statement, make_user

pytestmark = pytest.mark.django_db

WORDS = "The road “is” <b>open</b>.\r\nFor lorries."


@pytest.fixture
def ada():
    return make_user("ada", password="old word", is_staff=True)


def sent_of(answer):
    """Return what the form of a page would send along of what was typed."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown(answer))
    left_out = {"csrfmiddlewaretoken", "next"}
    return {name: value for name, value in found if name not in left_out}


def shown(answer):
    return answer.content.decode()


def form_of(user, row):
    """Return what the form of a row sends, as that user has it open."""
    client = Client()
    client.force_login(user)
    return filled(client.get(page(row)))


LOG_IN = {"_log_in-username": "ada", "_log_in-password": "old word"}


def test_who_is_logged_out_while_typing_logs_in_and_gets_the_form_back(client, ada):
    claim = make_claim(text="The road is shut.")
    sent = form_of(ada, claim) | {"text": "The road is open.", "_draft": "a1"}

    asked = client.post(page(claim), sent)
    again = client.post(page(claim), sent | LOG_IN)

    assert "You were logged out, so nothing was saved yet." in shown(asked)
    assert sent_of(asked)["text"] == "The road is open."
    assert again.context["adminform"].form["text"].value() == "The road is open."
    assert errors(again)[None] == [
        "Nothing was saved yet. This is what you typed: check it, then save."
    ]
    assert Claim.objects.get().text == "The road is shut."
    assert again.context["user"] == ada
    saved = client.post(page(claim), filled(again))
    assert saved.status_code == 302
    assert Claim.objects.get().text == "The road is open."


def test_every_character_of_it_is_kept(client, ada):
    statement = make_statement()
    sent = form_of(ada, statement) | {"note": WORDS}

    asked = client.post(page(statement), sent)

    assert f'name="note" value="{escape(WORDS)}"' in shown(asked)


def test_rows_added_below_come_back_too(client, ada):
    statement = make_statement()
    make_citation(statement=statement, quote="Shut.")
    document = make_document()
    sent = form_of(ada, statement) | {
        "citations-TOTAL_FORMS": "2",
        "citations-1-document": document.pk,
        "citations-1-quote": "It is shut, they say.",
    }

    again = client.post(page(statement), sent | LOG_IN)

    assert "It is shut, they say." in shown(again)
    assert statement.citations.count() == 1
    client.post(page(statement), filled(again))
    assert statement.citations.filter(document=document).exists()


def test_a_wrong_password_keeps_what_was_typed(client, ada):
    claim = make_claim()
    sent = form_of(ada, claim) | {"text": "New."} | LOG_IN | {"_log_in-password": "wrong"}

    asked = client.post(page(claim), sent)

    assert "Please enter the correct username and password" in shown(asked)
    assert sent_of(asked)["text"] == "New."
    assert "wrong" not in sent_of(asked).values()


def test_who_has_no_place_in_the_admin_does_not_come_in_that_way(client):
    make_user("ben", password="old word")
    claim = make_claim()

    asked = client.post(page(claim), {"text": "New."} | LOG_IN | {"_log_in-username": "ben"})

    assert "Please enter the correct username and password for a staff account" in shown(asked)
    assert not Session.objects.exists()


def test_another_account_that_logs_in_is_asked_before_it_saves(client, ada):
    eve = make_user("eve", password="her word", is_staff=True, group="editors")
    claim = make_claim(text="Old.")
    sent = form_of(ada, claim) | {"text": "New.", "_account": ada.pk}
    client.force_login(eve)

    asked = client.post(page(claim), sent)

    assert "You are logged in as eve now" in shown(asked)
    assert Claim.objects.get().text == "Old."
    again = client.post(page(claim), sent_of(asked))
    assert again.context["adminform"].form["text"].value() == "New."
    assert Claim.objects.get().text == "Old."
    client.post(page(claim), filled(again))
    assert Claim.objects.get().text == "New."


def test_another_account_that_logs_in_to_go_on_is_asked_too(client, ada):
    make_user("eve", password="her word", is_staff=True, group="editors")
    claim = make_claim(text="Old.")
    sent = form_of(ada, claim) | {"text": "New.", "_account": ada.pk}
    hers = {"_log_in-username": "eve", "_log_in-password": "her word"}

    asked = client.post(page(claim), sent | hers)

    assert "You are logged in as eve now" in shown(asked)
    assert Claim.objects.get().text == "Old."


def test_a_script_learns_that_nobody_or_another_is_logged_in(client, ada):
    claim = make_claim(text="Old.")
    sent = form_of(ada, claim) | {"text": "New."}
    by_ada = {"headers": {"x-account": str(ada.pk)}}

    assert client.post(page(claim), sent, **by_ada).json() == {"account": None}
    eve = make_user("eve", is_staff=True, group="editors")
    client.force_login(eve)
    answer = client.post(page(claim), sent, **by_ada)
    assert answer.json() == {"account": {"id": eve.pk, "name": "eve"}}
    assert Claim.objects.get().text == "Old."


def test_a_reason_typed_for_another_deed_is_sent_again_on_a_press(client, ada):
    claim = make_claim()
    address = page(claim, "delete")
    sent = {"post": "yes", "reason": "Recorded twice."} | LOG_IN

    asked = client.post(address, sent)

    assert Claim.objects.exists()
    assert sent_of(asked)["reason"] == "Recorded twice."
    assert "_filled_in" not in sent_of(asked)


def test_files_are_named_that_have_to_be_chosen_again(client, ada, tmp_path):
    document = make_document()
    (tmp_path / "words.txt").write_text("Words.")
    with (tmp_path / "words.txt").open("rb") as file:
        asked = client.post(page(document), {"title": "T", "text_file": file})

    assert "choose “words.txt” again" in shown(asked)


# The token of the form ----------------------------------------------------------------------------


def by_browser(client, claim, sent, origin="http://testserver"):
    """Send a form with the token of before the last log-in."""
    client.get("/admin/login/")
    token = "x" * 64
    return client.post(
        page(claim), sent | {"csrfmiddlewaretoken": token}, headers={"origin": origin}
    )


def test_a_page_from_before_the_last_log_in_loses_nothing(ada):
    claim = make_claim(text="Old.")
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    client.get(page(claim))

    answer = by_browser(client, claim, {"text": "New.", "password": "hush"})

    assert answer.status_code == 403
    assert sent_of(answer) == {"text": "New.", "_account": str(ada.pk), "_filled_in": "1"}
    assert "hush" not in shown(answer)
    assert Claim.objects.get().text == "Old."


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_nothing_that_another_site_sends_is_offered_to_be_sent_again(ada, origin):
    claim = make_claim()
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    client.get(page(claim))

    answer = by_browser(client, claim, {"text": "Evil."}, origin)

    assert answer.status_code == 403
    assert "Evil." not in shown(answer)


def test_a_log_in_page_from_before_another_log_in_leads_on(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    client.get("/admin/")
    sent = {"username": "ada", "password": "old word", "next": "/admin/claims/claim/"}

    answer = client.post(
        "/admin/login/",
        sent | {"csrfmiddlewaretoken": "x" * 64},
        headers={"origin": "http://testserver"},
    )

    assert (answer.status_code, answer["location"]) == (302, "/admin/claims/claim/")


# Drafts that are saved ----------------------------------------------------------------------------


def test_the_browser_is_told_which_draft_is_saved(client, ada):
    claim = make_claim()
    client.force_login(ada)
    client.cookies[SAVED] = "before"

    client.post(page(claim), filled(client.get(page(claim))) | {"text": "N.", "_draft": "a1"})

    assert client.cookies[SAVED].value == "before.a1"


def test_the_draft_of_what_is_refused_is_kept(client, ada):
    claim = make_claim()
    client.force_login(ada)

    client.post(page(claim), filled(client.get(page(claim))) | {"text": "", "_draft": "a1"})
    client.post(page(claim, "delete"), {"post": "yes", "reason": "r", "_draft": "a2"})

    assert SAVED not in client.cookies
    assert not Statement.objects.exists()
