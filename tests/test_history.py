"""History: every write leaves an event, whichever way it came; nothing rewrites it."""

import pghistory
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from claims.models import (
    Change,
    ChangeSubject,
    Claim,
    ClaimTopic,
    Misquote,
    Position,
    Rewording,
    Statement,
    Tally,
    Upload,
)
from sources.models import Source
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

pytestmark = pytest.mark.django_db

MAKERS = {
    "source": make_source,
    "affiliation": make_affiliation,
    "document": make_document,
    "topic": make_topic,
    "claim": make_claim,
    "relation": make_relation,
    "statement": make_statement,
    "citation": make_citation,
}


def events_of(row):
    """Return the events of a row, the oldest first."""
    model = apps.get_model(f"{row._meta.app_label}.{type(row).__name__}Event")
    return model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")


def labels_of(row):
    return list(events_of(row).values_list("pgh_label", flat=True))


def run_sql(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)


@pytest.mark.parametrize("kind", MAKERS)
def test_making_and_deleting_a_row_are_both_kept(kind):
    row = MAKERS[kind]()
    key = row.pk

    row.delete()
    row.pk = key

    assert labels_of(row) == ["insert", "delete"]


# The database derives these, and a file waits in one until it is imported.
NOT_KEPT = {Change, ChangeSubject, Misquote, Position, Rewording, Tally, Upload}


def test_the_history_names_every_table_that_editors_write():
    written = {
        model
        for app in ("sources", "claims")
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model, "pgh_tracked_model")
    } - NOT_KEPT
    tracked = {
        model.pgh_tracked_model
        for model in apps.get_models()
        if hasattr(model, "pgh_tracked_model")
    }

    assert written == tracked


def save(claim):
    claim.text = "Changed."
    claim.save()


def update(claim):
    Claim.objects.filter(pk=claim.pk).update(text="Changed.")


def bulk_update(claim):
    claim.text = "Changed."
    Claim.objects.bulk_update([claim], ["text"])


def raw_sql(claim):
    run_sql("UPDATE claims_claim SET text = 'Changed.' WHERE id = %s", claim.pk)


@pytest.mark.parametrize("change", [save, update, bulk_update, raw_sql])
def test_a_change_is_kept_whichever_way_it_came(change):
    claim = make_claim(text="First.")

    change(claim)

    assert list(events_of(claim).values_list("text", "version")) == [("First.", 1), ("Changed.", 2)]


def test_bulk_create_is_kept_row_by_row():
    rows = Source.objects.bulk_create(
        Source(slug=f"s{n}", name="S", kind="person") for n in range(3)
    )

    assert [labels_of(row) for row in rows] == [["insert"]] * 3


def test_copy_is_kept_row_by_row():
    make_claim()
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY claims_topic (slug, name) FROM STDIN") as copy,
    ):
        copy.write_row(["roads", "Roads"])
        copy.write_row(["mines", "Mines"])

    events = apps.get_model("claims.TopicEvent").objects.order_by("pgh_id")
    assert list(events.values_list("slug", flat=True)) == ["roads", "mines"]


def test_filing_a_claim_under_a_topic_is_kept():
    claim, topic = make_claim(), make_topic()

    claim.topics.add(topic)
    link = ClaimTopic.objects.get(claim=claim)
    key = link.pk
    claim.topics.remove(topic)
    link.pk = key

    assert labels_of(link) == ["insert", "delete"]


@pytest.mark.parametrize("change", [save, update, raw_sql])
def test_a_write_that_changes_nothing_leaves_no_event_and_no_version(change):
    claim = make_claim(text="Changed.")

    change(claim)

    claim.refresh_from_db()
    assert (labels_of(claim), claim.version) == (["insert"], 1)


def test_nobody_sets_a_version_back():
    claim = make_claim()
    Claim.objects.filter(pk=claim.pk).update(text="Second.")

    Claim.objects.filter(pk=claim.pk).update(version=1)

    claim.refresh_from_db()
    assert claim.version == 2


def file_under(claim, topic):
    claim.topics.add(topic)


def file_no_longer(claim, topic):
    claim.topics.remove(claim.topics.get())


def file_otherwise(claim, topic):
    run_sql("UPDATE claims_claim_topics SET topic_id = %s", topic.pk)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("change", [file_under, file_no_longer, file_otherwise])
def test_filing_a_claim_otherwise_is_a_new_version_of_it(change):
    with transaction.atomic():
        claim = make_claim(topics=[make_topic()])

    change(claim, make_topic())

    claim.refresh_from_db()
    assert claim.version == 2
    assert list(events_of(claim).values_list("version", flat=True)) == [1, 2]


def test_an_event_has_the_day_range_of_its_own_date():
    statement = make_statement(said="2023-09")
    Statement.objects.update(said="2023-10")

    spans = [(event.said_range.lower.month) for event in events_of(statement)]

    assert spans == [9, 10]


@pytest.mark.parametrize(
    "deed", ["UPDATE claims_claimevent SET text = 'x'", "DELETE FROM claims_claimevent"]
)
def test_the_history_cannot_be_rewritten(deed):
    make_claim()

    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        run_sql(deed)


def test_an_event_knows_who_and_why():
    ada = make_user("ada")

    with pghistory.context(user=ada.pk, reason="a slip of the pen"):
        claim = make_claim()

    context = events_of(claim).get().pgh_context
    assert context.metadata == {"user": ada.pk, "reason": "a slip of the pen"}


def test_retiring_a_claim_keeps_the_retiring_of_its_statements():
    statement = make_statement()

    Claim.objects.update(review_state="retired")

    assert list(events_of(statement).values_list("review_state", flat=True)) == [
        "published",
        "retired",
    ]
