"""Positions follow only between claims of one mood; relations that cross moods are refused."""

from io import StringIO
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from claims.merging import preview
from claims.models import Claim, Relation
from claims.models.choices import ClaimKind, RelationKind, why_not_related
from claims.positions.answers import claim_positions, source_positions_derived
from claims.positions.clocks import NOW
from claims.positions.consequences import consequences
from tests.desk import filled, log_in
from tests.exchange.bundles import CLAIM, load, refusal
from tests.factories import make_claim, make_relation, make_source, make_statement, settle

pytestmark = pytest.mark.django_db

RULE = "relation_stays_within_one_mood"
WHY = "This relation goes from a demand to a fact."


@pytest.fixture
def crossing():
    """A demand that implies a fact, as a database has it from before this was refused."""
    demand = make_claim(slug="must", kind="demand", text="Baku must reopen the corridor.")
    fact = make_claim(slug="shut", kind="fact", text="The corridor is closed.")
    settle()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE claims_relation DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO claims_relation (from_claim_id, kind, to_claim_id, rationale) "
            "VALUES (%s, 'implies', %s, '')",
            [demand.pk, fact.pk],
        )
        settle()
        cursor.execute("ALTER TABLE claims_relation ENABLE TRIGGER USER")
    return Relation.objects.get()


# The database ------------------------------------------------------------------------------------


def test_the_database_and_the_form_agree_on_every_pair_of_kinds():
    cases = list(product(RelationKind.values, ClaimKind.values, ClaimKind.values))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_within_one_mood(r, a, b) "
            "FROM unnest(%s::text[], %s::text[], %s::text[]) u(r, a, b)",
            [list(column) for column in zip(*cases, strict=True)],
        )
        allowed = [row for (row,) in cursor]

    assert allowed == [not why_not_related(*case) for case in cases]
    assert (len(cases), sum(allowed)) == (75, 11 * 3 - 4)


@pytest.mark.parametrize("end", ["from_claim", "to_claim"])
def test_a_claim_of_a_relation_does_not_change_its_mood(end):
    claim = getattr(make_relation(), end)

    with pytest.raises(IntegrityError, match=RULE), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(kind="demand")
        settle()


def test_both_claims_of_a_relation_change_their_mood_in_one_transaction():
    relation = make_relation()

    for claim in (relation.from_claim, relation.to_claim):
        Claim.objects.filter(pk=claim.pk).update(kind="demand")
    settle()

    assert not Relation.objects.that_cross().exists()


@pytest.mark.parametrize("change", [{"kind": "negates"}, {"to_claim": "demand"}])
def test_a_relation_does_not_become_one_that_crosses(change):
    relation = make_relation(from_claim=make_claim(kind="characterisation"))
    if "to_claim" in change:
        change = {"to_claim": make_claim(kind="demand")}

    with pytest.raises(IntegrityError, match=RULE), transaction.atomic():
        Relation.objects.filter(pk=relation.pk).update(**change)
        settle()


def test_rows_that_are_copied_in_are_checked_too():
    ends = make_claim(kind="demand").pk, make_claim().pk

    with (
        pytest.raises(IntegrityError, match=RULE),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        with cursor.copy(
            "COPY claims_relation (from_claim_id, kind, to_claim_id, rationale) FROM STDIN"
        ) as copy:
            copy.write_row((ends[0], "implies", ends[1], ""))
        settle()


def test_what_crosses_already_can_still_be_edited_otherwise(crossing):
    Relation.objects.filter(pk=crossing.pk).update(rationale="From before.")
    Claim.objects.filter(pk=crossing.to_claim_id).update(text="The corridor is shut.")
    settle()

    crossing.to_claim.refresh_from_db()
    crossing.to_claim.full_clean()


# What is derived ---------------------------------------------------------------------------------


def test_who_says_that_it_is_open_does_not_reject_the_demand_to_open_it(crossing):
    make_statement(claim=crossing.to_claim, stance="denies", said="2023-09-01")

    found = claim_positions("must", NOW, derived=True)

    assert found["positions"] == []
    assert found["tally"]["derived"] == {"asserts": 0, "denies": 0}


def test_who_calls_for_a_ban_and_says_there_is_none_is_not_inconsistent(crossing):
    source = make_source(slug="zali")
    make_statement(source=source, claim=crossing.from_claim, stance="asserts", said="2023-09-01")
    make_statement(source=source, claim=crossing.to_claim, stance="denies", said="2023-09-01")

    found = source_positions_derived("zali", NOW)

    assert [row["inconsistent"] for row in found] == [False, False]


def test_an_editor_reads_that_nothing_follows_from_a_relation_that_crosses(crossing):
    (related,) = consequences(crossing.from_claim, limit=5).related

    assert related.follows.startswith(f"Nothing follows. {WHY}")


@pytest.mark.parametrize("stance", ["dismisses", "questions", "comments", "withdraws"])
def test_no_position_is_derived_over_what_a_source_said_itself(stance):
    relation = make_relation(kind="implies")
    source = make_source(slug="ann")
    make_statement(source=source, claim=relation.from_claim, said="2023-09-01")
    make_statement(source=source, claim=relation.to_claim, stance=stance, said="2023-09-02")

    of_claim = claim_positions(relation.to_claim.slug, NOW, derived=True)

    assert of_claim["positions"] == []
    assert [one["stance"] for one in of_claim["others"]] == [stance]
    assert [row["derived"] for row in source_positions_derived("ann", NOW)] == [False]


@pytest.mark.parametrize("stance", ["silent", "undeclared"])
def test_a_position_is_derived_where_a_document_only_finds_a_source_silent(stance):
    relation = make_relation(kind="implies")
    source = make_source(slug="ann")
    make_statement(source=source, claim=relation.from_claim, said="2023-09-01")
    make_statement(source=source, claim=relation.to_claim, stance=stance, said="2023-09-02")

    (position,) = claim_positions(relation.to_claim.slug, NOW, derived=True)["positions"]

    assert (position["derived"], position["stance"]) == (True, "asserts")


def test_a_draft_of_other_words_does_not_keep_a_position_from_being_derived():
    relation = make_relation(kind="implies")
    source = make_source()
    make_statement(source=source, claim=relation.from_claim)
    make_statement(source=source, claim=relation.to_claim, stance="dismisses", review_state="draft")

    assert claim_positions(relation.to_claim.slug, NOW, derived=True)["positions"]


@pytest.mark.parametrize(("asked", "answer"), [({}, None), ({"derived": "true"}, False)])
def test_inconsistent_is_null_where_it_was_not_worked_out(client, asked, answer):
    statement = make_statement()

    for address in (
        f"/api/v1/claims/{statement.claim.slug}/positions/",
        f"/api/v1/sources/{statement.source.slug}/positions/",
    ):
        found = client.get(address, asked).json()
        (position,) = found.get("positions") or found["results"]
        assert position["inconsistent"] is answer


# What is listed ----------------------------------------------------------------------------------


def test_the_command_lists_relations_that_cross_and_fails(crossing):
    out = StringIO()

    with pytest.raises(CommandError, match="Relations between different groups of claims: 1"):
        call_command("relations", "--check", stdout=out)

    assert out.getvalue() == "must (demand) implies shut (fact): nothing follows.\n"


def test_relations_that_cross_are_on_the_list_of_what_to_do(client, crossing):
    log_in(client)

    lists = client.get(reverse("admin:index")).context["worklists"]

    (found,) = [each for each in lists if each.title == "Relations that nothing follows from"]
    assert [item.text for item in found.items] == [
        "Baku must reopen the corridor. implies The corridor is closed."
    ]


# Entry points ------------------------------------------------------------------------------------


def test_the_form_says_why_a_relation_is_refused(client):
    log_in(client)
    demand, fact = make_claim(kind="demand"), make_claim()
    address = reverse("admin:claims_relation_add")

    page = client.post(
        address,
        filled(client.get(address))
        | {"from_claim": demand.pk, "kind": "implies", "to_claim": fact.pk},
    )

    assert WHY in page.context["adminform"].form.errors["kind"][0]
    assert not Relation.objects.exists()


def test_the_form_of_a_claim_says_why_a_relation_in_it_is_refused(client):
    log_in(client)
    demand, fact = make_claim(kind="demand"), make_claim()
    address = reverse("admin:claims_claim_change", args=[demand.pk])

    page = client.post(
        address,
        filled(client.get(address))
        | {
            "relations_from-TOTAL_FORMS": "1",
            "relations_from-0-kind": "implies",
            "relations_from-0-to_claim": fact.pk,
        },
    )

    assert WHY in page.content.decode()
    assert not Relation.objects.exists()


def test_the_api_says_why_the_kind_of_a_claim_cannot_change(client):
    log_in(client)
    relation = make_relation()
    claim = relation.from_claim

    answer = client.patch(
        f"/api/v1/claims/{claim.slug}/",
        {"kind": "demand"},
        content_type="application/json",
        headers={"if-match": f'"{claim.version}"'},
    )

    assert answer.status_code == 400
    (message,) = answer.json()["errors"]["kind"]
    assert f"relation (contradicts) with “{relation.to_claim}”. Delete it before" in message


@pytest.mark.parametrize("are_there", [True, False])
def test_a_bundle_says_at_the_line_why_a_relation_is_refused(tmp_path, are_there):
    demand = {"key": "must", "kind": "demand", "text": "Open it!"}
    relation = {"from": "must", "kind": "implies", "to": CLAIM["key"]}
    if are_there:
        load(tmp_path, claims=[CLAIM, demand])

    lines = refusal(tmp_path, claims=[CLAIM, demand], relations=[relation])

    (line,) = lines
    assert line.startswith(f"relations.jsonl:1: kind: {WHY}")


def test_a_bundle_says_at_the_line_why_the_kind_of_a_claim_cannot_change(tmp_path):
    other = {"key": "shut", "kind": "fact", "text": "The road is shut."}
    relation = {"from": "shut", "kind": "negates", "to": CLAIM["key"]}
    load(tmp_path, claims=[CLAIM, other], relations=[relation])

    (line,) = refusal(tmp_path, claims=[CLAIM | {"kind": "characterisation"}], relations=[])

    assert line.startswith(
        "claims.jsonl:1: kind: This claim has a relation (negates) with “The road is shut.”."
    )


def test_a_bundle_that_changes_the_kind_of_both_claims_is_imported(tmp_path):
    other = {"key": "shut", "kind": "fact", "text": "The road is shut."}
    relation = {"from": "shut", "kind": "negates", "to": CLAIM["key"]}
    load(tmp_path, claims=[CLAIM, other], relations=[relation])

    load(tmp_path, claims=[CLAIM | {"kind": "demand"}, other | {"kind": "demand"}])

    assert set(Claim.objects.values_list("kind", flat=True)) == {"demand"}


def test_a_merge_that_would_leave_a_relation_that_crosses_is_refused():
    relation = make_relation()

    plan = preview(loser=relation.from_claim, survivor=make_claim(kind="demand"))

    (problem,) = plan.problems
    assert "delete this relation first. This relation goes from a demand to a fact." in problem


def test_a_claim_with_a_relation_keeps_its_kind_until_the_relation_is_deleted():
    claim = make_relation().from_claim
    claim.kind = "intent"

    with pytest.raises(ValidationError, match="Delete it before you change the kind"):
        claim.full_clean()

    Relation.objects.all().delete()
    claim.full_clean()
