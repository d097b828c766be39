"""The role as which the server connects: it works with rows, and cannot rewrite the history."""

import json

import pghistory
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from pghistory.models import Context

from claims import merging
from claims.models import Change, ChangeSubject, Claim
from claims.positions import kept
from claimtracker.events import event_models
from claimtracker.postgresql.roles import grant
from tests.desk import filled, log_in, page
from tests.factories import (
    make_citation,
    make_claim,
    make_source,
    make_statement,
    make_user,
    settle,
)

pytestmark = pytest.mark.django_db

ROLE = "application_of_a_test"
EVENTS = [events._meta.db_table for events in event_models().values()]
ADDED_TO_ONLY = [*EVENTS, Change._meta.db_table, ChangeSubject._meta.db_table]


def sql(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)


@pytest.fixture
def application():
    """Go on as the application: with its rights, as after a migration."""
    sql(f"CREATE ROLE {ROLE}")
    grant(ROLE)
    with pghistory.context(user=make_user("dora").pk, reason="First."):
        make_citation(statement=make_statement())
        settle()
    sql(f"SET ROLE {ROLE}")
    yield
    sql("RESET ROLE")


# What it may not ----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [*ADDED_TO_ONLY, Context._meta.db_table])
def test_the_application_may_not_rewrite(application, table):
    column = {"pghistory_context": "metadata", "claims_change": "at"}.get(table, "kind")
    column = "pgh_label" if table in EVENTS else column
    deeds = [
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ]
    for deed in deeds:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            sql("SET LOCAL claimtracker.may_truncate = 'on'")
            sql(deed)


def test_the_application_may_not_empty_what_has_a_history(application):
    for model in event_models():
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            sql("SET LOCAL claimtracker.may_truncate = 'on'")
            sql(f"TRUNCATE {model._meta.db_table} CASCADE")


@pytest.mark.parametrize(
    "deed",
    [
        "ALTER TABLE claims_claim DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE TRIGGER t BEFORE INSERT ON claims_claim EXECUTE FUNCTION claims_changes_stay()",
        "DROP TABLE claims_claimevent",
        "INSERT INTO pghistory_context (id, metadata, created_at, updated_at) "
        "VALUES (gen_random_uuid(), '{}', now(), now())",
    ],
)
def test_the_application_may_not_get_round_the_triggers(application, deed):
    refused = pytest.raises(ProgrammingError, match="permission denied|must be owner")
    with refused, transaction.atomic():
        sql(deed)


def test_every_table_of_events_is_known_by_its_name(application):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind = 'r' AND relname LIKE '%event'"
        )
        assert {name for (name,) in cursor.fetchall()} == set(EVENTS)


# What it does -------------------------------------------------------------------------------------


def test_the_application_saves_what_an_editor_types_and_keeps_its_history(application, client):
    log_in(client)
    claim = make_claim(text="First.")
    sent = filled(client.get(page(claim)))

    assert client.post(page(claim), sent | {"text": "Second."}).status_code == 302

    settle()
    events = event_models()[Claim].objects.filter(pgh_obj_id=claim.pk).order_by("pgh_id")
    assert [each.text for each in events] == ["First.", "Second."]
    assert events.last().pgh_context.metadata["user"]


def test_the_application_changes_and_publishes_over_the_api(application, client):
    log_in(client)
    claim = make_claim(review_state="draft")

    answer = client.patch(
        f"/api/v1/claims/{claim.slug}/",
        json.dumps({"review_state": "published"}),
        content_type="application/json",
        headers={"if-match": client.get(f"/api/v1/claims/{claim.slug}/")["ETag"]},
    )

    assert answer.status_code == 200
    settle()
    assert Change.objects.filter(slug=claim.slug).exists()


def test_the_application_merges_and_takes_it_back(application):
    eve = make_user("eve", group="editors")
    loser, survivor = make_source(), make_source()
    make_statement(source=loser)

    made = merging.merge(loser=loser, survivor=survivor, user=eve, reason="The same.")
    settle()
    merging.undo(merge=made, user=eve, reason="Not the same.")
    settle()

    loser.refresh_from_db()
    assert loser.is_public


def test_the_application_loads_the_seeds_and_makes_the_tallies_anew(application):
    call_command("loaddata", "lachin", verbosity=0)
    settle()
    kept.rebuild()
    settle()

    assert kept.check() == []


def test_the_application_imports(application, tmp_path):
    row = {"key": "x", "kind": "fact", "text": "The road is shut.", "topics": ["Roads"]}
    (tmp_path / "claims.jsonl").write_text(json.dumps(row) + "\n")

    call_command("import_bundle", str(tmp_path))

    assert Claim.objects.get(slug="x").is_public


# The connection -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_connects_as_the_server_does_reads_and_may_not_rewrite_the_history():
    """Over a connection of its own, with the rights that the migrations gave."""
    if settings.DATABASE_OWNER is None:
        pytest.skip("DATABASE_OWNER_URL names no second role.")
    claim = make_claim(text="First.")
    role, password = settings.APPLICATION_ROLE
    parameters = connection.get_connection_params() | {"user": role, "password": password}
    known = {"host", "port", "user", "password", "dbname"}
    given = {key: value for key, value in parameters.items() if key in known and value}

    with psycopg.connect(**given) as server:
        text = server.execute(
            "SELECT text FROM claims_claimevent WHERE pgh_obj_id = %s", [claim.pk]
        )
        assert text.fetchone() == ("First.",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            server.execute("UPDATE claims_claimevent SET text = 'Other.'")
