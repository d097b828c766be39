"""Who tries to log in, and what those are told who tried too often."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.shortcuts import render


def client_address(request) -> str | None:
    """Return the address that a request comes from, None where it is none; of IPv6, the /64.

    Behind our proxy it is the last that X-Forwarded-For names: the proxy wrote that one, the
    others are the client's own word. Without a proxy the header is nobody's but the client's.
    """
    given = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_TLS_PROXY:
        given = request.META.get("HTTP_X_FORWARDED_FOR", given).rpartition(",")[2]
    try:
        address = ip_address(given.strip())
    except ValueError:
        return None
    # One customer has as many IPv6 addresses as he likes.
    return str(address if address.version == 4 else ip_network((address, 64), strict=False)[0])


def attempted_name(request, credentials) -> str:
    """Return the user name of an attempt, as long as it can be kept."""
    return ((credentials or {}).get("username") or "")[:255]


def locked_out(request, response, credentials):
    """Answer an attempt that came after too many others."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    shown = {"minutes": seconds // 60}
    answer = render(request, "accounts/locked_out.html", shown, status=429)
    answer["Retry-After"] = seconds
    return answer
