"""Writes across models.

Statements recorded with the citation they were read in; what is proposed of rows that readers see,
and what is decided on it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pghistory
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models, transaction
from django.utils import timezone

from claims import proposals, rewording
from claims.models import Citation, Deed, Proposal, ProposalState, Statement
from claims.models.rewording import Reworded
from claims.proposals import Fields
from claimtracker.curated import Curated, ReviewState, may_edit, may_publish
from claimtracker.deletions import as_it_was, deletion, restore
from claimtracker.retry import atomic_with_retry
from claimtracker.review import because, check_own_words, last_authors, move, writes_at_once
from claimtracker.stamps import seen_key

ASK_ONE_WHO_MAY = "Your account only reads: ask an administrator for the right to edit."
NO_CHANGE = "It proposes no change."

NOT_ASKED: dict[str, str] = {rewording.CODE: str(Reworded.STILL_HOLD)}

# Under which name a form knows what is wrong with a row that was added in place.
SOURCE_ERRORS = {"name": "source", "kind": "source_kind"}
CLAIM_ERRORS = {"text": "claim", "kind": "claim_kind"}
# A slug is made from the day, and the order is what tells two of one day apart.
STATEMENT_ERRORS = {"slug": "order"}
# What is proposed of a citation.
CITED = [
    *("document", "via", "manner", "quote", "prefix", "suffix", "locator", "language"),
    *("translation", "as_named", "note"),
]


class ConflictError(ValidationError):
    """Somebody changed since what a proposal would change; ``paths`` are what is to be decided."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(
            "Somebody changed since what it would change: choose for each which version stands."
        )
        self.paths = paths


class UnseenError(ValidationError):
    """What would be published along was not seen: the rows, each with its key once it is."""

    def __init__(self, rows: list[tuple[Curated, str]]) -> None:
        names = " and ".join(f"the {row._meta.verbose_name} “{row}”" for row, _ in rows)
        super().__init__({"along": f"Look at {names} first: readers would see it."})
        self.rows = rows


# Recording --------------------------------------------------------------------------------------


@atomic_with_retry
def record(
    *,
    statement: Statement,
    citation: Citation,
    user: Any,
    publish: bool = False,
    along: bool = False,
    seen: Collection[str] = (),
) -> Citation:
    """Save a new statement with the citation it was read in; with its source and claim if new.

    ``publish`` publishes the statement, ``along`` publishes before it what it needs: its source,
    its claim, and the document, so that readers see the citation; else all that is new is a draft.
    Of what was there already, ``seen`` has the keys (``seen_key``) of the rows as the user saw
    them; UnseenError where one is missing.

    Raises ValidationError by field, those of a new source or claim under ``source``,
    ``source_kind``, ``claim`` and ``claim_kind``; PermissionDenied where ``user`` may not.
    """
    source, claim = statement.source, statement.claim
    ends = [(source, SOURCE_ERRORS), (claim, CLAIM_ERRORS)]
    new = [(row, names) for row, names in ends if row._state.adding]
    _may_add(user, [*(row for row, _ in new), statement, citation])
    _save(*new)
    statement.source, statement.claim = source, claim
    _save((statement, STATEMENT_ERRORS))
    citation.statement = statement
    _save((citation, {}))
    if publish:
        needed = _needed_by(statement, citation, along)
        made = [statement, *(row for row, _ in new)]
        _check_seen([row for row in needed if row not in made], user, seen)
        for row in needed:
            row.review_state = move(row=row, step="publish", user=user).review_state
    return citation


@atomic_with_retry
def cite(*, citation: Citation, user: Any) -> Citation | Proposal:
    """Save a new citation of a statement that is recorded already.

    Where readers would see it at once, and ``user`` may not publish, it is proposed.

    Raises ValidationError by field; PermissionDenied where ``user`` may not.
    """
    _may_add(user, [citation])
    statement = Statement.objects.select_for_update(no_key=True).get(pk=citation.statement_id)
    if statement.is_settled and not writes_at_once(user, Statement):
        kept = {name: getattr(citation, name) for name in CITED if getattr(citation, name)}
        return propose(target=statement, fields={"citations": [kept]}, author=user)
    _save((citation, {}))
    return citation


def _needed_by(statement: Statement, citation: Citation, along: bool) -> list[Curated]:
    """Return what is published with a statement, it last; raise what is not to be, but must."""
    ends: list[Curated] = [statement.source, statement.claim]
    drafts = [row for row in ends if row.review_state != ReviewState.PUBLISHED]
    if not along and drafts:
        names = " and ".join(f"the {row._meta.verbose_name} “{row}”" for row in drafts)
        raise ValidationError({"along": f"Publish {names} first, or with it."})
    if along and citation.document.review_state != ReviewState.PUBLISHED:
        drafts.append(citation.document)
    return [*drafts, statement]


def _check_seen(rows: list[Curated], user: Any, seen: Collection[str]) -> None:
    """Raise UnseenError where rows would be published that a user did not see as they are."""
    unseen = []
    for row in rows:
        if not may_publish(user, type(row)):
            continue  # the step is refused
        # Fully, so that who adds something that refers to it has committed, or waits.
        held = type(row)._base_manager.select_for_update().get(pk=row.pk)
        if (key := seen_key(held)) not in seen:
            unseen.append((held, key))
    if unseen:
        raise UnseenError(unseen)


def _save(*rows: tuple[models.Model, Mapping[str, str]]) -> None:
    """Save rows, or raise what is wrong with all of them: by field, or by the name given for it."""
    errors: dict[str, list[ValidationError]] = {}
    for row, names in rows:
        try:
            row.full_clean()
        except ValidationError as error:
            for field, messages in error.update_error_dict({}).items():
                errors.setdefault(names.get(field, field), []).extend(messages)
    if errors:
        raise ValidationError(errors)
    for row, _ in rows:
        row.save()


def _may_add(user: Any, rows: Iterable[models.Model]) -> None:
    for row in rows:
        if not user.has_perm(f"{row._meta.app_label}.add_{row._meta.model_name}"):
            raise PermissionDenied(f"You may not add a {row._meta.verbose_name}.")


# Proposals --------------------------------------------------------------------------------------


@atomic_with_retry
def propose(
    *,
    target: models.Model,
    fields: Mapping[str, Any],
    author: Any,
    note: str = "",
    base_version: int | None = None,
) -> Proposal:
    """Let a change of a row wait for review; the row itself stays as it is.

    ``fields`` has the proposed value for the name of each field that changes, in the shape that
    ``Proposal`` documents; rows may be given themselves instead of their ids. ``base_version`` is
    the version of the row that the author saw, the present one where it is not given.

    It is tried, as if it were accepted now: raises ValidationError by the names of the fields, or
    the database's error, where it could not be. PermissionDenied where the author may not edit.
    """
    kept = _shaped(type(target), fields)
    proposal = Proposal(
        target_type=ContentType.objects.get_for_model(target),
        target_id=target.pk,
        fields=kept,
        base=proposals.base_of(target, kept, base_version),
        base_version=base_version or getattr(target, "version", None),
        note=note,
    )
    return _submit(proposal, author)


@atomic_with_retry
def propose_new(
    *, model: type[models.Model], fields: Mapping[str, Any], author: Any, note: str = ""
) -> Proposal:
    """Let a new row wait for review that readers would see at once. Raises as ``propose`` does."""
    proposal = Proposal(
        target_type=ContentType.objects.get_for_model(model),
        deed=Deed.ADD,
        fields=_shaped(model, fields),
        note=note,
    )
    return _submit(proposal, author)


@atomic_with_retry
def propose_deletion(*, target: models.Model, author: Any, note: str = "") -> Proposal:
    """Let the deletion of a row wait for review. Raises as ``propose`` does."""
    proposal = Proposal(
        target_type=ContentType.objects.get_for_model(target),
        target_id=target.pk,
        deed=Deed.DELETE,
        base=proposals.said_by(target, proposals.fields_of(type(target))),
        base_version=getattr(target, "version", None),
        note=note,
    )
    return _submit(proposal, author)


@atomic_with_retry
def propose_restoration(
    *, model: type[models.Model], pk: Any, author: Any, note: str = ""
) -> Proposal:
    """Let it wait for review that a deleted row comes back. Raises as ``propose`` does."""
    one = deletion(model, pk)
    if one is None:
        raise ValidationError("It is not among what was deleted.")
    said = proposals.said_by(as_it_was(one), proposals.fields_of(model))
    proposal = Proposal(
        target_type=ContentType.objects.get_for_model(model),
        target_id=pk,
        deed=Deed.RESTORE,
        fields=_shaped(model, said),
        note=note,
    )
    return _submit(proposal, author)


@atomic_with_retry
def amend(
    *, proposal: Proposal, fields: Mapping[str, Any], user: Any, note: str | None = None
) -> Proposal:
    """Change what a waiting proposal proposes, which is now based on the row as it is.

    Its author may, and whoever may accept it: then it is his words that a second pair of eyes
    reads. Raises as ``propose`` does.
    """
    proposal = _held(proposal)
    if user.pk != proposal.author_id:
        _check_may_decide(proposal, user)
    proposal.fields = _shaped(proposals.target_model(proposal), fields)
    target = _target(proposal)
    if target is not None:
        proposal.base = proposals.base_of(target, proposal.fields)
        proposal.base_version = getattr(target, "version", None)
    if note is not None:
        proposal.note = note
    return _submit(proposal, user)


@atomic_with_retry
def accept(
    *,
    proposal: Proposal,
    user: Any,
    reason: str = "",
    decisions: Mapping[str, bool] | None = None,
    seen: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> Proposal:
    """Do what a proposal says, all of it or nothing, and return it, accepted.

    ``decisions`` says for the path of each conflict, as ``proposals.read`` names them, whether the
    proposed value is taken; ConflictError where one is missing. ``seen`` is the ``digest`` of what
    the editor looked at, where something may have changed since. ``answers`` are those to questions
    asked of the row, such as what becomes of statements on a reworded claim. History keeps who
    accepted (``user``), whose words they are (``proposed_by``), the ``proposal`` and the
    ``reason``, which is the author's note where none is given: one proposal a context.

    Raises ValidationError, the database's error or ProtectedError where the rows cannot be as
    proposed; PermissionDenied where the user may not decide, or would publish his own words where
    a second pair of eyes is asked for. Then nothing is changed.
    """
    decisions = decisions or {}
    proposal = _held(proposal)
    _check_may_decide(proposal, user)
    check_own_words(row=proposal, user=user)
    edits = proposals.read(proposal, _target(proposal))
    if seen is not None and seen != proposals.digest(edits):
        raise ValidationError("Somebody changed it while you looked at it: look again.")
    open_conflicts = [path for edit in edits for path in edit.conflicts() if path not in decisions]
    if open_conflicts:
        raise ConflictError(open_conflicts)
    context = {
        "user": user.pk,
        "proposal": proposal.pk,
        "proposed_by": last_authors([proposal])[proposal.pk] or proposal.author_id,
        **because(reason or proposal.note),
    }
    with pghistory.context(**context):
        row = _apply(
            proposal,
            edits,
            user,
            reason,
            {path for path, taken in decisions.items() if taken},
            answers,
        )
        if proposal.deed == Deed.ADD and row is not None:
            proposal.target_id = row.pk
        _decide(proposal, ProposalState.ACCEPTED, user, reason)
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
    return proposal


@atomic_with_retry
def accept_as_saved(
    *, proposal: Proposal, row: models.Model, user: Any, reason: str = ""
) -> Proposal:
    """Mark a proposal as accepted whose words an editor has just saved himself, perhaps others."""
    proposal = _held(proposal)
    _check_may_decide(proposal, user)
    proposal.target_id = row.pk
    with pghistory.context(user=user.pk, **because(reason)):
        _decide(proposal, ProposalState.ACCEPTED, user, reason)
    return proposal


@atomic_with_retry
def reject(*, proposal: Proposal, user: Any, reason: str) -> Proposal:
    """Refuse a proposal; the author reads why. Raises as ``accept`` does."""
    proposal = _held(proposal)
    _check_may_decide(proposal, user)
    if not reason.strip():
        raise ValidationError({"reason": "Say why: its author reads it."})
    with pghistory.context(user=user.pk, reason=reason):
        _decide(proposal, ProposalState.REFUSED, user, reason)
    return proposal


@atomic_with_retry
def withdraw(*, proposal: Proposal, user: Any, reason: str = "") -> Proposal:
    """Take back a proposal of one's own that still waits. Raises as ``accept`` does."""
    proposal = _held(proposal)
    if user.pk != proposal.author_id:
        raise PermissionDenied("Only its author withdraws a proposal: refuse it instead.")
    with pghistory.context(user=user.pk, **because(reason)):
        _decide(proposal, ProposalState.WITHDRAWN, user, reason)
    return proposal


def may_decide(*, proposal: Proposal, user: Any) -> bool:
    """Return whether a user may accept or refuse a proposal, whoever wrote it."""
    changes = user.has_perm("claims.change_proposal")
    return changes and may_publish(user, proposals.target_model(proposal))


def _check_may_decide(proposal: Proposal, user: Any) -> None:
    if not may_decide(proposal=proposal, user=user):
        raise PermissionDenied("Deciding on proposals is for editors.")


def _shaped(model: type[models.Model], fields: Mapping[str, Any]) -> Fields:
    if model not in proposals.TARGETS:
        raise ValidationError(f"Nothing is proposed of a {model._meta.verbose_name}.")
    return proposals.shaped(model, fields)


def _submit(proposal: Proposal, user: Any) -> Proposal:
    """Save a proposal that waits, once it was seen that it could be accepted now."""
    model = proposals.target_model(proposal)
    if not (may_edit(user, model) and user.has_perm("claims.add_proposal")):
        raise PermissionDenied(ASK_ONE_WHO_MAY)
    proposals.leave_out_what_stays(proposal)
    if proposal._state.adding:
        proposal.author = user
        # One after the other, so that a form that is sent twice proposes once.
        authors = get_user_model().objects.select_for_update(no_key=True)
        list(authors.filter(pk=user.pk).values_list("pk"))
    if proposal.deed != Deed.DELETE and not proposal.fields:
        raise ValidationError(NO_CHANGE)
    with transaction.atomic():
        edits = proposals.read(proposal, _target(proposal))
        # What becomes of the statements on a reworded claim is asked of who accepts it.
        _apply(proposal, edits, user, proposal.note, answers=NOT_ASKED)
        connection.check_constraints()
        transaction.set_rollback(True)
    if proposal._state.adding and (same := _waits_already(proposal)):
        return same
    proposal.full_clean()
    with pghistory.context(user=user.pk, **because(proposal.note)):
        proposal.save()
    return proposal


def _waits_already(proposal: Proposal) -> Proposal | None:
    """Return the waiting proposal by which its author proposed the very same: a form sent twice."""
    said = {
        name: getattr(proposal, name)
        for name in ("author", "target_type", "target_id", "deed", "fields", "base", "note")
    }
    return Proposal.objects.waiting().filter(**said).order_by("pk").first()


def _apply(
    proposal: Proposal,
    edits: list[proposals.RowEdit],
    user: Any,
    reason: str,
    taken: Collection[str] = (),
    answers: Mapping[str, str] | None = None,
) -> models.Model | None:
    if proposal.deed == Deed.RESTORE:
        model = proposals.target_model(proposal)
        row, _ = restore(
            model=model, pk=proposal.target_id, user=user, reason=reason or proposal.note
        )
        return row
    own = edits[0]
    if own.is_conflict:
        # It was deleted since.
        if own.path not in taken:
            return None
        target, _ = restore(
            model=own.model, pk=proposal.target_id, user=user, reason=reason or proposal.note
        )
        edits = proposals.read(proposal, target)
        taken = [path for edit in edits for path in (edit.path, *edit.conflicts())]
    return proposals.apply(edits, taken, answers)


def _held(proposal: Proposal) -> Proposal:
    """Return a waiting proposal, locked until the transaction ends."""
    proposal = Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if proposal.state != ProposalState.WAITING:
        raise ValidationError(f"It was {proposal.state} meanwhile by {proposal.decided_by}.")
    return proposal


def _target(proposal: Proposal) -> models.Model | None:
    """Return the row that a proposal is about as it is now, locked; None where there is none."""
    if proposal.target_id is None:
        return None
    rows = proposals.target_model(proposal)._base_manager
    return rows.select_for_update(no_key=True).filter(pk=proposal.target_id).first()


def _decide(proposal: Proposal, state: str, user: Any, answer: str) -> None:
    proposal.state, proposal.decided_by, proposal.answer = state, user, answer
    proposal.decided_at = timezone.now()
    proposal.full_clean()
    proposal.save()
