"""When the database does not answer, or not in time: what to tell, and when to ask again."""

import logging
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connections
from django.db.utils import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

# That of a statement which ran into statement_timeout (or was cancelled by hand).
CANCELLED = psycopg.errors.QueryCanceled.sqlstate
# Of codes that PostgreSQL gives: no connection, too few resources, an operator's intervention.
NOT_NOW = ("08", "53", "57")


@dataclass(frozen=True)
class Overload:
    detail: str
    retry_after: int  # seconds


def overload(error: BaseException) -> Overload | None:
    """Return what to tell where an error of the database is nobody's fault; else None."""
    code = getattr(error.__cause__, "sqlstate", None) or ""
    if code == CANCELLED:
        return Overload(
            f"It took longer than the {settings.STATEMENT_TIMEOUT} seconds that a question may "
            "take here. Ask for less: a filter, or a smaller page.",
            retry_after=30,
        )
    lost = isinstance(error, InterfaceError | OperationalError) and not code
    if lost or code.startswith(NOT_NOW):
        return Overload("The database does not answer. Try again in a moment.", retry_after=5)
    return None


def limit_statements() -> None:
    """Have PostgreSQL end what takes longer than STATEMENT_TIMEOUT, on connections from here on.

    For web servers: an import, a migration or a backup takes the time that it takes.
    """
    default = connections[DEFAULT_DB_ALIAS]
    default.settings_dict["STATEMENT_TIMEOUT"] = settings.STATEMENT_TIMEOUT
    default.close()
    default.close_pool()


class OverloadMiddleware:
    """Answers 503 where a page runs into that. The API answers for itself."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        why = overload(exception) if isinstance(exception, DatabaseError) else None
        if why is None:
            return None
        logger.warning("%s %s: %s", request.method, request.path, exception)
        answer = render(request, "503.html", {"detail": why.detail}, status=503)
        answer["Retry-After"] = why.retry_after
        return answer
