"""Proposals: edits that readers would see at once, waiting for review."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models.choices import Deed, ProposalState
from claimtracker.curated import Checked, track


class ProposalQuerySet(models.QuerySet):
    def waiting(self):
        """Return the proposals on which nobody has decided yet."""
        return self.filter(state=ProposalState.WAITING)


@track
class Proposal(Checked):
    """An edit of what readers see, waiting for review: what it would change, from what to what.

    ``fields`` has the proposed value for the name of each field that changes: rows by their id,
    sets of rows as a list of ids, dates as ISO 8601, else as JSON has it. Under the name of a part
    of the target (``citations``, ``relations_from``, ``relations_to``, ``affiliations``,
    ``members``) it has a list: ``{"id": 7, "quote": "…"}`` changes the named fields of one row,
    ``{"id": 7, "delete": true}`` deletes it, ``{"id": 7, "restore": true, "quote": "…"}`` brings
    back one that was deleted, and one without an id adds it. ``base`` has, in the same way, what
    the fields said when it was made; the rows of the parts whole, by their id.
    """

    target_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    # None yet of what would be added.
    target_id = models.PositiveBigIntegerField(null=True, blank=True)
    target = GenericForeignKey("target_type", "target_id")
    deed = models.CharField(max_length=7, choices=Deed, default=Deed.CHANGE)
    fields = models.JSONField(blank=True, default=dict)
    base = models.JSONField(blank=True, default=dict)
    # None of rows that have no version.
    base_version = models.PositiveIntegerField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals"
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("target_type", "target_id", name="proposal_target"),
            # The queue: what waits, the oldest first; all of it, and that of one user.
            models.Index(
                "created_at",
                "id",
                name="proposal_waiting",
                condition=Q(state=ProposalState.WAITING),
            ),
            models.Index(
                "author",
                "created_at",
                "id",
                name="proposal_waiting_by",
                condition=Q(state=ProposalState.WAITING),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="proposal_state_is_known", condition=Q(state__in=ProposalState.values)
            ),
            models.CheckConstraint(
                name="proposal_deed_is_known", condition=Q(deed__in=Deed.values)
            ),
            models.CheckConstraint(
                name="proposal_base_version_counts_from_one",
                condition=Q(base_version__isnull=True) | Q(base_version__gte=1),
                violation_error_code="field:base_version",
                violation_error_message="Versions count from 1.",
            ),
            models.CheckConstraint(
                name="proposal_has_a_target",
                condition=Q(target_id__isnull=False) | Q(deed=Deed.ADD),
                violation_error_message="A change or a deletion is of some row.",
            ),
            models.CheckConstraint(
                name="proposal_waits_or_is_decided",
                condition=Q(
                    state=ProposalState.WAITING, decided_by__isnull=True, decided_at__isnull=True
                )
                | (
                    ~Q(state=ProposalState.WAITING)
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                violation_error_message="A decision has somebody who took it, and a time.",
            ),
            models.CheckConstraint(
                name="proposal_refused_says_why",
                condition=~Q(state=ProposalState.REFUSED) | Q(answer__regex=r"\S"),
                violation_error_code="field:answer",
                violation_error_message="Say why it is refused.",
            ),
        ]

    def __str__(self):
        return f"Proposal by {self.author} for {self.target or self.target_type.name}"
