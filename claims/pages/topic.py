"""The page of a topic: who holds what on its claims, as a heat map in which camps show."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from claims.models import Topic
from claims.pages import naming
from claims.pages.camps import in_camps
from claims.pages.network import MOST_LINES, network
from claims.pages.reading import clocks_asked, gone, nothing, public_page, query_of
from claims.positions import about, lists
from claims.positions.disputes import disputes as disputes_on
from claimtracker.rest.filters import SLUG

Row = dict[str, Any]
# A larger matrix shows those that hold most, and the claims of which most is held.
SOURCES, CLAIMS = 200, 100
# As many as have a line in the picture.
PAIRS = MOST_LINES
# Topics that are offered.
CHIPS = 100
# Claims that are named beside a pair; the page of the two has all.
NAMED = 10


@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the matrix of a topic, as of the clocks."""
    form, clocks = clocks_asked(request)
    told = about.topic_then(slug, clocks)
    if told is None:
        return gone(request, Topic, slug, clocks)
    all_claims, held = lists.held_on(slug, clocks)
    claims, rows = _shown(held)
    spoken_of = {claim for _, claim, _ in held}
    unheld = [claim for claim in all_claims if claim not in spoken_of]
    silent = unheld[:CLAIMS]
    told_claims = lists.claims_by_slug([*claims, *silent], clocks)
    names = naming.sources((row["source"] for row in rows), clocks)
    query = query_of(request)
    # Made once for a column: a page has thousands of cells.
    kinds = [told_claims[claim]["kind"] for claim in claims]
    addresses = [f"{reverse('page-claim', args=[claim])}{query}#source-" for claim in claims]
    context = {
        "topic": told,
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "claims": [told_claims[claim] for claim in claims],
        "silent": [told_claims[claim] for claim in silent],
        "more_silent": len(unheld) - len(silent),
        "rows": [
            row
            | {
                "name": names.get(row["source"], row["source"]),
                "cells": list(zip(row["cells"], addresses, kinds, strict=True)),
            }
            for row in rows
        ],
        "sources_in_all": len({source for source, _, _ in held}),
        "claims_in_all": len(all_claims),
        "query": query,
    }
    return render(request, "pages/topic.html", context)


def _shown(held: list[list[str]]) -> tuple[list[str], list[Row]]:
    """Return the claims and the rows to show of who holds what, camp by camp.

    The SOURCES that hold most are shown, and the CLAIMS of which these hold most.
    """
    sources = _most((source for source, _, _ in held), SOURCES)
    claims = _most((claim for source, claim, _ in held if source in sources), CLAIMS)
    row = {source: n for n, source in enumerate(sorted(sources))}
    column = {claim: n for n, claim in enumerate(sorted(claims))}
    cells: list[list[str | None]] = [[None] * len(column) for _ in row]
    for source, claim, stance in held:
        if source in row and claim in column:
            cells[row[source]][column[claim]] = stance
    down, across = in_camps(cells)
    names, slugs = list(row), list(column)
    return [slugs[place] for place in across], [
        {"source": names[place], "cells": [cells[place][n] for n in across]} for place in down
    ]


def _most(slugs: Iterable[str], most: int) -> set[str]:
    """Return those that come most often, of equals the first by slug."""
    counts = Counter(slugs)
    return set(sorted(counts, key=lambda slug: (-counts[slug], slug))[:most])


@public_page
def disputes(request: HttpRequest) -> HttpResponse:
    """Show who contradicts whom on the claims of a topic, or on the most contested ones."""
    form, clocks = clocks_asked(request)
    slug = request.GET.get("topic") or None
    told = None
    if slug is not None:
        if not re.fullmatch(SLUG, slug):
            return nothing(request, f"There is no topic “{slug}”.")
        told = about.topic_then(slug, clocks)
        if told is None:
            return gone(request, Topic, slug, clocks)
    found = disputes_on(slug, clocks)
    names = {voice["source"]: voice["name"] for voice in found["voices"]}
    pairs = [pair for pair in found["pairs"] if pair["differ"]]
    shown = [
        pair | {"named": pair["claims"][:NAMED], "more": max(len(pair["claims"]) - NAMED, 0)}
        for pair in pairs[:PAIRS]
    ]
    context = {
        "topic": told,
        "topics": about.topics_then(clocks, limit=CHIPS),
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "found": found,
        "names": names,
        "network": network(found["voices"], found["pairs"]),
        "pairs": shown,
        "more_pairs": max(len(pairs) - PAIRS, 0),
        "claims": lists.claims_by_slug(
            sorted({claim for pair in shown for claim in pair["named"]}), clocks
        ),
        "query": query_of(request),
    }
    return render(request, "pages/disputes.html", context)
