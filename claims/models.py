"""What is said: claims, who took which stance on them, and where we read it."""

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from claims.positions.ledger import ClaimLedger, StatementLedger
from claimtracker.curated import (
    Checked,
    Curated,
    CuratedQuerySet,
    Mergeable,
    ReadableQuerySet,
    ReviewState,
    curated_constraints,
    is_a_language,
    merge_constraints,
    says_something,
    track,
)
from claimtracker.edtf import EdtfField, is_a_date, range_of
from claimtracker.explain import MESSAGES
from sources.models import Document, Source

SMALL = 32767  # the largest number that a small integer of PostgreSQL can be

NOT_A_DEMAND_MESSAGE = "Only of a demand can a denial deny the proposal."
MESSAGES.update(
    claim_is_merged_in_one_hop="Merge into a claim that is not itself merged.",
    statement_published_claim_is_published=(
        "A published statement has a published claim: publish the claim first, or retire both."
    ),
    statement_published_source_is_published=(
        "A published statement has a published source: publish the source first, or retire both."
    ),
    statement_only_of_a_demand_is_a_proposal_denied=NOT_A_DEMAND_MESSAGE,
)


class ClaimKind(models.TextChoices):
    FACT = "fact"
    INTENT = "intent"
    DEMAND = "demand"
    CHARACTERISATION = "characterisation"
    EVENT = "event"


class RelationKind(models.TextChoices):
    CONTRADICTS = "contradicts", "contradicts (both cannot be true)"
    NEGATES = "negates", "negates (one of the two is true, never both)"
    IMPLIES = "implies", "implies (who asserts the first asserts the second)"


# These read the same in both directions, so they are stored once.
SYMMETRIC_RELATIONS = [RelationKind.CONTRADICTS, RelationKind.NEGATES]


class Stance(models.TextChoices):
    ASSERTS = "asserts"
    DENIES = "denies"
    DISMISSES = "dismisses", "dismisses (rejects it without calling it false)"
    QUESTIONS = "questions", "questions (cannot confirm, casts doubt)"
    COMMENTS = "comments", "comments (takes no side)"
    WITHDRAWS = "withdraws", "withdraws (takes back what was said before)"
    UNDECLARED = "undeclared", "undeclared (the document finds its position unclear)"
    SILENT = "silent", "silent (expected to address it, and did not)"


class Denial(models.TextChoices):
    """What a denial denies."""

    FACT = "fact", "the fact"
    RESPONSIBILITY = "responsibility", "the responsibility"
    FRAMING = "framing", "the framing"
    PROPOSAL = "proposal", "the proposal"


class Manner(models.TextChoices):
    """How a document renders the words."""

    VERBATIM = "verbatim"
    PARAPHRASE = "paraphrase"
    REPORTED = "reported"


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

    class Meta(Mergeable.Meta):
        permissions = [("publish_claim", "Can publish and retire claims")]
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


@track
class ClaimTopic(Claim.topics.through):
    """A claim is filed under a topic: for the history of it."""

    class Meta:
        proxy = True


class RelationQuerySet(ReadableQuerySet):
    def public(self):
        """Return the relations of which both ends are published."""
        return self.filter(
            from_claim__review_state=ReviewState.PUBLISHED,
            to_claim__review_state=ReviewState.PUBLISHED,
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

    def __str__(self):
        return f"“{self.from_claim}” {self.kind} “{self.to_claim}”"

    def natural_key(self):
        return (*self.from_claim.natural_key(), self.kind, *self.to_claim.natural_key())

    natural_key.dependencies = ["claims.claim"]


class StatementQuerySet(StatementLedger, CuratedQuerySet):
    """Statements, in the order in which they were made."""


@track
class Statement(Curated):
    """One speech act: a source takes a stance on a claim.

    Its default slug, ``source--claim--first possible day[--order]``, is filled in by the
    database, as its order among the source's statements on one day decides which came last.
    """

    slug = models.SlugField(
        max_length=200,
        unique=True,
        blank=True,
        help_text="Left blank: made from source, claim and first possible day.",
        error_messages={
            "unique": "There is a statement with this slug. Where the source spoke on the claim "
            "twice on that day, say with “order” which came first."
        },
    )
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="statements")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    stance = models.CharField(max_length=10, choices=Stance)
    denies_what = models.CharField(max_length=14, choices=Denial, blank=True)
    said = EdtfField("said on")
    order = models.PositiveSmallIntegerField(
        default=0, help_text="Which came first of several on one day: 1, 2, … 0 where it is alone."
    )
    occasion = models.CharField(max_length=300, blank=True, help_text="Where it was said.")
    personal_capacity = models.BooleanField(
        default=False, help_text="Said for oneself, not for the body one belongs to."
    )
    note = models.TextField(blank=True, help_text="Shown to readers.")
    said_range = range_of("said")

    objects = StatementQuerySet.as_manager()

    class Meta(Curated.Meta):
        permissions = [("publish_statement", "Can publish and retire statements")]
        indexes = [
            # Positions: the last statement of each source on a claim.
            models.Index("claim", "source", name="statement_of_source_on_claim"),
        ]
        constraints = [
            *curated_constraints("statement"),
            is_a_date("said", name="statement_said_is_a_date"),
            # Choices guard the form; this guards seeds, shell and bulk writes too.
            models.CheckConstraint(
                name="statement_stance_is_known", condition=Q(stance__in=Stance.values)
            ),
            models.CheckConstraint(
                name="statement_denial_is_known",
                condition=Q(denies_what="") | Q(denies_what__in=Denial.values),
            ),
            models.CheckConstraint(
                name="statement_only_a_denial_denies_something",
                condition=Q(denies_what="") | Q(stance=Stance.DENIES),
                violation_error_code="field:denies_what",
                violation_error_message="Only a denial can say what it denies.",
            ),
            models.CheckConstraint(
                name="statement_withdrawal_is_dated",
                condition=~Q(stance=Stance.WITHDRAWS) | ~Q(said=""),
                violation_error_code="field:said",
                violation_error_message="Say when it was withdrawn: what it ends depends on that.",
            ),
        ]
        triggers = [
            *Curated.Meta.triggers,
            pgtrigger.Trigger(
                name="default_slug",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__slug=""),
                func="NEW.slug := statement_default_slug("
                'NEW.source_id, NEW.claim_id, NEW.said, NEW."order"); RETURN NEW;',
            ),
        ]

    def __str__(self):
        return f"{self.source} {self.stance}: {self.claim}"

    def clean(self):
        super().clean()
        errors = {}
        # An order that is no small number is refused at its field; no slug can be made of it.
        orderly = isinstance(self.order, int) and 0 <= self.order <= SMALL
        if self.slug == "" and self.claim_id and self.source_id and orderly:
            self.slug = self.default_slug()
        if (
            self.denies_what == Denial.PROPOSAL
            and self.claim_id
            and self.claim.kind != ClaimKind.DEMAND
        ):
            errors["denies_what"] = NOT_A_DEMAND_MESSAGE
        if self.review_state == ReviewState.PUBLISHED:
            for field in ("claim", "source"):
                if (
                    getattr(self, f"{field}_id")
                    and getattr(self, field).review_state != ReviewState.PUBLISHED
                ):
                    errors[field] = (
                        f"Publish “{getattr(self, field)}” first: "
                        f"a published statement has a published {field}."
                    )
        if errors:
            raise ValidationError(errors)

    def default_slug(self) -> str:
        """Return the slug that the database gives a statement that has none."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT statement_default_slug(%s, %s, %s, %s)",
                [self.source_id, self.claim_id, self.said, self.order or 0],
            )
            return cursor.fetchone()[0]


class Position(models.Model):
    """What a source holds on a claim, kept: the statement that decides it, and its stance.

    The database writes it (claims.0004), exact whenever a transaction commits. No foreign key
    is checked here: a check would run before the row has followed the statements.
    """

    pk = models.CompositePrimaryKey("claim", "source")
    claim = models.ForeignKey(
        Claim,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,  # the primary key begins with it
        related_name="positions",
    )
    source = models.ForeignKey(
        Source,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    statement = models.ForeignKey(
        Statement,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    stance = models.CharField(max_length=10)  # asserts or denies

    class Meta:
        default_permissions = ()
        indexes = [
            # What one source holds, claim by claim.
            models.Index("source", "claim", name="position_of_source"),
        ]

    def __str__(self):
        return f"{self.source} {self.stance}: {self.claim}"


class Tally(models.Model):
    """How many sources assert a claim and how many deny it, kept as positions are.

    Every claim has one from the start.
    """

    claim = models.OneToOneField(
        Claim,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="kept_tally",
    )
    asserts = models.PositiveIntegerField(default=0)
    denies = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "tallies"
        indexes = [
            # The contested claims, of which there are few.
            models.Index("claim", name="tally_contested", condition=Q(asserts__gt=0, denies__gt=0)),
        ]

    def __str__(self):
        return f"{self.asserts} assert, {self.denies} deny: {self.claim}"


class CitationQuerySet(ReadableQuerySet):
    def public(self):
        """Return the citations of which statement and document are published."""
        return self.filter(
            statement__review_state=ReviewState.PUBLISHED,
            document__review_state=ReviewState.PUBLISHED,
        )

    def get_by_natural_key(self, statement, document):
        return self.get(statement__slug=statement, document__slug=document)


VIA_CYCLE_MESSAGE = "It would be taken, in a circle, from a document that took it from this one."
VIA_ELSEWHERE_MESSAGE = "Choose a citation of this same statement."
MESSAGES["citation_via_makes_no_cycle"] = VIA_CYCLE_MESSAGE
MESSAGES["citation_via_is_of_the_same_statement"] = VIA_ELSEWHERE_MESSAGE


@track
class Citation(Checked):
    """A document in which we read a statement.

    ``via`` is the citation of the same statement that this document took it from, where it only
    passes it on. Quote, prefix and suffix are those of a Web Annotation TextQuoteSelector.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="citations")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    # Within one statement: a composite foreign key, claims.0002.
    via = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="passed_on",
        help_text="The citation it was taken from, where this document only passes it on.",
    )
    manner = models.CharField(max_length=10, choices=Manner, blank=True)
    quote = models.TextField(blank=True, help_text="The very words, short.")
    prefix = models.TextField(blank=True, help_text="The words just before the quote.")
    suffix = models.TextField(blank=True, help_text="The words just after the quote.")
    locator = models.CharField(max_length=200, blank=True, help_text="A page, paragraph or time.")
    language = models.CharField(max_length=35, blank=True, help_text="Of the quote: en, az, hy.")
    translation = models.TextField(blank=True, help_text="Of the quote, into English.")
    as_named = models.CharField(
        max_length=300, blank=True, help_text="What the document calls the speaker, if otherwise."
    )
    note = models.TextField(blank=True, help_text="Shown to readers.")

    objects = CitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "document"],
                name="citation_is_one_per_statement_and_document",
                violation_error_code="field:document",
                violation_error_message="This statement already has a citation of this document.",
            ),
            models.CheckConstraint(
                name="citation_is_not_via_itself",
                condition=Q(via__isnull=True) | ~Q(via=F("pk")),
                violation_error_code="field:via",
                violation_error_message="A citation cannot be taken from itself.",
            ),
            models.CheckConstraint(
                name="citation_manner_is_known",
                condition=Q(manner="") | Q(manner__in=Manner.values),
            ),
            is_a_language("citation"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="via_makes_no_cycle",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("via_id"),
                condition=pgtrigger.Q(new__via__isnull=False),
                # A circle over two transactions needs an update, so that only updates wait.
                func=(
                    "IF TG_OP = 'UPDATE' THEN PERFORM 1 FROM claims_statement "
                    "WHERE id = NEW.statement_id FOR NO KEY UPDATE; END IF; "
                    "IF citation_via_closes_a_cycle(NEW.id, NEW.via_id) THEN "
                    "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
                    "CONSTRAINT = 'citation_via_makes_no_cycle', TABLE = TG_TABLE_NAME, "
                    'MESSAGE = format(\'row of "%s" violates "citation_via_makes_no_cycle"\', '
                    "TG_TABLE_NAME); END IF; RETURN NULL;"
                ),
            )
        ]

    def __str__(self):
        return f"{self.document}"

    def natural_key(self):
        return (*self.statement.natural_key(), *self.document.natural_key())

    natural_key.dependencies = ["claims.statement", "sources.document"]

    def clean(self):
        super().clean()
        if self.via_id is None:
            return
        if self.statement_id and self.via.statement_id != self.statement_id:
            raise ValidationError({"via": VIA_ELSEWHERE_MESSAGE})
        if self.pk and self.via_closes_a_cycle():
            raise ValidationError({"via": VIA_CYCLE_MESSAGE})

    def via_closes_a_cycle(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT citation_via_closes_a_cycle(%s, %s)", [self.pk, self.via_id])
            return cursor.fetchone()[0]


class ProposalState(models.TextChoices):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


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
