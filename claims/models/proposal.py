"""Proposals: edits of published rows that wait for review."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models.choices import ProposalState
from claimtracker.curated import (
    Checked,
    track,
)


@track
class Proposal(Checked):
    """An edit of a published row, waiting for review: what it would change, on which version."""

    target_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    target_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    fields = models.JSONField(help_text="Field names and their proposed values.")
    base_version = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals"
    )
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index("target_type", "target_id", name="proposal_target")]
        constraints = [
            models.CheckConstraint(
                name="proposal_state_is_known", condition=Q(state__in=ProposalState.values)
            ),
            models.CheckConstraint(
                name="proposal_base_version_counts_from_one",
                condition=Q(base_version__gte=1),
                violation_error_code="field:base_version",
                violation_error_message="Versions count from 1.",
            ),
        ]

    def __str__(self):
        return f"Proposal by {self.author} for {self.target}"
