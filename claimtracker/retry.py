"""When two writers lock rows in opposite orders PostgreSQL ends one of them: it tries again."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import connections, transaction
from django.db.utils import DEFAULT_DB_ALIAS

P = ParamSpec("P")
R = TypeVar("R")

# The codes of a deadlock and of a failed serialization: neither says that the write was wrong.
CONFLICTS = {"40P01", "40001"}
TRIES = 12
LONGEST_WAIT = 1.0  # seconds


def atomic_with_retry(deed: Callable[P, R]) -> Callable[P, R]:
    """Run a function in a transaction, and again from its beginning when that met another's.

    Within a transaction it is a savepoint and runs once: only the outermost can begin again.
    """

    @functools.wraps(deed)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if connections[DEFAULT_DB_ALIAS].in_atomic_block else TRIES
        for number in range(1, tries + 1):
            try:
                with transaction.atomic():
                    return deed(*args, **kwargs)
            except Exception as error:  # some say where it happened and raise another
                if number == tries or not is_conflict(error):
                    raise
            # Each waits another while, so that the same two do not meet again.
            time.sleep(random.uniform(0, min(LONGEST_WAIT, 0.01 * 2**number)))
        raise AssertionError("unreachable")

    return run


def is_conflict(error: BaseException | None) -> bool:
    """Return whether a write failed only because of another at the same time."""
    while error is not None:
        if getattr(error, "sqlstate", None) in CONFLICTS:
            return True
        error = error.__cause__
    return False
