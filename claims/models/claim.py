"""Claims, what they are about, and what one means for another."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.db.models.functions import Greatest, Least

from claims.models.choices import (
    SYMMETRIC_RELATIONS,
    ClaimKind,
    Denial,
    RelationKind,
    why_not_related,
)
from claims.positions.ledger import ClaimLedger
from claimtracker.curated import (
    ONLY_IF_OTHERS_ARE_SEEN,
    Checked,
    CuratedQuerySet,
    Mergeable,
    ReadableQuerySet,
    by_recording,
    curated_constraints,
    is_a_language,
    merge_constraints,
    refuses,
    says_something,
    track,
    waiting_for_review,
)
from claimtracker.explain import MESSAGES
from claimtracker.line_ends import keeps_line_feeds
from claimtracker.tidying import tidies

LONGEST_CLAIM = 2000  # characters

ONE_MOOD = "relation_stays_within_one_mood"
MESSAGES["claim_is_merged_in_one_hop"] = "Merge into a claim that is not itself merged."
MESSAGES[ONE_MOOD] = (
    "This would leave a relation between claims from which nothing follows. Relate claims of one "
    "group only: facts, events and characterisations; intents; demands. A characterisation can't "
    "negate a claim of another kind."
)


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
    tidied = ("name",)

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
        triggers = [tidies("name")]

    def __str__(self):
        return self.name

    @property
    def readers_see(self):
        return Claim.objects.public().filter(topics=self.pk).exists()

    def natural_key(self):
        return (self.slug,)


class ClaimQuerySet(ClaimLedger, CuratedQuerySet):
    """Claims, with what sources hold of them."""


def stays_within_one_mood(
    name: str, operation: pgtrigger.Operation, *, of: str, lock: str = "", **condition: pgtrigger.Q
) -> pgtrigger.Trigger:
    """Return the trigger that refuses, at COMMIT, relations that cross moods.

    Deferred, so that both claims of a relation can change in one transaction. ``of`` is the
    condition on the relations ``r`` to look at. Who relates two claims locks both, so that it
    waits for a writer who changes the kind of one, and the other way round.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        **condition,
        func=(
            f"{ONLY_IF_OTHERS_ARE_SEEN}{lock}"
            "IF EXISTS (SELECT FROM claims_relation r "
            "JOIN claims_claim a ON a.id = r.from_claim_id "
            "JOIN claims_claim b ON b.id = r.to_claim_id "
            f"WHERE {of} AND NOT is_within_one_mood(r.kind, a.kind, b.kind)) "
            f"THEN {refuses(ONE_MOOD, 'Nothing would follow from it.')} END IF; RETURN NULL;"
        ),
    )


@track
class Claim(Mergeable):
    """One positive declarative sentence that can be asserted or denied."""

    kind = models.CharField(max_length=16, choices=ClaimKind)
    text = models.CharField(
        max_length=LONGEST_CLAIM,
        help_text="One positive sentence that one side can assert and the other deny.",
    )
    language = models.CharField(max_length=35, blank=True, help_text="A tag: en, az, hy, ru.")
    topics = models.ManyToManyField(Topic, blank=True, related_name="claims")

    objects = ClaimQuerySet.as_manager()
    parts = ("relations_from", "relations_to")
    tidied = ("text",)
    # The text before, where ``carry_out`` has to do something about it.
    reworded_from = ""

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
        triggers = [
            *Mergeable.Meta.triggers,
            stays_within_one_mood(
                "relations_stay_within_one_mood",
                pgtrigger.UpdateOf("kind"),
                of="NEW.id IN (r.from_claim_id, r.to_claim_id)",
                condition=pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind")),
            ),
            tidies("text"),
        ]

    def __str__(self):
        return self.text

    def clean(self):
        super().clean()
        if self.pk is None:
            return
        if (
            self.kind != ClaimKind.DEMAND
            and self.statements.filter(denies_what=Denial.PROPOSAL).exists()
        ):
            raise ValidationError(
                {"kind": "A denial here denies the proposal, which only a demand makes."}
            )
        if crossing := self.relation_that_would_cross():
            other = crossing.to_claim if crossing.from_claim_id == self.pk else crossing.from_claim
            raise ValidationError(
                {
                    "kind": f"This claim has a relation ({crossing.kind}) with “{other}”. "
                    f"Delete it before you change the kind. {crossing.why_not()}"
                }
            )

        # There because it compares texts with all that is known of claims.
        from claims import rewording

        rewording.check(self)

    def carry_out(self):
        from claims import rewording

        rewording.carry_out(self)

    def relation_that_would_cross(self) -> "Relation | None":
        """Return a relation that the kind that this claim is to have doesn't allow.

        Only where the kind changes: what crosses already is listed, and stays until it is fixed.
        """
        if not Claim.objects.filter(pk=self.pk).exclude(kind=self.kind).exists():
            return None
        relations = Relation.objects.filter(Q(from_claim=self) | Q(to_claim=self))
        for relation in relations.select_related("from_claim", "to_claim").order_by("pk"):
            if relation.from_claim_id == self.pk:
                relation.from_claim = self
            else:
                relation.to_claim = self
            if relation.why_not():
                return relation
        return None


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

    def that_cross(self):
        """Return the relations from which nothing follows: their claims differ in mood."""
        is_within_one_mood = Func(
            "kind",
            "from_claim__kind",
            "to_claim__kind",
            function="is_within_one_mood",
            output_field=models.BooleanField(),
        )
        return self.filter(~is_within_one_mood)

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
        triggers = [
            keeps_line_feeds("rationale"),
            stays_within_one_mood(
                "stays_within_one_mood",
                pgtrigger.Insert | pgtrigger.UpdateOf("kind", "from_claim_id", "to_claim_id"),
                lock="PERFORM 1 FROM claims_claim WHERE id IN (NEW.from_claim_id, NEW.to_claim_id) "
                "ORDER BY id FOR SHARE; ",
                of="r.id = NEW.id",
            ),
        ]

    def __str__(self):
        return f"“{self.from_claim}” {self.kind} “{self.to_claim}”"

    def clean(self):
        super().clean()
        if why := self.why_not():
            raise ValidationError({"kind": why})

    def why_not(self) -> str:
        """Return why its claims can't be related so, blank where they can."""
        ends = [getattr(self, name, None) for name in ("from_claim", "to_claim")]
        if None in ends:
            return ""
        return why_not_related(self.kind, *(end.kind for end in ends))

    @property
    def readers_see(self):
        return self.from_claim.readers_see and self.to_claim.readers_see

    def natural_key(self):
        return (*self.from_claim.natural_key(), self.kind, *self.to_claim.natural_key())

    natural_key.dependencies = ["claims.claim"]
