"""What is shown besides the forms: the sides of a claim, what a source said, what was read."""

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.template.loader import render_to_string

from claims.admin.claim import ClaimAdmin
from claims.models import Citation, Claim, Stance, Statement
from claims.positions.chains import chained
from claimtracker.curated import ReviewState
from claimtracker.desk import SHOWN, add_url, list_url
from sources.admin import DocumentAdmin, SourceAdmin

# Of one statement; a readout that everybody carried has more.
CITATIONS_SHOWN = 20


def sides(request, claim) -> str:
    """Show who asserts a claim and who denies it next to each other, the latest first."""
    held = Claim.objects.with_tally().get(pk=claim.pk)
    by_stance = dict(
        claim.statements.order_by().values_list("stance").annotate(Count("pk")).order_by()
    )
    columns = [
        _column(claim, "Asserts", [Stance.ASSERTS], held.asserts_count, by_stance),
        _column(claim, "Denies", [Stance.DENIES], held.denies_count, by_stance),
        _column(
            claim, "Other", sorted(set(Stance.values) - {"asserts", "denies"}), None, by_stance
        ),
    ]
    shown = [statement for column in columns for statement in column["statements"]]
    with_citations(shown)
    holding = claim.statements.that_hold().filter(pk__in=[statement.pk for statement in shown])
    decide = set(holding.values_list("pk", flat=True))
    for statement in shown:
        statement.decides = statement.pk in decide
    return render_to_string(
        "admin/panels/sides.html",
        {
            "columns": columns,
            "add": {
                stance: add_url(Statement, claim=claim.pk, stance=stance)
                for stance in ("asserts", "denies")
            },
            "add_other": add_url(Statement, claim=claim.pk),
            "may_add": request.user.has_perm("claims.add_statement"),
        },
    )


def _column(claim, title, stances, holders, by_stance):
    rows = claim.statements.filter(stance__in=stances).in_order().reverse()
    found = sum(by_stance.get(stance, 0) for stance in stances)
    return {
        "title": title,
        "stance": stances[0] if len(stances) == 1 else "",
        "holders": holders,
        "statements": list(rows.select_related("source")[:SHOWN]) if found else [],
        "found": found,
        "left_out": max(found - SHOWN, 0),
        "all": list_url(Statement, claim__id__exact=claim.pk, stance__in=",".join(stances)),
    }


def with_citations(statements) -> None:
    """Load the citations of these statements, each with the chain of those that passed it on."""
    citations = Citation.objects.select_related("document__publisher").order_by("pk")
    prefetch_related_objects(
        statements,
        # One more than is shown tells that there are more.
        Prefetch("citations", citations[: CITATIONS_SHOWN + 1], to_attr="cited"),
    )
    for statement in statements:
        statement.more_cited = len(statement.cited) > CITATIONS_SHOWN
        statement.read_in = chained(statement.cited[:CITATIONS_SHOWN], shown=lambda _: True)


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
            ).order_by("-pk")[:SHOWN],
            "found": found,
            "left_out": max(found - SHOWN, 0),
            "all": list_url(Citation, document__id__exact=document.pk),
            "add": add_url(Statement, document=document.pk),
            "may_add": request.user.has_perm("claims.add_statement"),
        },
    )


def statements_of(sources) -> int:
    """Return how many statements are public only as long as these sources are."""
    return Statement.objects.filter(source__in=sources, review_state=ReviewState.PUBLISHED).count()


ClaimAdmin.panels.append(sides)
SourceAdmin.panels.append(what_it_said)
SourceAdmin.retires.append(statements_of)
DocumentAdmin.panels.append(what_was_read)
