"""Two editors at once: the second save of a stale form is refused, and nothing typed is lost."""

import threading

import pytest
from django.db import connection
from django.test import Client

from claims.models import Citation, Claim, Relation, Topic
from sources.models import Source
from tests.claimtracker.full import IS_FULL
from tests.desk import CONFIRMED, act, delete, errors, filled, hidden, log_in, page, said
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    log_in(client)
    return client


@pytest.fixture
def dora():
    other = Client()
    log_in(other, "dora", group="editors")
    return other


def newer(response):
    """Return, by label, the fields that a page shows of the newer versions."""
    return {
        field.label: (field.was, field.now, field.typed)
        for row in response.context["newer"]
        for field in row.differences
    }


def taken(response):
    """Return the form as a browser sends it with each choice made for what is saved now."""
    choices = [field.choice for row in response.context["newer"] for field in row.differences]
    return filled(response) | {name: "theirs" for name in choices if name}


def test_the_second_save_of_one_form_is_refused(ada, dora):
    claim = make_claim(text="First.")
    mine, hers = filled(ada.get(page(claim))), filled(dora.get(page(claim)))
    dora.post(page(claim), hers | {"text": "Hers."})

    response = ada.post(page(claim), mine | {"text": "Mine."})

    assert "Somebody changed this" in errors(response)[None][0]
    claim.refresh_from_db()
    assert claim.text == "Hers."


def test_both_versions_are_shown_side_by_side_with_who_and_when(ada, dora):
    claim = make_claim(text="First.")
    mine, hers = filled(ada.get(page(claim))), filled(dora.get(page(claim)))
    dora.post(page(claim), hers | {"text": "Hers."})

    response = ada.post(page(claim), mine | {"text": "Mine."})

    assert newer(response) == {"Text": ("First.", "Hers.", "Mine.")}
    assert response.context["newer"][0].change.who == "dora"
    assert "dora saved it on" in response.content.decode()


def test_what_was_typed_stays_in_the_form_and_is_saved_the_second_time(ada, dora):
    claim = make_claim(text="First.")
    mine, hers = filled(ada.get(page(claim))), filled(dora.get(page(claim)))
    dora.post(page(claim), hers | {"text": "Hers."})
    response = ada.post(page(claim), mine | {"text": "Mine."})

    again = ada.post(page(claim), filled(response))

    assert again.status_code == 302
    claim.refresh_from_db()
    assert claim.text == "Mine."


def test_a_field_that_was_not_touched_takes_what_is_saved_now(ada, dora):
    claim = make_claim(text="First.", kind="fact")
    mine, hers = filled(ada.get(page(claim))), filled(dora.get(page(claim)))
    dora.post(page(claim), hers | {"kind": "event"})

    response = ada.post(page(claim), mine | {"text": "Mine."})
    ada.post(page(claim), filled(response))

    assert newer(response)["Kind"] == ("Fact", "Event", None)
    claim.refresh_from_db()
    assert (claim.text, claim.kind) == ("Mine.", "event")


def test_an_editor_takes_what_is_saved_now_instead_of_what_he_typed(ada, dora):
    claim = make_claim(text="First.")
    mine, hers = filled(ada.get(page(claim))), filled(dora.get(page(claim)))
    dora.post(page(claim), hers | {"text": "Hers."})
    response = ada.post(page(claim), mine | {"text": "Mine.", "kind": "event"})

    ada.post(page(claim), taken(response))

    claim.refresh_from_db()
    assert (claim.text, claim.kind) == ("Hers.", "event")


def test_a_third_save_in_between_is_met_too(ada, dora):
    claim = make_claim(text="First.")
    mine = filled(ada.get(page(claim)))
    Claim.objects.update(text="Second.")
    response = ada.post(page(claim), mine | {"text": "Mine."})
    Claim.objects.update(text="Third.")

    response = ada.post(page(claim), filled(response))

    assert newer(response) == {"Text": ("Second.", "Third.", "Mine.")}


def test_a_form_that_changes_nothing_overwrites_nothing_and_is_not_refused(ada):
    claim = make_claim(text="First.")
    mine = filled(ada.get(page(claim)))
    Claim.objects.update(text="Second.")

    response = ada.post(page(claim), mine)

    assert response.status_code == 302
    claim.refresh_from_db()
    assert claim.text == "Second."


@pytest.mark.parametrize("stamp", ["", "0", "nonsense", "9" * 30, "1;2;3;x", "\0"])
def test_a_form_that_does_not_say_what_it_was_made_from_is_refused(ada, stamp):
    claim = make_claim(text="First.")
    sent = filled(ada.get(page(claim))) | {"stamp": stamp, "text": "Mine."}

    response = ada.post(page(claim), sent)

    assert newer(response) == {"Text": ("", "First.", "Mine.")}
    claim.refresh_from_db()
    assert claim.text == "First."


def test_what_another_row_was_is_not_shown(ada):
    claim, other = make_claim(text="First."), make_claim(text="Other.")
    stamp = filled(ada.get(page(other)))["stamp"]

    response = ada.post(
        page(claim), filled(ada.get(page(claim))) | {"stamp": stamp, "text": "Mine."}
    )

    assert newer(response) == {"Text": ("", "First.", "Mine.")}


def test_the_topics_of_a_claim_are_met_too(ada, dora):
    roads, mines, ports = (make_topic(name=name) for name in ("Roads", "Mines", "Ports"))
    claim = make_claim(topics=[roads])
    mine, hers = filled(ada.get(page(claim))), filled(dora.get(page(claim)))
    dora.post(page(claim), hers | {"topics": [mines.pk]})

    response = ada.post(page(claim), mine | {"topics": [roads.pk, ports.pk]})

    assert newer(response) == {"Topics": ("Roads", "Mines", "Ports\nRoads")}
    ada.post(page(claim), taken(response))
    assert list(claim.topics.all()) == [mines]


def test_a_ticked_box_that_was_not_touched_takes_what_is_saved_now(ada, dora):
    statement = make_statement(personal_capacity=True)
    mine, hers = filled(ada.get(page(statement))), filled(dora.get(page(statement)))
    hers.pop("personal_capacity")
    dora.post(page(statement), hers)

    response = ada.post(page(statement), mine | {"note": "Mine."})
    ada.post(page(statement), filled(response))

    assert newer(response)["Personal capacity"] == ("Yes", "No", None)
    statement.refresh_from_db()
    assert (statement.personal_capacity, statement.note) == (False, "Mine.")


def test_a_change_that_the_form_does_not_show_is_told(ada):
    source, other = make_source(review_state="retired"), make_source(name="Survivor")
    mine = filled(ada.get(page(source)))
    Source.objects.filter(pk=source.pk).update(merged_into=other)

    response = ada.post(page(source), mine | {"name": "Mine."})

    assert newer(response)["Merged into"] == ("", "Survivor (Person)", None)


@pytest.mark.parametrize("make", [make_topic, make_relation])
def test_rows_without_a_version_are_met_as_well(ada, dora, make):
    row = make()
    field = "name" if isinstance(row, Topic) else "rationale"
    mine, hers = filled(ada.get(page(row))), filled(dora.get(page(row)))
    dora.post(page(row), hers | {field: "Hers."})

    response = ada.post(page(row), mine | {field: "Mine."})

    assert list(newer(response).values())[0][1:] == ("Hers.", "Mine.")
    row.refresh_from_db()
    assert getattr(row, field) == "Hers."


# The rows below a page ----------------------------------------------------------------------------


def test_a_citation_that_another_changed_is_not_overwritten(ada, dora):
    citation = make_citation(quote="First.")
    address = page(citation.statement)
    mine, hers = filled(ada.get(address)), filled(dora.get(address))
    dora.post(address, hers | {"citations-0-quote": "Hers."})

    response = ada.post(address, mine | {"citations-0-quote": "Mine."})

    assert newer(response) == {"Quote": ("First.", "Hers.", "Mine.")}
    citation.refresh_from_db()
    assert citation.quote == "Hers."
    ada.post(address, filled(response))
    citation.refresh_from_db()
    assert citation.quote == "Mine."


def test_a_citation_changed_on_its_own_page_is_met_on_its_statements_page(ada, dora):
    citation = make_citation(quote="First.")
    mine = filled(ada.get(page(citation.statement)))
    dora.post(page(citation), filled(dora.get(page(citation))) | {"quote": "Hers."})

    response = ada.post(page(citation.statement), mine | {"note": "Mine."})

    assert newer(response) == {"Quote": ("First.", "Hers.", None)}
    ada.post(page(citation.statement), filled(response))
    citation.refresh_from_db()
    assert citation.quote == "Hers."


def test_a_citation_that_another_deleted_is_told_and_the_rest_is_saved(ada):
    statement = make_statement()
    first, second = (make_citation(statement=statement) for _ in range(2))
    mine = filled(ada.get(page(statement)))
    first.delete()

    response = ada.post(page(statement), mine | {"citations-1-quote": "Mine."})
    again = ada.post(page(statement), filled(response))

    assert [row.is_removed for row in response.context["newer"]] == [True]
    assert again.status_code == 302
    assert list(statement.citations.values_list("pk", "quote")) == [(second.pk, "Mine.")]


def test_what_was_typed_into_a_deleted_citation_is_kept_as_a_new_one(ada):
    document = make_document()
    citation = make_citation(document=document, quote="First.", locator="p. 1")
    mine = filled(ada.get(page(citation.statement)))
    citation.delete()

    response = ada.post(page(citation.statement), mine | {"citations-0-quote": "Mine."})
    ada.post(page(citation.statement), filled(response))

    assert response.context["newer"][0].is_kept
    kept = Citation.objects.get()
    assert (kept.document, kept.quote, kept.locator) == (document, "Mine.", "p. 1")


def test_a_relation_that_another_moved_away_is_told(ada):
    relation = make_relation()
    claim = relation.from_claim
    mine = filled(ada.get(page(claim)))
    Relation.objects.update(from_claim=make_claim())

    response = ada.post(page(claim), mine | {"text": "Mine."})

    assert [row.is_removed for row in response.context["newer"]] == [True]
    assert ada.post(page(claim), filled(response)).status_code == 302


def test_a_row_that_another_added_is_no_conflict(ada):
    claim = make_claim()
    mine = filled(ada.get(page(claim)))
    relation = make_relation(from_claim=claim)

    response = ada.post(page(claim), mine | {"text": "Mine."})

    assert response.status_code == 302
    assert Relation.objects.get() == relation


# Deleted meanwhile --------------------------------------------------------------------------------


def test_a_row_that_another_deleted_shows_what_was_typed_and_can_be_saved_anew(ada):
    claim = make_claim(text="First.", review_state="draft")
    address = page(claim)
    mine = filled(ada.get(address))
    claim.delete()

    response = ada.post(address, mine | {"text": "Mine."})

    assert "Somebody deleted this" in errors(response)[None][0]
    assert filled(response)["text"] == "Mine."
    assert 'name="_saveasnew"' in response.content.decode()
    ada.post(address, filled(response) | {"_saveasnew": "1"})
    assert Claim.objects.get().text == "Mine."


def test_a_deleted_row_is_not_written_by_saving_again(ada):
    claim = make_claim(text="First.", review_state="draft")
    address = page(claim)
    mine = filled(ada.get(address))
    claim.delete()

    response = ada.post(address, filled(ada.post(address, mine | {"text": "Mine."})))

    assert response.status_code == 200
    assert not Claim.objects.exists()


def test_a_row_that_never_was_is_not_found(ada):
    response = ada.post(page(Claim(pk=10**9)), {"text": "Mine."}, follow=True)

    assert "doesn’t exist" in said(response)


def test_a_deletion_is_refused_where_somebody_changed_the_row_meanwhile(ada):
    claim = make_claim(text="First.", review_state="draft")
    stamp = ada.get(page(claim, "delete")).context["stamp"]
    Claim.objects.update(text="Second.")

    response = ada.post(page(claim, "delete"), CONFIRMED | {"stamp": stamp}, follow=True)

    assert "Somebody changed it" in said(response)
    assert Claim.objects.exists()


def test_a_deletion_as_seen_is_done(ada):
    claim = make_claim(review_state="draft")

    delete(ada, claim)

    assert not Claim.objects.exists()


@pytest.mark.parametrize("action", ["publish_selected", "retire_selected"])
def test_an_action_is_refused_where_somebody_changed_a_row_since_the_list_was_made(ada, action):
    claim = make_claim(text="First.", review_state="draft")
    seen = f"{page(Claim, 'changelist')}"
    shown = hidden(ada.get(seen))
    assert shown[f"version-{claim.pk}"] == "1"
    Claim.objects.update(text="Second.")

    response = act(ada, Claim, action, [claim], **shown)

    assert "“Second.” was changed since this list was made" in said(response)
    claim.refresh_from_db()
    assert claim.review_state == "draft"


# Text ---------------------------------------------------------------------------------------------


def test_a_text_of_several_lines_is_not_changed_by_saving_it_as_it_is(ada):
    statement = make_statement(note="One.\nTwo.")
    sent = filled(ada.get(page(statement)))

    # As browsers send it.
    ada.post(page(statement), sent | {"note": "One.\r\nTwo."})

    statement.refresh_from_db()
    assert (statement.note, statement.version) == ("One.\nTwo.", 1)


# Eight at once ------------------------------------------------------------------------------------

# Forty with FULL=1.
WRITERS, ROUNDS = 8, 40 if IS_FULL else 8


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_eight_writers_in_many_rounds_nothing_that_was_saved_is_lost():
    topic = make_topic(name="-")
    start = threading.Barrier(WRITERS)
    accepted, refused, failed = [], [], []

    def write(number):
        client = Client()
        client.force_login(users[number])
        try:
            for turn in range(ROUNDS):
                mark = f"{number}.{turn}"
                start.wait(60)
                given = filled(client.get(page(topic)))
                # One letter a save: a name has room for so many.
                answer = client.post(page(topic), given | {"name": f"{given['name']}{number}"})
                (accepted if answer.status_code == 302 else refused).append(mark)
        except Exception as error:
            failed.append(error)
            start.abort()
        finally:
            connection.close()

    users = [make_user(f"writer{n}", group="editors", is_staff=True) for n in range(WRITERS)]
    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    topic.refresh_from_db()
    assert len(accepted) + len(refused) == WRITERS * ROUNDS
    assert len(topic.name) == 1 + len(accepted)
    for number in range(WRITERS):
        mine = [mark for mark in accepted if mark.startswith(f"{number}.")]
        assert topic.name.count(str(number)) == len(mine)


def test_ticked_rows_are_not_deleted_where_one_was_changed_since_the_list_was_made(client):
    log_in(client)
    claim = make_claim()
    seen = {f"version-{claim.pk}": claim.version}
    Claim.objects.update(text="Changed.")

    response = act(client, Claim, "delete_selected", [claim], **seen)

    assert "was changed since this page was made" in said(response)


def test_ticked_rows_are_not_deleted_where_one_was_changed_since_it_was_asked(client):
    log_in(client)
    relation = make_relation()
    asked = act(client, Relation, "delete_selected", [relation])
    seen = {name: str(event) for name, event in asked.context["seen"]}
    Relation.objects.update(rationale="Changed.")

    response = act(client, Relation, "delete_selected", [relation], **CONFIRMED, **seen)

    assert "Nothing was deleted" in said(response)
    assert Relation.objects.exists()


def test_ticked_rows_are_deleted_as_they_were_seen(client):
    log_in(client)
    relation = make_relation()
    asked = act(client, Relation, "delete_selected", [relation])
    seen = {name: str(event) for name, event in asked.context["seen"]}

    act(client, Relation, "delete_selected", [relation], **CONFIRMED, **seen)

    assert seen and not Relation.objects.exists()
