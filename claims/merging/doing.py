"""Merges two rows, and remembers which are not to be merged."""

from typing import Any

import pghistory
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, connection, models, transaction

from claims.merging.plan import Plan, make_plan, write
from claims.models import Different, Import, Merge, Statement
from claimtracker.batches import last_events, written_since
from claimtracker.curated import Mergeable, may_publish
from claimtracker.events import event_models
from claimtracker.explain import explain
from claimtracker.history import parts_of
from claimtracker.retry import atomic_with_retry
from claimtracker.review import OwnWordsError, own_words
from claimtracker.stamps import stamp_of
from sources.models import Document


def preview(*, loser: Mergeable, survivor: Mergeable) -> Plan:
    """Return what a merge would do, and what stands in its way; nothing is written."""
    plan = make_plan(loser, survivor)
    if not plan.problems:
        # The rules that only the database knows, circles among them, are asked by trying it. What
        # is many, statements and documents, no rule forbids to move.
        try:
            with transaction.atomic():
                write(plan, but=(Statement, Document))
                connection.check_constraints()
                transaction.set_rollback(True)
        except Error as error:
            plan.problems.append(explain(error))
    return plan


SEEN_OTHERWISE = (
    "Somebody changed one of the two, or what belongs to it, since this page was made. Nothing "
    "was done: check what is shown now."
)


def stamp_of_pair(loser: Mergeable, survivor: Mergeable) -> str:
    """Return what is another once one of two rows, or what belongs to it, is another."""
    return f"{stamp_of(loser)}+{stamp_of(survivor)}"


@atomic_with_retry
def merge(
    *,
    loser: Mergeable,
    survivor: Mergeable,
    user: Any,
    reason: str,
    contradicts: bool = False,
    seen: str | None = None,
) -> Merge:
    """Merge one row into another of its kind, all of it or nothing, and return what was done.

    ``contradicts`` says that a source may contradict itself then, as ``preview`` tells. ``seen``
    is the ``stamp_of_pair`` when the editor looked at it, where that was some time ago. Raises
    ValidationError, or the database's error, where it cannot be; PermissionDenied where the user
    may not publish rows of this kind.
    """
    model = type(loser)
    check_may_merge(model, user)
    if not reason.strip():
        raise ValidationError("Say why the two are the same: the history keeps it.")
    # Nobody refers to either meanwhile. By id, so that two merges of the same two do not deadlock.
    held = model._base_manager.filter(pk__in=[loser.pk, survivor.pk])
    rows = {row.pk: row for row in held.order_by("pk").select_for_update()}
    if {loser.pk, survivor.pk} - rows.keys():
        raise ValidationError("One of the two is not there any more.")
    loser, survivor = rows[loser.pk], rows[survivor.pk]
    if seen is not None and seen != stamp_of_pair(loser, survivor):
        raise ValidationError(SEEN_OTHERWISE)
    plan = make_plan(loser, survivor)
    if plan.problems:
        raise ValidationError(plan.problems)
    _check_own_words(plan, user)
    if plan.contradictions and not contradicts:
        raise ValidationError(
            "A source would contradict itself: look at where, and say that it is so."
        )
    deed = f"merged “{loser}” into “{survivor}”"
    with pghistory.context(user=user.pk, reason=reason, deed=deed) as context:
        before = last_events(context.id, _tables())
        write(plan)
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
        made = Merge(
            target_type=ContentType.objects.get_for_model(model),
            loser_id=loser.pk,
            survivor_id=survivor.pk,
            user=user,
            reason=reason,
            context=context.id,
            written=written_since(context.id, before),
        )
        made.full_clean()
        made.save()
    return made


def _check_own_words(plan: Plan, user: Any) -> None:
    """Raise OwnWordsError where a user would have readers see what he himself wrote last.

    What belongs to a draft is seen once it belongs to a row that is published.
    """
    loser, survivor = plan.loser, plan.survivor
    if loser.is_public or not survivor.is_public:
        return
    belongs = {part.model for part in parts_of(type(loser))}
    brings = bool(plan.names) or any(reference.model in belongs for reference in plan.moves)
    if brings and own_words(rows=[loser], user=user):
        raise OwnWordsError(
            f"You made the last change of “{loser}”, and readers would see what belongs to it: "
            "with a second pair of eyes asked for, another editor merges the two."
        )


def check_may_merge(model: type[models.Model], user: Any) -> None:
    if not may_publish(user, model):
        raise PermissionDenied("Merging is for those who may publish.")


def _tables() -> list[type[models.Model]]:
    """Return the models of what a merge may write."""
    return [model for model in event_models() if model not in (Merge, Different, Import)]


def tell_apart(*, one: Mergeable, other: Mergeable, user: Any, note: str = "") -> Different:
    """Remember that two rows of one kind are different, so that nobody is asked again.

    Raises ValidationError where that is known, PermissionDenied where the user may not publish.
    """
    check_may_merge(type(one), user)
    first, second = sorted([one.pk, other.pk])
    pair = Different(
        target_type=ContentType.objects.get_for_model(one),
        first_id=first,
        second_id=second,
        user=user,
        note=note,
    )
    pair.full_clean()
    with pghistory.context(user=user.pk, reason=note):
        pair.save()
    return pair
