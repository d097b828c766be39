"""The ledger: how often each stance is held on the claims of a list, and when they were spoken of.

What a source holds is worked out in runs.py; lists read what is kept of it (kept.py).
"""

from typing import Self

from django.db import models
from django.db.models import (
    Count,
    DateField,
    Func,
    OrderBy,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.functions import Coalesce, Least

from claimtracker.edtf import dated, day_after, earliest

HELD = ["asserts", "denies"]

FIRST_DAY, DAY_AFTER = earliest("said"), day_after("said")
LATEST_POSSIBLE = dated(DAY_AFTER)

# A source holds one stance on a claim, so that the two are two sources.
IS_CONTESTED = Q(kept_tally__asserts__gt=0, kept_tally__denies__gt=0)

# How many voices the smaller side has: 0 is not contested.
CONTEST = Least(Coalesce("kept_tally__asserts", 0), Coalesce("kept_tally__denies", 0))


class ClaimLedger(models.QuerySet):
    """Questions to claims about what sources hold of them."""

    def _statements(self) -> models.QuerySet:
        statement = self.model._meta.get_field("statements").related_model
        return statement._default_manager.filter(claim=OuterRef("pk"))

    def with_tally(self) -> Self:
        """Annotate each claim with asserts_count and denies_count: how many sources hold each.

        They come from the kept tally (kept.py), which is exact when a transaction commits and
        does not follow it before.
        """
        return self.annotate(
            asserts_count=Coalesce("kept_tally__asserts", 0),
            denies_count=Coalesce("kept_tally__denies", 0),
        )

    def with_span(self) -> Self:
        """Annotate each claim with statements_count, first_said and last_said (days)."""
        return self.annotate(**span(self._statements()))

    def contested(self) -> Self:
        """Return the claims that one source holds true and another denies, by the kept tally."""
        return self.filter(IS_CONTESTED)

    def uncontested(self) -> Self:
        """Return the other claims."""
        return self.exclude(IS_CONTESTED)


def span(statements: models.QuerySet) -> dict[str, Func]:
    """Return the expressions of statements_count, first_said and last_said of correlated ones."""
    public = statements.public().order_by()

    # Not Min and Max, which would read each statement: there is an index in each order.
    def first(day: Func, order: OrderBy) -> Subquery:
        return Subquery(public.order_by(order).values(day=day)[:1])

    # A date less a number is a date, in SQL.
    last_day = Func(DAY_AFTER, template="(%(expressions)s - 1)", output_field=DateField())
    return {
        "statements_count": how_many(public),
        "first_said": first(FIRST_DAY, FIRST_DAY.asc(nulls_last=True)),
        "last_said": first(last_day, DAY_AFTER.desc(nulls_last=True)),
    }


def how_many(statements: models.QuerySet) -> Coalesce:
    """Return the expression of how many statements a correlated queryset has."""
    counted = statements.order_by().values("claim").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
