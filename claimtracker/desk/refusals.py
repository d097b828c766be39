"""What to tell an editor of what the database refused."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import (
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
)
from django.db.models.deletion import ProtectedError, RestrictedError

from claimtracker.explain import explain
from claimtracker.retry import atomic_with_retry, is_conflict
from claimtracker.review import OwnWordsError

REFUSED = (
    *(IntegrityError, DataError, InternalError, ProtectedError, RestrictedError),
    *(ValidationError, OwnWordsError),
)

SEEN_AT_ONCE = "Readers would see this at once: ask an editor to record it."


def refusal(error: Exception) -> str | None:
    """Return what to tell the editor about an error, None where it is not theirs to mend."""
    if isinstance(error, OwnWordsError):
        return str(error)
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, ProtectedError | RestrictedError):
        return "It cannot be deleted: something else refers to it."
    if isinstance(error, OperationalError):
        if not is_conflict(error):
            return None
        return "Somebody else saved something at the same moment. Nothing was saved: try again."
    return explain(error)


def refusals(deed: Callable[[], object]) -> list[str]:
    """Do a deed, all of it or nothing; return in sentences why it was refused, none if done."""
    try:
        atomic_with_retry(deed)()
    except ValidationError as error:
        return error.messages
    except (*REFUSED, OperationalError) as error:
        if not (message := refusal(error)):
            raise
        return [message]
    return []
