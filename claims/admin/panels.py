"""What is shown besides the forms: the sides of a claim, what a source said, what was read."""

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.http import urlencode

from claims.admin.claim import ClaimAdmin
from claims.models import Citation, Claim, Relation, Rewording, Stance, Statement
from claims.models.choices import stance_word
from claims.positions.consequences import consequences
from claims.positions.desk import sides_at_the_desk
from claims.positions.ledger import HELD
from claims.positions.readers import drafts_seen_by
from claimtracker.curated import may_publish
from claimtracker.desk import SHOWN, add_url, list_url
from sources.admin import DocumentAdmin, SourceAdmin

# What a statement of a side is called, where another is to be added.
NOUNS = {
    "asserts": "an assertion",
    "denies": "a denial",
    "calls for": "a call for it",
    "rejects": "a rejection",
    "agrees": "an agreement",
    "disputes": "a dispute",
    "other": "a statement",
}
# Of one statement; a readout that everybody carried has more.
CITATIONS_SHOWN = 20


def sides(request, claim) -> str:
    """Show who asserts a claim and who denies it next to each other, the latest first."""
    found = sides_at_the_desk(
        claim.pk,
        drafts=drafts_seen_by(request.user),
        statements=SHOWN,
        citations=CITATIONS_SHOWN,
    )
    for side in found:
        for said in side.said:
            said.statement.claim = claim
    return render_to_string(
        "admin/panels/sides.html",
        {
            "columns": [_column(claim, side) for side in found],
            "may_add": request.user.has_perm("claims.add_statement"),
            "may_change": request.user.has_perm("claims.change_statement"),
        },
    )


def _column(claim, side):
    neither = side.name == "other"
    stances = sorted(set(Stance.values) - {*HELD}) if neither else [side.name]
    name = stance_word(claim.kind, side.name)
    return {
        "side": side,
        "name": name,
        "add_words": f"Add {NOUNS[name]}",
        "add": add_url(Statement, claim=claim.pk, **({} if neither else {"stance": side.name})),
        "left_out": max(side.found - SHOWN, 0),
        "all": list_url(Statement, claim__id__exact=claim.pk, stance__in=",".join(stances)),
    }


def what_follows(request, claim) -> str:
    """Show the claims that a claim is related to, and the positions that follow from them."""
    found = Relation.objects.filter(Q(from_claim=claim) | Q(to_claim=claim)).count()
    shown = consequences(claim, limit=SHOWN)
    return render_to_string(
        "admin/panels/consequences.html",
        {
            "claim": claim,
            "related": shown.related,
            "found": found,
            "left_out": max(found - SHOWN, 0),
            "all": f"{list_url(Relation)}?{urlencode({'q': claim.slug})}",
            "opposites": shown.opposites,
            "inconsistent": shown.inconsistent[:SHOWN],
            "derived": shown.derived[:SHOWN],
            "derived_left_out": max(len(shown.derived) - SHOWN, 0),
        },
    )


def what_was_reworded(request, claim) -> str:
    """Show how a claim was reworded, until an editor checked its statements."""
    rewordings = list(Rewording.objects.unchecked().filter(claim=claim).order_by("-pk")[:SHOWN])
    if not rewordings:
        return ""
    return render_to_string(
        "admin/panels/reworded.html",
        {"rewordings": rewordings, "may_check": may_publish(request.user, Claim)},
    )


def what_it_said(request, source) -> str:
    """Show what a source said, the newest record first."""
    rows = Statement.objects.filter(source=source)
    found = rows.count()
    return render_to_string(
        "admin/panels/said.html",
        {
            "statements": rows.select_related("claim").order_by("-pk")[:SHOWN],
            "found": found,
            "left_out": max(found - SHOWN, 0),
            "all": list_url(Statement, source__id__exact=source.pk),
            "add": add_url(Statement, source=source.pk),
            "may_add": request.user.has_perm("claims.add_statement"),
        },
    )


def what_was_read(request, document) -> str:
    """Show what was read in a document."""
    rows = Citation.objects.filter(document=document)
    found = rows.count()
    return render_to_string(
        "admin/panels/read.html",
        {
            "citations": rows.select_related(
                "statement__source", "statement__claim", "via__document__publisher"
            )
            .defer("via__document__text")
            .with_misquotes()
            .order_by("-pk")[:SHOWN],
            "found": found,
            "left_out": max(found - SHOWN, 0),
            "all": list_url(Citation, document__id__exact=document.pk),
            "add": add_url(Statement, document=document.pk),
            "may_add": request.user.has_perm("claims.add_statement"),
        },
    )


ClaimAdmin.panels += [what_was_reworded, sides, what_follows]
SourceAdmin.panels.append(what_it_said)
DocumentAdmin.panels.append(what_was_read)
