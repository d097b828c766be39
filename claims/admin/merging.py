"""The pages on which two rows are merged, told apart, or a merge is undone."""

from collections.abc import Iterable
from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst

from claims import merging
from claims.admin.claim import ClaimAdmin
from claims.likeness import known_claims, known_sources
from claims.merging import MERGEABLE, Contradiction, Dropped, Plan
from claims.models import Claim, Different, Merge
from claims.models.choices import stance_word
from claimtracker.admin_site import label
from claimtracker.curated import may_publish
from claimtracker.desk import SHOWN, DeskAdmin, change_url, is_an_id, list_url
from claimtracker.desk.forms import KnowingAutocomplete, LabelledChoiceField
from claimtracker.desk.limits import SaysLimits
from claimtracker.desk.reasons import ReasonForm
from claimtracker.desk.refusals import refusals
from claimtracker.edtf import in_words
from sources.admin import DocumentAdmin, SourceAdmin
from sources.models import Document, Source

SUGGESTED = 8


def merge_url(loser, survivor=None) -> str:
    """Return the address of the page on which a row is merged into another, or one is chosen."""
    opts = loser._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_merge", args=[loser.pk])
    return f"{address}?{urlencode({'into': survivor.pk})}" if survivor else address


# The page of a merge ------------------------------------------------------------------------------


class MergeForm(ReasonForm):
    """Asks why two are the same; and where a source contradicts itself then, whether it does."""

    contradicts = forms.BooleanField(required=False)


class DifferentForm(SaysLimits):
    """Asks how two that look alike are told apart."""

    note = forms.CharField(max_length=500, required=False)


def merge_page(desk, request, row):
    """Show what merging a row into another would do, ask why, and do it; or tell the two apart."""
    survivor = _survivor(desk, request, row)
    may_merge = may_publish(request.user, desk.model)
    form, different, problems = MergeForm(), DifferentForm(), []
    if request.method == "POST" and not may_merge:
        raise PermissionDenied
    if request.method == "POST" and survivor:
        if "different" in request.POST:
            sent = different = DifferentForm(request.POST)
            deed = partial(merging.tell_apart, one=row, other=survivor)
            done, there = "They are known to be different.", row
        else:
            sent = form = MergeForm(request.POST)
            seen = request.POST.get("seen", "")
            deed = partial(merging.merge, loser=row, survivor=survivor, seen=seen)
            done, there = f"“{row}” is merged into this {row._meta.verbose_name}.", survivor
        if sent.is_valid():
            problems = refusals(partial(deed, user=request.user, **sent.cleaned_data))
            if not problems:
                messages.success(request, done)
                return HttpResponseRedirect(change_url(there))
    if survivor:
        # Read before what is shown, so that it vouches for nothing that came later.
        row.refresh_from_db(fields=["version"])
        survivor.refresh_from_db(fields=["version"])
    chosen = survivor and {
        "survivor": survivor,
        "seen": merging.stamp_of_pair(row, survivor),
        "plan": (plan := merging.preview(loser=row, survivor=survivor)),
        "moves": _moves(plan),
        "dropped": list(_dropped(plan.dropped[:SHOWN])),
        "contradictions": list(_contradictions(plan, plan.contradictions[:SHOWN])),
        "retired": plan.retired[:SHOWN],
        "shown": SHOWN,
        "other_way": merge_url(survivor, row),
        "known_to_differ": _are_different(row, survivor),
    }
    return TemplateResponse(
        request,
        "admin/merging/merge.html",
        {
            **desk.admin_site.each_context(request),
            "title": f"Merge into another {row._meta.verbose_name}",
            "opts": desk.opts,
            "row": row,
            "may_merge": may_merge,
            "problems": problems,
            "form": form,
            "different": different,
            "choose": None if survivor else _choose(desk, request),
            "suggested": [] if survivor else suggested(row),
            **(chosen or {}),
        },
    )


def _survivor(desk, request, row):
    """Return the other row that the address names, None where it names none."""
    into = request.GET.get("into", "")
    if not is_an_id(into):
        return None
    return desk.model._default_manager.defer(*desk.heavy).filter(pk=into).first()


def _choose(desk, request):
    """Return the field in which the other row is looked for."""
    field = desk.model._meta.get_field("merged_into")

    class Choose(forms.Form):
        into = LabelledChoiceField(
            label=f"The {desk.opts.verbose_name} that stays",
            queryset=desk.model._default_manager.all(),
            widget=KnowingAutocomplete(field, desk.admin_site),
        )

    return Choose(request.GET if request.GET.get("into") else None)


def suggested(row):
    """Return the rows that may be the same as one, the likest first, but for those that are not."""
    model = type(row)
    different = {pk for pair in Different.objects.pairs(model) if row.pk in pair for pk in pair} | {
        row.pk
    }
    if isinstance(row, Document):
        same = Q()
        for name in ("url", "archived_url", "sha256"):
            if value := getattr(row, name):
                same |= Q(**{name: value})
        for name, key in (("url_key", row.url_key), ("text_key", row.text_key)):
            if key:
                same |= Q(**{name: key})
        if row.title:
            same |= Q(title__iexact=row.title)
        rows = Document.objects.filter(same, merged_into=None) if same else Document.objects.none()
        return rows.exclude(pk__in=different).order_by("pk").defer("text")[:SUGGESTED]
    if isinstance(row, Claim):
        near = known_claims().near(row.text, kind=row.kind, besides=different)
    else:
        near = known_sources().near(row.name, besides=different)
    keys = [each.pk for each in near[:SUGGESTED]]
    found = model.objects.in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _are_different(row, other) -> bool:
    either_way = {(row.pk, other.pk), (other.pk, row.pk)}
    return not either_way.isdisjoint(Different.objects.pairs(type(row)))


def _moves(plan: Plan):
    """Return, in words, how many rows of which kind move, each with where they are listed."""
    for reference, count in plan.moves.items():
        opts = reference.model._meta
        field = opts.get_field(reference.field)
        if reference.model is type(plan.loser):
            name = f"{opts.verbose_name_plural} merged into it before"
        elif opts.auto_created:
            name = "topics"
        else:
            name = str(opts.verbose_name_plural if count > 1 else opts.verbose_name)
            if field.verbose_name != plan.loser._meta.verbose_name:
                name = f"{name} ({field.verbose_name})"
        listed = not opts.auto_created and reference.field != "merged_into"
        yield {
            "count": count,
            "name": name,
            "url": list_url(reference.model, **{f"{field.name}__id__exact": plan.loser.pk})
            if listed
            else "",
        }


def _dropped(dropped: Iterable[Dropped]):
    for each in dropped:
        opts = each.row._meta
        kind, name = opts.verbose_name, str(each.row)
        if opts.auto_created:
            kind, name = "topic", str(each.row.topic)
        yield {"kind": capfirst(kind), "name": name, "why": each.why}


def _contradictions(plan: Plan, found: Iterable[Contradiction]):
    """Return in words where a source would contradict itself."""
    for each in found:
        claim = each.about if isinstance(each.about, Claim) else plan.survivor
        word = partial(stance_word, claim.kind)
        held = [word(s) if s else "no position" for s in (each.loser, each.survivor, each.merged)]
        yield {
            "about": each.about,
            "loser": held[0],
            "survivor": held[1],
            "merged": held[2] + (", or the other" if each.order_uncertain else ""),
            "turns": [
                f"{word(turn.before)} {in_words(turn.before_said)}, "
                f"{word(turn.after)} {in_words(turn.after_said)}"
                + (", in either order" if turn.order_uncertain else "")
                for turn in each.turns
            ],
        }


# From where one comes to it -----------------------------------------------------------------------


@admin.action(description="Merge the two selected…", permissions=["publish"])
def merge_selected(desk, request, queryset):
    rows = list(queryset.order_by("pk")[:3])
    if len(rows) != 2:
        desk.message_user(request, "Tick two rows to merge.", messages.ERROR)
        return None
    # What readers see stays, else what was there first; the page offers the other way round.
    survivor, loser = sorted(rows, key=lambda row: (not row.is_public, row.pk))
    return HttpResponseRedirect(merge_url(loser, survivor))


def lead(request, row):
    """Say on the page of a merged row where it went, and lead from others to their merging."""
    context = {"row": row, "opts": row._meta, "merge_url": merge_url(row)}
    if row.merged_into_id:
        of_it = Merge.objects.filter(
            target_type=ContentType.objects.get_for_model(row), loser_id=row.pk, undone_at=None
        )
        context["merge"] = of_it.select_related("user").first()
    elif not may_publish(request.user, type(row)):
        return ""
    return render_to_string("admin/merging/lead.html", context)


for model_admin in (ClaimAdmin, SourceAdmin, DocumentAdmin):
    model_admin.actions = [*model_admin.actions, merge_selected]
    model_admin.pages = [*model_admin.pages, ("merge/", "merge", merge_page)]
    model_admin.leads = [*model_admin.leads, lead]


# What was merged, and what was told apart ---------------------------------------------------------


class PairAdmin(DeskAdmin):
    """Pairs of rows: to be looked at; they are made on the page of a merge."""

    list_per_page = 50
    ends: tuple[str, str]

    def get_queryset(self, request):
        rows = [Claim.objects.all(), Source.objects.all(), Document.objects.defer("text")]
        prefetch = [GenericPrefetch(end, rows) for end in self.ends]
        return super().get_queryset(request).prefetch_related(*prefetch)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def may_publish(self, request):
        return any(may_publish(request.user, model) for model in MERGEABLE)

    @admin.display(description="kind")
    def kind(self, pair):
        return pair.target_type.model_class()._meta.verbose_name

    def _link(self, row):
        if row is None:
            return "one that was deleted"
        return format_html('<a href="{}">{}</a>', change_url(row), label(self.admin_site, row))


@admin.register(Merge)
class MergeAdmin(PairAdmin):
    ends = ("loser", "survivor")
    list_display = ["merged_at", "kind", "merged", "into", "user", "reason", "undone_at"]
    list_display_links = ["merged_at"]
    list_filter = ["target_type", ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "target_type"]
    fields = [
        *("kind", "merged", "into", "user", "merged_at", "reason"),
        *("undone_by", "undone_at", "undone_because"),
    ]
    readonly_fields = ["kind", "merged", "into"]

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="merged")
    def merged(self, merge):
        return self._link(merge.loser)

    @admin.display(description="into")
    def into(self, merge):
        return self._link(merge.survivor)


@admin.register(Different)
class DifferentAdmin(PairAdmin):
    ends = ("first", "second")
    list_display = ["created_at", "kind", "one", "other", "user", "note"]
    list_display_links = ["created_at"]
    list_filter = ["target_type"]
    list_select_related = ["user", "target_type"]
    fields = ["kind", "one", "other", "user", "created_at", "note"]
    readonly_fields = ["kind", "one", "other", "created_at"]

    @admin.display(description="one")
    def one(self, pair):
        return self._link(pair.first)

    @admin.display(description="is not")
    def other(self, pair):
        return self._link(pair.second)


def undo_page(desk, request, merge):
    """Show what undoing a merge would bring back, ask why, and do it."""
    may_undo = may_publish(request.user, merge.target_type.model_class())
    form, problems = ReasonForm(), []
    if request.method == "POST":
        if not may_undo:
            raise PermissionDenied
        form = ReasonForm(request.POST)
        if form.is_valid():
            seen = request.POST.get("seen", "")
            deed = partial(merging.undo, merge=merge, user=request.user, seen=seen)
            problems = refusals(partial(deed, **form.cleaned_data))
            if not problems:
                messages.success(request, "The merge is undone: all is as it was before.")
                return HttpResponseRedirect(change_url(merge.loser))
    seen = merging.stamp_of_merged(merge)
    plan = merging.undoing(merge)
    back = {}
    for (model, _), keys in plan.set_back.items():
        back[model] = back.get(model, 0) + len(keys)
    return TemplateResponse(
        request,
        "admin/merging/undo.html",
        {
            **desk.admin_site.each_context(request),
            "title": "Undo a merge",
            "opts": desk.opts,
            "merge": merge,
            "may_undo": may_undo,
            "seen": seen,
            "plan": plan,
            "back": [
                {"count": count, "name": _named(model, count)} for model, count in back.items()
            ],
            "made_again": [
                {"kind": capfirst(row._meta.verbose_name), "name": str(row)}
                for row in plan.made_again
            ],
            "problems": problems or plan.problems,
            "form": form,
        },
    )


def _named(model, count) -> str:
    opts = model._meta
    if opts.auto_created:
        return "topic" if count == 1 else "topics"
    return str(opts.verbose_name if count == 1 else opts.verbose_name_plural)


MergeAdmin.pages = [("undo/", "undo", undo_page)]
