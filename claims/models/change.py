"""The feed of changes: what was published, corrected, retired or merged, in one order."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from claimtracker.curated import Checked
from claimtracker.explain import MESSAGES

WRITTEN_BY_THE_DATABASE = (
    "The database writes the feed of changes by itself, when what it tells of is committed."
)
MESSAGES["change_is_written_by_the_database"] = WRITTEN_BY_THE_DATABASE


class ChangeKind(models.TextChoices):
    """What became of a row that readers see."""

    PUBLISHED = "published"
    CORRECTED = "corrected"
    RETIRED = "retired"
    MERGED = "merged"
    UNMERGED = "unmerged"


class ChangedKind(models.TextChoices):
    """What kind of row it is."""

    CLAIM = "claim"
    STATEMENT = "statement"
    SOURCE = "source"
    DOCUMENT = "document"
    RELATION = "relation"
    AFFILIATION = "affiliation"
    TOPIC = "topic"


class Change(Checked):
    """One entry of the feed: what became of a row that readers see, or saw.

    The database writes it (migration ``changes``) at COMMIT, one transaction after the other, so
    that whoever sees an entry sees all with a lower id. It holds nothing that was never public.
    """

    id = models.BigIntegerField(primary_key=True)
    # When the transaction began, as history has it.
    at = models.DateTimeField()
    change = models.CharField(max_length=9, choices=ChangeKind)
    kind = models.CharField(max_length=11, choices=ChangedKind)
    slug = models.CharField(max_length=200, blank=True)
    # The names of what was corrected.
    fields = ArrayField(models.TextField(), default=list)
    # The slug of the row that answers for it since, where it was merged.
    survivor = models.CharField(max_length=200, blank=True)
    # What a statement is about, and what names a row that has no slug.
    about = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index("kind", "change", "id", name="change_of_kind")]

    def __str__(self):
        return f"{self.kind} {self.slug} {self.change}"

    @property
    def readers_see(self):
        return True

    def clean(self):
        super().clean()
        raise ValidationError(WRITTEN_BY_THE_DATABASE)


class ChangeSubject(models.Model):
    """A claim, a source or a topic that an entry concerns, by its slug then."""

    pk = models.CompositePrimaryKey("kind", "slug", "change")
    kind = models.CharField(max_length=11)
    slug = models.CharField(max_length=200)
    change = models.ForeignKey(
        Change,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="subjects",
    )

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.kind} {self.slug}"
