"""Which files were imported."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models.merge import Internal
from claimtracker.curated import track


@track
class Import(Internal):
    """A file that was imported, and which events of history that wrote.

    ``context`` and ``written`` name the events as they do for a merge: see
    ``claimtracker.batches``. ``counts`` has, for each kind of row, how many were new and how many
    changed: ``{"claims": {"new": 3, "changed": 1}}``.
    """

    name = models.CharField(max_length=255, verbose_name="file")
    # None of what was imported on the command line.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="by",
    )
    imported_at = models.DateTimeField(default=timezone.now)
    context = models.UUIDField()
    written = models.JSONField()
    counts = models.JSONField(default=dict, blank=True)
    # The ids of the rewordings that it noted: they have no events.
    rewordings = models.JSONField(default=list, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_because = models.TextField(blank=True)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="import_stands_or_is_undone",
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
                violation_error_message="What is undone was undone by somebody at some time.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.imported_at:%Y-%m-%d %H:%M} UTC"
