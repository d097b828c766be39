"""Back to what a row said: a new version, by the rules of now."""

import pghistory
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from claims.models import Citation, Claim, Relation
from claimtracker.history import History, tell
from claimtracker.reverting import revert
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

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def entries(row):
    return History(type(row), row.pk).entries


def back(row, number=0, **more):
    """Revert a row to an entry of its history, the first unless told otherwise."""
    found = entries(row)
    given = {
        "model": type(row),
        "pk": row.pk,
        "to": found[number].key,
        "seen": History(type(row), row.pk).seen,
        "user": make_user("eve"),
        "reason": "It was right.",
    }
    return revert(**given | more)


def changed(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def test_a_row_says_again_what_it_said():
    claim = make_claim(text="First.")
    changed(claim, text="Second.", language="en")

    back(claim)

    claim.refresh_from_db()
    assert (claim.text, claim.language, claim.version) == ("First.", "", 3)


def test_a_revert_is_a_version_with_who_and_why():
    claim = make_claim(text="First.")
    changed(claim, text="Second.")

    back(claim, reason="The first was right.")

    history = History(Claim, claim.pk)
    entry = tell(history, history.entries)[-1]
    assert (entry.who, entry.why) == ("eve", "The first was right.")
    assert entry.deed.startswith("reverted to ")


def test_a_revert_leaves_the_review_state():
    claim = make_claim(text="First.", review_state="draft")
    changed(claim, text="Second.", review_state="published")

    back(claim)

    claim.refresh_from_db()
    assert (claim.text, claim.review_state) == ("First.", "published")


def test_a_revert_sets_the_review_state_back_where_that_is_chosen():
    claim = make_claim(review_state="draft")
    changed(claim, review_state="published")

    back(claim, with_state=True)

    claim.refresh_from_db()
    assert claim.review_state == "draft"


def test_what_has_been_public_keeps_its_slug():
    claim = make_claim(slug="first", text="First.", review_state="draft")
    changed(claim, slug="second", text="Second.", review_state="published")

    back(claim)

    claim.refresh_from_db()
    assert (claim.slug, claim.text) == ("second", "First.")


def test_a_draft_gets_its_slug_back():
    claim = make_claim(slug="first", review_state="draft")
    changed(claim, slug="second")

    back(claim)

    claim.refresh_from_db()
    assert claim.slug == "first"


def test_what_the_rules_of_now_forbid_is_refused_in_words_and_changes_nothing():
    claim = make_claim(slug="first", text="First.", review_state="draft")
    changed(claim, slug="second", text="Second.")
    make_claim(slug="first")

    with pytest.raises(ValidationError, match="Slug: Claim with this Slug already exists"):
        back(claim)

    claim.refresh_from_db()
    assert (claim.slug, claim.text) == ("second", "Second.")


def test_a_published_statement_does_not_go_back_to_a_claim_that_was_retired():
    statement = make_statement()
    retired = statement.claim
    changed(statement, claim=make_claim())
    changed(retired, review_state="retired")

    with pytest.raises(ValidationError, match="a published statement has a published claim"):
        back(statement)


def test_what_somebody_changed_meanwhile_is_not_reverted():
    claim = make_claim(text="First.")
    changed(claim, text="Second.")
    seen = History(Claim, claim.pk).seen
    changed(claim, text="Third.")

    with pytest.raises(ValidationError, match="Somebody changed it meanwhile"):
        back(claim, seen=seen)


def with_citations():
    """Return a statement of which a citation was deleted, one added and one changed."""
    statement = make_statement()
    with pghistory.context():
        origin = make_citation(statement=statement, quote="Origin.")
        passed_on = make_citation(via=origin, quote="Passed on.")
    with pghistory.context():
        added = make_citation(statement=statement, quote="Added.")
        changed(passed_on, via=added, quote="Changed.")
        origin.delete()
    return statement, passed_on


def quotes(statement):
    return {
        citation.quote: citation.via and citation.via.quote
        for citation in statement.citations.select_related("via")
    }


def test_the_citations_of_a_statement_stand_as_they_stood():
    statement, _ = with_citations()

    back(statement, number=1)

    assert quotes(statement) == {"Origin.": None, "Passed on.": "Origin."}


def test_the_citations_of_a_statement_stay_where_that_is_chosen():
    statement, _ = with_citations()
    changed(statement, note="Second.")

    back(statement, number=1, with_parts=False)

    statement.refresh_from_db()
    assert statement.note == ""
    assert quotes(statement) == {"Changed.": "Added.", "Added.": None}


def test_a_citation_that_went_to_another_statement_comes_back():
    citation = make_citation()
    statement = citation.statement
    changed(citation, statement=make_statement())

    back(statement, number=1)

    citation.refresh_from_db()
    assert citation.statement == statement


def test_a_citation_whose_document_is_gone_is_refused():
    statement = make_statement()
    document = make_document()
    citation = make_citation(statement=statement, document=document)
    citation.delete()
    document.delete()

    with pytest.raises(ValidationError, match="Document: “.*” was deleted. Restore that first."):
        back(statement, number=1)

    assert not statement.citations.exists()


def test_a_claim_is_filed_and_related_as_it_was():
    topic, other = make_topic(), make_claim()
    with pghistory.context():
        claim = make_claim(topics=[topic])
        make_relation(from_claim=claim, to_claim=other, rationale="They said so.")
    with pghistory.context():
        claim.topics.set([make_topic()])
        Relation.objects.all().delete()

    back(claim)

    assert list(claim.topics.all()) == [topic]
    assert Relation.objects.get().rationale == "They said so."


def test_a_refused_citation_leaves_the_statement_as_it_is(monkeypatch):
    statement, _ = with_citations()
    changed(statement, note="Second.")

    def refuse(*args, **kwargs):
        raise IntegrityError("late")

    monkeypatch.setattr(Citation, "save", refuse)
    with pytest.raises(IntegrityError):
        back(statement, number=1)

    statement.refresh_from_db()
    assert statement.note == "Second."


def test_a_version_of_another_row_is_none():
    with pytest.raises(ValidationError, match="no such version"):
        back(make_claim(), to=entries(make_source())[0].key)
