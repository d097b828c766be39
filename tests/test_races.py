"""Two writers at once: each of the two is allowed, both together are not, so one is refused."""

import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from claims.models import Citation, Claim, Relation, Statement
from sources.models import Affiliation, Document, Source
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(first, second):
    """Run two writes in two transactions that are open at the same time.

    Returns how many were committed. The second begins when the first has written, and the first
    commits when the second has written too or waits for it.
    """
    wrote = [threading.Event(), threading.Event()]
    done = []

    def write(number, deed):
        try:
            with transaction.atomic():
                if number == 1:
                    wrote[0].wait(10)
                deed()
                wrote[number].set()
                if number == 0:
                    # Where the second waits for our lock, it cannot have written yet.
                    wrote[1].wait(0.5)
            done.append(number)
        except DatabaseError:
            wrote[number].set()
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=one) for one in enumerate((first, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return len(done)


def test_publishing_a_statement_while_its_source_is_retired():
    statement = make_statement(review_state="draft")

    def retire():
        Source.objects.filter(pk=statement.source_id).update(review_state="retired")

    def publish():
        Statement.objects.filter(pk=statement.pk).update(review_state="published")

    at_once(retire, publish)

    assert not Statement.objects.public().exclude(source__review_state="published").exists()


def test_retiring_a_claim_while_a_statement_on_it_is_published():
    statement = make_statement(review_state="draft")

    def publish():
        Statement.objects.filter(pk=statement.pk).update(review_state="published")

    def retire():
        Claim.objects.filter(pk=statement.claim_id).update(review_state="retired")

    at_once(publish, retire)

    assert not Statement.objects.public().exclude(claim__review_state="published").exists()


def test_closing_a_circle_of_affiliations_from_both_ends():
    a, b = make_source(), make_source()

    committed = at_once(
        lambda: Affiliation.objects.create(member=a, body=b),
        lambda: Affiliation.objects.create(member=b, body=a),
    )

    assert committed == 1


def test_giving_one_role_twice():
    first = make_affiliation(until="2000")

    def give():
        Affiliation.objects.create(member=first.member, body=first.body, since="2001")

    assert at_once(give, give) == 1


def test_closing_a_circle_of_citations_from_both_ends():
    one = make_citation()
    other = make_citation(statement=one.statement)

    committed = at_once(
        lambda: Citation.objects.filter(pk=one.pk).update(via=other),
        lambda: Citation.objects.filter(pk=other.pk).update(via=one),
    )

    assert committed == 1


def test_relating_two_claims_in_both_directions():
    a, b = make_claim(), make_claim()

    committed = at_once(
        lambda: Relation.objects.create(from_claim=a, to_claim=b, kind="contradicts"),
        lambda: Relation.objects.create(from_claim=b, to_claim=a, kind="contradicts"),
    )

    assert committed == 1


def test_merging_into_a_claim_that_is_being_merged():
    a, b, c = (make_claim(review_state="retired") for _ in range(3))

    committed = at_once(
        lambda: Claim.objects.filter(pk=b.pk).update(merged_into=c),
        lambda: Claim.objects.filter(pk=a.pk).update(merged_into=b),
    )

    assert committed == 1


def test_denying_the_proposal_of_a_claim_that_ceases_to_be_a_demand():
    claim = make_claim(kind="demand")
    source = make_source()

    committed = at_once(
        lambda: Claim.objects.filter(pk=claim.pk).update(kind="fact"),
        lambda: Statement.objects.create(
            claim=claim, source=source, slug="s", stance="denies", denies_what="proposal"
        ),
    )

    assert committed == 1


@pytest.mark.parametrize("relation_first", [True, False])
def test_relating_a_claim_whose_kind_changes(relation_first):
    one, other = make_claim(), make_claim()
    deeds = [
        lambda: Relation.objects.create(from_claim=one, to_claim=other, kind="implies"),
        lambda: Claim.objects.filter(pk=other.pk).update(kind="demand"),
    ]

    committed = at_once(*(deeds if relation_first else reversed(deeds)))

    assert committed == 1


def test_the_kinds_of_two_related_claims_change_at_once():
    relation = Relation.objects.create(
        from_claim=make_claim(), to_claim=make_claim(kind="event"), kind="negates"
    )

    committed = at_once(
        lambda: Claim.objects.filter(pk=relation.from_claim_id).update(kind="event"),
        lambda: Claim.objects.filter(pk=relation.to_claim_id).update(kind="fact"),
    )

    assert committed == 2
    assert not Relation.objects.that_cross().exists()


def test_the_kinds_of_two_related_claims_do_not_come_apart_at_once():
    relation = Relation.objects.create(
        from_claim=make_claim(kind="characterisation"),
        to_claim=make_claim(kind="characterisation"),
        kind="contradicts",
    )

    committed = at_once(
        lambda: Relation.objects.filter(pk=relation.pk).update(kind="negates"),
        lambda: Claim.objects.filter(pk=relation.to_claim_id).update(kind="fact"),
    )

    assert committed == 1


def at_repeatable_read(deed):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        deed()


def test_an_affiliation_is_not_written_where_others_cannot_be_seen():
    a, b = make_source(), make_source()

    with pytest.raises(IntegrityError, match="read_committed"):
        at_repeatable_read(lambda: Affiliation.objects.create(member=a, body=b))


def test_claims_are_not_related_where_others_cannot_be_seen():
    a, b = make_claim(), make_claim()

    with pytest.raises(IntegrityError, match="read_committed"):
        at_repeatable_read(
            lambda: Relation.objects.create(from_claim=a, to_claim=b, kind="implies")
        )


def test_via_is_not_changed_where_others_cannot_be_seen():
    one = make_citation()
    other = make_citation(statement=one.statement)

    with pytest.raises(IntegrityError, match="read_committed"):
        at_repeatable_read(lambda: Citation.objects.filter(pk=one.pk).update(via=other))


@pytest.mark.parametrize("text_first", [True, False])
def test_a_quote_recorded_while_the_text_changes_is_held_against_what_both_leave(text_first):
    statement, document = make_statement(), make_document(text="The road is shut.")

    def quote():
        Citation.objects.create(statement=statement, document=document, quote="shut")

    def change():
        Document.objects.filter(pk=document.pk).update(text="The road is open.")

    assert at_once(*((change, quote) if text_first else (quote, change))) == 2

    assert Citation.objects.misquoted().exists()
