"""What is published is what the publisher saw: a row with all that becomes public with it."""

import io
import json
import re
import threading
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from claims import merging
from claims.models import Citation, Merge, Proposal, Relation, Statement
from claimtracker.actions import StaleVersionError, change
from claimtracker.deletions import restore
from claimtracker.stamps import Stamp, stamps
from sources.models import Affiliation
from tests.desk import act, confirm, errors, filled, hidden, in_list, log_in, page, said
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    log_in(client)
    return client


def draft_statement():
    statement = make_statement(review_state="draft")
    make_citation(statement=statement, quote="What Ada read.")
    return statement


def draft_source():
    source = make_source(review_state="draft")
    make_affiliation(member=source, role="What Ada read.")
    return source


def draft_body():
    body = make_source(review_state="draft", kind="state")
    make_affiliation(body=body, role="What Ada read.")
    return body


def draft_claim():
    claim = make_claim(review_state="draft")
    make_relation(from_claim=claim, kind="implies", rationale="What Ada read.")
    return claim


def filed_claim():
    return make_claim(review_state="draft", topics=[make_topic(name="What Ada read.")])


# A draft, and how a contributor changes what belongs to it.
SWAPS = {
    "a quote": (draft_statement, lambda row: row.citations.update(quote="Unseen.")),
    "another citation": (
        draft_statement,
        lambda row: make_citation(statement=row, quote="Unseen."),
    ),
    "one citation less": (draft_statement, lambda row: row.citations.all().delete()),
    "an affiliation": (draft_source, lambda row: row.affiliations.update(role="Unseen.")),
    "another affiliation": (
        draft_source,
        lambda row: make_affiliation(member=row, role="Unseen.", speaks_for=True),
    ),
    "a member": (draft_body, lambda row: make_affiliation(body=row, role="Unseen.")),
    "a relation": (draft_claim, lambda row: row.relations_from.update(rationale="Unseen.")),
    "another relation": (
        draft_claim,
        lambda row: make_relation(to_claim=row, kind="implies", rationale="Unseen."),
    ),
    "the name of a topic": (filed_claim, lambda row: row.topics.update(name="Unseen.")),
}
EVERY_SWAP = pytest.mark.parametrize("what", SWAPS)


def address(row):
    return f"/api/v1/{row._meta.verbose_name_plural}/{row.slug}/"


def publish(client, row, seen, **more):
    return client.patch(
        address(row),
        json.dumps({"review_state": "published"} | more),
        content_type="application/json",
        headers={"if-match": seen},
    )


def is_public(row) -> bool:
    return type(row).objects.public().filter(pk=row.pk).exists()


# The API ------------------------------------------------------------------------------------------


@EVERY_SWAP
def test_the_api_does_not_publish_what_was_changed_since_it_was_read(ada, what):
    make, swap = SWAPS[what]
    row = make()
    seen = ada.get(address(row))["ETag"]
    swap(row)

    answer = publish(ada, row, seen)

    assert answer.status_code == 412
    assert "what belongs to it" in answer.json()["detail"]
    assert not is_public(row)


@pytest.mark.parametrize("what", ["a quote", "an affiliation", "a relation"])
def test_the_refusal_shows_what_belongs_to_the_row_and_the_tag_to_send(ada, what):
    make, swap = SWAPS[what]
    row = make()
    seen = ada.get(address(row))["ETag"]
    swap(row)

    refused = publish(ada, row, seen).json()

    assert "Unseen." in json.dumps(refused["current"])
    assert publish(ada, row, refused["etag"]).status_code == 200
    assert is_public(row)


@EVERY_SWAP
def test_a_version_alone_does_not_publish_what_was_changed_since_it_was_made(ada, what):
    make, swap = SWAPS[what]
    row = make()
    with transaction.atomic():
        swap(row)

    answer = publish(ada, row, f'"{row.version}"')

    assert answer.status_code == 428
    assert not is_public(row)
    assert publish(ada, row, answer.json()["etag"]).status_code == 200


@pytest.mark.parametrize("make", [draft_statement, draft_source, draft_claim])
def test_a_version_alone_publishes_what_was_made_with_it(ada, make):
    row = make()

    assert publish(ada, row, f'"{row.version}"').status_code == 200


def test_a_later_version_alone_publishes_what_was_made_with_an_earlier_one(ada):
    statement = draft_statement()
    with transaction.atomic():
        Statement.objects.filter(pk=statement.pk).update(review_state="in_review")

    assert publish(ada, statement, '"2"').status_code == 200


def test_a_version_alone_changes_words_whatever_belongs_to_the_row(ada):
    statement = draft_statement()
    with transaction.atomic():
        statement.citations.update(quote="Another.")

    answer = ada.patch(
        address(statement),
        {"note": "Seen."},
        content_type="application/json",
        headers={"if-match": '"1"'},
    )

    assert answer.status_code == 200


def test_a_change_and_its_publication_are_refused_together(ada):
    statement = draft_statement()
    seen = ada.get(address(statement))["ETag"]
    statement.citations.update(quote="Unseen.")

    assert publish(ada, statement, seen, note="Mine.").status_code == 412
    statement.refresh_from_db()
    assert statement.note == ""


def test_the_tag_of_a_row_names_its_version_first(ada):
    statement = draft_statement()

    version, parts, _ = ada.get(address(statement))["ETag"].strip('"').split(".")

    assert (version, len(parts)) == ("1", 32)


def test_an_editor_is_shown_the_affiliations_of_a_source_and_a_reader_is_not(client):
    source = make_source()
    make_affiliation(member=source, role="envoy", speaks_for=True)
    assert "affiliations" not in client.get(address(source)).json()
    log_in(client)

    (shown,) = client.get(address(source)).json()["affiliations"]

    assert (shown["role"], shown["speaks_for"]) == ("envoy", True)


def test_two_texts_that_differ_only_in_where_they_end_have_two_stamps():
    source = make_source()
    made = make_affiliation(member=source, role="a,b", since="")
    seen = set()
    for role in ("a,b", 'a","b', "a)\n(b", "a\\,b", ""):
        Affiliation.objects.filter(pk=made.pk).update(role=role)
        seen.add(stamps([source])[source.pk])

    assert len(seen) == 5


# The form -----------------------------------------------------------------------------------------


@EVERY_SWAP
def test_the_form_does_not_publish_what_was_changed_since_it_was_opened(ada, what):
    make, swap = SWAPS[what]
    row = make()
    sent = filled(ada.get(page(row)))
    swap(row)

    response = ada.post(page(row), sent | {"_publish": "1"})

    assert "Nothing was saved" in str(errors(response)) or "nothing was saved" in str(
        errors(response)
    )
    assert not is_public(row)


def test_the_form_shows_what_somebody_added_and_publishes_it_the_second_time(ada):
    statement = draft_statement()
    sent = filled(ada.get(page(statement)))
    make_citation(statement=statement, quote="Unseen.")

    response = ada.post(page(statement), sent | {"_publish": "1"})

    assert "Added meanwhile" in response.content.decode()
    assert "Unseen." in response.content.decode()
    assert ada.post(page(statement), filled(response) | {"_publish": "1"}).status_code == 302
    assert is_public(statement)


def test_a_form_that_publishes_nothing_is_saved_though_somebody_added_something(ada):
    statement = draft_statement()
    sent = filled(ada.get(page(statement)))
    make_citation(statement=statement)

    assert ada.post(page(statement), sent | {"note": "Mine."}).status_code == 302


def test_a_form_that_does_not_say_what_it_was_made_from_publishes_nothing(ada):
    statement = draft_statement()
    sent = filled(ada.get(page(statement)))

    ada.post(page(statement), sent | {"_publish": "1", "seen": ""})

    assert not is_public(statement)


# Lists --------------------------------------------------------------------------------------------


@EVERY_SWAP
def test_a_list_does_not_publish_what_was_changed_since_it_was_made(ada, what):
    make, swap = SWAPS[what]
    row = make()
    model = type(row)
    seen = hidden(ada.get(page(model, "changelist")))
    swap(row)

    response = act(ada, model, "publish_selected", [row], **seen)

    assert "Something that belongs to" in said(response)
    assert not is_public(row)


def test_a_list_sends_the_stamps_of_its_drafts(ada):
    statement = draft_statement()

    assert in_list([statement]).items() <= hidden(
        ada.get(page(Statement, "changelist"))
    ).items() | {(f"version-{statement.pk}", 1)}


def test_rows_that_no_list_showed_are_not_published(ada):
    statement = draft_statement()
    sent = {"action": "publish_selected", "_selected_action": [statement.pk]}

    response = ada.post(page(Statement, "changelist"), sent, follow=True)

    assert "was not on the page" in said(response)
    assert not is_public(statement)


# Merging ------------------------------------------------------------------------------------------


def into(loser, survivor):
    return f"{page(loser, 'merge')}?into={survivor.pk}"


@pytest.mark.parametrize("end", ["loser", "survivor"])
def test_a_merge_is_refused_where_somebody_changed_what_belongs_to_one_of_the_two(ada, end):
    rows = {"loser": make_source(review_state="draft"), "survivor": make_source()}
    loser, survivor = rows["loser"], rows["survivor"]
    seen = hidden(ada.get(into(loser, survivor)))
    make_affiliation(member=rows[end], role="Unseen.", speaks_for=True)

    response = ada.post(into(loser, survivor), seen | {"reason": "The same."})

    assert "Nothing was done" in response.content.decode()
    assert not Merge.objects.exists()
    confirm(ada, into(loser, survivor), reason="The same.")
    assert Merge.objects.exists()


def test_undoing_a_merge_is_refused_where_somebody_changed_what_belongs_to_it(ada):
    loser, survivor = make_source(), make_source()
    made = merging.merge(
        loser=loser, survivor=survivor, user=make_user("eve", group="editors"), reason="R."
    )
    seen = hidden(ada.get(page(made, "undo")))
    make_affiliation(member=survivor, role="Unseen.")

    response = ada.post(page(made, "undo"), seen | {"reason": "Not the same."})

    assert "Nothing was done" in response.content.decode()
    assert confirm(ada, page(made, "undo"), reason="Not the same.").status_code == 302


# Back to what was ---------------------------------------------------------------------------------


def test_what_was_restored_and_deleted_again_is_not_restored_as_it_was_shown(ada):
    relation = make_relation(rationale="What Ada read.")
    key = relation.pk
    relation.delete()
    address = reverse("admin:restore", args=["claims.relation", key])
    seen = hidden(ada.get(address))
    restore(model=Relation, pk=key, user=make_user("dora"), reason="R.")
    Relation.objects.update(rationale="Unseen.")
    Relation.objects.all().delete()

    response = ada.post(address, seen | {"reason": "It was needed."})

    assert "Nothing was restored" in response.content.decode()
    assert not Relation.objects.exists()


# Imports ------------------------------------------------------------------------------------------


def upload(client, *rows):
    text = "\n".join(json.dumps(row) for row in rows)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("claims.jsonl", text + "\n")
    file = SimpleUploadedFile("bundle.zip", packed.getvalue())
    client.post(reverse("admin:import"), {"file": file, "publish": "on"})
    return client.get(reverse("admin:import-look"))


def test_an_import_does_not_publish_what_was_changed_since_its_preview(ada):
    claim = draft_claim()
    shown = upload(ada, {"key": claim.slug, "kind": claim.kind, "text": claim.text})
    assert "What Ada read." in shown.content.decode()
    mark = hidden(shown)
    claim.relations_from.update(rationale="Unseen.")

    response = ada.post(reverse("admin:import-look"), mark)

    assert not is_public(claim)
    assert "Unseen." in response.content.decode()
    assert ada.post(reverse("admin:import-look"), hidden(response)).status_code == 302
    assert is_public(claim)


# Two connections ----------------------------------------------------------------------------------

TWO_CONNECTIONS = pytest.mark.django_db(transaction=True, serialized_rollback=True)
IS_WAITED_FOR = """
SELECT EXISTS (
  SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))
)
"""


def by_api(client, row, seen):
    return publish(client, row, seen["etag"])


def by_form(client, row, seen):
    return client.post(page(row), seen["form"] | {"_publish": "1"})


def by_list(client, row, seen):
    return act(client, type(row), "publish_selected", [row], **seen["list"])


def look(client, row):
    return {
        "etag": client.get(address(row))["ETag"],
        "form": filled(client.get(page(row))),
        "list": in_list([row]),
    }


def while_saving(other, at, typed, deed):
    """Do a deed while another user has saved a form and not committed yet: the deed waits.

    The other commits once the deed waits. Return what the deed returned.
    """
    saving, waited = threading.Event(), []

    def write():
        client = Client()
        client.force_login(other)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                sent = filled(client.get(at)) | typed
                assert client.post(at, sent).status_code == 302
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()
                saving.set()

                def is_waited_for():
                    cursor.execute(IS_WAITED_FOR, pid)
                    return cursor.fetchone()[0]

                wait_until(is_waited_for, "that the deed waits")
                waited.append(True)
        finally:
            saving.set()
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    saving.wait(60)
    answer = deed()
    thread.join(60)
    assert waited
    return answer


@TWO_CONNECTIONS
@pytest.mark.parametrize("deed", [by_api, by_form, by_list])
def test_who_publishes_waits_for_a_contributor_who_is_saving_and_is_refused(client, deed):
    with transaction.atomic():
        statement = draft_statement()
        log_in(client)
        dora = make_user("dora", group="contributors", is_staff=True)
    seen = look(client, statement)

    while_saving(
        dora,
        page(statement),
        {"citations-0-quote": "Unseen."},
        lambda: deed(client, statement, seen),
    )

    assert statement.citations.get().quote == "Unseen."
    assert not is_public(statement)


def edited_by_eve(kind):
    """Return Eve, and the forms of what she changes: the source itself, or what belongs to it.

    ``kind`` says which; the function that is returned takes the source.
    """
    eve = make_user("eve", group="editors", is_staff=True)

    def form_of(source):
        if kind == "the source":
            return page(source), {"description": "Unseen."}
        if kind == "an affiliation":
            return page(source.affiliations.get()), {"role": "Unseen."}
        body = make_source(kind="state")
        return page(Affiliation, "add"), {"member": source.pk, "body": body.pk, "role": "Unseen."}

    return eve, form_of


EDITED = pytest.mark.parametrize("kind", ["the source", "an affiliation", "another affiliation"])


def unseen_is_kept(source, kind):
    """Return whether what Eve saved is there, once."""
    if kind == "the source":
        return type(source).objects.filter(pk=source.pk, description="Unseen.").count() == 1
    return source.affiliations.filter(role="Unseen.").count() == 1


@TWO_CONNECTIONS
@EDITED
@pytest.mark.parametrize("deed", [by_api, by_form, by_list])
def test_who_publishes_waits_for_an_editor_who_is_saving_and_is_refused(client, deed, kind):
    with transaction.atomic():
        log_in(client)
        source = draft_source()
        eve, form_of = edited_by_eve(kind)
        at, typed = form_of(source)
    seen = look(client, source)

    while_saving(eve, at, typed, lambda: deed(client, source, seen))

    assert unseen_is_kept(source, kind)
    assert not is_public(source)


@TWO_CONNECTIONS
@EDITED
def test_the_desk_waits_for_another_who_saves_a_draft_and_shows_it_before_publishing(client, kind):
    with transaction.atomic():
        log_in(client)
        source = draft_source()
        claim = make_claim(review_state="draft")
        document = make_document(text="It is open, she said.\n", review_state="draft")
        eve, form_of = edited_by_eve(kind)
        at, typed = form_of(source)
    desk = page(document, "read")
    sent = {"source": source.pk, "claim": claim.pk, "stance": "asserts", "said": "2021-05-01"}
    sent |= {"quote": "It is open", "publish": "1", "along": "1"}
    sent["seen"] = [hidden(client.get(desk))["seen"]]
    along = client.post(desk, sent).json()["along"]
    sent["seen"] += re.findall(r'name="seen" value="([^"]*)"', along)

    answer = while_saving(eve, at, typed, lambda: client.post(desk, sent))

    assert "Unseen." in answer.json()["along"]
    assert unseen_is_kept(source, kind)
    assert not Statement.objects.exists() and not Citation.objects.exists()
    assert not any(is_public(row) for row in (source, claim, document))


@TWO_CONNECTIONS
@EDITED
def test_a_merge_waits_for_another_who_saves_one_of_the_two_and_is_refused(client, kind):
    with transaction.atomic():
        log_in(client)
        loser, survivor = draft_source(), make_source()
        eve, form_of = edited_by_eve(kind)
        at, typed = form_of(loser)
    address = into(loser, survivor)
    sent = hidden(client.get(address)) | {"reason": "The same."}

    answer = while_saving(eve, at, typed, lambda: client.post(address, sent))

    assert "Nothing was done" in answer.content.decode()
    assert unseen_is_kept(loser, kind)
    assert not Merge.objects.exists()
    loser.refresh_from_db()
    survivor.refresh_from_db()
    assert (loser.review_state, loser.merged_into, survivor.aliases) == ("draft", None, [])


@TWO_CONNECTIONS
@EDITED
def test_undoing_a_merge_waits_for_another_who_saves_what_stayed_and_is_refused(client, kind):
    with transaction.atomic():
        ada = log_in(client)
        loser, survivor = make_source(), make_source()
        make_affiliation(member=survivor, role="What Ada read.")
        eve, form_of = edited_by_eve(kind)
        at, typed = form_of(survivor)
    made = merging.merge(loser=loser, survivor=survivor, user=ada, reason="R.")
    address = page(made, "undo")
    sent = hidden(client.get(address)) | {"reason": "Not the same."}

    answer = while_saving(eve, at, typed, lambda: client.post(address, sent))

    assert "Nothing was done" in answer.content.decode()
    assert unseen_is_kept(survivor, kind)
    made.refresh_from_db()
    loser.refresh_from_db()
    survivor.refresh_from_db()
    assert made.undone_at is None
    assert loser.merged_into == survivor
    assert survivor.aliases == [loser.name]


@TWO_CONNECTIONS
@pytest.mark.parametrize("what", ["a citation changes", "an affiliation is added"])
def test_a_contributor_who_saves_while_an_editor_publishes_proposes(client, what):
    with transaction.atomic():
        ada = make_user("ada")
        log_in(client, "dora", group="contributors")
        if what == "a citation changes":
            row = draft_statement()
            at, typed = page(row.citations.get()), {"quote": "Unseen."}
        else:
            row, body = make_source(review_state="draft"), make_source(kind="state")
            at = page(Affiliation, "add")
            typed = {"member": row.pk, "body": body.pk, "role": "Unseen."}
    sent = filled(client.get(at)) | typed
    publishing, waited = threading.Event(), []

    def publish_it():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                now = set(stamps([row]).values())
                change(row=row, seen=now, to={"review_state": "published"}, user=ada)
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()
                publishing.set()

                def is_waited_for():
                    cursor.execute(IS_WAITED_FOR, pid)
                    return cursor.fetchone()[0]

                wait_until(is_waited_for, "that the contributor waits")
                waited.append(True)
        finally:
            publishing.set()
            connection.close()

    thread = threading.Thread(target=publish_it)
    thread.start()
    publishing.wait(60)
    client.post(at, sent)
    thread.join(60)

    assert waited
    assert is_public(row)
    assert not Citation.objects.filter(quote="Unseen.").exists()
    assert not Affiliation.objects.filter(role="Unseen.").exists()
    assert Proposal.objects.waiting().count() == 1


@pytest.mark.parametrize("seen", [Stamp(1, "0"), Stamp(2)])
def test_the_action_asks_for_what_was_seen(seen):
    statement = draft_statement()

    with pytest.raises(StaleVersionError):
        change(row=statement, seen=[seen], to={"review_state": "published"}, user=make_user("ada"))
