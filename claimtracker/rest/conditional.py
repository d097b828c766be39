"""Answers of the API that need not be sent again: ETag and 304 (RFC 9110, 13).

The tag is a digest of what is sent, so that it changes when, and only when, the answer does.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    set_response_etag,
)

from claimtracker.rest.problems import answer, is_for_the_api


class ConditionalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_for_the_api(request) or request.method not in {"GET", "HEAD"}:
            return response
        # Drafts are shown to who may edit: a cache must keep such answers apart, and ask each time.
        # It keeps apart what is compressed, too: also where the answer is 304, which replaces what
        # the cache knew of it.
        patch_vary_headers(response, ["Accept", "Accept-Encoding", "Authorization", "Cookie"])
        has_account = (
            "Authorization" in request.headers or settings.SESSION_COOKIE_NAME in request.COOKIES
        )
        patch_cache_control(response, no_cache=True, **({"private": True} if has_account else {}))
        if response.status_code != 200 or response.streaming:
            return response
        if not response.has_header("ETag"):
            set_response_etag(response)
        # We do not know when an answer last changed, so that this asks nothing (RFC 9110, 13.1.4).
        request.META.pop("HTTP_IF_UNMODIFIED_SINCE", None)
        found = get_conditional_response(request, etag=response["ETag"], response=response)
        if found.status_code == 412:
            found = answer(
                412, f"It is not what If-Match names: its ETag is {response['ETag']} now."
            )
            for name in ("Cache-Control", "ETag", "Vary"):
                found[name] = response[name]
        return found
