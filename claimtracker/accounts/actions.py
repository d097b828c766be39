"""Making and revoking tokens, and ending sessions."""

import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from claimtracker.accounts.models import Token, digest

# Scanners for leaked secrets look for it: ct_[0-9a-f]{64}.
PREFIX = "ct_"


@transaction.atomic
def make_token(*, user: User, name: str, days: int) -> tuple[Token, str]:
    """Make a token and return it with its secret, which nobody can learn again.

    A token of that name that expired makes way. Raises IntegrityError where one of that name lives.
    """
    now = timezone.now()
    user.tokens.filter(name=name, revoked_at=None, expires_at__lte=now).update(revoked_at=now)
    secret = PREFIX + secrets.token_hex(32)
    token = Token.objects.create(
        user=user,
        name=name,
        digest=digest(secret),
        starts_with=secret[:8],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return token, secret


def revoke_tokens(*, tokens) -> int:
    """Revoke those of some tokens that are not revoked yet, and return how many they were."""
    return tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def sign_out_everywhere(*, user: User, password: str) -> None:
    """End all sessions of a user and revoke the tokens, given the password, which stays.

    A session holds a hash of the stored password, which is stored anew, with another salt.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    revoke_tokens(tokens=user.tokens.all())
