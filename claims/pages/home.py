"""The start page: what is contested now, what changed last, topics, search."""

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from claims.models import Claim, Statement, Topic
from claims.positions.acts import acts_by_slug
from claims.positions.answers import sentence_of
from claims.positions.clocks import NOW
from claims.positions.ledger import LATEST_POSSIBLE
from claims.positions.news import new_denials, new_flips

CONTESTED, DENIALS, FLIPS, TOPICS = 20, 5, 5, 60
LATEST = 1000


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is and, to who may read, what is disputed."""
    may_read = settings.ANONYMOUS_READING or request.user.is_authenticated
    context = _news() if may_read else {}
    return render(request, "pages/home.html", context | {"may_read": may_read})


def most_filed() -> QuerySet[Topic]:
    """Return the topics that have public claims, those of most claims first."""
    return (
        Topic.objects.annotate(
            claims_count=Count("claims", filter=Q(claims__is_public=True)),
        )
        .filter(claims_count__gt=0)
        .order_by("-claims_count", "name", "slug")
    )


def _contested() -> list[Claim]:
    """Return the contested claims that were spoken of last.

    Of a million statements the LATEST tell which these are, where there are enough among them.
    """
    contested = (
        Claim.objects.public()
        .contested()
        .with_tally()
        .with_span()
        .order_by(F("last_said").desc(nulls_last=True), "slug")
    )
    latest = Statement.objects.public().order_by(LATEST_POSSIBLE.desc(), "-order", "-slug")
    spoken_of = set(latest.values_list("claim", flat=True)[:LATEST])
    found = list(contested.filter(pk__in=spoken_of)[:CONTESTED])
    return found if len(found) == CONTESTED else list(contested[:CONTESTED])


def _news() -> dict[str, object]:
    denials, flips = new_denials(DENIALS), new_flips(FLIPS)
    acts = acts_by_slug(sorted({*denials, *(each["to"] for each in flips)}), NOW)
    told = {
        row["slug"]: {
            "statement": row,
            "claim": acts.claims[row["claim"]],
            "sentence": sentence_of(row, acts, quoted=True),
        }
        for row in acts.statements
    }
    shown_topics = list(most_filed()[:TOPICS])
    return {
        "contested": _contested(),
        "denials": [told[slug] for slug in denials if slug in told],
        "flips": [told[each["to"]] | each for each in flips if each["to"] in told],
        "topics": shown_topics,
        "suggestions": [each.name for each in shown_topics],
    }
