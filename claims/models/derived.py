"""What is derived and kept: positions and tallies, and the quotes that are not in their text."""

from django.db import models
from django.db.models import Q

from claims.models.citation import Citation
from claims.models.claim import Claim
from claims.models.statement import Statement
from sources.models import Source


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
            # Who holds what on a claim, of whichever size, without its rows.
            models.Index(fields=["claim"], include=["source", "stance"], name="position_on_claim"),
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


class Misquote(models.Model):
    """A quote that is not found where it was in the text of its document, kept while that is so.

    Either its words do not occur there, or they do (``is_moved``), but neither the words before it
    nor those after it stand beside them any more: it may be what somebody else said. The database
    writes it, whatever changed the quote or the text. A citation without a quote, or of a document
    without a text, has none.
    """

    citation = models.OneToOneField(
        Citation, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False
    )
    is_moved = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"“{self.citation.quote}” is not in the text of {self.citation}"
