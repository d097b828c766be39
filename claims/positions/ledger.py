"""The ledger: how often each stance is held on the claims of a list, and when they were spoken of.

What a source holds is worked out in runs.py; lists read what is kept of it (kept.py).
"""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import (
    Count,
    DateField,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

HELD = ["asserts", "denies"]

# upper() of a range is the day after its last; null where it is open, and for no range.
DAY_AFTER = Func("said_range", function="upper", output_field=DateField())
FIRST_DAY = Func("said_range", function="lower", output_field=DateField())
LATEST_POSSIBLE = Coalesce(DAY_AFTER, Value(date.min))

# A source holds one stance on a claim, so that the two are two sources.
IS_CONTESTED = Q(kept_tally__asserts__gt=0, kept_tally__denies__gt=0)


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

    def over(aggregate: Func) -> Subquery:
        return Subquery(public.values("claim").annotate(answer=aggregate).values("answer"))

    return {
        "statements_count": how_many(public),
        "first_said": over(Min(FIRST_DAY)),
        "last_said": over(
            # A date less a number is a date, in SQL.
            Func(Max(DAY_AFTER), template="(%(expressions)s - 1)", output_field=DateField())
        ),
    }


def how_many(statements: models.QuerySet) -> Coalesce:
    """Return the expression of how many statements a correlated queryset has."""
    counted = statements.order_by().values("claim").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
