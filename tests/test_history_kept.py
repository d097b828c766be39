"""What keeps the history cannot be emptied or rewritten by accident, and gaps in it are found."""

from io import StringIO

import pghistory
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pghistory.models import Context

from claims.models import Change, ChangeSubject, Claim
from claimtracker.events import event_models
from claimtracker.explain import explain
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_statement,
    make_topic,
    make_user,
    settle,
)

pytestmark = pytest.mark.django_db

KEPT = [
    *(each._meta.db_table for pair in event_models().items() for each in pair),
    *(each._meta.db_table for each in (Context, Change, ChangeSubject)),
]
TWO_TRANSACTIONS = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def sql(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)


# TRUNCATE -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", KEPT)
def test_postgresql_refuses_to_empty(table):
    with (
        pytest.raises(IntegrityError, match="history_is_not_truncated") as refused,
        transaction.atomic(),
    ):
        sql(f"TRUNCATE {table} CASCADE")

    assert "manage.py flush" in explain(refused.value)


@TWO_TRANSACTIONS
def test_flush_empties_all_of_it():
    make_claim()

    call_command("flush", interactive=False, verbosity=0)

    assert not Claim.objects.exists()
    assert not apps.get_model("claims.ClaimEvent").objects.exists()
    with pytest.raises(IntegrityError, match="history_is_not_truncated"):
        sql("TRUNCATE claims_claim CASCADE")


# Who, and why -------------------------------------------------------------------------------------


def a_context():
    with transaction.atomic(), pghistory.context(user=make_user("dora").pk, reason="First."):
        make_claim()
    return Context.objects.get()


@TWO_TRANSACTIONS
@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE pghistory_context SET metadata = jsonb_set(metadata, '{user}', '1')",
        "UPDATE pghistory_context SET created_at = now()",
        "DELETE FROM pghistory_context",
    ],
)
def test_nobody_rewrites_who_did_something_and_why(deed):
    before = a_context().metadata

    with pytest.raises(IntegrityError, match="history_context_stays") as refused:
        sql(deed)

    assert Context.objects.get().metadata == before
    assert "nobody rewrites that" in explain(refused.value)


@TWO_TRANSACTIONS
def test_a_reason_that_is_given_later_in_one_transaction_is_kept():
    with pghistory.context(user=make_user("dora").pk), transaction.atomic():
        claim = make_claim()
        with pghistory.context(reason="Then."):
            Claim.objects.filter(pk=claim.pk).update(text="Other.")

    assert Context.objects.get().metadata["reason"] == "Then."


@TWO_TRANSACTIONS
def test_two_transactions_of_one_context_are_both_kept():
    with pghistory.context(user=make_user("dora").pk):
        claim = make_claim()
        Claim.objects.filter(pk=claim.pk).update(text="Other.")

    events = apps.get_model("claims.ClaimEvent").objects.all()
    assert {each.pgh_context for each in events} == {Context.objects.get()}


# Gaps ---------------------------------------------------------------------------------------------


def checked():
    out = StringIO()
    try:
        call_command("history", check=True, stdout=out)
    except CommandError as error:
        assert "gaps" in str(error)
    return out.getvalue()


def without_triggers(*queries):
    """Write past everything that the database watches, as only its owner can."""
    sql("SET LOCAL session_replication_role = replica")
    for query in queries:
        sql(query)
    sql("SET LOCAL session_replication_role = origin")


def a_world():
    with pghistory.context(user=make_user("dora").pk):
        statement = make_statement()
        make_citation(statement=statement)
        make_affiliation()
        claim = make_claim(topics=[make_topic()])
        Claim.objects.filter(pk=claim.pk).update(text="Second.")
        Claim.objects.filter(pk=claim.pk).update(text="Third.")
        make_topic(slug="gone").delete()
        settle()
    return claim


def test_a_whole_history_has_no_gaps():
    a_world()

    assert checked() == "The history is whole.\n"


GAPS = {
    "a row that was written past the history": (
        "INSERT INTO claims_topic (slug, name) VALUES ('x', 'X')",
        "no event says that it was recorded",
    ),
    "a row that was changed past the history": (
        "UPDATE claims_claim SET text = 'Unseen.'",
        "the row is not as its last event says",
    ),
    "a row that was deleted past the history": (
        "DELETE FROM claims_citation",
        "the row is gone, and no event says that it was deleted",
    ),
    "an event that was rewritten": (
        "UPDATE claims_claimevent SET text = 'Unseen.'",
        "the row is not as its last event says",
    ),
    "the first event of a row": (
        "DELETE FROM claims_claimevent WHERE version = 1",
        "an event before this one is missing",
    ),
    "an event between two others": (
        "DELETE FROM claims_claimevent WHERE version = 2",
        "versions between this event and the one before it are missing",
    ),
    "the last event of a row": (
        "DELETE FROM claims_claimevent WHERE version = 3",
        "the row is not as its last event says",
    ),
    "all events of a row": (
        "DELETE FROM claims_statementevent",
        "no event says that it was recorded",
    ),
    "who wrote it": (
        "DELETE FROM pghistory_context",
        "who wrote it, and why, is missing",
    ),
    "an entry of the feed": (
        "DELETE FROM claims_change WHERE id = (SELECT min(id) + 1 FROM claims_change)",
        "feed of changes: entry",
    ),
    "the newest entries of the feed": (
        "DELETE FROM claims_change WHERE id > (SELECT min(id) FROM claims_change)",
        "feed of changes: entries",
    ),
}


@pytest.mark.parametrize("what", GAPS)
def test_what_is_missing_is_found(what):
    query, told = GAPS[what]
    a_world()

    without_triggers(query)

    assert told in checked()


def test_the_command_says_which_row_and_ends_with_1():
    claim = a_world()
    without_triggers("DELETE FROM claims_claimevent WHERE version = 2")

    assert f"claim {claim.pk}, event" in checked()
    with pytest.raises(CommandError):
        call_command("history", check=True, stdout=StringIO())


def test_very_many_gaps_of_one_kind_are_counted():
    without_triggers(
        "INSERT INTO claims_topic (slug, name) SELECT 'x' || n, 'X' || n "
        "FROM generate_series(1, 50) n"
    )

    lines = checked().splitlines()

    assert len(lines) == 21
    assert "30 more" in lines[-1]
