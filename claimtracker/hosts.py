"""Refuses requests for a host that cannot be."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

LARGEST_PORT = 65535


class HostMiddleware:
    """Answers 400 where the port in the Host header is no port; Django asks for digits only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _, port = split_domain_port(request.get_host())
        if port and (len(port) > 5 or int(port) > LARGEST_PORT):
            raise DisallowedHost("Invalid HTTP_HOST header: the port is larger than 65535.")
        return self.get_response(request)
