"""The history of a row: who changed what, when and why."""

from contextlib import contextmanager

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Statement
from claimtracker.history import LONG, History, as_it_stood, tell
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
# What is ordered over several tables by when its transaction began.
committed = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@contextmanager
def doing(user=None, reason="", **more):
    """Do something as one request of a user does."""
    with pghistory.context(user=user and user.pk, reason=reason, **more):
        yield


def told(row, **more):
    """Return the history of a row in words, the oldest first."""
    history = History(type(row), row.pk)
    return tell(history, history.entries, **more)


def changed(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def test_an_entry_says_who_when_why_and_what():
    ada = make_user("ada", first_name="Ada", last_name="Lovelace")
    claim = make_claim(text="It is so.")
    with doing(ada, "a slip of the pen"):
        changed(claim, text="It is not so.")

    entry = told(claim)[-1]

    assert (entry.who, entry.why, entry.deed) == ("Ada Lovelace", "a slip of the pen", "changed")
    assert entry.at is not None
    (difference,) = entry.changes[0].differences
    assert (difference.label, difference.before, difference.after) == (
        "Text",
        "It is so.",
        "It is not so.",
    )


def copied():
    columns = "slug, review_state, version, created_at, kind, text, language"
    copy = f"COPY claims_claim ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copy) as rows:
        rows.write_row(["c", "draft", 1, "2023-01-01T00:00Z", "fact", "It is so.", ""])
    return Claim.objects.get()


def in_sql():
    claim = make_claim()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE claims_claim SET text = 'It is so.'")
    return claim


@pytest.mark.parametrize("write", [make_claim, copied, in_sql])
def test_what_did_not_come_through_the_desk_says_so(write):
    (entry,) = told(write())

    assert (entry.who, entry.deed) == ("a command or an import", "recorded")


def test_an_account_that_is_gone_is_told_as_that():
    ada = make_user("ada")
    with doing(ada):
        claim = make_claim()
    ada.delete()

    assert told(claim)[0].who == "a former user"


def test_what_one_request_did_is_one_entry():
    claim = make_claim()
    with doing():
        changed(claim, text="First.")
        changed(claim, text="Second.")

    (difference,) = told(claim)[-1].changes[0].differences

    assert len(told(claim)) == 2
    assert difference.after == "Second."


@pytest.mark.parametrize(
    ("state", "deed"),
    [
        ("in_review", "submitted for review"),
        ("published", "published"),
        ("retired", "retired"),
        ("draft", "back to draft"),
    ],
)
def test_a_review_is_told_as_what_it_is(state, deed):
    claim = make_claim(review_state="in_review" if state == "draft" else "draft")
    with doing():
        changed(claim, review_state=state)

    assert told(claim)[-1].deed == deed


def test_a_row_that_is_back_is_told_as_restored():
    claim = make_claim()
    with doing():
        Claim.objects.filter(pk=claim.pk).delete()
    with doing():
        claim.save(force_insert=True)

    assert [entry.deed for entry in told(claim)] == ["recorded", "deleted", "restored"]


def test_what_was_referred_to_and_is_gone_is_called_as_it_last_was():
    gone = make_source(name="First name")
    document = make_document(publisher=gone)
    with doing():
        changed(gone, name="Last name")
    with doing():
        changed(document, publisher=None)
        gone.delete()

    (difference,) = told(document)[-1].changes[0].differences

    assert difference.before == "Last name"


@committed
def test_the_citations_of_a_statement_belong_to_its_history():
    statement = make_statement()
    with doing():
        citation = make_citation(statement=statement, document=make_document(title="The readout"))
    with doing():
        changed(citation, quote="We are not.")
    with doing():
        citation.delete()
    make_citation()

    entries = told(statement)[1:]

    assert [[change.title for change in entry.changes] for entry in entries] == [
        ["Citation: The readout"]
    ] * 3
    assert [entry.changes[0].deed for entry in entries] == ["recorded", "changed", "deleted"]


@committed
def test_a_citation_that_went_to_another_statement_is_told_on_both_pages():
    citation, other = make_citation(), make_statement()
    before = citation.statement
    with doing():
        changed(citation, statement=other)

    assert told(before)[-1].changes[0].deed == "went to another"
    assert told(other)[-1].changes[0].deed == "came from another"


def test_a_relation_belongs_to_both_its_claims_and_says_which_end_the_other_is():
    relation = make_relation(to_claim=make_claim(text="It is so."))

    titles = [change.title for change in told(relation.from_claim)[0].changes]

    assert "Relation, other claim: It is so." in titles


def test_the_affiliations_of_a_source_belong_to_its_history():
    affiliation = make_affiliation(body=make_source(name="The Ministry"))

    titles = [change.title for change in told(affiliation.member)[0].changes]

    assert "Affiliation, body: The Ministry" in titles


@committed
def test_filing_a_claim_otherwise_belongs_to_its_history():
    claim, topic = make_claim(), make_topic(name="Roads")
    with doing():
        claim.topics.add(topic)
    with doing():
        claim.topics.remove(topic)

    assert [
        [(change.title, change.deed) for change in entry.changes] for entry in told(claim)[1:]
    ] == [[("Topic: Roads", "added")], [("Topic: Roads", "removed")]]


def test_a_text_that_is_too_long_for_a_list_is_told_by_its_size():
    document = make_document(text="a" * (LONG + 1))
    with doing():
        changed(document, text="b" * (LONG + 2))

    (in_list,), (alone,) = (
        told(document, whole=whole)[-1].changes[0].differences for whole in (False, True)
    )

    assert (in_list.before, in_list.after) == (
        "a text of 20,001 characters",
        "a text of 20,002 characters",
    )
    assert alone.after.startswith("bbb")


def test_a_field_that_is_not_for_the_reader_is_not_told():
    document = make_document(text="Private.")

    fields = {each.field for each in told(document, without={"text"})[0].changes[0].differences}

    assert "title" in fields and "text" not in fields


@committed
def test_it_stands_as_after_each_entry():
    statement = make_statement(note="First.")
    with doing():
        citation = make_citation(statement=statement, quote="We are not.")
    with doing():
        changed(statement, note="Second.")
    with doing():
        citation.delete()
    history = History(Statement, statement.pk)

    stood = [
        [dict(row.lines)["Note" if row.is_own else "Quote"] for row in as_it_stood(history, entry)]
        for entry in history.entries
    ]

    assert stood == [["First."], ["First.", "We are not."], ["Second.", "We are not."], ["Second."]]


@committed
def test_what_began_earlier_and_wrote_later_comes_later():
    claim = make_claim(text="First.")
    slow = connection.copy()
    try:
        with slow.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT now()")
            changed(claim, text="Second.")
            cursor.execute("UPDATE claims_claim SET text = 'Third.'")
            cursor.execute("COMMIT")
    finally:
        slow.close()

    texts = [entry.changes[0].differences[-1].after for entry in told(claim)]

    assert texts == ["First.", "Second.", "Third."]


def make_entries(statement, number):
    for n in range(number):
        with doing(make_user(f"u{n}-{number}"), "because"):
            changed(statement, note=f"Note {n}", claim=make_claim(), source=make_source())
            make_citation(statement=statement, document=make_document(publisher=make_source()))


def test_many_entries_cost_the_queries_of_few():
    few, many = make_statement(), make_statement()
    make_entries(few, 3)
    make_entries(many, 20)

    def cost(statement):
        with CaptureQueriesContext(connection) as captured:
            told(statement)
        return len(captured)

    assert cost(few) == cost(many)
