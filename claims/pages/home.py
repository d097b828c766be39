"""The start page: what is contested now, what changed last, topics, search."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from claims.pages.offered import TOPICS, Lately, most_filed, suggestions
from claims.positions.acts import acts_by_slug
from claims.positions.answers import sentence_of
from claims.positions.clocks import NOW
from claims.positions.news import new_denials, new_flips

DENIALS, FLIPS = 5, 5


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is and, to who may read, what is disputed."""
    may_read = settings.ANONYMOUS_READING or request.user.is_authenticated
    context = _news() if may_read else {}
    return render(request, "pages/home.html", context | {"may_read": may_read})


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
    lately, topics = Lately(), list(most_filed()[:TOPICS])
    return {
        "contested": lately.claims,
        "denials": [told[slug] for slug in denials if slug in told],
        "flips": [told[each["to"]] | each for each in flips if each["to"] in told],
        "topics": topics,
        "suggestions": suggestions(lately, topics),
    }
