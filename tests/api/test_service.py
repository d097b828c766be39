"""What every answer of the API has besides what was asked for."""

import gzip
import logging

import pytest
import zstandard
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection
from rest_framework.settings import api_settings

from claims.api.views import TopicViewSet
from claimtracker.accounts.actions import make_token
from claimtracker.request_id import WithRequestID
from tests.api.rows import ADDRESSES, WORKED_OUT, make_world
from tests.desk import log_in
from tests.factories import make_claim, make_topic, make_user

pytestmark = pytest.mark.django_db


# Problems


@pytest.mark.parametrize(
    ("address", "asked", "status"),
    [
        ("claims/", {"kind": "nosuch"}, 400),
        ("claims/nosuch/", {}, 404),
        ("nowhere/", {}, 404),
        ("nowhere", {}, 404),
        ("claims/nosuch/positions/", {}, 404),
        ("matrix/", {}, 400),
        ("schema/", {"lang": "ru"}, 400),
        ("claims/", {"format": "pdf"}, 400),
    ],
)
def test_an_error_is_a_problem(client, address, asked, status):
    answer = client.get(f"/api/v1/{address}", asked, follow=True)

    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"] in {"Bad Request", "Not Found"}
    assert problem["detail"]


def test_an_error_is_a_problem_also_outside_of_this_version(client):
    answer = client.get("/api/v2/claims/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_detail_of_a_problem_names_all_that_is_wrong(client):
    problem = client.get("/api/v1/claims/?kind=nosuch&contested=maybe").json()

    assert list(problem["errors"]) == ["kind", "contested"]
    assert problem["detail"].startswith("kind: “nosuch” is none of")
    assert "contested: “maybe” is neither" in problem["detail"]


def test_a_format_that_we_do_not_have_is_a_problem(client):
    answer = client.get("/api/v1/claims/", headers={"accept": "application/pdf"})

    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


def test_a_fault_of_ours_is_a_problem_that_tells_nothing_of_it(client, monkeypatch):
    monkeypatch.setattr(TopicViewSet, "get_queryset", lambda self: 1 / 0)
    client.raise_request_exception = False

    answer = client.get("/api/v1/topics/")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "division" not in answer.text
    assert answer["X-Request-ID"]


def test_a_page_shows_a_problem_as_a_page(client):
    answer = client.get("/api/v1/claims/nosuch/", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert "There is no claim" in answer.text


# What runs away


def test_a_question_that_takes_too_long_is_ended_and_told(client, settings):
    settings.STATEMENT_TIMEOUT = 7
    make_topic()

    def slow(execute, sql, params, many, context):
        if "claims_topic" not in sql:
            return execute(sql, params, many, context)
        execute("SET LOCAL statement_timeout = '20ms'", None, False, context)
        return execute("SELECT pg_sleep(20)", None, False, context)

    with connection.execute_wrapper(slow):
        answer = client.get("/api/v1/topics/")

    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert "longer than the 7 seconds" in answer.json()["detail"]
    assert answer["Retry-After"] == "30"


def test_a_database_that_is_gone_is_told_in_a_problem(client, monkeypatch):
    def gone(self):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(TopicViewSet, "get_queryset", gone)

    answer = client.get("/api/v1/topics/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "lost" not in answer.text


def test_a_wrong_question_of_ours_is_no_overload(client, monkeypatch):
    def wrong(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")

    monkeypatch.setattr(TopicViewSet, "get_queryset", wrong)

    with pytest.raises(DatabaseError, match="nonsense"):
        client.get("/api/v1/topics/")


def test_a_page_that_takes_too_long_is_told_so(client):
    log_in(client, group="editors")

    def slow(execute, sql, params, many, context):
        if "claims_topic" not in sql:
            return execute(sql, params, many, context)
        execute("SET LOCAL statement_timeout = '20ms'", None, False, context)
        return execute("SELECT pg_sleep(20)", None, False, context)

    with connection.execute_wrapper(slow):
        answer = client.get("/admin/claims/topic/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Ask for less" in answer.text


# The name of a request


def test_an_answer_has_the_name_that_its_request_was_given(client):
    answer = client.get("/api/v1/claims/", headers={"x-request-id": "import-7"})

    assert answer["X-Request-ID"] == "import-7"


@pytest.mark.parametrize("given", ["", "a b", "a\nb: c", "é", "x" * 129])
def test_a_request_without_a_name_that_can_be_logged_gets_one(client, given):
    answer = client.get("/api/v1/claims/", headers={"x-request-id": given})

    assert len(answer["X-Request-ID"]) == 32


def test_what_is_logged_during_a_request_has_its_name(client, monkeypatch):
    records = []

    class Kept(logging.Handler):
        def emit(self, record):
            records.append(record)

    handler = Kept()
    handler.addFilter(WithRequestID())
    logging.getLogger("django.request").addHandler(handler)
    try:
        client.get("/api/v1/claims/nosuch/", headers={"x-request-id": "import-7"})
    finally:
        logging.getLogger("django.request").removeHandler(handler)

    assert [record.request_id for record in records] == ["import-7"]


# Not sent again


@pytest.mark.parametrize("address", [*ADDRESSES, *WORKED_OUT, "", "schema/"])
def test_what_did_not_change_is_not_sent_again(client, address):
    make_world()
    tag = client.get(f"/api/v1/{address}")["ETag"]

    again = client.get(f"/api/v1/{address}", headers={"if-none-match": tag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "Authorization" in again["Vary"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_cache_is_told_by_a_304_too_that_what_is_compressed_is_another_answer(client, encoding):
    for _ in range(10):
        make_claim()
    tag = client.get("/api/v1/claims/", headers={"accept-encoding": encoding})["ETag"]

    again = client.get(
        "/api/v1/claims/", headers={"accept-encoding": encoding, "if-none-match": tag}
    )

    assert again.status_code == 304
    assert "Accept-Encoding" in again["Vary"]


def test_what_if_match_does_not_name_is_a_problem(client):
    answer = client.get("/api/v1/claims/", headers={"if-match": '"another"'})

    assert (answer.status_code, answer.json()["status"]) == (412, 412)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["ETag"] in answer.json()["detail"]


def test_when_an_answer_last_changed_is_not_known(client):
    answer = client.get(
        "/api/v1/claims/", headers={"if-unmodified-since": "Sun, 28 Nov 1999 12:00:00 GMT"}
    )

    assert answer.status_code == 200


# In which format


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.6", "application/json"),
        ("application/json;q=0, text/csv;q=0.1", "text/csv"),
        ("text/html;q=0.9, */*;q=0.1", "text/html"),
        ("application/json; charset=utf-8", "application/json"),
        ("*/*", "application/json"),
    ],
)
def test_accept_has_what_it_likes_best(client, accept, sent):
    answer = client.get("/api/v1/claims/", headers={"accept": accept})

    assert answer.status_code == 200
    assert answer["Content-Type"].partition(";")[0] == sent


@pytest.mark.parametrize("accept", ["text/turtle", ",;", "a/" + "b" * 20_000])
def test_a_format_in_the_address_holds_whatever_is_accepted(client, accept):
    address, headers = "/api/v1/claims/", {"accept": accept}

    assert client.get(address, headers=headers).status_code == 406
    assert client.get(f"{address}?format=csv", headers=headers).status_code == 200


def test_what_changed_is_sent_again(client):
    claim = make_claim()
    tag = client.get("/api/v1/claims/")["ETag"]
    claim.text = "The road is closed."
    claim.save()

    again = client.get("/api/v1/claims/", headers={"if-none-match": tag})

    assert again.status_code == 200
    assert again["ETag"] != tag


def test_a_cache_asks_each_time_and_keeps_what_an_account_sees_to_itself(client):
    assert client.get("/api/v1/claims/")["Cache-Control"] == "no-cache"
    log_in(client, group="editors")

    assert client.get("/api/v1/claims/")["Cache-Control"] == "private, no-cache"


# Compressed


@pytest.mark.parametrize(
    ("encoding", "read"),
    [("gzip", gzip.decompress), ("zstd", zstandard.ZstdDecompressor().decompress)],
)
def test_a_long_answer_is_compressed(client, encoding, read):
    for _ in range(10):
        make_claim()
    plain = client.get("/api/v1/claims/")

    small = client.get("/api/v1/claims/", headers={"accept-encoding": encoding})

    assert small["Content-Encoding"] == encoding
    assert len(small.content) < len(plain.content)
    assert read(small.content) == plain.content
    assert "Accept-Encoding" in small["Vary"]


def test_the_tag_of_a_compressed_row_names_the_version_to_change(client):
    log_in(client, group="editors")
    claim = make_claim(text="Ja. " * 200)
    address = f"/api/v1/claims/{claim.slug}/"
    tag = client.get(address, headers={"accept-encoding": "gzip"})["ETag"]

    answer = client.patch(
        address, {"language": "en"}, "application/json", headers={"if-match": tag}
    )

    assert tag.startswith('W/"')
    assert answer.status_code == 200


# Other sites' pages


def test_no_other_site_reads_the_api_unless_it_is_named(client):
    answer = client.get("/api/v1/claims/", headers={"origin": "https://example.org"})

    assert "Access-Control-Allow-Origin" not in answer


def test_a_named_site_reads_the_api_and_never_with_a_session(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://example.org"]

    answer = client.get("/api/v1/claims/", headers={"origin": "https://example.org"})
    asked = client.options(
        "/api/v1/claims/",
        headers={
            "origin": "https://example.org",
            "access-control-request-method": "GET",
            "access-control-request-headers": "authorization",
        },
    )

    assert answer["Access-Control-Allow-Origin"] == "https://example.org"
    assert "Access-Control-Allow-Credentials" not in answer
    assert "authorization" in asked["Access-Control-Allow-Headers"]
    assert asked["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_a_named_site_does_not_read_the_admin(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://example.org"]

    answer = client.get("/admin/login/", headers={"origin": "https://example.org"})

    assert "Access-Control-Allow-Origin" not in answer


# So much, and no more


@pytest.fixture
def rates(monkeypatch):
    cache.clear()
    rates = {"anonymous": "2/min", "account": "3/min"}
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)
    yield rates
    cache.clear()


def bearer(user, name):
    return {"authorization": f"Bearer {make_token(user=user, name=name, days=1)[1]}"}


def statuses(client, times, **headers):
    return [client.get("/api/v1/topics/", headers=headers).status_code for _ in range(times)]


def test_who_asks_too_much_is_told_when_to_ask_again(client, rates):
    assert statuses(client, 2) == [200, 200]

    answer = client.get("/api/v1/topics/")

    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert client.get("/api/v1/topics/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_each_token_has_a_measure_of_its_own(client, rates):
    ben = make_user("ben")
    one, other = bearer(ben, name="one"), bearer(ben, name="other")

    assert statuses(client, 4, **one) == [200, 200, 200, 429]
    assert statuses(client, 4, **other) == [200, 200, 200, 429]
    assert statuses(client, 3) == [200, 200, 429]


def test_an_account_has_one_measure_whatever_its_address(client, rates):
    client.force_login(make_user("ben"))

    assert statuses(client, 4) == [200, 200, 200, 429]
    assert client.get("/api/v1/topics/", REMOTE_ADDR="192.0.2.7").status_code == 429


def test_without_a_rate_there_is_no_limit(client, rates):
    rates["anonymous"] = None

    assert set(statuses(client, 5)) == {200}
