"""Proposals: an edit of what readers see waits for an editor, and is applied whole or not."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.deletion import ProtectedError

from claims import actions
from claims.models import Citation, Claim, Proposal, Relation
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


@pytest.fixture
def dora():
    return make_user("dora", group="contributors")


@pytest.fixture
def ada():
    return make_user("ada")


def last_event(row):
    events = row.pgh_event_models["insert"].objects
    return events.filter(pgh_obj_id=row.pk).order_by("-pgh_id").first()


# Proposing ----------------------------------------------------------------------------------------


def test_a_proposal_changes_nothing_that_readers_see(dora):
    claim = make_claim(text="First.")

    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora, note="Typo.")

    claim.refresh_from_db()
    assert (claim.text, claim.version) == ("First.", 1)
    assert (proposal.state, proposal.author, proposal.note) == ("waiting", dora, "Typo.")
    assert (proposal.fields, proposal.base) == ({"text": "Better."}, {"text": "First."})
    assert proposal.base_version == 1


def test_what_is_proposed_as_it_already_is_is_left_out(dora):
    claim = make_claim(text="First.", language="en")

    proposal = actions.propose(
        target=claim, fields={"text": "First.", "language": "az"}, author=dora
    )

    assert proposal.fields == {"language": "az"}


def test_the_very_same_proposed_twice_waits_once(dora):
    claim = make_claim()
    fields = {"text": "Better."}

    first = actions.propose(target=claim, fields=fields, author=dora, note="Typo.")
    again = actions.propose(target=claim, fields=fields, author=dora, note="Typo.")
    other = actions.propose(target=claim, fields=fields, author=dora, note="For another reason.")

    assert first == again != other


def test_proposing_nothing_is_refused(dora):
    with pytest.raises(ValidationError, match="no change"):
        actions.propose(target=make_claim(text="First."), fields={"text": "First."}, author=dora)


def test_the_base_is_what_the_version_said_that_the_author_saw(dora):
    roads = make_topic()
    claim = make_claim(text="First.")
    Claim.objects.update(text="Second.")
    claim.refresh_from_db()

    proposal = actions.propose(
        target=claim,
        fields={"text": "Mine.", "topics": [roads]},
        author=dora,
        base_version=1,
    )

    assert proposal.base == {"text": "First.", "topics": []}
    assert proposal.base_version == 1


def test_a_version_that_never_was_is_refused(dora):
    with pytest.raises(ValidationError, match="never had a version 7"):
        actions.propose(target=make_claim(), fields={"text": "Mine."}, author=dora, base_version=7)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"text": ""}, "text"),
        ({"text": 7}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "a\ud800b"}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"kind": "rumour"}, "kind"),
        ({"slug": "moved"}, "slug"),
        ({"topics": "roads"}, "topics"),
        ({"topics": [10**9]}, "topics"),
        ({"topics": [True]}, "topics"),
        ({"review_state": "retired"}, "review_state"),
        ({"version": 9}, "version"),
        ({"pk": 9}, "pk"),
        ({"nothing": 9}, "nothing"),
        ({"relations_from": {}}, "relations_from"),
        ({"relations_from": [7]}, "relations_from.0"),
        ({"relations_from": [{"id": "7"}]}, "relations_from.0"),
        ({"relations_from": [{"id": 10**9, "kind": "implies"}]}, "relations_from"),
        ({"relations_from": [{"kind": "implies"}]}, "relations_from.0.to_claim"),
        ({"relations_from": [{"from_claim": 1}]}, "relations_from.0.from_claim"),
    ],
)
def test_a_proposal_that_could_not_be_is_refused_at_its_place(dora, fields, place):
    with pytest.raises(ValidationError) as refused:
        actions.propose(target=make_claim(), fields=fields, author=dora)

    assert list(refused.value.message_dict) == [place]
    assert not Proposal.objects.exists()


def test_a_proposal_that_the_database_would_refuse_is_refused(dora):
    claim = make_statement(claim=make_claim(kind="demand"), stance="denies", denies_what="proposal")
    claim = claim.claim

    with pytest.raises(ValidationError) as refused:
        actions.propose(target=claim, fields={"kind": "fact"}, author=dora)

    assert list(refused.value.message_dict) == ["kind"]
    assert not Proposal.objects.exists()


def test_who_may_not_edit_may_not_propose():
    with pytest.raises(PermissionDenied):
        actions.propose(target=make_claim(), fields={"text": "Mine."}, author=make_user("ben"))


def test_every_kind_of_row_can_be_proposed_to_change(dora):
    rows = {
        make_source: {"name": "Better", "aliases": ["One, two", "Three"]},
        make_affiliation: {"role": "Better", "speaks_for": True},
        make_document: {
            "title": "Better",
            "retrieved": datetime.date(2023, 9, 7),
            "text": "Words.",
        },
        make_topic: {"name": "Better"},
        make_claim: {"text": "Better.", "topics": [make_topic()]},
        make_relation: {"rationale": "Better."},
        make_statement: {"said": "2023-09", "order": 2, "claim": make_claim()},
        make_citation: {"quote": "Better.", "document": make_document()},
    }
    editor = make_user("ada")
    for make, fields in rows.items():
        row = make()
        actions.accept(
            proposal=actions.propose(target=row, fields=fields, author=dora), user=editor
        )
        row.refresh_from_db()
        for name, value in fields.items():
            now = getattr(row, name)
            assert (list(now.all()) if name == "topics" else now) == value


# Deciding -----------------------------------------------------------------------------------------


def test_accepting_changes_the_row_and_history_knows_whose_words_they_are(dora, ada):
    claim = make_claim(text="First.")
    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora, note="Typo.")

    proposal = actions.accept(proposal=proposal, user=ada, reason="Right.")

    claim.refresh_from_db()
    assert claim.text == "Better."
    assert (proposal.state, proposal.decided_by, proposal.answer) == ("accepted", ada, "Right.")
    assert last_event(claim).pgh_context.metadata == {
        "user": ada.pk,
        "proposal": proposal.pk,
        "proposed_by": dora.pk,
        "reason": "Right.",
    }


def test_accepting_without_a_reason_keeps_the_authors_note(dora, ada):
    claim = make_claim()
    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora, note="Typo.")

    actions.accept(proposal=proposal, user=ada)

    assert last_event(claim).pgh_context.metadata["reason"] == "Typo."


def test_rejecting_says_why_and_changes_nothing(dora, ada):
    claim = make_claim(text="First.")
    proposal = actions.propose(target=claim, fields={"text": "Worse."}, author=dora)

    proposal = actions.reject(proposal=proposal, user=ada, reason="No.")

    claim.refresh_from_db()
    assert (claim.text, proposal.state, proposal.answer) == ("First.", "refused", "No.")


def test_rejecting_without_a_reason_is_refused(dora, ada):
    proposal = actions.propose(target=make_claim(), fields={"text": "Worse."}, author=dora)

    with pytest.raises(ValidationError, match="Say why"):
        actions.reject(proposal=proposal, user=ada, reason=" ")


def test_the_author_withdraws_and_nobody_else(dora, ada):
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=dora)

    with pytest.raises(PermissionDenied):
        actions.withdraw(proposal=proposal, user=ada)
    assert actions.withdraw(proposal=proposal, user=dora).state == "withdrawn"


def test_the_author_amends_what_waits(dora):
    claim = make_claim(text="First.", language="en")
    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora, note="Typo.")
    Claim.objects.update(text="Second.")

    proposal = actions.amend(
        proposal=proposal, fields={"text": "Best.", "language": "en"}, user=dora, note="Two typos."
    )

    assert (proposal.fields, proposal.base) == ({"text": "Best."}, {"text": "Second."})
    assert (proposal.base_version, proposal.note) == (2, "Two typos.")


def test_another_contributor_does_not_amend_it(dora):
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=dora)

    with pytest.raises(PermissionDenied):
        actions.amend(
            proposal=proposal,
            fields={"text": "Worse."},
            user=make_user("eve", group="contributors"),
        )


@pytest.mark.parametrize("deed", ["accept", "reject", "withdraw", "amend"])
def test_what_is_decided_is_not_decided_again(dora, ada, deed):
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=dora)
    actions.reject(proposal=proposal, user=ada, reason="No.")
    more = {
        "accept": {"user": ada},
        "reject": {"user": ada, "reason": "No."},
        "withdraw": {"user": dora},
        "amend": {"user": dora, "fields": {"text": "Best."}},
    }

    with pytest.raises(ValidationError, match="was refused meanwhile by ada"):
        getattr(actions, deed)(proposal=proposal, **more[deed])


@pytest.mark.parametrize("deed", ["accept", "reject"])
def test_a_contributor_decides_on_nothing(dora, deed):
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=dora)
    more = {"reason": "No."}

    with pytest.raises(PermissionDenied):
        getattr(actions, deed)(proposal=proposal, user=dora, **more)


# Where somebody was quicker -----------------------------------------------------------------------


def test_fields_that_nobody_touched_since_apply_cleanly(dora, ada):
    claim = make_claim(text="First.", language="en")
    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora)
    Claim.objects.update(language="az")

    actions.accept(proposal=proposal, user=ada)

    claim.refresh_from_db()
    assert (claim.text, claim.language) == ("Better.", "az")


def test_a_field_that_was_changed_in_between_is_for_the_editor_to_decide(dora, ada):
    claim = make_claim(text="First.", language="en")
    proposal = actions.propose(
        target=claim, fields={"text": "Better.", "language": "hy"}, author=dora
    )
    Claim.objects.update(text="Second.")

    with pytest.raises(actions.ConflictError) as conflict:
        actions.accept(proposal=proposal, user=ada)

    assert conflict.value.paths == ["text"]
    claim.refresh_from_db()
    assert (claim.text, claim.language) == ("Second.", "en")


@pytest.mark.parametrize(("taken", "text"), [(True, "Better."), (False, "Second.")])
def test_the_editors_decision_stands(dora, ada, taken, text):
    claim = make_claim(text="First.", language="en")
    proposal = actions.propose(
        target=claim, fields={"text": "Better.", "language": "hy"}, author=dora
    )
    Claim.objects.update(text="Second.")

    actions.accept(proposal=proposal, user=ada, decisions={"text": taken})

    claim.refresh_from_db()
    assert (claim.text, claim.language) == (text, "hy")


def test_a_field_that_was_changed_to_what_is_proposed_is_no_conflict(dora, ada):
    claim = make_claim(text="First.")
    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora)
    Claim.objects.update(text="Better.")

    assert actions.accept(proposal=proposal, user=ada).state == "accepted"


def test_a_row_that_was_deleted_since_is_for_the_editor_to_decide(dora, ada):
    relation = make_relation()
    proposal = actions.propose(target=relation, fields={"rationale": "Better."}, author=dora)
    relation.delete()

    with pytest.raises(actions.ConflictError):
        actions.accept(proposal=proposal, user=ada)


@pytest.mark.parametrize("taken", [True, False])
def test_a_row_that_was_deleted_since_comes_back_as_proposed_or_stays_away(dora, ada, taken):
    claim = make_claim(slug="road", text="First.", language="en")
    pk = claim.pk
    proposal = actions.propose(target=claim, fields={"text": "Better."}, author=dora)
    Claim.objects.update(text="Second.")
    claim.delete()

    actions.accept(proposal=proposal, user=ada, decisions={"": taken})

    kept = list(Claim.objects.values_list("pk", "slug", "text", "language", "review_state"))
    assert kept == ([(pk, "road", "Better.", "en", "published")] if taken else [])


def test_nothing_is_half_applied(dora, ada):
    statement = make_statement(note="First.")
    document = make_document()
    proposal = actions.propose(
        target=statement,
        fields={"note": "Better.", "citations": [{"document": document, "quote": "q"}]},
        author=dora,
    )
    make_citation(statement=statement, document=document)

    with pytest.raises(ValidationError) as refused:
        actions.accept(proposal=proposal, user=ada)

    assert list(refused.value.message_dict) == ["citations.0.document"]
    statement.refresh_from_db()
    proposal.refresh_from_db()
    assert (statement.note, proposal.state) == ("First.", "waiting")


# The rows of a page -------------------------------------------------------------------------------


def test_a_citation_is_added_changed_and_deleted_by_one_proposal(dora, ada):
    statement = make_statement()
    changed, gone = (make_citation(statement=statement, quote="First.") for _ in range(2))
    document = make_document()

    proposal = actions.propose(
        target=statement,
        fields={
            "citations": [
                {"id": changed.pk, "quote": "Better.", "locator": ""},
                {"id": gone.pk, "delete": True},
                {"document": document, "quote": "New.", "via": changed},
            ]
        },
        author=dora,
    )
    assert proposal.fields["citations"][0] == {"id": changed.pk, "quote": "Better."}
    assert statement.citations.count() == 2
    actions.accept(proposal=proposal, user=ada)

    assert list(statement.citations.order_by("pk").values_list("quote", "via", "document")) == [
        ("Better.", None, changed.document_id),
        ("New.", changed.pk, document.pk),
    ]


def test_a_citation_that_was_changed_in_between_is_for_the_editor_to_decide(dora, ada):
    citation = make_citation(quote="First.")
    fields = {"citations": [{"id": citation.pk, "quote": "Better."}]}
    proposal = actions.propose(target=citation.statement, fields=fields, author=dora)
    Citation.objects.update(quote="Second.")

    with pytest.raises(actions.ConflictError) as conflict:
        actions.accept(proposal=proposal, user=ada)

    assert conflict.value.paths == ["citations.0.quote"]


def test_a_citation_that_changed_while_it_would_go_is_for_the_editor_to_decide(dora, ada):
    citation = make_citation(quote="First.")
    fields = {"citations": [{"id": citation.pk, "delete": True}]}
    proposal = actions.propose(target=citation.statement, fields=fields, author=dora)
    Citation.objects.update(quote="Second.")

    with pytest.raises(actions.ConflictError) as conflict:
        actions.accept(proposal=proposal, user=ada)
    actions.accept(proposal=proposal, user=ada, decisions={"citations.0": False})

    assert conflict.value.paths == ["citations.0"]
    assert Citation.objects.exists()


@pytest.mark.parametrize("taken", [True, False])
def test_a_citation_that_was_deleted_while_it_would_change_comes_back_or_stays_away(
    dora, ada, taken
):
    citation = make_citation(quote="First.", locator="p. 1")
    statement = citation.statement
    fields = {"citations": [{"id": citation.pk, "quote": "Better."}]}
    proposal = actions.propose(target=statement, fields=fields, author=dora)
    citation.delete()

    actions.accept(proposal=proposal, user=ada, decisions={"citations.0": taken})

    kept = list(statement.citations.values_list("quote", "locator"))
    assert kept == ([("Better.", "p. 1")] if taken else [])


@pytest.mark.parametrize("part", ["relations_from", "relations_to"])
def test_a_relation_is_proposed_from_either_end(dora, ada, part):
    claim, other = make_claim(), make_claim()
    end = "to_claim" if part == "relations_from" else "from_claim"

    proposal = actions.propose(
        target=claim, fields={part: [{end: other, "kind": "implies"}]}, author=dora
    )
    actions.accept(proposal=proposal, user=ada)

    assert getattr(Relation.objects.get(), end) == other


def test_a_new_row_that_readers_would_see_waits(dora, ada):
    one, other = make_claim(), make_claim()

    proposal = actions.propose_new(
        model=Relation,
        fields={"from_claim": one, "kind": "implies", "to_claim": other},
        author=dora,
    )
    assert not Relation.objects.exists()
    proposal = actions.accept(proposal=proposal, user=ada)

    assert proposal.target == Relation.objects.get()


def test_a_deletion_waits(dora, ada):
    relation = make_relation()

    proposal = actions.propose_deletion(target=relation, author=dora, note="It is wrong.")
    assert Relation.objects.exists()
    actions.accept(proposal=proposal, user=ada)

    assert not Relation.objects.exists()


def test_a_deletion_of_what_is_referred_to_is_refused(dora):
    with pytest.raises(ProtectedError):
        actions.propose_deletion(target=make_statement().claim, author=dora)


# A second pair of eyes ----------------------------------------------------------------------------


def test_nobody_accepts_his_own_words_where_a_second_pair_of_eyes_is_asked_for(settings, ada):
    settings.SECOND_PAIR_OF_EYES = True
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=ada)

    with pytest.raises(PermissionDenied, match="another editor"):
        actions.accept(proposal=proposal, user=ada)
    actions.accept(proposal=proposal, user=make_user("eve", group="editors"))


def test_who_amends_a_proposal_last_does_not_accept_it(settings, dora, ada):
    settings.SECOND_PAIR_OF_EYES = True
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=dora)
    actions.amend(proposal=proposal, fields={"text": "Best."}, user=ada)

    with pytest.raises(PermissionDenied):
        actions.accept(proposal=proposal, user=ada)


def test_an_editor_accepts_his_own_where_it_is_not_asked_for(ada):
    proposal = actions.propose(target=make_claim(), fields={"text": "Better."}, author=ada)

    assert actions.accept(proposal=proposal, user=ada).state == "accepted"
