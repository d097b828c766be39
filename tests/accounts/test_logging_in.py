"""Attempts to log in: how many, from where, and what those are told who tried too often."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claimtracker.accounts.logins import COOKIE, client_address
from tests.desk import act, log_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db

FORMS = ["/admin/login/", "/api-auth/login/"]
ALLOWED = 6


@pytest.fixture
def ada():
    return make_user("ada", password="right", is_staff=True)


def attempt(client, form="/admin/login/", name="ada", password="wrong", **headers):
    return client.post(form, {"username": name, "password": password}, **headers)


def fail(client, times=ALLOWED, **more):
    for _ in range(times):
        answer = attempt(client, **more)
    return answer


@pytest.mark.parametrize("form", FORMS)
def test_the_right_password_after_a_few_wrong_ones_logs_in(client, ada, form):
    fail(client, ALLOWED - 1, form=form)

    assert attempt(client, form=form, password="right").status_code == 302


@pytest.mark.parametrize("form", FORMS)
def test_after_too_many_failures_the_right_password_does_not_log_in(client, ada, form):
    fail(client, form=form)

    answer = attempt(client, form=form, password="right")

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"Wait 15 minutes" in answer.content
    assert "_auth_user_id" not in client.session


def test_failures_at_one_form_close_the_other(client, ada):
    fail(client, form=FORMS[0])

    assert attempt(client, form=FORMS[1], password="right").status_code == 429


def test_another_browser_at_the_same_address_does_not_count_anew(client, ada):
    for n in range(ALLOWED):
        attempt(client, HTTP_USER_AGENT=f"Browser {n}")

    assert attempt(client, password="right").status_code == 429


def test_others_at_the_same_address_log_in(client, ada):
    make_user("eve", password="right")
    fail(client)

    assert attempt(client, FORMS[1], "eve", "right").status_code == 302


def test_the_same_account_logs_in_from_elsewhere(client, ada):
    fail(client, REMOTE_ADDR="198.51.100.7")

    assert attempt(client, password="right", REMOTE_ADDR="198.51.100.8").status_code == 302


MANY = 60


def storm(client, names=("ada",), addresses=("198.51.100.7",), times=MANY):
    """Fail as often with these names from these addresses, in turn."""
    AccessAttempt.objects.bulk_create(
        AccessAttempt(
            username=names[n % len(names)],
            ip_address=addresses[n % len(addresses)],
            user_agent=str(n),
            failures_since_start=1,
            attempt_time=timezone.now(),
        )
        for n in range(times)
    )


NAMES = [f"name-{n}" for n in range(MANY)]
ADDRESSES = [f"203.0.113.{n}" for n in range(MANY)]


@pytest.mark.parametrize(("times", "status"), [(MANY - 1, 302), (MANY, 429)])
def test_one_address_that_tries_many_accounts_is_closed_to_all(client, ada, times, status):
    storm(client, names=NAMES, times=times)

    here = attempt(client, password="right", REMOTE_ADDR="198.51.100.7")

    assert here.status_code == status


@pytest.mark.parametrize(("times", "status"), [(MANY - 1, 302), (MANY, 429)])
def test_an_account_that_many_addresses_try_is_closed_to_all(client, ada, times, status):
    storm(client, addresses=ADDRESSES, times=times)

    assert attempt(client, password="right").status_code == status


def test_what_is_tried_elsewhere_on_others_closes_nothing(client, ada):
    storm(client, names=NAMES, addresses=ADDRESSES)

    assert attempt(client, password="right").status_code == 302


def test_a_storm_is_forgotten_after_a_while(client, ada):
    storm(client, addresses=ADDRESSES)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15))

    assert attempt(client, password="right").status_code == 302


@pytest.mark.parametrize("names", [NAMES, ["ada"]])
def test_strangers_do_not_keep_a_browser_out_that_has_logged_in(client, ada, names):
    attempt(client, password="right")
    client.post("/admin/logout/")
    storm(client, names=names, addresses=["127.0.0.1"] if names == NAMES else ADDRESSES)

    assert attempt(Client(), password="right").status_code == 429
    assert attempt(client, password="right").status_code == 302


def test_a_browser_that_has_logged_in_guesses_no_more_than_others(client, ada):
    attempt(client, password="right")
    client.post("/admin/logout/")
    fail(client)

    assert attempt(client, password="right").status_code == 429


@pytest.mark.parametrize(
    "given",
    [
        lambda: "",
        lambda: "x",
        lambda: signing.dumps(["x"]),
        lambda: signing.dumps(7, salt=COOKIE),
    ],
    ids=["none", "no signature", "signed for something else", "no list"],
)
def test_a_browser_that_says_so_without_our_word_is_not_known(client, ada, given):
    storm(client, addresses=ADDRESSES)
    client.cookies[COOKIE] = given()

    assert attempt(client, password="right").status_code == 429


def test_a_browser_is_known_to_those_accounts_only_that_it_logged_in_to(client, ada):
    make_user("eve", password="right", is_staff=True)
    attempt(client, name="eve", password="right")
    client.post("/admin/logout/")
    storm(client, addresses=ADDRESSES)

    assert attempt(client, password="right").status_code == 429


def test_a_browser_of_two_accounts_is_known_to_both(client, ada):
    make_user("eve", password="right", is_staff=True)
    for name in ("eve", "ada"):
        attempt(client, name=name, password="right")
        client.post("/admin/logout/")
    storm(client, names=["ada", "eve"], addresses=ADDRESSES, times=2 * MANY)

    for name in ("eve", "ada"):
        assert attempt(client, name=name, password="right").status_code == 302


def test_the_cookie_of_a_known_browser_is_no_script_s_and_names_nobody(client, ada):
    cookie = attempt(client, password="right").cookies[COOKIE]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert "ada" not in signing.loads(cookie.value, salt=COOKIE)
    assert COOKIE not in attempt(Client(), password="wrong").cookies


def test_an_administrator_opens_a_stormed_account_again(client, ada):
    storm(client, addresses=ADDRESSES)
    log_in(client, "olga", group="administrators")

    act(client, User, "let_try_again", [ada])

    assert attempt(Client(), password="right").status_code == 302


def test_an_account_that_does_not_exist_is_answered_like_one_that_does(client, ada):
    assert fail(client, name="nobody").status_code == fail(client).status_code
    assert attempt(client, name="nobody").content == attempt(client).content


def test_logging_in_forgets_the_failures_before(client, ada):
    fail(client, ALLOWED - 1)
    attempt(client, password="right")
    client.logout()
    fail(client, ALLOWED - 1)

    assert attempt(client, password="right").status_code == 302


def test_after_a_while_the_account_is_open_again(client, ada):
    fail(client)
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=15)
    )

    assert attempt(client, password="right").status_code == 302


def test_trying_on_does_not_make_the_wait_longer(client, ada):
    fail(client)
    before = AccessAttempt.objects.get().attempt_time
    fail(client)

    assert AccessAttempt.objects.get().attempt_time == before


def test_a_command_opens_an_account_again(client, ada):
    fail(client)

    call_command("axes_reset_username", "ada", verbosity=0)

    assert attempt(client, password="right").status_code == 302


def test_an_administrator_opens_an_account_again(client, ada):
    fail(client)
    log_in(client, "olga", group="administrators")

    act(client, User, "let_try_again", [ada])

    client.logout()
    assert attempt(client, password="right").status_code == 302


@pytest.mark.parametrize("name", ["\0", "a" * 5000, "\ud800", "Ada\u202e", ""])
def test_an_odd_user_name_is_a_failure_like_others(client, name):
    sent = urlencode({"username": name.encode("utf-8", "surrogatepass"), "password": "x"})
    form = "application/x-www-form-urlencoded"

    assert client.post(FORMS[1], sent, content_type=form).status_code == 200


def test_no_password_is_kept_of_an_attempt(client, ada):
    attempt(client, password="almost right")

    [kept] = AccessAttempt.objects.values()
    assert "almost right" not in str(kept)


@pytest.mark.parametrize("reader", ["anonymous", "ben"])
def test_reading_asks_nothing_about_attempts(client, reader):
    if reader == "ben":
        client.force_login(make_user("ben"))
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/v1/claims/")

    assert not [query for query in captured if "axes" in str(query["sql"])]


# Where an attempt comes from --------------------------------------------------------------------


def address(rf, *, proxy, **meta):
    return client_address(rf.get("/", **meta))


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxy", "found"),
    [
        ("198.51.100.7", None, False, "198.51.100.7"),
        # Without a proxy of ours anybody may write the header.
        ("198.51.100.7", "203.0.113.1", False, "198.51.100.7"),
        ("10.0.0.1", "203.0.113.1", True, "203.0.113.1"),
        # What stands before the proxy's own word is the client's.
        ("10.0.0.1", "127.0.0.1, 203.0.113.1", True, "203.0.113.1"),
        ("10.0.0.1", None, True, "10.0.0.1"),
        ("10.0.0.1", "unknown", True, None),
        ("", None, False, None),
        # A whole /64 is one customer's.
        ("2001:db8:1:2:3:4:5:6", None, False, "2001:db8:1:2::"),
        # Not so all of IPv4, as a server that listens on IPv6 is told of it.
        ("::ffff:203.0.113.1", None, False, "203.0.113.1"),
    ],
)
def test_the_address_of_an_attempt(rf, settings, remote, forwarded, proxy, found):
    settings.BEHIND_TLS_PROXY = proxy
    meta = {"REMOTE_ADDR": remote} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})

    assert client_address(rf.get("/", **meta)) == found


def test_attempts_from_no_address_are_counted_too(client, ada):
    fail(client, REMOTE_ADDR="")

    assert attempt(client, password="right", REMOTE_ADDR="").status_code == 429


def test_a_forged_header_does_not_count_anew(client, ada):
    for n in range(ALLOWED):
        attempt(client, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")

    assert attempt(client, password="right").status_code == 429
