import pytest
from django.db import InterfaceError, OperationalError, connection


@pytest.mark.django_db
def test_health_is_200_while_the_database_answers(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_health_asks_the_database_once(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/healthz")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_health_is_503_without_detail_when_the_database_does_not_answer(
    client, monkeypatch, caplog, error
):
    def refuse():
        raise error("could not connect to db.internal as claimtracker")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "close", lambda: None)
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (503, b"unavailable\n")
    assert "db.internal" in caplog.text


@pytest.mark.django_db
def test_no_cache_keeps_the_answer_of_the_health_check(client):
    assert "no-store" in client.get("/healthz")["Cache-Control"]


def test_health_can_only_be_read(client):
    assert client.post("/healthz").status_code == 405
