"""The page of a source: what it holds, how that changed, whom it agrees and differs with."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.pages import naming
from claims.pages.periods import periods
from claims.pages.reading import clocks_asked, gone, nothing, public_page, query_of, read_on
from claims.pages.timeline import of_source
from claims.positions import about, answers, lists
from claimtracker.rest.filters import SLUG
from sources.models import Source

Row = dict[str, Any]
POSITIONS, FLIPS, OTHERS = 50, 50, 15
# Claims on the timeline; sources, or claims that two share, on the page of the agreement.
LANES, ALL_OTHERS, SHARED = 20, 500, 100


@public_page
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a source, as of the clocks; its positions by claim, ``after`` a claim's slug."""
    form, clocks = clocks_asked(request)
    told = about.source_then(slug, clocks)
    if told is None:
        return gone(request, Source, slug, clocks)
    held, more = read_on(request, answers.SourcePositions(slug, clocks), POSITIONS)
    begun = lists.begun_with(slug, [row["claim"] for row in held], clocks)
    turned = lists.flips(clocks, source=slug).page(limit=FLIPS + 1)
    others = lists.agreement(slug, clocks).page(limit=OTHERS + 1)
    said = lists.source_timeline(slug, clocks, claims=LANES)
    spoken_of = {row["claim"] for row in [*held, *turned, *said["events"]]}
    unsure = {flip["to"]["slug"] for flip in turned if flip["order_uncertain"]}
    context = {
        "source": told,
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "held": [row | {"since_statement": begun.get(row["claim"])} for row in held],
        "more": more,
        "is_first": "after" not in request.GET,
        "flips": turned[:FLIPS],
        "more_flips": len(turned) > FLIPS,
        "others": _bars(others[:OTHERS]),
        "more_others": len(others) > OTHERS,
        "events": said["events"],
        "unsure": unsure,
        "timeline": of_source(said["events"], unsure),
        "more_spoken_of": max(said["claims_in_all"] - LANES, 0),
        "claims": lists.claims_by_slug(sorted(spoken_of), clocks),
        "bodies": periods(told["bodies"]),
        "query": query_of(request),
    }
    return render(request, "pages/source.html", context)


@public_page
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """Show whom a source agrees and differs with; ``with`` one of them, on which claims."""
    form, clocks = clocks_asked(request)
    other = request.GET.get("with") or None
    if other is not None and not re.fullmatch(SLUG, other):
        return nothing(request, f"There is no source “{other}”.")
    names = naming.sources([slug, other or slug], clocks)
    if slug not in names:
        return gone(request, Source, slug, clocks)
    if other and other not in names:
        return nothing(request, f"There is no source “{other}”, or it is not public.")
    context = {
        "source": {"slug": slug, "name": names[slug]},
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "query": query_of(request),
    }
    if other:
        rows, more = read_on(request, lists.shared(slug, other, clocks), SHARED)
        counted = lists.agreement(slug, clocks, other=other).page(limit=1)
        context |= {
            "other": {"slug": other, "name": names[other]},
            "counted": [row | {"caution": lists.caution(row["shared"])} for row in counted],
            "shared": rows,
            "more": more,
        }
    else:
        others = lists.agreement(slug, clocks).page(limit=ALL_OTHERS + 1)
        context |= {"others": _bars(others[:ALL_OTHERS]), "more_others": len(others) > ALL_OTHERS}
    return render(request, "pages/agreement.html", context)


def _bars(rows: list[Row]) -> list[Row]:
    """Return whom a source agrees and differs with, with the lengths of two bars in percent."""
    most = max((row["shared"] for row in rows), default=1)
    return [
        row
        | {f"{side}_bar": round(100 * row[side] / most, 2) for side in ("agree", "differ")}
        | {"counts": [row["agree"], row["differ"]], "caution": lists.caution(row["shared"])}
        for row in rows
    ]
