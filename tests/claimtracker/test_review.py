"""Review: the steps from one state to another, and whose words wait for another pair of eyes."""

import pghistory
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim
from claimtracker.review import TRANSITIONS, last_authors, move, open_to
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

STATES = ["draft", "in_review", "published", "retired"]


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def dora():
    return make_user("dora", group="contributors")


def by(user, deed, *args, **kwargs):
    with pghistory.context(user=user.pk):
        return deed(*args, **kwargs)


# Steps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("draft", ["submit"]),
        ("in_review", ["take_back"]),
        ("published", []),
        ("retired", []),
    ],
)
def test_what_a_contributor_may_do(dora, state, steps):
    assert [step.name for step in open_to(dora, Claim(review_state=state))] == steps


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("draft", ["submit", "publish", "retire"]),
        ("in_review", ["publish", "send_back", "retire"]),
        ("published", ["retire", "reopen"]),
        ("retired", ["publish", "reopen"]),
    ],
)
def test_what_an_editor_may_do(ada, state, steps):
    assert [step.name for step in open_to(ada, Claim(review_state=state))] == steps


def test_an_analyst_may_do_nothing():
    assert open_to(make_user("ben"), make_claim(review_state="draft")) == []


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_a_step_is_taken_from_where_it_begins_only(ada, name, state):
    step, claim = TRANSITIONS[name], make_claim(review_state=state)

    if state in step.begins:
        assert move(row=claim, step=name, user=ada, reason="So.").review_state == step.to
    else:
        with pytest.raises(ValidationError, match="by now"):
            move(row=claim, step=name, user=ada, reason="So.")


@pytest.mark.parametrize("name", ["publish", "send_back", "retire"])
def test_a_contributor_takes_no_step_of_an_editor(dora, name):
    claim = make_claim(review_state="in_review")

    with pytest.raises(PermissionDenied, match="for editors"):
        move(row=claim, step=name, user=dora, reason="So.")


@pytest.mark.parametrize("name", ["send_back", "retire"])
def test_sending_back_and_retiring_need_a_reason(ada, name):
    with pytest.raises(ValidationError, match="Say why"):
        move(row=make_claim(review_state="in_review"), step=name, user=ada)


def test_the_reason_is_kept_in_the_history(ada):
    claim = move(row=make_claim(), step="retire", user=ada, reason="A double.")

    event = Claim.pgh_event_models["insert"].objects.filter(pgh_obj_id=claim.pk).latest("pgh_id")
    assert event.pgh_context.metadata == {"user": ada.pk, "reason": "A double."}


def test_publishing_what_cannot_be_public_is_refused(ada):
    statement = make_statement(review_state="draft", claim=make_claim(review_state="draft"))

    with pytest.raises(ValidationError, match="Publish"):
        move(row=statement, step="publish", user=ada)


# Since when ---------------------------------------------------------------------------------------


def test_the_database_notes_since_when_a_row_waits(dora):
    claim = move(row=make_claim(review_state="draft"), step="submit", user=dora)

    assert claim.submitted_at is not None
    assert claim.version == 2


def test_a_change_of_what_waits_leaves_its_place_in_the_queue():
    claim = make_claim(review_state="in_review")
    since = claim.submitted_at

    Claim.objects.update(text="Better.", submitted_at=None)

    claim.refresh_from_db()
    assert (claim.submitted_at, claim.version) == (since, 2)


@pytest.mark.parametrize("state", ["draft", "published", "retired"])
def test_what_does_not_wait_has_no_time_of_submission(state):
    claim = make_claim(review_state="in_review")

    Claim.objects.update(review_state=state)

    claim.refresh_from_db()
    assert claim.submitted_at is None


# A second pair of eyes ----------------------------------------------------------------------------


@pytest.fixture
def second_pair(settings):
    settings.SECOND_PAIR_OF_EYES = True


def test_nobody_publishes_what_he_wrote_last(second_pair, ada):
    claim = by(ada, make_claim, review_state="draft")

    with pytest.raises(PermissionDenied, match="another editor publishes it"):
        move(row=claim, step="publish", user=ada)


def test_another_editor_publishes_it(second_pair, ada):
    claim = by(ada, make_claim, review_state="draft")

    assert move(row=claim, step="publish", user=make_user("eve", group="editors")).is_public


def test_not_even_a_superuser_publishes_what_he_wrote_last(second_pair):
    root = make_user("root", is_superuser=True)
    claim = by(root, make_claim, review_state="draft")

    with pytest.raises(PermissionDenied):
        move(row=claim, step="publish", user=root)


def test_without_the_setting_one_pair_of_eyes_will_do(ada):
    claim = by(ada, make_claim, review_state="draft")

    assert move(row=claim, step="publish", user=ada).is_public


def test_what_a_command_wrote_anybody_publishes(second_pair, ada):
    assert move(row=make_claim(review_state="draft"), step="publish", user=ada).is_public


def test_retiring_ones_own_words_takes_no_second_pair(second_pair, ada):
    claim = by(ada, make_claim)

    assert move(row=claim, step="retire", user=ada, reason="So.").review_state == "retired"


def test_a_step_of_review_is_no_change_of_content(ada, dora):
    claim = by(dora, make_claim, review_state="draft")
    move(row=claim, step="submit", user=ada)
    move(row=claim, step="send_back", user=ada, reason="So.")

    assert last_authors([claim]) == {claim.pk: dora.pk}


def test_a_change_and_a_step_in_one_write_is_a_change(ada, dora):
    claim = by(dora, make_claim, review_state="draft")
    by(ada, Claim.objects.filter(pk=claim.pk).update, review_state="in_review", text="Better.")

    assert last_authors([claim]) == {claim.pk: ada.pk}


def test_the_author_of_a_change_that_was_proposed_is_who_proposed_it(ada, dora):
    claim = by(ada, make_claim)
    with pghistory.context(user=ada.pk, proposed_by=dora.pk):
        Claim.objects.update(text="Better.")

    assert last_authors([claim]) == {claim.pk: dora.pk}


def topics_of_a_claim():
    claim, topic = make_claim(), make_topic()
    return claim, lambda: claim.topics.add(topic)


def relations_of_a_claim():
    claim, other = make_claim(), make_claim()
    return claim, lambda: make_relation(from_claim=claim, to_claim=other)


def relations_to_a_claim():
    claim, other = make_claim(), make_claim()
    return claim, lambda: make_relation(from_claim=other, to_claim=claim)


def citations_of_a_statement():
    statement, document = make_statement(), make_document()
    return statement, lambda: make_citation(statement=statement, document=document)


def a_citation_that_goes():
    statement = make_statement()
    return statement, make_citation(statement=statement).delete


def affiliations_of_a_source():
    source, body = make_source(), make_source()
    return source, lambda: make_affiliation(member=source, body=body)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(
    "case",
    [
        topics_of_a_claim,
        relations_of_a_claim,
        relations_to_a_claim,
        citations_of_a_statement,
        a_citation_that_goes,
        affiliations_of_a_source,
    ],
)
def test_what_belongs_to_a_row_is_its_content(case):
    ada = make_user("ada")
    row, deed = case()
    by(ada, deed)

    assert last_authors([row]) == {row.pk: ada.pk}


def test_asking_who_wrote_ten_costs_the_same_as_one():
    statements = [make_statement() for _ in range(10)]

    def queries(rows):
        with CaptureQueriesContext(connection) as captured:
            last_authors(rows)
        return len(captured)

    assert queries(statements) == queries(statements[:1])
