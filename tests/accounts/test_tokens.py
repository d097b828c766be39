"""Tokens: what a program shows at the API in place of a log-in."""

import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.models import Claim
from claimtracker.accounts.actions import make_token, revoke_tokens
from claimtracker.accounts.models import Token
from tests.desk import act, log_in, page
from tests.factories import make_claim, make_user

pytestmark = pytest.mark.django_db


def token_of(user, name="notebook"):
    return make_token(user=user, name=name, days=30)[1]


@pytest.fixture
def ben():
    return make_user("ben")


def ask(client, secret, path="/api/v1/claims/", **more):
    return client.get(path, headers={"Authorization": f"Bearer {secret}"}, **more)


# What it opens ------------------------------------------------------------------------------------


def test_a_token_reads_where_anonymous_reading_is_closed(client, ben, settings):
    settings.ANONYMOUS_READING = False

    assert ask(client, token_of(ben)).status_code == 200


def test_reading_without_a_token_where_that_is_closed_says_what_is_missing(client, settings):
    settings.ANONYMOUS_READING = False

    answer = client.get("/api/v1/claims/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="claimtracker"'


@pytest.mark.parametrize(("name", "status"), [("ada", 200), ("ben", 404)])
def test_a_token_shows_what_its_user_may_see(client, name, status):
    make_claim(slug="secret", review_state="draft")

    assert ask(client, token_of(make_user(name)), "/api/v1/claims/secret/").status_code == status


@pytest.mark.parametrize("address", ["/admin/", "/admin/claims/claim/", "/account/"])
def test_a_token_opens_neither_the_admin_nor_the_account(client, address):
    root = make_user("root", is_superuser=True, is_staff=True)

    assert ask(client, token_of(root), address).status_code == 302


def test_the_word_bearer_may_be_in_any_case(client, ben):
    headers = {"Authorization": f"bearer {token_of(ben)}"}

    assert client.get("/api/v1/claims/", headers=headers).status_code == 200


def test_a_token_costs_one_query(client, ben):
    secret = token_of(ben)
    ask(client, secret)  # notes that it is used
    with CaptureQueriesContext(connection) as with_token:
        ask(client, secret, "/api/v1/docs/")

    assert len(with_token) == 1


def test_what_is_written_with_a_token_has_the_name_of_its_user_in_the_history(ada_writes):
    answer, ada = ada_writes({"language": "en"})

    assert answer.status_code == 200
    event = Claim.pgh_event_models["update"].objects.latest("pk")
    assert event.pgh_context.metadata["user"] == ada.pk


@pytest.fixture
def ada_writes():
    """Return a function that changes a claim with Ada's token, and no cookie."""

    def write(fields):
        ada, claim = make_user("ada"), make_claim()
        client = Client(enforce_csrf_checks=True)
        headers = {"Authorization": f"Bearer {token_of(ada)}", "If-Match": f'"{claim.version}"'}
        address = f"/api/v1/claims/{claim.slug}/"
        return client.patch(address, fields, content_type="application/json", headers=headers), ada

    return write


# What it does not open ----------------------------------------------------------------------------


def expired(user):
    token, secret = make_token(user=user, name="old", days=1)
    before = timezone.now() - timedelta(days=2)
    Token.objects.filter(pk=token.pk).update(
        created_at=before, expires_at=before + timedelta(days=1)
    )
    return secret


def revoked(user):
    secret = token_of(user)
    revoke_tokens(tokens=user.tokens)
    return secret


def of_a_closed_account(user):
    user.is_active = False
    user.save()
    return token_of(user)


def of_nobody(user):
    return "ct_" + "0" * 64


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (expired, "This token has expired. Make a new one on your account's page."),
        (revoked, "This token was revoked."),
        (of_a_closed_account, "The account of this token is closed."),
        (of_nobody, "There is no such token."),
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/claims/", "/api/v1/schema/?format=json", "/api/v1/x/"]
)
def test_a_token_that_opens_nothing_is_told_why(client, ben, make, why, path):
    answer = ask(client, make(ben), path)

    assert (answer.status_code, answer.json()["detail"]) == (401, why)
    assert answer["WWW-Authenticate"] == (
        f'Bearer realm="claimtracker", error="invalid_token", error_description="{why}"'
    )


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", "ct_x", "\xe9"]
)
def test_another_authorization_is_refused_and_never_ignored(client, ben, header):
    client.force_login(ben)

    answer = client.get("/api/v1/claims/", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.json()["detail"] == "Write it as: Authorization: Bearer ct_..."


def test_a_wrong_token_is_not_overlooked_for_a_session(client, ben):
    client.force_login(ben)

    assert ask(client, "ct_wrong").status_code == 401


@pytest.mark.parametrize("parameter", ["token", "access_token"])
def test_a_token_in_an_address_is_refused(client, ben, parameter):
    assert client.get("/api/v1/claims/", {parameter: token_of(ben)}).status_code == 400


def test_who_sends_many_wrong_tokens_has_to_wait(client, ben):
    for _ in range(60):
        assert ask(client, "wrong").status_code == 401

    answer = ask(client, "wrong")

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    # A broken script next door is no reason to lock out one with a good token.
    assert ask(client, token_of(ben)).status_code == 200


# What is kept of it -------------------------------------------------------------------------------


def test_a_token_is_long_and_random_and_looks_like_one(ben):
    first, second = token_of(ben, "a"), token_of(ben, "b")

    assert first != second
    assert len(first) == 3 + 64 and first.startswith("ct_")


def test_the_database_does_not_have_the_secret(ben):
    secret = token_of(ben)

    assert secret[3:] not in str(list(Token.objects.values()))
    assert not hasattr(Token, "pgh_event_model")


def test_its_last_use_is_noted_at_most_once_an_hour(client, ben):
    secret = token_of(ben)
    ask(client, secret)
    noted = Token.objects.get().last_used_at
    ask(client, secret)

    assert noted is not None
    assert Token.objects.get().last_used_at == noted

    Token.objects.update(last_used_at=noted - timedelta(minutes=61))
    ask(client, secret)

    assert Token.objects.get().last_used_at >= noted


def test_a_token_stands_in_no_log_and_no_error(client, caplog, settings):
    caplog.set_level(logging.DEBUG)
    settings.DEBUG = True
    root = make_user("root", is_superuser=True, is_staff=True)
    secret = token_of(root)

    pages = [
        ask(client, secret, path).content.decode()
        for path in ("/api/v1/claims/?x=1", "/api/v1/claims/x/", "/nowhere", "/admin/")
    ]
    pages.append(ask(client, "ct_wrong").content.decode())

    assert secret not in caplog.text + "".join(pages)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("token_digest_is_a_digest", {"digest": "ct_plain"}),
        ("token_name_says_something", {"name": " "}),
        ("token_expires_after_it_was_made", {"expires_at": timezone.now() - timedelta(days=9)}),
    ],
)
def test_the_database_refuses_a_token_that_is_none(ben, rule, change):
    token_of(ben)

    with pytest.raises(IntegrityError, match=rule):
        Token.objects.update(**change)


def test_the_database_refuses_two_tokens_of_one_name(ben):
    token_of(ben)

    with pytest.raises(IntegrityError, match="token_name_is_its_users_only_one"):
        token_of(ben)


def test_a_name_is_free_again_when_its_token_expired(ben):
    expired(ben)

    assert make_token(user=ben, name="old", days=30)[0].state == "in use"


# On one's own page --------------------------------------------------------------------------------


@pytest.fixture
def own(client, ben):
    client.force_login(ben)
    return client


def make(client, **fields):
    return client.post("/account/tokens/", {"name": "notebook", "days": "90"} | fields)


def test_a_token_is_shown_once_and_works(own, client):
    answer = make(own)

    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in own.get("/account/").content.decode()
    assert ask(client, secret).status_code == 200


def test_a_form_that_is_sent_twice_makes_one_token(own):
    make(own)

    answer = make(own)

    assert b"There is a token of this name" in answer.content
    assert Token.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "\0"},
        {"name": "x" * 101},
        {"days": "36500"},
        {"days": ""},
    ],
)
def test_a_token_that_cannot_be_made_is_refused_at_its_field(own, wrong):
    answer = make(own, **wrong)

    assert answer.context["token_form"].errors.keys() == wrong.keys()
    assert not Token.objects.exists()


def test_a_forged_user_is_no_user(own, ben):
    root = make_user("root", is_superuser=True)

    make(own, user=root.pk)

    assert Token.objects.get().user == ben


def test_a_user_revokes_his_own_token(own, client, ben):
    secret = token_of(ben)

    own.post(f"/account/tokens/{ben.tokens.get().pk}/revoke/")

    assert ask(client, secret).status_code == 401
    assert "revoked" in own.get("/account/").content.decode()


def test_a_user_sees_and_revokes_no_token_of_others(own):
    token, secret = make_token(user=make_user("ada"), name="of Ada", days=30)

    assert own.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert Token.objects.get().revoked_at is None
    assert "of Ada" not in own.get("/account/").content.decode()


def test_signing_out_everywhere_revokes_the_tokens(client):
    eve = make_user("eve", password="a word")
    secret = token_of(eve)
    client.force_login(eve)

    client.post("/account/sign-out-everywhere/", {"password": "a word"})

    assert ask(client, secret).status_code == 401


def test_many_tokens_cost_the_page_the_same_queries_as_one(own, ben):
    token_of(ben)
    with CaptureQueriesContext(connection) as once:
        own.get("/account/")
    for n in range(9):
        token_of(ben, f"{n}")
    with CaptureQueriesContext(connection) as again:
        own.get("/account/")

    assert len(again) == len(once)


@pytest.mark.parametrize("address", ["", "password/", "tokens/", "sign-out-everywhere/"])
def test_who_is_not_logged_in_is_asked_to(client, address):
    answer = client.get(f"/account/{address}")

    assert answer["Location"] == f"/api-auth/login/?next=/account/{address}"


# For others, in the admin -------------------------------------------------------------------------


@pytest.fixture
def administrator(client):
    return log_in(client, "olga", group="administrators")


def test_an_administrator_makes_a_token_for_an_analyst(client, administrator, ben):
    answer = client.post(page(Token, "add"), {"user": ben.pk, "name": "notebook", "days": "30"})

    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert ben.tokens.get().state == "in use"
    client.logout()
    assert ask(client, secret).status_code == 200


def test_an_administrator_makes_no_token_for_who_may_do_more(client, administrator):
    root = make_user("root", is_superuser=True)

    answer = client.post(page(Token, "add"), {"user": root.pk, "name": "x", "days": "30"})

    assert "user" in answer.context["adminform"].form.errors
    assert not Token.objects.exists()


def test_an_administrator_revokes_tokens_of_those_who_may_do_no_more(client, administrator, ben):
    token_of(ben)
    token_of(make_user("root", is_superuser=True))

    answer = act(client, Token, "revoke_selected", Token.objects.all())

    assert [token.user.username for token in Token.objects.filter(revoked_at=None)] == ["root"]
    assert "1 revoked." in answer.content.decode()
    assert "1 stay: their users may do more than you" in answer.content.decode()


def test_a_token_of_a_name_that_is_taken_is_refused_in_the_admin(client, administrator, ben):
    token_of(ben)

    answer = client.post(page(Token, "add"), {"user": ben.pk, "name": "notebook", "days": "30"})

    assert "name" in answer.context["adminform"].form.errors


def test_ten_tokens_cost_the_list_the_same_queries_as_one(client, administrator, ben):
    token_of(ben)
    with CaptureQueriesContext(connection) as once:
        client.get(page(Token, "changelist"))
    for n in range(9):
        token_of(make_user(f"u{n}"))
    with CaptureQueriesContext(connection) as again:
        client.get(page(Token, "changelist"))

    assert len(again) == len(once)


# The description ----------------------------------------------------------------------------------


def test_the_schema_says_how_a_token_is_sent(client):
    schema = client.get("/api/v1/schema/", {"format": "json"}).json()

    described = schema["components"]["securitySchemes"]["token"]
    assert (described["type"], described["scheme"]) == ("http", "bearer")
    assert {"token": []} in schema["paths"]["/api/v1/claims/"]["get"]["security"]
