"""Who tries to log in, and what those are told who tried too often.

Failures are counted three ways, over the time of AXES_COOLOFF_TIME. Those of one account from one
address, to few (AXES_FAILURE_LIMIT): that stops a guess at a password. Those from one address to
whatever accounts, and those of one account from wherever, to many: that stops who tries one
password on every account, and who guesses from a thousand addresses. As strangers could use the
last two to keep an editor out, they are not held against a browser that has logged in to the
account before: it shows a cookie that says so.
"""

from ipaddress import ip_address, ip_network

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Q, Sum
from django.shortcuts import render
from django.utils.crypto import salted_hmac

COOKIE = "has_logged_in"
COOKIE_AGE = 180 * 24 * 3600
# So many accounts a browser is known to.
ACCOUNTS = 5


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
    # To a server that listens on IPv6, IPv4 comes as ::ffff:203.0.113.1: all of it in one /64.
    address = getattr(address, "ipv4_mapped", None) or address
    # One customer has as many IPv6 addresses as he likes.
    return str(address if address.version == 4 else ip_network((address, 64), strict=False)[0])


class LogIns(AxesDatabaseHandler):
    """Counts failures, and knows browsers that have logged in."""

    def is_locked(self, request, credentials=None):
        return super().is_locked(request, credentials) or self.is_stormed(request, credentials)

    def is_stormed(self, request, credentials) -> bool:
        """Return whether too many attempts failed at one address, or of one account anywhere."""
        name = get_client_username(request, credentials)
        if _token(name) in _known_to(request):
            return False
        here, of_it = Q(ip_address=request.axes_ip_address), Q(username=name)
        lately = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        failed = lately.filter(here | of_it).aggregate(
            here=Sum("failures_since_start", filter=here, default=0),
            of_it=Sum("failures_since_start", filter=of_it, default=0),
        )
        return max(failed.values()) >= settings.LOG_IN_FAILURES_IN_ALL

    def user_logged_in(self, sender, request, user, **kwargs):
        super().user_logged_in(sender, request, user, **kwargs)
        request.logged_in_to = user.get_username()


class KnownBrowsers:
    """Gives a browser that has logged in the cookie that says to which accounts."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if name := getattr(request, "logged_in_to", None):
            known = [_token(name), *(each for each in _known_to(request) if each != _token(name))]
            response.set_cookie(
                COOKIE,
                signing.dumps(known[:ACCOUNTS], salt=COOKIE),
                max_age=COOKIE_AGE,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


def _token(name: str) -> str:
    """Return what stands for an account in the cookie: its name is not read out of it."""
    return salted_hmac(COOKIE, name).hexdigest()[:16]


def _known_to(request) -> list[str]:
    """Return what stands for the accounts that a browser has logged in to."""
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return []
    return known if isinstance(known, list) else []


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
