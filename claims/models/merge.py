"""Which rows were merged, and which pairs are known to be different."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from claimtracker.curated import Checked, says_something, track
from sources.models import Document, Source, known_different, known_different_sources


def named(row: models.Model | None) -> str:
    """Return what a row of a pair is called, which may be gone."""
    return f"“{row}”" if row else "one that was deleted"


class Internal(Checked):
    """A row that is for editors only."""

    class Meta:
        abstract = True

    @property
    def readers_see(self):
        return False


@track
class Merge(Internal):
    """One row was merged into another of its kind, which answers for it since.

    ``context`` and ``written`` name the events of history that the merge wrote: those of its
    context, of each model from the first to the last of two ids. By them it is undone.
    """

    target_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    loser_id = models.PositiveBigIntegerField()
    loser = GenericForeignKey("target_type", "loser_id")
    survivor_id = models.PositiveBigIntegerField()
    survivor = GenericForeignKey("target_type", "survivor_id")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="by"
    )
    reason = models.TextField()
    merged_at = models.DateTimeField(default=timezone.now)
    context = models.UUIDField()
    written = models.JSONField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_because = models.TextField(blank=True)

    class Meta:
        default_permissions = ("view",)
        indexes = [models.Index("target_type", "survivor_id", name="merge_survivor")]
        constraints = [
            says_something("merge", "reason"),
            models.CheckConstraint(
                name="merge_is_of_two",
                condition=~Q(loser_id=F("survivor_id")),
                violation_error_message="A row is merged into another, not into itself.",
            ),
            models.UniqueConstraint(
                fields=["target_type", "loser_id"],
                condition=Q(undone_at__isnull=True),
                name="merge_is_undone_before_the_next",
                violation_error_message="It is merged already.",
            ),
            models.CheckConstraint(
                name="merge_stands_or_is_undone",
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
                violation_error_message="What is undone was undone by somebody at some time.",
            ),
        ]

    def __str__(self):
        return f"{named(self.loser)} into {named(self.survivor)}"


class DifferentQuerySet(models.QuerySet):
    def of(self, model):
        """Return the pairs of rows of a model."""
        return self.filter(target_type=ContentType.objects.get_for_model(model))

    def pairs(self, model) -> set[tuple[int, int]]:
        """Return the ids, in any order, of the pairs of a model that are known to be different.

        One that was merged since stands for its survivor, too.
        """
        pairs = set(self.of(model).values_list("first_id", "second_id"))
        merged = model._base_manager.filter(
            pk__in={pk for pair in pairs for pk in pair}, merged_into__isnull=False
        )
        into = dict(merged.values_list("pk", "merged_into"))
        return pairs | {(into.get(a, a), into.get(b, b)) for a, b in pairs}


@track
class Different(Internal):
    """Two rows of one kind that look alike and are not the same: not to be suggested again."""

    target_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    first_id = models.PositiveBigIntegerField()
    first = GenericForeignKey("target_type", "first_id")
    second_id = models.PositiveBigIntegerField()
    second = GenericForeignKey("target_type", "second_id")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="by"
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DifferentQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "delete")
        verbose_name = "pair that is different"
        verbose_name_plural = "pairs that are different"
        constraints = [
            models.CheckConstraint(
                name="different_first_is_the_older",
                condition=Q(first_id__lt=F("second_id")),
                violation_error_message="Two different rows are a pair, the older one first.",
            ),
            models.UniqueConstraint(
                fields=["target_type", "first_id", "second_id"],
                name="different_is_said_once",
                violation_error_message="That they are different is known already.",
            ),
        ]

    def __str__(self):
        return f"{named(self.first)} and {named(self.second)}"


def documents_different_from(pk: int) -> set[int]:
    """Return the ids of the documents that are known to be different from one."""
    return different_from(Document, pk)


def sources_different_from(pk: int) -> set[int]:
    """Return the ids of the sources that are known to be different from one."""
    return different_from(Source, pk)


def different_from(model: type[models.Model], pk: int) -> set[int]:
    pairs = Different.objects.pairs(model)
    return {other for pair in pairs if pk in pair for other in pair} - {pk}


known_different.append(documents_different_from)
known_different_sources.append(sources_different_from)
