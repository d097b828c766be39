import pghistory
import psycopg
import pytest
from django.db import connection
from django.db.models import Value
from psycopg_pool import ConnectionPool

from claims.models import Topic
from claimtracker.overload import limit_statements
from claimtracker.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def server_process():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.fixture
def asked(monkeypatch):
    """Return a list that grows whenever the server is asked whether it is still there."""
    found = []

    def ask(one):
        found.append(one)
        one.execute("")

    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(ask))
    return found


def test_a_connection_whose_server_process_ended_is_replaced():
    gone = server_process()
    connection.close()
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [gone])

    assert server_process() != gone


def test_a_connection_that_was_just_used_is_taken_without_asking(asked, monkeypatch):
    monkeypatch.setattr(base, "REST", 3600)  # this machine may be slow
    server_process()
    connection.close()

    server_process()

    assert not asked


def test_a_connection_that_rested_is_asked(asked, monkeypatch):
    server_process()
    connection.close()
    monkeypatch.setattr(base, "REST", -1)

    server_process()

    assert asked


def prepared(words):
    """Return the queries with these words that are prepared on our connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor if words in statement]


def test_a_prepared_cursor_has_its_query_planned_once():
    for n in (1, 2):
        with connection.prepared_cursor() as cursor:
            cursor.execute("SELECT %s::int AS planned_once", [n])
            assert cursor.fetchone() == (n,)

    assert prepared("planned_once") == ["SELECT $1::int AS planned_once"]


def test_other_queries_are_not_prepared():
    for _ in range(10):
        Topic.objects.annotate(never_prepared=Value(1)).first()

    assert prepared("never_prepared") == []


def test_queries_of_a_prepared_cursor_are_counted(django_assert_num_queries):
    with django_assert_num_queries(1), connection.prepared_cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_prepared_cursor_reads_while_history_notes_a_reason():
    with pghistory.context(reason="a test"), connection.prepared_cursor() as cursor:
        cursor.execute("WITH one AS (SELECT 1 AS n) SELECT n FROM one")

        assert cursor.fetchone() == (1,)


def statement_timeout():
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


def test_a_web_server_has_questions_ended_and_a_command_does_not(settings, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "STATEMENT_TIMEOUT", 0)
    settings.STATEMENT_TIMEOUT = 7
    before = statement_timeout()
    try:
        limit_statements()
        after = statement_timeout()
    finally:
        connection.settings_dict["STATEMENT_TIMEOUT"] = 0
        connection.close()
        connection.close_pool()

    assert (before, after) == ("0", "7s")
