"""What to tell an editor of what the database refused."""

from django.db import (
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
)
from django.db.models.deletion import ProtectedError

from claimtracker.explain import explain
from claimtracker.retry import is_conflict

REFUSED = (IntegrityError, DataError, InternalError, ProtectedError)


def refusal(error: Exception) -> str | None:
    """Return what to tell the editor about an error, None where it is not theirs to mend."""
    if isinstance(error, ProtectedError):
        return "It cannot be deleted: something else refers to it."
    if isinstance(error, OperationalError):
        if not is_conflict(error):
            return None
        return "Somebody else saved something at the same moment. Nothing was saved: try again."
    return explain(error)
