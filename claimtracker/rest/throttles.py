"""How much one reader may ask: an address without an account, or a token, or an account's session.

Each process counts for itself, so that counting asks nobody: with two workers the limit is up to
twice the rate. 429 answers have Retry-After.
"""

from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from claimtracker.accounts.logins import client_address
from claimtracker.accounts.models import Token


class Rate(SimpleRateThrottle):
    def get_rate(self):
        # Asked each time: the class attribute that DRF keeps is set once.
        return api_settings.DEFAULT_THROTTLE_RATES[self.scope]


class AnonymousRate(Rate):
    scope = "anonymous"

    def get_cache_key(self, request, view):
        if request.user.is_authenticated:
            return None
        return f"anonymous-rate-{client_address(request)}"


class AccountRate(Rate):
    scope = "account"

    def get_cache_key(self, request, view):
        if not request.user.is_authenticated:
            return None
        if isinstance(request.auth, Token):
            return f"token-rate-{request.auth.pk}"
        return f"account-rate-{request.user.pk}"
