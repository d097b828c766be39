"""What a merge would do: what moves, what is dropped, what stands in its way."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q

from claims.merging.contradictions import Contradiction, contradictions
from claims.models import (
    SYMMETRIC_RELATIONS,
    Citation,
    Claim,
    ClaimKind,
    Denial,
    Proposal,
    Relation,
    Statement,
)
from claims.models.choices import why_not_related
from claimtracker.curated import Mergeable, ReviewState
from claimtracker.events import event_models, written_fields
from claimtracker.triggers import expect_many_rows
from sources.models import Affiliation, Document, Source

TWICE = "it is there already"
WITH_ITSELF = "it would be between a row and itself"


class Reference(NamedTuple):
    """A field by which rows of a model refer to rows of another."""

    model: type[models.Model]
    field: str


def references_to(model: type[models.Model]) -> list[Reference]:
    """Return by which fields what editors write refers to rows of a model."""
    return [
        Reference(each, found.name)
        for each in event_models()
        for found in written_fields(each)
        if found.is_relation and found.related_model is model
    ]


@dataclass(frozen=True)
class Dropped:
    """A row that a merge drops, and why; ``stands`` is the one that stands in its place."""

    row: models.Model
    why: str
    stands: models.Model | None = None


@dataclass
class Plan:
    """What a merge would do; with ``problems`` it is refused."""

    loser: Mergeable
    survivor: Mergeable
    moves: dict[Reference, int] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    # Statements that readers see twice then: these are retired, as their addresses stay.
    retired: list[Statement] = field(default_factory=list)
    # The names of a source that the one that stays is found by from then on.
    names: list[str] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def make_plan(loser: Mergeable, survivor: Mergeable) -> Plan:
    plan = Plan(loser, survivor)
    plan.problems += _in_the_way(loser, survivor)
    if plan.problems:
        return plan
    if isinstance(loser, Claim):
        _topics_twice(plan)
        _relations_twice(plan)
    if isinstance(loser, Source):
        _affiliations_twice(plan)
        plan.names = names_brought(loser, survivor)
    if isinstance(loser, Document):
        _citations_twice(plan)
    else:
        _statements_twice(plan)
        plan.contradictions = contradictions(loser, survivor)
    for reference in references_to(type(loser)):
        moved = reference.model._base_manager.filter(**{reference.field: loser})
        dropped = [each.row.pk for each in plan.dropped if type(each.row) is reference.model]
        if count := moved.exclude(pk__in=dropped).count():
            plan.moves[reference] = count
    return plan


def _in_the_way(loser: Mergeable, survivor: Mergeable) -> list[str]:
    """Return in sentences why one row cannot be merged into another, whatever refers to them."""
    kind = loser._meta.verbose_name
    if type(loser) is not type(survivor):
        return [f"A {kind} is merged into a {kind} only."]
    if loser.pk == survivor.pk:
        return [f"Choose another {kind} than this one."]
    for row in (loser, survivor):
        if row.merged_into_id:
            return [f"“{row}” is merged into “{row.merged_into}” already: choose that one."]
    problems = []
    if loser.is_public and not survivor.is_public:
        problems.append(
            f"Readers see “{loser}” and not “{survivor}”: publish that first, or keep the other."
        )
    waiting = Proposal.objects.waiting().filter(
        target_type=ContentType.objects.get_for_model(loser), target_id=loser.pk
    )
    if count := waiting.count():
        noun = "proposal waits" if count == 1 else "proposals wait"
        problems.append(f"{count} {noun} for review of “{loser}”: decide on that first.")
    if isinstance(loser, Claim) and survivor.kind != ClaimKind.DEMAND:
        denied = loser.statements.filter(denies_what=Denial.PROPOSAL).first()
        if denied:
            problems.append(
                f"“{denied}” denies the proposal, which only a demand makes; “{survivor}” is none."
            )
    return problems


def names_brought(loser: Source, survivor: Source) -> list[str]:
    """Return the name and aliases of a source that another one doesn't have."""
    there = {survivor.name, *survivor.aliases}
    return [name for name in dict.fromkeys([loser.name, *loser.aliases]) if name not in there]


def _blank_or_same(dropped: models.Model, stands: models.Model, names: Iterable[str]) -> bool:
    """Return whether one row says nothing in these fields that the other does not say."""
    return all(getattr(dropped, name) in ("", getattr(stands, name)) for name in names)


def _topics_twice(plan: Plan) -> None:
    filed = Claim.topics.through._base_manager
    twice = filed.filter(
        claim=plan.loser, topic__in=filed.filter(claim=plan.survivor).values("topic")
    )
    plan.dropped += [Dropped(row, TWICE) for row in twice.select_related("topic").order_by("pk")]


def _relations_twice(plan: Plan) -> None:
    def key(relation: Relation) -> tuple:
        ends = [
            plan.survivor.pk if end == plan.loser.pk else end
            for end in (relation.from_claim_id, relation.to_claim_id)
        ]
        return (relation.kind, *(sorted(ends) if relation.kind in SYMMETRIC_RELATIONS else ends))

    rows = Relation.objects.select_related("from_claim", "to_claim").order_by("pk")
    of = {
        claim.pk: rows.filter(Q(from_claim=claim) | Q(to_claim=claim))
        for claim in (plan.loser, plan.survivor)
    }
    there = {key(relation): relation for relation in of[plan.survivor.pk]}
    for relation in of[plan.loser.pk]:
        from_here = relation.from_claim_id == plan.loser.pk
        other = relation.to_claim if from_here else relation.from_claim
        ends = (plan.survivor, other) if from_here else (other, plan.survivor)
        why = why_not_related(relation.kind, *(end.kind for end in ends))
        if why and other != plan.survivor:
            plan.problems.append(f"{relation}: delete this relation first. {why}")
            continue
        stands = there.get(key(relation))
        if {relation.from_claim_id, relation.to_claim_id} == {plan.loser.pk, plan.survivor.pk}:
            plan.dropped.append(Dropped(relation, WITH_ITSELF))
        elif stands and _blank_or_same(relation, stands, ["rationale"]):
            plan.dropped.append(Dropped(relation, TWICE, stands))
        elif stands:
            plan.problems.append(
                f"{relation}: “{plan.survivor}” has this relation too, for another reason. "
                "Put both reasons into one of the two, and delete the other."
            )


def _affiliations_twice(plan: Plan) -> None:
    def key(affiliation: Affiliation) -> tuple:
        ends = (
            plan.survivor.pk if end == plan.loser.pk else end
            for end in (affiliation.member_id, affiliation.body_id)
        )
        return (*ends, affiliation.role, affiliation.since)

    rows = Affiliation.objects.select_related("member", "body").order_by("pk")
    of = {
        source.pk: rows.filter(Q(member=source) | Q(body=source))
        for source in (plan.loser, plan.survivor)
    }
    there = {key(affiliation): affiliation for affiliation in of[plan.survivor.pk]}
    for affiliation in of[plan.loser.pk]:
        stands = there.get(key(affiliation))
        if {affiliation.member_id, affiliation.body_id} == {plan.loser.pk, plan.survivor.pk}:
            plan.dropped.append(Dropped(affiliation, WITH_ITSELF))
        elif (
            stands
            and _blank_or_same(affiliation, stands, ["until"])
            and affiliation.speaks_for == stands.speaks_for
        ):
            plan.dropped.append(Dropped(affiliation, TWICE, stands))
        elif stands:
            plan.problems.append(
                f"{affiliation}: “{plan.survivor}” has this affiliation too, "
                "with another end or another voice. Correct one of the two, and delete the other."
            )


# What a citation says beside where it stands.
SAID_OF_A_CITATION = [
    each.name
    for each in written_fields(Citation)
    if each.name not in {"statement", "document", "via"}
]


def _citations_twice(plan: Plan) -> None:
    rows = Citation.objects.select_related("statement__source", "statement__claim", "document")
    there = {
        citation.statement_id: citation
        for citation in rows.filter(
            document=plan.survivor,
            statement__in=Citation.objects.filter(document=plan.loser).values("statement"),
        )
    }
    for citation in rows.filter(document=plan.loser, statement__in=there).order_by("pk"):
        stands = there[citation.statement_id]
        # That one was taken from the other says nothing once they are one.
        taken_alike = (
            citation.via_id in (None, stands.pk, stands.via_id) or stands.via_id == citation.pk
        )
        if _blank_or_same(citation, stands, SAID_OF_A_CITATION) and taken_alike:
            plan.dropped.append(Dropped(citation, TWICE, stands))
        else:
            plan.problems.append(
                f"“{citation.statement}” cites both, in different words or taken from different "
                "documents. Put what is right into one of the two citations, and delete the other."
            )


# What a statement says beside of what it is said, and by whom.
SAID_IN_A_STATEMENT = [
    each.name
    for each in written_fields(Statement)
    if each.name not in {"slug", "review_state", "claim", "source"}
]


def _statements_twice(plan: Plan) -> None:
    """Find statements that say, and rest on, nothing else than one that is there already."""
    end = "claim" if isinstance(plan.loser, Claim) else "source"
    other = "source" if end == "claim" else "claim"
    same = [other, *SAID_IN_A_STATEMENT]
    alike = Statement.objects.filter(
        **{end: plan.survivor}, **{name: OuterRef(name) for name in same}
    )
    found = Statement.objects.filter(Exists(alike), **{end: plan.loser}).order_by("pk")
    found = found.select_related("claim", "source").prefetch_related("citations")
    there = defaultdict(list)
    if found:
        candidates = Statement.objects.filter(
            **{end: plan.survivor}, **{f"{other}__in": {getattr(s, other) for s in found}}
        )
        for statement in candidates.order_by("pk").prefetch_related("citations"):
            key = tuple(getattr(statement, name) for name in [f"{other}_id", *same[1:]])
            there[key].append(statement)
    for statement in found:
        key = tuple(getattr(statement, name) for name in [f"{other}_id", *same[1:]])
        stands = next((each for each in there[key] if _rests_on(statement, each)), None)
        if stands is None:
            continue
        if not statement.was_public:
            plan.dropped += [
                Dropped(citation, TWICE, stands) for citation in statement.citations.all()
            ]
            plan.dropped.append(Dropped(statement, TWICE, stands))
        elif statement.is_public:
            plan.retired.append(statement)


def _rests_on(statement: Statement, stands: Statement) -> bool:
    """Return whether readers see of one statement, and of what it rests on, all in the other."""
    there = {citation.document_id: citation for citation in stands.citations.all()}
    return (stands.is_public or not statement.is_public) and all(
        citation.document_id in there
        and _blank_or_same(citation, there[citation.document_id], SAID_OF_A_CITATION)
        and _document_taken_from(citation, statement)
        in (None, _document_taken_from(there[citation.document_id], stands))
        for citation in statement.citations.all()
    )


def _document_taken_from(citation: Citation, statement: Statement) -> int | None:
    of = {each.pk: each.document_id for each in statement.citations.all()}
    return of.get(citation.via_id)


def write(plan: Plan, but: Collection[type[models.Model]] = ()) -> None:
    """Do what a plan says; rows of some models stay where they are."""
    _drop(plan.dropped)
    for reference in references_to(type(plan.loser)):
        if reference.model not in but:
            rows = reference.model._base_manager.filter(**{reference.field: plan.loser})
            expect_many_rows()
            rows.update(**{reference.field: plan.survivor})
    if but:
        return
    retired = Statement.objects.filter(pk__in=[statement.pk for statement in plan.retired])
    retired.update(review_state=ReviewState.RETIRED)
    if plan.names:
        # Who looks for the old name finds the one that stays, and doesn't record it anew.
        aliases = [*plan.survivor.aliases, *plan.names]
        Source.objects.filter(pk=plan.survivor.pk).update(aliases=aliases)
    # Last: retiring it would retire the statements that it still had.
    type(plan.loser)._base_manager.filter(pk=plan.loser.pk).update(
        review_state=ReviewState.RETIRED, merged_into=plan.survivor
    )


def _drop(dropped: Iterable[Dropped]) -> None:
    keys = defaultdict(list)
    for each in dropped:
        keys[type(each.row)].append(each.row.pk)
        if isinstance(each.row, Citation) and isinstance(each.stands, Citation):
            # What was taken from it was taken from the one that stands.
            if each.stands.via_id == each.row.pk:
                Citation.objects.filter(pk=each.stands.pk).update(via=each.row.via_id)
            taken = Citation.objects.filter(via=each.row).exclude(pk=each.row.pk)
            taken.update(via=each.stands)
    # Of the citations of a dropped statement one may have been taken from another.
    Citation.objects.filter(pk__in=keys[Citation], via__isnull=False).update(via=None)
    for model, gone in keys.items():
        model._base_manager.filter(pk__in=gone).delete()
