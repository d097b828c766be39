"""The page of a claim: who asserts it, who denies it, since when, on what evidence."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims.models import Claim
from claims.pages import naming
from claims.pages.citing import Citing
from claims.pages.reading import clocks_asked, gone, public_page, query_of
from claims.pages.timeline import of_claim
from claims.positions import about, answers, lists
from claims.positions.clocks import Clocks

Row = dict[str, Any]
# So many of a side are shown with their quotes; of the others a line each.
AT_LENGTH = 25


@public_page
def claim(request: HttpRequest, slug: str) -> HttpResponse:
    """Show both sides of a claim, as of the clocks."""
    form, clocks = clocks_asked(request)
    told = about.claim_then(slug, clocks)
    answer = told and answers.claim_positions(slug, clocks, derived=True, roll_up=True)
    if not told or not answer:
        return gone(request, Claim, slug, clocks)
    events = (lists.claim_timeline(slug, clocks) or {"events": []})["events"]
    events = [event | {"kind": told["kind"]} for event in events]
    unsure = _unsure(slug, clocks)
    begun = {(each["source"], each["stance"], each["said"]): each["statement"] for each in events}
    direct = [
        # The last of them: an earlier run may have begun on the same day.
        one | {"since_statement": begun.get((one["source"], one["stance"], one["since"]))}
        for one in answer["positions"]
        if not one["derived"]
    ]
    citations = [each for one in direct for each in one["statement"]["citations"]]
    proofs = {step["claim"] for one in answer["positions"] for step in one["because"]}
    context = {
        "claim": told,
        "form": form,
        "clocks": answer["clocks"],
        "has_clock": any(answer["clocks"].values()),
        "answer": answer,
        "sides": [
            {"stance": stance, "held": [one for one in direct if one["stance"] == stance]}
            for stance in ("asserts", "denies")
        ],
        "at_length": AT_LENGTH,
        "bodies": [body for body in answer["bodies"] if not _stands_alone(body)],
        "alone": sum(map(_stands_alone, answer["bodies"])),
        "derived": [
            one | {"proofs": _proofs(one["because"])}
            for one in answer["positions"]
            if one["derived"]
        ],
        "events": events,
        "unsure": unsure,
        "timeline": of_claim(events, unsure),
        "names": naming.sources(_named(answer, citations), clocks),
        "titles": naming.titles(citations, clocks),
        "claims": lists.claims_by_slug(sorted(proofs), clocks),
        "query": query_of(request),
        "canonical": request.build_absolute_uri(request.path),
        "citing": Citing.of(request, slug, told["text"], clocks),
    }
    return render(request, "pages/claim.html", context)


def _unsure(slug: str, clocks: Clocks) -> set[str]:
    """Return the statements with which a source turned round, or before which."""
    turned = lists.flips(clocks, claim=slug).page(limit=None)
    return {flip["to"]["slug"] for flip in turned if flip["order_uncertain"]}


def _proofs(because: list[Row]) -> list[list[Row]]:
    """Return the steps of each proof: it ends with a statement."""
    proofs: list[list[Row]] = [[]]
    for step in because:
        proofs[-1].append(step)
        if step["statement"]:
            proofs.append([])
    return [proof for proof in proofs if proof]


def _stands_alone(body: Row) -> bool:
    """Return whether a source spoke for no other, and no other for it."""
    return [one["source"] for one in body["members"]] == [body["body"]]


def _named(answer: Row, citations: list[Row]) -> set[str]:
    """Return the slugs of the sources that bodies and citations name."""
    members = (one["path"] for body in answer["bodies"] for one in body["members"])
    return {source for path in members for source in path} | {
        each["publisher"] for each in citations if each["publisher"]
    }
