"""How long somebody stays logged in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from claimtracker.accounts.models import Session
from claimtracker.accounts.sessions import SessionStore
from tests.factories import make_claim, make_user

pytestmark = pytest.mark.django_db

ADMIN, API = "/admin/claims/claim/", "/api/v1/claims/secret/"


@pytest.fixture
def ada():
    make_claim(slug="secret", review_state="draft")
    return make_user("ada", password="old word", is_staff=True)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def is_logged_in(client):
    """Return whether the admin and the API know who it is; they must agree."""
    statuses = client.get(ADMIN).status_code, client.get(API).status_code
    assert statuses in {(200, 200), (302, 404)}
    return statuses == (200, 200)


def change_password(client):
    words = {"old_password": "old word"} | dict.fromkeys(
        ["new_password1", "new_password2"], "a new word"
    )
    return client.post("/account/password/", words)


def test_sessions_elsewhere_die_with_a_password_change(ada):
    here, elsewhere = browser(ada), browser(ada)

    assert change_password(here).status_code == 302
    assert is_logged_in(here)
    assert not is_logged_in(elsewhere)


def test_sessions_die_when_an_administrator_sets_the_password(ada):
    session = browser(ada)
    ada.set_password("another")
    ada.save()

    assert not is_logged_in(session)


def test_sessions_die_when_the_account_is_closed(ada):
    session = browser(ada)
    ada.is_active = False
    ada.save()

    assert not is_logged_in(session)


def test_signing_out_everywhere_ends_all_sessions_but_this_one(ada):
    here, elsewhere = browser(ada), browser(ada)

    answer = here.post("/account/sign-out-everywhere/", {"password": "old word"})

    assert answer.status_code == 302
    assert is_logged_in(here)
    assert not is_logged_in(elsewhere)
    ada.refresh_from_db()
    assert ada.check_password("old word")


def test_signing_out_everywhere_wants_the_password(ada):
    here, elsewhere = browser(ada), browser(ada)

    answer = here.post("/account/sign-out-everywhere/", {"password": "wrong"})

    assert b"This is not your password." in answer.content
    assert is_logged_in(elsewhere)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client, ada):
    client.post("/api-auth/login/", {"username": "ada", "password": "old word"})

    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 604800)


def test_a_session_writes_with_the_token_of_its_form_only(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post("/account/tokens/", {"name": "x", "days": "30"}).status_code == 403
    assert client.patch(API, {}, content_type="application/json").status_code == 403
    assert ada.tokens.count() == 0


def test_a_session_whose_column_names_another_account_is_still_its_own(client):
    ada, ben = make_user("ada"), make_user("ben")
    client.force_login(ben)
    Session.objects.update(user=ada)

    answer = client.get("/account/")

    assert answer.context["user"] == ben


def test_a_session_from_before_anybody_logged_in_names_nobody(client):
    store = SessionStore()
    store["seen"] = True
    store.save()
    client.cookies["sessionid"] = store.session_key

    assert client.get("/api/v1/claims/").status_code == 200
    assert Session.objects.get().user is None


def test_the_sessions_of_a_deleted_account_go_with_it(client):
    ben = make_user("ben")
    client.force_login(ben)
    ben.delete()

    assert not Session.objects.exists()


# How long it lasts --------------------------------------------------------------------------------


def left(days):
    """Have every session end after so many days."""
    Session.objects.update(expire_date=timezone.now() + timedelta(days=days))


def days_left():
    return (Session.objects.get().expire_date - timezone.now()) / timedelta(days=1)


def test_a_session_in_use_goes_on_for_seven_days_from_its_last_use(ada):
    client = browser(ada)
    left(days=0.1)

    answer = client.get(ADMIN)

    assert days_left() > 6.9
    assert answer.cookies["sessionid"]["max-age"] == 604800


def test_a_session_is_written_once_a_day_and_not_at_each_request(ada):
    client = browser(ada)
    left(days=6.5)

    answer = client.get(ADMIN)

    assert days_left() < 6.6
    assert "sessionid" not in answer.cookies


def test_a_session_that_was_not_used_for_seven_days_has_ended(ada):
    client = browser(ada)
    left(days=-0.1)

    assert not is_logged_in(client)


def test_a_session_of_an_old_password_is_not_made_to_last(ada):
    client = browser(ada)
    ada.set_password("another")
    ada.save()
    left(days=0.1)

    client.get("/api/v1/claims/")

    assert not Session.objects.filter(expire_date__gt=timezone.now() + timedelta(days=1)).exists()
