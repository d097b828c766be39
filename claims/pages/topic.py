"""The page of a topic: who holds what on its claims, as a heat map in which camps show."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from claims.models import Topic
from claims.pages import naming
from claims.pages.camps import in_camps
from claims.pages.network import network
from claims.pages.reading import clocks_asked, gone, nothing, public_page, query_of
from claims.positions import about, lists
from claims.positions.disputes import disputes as disputes_on
from claimtracker.rest.filters import SLUG

Row = dict[str, Any]
# A larger matrix shows those that hold most, and the claims of which most is held.
SOURCES, CLAIMS = 200, 100
PAIRS = 60


@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the matrix of a topic, as of the clocks."""
    form, clocks = clocks_asked(request)
    told = about.topic_then(slug, clocks)
    if told is None:
        return gone(request, Topic, slug, clocks)
    whole = lists.matrix(slug, clocks)
    claims, rows = _shown(whole)
    silent = _silent(whole)
    told_claims = lists.claims_by_slug([*claims, *silent], clocks)
    names = naming.sources((row["source"] for row in rows), clocks)
    query = query_of(request)
    # Made once for a column: a page has thousands of cells.
    addresses = [f"{reverse('page-claim', args=[claim])}{query}#source-" for claim in claims]
    context = {
        "topic": told,
        "form": form,
        "clocks": whole["clocks"],
        "has_clock": any(whole["clocks"].values()),
        "claims": [told_claims[claim] for claim in claims],
        "silent": [told_claims[claim] for claim in silent],
        "rows": [
            row
            | {
                "name": names.get(row["source"], row["source"]),
                "cells": list(zip(row["cells"], addresses, strict=True)),
            }
            for row in rows
        ],
        "sources_in_all": len(whole["sources"]),
        "claims_in_all": len(whole["claims"]),
        "query": query,
    }
    return render(request, "pages/topic.html", context)


def _shown(whole: Row) -> tuple[list[str], list[Row]]:
    """Return the claims and the rows to show of a matrix, camp by camp."""
    held = [sum(cell is not None for cell in row) for row in whole["cells"]]
    rows = sorted(range(len(held)), key=lambda place: (-held[place], place))[:SOURCES]
    many = [
        sum(whole["cells"][row][column] is not None for row in rows)
        for column in range(len(whole["claims"]))
    ]
    columns = sorted(range(len(many)), key=lambda place: (-many[place], place))
    columns = [place for place in columns if many[place]][:CLAIMS]
    rows, columns = sorted(rows), sorted(columns)
    cells = [[whole["cells"][row][column] for column in columns] for row in rows]
    down, across = in_camps(cells)
    claims = [whole["claims"][columns[place]] for place in across]
    return claims, [
        {
            "source": whole["sources"][rows[place]],
            "cells": [cells[place][n] for n in across],
        }
        for place in down
    ]


def _silent(whole: Row) -> list[str]:
    """Return the claims of a matrix, not more than it has columns, of which nobody holds any."""
    spoken_of = (any(column) for column in zip(*whole["cells"], strict=True))
    if not whole["cells"]:
        return whole["claims"][:CLAIMS]
    return [claim for claim, held in zip(whole["claims"], spoken_of, strict=True) if not held][
        :CLAIMS
    ]


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
    context = {
        "topic": told,
        "topics": Topic.objects.public().order_by("name", "slug")[:100],
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "found": found,
        "names": names,
        "network": network(found["voices"], found["pairs"]),
        "pairs": pairs[:PAIRS],
        "more_pairs": max(len(pairs) - PAIRS, 0),
        "claims": lists.claims_by_slug(
            sorted({claim for pair in pairs[:PAIRS] for claim in pair["claims"]}), clocks
        ),
        "query": query_of(request),
    }
    return render(request, "pages/disputes.html", context)
