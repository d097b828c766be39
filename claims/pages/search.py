"""The page that searches claims, quotes, sources and documents."""

import json
import re

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.pages.home import most_filed
from claims.pages.reading import public_page
from claims.positions.clocks import NOW
from claims.positions.lists import claims_by_slug
from claims.search.asked import Asked, NothingAskedError, asked
from claims.search.hits import KINDS, Hits

# Hits of a page; topics that are offered where there is none.
SIZE, TOPICS = 25, 20
PAGES = {kind: f"page-{kind}" for kind in KINDS}
_WORD = re.compile(r"[^\W_]+")
SIGNER = Signer(salt="claimtracker.search-page")


@public_page
def search(request: HttpRequest) -> HttpResponse:
    """Show what is found, the most relevant first."""
    text = request.GET.get("q", "").replace("\x00", "").strip()
    kind = request.GET.get("kind")
    context = {"q": text, "kinds": KINDS, "kind": kind if kind in KINDS else ""}
    if text:
        try:
            wanted = asked(text)
        except NothingAskedError as error:
            return render(request, "pages/search.html", context | {"error": str(error)}, status=400)
        kinds = [context["kind"]] if context["kind"] else KINDS
        hits = Hits(wanted, kinds=kinds, language=None, sites=dict.fromkeys(KINDS, ""))
        found = hits.keyed(after=_after(request), descending=False, limit=SIZE + 1)
        spoken_of = {hit["claim"] for hit, _ in found if hit["kind"] == "statement"}
        context["claims"] = claims_by_slug(sorted(spoken_of), NOW)
        context["hits"] = [hit | {"page": PAGES[hit["kind"]]} for hit, _ in found[:SIZE]]
        if not found:
            context |= {"any_word": _any_word(wanted), "topics": most_filed()[:TOPICS]}
        if len(found) > SIZE:
            given = request.GET.copy()
            given["after"] = SIGNER.sign(json.dumps(found[SIZE - 1][1]))
            context["more"] = f"{request.path}?{given.urlencode()}"
    return render(request, "pages/search.html", context)


def _any_word(wanted: Asked) -> str:
    """Return what finds any of several words; blank where there is one, or it is that already."""
    words = [each for each in _WORD.findall(wanted.wanted) if each.lower() != "or"]
    any_word = " or ".join(words)
    return any_word if len(words) > 1 and any_word != wanted.wanted else ""


def _after(request: HttpRequest) -> list | None:
    """Return the key after which to go on; one that is not ours begins anew."""
    try:
        return json.loads(SIGNER.unsign(request.GET.get("after", "")))
    except BadSignature:
        return None
