"""What is drawn at random is what the database takes, and what it then holds."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from hypothesis import given, settings

from tests.claimtracker.full import full_or
from tests.oracle.strategies import (
    apply_changes,
    edtf,
    histories,
    load_world,
    stored_world,
    worlds,
)
from tests.oracle.world import TABLES, World, days_of, key_of

pytestmark = pytest.mark.django_db

few = full_or(10)


@contextmanager
def an_empty_database():
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


def in_order_of_keys(world):
    return World(
        **{name: tuple(sorted(getattr(world, name), key=key_of)) for name in TABLES.values()},
        different=world.different,
    )


@few
@given(worlds())
def test_the_database_takes_every_world_whole(world):
    with an_empty_database():
        load_world(world)

        assert stored_world() == in_order_of_keys(world)


@few
@given(histories())
def test_a_history_written_change_by_change_ends_in_its_last_world(history):
    with an_empty_database():
        for entry in history.entries:
            apply_changes(entry.changes)
            connection.check_constraints()

        assert stored_world() == in_order_of_keys(history.as_of(None))


@few
@given(histories())
def test_each_moment_of_a_history_has_its_world(history):
    for entry in history.entries:
        world = history.as_of(entry.recorded_at)
        assert all(change.applied_to(world) == world for change in entry.changes)


@settings(max_examples=200, deadline=None)
@given(edtf())
def test_the_database_reads_a_date_as_we_do(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(r), upper(r) - 1 FROM edtf_range(%s) r", [text])
        assert cursor.fetchone() == days_of(text)
