"""X-Request-ID: a name for each request, in its answer and in every line logged meanwhile."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# Anything else could forge a line of the log.
TAKEN = re.compile("[A-Za-z0-9._:/+=@-]{1,128}")
NONE = "-"
current: ContextVar[str] = ContextVar("request_id", default=NONE)


class RequestIDMiddleware:
    """Takes the name that a client or a proxy gave the request, or gives it one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        name = given if TAKEN.fullmatch(given) else uuid.uuid4().hex
        request.request_id = name  # type: ignore[attr-defined]
        token = current.set(name)
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response[HEADER] = name
        return response


class WithRequestID(logging.Filter):
    """Gives each record the request_id that it was logged under, “-” outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs the status of an answer when the request is over, and says of which.
        request = getattr(record, "request", None)
        record.request_id = getattr(request, "request_id", current.get())
        return True
