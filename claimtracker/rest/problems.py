"""Errors as problem details (RFC 9457): every answer from 400 on, whatever was asked for.

``type`` is always “about:blank”: the status says what kind of problem it is, ``detail`` what to do
about it. ``errors`` has, by the name of each parameter or field that is wrong, what is wrong there.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.template import loader
from django.views import defaults
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from claimtracker.overload import Overload, overload

MEDIA_TYPE = "application/problem+json"
API = "/api/"


class ProblemRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


class Unavailable(APIException):
    """The database did not answer, or not in time."""

    status_code = 503
    default_code = "unavailable"

    def __init__(self, why: Overload):
        super().__init__(why.detail)
        self.wait = why.retry_after


def problem(status: int, detail: str, **extensions: Any) -> dict[str, Any]:
    """Return the problem of a status, with members of its own after those of the RFC."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **extensions,
    }


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception with a problem; None for what is a fault of ours.

    An exception may have ``extensions``: members that its problem has besides.
    """
    if isinstance(exc, DatabaseError) and (why := overload(exc)) is not None:
        exc = Unavailable(why)
    response = exception_handler(exc, context)
    if response is None:
        return None
    # As the serializer of an exception gives them: of a validation by name, else a text.
    if isinstance(exc, ValidationError):
        found = {"errors": by_name(response.data)}
        detail = in_words(found["errors"])
    else:
        found, detail = {}, str(response.data["detail"])
    extensions = getattr(exc, "extensions", {})
    response.data = problem(response.status_code, detail, **found, **extensions)
    request = context["request"]
    # A page is shown as one; whatever else was asked for, an error is told in JSON.
    accepted = getattr(request, "accepted_renderer", None)
    if accepted is None or accepted.format != "api":
        request.accepted_renderer = ProblemRenderer()
        request.accepted_media_type = MEDIA_TYPE
    return response


def by_name(errors: Any) -> dict[str, list[str]]:
    """Return what is wrong by its name; what has none is under DRF's name for that."""
    if isinstance(errors, dict):
        return errors
    return {api_settings.NON_FIELD_ERRORS_KEY: errors}


def in_words(errors: dict[str, list[str]]) -> str:
    """Return all that is wrong in a line."""
    return " ".join(
        " ".join(messages)
        if name == api_settings.NON_FIELD_ERRORS_KEY
        else f"{name}: {' '.join(messages)}"
        for name, messages in errors.items()
    )


def answer(status: int, detail: str) -> HttpResponse:
    """Return a problem from where there is no view of the API."""
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)


def is_for_the_api(request: HttpRequest) -> bool:
    return request.path.startswith(API)


# What Django answers itself: of an address of the API as a problem, else with its own page.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_the_api(request):
        return answer(400, "It cannot be read: the address, a header or the size is wrong.")
    if isinstance(exception, TooManyFieldsSent):
        page = loader.get_template("400.html")
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return HttpResponseBadRequest(page.render({"most_fields": most}))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_the_api(request):
        return answer(403, "Your account may not do that.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_the_api(request):
        return answer(404, "There is nothing at this address. The API is at /api/v1/")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_for_the_api(request):
        return answer(
            500,
            "A fault of ours. Tell whoever runs this service when it happened, and the "
            "X-Request-ID of this answer.",
        )
    return defaults.server_error(request)
