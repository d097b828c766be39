"""Writes that any row takes that editors review."""

from collections.abc import Collection
from typing import Any, TypeVar

import pghistory
from django.core.exceptions import PermissionDenied
from django.db import connection

from claimtracker.curated import SETTLED, Curated, may_publish
from claimtracker.retry import atomic_with_retry

Row = TypeVar("Row", bound=Curated)


class StaleVersionError(Exception):
    """Somebody has changed a row since; ``row`` is as it is now."""

    def __init__(self, row: Curated) -> None:
        super().__init__(f"“{row}” has version {row.version} now.")
        self.row = row


def check_may_change(user, row: Curated) -> None:
    """Raise PermissionDenied where a row stands as editors settled it, and the user is none."""
    if row.review_state in SETTLED and not may_publish(user, type(row)):
        state = row.get_review_state_display().lower()
        raise PermissionDenied(f"It is {state}: ask an editor to change it.")


@atomic_with_retry
def change(*, row: Row, seen: Collection[int], to: dict[str, Any], user, reason: str = "") -> Row:
    """Change fields of a row whose version is one of those that were seen; return it as it is then.

    ``to`` has a value for the name of each field that changes, rows where it refers to rows. Raises
    PermissionDenied, StaleVersionError, ValidationError by field, and DoesNotExist where the row is
    gone; then nothing is changed.
    """
    model = type(row)
    row = model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
    check_may_change(user, row)
    if row.version not in seen:
        raise StaleVersionError(row)
    own = [name for name in to if not model._meta.get_field(name).many_to_many]
    for name in own:
        setattr(row, name, to[name])
    if row.review_state in SETTLED and not may_publish(user, model):
        raise PermissionDenied("Publishing and retiring are for editors: ask one to do it.")
    row.full_clean()
    with pghistory.context(user=user.pk, **({"reason": reason} if reason else {})):
        row.save(update_fields=own)
        for name in to.keys() - set(own):
            getattr(row, name).set(to[name])
        # What is deferred to COMMIT is asked now, while it can still be said.
        connection.check_constraints()
    row.refresh_from_db()
    return row
