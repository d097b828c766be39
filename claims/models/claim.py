"""Claims, what they are about, and what one means for another."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest, Least

from claims.models.choices import SYMMETRIC_RELATIONS, ClaimKind, Denial, RelationKind
from claims.positions.ledger import ClaimLedger
from claimtracker.curated import (
    Checked,
    CuratedQuerySet,
    Mergeable,
    ReadableQuerySet,
    by_recording,
    curated_constraints,
    is_a_language,
    merge_constraints,
    says_something,
    track,
    waiting_for_review,
)
from claimtracker.explain import MESSAGES
from claimtracker.line_ends import keeps_line_feeds

MESSAGES["claim_is_merged_in_one_hop"] = "Merge into a claim that is not itself merged."


class TopicQuerySet(ReadableQuerySet):
    def public(self):
        """Return the topics that a published claim has."""
        return self.filter(Exists(Claim.objects.public().filter(topics=OuterRef("pk"))))

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


@track
class Topic(Checked):
    """A subject that claims are filed under."""

    slug = models.SlugField(max_length=200, unique=True)
    name = models.CharField(max_length=200, unique=True)

    reviewed_with = "claims.claim"

    objects = TopicQuerySet.as_manager()

    class Meta:
        constraints = [
            says_something("topic", "name"),
            models.CheckConstraint(
                name="topic_slug_is_a_slug",
                condition=Q(slug__regex=r"^[A-Za-z0-9_-]{1,200}$"),
                violation_error_code="field:slug",
                violation_error_message="Use letters, digits, - and _ only, at least one.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def readers_see(self):
        return Claim.objects.public().filter(topics=self.pk).exists()

    def natural_key(self):
        return (self.slug,)


class ClaimQuerySet(ClaimLedger, CuratedQuerySet):
    """Claims, with what sources hold of them."""


@track
class Claim(Mergeable):
    """One positive declarative sentence that can be asserted or denied."""

    kind = models.CharField(max_length=16, choices=ClaimKind)
    text = models.CharField(
        max_length=1000,
        help_text="One positive sentence that one side can assert and the other deny.",
    )
    language = models.CharField(max_length=35, blank=True, help_text="A tag: en, az, hy, ru.")
    topics = models.ManyToManyField(Topic, blank=True, related_name="claims")

    objects = ClaimQuerySet.as_manager()
    parts = ("relations_from", "relations_to")

    class Meta(Mergeable.Meta):
        permissions = [("publish_claim", "Can publish and retire claims")]
        indexes = [*waiting_for_review("claim"), by_recording("claim")]
        constraints = [
            *curated_constraints("claim"),
            *merge_constraints("claim"),
            says_something("claim", "text"),
            is_a_language("claim"),
            models.CheckConstraint(
                name="claim_kind_is_known", condition=Q(kind__in=ClaimKind.values)
            ),
        ]

    def __str__(self):
        return self.text

    def clean(self):
        super().clean()
        if self.pk is None or self.kind == ClaimKind.DEMAND:
            return
        if self.statements.filter(denies_what=Denial.PROPOSAL).exists():
            raise ValidationError(
                {"kind": "A denial here denies the proposal, which only a demand makes."}
            )


def counts_as_a_version(operation: pgtrigger.Operation, **tables: str) -> pgtrigger.Trigger:
    """Return the trigger by which filing a claim otherwise makes a new version of the claim.

    What the transaction does that made the claim is still its first version.
    """
    claims = " UNION ".join(f"SELECT claim_id FROM {table}" for table in tables.values())
    return pgtrigger.Trigger(
        name=f"{str(operation).lower()}_counts_as_a_version",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=(
            f"UPDATE claims_claim SET version = version + 1 WHERE id IN ({claims}) "
            "AND NOT EXISTS (SELECT FROM claims_claimevent e WHERE e.pgh_obj_id = claims_claim.id "
            "AND e.pgh_label = 'insert' AND e.pgh_created_at = now()); RETURN NULL;"
        ),
    )


@track
class ClaimTopic(Claim.topics.through):
    """A claim is filed under a topic: for the history of it, and the version of the claim."""

    class Meta:
        proxy = True
        triggers = [
            counts_as_a_version(pgtrigger.Insert, new="new_rows"),
            counts_as_a_version(pgtrigger.Update, old="old_rows", new="new_rows"),
            counts_as_a_version(pgtrigger.Delete, old="old_rows"),
        ]


class RelationQuerySet(ReadableQuerySet):
    def public(self):
        """Return the relations of which both ends are published."""
        return self.filter(
            from_claim__is_public=True,
            to_claim__is_public=True,
        )

    def get_by_natural_key(self, from_claim, kind, to_claim):
        return self.get(from_claim__slug=from_claim, kind=kind, to_claim__slug=to_claim)


@track
class Relation(Checked):
    """What one claim means for another: contradicts, negates or implies it."""

    from_claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="relations_from", verbose_name="claim"
    )
    kind = models.CharField(max_length=11, choices=RelationKind)
    to_claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="relations_to", verbose_name="other claim"
    )
    rationale = models.TextField(blank=True)

    objects = RelationQuerySet.as_manager()
    reviewed_with = "claims.claim"

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="relation_kind_is_known", condition=Q(kind__in=RelationKind.values)
            ),
            models.CheckConstraint(
                name="relation_is_between_two_claims",
                condition=~Q(from_claim=F("to_claim")),
                violation_error_code="field:to_claim",
                violation_error_message="A claim cannot be related to itself.",
            ),
            models.UniqueConstraint(
                fields=["from_claim", "kind", "to_claim"],
                name="relation_is_stored_once",
                violation_error_message="This relation is already recorded.",
            ),
            models.UniqueConstraint(
                Least("from_claim", "to_claim"),
                Greatest("from_claim", "to_claim"),
                "kind",
                condition=Q(kind__in=SYMMETRIC_RELATIONS),
                name="relation_symmetric_is_stored_once",
                violation_error_message=(
                    "This relation reads the same in both directions and is already recorded."
                ),
            ),
        ]
        triggers = [keeps_line_feeds("rationale")]

    def __str__(self):
        return f"“{self.from_claim}” {self.kind} “{self.to_claim}”"

    @property
    def readers_see(self):
        return self.from_claim.readers_see and self.to_claim.readers_see

    def natural_key(self):
        return (*self.from_claim.natural_key(), self.kind, *self.to_claim.natural_key())

    natural_key.dependencies = ["claims.claim"]
