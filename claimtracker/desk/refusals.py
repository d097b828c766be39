"""What to tell an editor of what the database refused."""

from django.db import (
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
)
from django.db.models.deletion import ProtectedError

from claimtracker.explain import explain

REFUSED = (IntegrityError, DataError, InternalError, ProtectedError)
# Two writers in each other's way: serialization_failure, deadlock_detected.
COLLISIONS = {"40001", "40P01"}


def refusal(error: Exception) -> str | None:
    """Return what to tell the editor about an error, None where it is not theirs to mend."""
    if isinstance(error, ProtectedError):
        return "It cannot be deleted: something else refers to it."
    if isinstance(error, OperationalError):
        state = getattr(error.__cause__, "sqlstate", None)
        if state not in COLLISIONS:
            return None
        return "Somebody else saved something at the same moment. Nothing was saved: try again."
    return explain(error)
