"""Citations: the documents in which we read a statement."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Q

from claims.models.choices import Manner
from claims.models.statement import Statement
from claimtracker.curated import (
    ONLY_IF_OTHERS_ARE_SEEN,
    Checked,
    ReadableQuerySet,
    has_few_marks,
    id_stays,
    is_a_language,
    track,
)
from claimtracker.explain import MESSAGES
from claimtracker.line_ends import keeps_line_feeds
from sources.models import Document


class CitationQuerySet(ReadableQuerySet):
    def public(self):
        """Return the citations of which statement and document are published."""
        return self.filter(
            statement__is_public=True,
            document__is_public=True,
        )

    def misquoted(self):
        """Return the citations whose quote does not occur in the stored text of their document."""
        return self.filter(misquote__is_moved=False)

    def moved(self):
        """Return the citations whose quote occurs in the text, but between other words only."""
        return self.filter(misquote__is_moved=True)

    def with_misquotes(self):
        """Annotate each citation with is_misquoted and is_moved."""
        return self.annotate(
            is_misquoted=Q(misquote__isnull=False, misquote__is_moved=False),
            is_moved=Q(misquote__isnull=False, misquote__is_moved=True),
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

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="citations")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    # Within one statement: a composite foreign key, claims.0002.
    via = models.ForeignKey(
        "self",
        verbose_name="taken from",
        # All of a statement's citations go with it; one of them stays while others name it.
        on_delete=models.RESTRICT,
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
    reviewed_with = "claims.statement"

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
            *(has_few_marks("citation", field) for field in ("quote", "prefix", "suffix")),
        ]
        triggers = [
            id_stays(),
            keeps_line_feeds("quote", "prefix", "suffix", "translation", "note"),
            pgtrigger.Trigger(
                name="via_makes_no_cycle",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("via_id"),
                condition=pgtrigger.Q(new__via__isnull=False),
                # A circle over two transactions needs an update, so that only updates wait.
                func=(
                    "IF TG_OP = 'UPDATE' THEN "
                    + ONLY_IF_OTHERS_ARE_SEEN
                    + "PERFORM 1 FROM claims_statement "
                    "WHERE id = NEW.statement_id FOR NO KEY UPDATE; END IF; "
                    "IF citation_via_closes_a_cycle(NEW.id, NEW.via_id) THEN "
                    "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
                    "CONSTRAINT = 'citation_via_makes_no_cycle', TABLE = TG_TABLE_NAME, "
                    'MESSAGE = format(\'row of "%s" violates "citation_via_makes_no_cycle"\', '
                    "TG_TABLE_NAME); END IF; RETURN NULL;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.document}"

    @property
    def readers_see(self):
        return self.statement.readers_see

    @property
    def is_settled(self):
        return self.statement.is_settled

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
