"""What waits for review, the oldest submission first: rows that were submitted, and proposals."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from claims.models import Claim, Proposal, Statement
from claims.proposals import TARGETS
from claimtracker.curated import ReviewState, may_edit
from sources.models import Document, Source

# What waits, in the order in which what was submitted at one moment is listed.
KINDS: tuple[type[models.Model], ...] = (Source, Document, Claim, Statement, Proposal)
CAP = 1000  # how many are counted


@dataclass(frozen=True)
class Mark:
    """A place in the queue, after which the later ones follow."""

    since: datetime
    kind: int  # of KINDS
    pk: int


@dataclass(frozen=True)
class Waiting:
    """A row that waits for review, or a proposal, and since when."""

    row: Any
    since: datetime

    @property
    def mark(self) -> Mark:
        return Mark(self.since, KINDS.index(type(self.row)), self.row.pk)


def waiting(
    user: Any,
    *,
    kinds: Collection[type[models.Model]] = KINDS,
    by: str = "",
    after: Mark | None = None,
    limit: int = 50,
) -> list[Waiting]:
    """Return what waits for review of what a user may edit, the oldest submission first.

    ``by`` is "me" for the user's own submissions, "others" for those of others, else all; ``after``
    is where the page before ended. At most ``limit``; a query a kind, whatever the number of rows.
    """
    found = []
    for number, model in enumerate(KINDS):
        if model not in kinds:
            continue
        since = "created_at" if model is Proposal else "submitted_at"
        rows = _waiting_of(model, user, by)
        if after is not None:
            rows = rows.filter(_later(since, after, number))
        found += [Waiting(row, getattr(row, since)) for row in rows.order_by(since, "pk")[:limit]]
    found.sort(key=lambda each: (each.since, each.mark.kind, each.row.pk))
    return found[:limit]


def count(user: Any, *, by: str = "") -> int:
    """Return how much waits for review of what a user may edit; of each kind at most ``CAP``."""
    return sum(_waiting_of(model, user, by).order_by()[:CAP].count() for model in KINDS)


def _waiting_of(model: type[models.Model], user: Any, by: str) -> models.QuerySet:
    if model is Proposal:
        whose, seen = "author", [each for each in TARGETS if may_edit(user, each)]
        rows = Proposal.objects.waiting()
        if len(seen) < len(TARGETS):
            types = ContentType.objects.get_for_models(*seen).values()
            rows = rows.filter(target_type__in=types)
    else:
        whose = "submitted_by"
        rows = model._default_manager.filter(review_state=ReviewState.IN_REVIEW)
        if not may_edit(user, model):
            rows = rows.none()
    if by == "me":
        return rows.filter(**{whose: user})
    if by == "others":
        return rows.filter(~Q(**{whose: user}) | Q(**{f"{whose}__isnull": True}))
    return rows


def _later(since: str, after: Mark, kind: int) -> Q:
    """Return the condition that a row of a kind comes later than a place in the queue."""
    # Said first on its own, so that the index begins there.
    later = Q(**{f"{since}__gte": after.since})
    if kind < after.kind:
        return later & Q(**{f"{since}__gt": after.since})
    if kind == after.kind:
        return later & (Q(**{f"{since}__gt": after.since}) | Q(pk__gt=after.pk))
    return later
