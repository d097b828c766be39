"""Merging: what moves, what is dropped, where it leads, and that undone all is as it was."""

import pghistory
import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection

from claims.merging import merge, preview, references_to, tell_apart, undo
from claims.models import (
    Citation,
    Claim,
    Different,
    Merge,
    Misquote,
    Position,
    Proposal,
    Relation,
    Rewording,
    Statement,
    Tally,
)
from claims.positions import kept
from claimtracker.events import event_models
from claimtracker.review import OwnWordsError
from sources.models import Affiliation, Document, Source
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
    settle,
)

pytestmark = pytest.mark.django_db

MAKERS = {"claim": make_claim, "source": make_source, "document": make_document}
# What the database works out of the rest, and must work out again.
DERIVED = [Position, Tally, Misquote]
# A note on the text that a claim had, which stays with it.
STAYS = [Rewording]


@pytest.fixture
def ada():
    return make_user("ada")


def merged(loser, survivor, user, **more):
    """Merge one row into another, and return the merge."""
    made = merge(
        **{"loser": loser, "survivor": survivor, "user": user, "reason": "The same."} | more
    )
    settle()
    return made


def undone(made, user):
    undo(merge=made, user=user, reason="Not the same.")
    settle()


def snapshot():
    """Return all rows of all tables, but for their versions."""
    settle()
    tables = {*event_models(), *DERIVED} - {Merge}
    rows = {}
    for model in tables:
        names = [f.attname for f in model._meta.concrete_fields if f.name != "version"]
        rows[model] = sorted(model._base_manager.values_list(*names), key=str)
    return rows


def test_all_that_refers_to_what_merges_is_moved_or_worked_out():
    """A table that comes to refer to claims, sources or documents is to be thought of."""
    for model in (Claim, Source, Document):
        known = {(each.model, each.field) for each in references_to(model)}
        for other in apps.get_models():
            for field in other._meta.concrete_fields:
                is_event = hasattr(other, "pgh_tracked_model")
                if field.related_model is model and not is_event and other not in DERIVED + STAYS:
                    assert (other._meta.concrete_model, field.name) in known


# What moves ---------------------------------------------------------------------------------------


def test_what_refers_to_a_claim_moves(ada):
    loser, survivor = make_claim(), make_claim()
    statement = make_statement(claim=loser)
    relation, back = make_relation(from_claim=loser), make_relation(to_claim=loser)
    topic = make_topic()
    loser.topics.add(topic)

    merged(loser, survivor, ada)

    statement.refresh_from_db()
    assert statement.claim == survivor
    assert set(survivor.relations_from.all()) == {relation}
    assert set(survivor.relations_to.all()) == {back}
    assert set(survivor.topics.all()) == {topic}


def test_what_refers_to_a_source_moves(ada):
    loser, survivor = make_source(kind="state"), make_source(kind="state")
    statement, document = make_statement(source=loser), make_document(publisher=loser)
    member, body = make_affiliation(member=loser), make_affiliation(body=loser)

    merged(loser, survivor, ada)

    statement.refresh_from_db()
    document.refresh_from_db()
    assert (statement.source, document.publisher) == (survivor, survivor)
    assert set(survivor.affiliations.all()) == {member}
    assert set(survivor.members.all()) == {body}


def test_what_refers_to_a_document_moves(ada):
    loser, survivor = make_document(), make_document()
    citation = make_citation(document=loser)

    merged(loser, survivor, ada)

    citation.refresh_from_db()
    assert citation.document == survivor


@pytest.mark.parametrize("kind", MAKERS)
def test_the_loser_is_retired_and_leads_to_the_survivor(ada, kind):
    loser, survivor = MAKERS[kind](), MAKERS[kind]()

    merged(loser, survivor, ada)

    loser.refresh_from_db()
    assert (loser.review_state, loser.merged_into) == ("retired", survivor)


@pytest.mark.parametrize("kind", MAKERS)
def test_what_was_merged_into_the_loser_leads_to_the_survivor(ada, kind):
    first, loser, survivor = (MAKERS[kind]() for _ in range(3))
    merged(first, loser, ada)

    merged(loser, survivor, ada)

    first.refresh_from_db()
    assert first.merged_into == survivor


def test_a_statement_that_moved_keeps_its_address_and_is_still_published(ada):
    statement = make_statement(slug="its-address")

    merged(statement.claim, make_claim(), ada)

    statement.refresh_from_db()
    assert (statement.slug, statement.review_state) == ("its-address", "published")


def test_the_preview_counts_what_moves_and_writes_nothing():
    loser, survivor = make_claim(), make_claim()
    for _ in range(3):
        make_statement(claim=loser)
    make_relation(from_claim=loser)
    before = snapshot()

    plan = preview(loser=loser, survivor=survivor)

    assert {each.field + " of " + each.model.__name__: n for each, n in plan.moves.items()} == {
        "claim of Statement": 3,
        "from_claim of Relation": 1,
    }
    assert snapshot() == before


def test_the_merge_is_kept_with_who_and_why(ada):
    loser, survivor = make_claim(text="It is so."), make_claim(text="It is so!")

    made = merged(loser, survivor, ada, reason="Both say it.")

    assert (made.user, made.reason, made.loser, made.survivor) == (
        ada,
        "Both say it.",
        loser,
        survivor,
    )
    event = Claim.pgh_event_models["update"].objects.filter(pgh_obj_id=loser.pk).last()
    assert event.pgh_context.metadata["reason"] == "Both say it."


def test_the_tallies_are_exact_after_a_merge_and_after_it_is_undone(ada):
    loser, survivor = make_source(), make_source()
    for stance in ("asserts", "denies"):
        make_statement(source=loser, stance=stance)
    make_statement(source=survivor, claim=Claim.objects.first(), stance="asserts")

    made = merged(loser, survivor, ada)
    assert kept.check() == []
    undone(made, ada)

    assert kept.check() == []


# What is dropped ----------------------------------------------------------------------------------


def test_a_topic_of_both_claims_is_there_once(ada):
    topic = make_topic()
    loser, survivor = make_claim(topics=[topic]), make_claim(topics=[topic])

    merged(loser, survivor, ada)

    assert list(survivor.topics.all()) == [topic]


def test_a_relation_between_the_two_claims_is_dropped(ada):
    relation = make_relation(kind="implies")

    merged(relation.from_claim, relation.to_claim, ada)

    assert not Relation.objects.exists()


@pytest.mark.parametrize("rationale", ["", "They said so."])
def test_a_relation_of_both_claims_is_there_once(ada, rationale):
    loser, survivor, other = make_claim(), make_claim(), make_claim()
    stands = make_relation(from_claim=survivor, to_claim=other, rationale="They said so.")
    make_relation(from_claim=other, to_claim=loser, rationale=rationale)

    merged(loser, survivor, ada)

    assert Relation.objects.get() == stands


def test_relations_of_both_claims_for_different_reasons_are_to_be_settled_first(ada):
    loser, survivor, other = make_claim(), make_claim(), make_claim()
    make_relation(from_claim=survivor, to_claim=other, rationale="They said so.")
    make_relation(from_claim=loser, to_claim=other, rationale="Others said so.")

    with pytest.raises(ValidationError, match="has this relation too, for another reason"):
        merged(loser, survivor, ada)


def test_two_claims_may_imply_each_other_and_a_third_by_either(ada):
    loser, survivor, other = make_claim(), make_claim(), make_claim()
    make_relation(kind="implies", from_claim=loser, to_claim=other)
    make_relation(kind="implies", from_claim=other, to_claim=survivor)

    merged(loser, survivor, ada)

    assert Relation.objects.count() == 2


def test_an_affiliation_between_the_two_sources_is_dropped(ada):
    affiliation = make_affiliation()

    merged(affiliation.member, affiliation.body, ada)

    assert not Affiliation.objects.exists()


def test_an_affiliation_of_both_sources_is_there_once(ada):
    body, loser, survivor = make_source(kind="state"), make_source(), make_source()
    stands = make_affiliation(member=survivor, body=body, role="head", since="2020", until="2022")
    make_affiliation(member=loser, body=body, role="head", since="2020")

    merged(loser, survivor, ada)

    assert Affiliation.objects.get() == stands


@pytest.mark.parametrize("other", [{"until": "2023"}, {"until": "2022", "speaks_for": True}])
def test_affiliations_of_both_sources_that_differ_are_to_be_settled_first(ada, other):
    body, loser, survivor = make_source(kind="state"), make_source(), make_source()
    both = {"body": body, "role": "head", "since": "2020"}
    make_affiliation(member=survivor, until="2022", **both)
    make_affiliation(member=loser, **both | other)

    with pytest.raises(ValidationError, match="has this affiliation too"):
        merged(loser, survivor, ada)


def test_affiliations_that_would_overlap_are_refused_in_words():
    body, loser, survivor = make_source(kind="state"), make_source(), make_source()
    make_affiliation(member=survivor, body=body, since="2020")
    make_affiliation(member=loser, body=body, since="2021")

    (problem,) = preview(loser=loser, survivor=survivor).problems

    assert "already has this role there at that time" in problem


def test_a_circle_of_affiliations_is_refused_in_words():
    ministry, state = make_source(kind="government-body"), make_source(kind="state")
    make_affiliation(member=ministry, body=state)
    twin = make_source(kind="government-body")
    make_affiliation(member=state, body=twin)

    (problem,) = preview(loser=twin, survivor=ministry).problems

    assert "neither can be above the other" in problem


def test_a_citation_of_both_documents_is_there_once(ada):
    loser, survivor = make_document(), make_document()
    stands = make_citation(document=survivor, quote="We are not.", manner="verbatim")
    make_citation(statement=stands.statement, document=loser, quote="We are not.")

    merged(loser, survivor, ada)

    assert Citation.objects.get() == stands


def test_citations_of_both_documents_in_different_words_are_to_be_settled_first(ada):
    loser, survivor = make_document(), make_document()
    stands = make_citation(document=survivor, quote="We are not.")
    make_citation(statement=stands.statement, document=loser, quote="We never were.")

    with pytest.raises(ValidationError, match="cites both, in different words"):
        merged(loser, survivor, ada)


def test_what_was_taken_from_a_dropped_citation_is_taken_from_the_one_that_stands(ada):
    loser, survivor = make_document(), make_document()
    stands = make_citation(document=survivor)
    dropped = make_citation(document=loser, via=stands)
    passed_on = make_citation(via=dropped)

    merged(loser, survivor, ada)

    passed_on.refresh_from_db()
    assert passed_on.via == stands


def test_a_citation_taken_from_the_dropped_one_is_taken_from_where_that_was(ada):
    loser, survivor = make_document(), make_document()
    origin = make_citation()
    dropped = make_citation(document=loser, via=origin)
    stands = make_citation(document=survivor, via=dropped)

    merged(loser, survivor, ada)

    stands.refresh_from_db()
    assert stands.via == origin


def test_a_chain_that_would_become_a_circle_is_refused_in_words():
    loser, survivor = make_document(), make_document()
    first = make_citation(document=loser)
    between = make_citation(via=first)
    make_citation(document=survivor, via=between)

    (problem,) = preview(loser=loser, survivor=survivor).problems

    assert "cites both" in problem or "in a circle" in problem


def alike(loser, survivor, **fields):
    """Return two statements that say the same, of the loser and of the survivor."""
    given = {"source": make_source(), "said": "2023-09-07", "note": "On the road."} | fields
    return [make_statement(claim=claim, **given) for claim in (loser, survivor)]


def test_a_statement_that_readers_would_see_twice_is_retired(ada):
    loser, survivor = make_claim(), make_claim()
    copy, stands = alike(loser, survivor)
    document = make_document()
    for statement in (copy, stands):
        make_citation(statement=statement, document=document, quote="We are not.")

    merged(loser, survivor, ada)

    states = {one.pk: one.review_state for one in Statement.objects.filter(claim=survivor)}
    assert states == {copy.pk: "retired", stands.pk: "published"}


def test_a_draft_that_would_be_there_twice_is_dropped(ada):
    loser, survivor = make_claim(), make_claim()
    copy, stands = alike(loser, survivor, review_state="draft")
    document = make_document()
    for statement in (copy, stands):
        make_citation(statement=statement, document=document)

    merged(loser, survivor, ada)

    assert Statement.objects.get() == stands
    assert Citation.objects.get().statement == stands


@pytest.mark.parametrize(
    "different",
    [
        lambda copy: make_citation(statement=copy),
        lambda copy: Statement.objects.filter(pk=copy.pk).update(note="By the road."),
        lambda copy: Statement.objects.filter(pk=copy.pk).update(said="2023-09-08"),
    ],
)
def test_a_statement_that_says_more_than_its_like_stays(ada, different):
    loser, survivor = make_claim(), make_claim()
    copy, _ = alike(loser, survivor)
    different(copy)

    merged(loser, survivor, ada)

    assert Statement.objects.public().count() == 2


def test_a_published_statement_is_not_retired_for_a_draft(ada):
    loser, survivor = make_claim(), make_claim()
    copy, stands = alike(loser, survivor)
    Statement.objects.filter(pk=stands.pk).update(review_state="draft")

    merged(loser, survivor, ada)

    copy.refresh_from_db()
    assert copy.review_state == "published"


# What is refused ----------------------------------------------------------------------------------


def refused(loser, survivor):
    return " ".join(preview(loser=loser, survivor=survivor).problems)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_row_is_not_merged_into_itself(kind):
    row = MAKERS[kind]()

    assert "Choose another" in refused(row, row)


def test_a_claim_is_not_merged_into_a_source():
    assert "into a claim only" in refused(make_claim(), make_source())


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_merged_is_not_merged_again(ada, kind):
    loser, survivor, third = (MAKERS[kind]() for _ in range(3))
    merged(loser, survivor, ada)
    loser.refresh_from_db()

    assert "merged into" in refused(loser, third)
    assert "merged into" in refused(third, loser)


@pytest.mark.parametrize("kind", MAKERS)
def test_what_readers_see_is_not_merged_into_what_they_do_not(kind):
    assert "publish that first" in refused(MAKERS[kind](), MAKERS[kind](review_state="draft"))


def test_what_denies_a_proposal_is_not_merged_into_what_is_no_demand():
    demand = make_claim(kind="demand")
    make_statement(claim=demand, stance="denies", denies_what="proposal")

    assert "which only a demand makes" in refused(demand, make_claim())


def test_what_waits_for_review_is_decided_first(ada):
    loser = make_claim()
    Proposal.objects.create(target=loser, author=ada, fields={"text": "Better."}, base_version=1)

    assert "1 proposal waits" in refused(loser, make_claim())


@pytest.mark.parametrize("belongs", ["relation", "topic", "affiliation"])
def test_nobody_has_readers_see_his_own_words_by_a_merge(settings, ada, belongs):
    settings.SECOND_PAIR_OF_EYES = True
    with pghistory.context(user=ada.pk):
        if belongs == "affiliation":
            loser, survivor = make_source(review_state="draft"), make_source()
            make_affiliation(member=loser)
        else:
            loser, survivor = make_claim(review_state="draft"), make_claim()
            if belongs == "relation":
                make_relation(from_claim=loser)
            else:
                loser.topics.add(make_topic())

    with pytest.raises(OwnWordsError, match="another editor merges the two"):
        merged(loser, survivor, ada)
    merged(loser, survivor, make_user("bea", group="editors"))


def test_a_draft_with_nothing_that_readers_would_see_is_merged_by_its_author(settings, ada):
    settings.SECOND_PAIR_OF_EYES = True
    with pghistory.context(user=ada.pk):
        loser = make_claim(review_state="draft")
        make_statement(claim=loser, review_state="draft")

    merged(loser, make_claim(), ada)

    loser.refresh_from_db()
    assert loser.merged_into


def test_a_merge_needs_a_reason(ada):
    with pytest.raises(ValidationError, match="Say why"):
        merged(make_claim(), make_claim(), ada, reason=" ")


def test_who_may_not_publish_does_not_merge():
    dora = make_user("dora", group="contributors")

    with pytest.raises(PermissionDenied):
        merged(make_claim(), make_claim(), dora)


def test_a_refused_merge_writes_nothing(ada, monkeypatch):
    loser, survivor = make_claim(), make_claim()
    make_statement(claim=loser)
    before = snapshot()

    def refuse(*args, **kwargs):
        raise IntegrityError("late")

    monkeypatch.setattr(Merge, "save", refuse)
    with pytest.raises(IntegrityError, match="late"):
        merged(loser, survivor, ada)

    assert snapshot() == before


# A source that would contradict itself ------------------------------------------------------------


def test_two_sources_with_opposite_stances_would_contradict_each_other():
    loser, survivor, claim = make_source(), make_source(), make_claim()
    make_statement(source=loser, claim=claim, stance="denies", said="2023-09-08")
    make_statement(source=survivor, claim=claim, stance="asserts", said="2023-09-07")
    make_statement(source=loser, claim=make_claim(), stance="denies")

    (found,) = preview(loser=loser, survivor=survivor).contradictions

    assert (found.about, found.loser, found.survivor) == (claim, "denies", "asserts")
    assert (found.merged, found.order_uncertain) == ("denies", False)
    (turn,) = found.turns
    assert (turn.before, turn.before_said, turn.after, turn.after_said) == (
        "asserts",
        "2023-09-07",
        "denies",
        "2023-09-08",
    )


def test_a_source_with_opposite_stances_on_two_claims_would_contradict_itself():
    loser, survivor, source = make_claim(), make_claim(), make_source()
    make_statement(source=source, claim=loser, stance="denies")
    make_statement(source=source, claim=survivor, stance="asserts", said="2023")

    (found,) = preview(loser=loser, survivor=survivor).contradictions

    assert (found.about, found.order_uncertain, found.turns) == (source, True, [])


def test_two_that_hold_the_same_may_have_turned_round_between_them():
    loser, survivor, claim = make_source(), make_source(), make_claim()
    make_statement(source=survivor, claim=claim, stance="asserts", said="2021")
    make_statement(source=loser, claim=claim, stance="denies", said="2020")
    make_statement(source=loser, claim=claim, stance="asserts", said="2022")

    (found,) = preview(loser=loser, survivor=survivor).contradictions

    assert (found.loser, found.survivor, found.merged) == ("asserts", "asserts", "asserts")
    assert [turn.before_said for turn in found.turns] == ["2020"]


@pytest.mark.parametrize("stance", ["asserts", "comments", "questions"])
def test_what_does_not_contradict_is_not_told(stance):
    loser, survivor, claim = make_source(), make_source(), make_claim()
    make_statement(source=loser, claim=claim, stance="asserts", said="2020")
    make_statement(source=survivor, claim=claim, stance=stance, said="2021")

    assert preview(loser=loser, survivor=survivor).contradictions == []


def test_a_draft_contradicts_nobody():
    loser, survivor, claim = make_source(), make_source(), make_claim()
    make_statement(source=loser, claim=claim, stance="asserts", review_state="draft")
    make_statement(source=survivor, claim=claim, stance="denies")

    assert preview(loser=loser, survivor=survivor).contradictions == []


def test_a_contradiction_is_to_be_said_to_be_so(ada):
    loser, survivor, claim = make_source(), make_source(), make_claim()
    make_statement(source=loser, claim=claim, stance="denies")
    make_statement(source=survivor, claim=claim, stance="asserts")

    with pytest.raises(ValidationError, match="would contradict itself"):
        merged(loser, survivor, ada)
    merged(loser, survivor, ada, contradicts=True)

    assert Statement.objects.filter(source=survivor).count() == 2


# Undone -------------------------------------------------------------------------------------------


def claims_to_merge():
    """Return two claims with all that a merge of claims may meet."""
    topic, other = make_topic(), make_claim()
    first, loser, survivor = make_claim(), make_claim(topics=[topic]), make_claim(topics=[topic])
    loser.topics.add(make_topic())
    Claim.objects.filter(pk=first.pk).update(review_state="retired", merged_into=loser)
    make_relation(from_claim=loser, to_claim=survivor)
    make_relation(from_claim=survivor, to_claim=other, rationale="So.")
    make_relation(from_claim=loser, to_claim=other)
    make_relation(kind="implies", from_claim=loser, to_claim=other)
    for state in ("published", "draft", "in_review"):
        pair = alike(loser, survivor, review_state=state, source=make_source(name=state))
        documents = make_document(), make_document()
        for statement in pair:
            origin = make_citation(statement=statement, document=documents[0])
            make_citation(statement=statement, document=documents[1], via=origin)
    source = make_source()
    make_statement(claim=loser, source=source, stance="denies", said="2023-09-08")
    make_statement(claim=survivor, source=source, stance="asserts", said="2023-09-07")
    make_statement(claim=loser, review_state="retired")
    return loser, survivor


def sources_to_merge():
    first, loser, survivor = (make_source(kind="state") for _ in range(3))
    Source.objects.filter(pk=first.pk).update(review_state="retired", merged_into=loser)
    body = make_source(kind="state")
    make_affiliation(member=loser, body=survivor)
    make_affiliation(member=loser, body=body, role="head")
    make_affiliation(member=survivor, body=body, role="head", until="2023")
    make_affiliation(body=loser, since="2020~")
    make_document(publisher=loser, review_state="draft")
    claim = make_claim()
    make_statement(source=loser, claim=claim, stance="denies", said="2023")
    make_statement(source=survivor, claim=claim, stance="asserts", said="2023")
    for _ in range(2):
        make_citation(statement=make_statement(source=loser))
    return loser, survivor


def documents_to_merge():
    first, loser, survivor = (make_document(text="Its words.") for _ in range(3))
    Document.objects.filter(pk=first.pk).update(review_state="retired", merged_into=loser)
    stands = make_citation(document=survivor, quote="words")
    dropped = make_citation(document=loser, via=stands)
    make_citation(via=dropped)
    origin = make_citation()
    other = make_citation(document=loser, via=origin)
    make_citation(document=survivor, via=other)
    make_citation(document=loser, quote="Not there.")
    make_citation(document=loser, statement=make_statement(review_state="draft"))
    return loser, survivor


WORLDS = {"claim": claims_to_merge, "source": sources_to_merge, "document": documents_to_merge}


@pytest.mark.parametrize("kind", WORLDS)
def test_undone_all_is_as_it_was_before(ada, kind):
    loser, survivor = WORLDS[kind]()
    before = snapshot()
    made = merged(loser, survivor, ada, contradicts=True)
    assert snapshot() != before

    undone(made, ada)

    assert snapshot() == before


@pytest.mark.parametrize("kind", WORLDS)
def test_what_was_undone_can_be_merged_and_undone_again(ada, kind):
    loser, survivor = WORLDS[kind]()
    before = snapshot()
    for _ in range(2):
        with pghistory.context():
            undone(merged(loser, survivor, ada, contradicts=True), ada)

    assert snapshot() == before


def test_what_the_same_context_wrote_besides_is_not_undone(ada):
    with pghistory.context(user=ada.pk):
        before = make_claim()
        made = merged(make_claim(), make_claim(), ada)
        after = make_claim()

    undone(made, ada)

    assert Claim.objects.filter(pk__in=[before.pk, after.pk]).count() == 2


def test_what_came_since_stays_with_the_survivor(ada):
    loser, survivor = make_claim(), make_claim()
    made = merged(loser, survivor, ada)
    since = make_statement(claim=survivor)

    undone(made, ada)

    since.refresh_from_db()
    assert since.claim == survivor


def test_the_survivor_may_change_meanwhile(ada):
    loser, survivor = make_claim(topics=[make_topic()]), make_claim()
    made = merged(loser, survivor, ada)
    Claim.objects.filter(pk=survivor.pk).update(text="Better.")

    undone(made, ada)

    survivor.refresh_from_db()
    assert (survivor.text, survivor.topics.count()) == ("Better.", 0)


def test_what_moved_and_was_changed_since_stands_in_the_way_by_name(ada):
    statement = make_statement(source=make_source(name="Baku"))
    made = merged(statement.claim, make_claim(text="It is so."), ada)
    Statement.objects.filter(pk=statement.pk).update(note="Better.")

    with pytest.raises(ValidationError, match="Changed since: statement “Baku asserts: It is so.”"):
        undone(made, ada)


def test_what_would_be_referred_to_again_and_is_gone_stands_in_the_way_by_name(ada):
    topic = make_topic(name="Roads")
    made = merged(make_claim(topics=[topic]), make_claim(topics=[topic]), ada)
    topic.delete()

    with pytest.raises(ValidationError, match="Topic “Roads” was deleted since: restore that"):
        undone(made, ada)


def test_a_citation_that_was_taken_from_one_that_is_gone_stands_in_the_way(ada):
    origin = make_citation(document=make_document(title="The readout"))
    loser = make_citation(statement=origin.statement, via=origin)
    survivor = make_citation(statement=origin.statement, via=origin, quote=loser.quote)
    made = merged(loser.document, survivor.document, ada)
    Citation.objects.update(via=None)
    origin.delete()

    with pytest.raises(ValidationError, match="Citation “The readout” was deleted since"):
        undone(made, ada)


def test_an_address_that_another_has_by_now_stands_in_the_way(ada):
    loser, survivor = make_claim(), make_claim()
    gone, _ = alike(loser, survivor, review_state="draft")
    made = merged(loser, survivor, ada)
    make_statement(slug=gone.slug, source=make_source(name="Baku"))

    with pytest.raises(ValidationError, match=f"“Baku asserts.* has the slug “{gone.slug}”"):
        undone(made, ada)


def test_a_later_merge_is_undone_first(ada):
    loser, survivor, third = make_claim(), make_claim(), make_claim()
    first = merged(loser, survivor, ada)
    survivor.refresh_from_db()
    second = merged(survivor, third, ada)

    with pytest.raises(ValidationError, match=f"Undo the merge into “{third}” first"):
        undone(first, ada)
    undone(second, ada)
    undone(first, ada)

    loser.refresh_from_db()
    assert (loser.review_state, loser.merged_into) == ("published", None)


def test_a_merge_is_undone_once(ada):
    made = merged(make_claim(), make_claim(), ada)
    undone(made, ada)

    with pytest.raises(ValidationError, match="undone already, by ada"):
        undone(made, ada)


def test_who_may_not_publish_does_not_undo(ada):
    made = merged(make_claim(), make_claim(), ada)

    with pytest.raises(PermissionDenied):
        undone(made, make_user("dora", group="contributors"))


def test_undoing_needs_a_reason(ada):
    made = merged(make_claim(), make_claim(), ada)

    with pytest.raises(ValidationError, match="Say why"):
        undo(merge=made, user=ada, reason="")


# Not the same -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_that_two_are_different_is_known_in_either_order(ada, kind):
    one, other = MAKERS[kind](), MAKERS[kind]()

    tell_apart(one=other, other=one, user=ada, note="Two men of one name.")

    assert Different.objects.pairs(type(one)) == {(one.pk, other.pk)}


def test_that_two_are_different_is_said_once(ada):
    one, other = make_claim(), make_claim()
    tell_apart(one=one, other=other, user=ada)

    with pytest.raises(ValidationError, match="known already"):
        tell_apart(one=other, other=one, user=ada)


def test_what_was_different_is_different_from_the_survivor(ada):
    one, other, survivor = make_claim(), make_claim(), make_claim()
    tell_apart(one=one, other=other, user=ada)

    merged(one, survivor, ada)

    assert (survivor.pk, other.pk) in Different.objects.pairs(Claim)


def test_who_may_not_publish_does_not_tell_apart():
    dora = make_user("dora", group="contributors")

    with pytest.raises(PermissionDenied):
        tell_apart(one=make_claim(), other=make_claim(), user=dora)


# Two at once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nobody_records_a_statement_on_the_loser_while_it_is_merged(ada):
    loser, survivor = make_claim(), make_claim()
    source = make_source()
    slow = connection.copy()
    try:
        with slow.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM claims_claim WHERE id = %s FOR KEY SHARE", [loser.pk])
            with connection.cursor() as own:
                own.execute("SET lock_timeout = '200ms'")
            with pytest.raises(Exception, match="lock timeout"):
                merge(loser=loser, survivor=survivor, user=ada, reason="The same.")
            cursor.execute("ROLLBACK")
    finally:
        slow.close()
        with connection.cursor() as own:
            own.execute("RESET lock_timeout")
    assert source.pk and not Merge.objects.exists()


# The names of a source ----------------------------------------------------------------------------


def test_a_merged_source_is_found_by_its_names(ada):
    gone = make_source(name="Zorg Telegraph Agency", aliases=["ZTA", "Quark"])
    stays = make_source(name="Quark", aliases=["QN"])

    plan = preview(loser=gone, survivor=stays)
    merged(gone, stays, ada)

    stays.refresh_from_db()
    assert plan.names == ["Zorg Telegraph Agency", "ZTA"]
    assert stays.aliases == ["QN", "Zorg Telegraph Agency", "ZTA"]


def test_undoing_a_merge_removes_the_names_that_it_brought(ada):
    gone = make_source(name="Zorg", aliases=["ZTA", "QN"])
    stays = make_source(name="Quark", aliases=["QN"])
    made = merged(gone, stays, ada)
    stays.refresh_from_db()
    Source.objects.filter(pk=stays.pk).update(aliases=[*stays.aliases, "Since"], description="x")

    undone(made, ada)

    stays.refresh_from_db()
    gone.refresh_from_db()
    assert (stays.aliases, stays.description) == (["QN", "Since"], "x")
    assert (gone.name, gone.aliases) == ("Zorg", ["ZTA", "QN"])


def test_undoing_a_chain_of_merges_removes_the_names_of_each(ada):
    first, second, third = (make_source(name=name) for name in ("First", "Second", "Third"))
    one = merged(first, second, ada)
    second.refresh_from_db()
    other = merged(second, third, ada)
    third.refresh_from_db()
    assert third.aliases == ["Second", "First"]

    undone(other, ada)
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.aliases, third.aliases) == (["First"], [])

    undone(one, ada)
    second.refresh_from_db()
    assert second.aliases == []


def test_a_name_that_another_merged_source_has_too_stays(ada):
    one, other = make_source(name="One", aliases=["Both"]), make_source(name="2", aliases=["Both"])
    stays = make_source(name="Quark")
    made = merged(one, stays, ada)
    stays.refresh_from_db()
    merged(other, stays, ada)

    undone(made, ada)

    stays.refresh_from_db()
    assert stays.aliases == ["Both", "2"]


def test_a_merge_brings_no_alias_to_a_claim_or_a_document(ada):
    for kind in ("claim", "document"):
        assert preview(loser=MAKERS[kind](), survivor=MAKERS[kind]()).names == []
