"""The page of a source: what it holds, how that changed, whom it agrees and differs with."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.pages.periods import periods
from claims.pages.reading import clocks_asked, gone, public_page, query_of, read_on
from claims.positions import about, answers, lists
from sources.models import Source

Row = dict[str, Any]
POSITIONS, FLIPS, OTHERS = 50, 50, 15


@public_page
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a source, as of the clocks; its positions by claim, ``after`` a claim's slug."""
    form, clocks = clocks_asked(request)
    told = about.source_then(slug, clocks)
    if told is None:
        return gone(request, Source, slug, clocks)
    held, more = read_on(request, answers.SourcePositions(slug, clocks), POSITIONS)
    turned = lists.flips(clocks, source=slug).page(limit=FLIPS + 1)
    others = lists.agreement(slug, clocks).page(limit=OTHERS + 1)
    spoken_of = {row["claim"] for row in [*held, *turned]}
    context = {
        "source": told,
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "held": held,
        "more": more,
        "is_first": "after" not in request.GET,
        "flips": turned[:FLIPS],
        "more_flips": len(turned) > FLIPS,
        "others": _bars(others[:OTHERS]),
        "more_others": len(others) > OTHERS,
        "claims": lists.claims_by_slug(sorted(spoken_of), clocks),
        "bodies": periods(told["bodies"]),
        "query": query_of(request),
    }
    return render(request, "pages/source.html", context)


def _bars(rows: list[Row]) -> list[Row]:
    """Return whom a source agrees and differs with, with the lengths of two bars in percent."""
    most = max((row["shared"] for row in rows), default=1)
    return [
        row | {f"{side}_bar": round(100 * row[side] / most, 2) for side in ("agree", "differ")}
        for row in rows
    ]
