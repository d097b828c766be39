"""The page that searches claims, quotes, sources and documents."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.pages.offered import Lately, most_filed, near_names, suggestions
from claims.pages.reading import public_page
from claims.positions.about import documents_named
from claims.positions.clocks import NOW
from claims.positions.lists import claims_by_slug
from claims.search.asked import LONGEST, MOST_WORDS, WORD, Asked, NothingAskedError, asked
from claims.search.hits import KINDS, Hits

# Hits of a page; topics that are offered; what is near where nothing is found.
SIZE, TOPICS, NEAR = 25, 20, 5
CALLED = {
    "source": "sources",
    "claim": "claims",
    "statement": "quotes",
    "document": "documents",
}
PAGES = {kind: f"page-{kind}" for kind in KINDS}
HEADINGS = {"source": "name", "claim": "text", "statement": "claim_text", "document": "title"}
SIGNER = Signer(salt="claimtracker.search-page")


@public_page
def search(request: HttpRequest) -> HttpResponse:
    """Show what is found, the most relevant first."""
    text = request.GET.get("q", "").replace("\x00", "").strip()
    kind = request.GET.get("kind")
    lately, topics = Lately(), list(most_filed()[:TOPICS])
    context = {
        "q": text,
        "kinds": KINDS,
        "kind": kind if kind in KINDS else "",
        "suggestions": suggestions(lately, topics),
    }
    if text:
        try:
            wanted = asked(text)
        except NothingAskedError as error:
            return render(request, "pages/search.html", context | {"error": str(error)}, status=400)
        kinds = [context["kind"]] if context["kind"] else KINDS
        hits = _hits(wanted, kinds)
        found = hits.keyed(after=_after(request), descending=False, limit=SIZE + 1)
        # Said where the list ends, which else looks as if that were all.
        if len(found) <= SIZE:
            context["cut"] = [CALLED[kind] for kind, is_cut in hits.more.items() if is_cut]
            context["cap"] = hits.cap
        spoken_of = {hit["claim"] for hit, _ in found if hit["kind"] == "statement"}
        context["claims"] = claims_by_slug(sorted(spoken_of), NOW)
        context["hits"] = _shown(hit for hit, _ in found[:SIZE])
        if not found:
            context |= {"topics": topics, **_near(wanted, kinds)}
        if len(found) > SIZE:
            given = request.GET.copy()
            given["after"] = SIGNER.sign(json.dumps(found[SIZE - 1][1]))
            context["more"] = f"{request.path}?{given.urlencode()}"
    else:
        context |= {"lately": lately, "topics": topics}
    return render(request, "pages/search.html", context)


def _hits(wanted: Asked, kinds: Collection[str]) -> Hits:
    return Hits(wanted, kinds=kinds, language=None, sites=dict.fromkeys(KINDS, ""))


def _shown(hits: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return hits with their pages, and with what a document is called that has no title."""
    found = [_marked(hit | {"page": PAGES[hit["kind"]]}) for hit in hits]
    nameless = [hit for hit in found if hit["kind"] == "document" and not hit["title"]]
    names = documents_named([hit["slug"] for hit in nameless], NOW)
    for hit in nameless:
        hit["title"] = names.get(hit["slug"], hit["slug"])
    return found


def _marked(hit: dict[str, Any]) -> dict[str, Any]:
    """Return a hit with the marks in its heading where they are of the heading as a whole.

    Else the same words would stand twice.
    """
    heading = hit[HEADINGS[hit["kind"]]]
    whole = [each for each in hit["highlight"] if "".join(each["pieces"]) == heading]
    if not whole:
        return hit
    rest = [each for each in hit["highlight"] if each not in whole]
    return hit | {"pieces": whole[0]["pieces"], "highlight": rest}


def _near(wanted: Asked, kinds: Collection[str]) -> dict[str, Any]:
    """Return what is near where nothing has all of the words: rows with some, and names."""
    any_word = _any_word(wanted)
    some = []
    if any_word:
        found = _hits(asked(any_word), [each for each in kinds if each in {"claim", "document"}])
        some = _shown(hit for hit, _ in found.keyed(after=None, descending=False, limit=NEAR))
    return {
        "any_word": any_word,
        "some": some,
        "names": near_names(wanted.wanted, limit=NEAR),
    }


def _any_word(wanted: Asked) -> str:
    """Return what finds any of several words; blank where there is one, or it is that already.

    Of many it is the first so many that it can still be asked for.
    """
    words = [each for each in WORD.findall(wanted.wanted) if each.lower() != "or"]
    words = list(dict.fromkeys(words))[: MOST_WORDS // 2]
    while len(any_word := " or ".join(words)) > LONGEST:
        words.pop()
    return any_word if len(words) > 1 and any_word != wanted.wanted else ""


def _after(request: HttpRequest) -> list | None:
    """Return the key after which to go on; one that is not ours begins anew."""
    try:
        return json.loads(SIGNER.unsign(request.GET.get("after", "")))
    except BadSignature:
        return None
