"""What was deleted, and that it comes back."""

import pghistory
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Citation, Claim, Statement, Topic
from claimtracker.deletions import Mark, deletions, restore, tell
from sources.models import Document, Source
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

MODELS = [Claim, Statement, Citation, Topic, Source, Document]


def delete(row, user=None, reason=""):
    """Delete a row as one request of a user does. Returns its id."""
    pk = row.pk
    with pghistory.context(user=user and user.pk, reason=reason):
        row.delete()
    return pk


def back(row, pk, **more):
    return restore(
        **{"model": type(row), "pk": pk, "user": make_user("eve"), "reason": "Needed."} | more
    )


def stored(row, pk):
    """Return all columns of a row."""
    return type(row).objects.filter(pk=pk).values().get()


def test_the_list_says_who_deleted_what_when_and_why():
    ada = make_user("ada")
    claim = make_claim(text="It is so.")
    delete(claim, ada, "twice here")

    (one,) = tell(deletions(MODELS, limit=50))

    assert (one.who, one.why, one.name) == ("ada", "twice here", "It is so.")
    assert {each.label: each.after for each in one.said}["Text"] == "It is so."


def test_the_name_of_a_deleted_row_needs_not_what_it_referred_to():
    statement = make_statement(claim=make_claim(text="It is so."), source=make_source(name="Baku"))
    delete(statement)
    delete(statement.claim)
    delete(statement.source)

    names = {one.name for one in tell(deletions([Statement], limit=50))}

    assert names == {"Baku asserts: It is so."}


def test_what_is_there_again_is_not_listed():
    claim = make_claim()
    pk = delete(claim)
    back(claim, pk)

    assert deletions(MODELS, limit=50) == []


def test_what_was_deleted_twice_is_listed_once():
    claim = make_claim()
    pk = delete(claim)
    row, _ = back(claim, pk)
    delete(row)

    assert [one.pk for one in deletions(MODELS, limit=50)] == [pk]


def test_the_list_is_of_the_models_and_of_the_user_that_were_asked_for():
    ada, ben = make_user("ada"), make_user("ben")
    claim, topic, other = make_claim(), make_topic(), make_topic()
    delete(claim, ada)
    by_ada = delete(topic, ada)
    delete(other, ben)

    found = deletions([Topic], user=ada.pk, limit=50)

    assert [one.pk for one in found] == [by_ada]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_pages_of_the_list_have_every_row_once_the_newest_first():
    rows = [make_claim(), make_topic(), make_document(), make_topic(), make_claim()]
    with pghistory.context():
        Topic.objects.all().delete()
    keys = [delete(row) for row in rows if not isinstance(row, Topic)]

    seen, after = [], None
    while page := deletions(MODELS, after=after, limit=2):
        seen += page
        last = page[-1]
        after = Mark(last.at, last.model._meta.label_lower, last.event)

    assert len({(one.model, one.pk) for one in seen}) == len(seen) == 5
    assert [one.pk for one in seen[:3]] == keys[::-1]


@pytest.mark.parametrize("make", [make_source, make_document, make_claim, make_topic])
def test_a_row_comes_back_exactly_as_it_was(make):
    row = make()
    was = stored(row, row.pk)
    pk = delete(row)

    back(row, pk)

    assert stored(row, pk) == was


def test_a_restored_row_was_public_before():
    claim = make_claim()
    Claim.objects.update(review_state="retired")
    pk = delete(claim)

    back(claim, pk)

    assert Claim.objects.get().was_public


def test_a_published_row_may_come_back_as_a_draft():
    claim = make_claim()
    pk = delete(claim)

    back(claim, pk, as_draft=True)

    assert Claim.objects.get().review_state == "draft"


def test_what_was_deleted_with_it_comes_back():
    topic = make_topic()
    claim = make_claim(topics=[topic])
    pk = delete(claim)

    back(claim, pk)

    assert list(Claim.objects.get().topics.all()) == [topic]


def test_a_statement_comes_back_with_the_citations_that_one_request_deleted_with_it():
    statement = make_statement()
    origin = make_citation(statement=statement)
    passed_on = make_citation(via=origin)
    keys = {"statement": statement.pk, "origin": origin.pk, "passed_on": passed_on.pk}
    with pghistory.context():
        passed_on.delete()
        origin.delete()
        statement.delete()

    back(statement, keys["statement"])

    assert Citation.objects.get(pk=keys["passed_on"]).via_id == keys["origin"]


def test_what_was_deleted_before_it_stays_deleted():
    citation = make_citation()
    statement = citation.statement
    delete(citation)
    pk = delete(statement)

    back(statement, pk)

    assert not Citation.objects.exists()


def test_what_went_with_it_and_lacks_its_other_end_is_told():
    topic = make_topic()
    claim = make_claim(topics=[topic])
    pk = delete(topic)
    delete(claim)

    _, left_out = back(topic, pk)

    assert "did not come back" in left_out[0]
    assert Topic.objects.exists()


def test_a_row_whose_claim_is_gone_is_refused_by_name():
    statement = make_statement(claim=make_claim(text="It is so."))
    pk = delete(statement)
    delete(statement.claim)

    with pytest.raises(ValidationError, match="Claim: “It is so.” was deleted as well"):
        back(statement, pk)


def test_a_row_whose_slug_another_has_now_is_refused():
    claim = make_claim(slug="taken")
    pk = delete(claim)
    make_claim(slug="taken")

    with pytest.raises(ValidationError, match="Slug: Claim with this Slug already exists"):
        back(claim, pk)


def test_a_published_statement_of_a_retired_claim_is_refused_but_for_a_draft():
    statement = make_statement()
    pk = delete(statement)
    Claim.objects.update(review_state="retired")

    with pytest.raises(ValidationError, match="a published statement has a published claim"):
        back(statement, pk)
    restore(model=Statement, pk=pk, user=make_user(), reason="Needed.", as_draft=True)

    assert Statement.objects.get().review_state == "draft"


def test_what_is_there_is_not_restored():
    claim = make_claim()

    with pytest.raises(ValidationError, match="not among what was deleted"):
        back(claim, claim.pk)


def test_many_deletions_cost_the_queries_of_few():
    def cost():
        with CaptureQueriesContext(connection) as captured:
            tell(deletions(MODELS, limit=50))
        return len(captured)

    def delete_some(number):
        for n in range(number):
            ada = make_user(f"ada-{number}-{n}")
            citation = make_citation(document=make_document(publisher=make_source()))
            delete(citation, ada)
            delete(citation.statement, ada)
            delete(make_relation(), ada)
            delete(make_topic(), ada)
            delete(make_source(), ada)
            delete(make_document(), ada)
            delete(make_claim(), ada)

    delete_some(1)
    once = cost()
    delete_some(5)

    assert cost() == once
