"""Statements: who took which stance on a claim."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL

from claims.models.choices import ClaimKind, Denial, Evidence, Stance
from claims.models.claim import Claim
from claims.positions import spoken_for
from claims.positions.ledger import DAY_AFTER, FIRST_DAY, LATEST_POSSIBLE
from claimtracker.curated import (
    Curated,
    CuratedQuerySet,
    ReviewState,
    by_recording,
    curated_constraints,
    track,
    waiting_for_review,
)
from claimtracker.edtf import (
    EdtfField,
    first_day,
    in_words,
    is_a_date,
    last_day,
    range_of,
    read_range,
)
from claimtracker.explain import MESSAGES
from claimtracker.line_ends import keeps_line_feeds
from claimtracker.questions import Question
from sources.models import Document, Source

PUBLIC = Q(is_public=True)
LARGEST_ORDER = 2_147_483_647  # what an integer of PostgreSQL can be

NOT_A_DEMAND_MESSAGE = "Only of a demand can a denial deny the proposal."
MESSAGES.update(
    statement_published_claim_is_published=(
        "A published statement has a published claim: publish the claim first, or retire both."
    ),
    statement_published_source_is_published=(
        "A published statement has a published source: publish the source first, or retire both."
    ),
    statement_only_of_a_demand_is_a_proposal_denied=NOT_A_DEMAND_MESSAGE,
)


# The day after a document's last possible day of publication is the last on which time zones let
# its words be said. Least() passes over null, which is that such a day is not known of all of them.
UNLIKELY_DATE = """
    lower("claims_statement"."said_range") > least((now() AT TIME ZONE 'UTC')::date, (
      SELECT CASE WHEN bool_and(upper(d.published_range) IS NOT NULL)
        THEN max(upper(d.published_range)) END
      FROM claims_citation c JOIN sources_document d ON d.id = c.document_id
      WHERE c.statement_id = "claims_statement"."id"
    ))
"""


class StatementQuerySet(CuratedQuerySet):
    """Acts, each of a source on a claim."""

    def like(self, statement):
        """Return those that may be the same act: of one source, claim and stance, on one day.

        That is so where the days that the two dates may mean overlap: one may have been corrected.
        """
        if not (days := read_range(statement.said)):
            same = Q(said=statement.said)
        else:
            same = Q(said_range__overlap=days)
        return self.filter(
            same, source=statement.source, claim=statement.claim, stance=statement.stance
        )

    def dated_a_day_apart(self, statement, document, quote: str):
        """Return those that say the same by the same words of a document, dated a day apart."""
        days = read_range(statement.said)
        if not (days and days.lower and days.upper and quote):
            return self.none()
        around = DateRange(days.lower - timedelta(days=1), days.upper + timedelta(days=1))
        return self.filter(
            citations__document=document,
            citations__quote=quote,
            source=statement.source,
            claim=statement.claim,
            stance=statement.stance,
            said_range__overlap=around,
            said_range__contained_by=around,
        ).exclude(review_state=ReviewState.RETIRED)

    def with_unlikely_dates(self):
        """Return those of a day to come, or of a day after all their documents were published.

        Time zones allow for one day. What is retired is left out.
        """
        return self.exclude(review_state=ReviewState.RETIRED).filter(
            RawSQL(UNLIKELY_DATE, [], output_field=models.BooleanField())
        )

    def with_evidence(self, evidence: str, citations: models.QuerySet):
        """Return those whose documents were all retracted, or of which one still stands.

        What no document is cited for is neither. ``citations`` are those that count.
        """
        cited = citations.filter(statement=OuterRef("pk"))
        stands = Exists(cited.filter(document__retracted=""))
        if evidence == Evidence.STANDING:
            return self.filter(stands)
        return self.filter(Exists(cited.exclude(document__retracted="")), ~stands)

    def spoken_for(self, body):
        """Return those that count as said by a body: see positions/spoken_for.py."""
        return self.filter(pk__in=RawSQL(spoken_for.IDS, [body.slug] * spoken_for.SLUGS))


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
    )
    # Both are found by the indexes below.
    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="statements", db_index=False
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    stance = models.CharField(max_length=10, choices=Stance)
    denies_what = models.CharField(max_length=14, choices=Denial, blank=True)
    said = EdtfField("said on")
    order = models.PositiveIntegerField(
        default=0, help_text="Which came first of several on one day: 1, 2, … 0 where it is alone."
    )
    occasion = models.CharField(max_length=300, blank=True, help_text="Where it was said.")
    personal_capacity = models.BooleanField(
        default=False, help_text="Said for oneself, not for the body one belongs to."
    )
    note = models.TextField(blank=True, help_text="Shown to readers.")
    said_range = range_of("said")
    parts = ("citations",)
    # Whether a form gives it another date.
    is_dated_anew = False

    objects = StatementQuerySet.as_manager()

    class Meta(Curated.Meta):
        permissions = [("publish_statement", "Can publish and retire statements")]
        indexes = [
            *waiting_for_review("statement"),
            by_recording("statement"),
            # The start page: which denials became public last.
            models.Index(
                F("first_public_at").desc(),
                DAY_AFTER.desc(nulls_last=True),
                "slug",
                name="statement_denied_last",
                condition=PUBLIC & Q(stance=Stance.DENIES),
            ),
            # Positions: the last statement of each source on a claim.
            models.Index("claim", "source", name="statement_of_source_on_claim"),
            # Lists: those of a source, all by day, and claims by their first and last day.
            models.Index("source", "slug", name="statement_of_source"),
            # The desk: its list by day, and what a search for an occasion looks through.
            models.Index("said_range", "id", name="statement_by_range"),
            models.Index("id", name="statement_with_occasion", condition=~Q(occasion="")),
            models.Index(
                LATEST_POSSIBLE, "order", "slug", name="statement_by_day", condition=PUBLIC
            ),
            models.Index("claim", FIRST_DAY, name="statement_first_on_claim", condition=PUBLIC),
            models.Index(
                "claim",
                DAY_AFTER.desc(nulls_last=True),
                name="statement_last_on_claim",
                condition=PUBLIC,
            ),
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
            keeps_line_feeds("note"),
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
        # An order that is no such number is refused at its field; no slug can be made of it.
        orderly = isinstance(self.order, int) and 0 <= self.order <= LARGEST_ORDER
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

    def unique_error_message(self, model_class, unique_check):
        """Say of a slug that is taken whose it is, as the remedy depends on that."""
        other = Statement.objects.filter(slug=self.slug).exclude(pk=self.pk).first()
        if unique_check != ("slug",) or other is None:
            return super().unique_error_message(model_class, unique_check)
        same = ("claim_id", "source_id", "said", "order")
        if all(getattr(self, name) == getattr(other, name) for name in same):
            return ValidationError(
                "There is a statement with this slug. Where the source spoke on the claim twice "
                "on that day, say with “order” which came first.",
                code="unique",
            )
        return ValidationError(
            f"It is the slug of “{other}”, dated {other.said or 'not at all'}, which keeps it: "
            "write another one here.",
            code="unique",
        )

    def questions(self, changed):
        """Ask whether it is another statement than one of the same words, dated a day apart."""
        if self.pk is None or not {"said", "claim", "source", "stance"} & set(changed):
            return []
        cited = self.citations.exclude(quote="").select_related("document")
        for citation in cited.defer("document__text"):
            if asked := self.twin_question(citation.document, citation.quote):
                return [asked]
        return []

    def twin_question(self, document: Document, quote: str) -> Question | None:
        """Return the question about a statement of the same words, dated a day apart; or None."""
        twins = type(self).objects.dated_a_day_apart(self, document, quote).exclude(pk=self.pk)
        twin = twins.select_related("source", "claim").order_by("pk").first()
        if twin is None:
            return None
        detail = (
            f"The same words of the same document are recorded already, as said "
            f"{in_words(twin.said)}: “{twin}” ({twin.slug}). Correct the date there instead of "
            "recording them twice."
        )
        return Question("same_statement", "said", detail, (twin,))

    def warnings(self, changed):
        """Warn of a day that is to come, or after all documents that cite it were published."""
        if "said" not in changed:
            return []
        cited = Document.objects.none()
        if self.pk is not None:
            cited = Document.objects.filter(pk__in=self.citations.values("document"))
        return self.date_warnings(cited.defer("text"))

    def date_warnings(self, cited: Iterable[Document]) -> list[Question]:
        """Return what is unlikely of its date, where these documents cite it."""
        first = first_day(read_range(self.said))
        if first is None:
            return []
        if first > datetime.now(UTC).date():
            detail = f"{self.said} is in the future."
            return [Question("implausible_date", "said", detail)]
        cited = list(cited)
        published = [last_day(read_range(each.published)) for each in cited]
        days = [day for day in published if day is not None]
        if len(days) < len(cited) or not days or first <= max(days) + timedelta(days=1):
            return []
        latest = cited[published.index(max(days))]
        detail = (
            f"{self.said} is after every document that cites the statement was published. The "
            f"latest is “{latest}”, published {in_words(latest.published)}."
        )
        return [Question("implausible_date", "said", detail, (latest,))]

    def default_slug(self) -> str:
        """Return the slug that the database gives a statement that has none."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT statement_default_slug(%s, %s, %s, %s)",
                [self.source_id, self.claim_id, self.said, self.order or 0],
            )
            return cursor.fetchone()[0]
