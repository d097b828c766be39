"""Tokens at the API: Authorization: Bearer … (RFC 6750)."""

from datetime import timedelta
from functools import cache

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.throttling import SimpleRateThrottle

from claimtracker.accounts.logins import client_address
from claimtracker.accounts.models import Token, digest
from claimtracker.accounts.rights import knowing, rights_of

USE_IS_NOTED_AFTER = timedelta(hours=1)


class WrongTokens(SimpleRateThrottle):
    """Counts wrong tokens by address: whoever guesses, or lets a broken script run, is slowed."""

    scope = "wrong_tokens"
    rate = "60/min"

    def get_cache_key(self, request, view):
        return f"wrong-tokens-{client_address(request)}"


@cache
def with_accounts() -> QuerySet[Token]:
    """Return all tokens with their accounts; made once, which takes longer than asking."""
    return Token.objects.select_related("user").annotate(rights=rights_of("user"))


class TokenAuthentication(BaseAuthentication):
    """Knows a user by a token. Whatever else stands in Authorization is refused, never ignored."""

    def authenticate(self, request):
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            self.refuse(request, "Write it as: Authorization: Bearer ct_...")
        token = with_accounts().filter(digest=digest(secret.strip())).first()
        if token is None:
            self.refuse(request, "There is no such token.")
        if token.revoked_at:
            self.refuse(request, "This token was revoked.")
        if token.expires_at <= timezone.now():
            self.refuse(request, "This token has expired. Make a new one on your account's page.")
        if not token.user.is_active:
            self.refuse(request, "The account of this token is closed.")
        self.note_use(token)
        return knowing(token.user, token.rights), token

    def refuse(self, request, why):
        wrong = WrongTokens()
        if not wrong.allow_request(request, view=None):
            raise Throttled(wait=wrong.wait(), detail="Too many wrong tokens came from here.")
        request.token_refused = why
        raise AuthenticationFailed(why)

    def note_use(self, token):
        now = timezone.now()
        if token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_AFTER:
            Token.objects.filter(pk=token.pk).update(last_used_at=now)

    def authenticate_header(self, request):
        why = getattr(request, "token_refused", None)
        error = f', error="invalid_token", error_description="{why}"' if why else ""
        return f'Bearer realm="claimtracker"{error}'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ct_…",
            "description": "An API token, made on your account's page.",
        }
