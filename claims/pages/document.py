"""The page of a document: what was said in it, by whom, and how it came there and went on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.pages import naming
from claims.pages.reading import clocks_asked, gone, public_page, query_of
from claims.positions import about
from claims.positions.acts import Acts, acts_by_slug
from claims.positions.answers import sentence_of
from sources.models import Document
from sources.naming import name_of

Row = dict[str, Any]
# So many statements are shown.
MOST = 500


@public_page
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a document, as of the clocks; never its stored text."""
    form, clocks = clocks_asked(request)
    told = about.document_then(slug, clocks)
    if told is None:
        return gone(request, Document, slug, clocks)
    acts = acts_by_slug(told["statements"][:MOST], clocks)
    rows = {row["slug"]: row for row in acts.statements}
    said = [_said(rows[one], slug, acts) for one in told["statements"][:MOST] if one in rows]
    came_from = {one["citation"]["via"] for one in said if one["citation"]["via"]}
    went_to = {name for one in said for name in one["passed_on"]}
    context = {
        "document": told | {"name": name_of(told)},
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "said": said,
        "left_out": max(len(told["statements"]) - MOST, 0),
        "came_from": sorted(came_from),
        "went_to": sorted(went_to),
        "titles": about.documents_named(came_from | went_to, clocks)
        | naming.titles([one["citation"] for one in said], clocks),
        "query": query_of(request),
    }
    return render(request, "pages/document.html", context)


def _said(row: Row, document: str, acts: Acts) -> Row:
    """Return a statement as it stands in a document, and who passed it on from there."""
    return {
        "statement": row,
        "claim": acts.claims[row["claim"]],
        "source": acts.sources[row["source"]],
        "sentence": sentence_of(row, acts),
        "citation": next(each for each in row["citations"] if each["document"] == document),
        "passed_on": [each["document"] for each in row["citations"] if each["via"] == document],
    }
