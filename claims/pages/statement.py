"""The page of a statement: one act, in its own words, with all documents in which it was read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.models import Statement
from claims.pages.naming import publishers, titles
from claims.pages.reading import clocks_asked, gone, public_page, query_of
from claims.positions.acts import acts_by_slug
from claims.positions.answers import sentence_of


@public_page
def statement(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a statement, as of the clocks."""
    form, clocks = clocks_asked(request)
    acts = acts_by_slug([slug], clocks)
    if not acts.statements:
        return gone(request, Statement, slug, clocks)
    row = acts.statements[0]
    context = {
        "statement": row,
        "claim": acts.claims[row["claim"]],
        "source": acts.sources[row["source"]],
        "sentence": sentence_of(row, acts, quoted=True),
        "names": publishers(row["citations"], clocks),
        "titles": titles(row["citations"], clocks),
        "form": form,
        "clocks": clocks.as_json(),
        "has_clock": any(clocks.as_json().values()),
        "query": query_of(request),
    }
    return render(request, "pages/statement.html", context)
