import hashlib

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

NAME_IS_TAKEN = "There is a token of this name: revoke it, or choose another name."


def digest(secret: str) -> str:
    """Return what is stored of a token. A plain SHA-256: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Session(AbstractBaseSession):
    """A session, that also names its account in a column, so that both are read at once."""

    # The session says whose it is; this only finds the account. None before anybody logged in.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls):
        from claimtracker.accounts.sessions import SessionStore

        return SessionStore


class TokenQuerySet(models.QuerySet):
    def live(self):
        """Return the tokens that still open something."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class Token(models.Model):
    """What a program shows at the API in place of a log-in. It may do there what its user may.

    The secret is not kept, and no history either: the dates here are all there is to know.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, help_text="What will use it: “statistics notebook”.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    starts_with = models.CharField(max_length=8, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(editable=False)
    # Written at most once an hour.
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        default_permissions = ["view", "add"]
        permissions = [("revoke_token", "Can revoke API token")]
        constraints = [
            models.CheckConstraint(
                name="token_digest_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="token_name_says_something", condition=Q(name__regex=r"\S")
            ),
            models.CheckConstraint(
                name="token_expires_after_it_was_made",
                condition=Q(expires_at__gt=F("created_at")),
            ),
            # So that a form that is sent twice makes one token.
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=Q(revoked_at=None),
                name="token_name_is_its_users_only_one",
                violation_error_message=NAME_IS_TAKEN,
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.starts_with}…)"

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "in use"
