"""The first page of the admin: what needs an editor, list by list."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from django.contrib.admin import SimpleListFilter
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template.defaultfilters import truncatechars
from django.urls import reverse

from claims import worklists
from claims.admin.claim import ClaimAdmin
from claims.admin.merging import merge_url
from claims.admin.queue import told
from claims.admin.reading import reading_url
from claims.admin.statement import StatementAdmin
from claims.likeness import (
    Duplicates,
    KnownClaims,
    KnownSources,
    duplicate_documents,
    known_claims,
    known_sources,
    same_documents,
)
from claims.models import Citation, Claim, Different, Relation, Rewording, Statement
from claims.models.choices import stance_word
from claims.positions import contradictions
from claims.rewording import counted
from claims.waiting import KINDS, waiting
from claimtracker.admin_site import Desk
from claimtracker.curated import may_edit
from claimtracker.desk import change_url, list_url
from claimtracker.desk.home import Item, Worklist
from claimtracker.edtf import in_words
from sources.admin import DocumentAdmin
from sources.models import Document, Source

# Of each list; the rest is a link away.
SHOWN = 6
# How many of the newest claims and sources are held against all others on the way to a page.
NEWEST = 10


class CitedFilter(SimpleListFilter):
    title = "citation"
    parameter_name = "cited"

    def lookups(self, request, model_admin):
        return [("no", "Without one")]

    def queryset(self, request, queryset):
        return worklists.uncited(queryset) if self.value() == "no" else queryset


class EvidenceFilter(SimpleListFilter):
    title = "evidence"
    parameter_name = "evidence"

    def lookups(self, request, model_admin):
        return [("retracted", "Retracted documents only")]

    def queryset(self, request, queryset):
        return worklists.resting_on_retracted(queryset) if self.value() == "retracted" else queryset


class UnlikelyDateFilter(SimpleListFilter):
    title = "date"
    parameter_name = "unlikely_date"

    def lookups(self, request, model_admin):
        return [("yes", "Unlikely")]

    def queryset(self, request, queryset):
        return queryset.with_unlikely_dates() if self.value() == "yes" else queryset


class RecordedTwiceFilter(SimpleListFilter):
    title = "likely duplicates"
    parameter_name = "recorded_twice"

    def lookups(self, request, model_admin):
        return [("yes", "Same address or text as another")]

    def queryset(self, request, queryset):
        if self.value() != "yes":
            return queryset
        pairs = same_documents()
        return queryset.filter(pk__in={pk for each in pairs for pk in (each.first, each.second)})


class OneSidedFilter(SimpleListFilter):
    title = "one stance only"
    parameter_name = "one_sided"

    def lookups(self, request, model_admin):
        return [("yes", f"For over {worklists.DAYS} days")]

    def queryset(self, request, queryset):
        return worklists.one_sided(queryset) if self.value() == "yes" else queryset


def waits_for_review(request) -> Worklist:
    return Worklist(
        "Waits for review",
        "What was submitted and what is proposed, the oldest first.",
        [
            Item(
                f"{each['kind']}: {truncatechars(each['name'], 120)}",
                each["address"],
                f"{naturaltime(each['since'])}{', by ' + each['who'] if each['who'] else ''}",
            )
            for each in told(waiting(request.user, limit=SHOWN))
        ],
        reverse("admin:review"),
        "The queue",
    )


def newly_contested() -> Worklist:
    return Worklist(
        "Newly contested",
        f"Claims that came to be contested within {worklists.DAYS} days.",
        [
            Item(
                short(claim),
                change_url(claim),
                f"asserted by {claim.asserts_count}, denied by {claim.denies_count}",
            )
            for claim in worklists.newly_contested(SHOWN)
        ],
        list_url(Claim, contested="yes"),
        "All that are contested",
    )


def flips() -> Worklist:
    return Worklist(
        "Turned round",
        f"Sources that took the opposite stance, recorded within {worklists.DAYS} days.",
        [
            Item(
                f"{after.source}: {short(after.claim)}",
                change_url(after),
                f"{word(before)} {in_words(before.said)}, {word(after)} {in_words(after.said)}"
                + (", in either order" if unsure else ""),
            )
            for before, after, unsure in worklists.new_flips(SHOWN)
        ],
    )


def uncited() -> Worklist:
    return Worklist(
        "Without a citation",
        "Statements that no document is cited for.",
        [_statement(statement) for statement in worklists.newest_uncited(SHOWN)],
        list_url(Statement, cited="no"),
    )


def misquoted() -> Worklist:
    return Worklist(
        "Quotes not found",
        "Quotes that do not occur in the text of their document.",
        [
            Item(
                f"“{truncatechars(citation.quote, 100)}”",
                change_url(citation.statement),
                truncatechars(f"{citation.statement.source}, in {citation.document}", 100),
            )
            for citation in worklists.misquoted(SHOWN)
        ],
    )


def moved_quotes() -> Worklist:
    return Worklist(
        "Quotes to check",
        "Quotes that still occur in the text of their document, but the words around them changed.",
        [
            Item(
                f"“{truncatechars(citation.quote, 100)}”",
                f"{reading_url(citation.document)}#citation-{citation.pk}",
                truncatechars(f"{citation.statement.source}, in {citation.document}", 100),
            )
            for citation in worklists.moved_quotes(SHOWN)
        ],
    )


def one_sided() -> Worklist:
    return Worklist(
        "One side only",
        f"Claims on which one stance only is held, first recorded over {worklists.DAYS} days ago.",
        [
            Item(
                short(claim),
                change_url(claim),
                f"asserted by {claim.asserts_count}"
                if claim.asserts_count
                else f"denied by {claim.denies_count}",
            )
            for claim in worklists.newest_one_sided(SHOWN)
        ],
        list_url(Claim, one_sided="yes"),
    )


def duplicates() -> Worklist:
    return Worklist(
        "Likely duplicates",
        "The newest claims, sources and documents that may be recorded already.",
        [
            *_pairs(Document, duplicate_documents()[:SHOWN]),
            *_pairs(Claim, _duplicates(known_claims(), _different(Claim))),
            *_pairs(Source, _duplicates(known_sources(), _different(Source))),
        ],
        list_url(Document, recorded_twice="yes"),
    )


def _different(model: type[Claim] | type[Source]) -> frozenset[tuple[int, int]]:
    return frozenset(Different.objects.pairs(model))


@lru_cache(maxsize=2)
def _duplicates(
    known: KnownClaims | KnownSources, different: frozenset[tuple[int, int]]
) -> list[Duplicates]:
    """Return what is found once for what is known: it is another as soon as a row changes."""
    return known.duplicates(different=different, newest=NEWEST)[:SHOWN]


def _pairs(model: type[Claim | Source | Document], found: list[Duplicates]) -> Iterable[Item]:
    keys = {pk for pair in found for pk in (pair.first, pair.second)}
    rows = model.objects.defer(*(["text"] if model is Document else [])).in_bulk(keys)
    for pair in found:
        older, newer = rows.get(pair.first), rows.get(pair.second)
        if older and newer:
            if pair.only_negation_differs:
                yield Item(short(newer), change_url(newer), f"the opposite of “{short(older)}”")
            else:
                yield Item(short(newer), merge_url(newer, older), f"like “{short(older)}”")


def retracted() -> Worklist:
    return Worklist(
        "Rests on retracted documents only",
        "Statements whose documents were all retracted by their publishers.",
        [_statement(each) for each in worklists.newest_resting_on_retracted(SHOWN)],
        list_url(Statement, evidence="retracted"),
        "See all",
    )


def unlikely_dates() -> Worklist:
    items = []
    for row in worklists.newest_of_unlikely_dates(SHOWN):
        if isinstance(row, Statement):
            items.append(_statement(row))
        else:
            read = f", retrieved {row.retrieved}" if row.retrieved else ""
            items.append(Item(short(row), change_url(row), f"published {row.published}{read}"))
    return Worklist(
        "Unlikely dates",
        "Statements made after every document that cites them was published, documents retrieved "
        "before they were published, and dates in the future.",
        items,
        list_url(Statement, unlikely_date="yes"),
        "See all statements",
    )


def self_contradicting() -> Worklist:
    slugs = contradictions.claims_that_reach_their_negation(contradictions.all_relations())
    rows = Claim.objects.filter(slug__in=slugs).order_by("slug")[:SHOWN]
    return Worklist(
        "Contradicts itself",
        "Claims from which, by their relations, the opposite follows.",
        [Item(short(claim), change_url(claim)) for claim in rows],
        list_url(Claim, reaches_its_negation="yes"),
    )


def crossing_relations() -> Worklist:
    rows = Relation.objects.that_cross().select_related("from_claim", "to_claim")
    return Worklist(
        "Relations that nothing follows from",
        "Relations between different kinds of claims. Delete them, or fix the kind of a claim.",
        [
            Item(
                f"{short(one.from_claim)} {one.kind} {short(one.to_claim)}",
                change_url(one),
                f"{one.from_claim.get_kind_display()}, {one.to_claim.get_kind_display()}",
            )
            for one in rows.order_by("-pk")[:SHOWN]
        ],
    )


def reworded() -> Worklist:
    rows = Rewording.objects.unchecked().select_related("claim").order_by("pk")
    return Worklist(
        "Reworded claims",
        "Claims whose text came to say something else while statements stood on them. Check those.",
        [
            Item(
                f"{truncatechars(one.before, 120)} → {truncatechars(one.after, 120)}",
                change_url(one.claim),
                f"{one.at:%-d %B %Y}, {counted(one.statements, 'statement')}, "
                f"{one.reversed or 'none'} reversed",
            )
            for one in rows[:SHOWN]
        ],
    )


def _statement(statement: Statement) -> Item:
    return Item(
        f"{statement.source} {word(statement)}: {short(statement.claim)}",
        change_url(statement),
        ", ".join(
            filter(
                None, [in_words(statement.said) or "undated", statement.get_review_state_display()]
            )
        ),
    )


def word(statement: Statement) -> str:
    return stance_word(statement.claim.kind, statement.stance)


def short(row) -> str:
    return truncatechars(str(row), 120)


def _for_those_who_see(model: type, worklist: Callable[[], Worklist]):
    """Return the list for those who may look at such rows, nothing for others."""
    right = f"{model._meta.app_label}.view_{model._meta.model_name}"
    return lambda request: worklist() if request.user.has_perm(right) else None


def _for_those_who_edit(request) -> Worklist | None:
    may = any(may_edit(request.user, model) for model in KINDS)
    return waits_for_review(request) if may else None


ClaimAdmin.list_filter = [*ClaimAdmin.list_filter, OneSidedFilter]
DocumentAdmin.list_filter = [
    *DocumentAdmin.list_filter,
    RecordedTwiceFilter,
    UnlikelyDateFilter,
]
StatementAdmin.list_filter = [
    *StatementAdmin.list_filter,
    CitedFilter,
    EvidenceFilter,
    UnlikelyDateFilter,
]
Desk.worklists += [
    _for_those_who_edit,
    _for_those_who_see(Claim, newly_contested),
    _for_those_who_see(Statement, flips),
    _for_those_who_see(Statement, uncited),
    _for_those_who_see(Citation, misquoted),
    _for_those_who_see(Citation, moved_quotes),
    _for_those_who_see(Statement, retracted),
    _for_those_who_see(Statement, unlikely_dates),
    _for_those_who_see(Claim, one_sided),
    _for_those_who_see(Claim, duplicates),
    _for_those_who_see(Claim, self_contradicting),
    _for_those_who_see(Relation, crossing_relations),
    _for_those_who_see(Claim, reworded),
]
