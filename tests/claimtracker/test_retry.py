"""A write that only another at the same time made fail is tried again."""

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from claims.models import Topic
from claimtracker import retry
from claimtracker.retry import atomic_with_retry

CODES = ["40P01", "40001"]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(retry.time, "sleep", lambda seconds: None)


def fail(code):
    """Let PostgreSQL refuse with a code, as it does for a deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")


def failing(code, *, times):
    """Return a function that writes a topic, fails the first few times, and counts its tries."""

    @atomic_with_retry
    def write(name):
        write.tries += 1
        Topic.objects.create(slug=f"try-{write.tries}", name=name)
        if write.tries <= times:
            fail(code)
        return name.upper()

    write.tries = 0
    return write


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("code", CODES)
def test_a_conflict_is_tried_again_and_leaves_nothing(code):
    assert failing(code, times=2)("Roads") == "ROADS"

    assert [topic.slug for topic in Topic.objects.all()] == ["try-3"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_conflict_at_commit_is_tried_again(monkeypatch):
    commits = []
    commit = connection.commit

    def fail_once():
        commits.append(1)
        if len(commits) == 1:
            connection.rollback()
            raise OperationalError from psycopg.errors.DeadlockDetected()
        commit()

    monkeypatch.setattr(connection, "commit", fail_once)
    atomic_with_retry(Topic.objects.create)(slug="roads", name="Roads")

    assert Topic.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_trying_again_ends():
    write = failing("40P01", times=1000)

    with pytest.raises(OperationalError):
        write("Roads")

    assert write.tries == retry.TRIES


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(
    ("code", "error"), [("23505", IntegrityError), ("57014", OperationalError)]
)
def test_what_is_wrong_in_itself_is_not_tried_again(code, error):
    write = failing(code, times=1000)

    with pytest.raises(error):
        write("Roads")

    assert write.tries == 1


@pytest.mark.django_db
def test_within_a_transaction_only_the_outermost_begins_again():
    write = failing("40P01", times=1)

    with pytest.raises(OperationalError), transaction.atomic():
        write("Roads")

    assert write.tries == 1
