"""What needs an editor: questions about all there is, each answered with its first few rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from claims.models import Citation, Claim, Misquote, Statement
from claims.models.choices import Evidence
from claims.positions import lately
from claimtracker.curated import ReviewState
from sources.models import Document

# How long what turned is new, and from when on a claim that only one side speaks of wants another.
DAYS = 14
# Of the newest statements only: a look for one that nobody finds must end.
LOOKED_THROUGH = 100_000
# Of dates it is fewer, as the documents of each statement are looked at.
DATES_LOOKED_THROUGH = 5_000


def some_days_ago() -> datetime:
    return timezone.now() - timedelta(days=DAYS)


def newly_contested(limit: int) -> list[Claim]:
    """Return claims that are contested and were not some days ago, the latest first."""
    ids = lately.newly_contested(some_days_ago())[:limit]
    found = Claim.objects.with_tally().in_bulk(ids)
    return [found[pk] for pk in ids]


def new_flips(limit: int) -> list[tuple[Statement, Statement, bool]]:
    """Return flips recorded lately: the statement before, the one after, whether it is unsure."""
    found = lately.new_flips(some_days_ago(), limit=limit)
    statements = Statement.objects.select_related("claim", "source").in_bulk(
        {pk for before, after, _ in found for pk in (before, after)}
    )
    return [(statements[before], statements[after], unsure) for before, after, unsure in found]


def uncited(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Return those that no document is cited for; what is retired needs none."""
    cited = Citation.objects.filter(statement=OuterRef("pk"))
    return statements.exclude(review_state=ReviewState.RETIRED).filter(~Exists(cited))


def newest_uncited(limit: int) -> Sequence[Statement]:
    """Return the newest statements without a citation, among the newest of all."""
    newest = Statement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    recent = Statement.objects.filter(pk__gt=newest - LOOKED_THROUGH)
    return uncited(recent).select_related("claim", "source").order_by("-pk")[:limit]


def resting_on_retracted(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Return those that are cited in documents, all of which were retracted."""
    kept = statements.exclude(review_state=ReviewState.RETIRED)
    return kept.with_evidence(Evidence.RETRACTED, Citation.objects.all())


def newest_resting_on_retracted(limit: int) -> Sequence[Statement]:
    """Return the newest of them; few documents are retracted, so that they are looked up first."""
    retracted = Document.objects.exclude(retracted="").values("pk")
    cited = Citation.objects.filter(document__in=retracted).values("statement")
    found = resting_on_retracted(Statement.objects.filter(pk__in=cited))
    return found.select_related("claim", "source").order_by("-pk")[:limit]


def newest_of_unlikely_dates(limit: int) -> list[Statement | Document]:
    """Return the newest statements and documents with unlikely dates, among the newest of all."""
    found: list[Statement | Document] = []
    for model in (Statement, Document):
        newest = model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = model.objects.filter(pk__gt=newest - DATES_LOOKED_THROUGH).with_unlikely_dates()
        related = ("claim", "source") if model is Statement else ("publisher",)
        heavy = [] if model is Statement else ["text"]
        found += rows.select_related(*related).defer(*heavy).order_by("-pk")[:limit]
    return found


def misquoted(limit: int) -> Sequence[Citation]:
    """Return citations whose quote is not in the stored text, the newest first."""
    return _newest(Misquote.objects.filter(is_moved=False), limit)


def moved_quotes(limit: int) -> Sequence[Citation]:
    """Return citations whose quote stands between other words only, the newest first."""
    return _newest(Misquote.objects.filter(is_moved=True), limit)


def _newest(misquotes: QuerySet[Misquote], limit: int) -> Sequence[Citation]:
    ids = misquotes.order_by("-pk").values_list("pk", flat=True)[:limit]
    found = Citation.objects.select_related("document__publisher", "statement__source")
    return found.defer("document__text").filter(pk__in=list(ids)).order_by("-pk")


def one_sided(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Return public claims that some hold true, or some deny, and nobody the opposite, for days."""
    only_asserted = Q(kept_tally__asserts__gt=0, kept_tally__denies=0)
    only_denied = Q(kept_tally__asserts=0, kept_tally__denies__gt=0)
    return (
        claims.public().filter(only_asserted | only_denied).filter(created_at__lt=some_days_ago())
    )


def newest_one_sided(limit: int) -> Sequence[Claim]:
    """Return those of which it has been so for the shortest time first."""
    return one_sided(Claim.objects.with_tally()).order_by(F("pk").desc())[:limit]
