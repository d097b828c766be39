"""Writes that any row takes that editors review."""

import copy
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection

from claimtracker.curated import Curated, ReviewState, may_publish
from claimtracker.questions import check_answered
from claimtracker.retry import atomic_with_retry
from claimtracker.review import because, move, step_to, writes_at_once
from claimtracker.stamps import Stamp, has_seen

Row = TypeVar("Row", bound=Curated)


class StaleVersionError(Exception):
    """Somebody has changed a row since; ``row`` is as it is now."""

    def __init__(self, row: Curated) -> None:
        super().__init__(f"“{row}” has version {row.version} now.")
        self.row = row


class NotAtOnceError(Exception):
    """What a user writes into a row has to wait for review; ``row`` is as it is now."""

    def __init__(self, row: Curated) -> None:
        super().__init__(f"A change of “{row}” waits for review.")
        self.row = row


@atomic_with_retry
def change(
    *,
    row: Row,
    seen: Collection[Stamp],
    to: Mapping[str, Any],
    user: Any,
    reason: str = "",
    confirmed: Collection[str] = (),
    answers: Mapping[str, str] | None = None,
) -> Row:
    """Change fields of a row whose version is one of those that were seen; return it as it is then.

    Where it is published, what belongs to it must have been seen too, as ``has_seen`` asks.

    ``to`` has a value for the name of each field that changes, rows where it refers to rows; with
    ``review_state`` a step of review is taken when the others are written. ``confirmed`` are the
    codes of the questions that are answered, ``answers`` those that need more than a yes, by their
    codes.

    Raises StaleVersionError or UnseenPartsError; UnansweredError where something is asked first;
    NotAtOnceError where it is to be proposed instead; PermissionDenied where a step is not the
    user's; ValidationError by field; DoesNotExist where the row is gone. Then nothing is changed.
    """
    model = type(row)
    # Who publishes locks it fully: who adds something that refers to it has committed, or waits.
    to_be_seen = to.get("review_state") == ReviewState.PUBLISHED
    row = model._base_manager.select_for_update(no_key=not to_be_seen).get(pk=row.pk)
    if row.version not in {each.version for each in seen}:
        raise StaleVersionError(row)
    words = {name: value for name, value in to.items() if name != "review_state"}
    own = [name for name in words if not model._meta.get_field(name).many_to_many]
    state = to.get("review_state", row.review_state)
    publishes = state == ReviewState.PUBLISHED != row.review_state
    if publishes and may_publish(user, model) and not has_seen(row, seen):
        raise StaleVersionError(row)
    if words and row.is_settled and not writes_at_once(user, model):
        if state != row.review_state:
            raise ValidationError(
                {"review_state": "Ask for this alone: the rest waits for review."}
            )
        proposed = copy.copy(row)
        for name in own:
            setattr(proposed, name, words[name])
        check_answered(proposed.questions(own), confirmed)
        raise NotAtOnceError(row)
    if words:
        for name in own:
            setattr(row, name, words[name])
        row.answers = answers or {}
        row.full_clean()
        check_answered(row.questions(own), confirmed)
        with pghistory.context(user=user.pk, **because(reason)):
            row.save(update_fields=own)
            row.carry_out()
            for name in words.keys() - set(own):
                getattr(row, name).set(words[name])
            # What is deferred to COMMIT is asked now, while it can still be said.
            connection.check_constraints()
    if state != row.review_state:
        move(row=row, step=step_to(state, row=row, user=user).name, user=user, reason=reason)
    row.refresh_from_db()
    return row
