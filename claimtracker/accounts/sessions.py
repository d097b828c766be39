"""Sessions, read together with their account and its rights: one query instead of four."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from claimtracker.accounts.rights import knowing, rights_of

RENEWED_EVERY = timedelta(days=1)


class SessionStore(DatabaseStore):
    """Keeps sessions as Django does; ``account`` is the user that the row's column names."""

    account = None
    # Whether the session is used so long after it was last written that it is written again.
    is_due = False

    @classmethod
    def get_model_class(cls):
        from claimtracker.accounts.models import Session

        return Session

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row

    @classmethod
    @cache
    def with_accounts(cls):
        """Return all sessions with their accounts; made once, which takes longer than asking."""
        sessions = cls.get_model_class().objects
        return sessions.select_related("user").annotate(rights=rights_of("user"))

    @staticmethod
    def renewed_with_less_than() -> timedelta:
        """Return how much time a session has left when it is renewed: once a day, not each time."""
        return timedelta(seconds=settings.SESSION_COOKIE_AGE) - RENEWED_EVERY

    def load(self):
        row = (
            self.with_accounts()
            .filter(session_key=self.session_key, expire_date__gt=timezone.now())
            .first()
        )
        if row is None:
            self._session_key = None
            return {}
        self.account = row.user and knowing(row.user, row.rights)
        self.is_due = row.expire_date - timezone.now() < self.renewed_with_less_than()
        return self.decode(row.session_data)


class PrivateAnswers:
    """Has caches that others share not keep an answer to somebody with a session, or with a cookie.

    Such a page has the name of its reader and the token of its forms, whoever may read the rest.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies:
            patch_cache_control(response, private=True)
        return response


class AccountMiddleware(AuthenticationMiddleware):
    """Knows the user by what came with the session."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: account_of(request))


def account_of(request):
    """Return the user of a request; as Django does it wherever anything is out of the ordinary."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = found_with(request.session) or get_user(request)
    return request._cached_user


def found_with(session):
    """Return the account that was read with a session, None unless the session is truly its own."""
    # Reading the session reads the account.
    named, backend = session.get(SESSION_KEY), session.get(BACKEND_SESSION_KEY)
    user = session.account
    if user is None or str(user.pk) != named or backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    if not user.is_active:
        return None
    given = session.get(HASH_SESSION_KEY)
    if not given or not constant_time_compare(given, user.get_session_auth_hash()):
        return None
    if session.is_due:
        # Written with the answer, and the cookie with it: who works is not logged out.
        session.modified = True
    return user
