"""What needs an editor: questions about all there is, each answered with its first few rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from claims.models import Citation, Claim, Misquote, Statement
from claims.positions import lately
from claimtracker.curated import ReviewState

# How long what turned is new, and from when on a claim that only one side speaks of wants another.
DAYS = 14
# Of the newest statements only: a look for one that nobody finds must end.
LOOKED_THROUGH = 100_000


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
