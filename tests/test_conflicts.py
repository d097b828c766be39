"""Whoever is in the way of another's write, and has to begin again, does not see it."""

import json
import sys
import threading
import time
from contextlib import contextmanager, suppress
from io import StringIO

import psycopg
import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connection, transaction

from claims.models import Claim, Statement
from claimtracker import retry
from tests.desk import act, log_in, page, said, save
from tests.factories import make_statement
from tests.waiting import LONG

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

IS_WAITED_FOR = """
SELECT EXISTS (
  SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
)
"""


def look_for_deadlocks_after(time):
    # A superuser's to say; else it is a second for both, which will do on a quiet machine.
    with suppress(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(f"SET deadlock_timeout = '{time}'")


@contextmanager
def another_locks(first, second):
    """Meanwhile, lock the first row, wait until somebody waits for it, then lock the second.

    Who has the second row then, and waits for the first, meets a deadlock. PostgreSQL ends who
    looks for it first: he does three seconds after he began to wait, the other a minute after.
    """
    has_first = threading.Event()
    done = []

    def lock(row):
        list(type(row).objects.filter(pk=row.pk).select_for_update().values_list("pk"))

    def write():
        try:
            look_for_deadlocks_after("1min")
            with transaction.atomic(), connection.cursor() as cursor:
                lock(first)
                has_first.set()
                until = time.monotonic() + LONG
                while time.monotonic() < until:
                    cursor.execute(IS_WAITED_FOR)
                    if cursor.fetchone()[0]:
                        break
                    time.sleep(0.01)
                lock(second)
            done.append(True)
        finally:
            look_for_deadlocks_after("1s")  # others get this connection from the pool
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    has_first.wait(LONG)
    look_for_deadlocks_after("3s")
    yield
    look_for_deadlocks_after("1s")
    thread.join(LONG)
    assert done, "the other was not the one to be ended"


@pytest.fixture
def conflicts(monkeypatch):
    """Return a list that fills with what was tried again."""
    seen, is_conflict = [], retry.is_conflict

    def listen(error):
        seen.append(error)
        return is_conflict(error)

    monkeypatch.setattr(retry, "is_conflict", listen)
    return seen


@pytest.fixture
def statement():
    return make_statement()


def retire_in_its_form(client, claim):
    return client.get(save(client, page(claim), _retire="1", reason="A double.").url)


def retire_from_the_list(client, claim):
    return act(client, Claim, "retire_selected", [claim], reason="A double.")


@pytest.mark.parametrize("retire", [retire_in_its_form, retire_from_the_list])
def test_an_editor_sees_success_once(client, statement, conflicts, retire):
    log_in(client)

    # Retiring locks the claim, and then its statements.
    with another_locks(statement, statement.claim):
        follows = retire(client, statement.claim)

    assert len(conflicts) == 1
    statement.refresh_from_db()
    assert statement.review_state == "retired"
    assert LogEntry.objects.count() == 1
    messages = [str(message) for message in follows.context["messages"]]
    assert "1 published statement retires with it." in messages
    assert len(messages) == len(set(messages))


@pytest.fixture
def one_conflict(monkeypatch):
    """Let the first write fail when all of it but COMMIT is done."""
    check, checked = connection.check_constraints, []

    def fail_once(*args, **kwargs):
        checked.append(1)
        if len(checked) == 1:
            raise OperationalError from psycopg.errors.DeadlockDetected()
        check(*args, **kwargs)

    monkeypatch.setattr(connection, "check_constraints", fail_once)
    return checked


def test_what_a_failed_try_told_an_editor_is_not_said(client, statement, one_conflict):
    log_in(client)

    follows = retire_in_its_form(client, statement.claim)

    assert len(one_conflict) == 2
    assert said(follows).count("was changed successfully") == 1


def test_an_uploaded_file_is_read_from_its_beginning_again(rf, one_conflict):
    request = rf.post("/", {"file": SimpleUploadedFile("a.txt", b"whole")})
    request.session = {}
    read = []

    admin.site.get_model_admin(Claim)._write(
        request, lambda request: read.append(request.FILES["file"].read())
    )

    assert read == [b"whole", b"whole"]


def test_a_fixture_is_loaded_from_its_beginning(statement, conflicts, monkeypatch):
    claim = {"slug": statement.claim.slug, "kind": "fact", "text": "So.", "review_state": "draft"}
    said = {
        "slug": statement.slug,
        "claim": [statement.claim.slug],
        "source": [statement.source.slug],
        "stance": "denies",
    }
    objects = [
        {"model": "claims.claim", "fields": claim},
        {"model": "claims.statement", "fields": said},
    ]
    monkeypatch.setattr(sys, "stdin", StringIO(json.dumps(objects)))

    with another_locks(statement, statement.claim):
        call_command("loaddata", "-", format="json", verbosity=0)

    assert len(conflicts) == 1
    assert Claim.objects.get().text == "So."
    assert Statement.objects.get().stance == "denies"
