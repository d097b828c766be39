"""Which claims came to say something else while statements stood on them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models.claim import Claim


class Reworded(models.TextChoices):
    """What becomes of the statements on a claim whose text says something else."""

    REVERSE = "reverse", "Reverse their stances"
    STILL_HOLD = "still_hold", "They still hold"


class RewordingQuerySet(models.QuerySet):
    def unchecked(self):
        """Return those that no editor has marked as checked."""
        return self.filter(checked_at__isnull=True)


class Rewording(models.Model):
    """A claim whose text came to say something else while statements stood on it.

    It is on the list of what to do until an editor marks it as checked. History says who did it.
    """

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="rewordings")
    before = models.TextField()
    after = models.TextField()
    answer = models.CharField(max_length=10, choices=Reworded)
    # How many statements stood on it, and how many of them were reversed.
    statements = models.PositiveIntegerField()
    reversed = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = RewordingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="rewording_answer_is_known", condition=Q(answer__in=Reworded.values)
            )
        ]

    def __str__(self):
        return f"“{self.before}” → “{self.after}”"
