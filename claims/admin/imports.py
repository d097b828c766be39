"""The list of what was imported, and the page on which an import is undone."""

from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from claims.exchange import undoing
from claims.exchange.format import ALL
from claims.models import Import, Proposal
from claimtracker.desk import DeskAdmin, change_url
from claimtracker.desk.reasons import ReasonForm
from claimtracker.desk.refusals import refusals
from claimtracker.history import names_of

SHOWN = 20  # rows of each kind


def undo_url(done: Import) -> str:
    """Return the address of the page on which an import is undone."""
    return reverse("admin:claims_import_undo", args=[done.pk])


def lead(request, done):
    """Lead from the page of an import to the one on which it is undone."""
    if done.undone_at or not undoing.may_undo(request.user):
        return ""
    return render_to_string("admin/import/lead.html", {"undo_url": undo_url(done)})


class UndoneFilter(admin.SimpleListFilter):
    title = "undone"
    parameter_name = "undone"

    def lookups(self, request, model_admin):
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request, queryset):
        if self.value() not in {"no", "yes"}:
            return queryset
        return queryset.filter(undone_at__isnull=self.value() == "no")


@admin.register(Import)
class ImportAdmin(DeskAdmin):
    """What was imported: to be looked at, and undone on a page of its own."""

    list_display = ["imported_at", "name", "who", "brought", "undone_at"]
    list_display_links = ["name"]
    list_filter = [UndoneFilter]
    label_related = ["user", "undone_by"]
    list_per_page = 50
    ordering = ["-imported_at", "-pk"]
    fields = [
        *("name", "who", "imported_at", "brought"),
        *("undone_by", "undone_at", "undone_because"),
    ]
    readonly_fields = ["who", "brought"]
    leads = [lead]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def may_publish(self, request):
        return False

    @admin.display(description="by", ordering="user__username")
    def who(self, done):
        if done.user is None:
            return "the command line"
        return done.user.get_full_name() or done.user.get_username()

    @admin.display(description="what it brought")
    def brought(self, done):
        return brought(done)


def brought(done: Import) -> str:
    """Return how many rows of each kind an import brought: "claims: 3 new, 1 changed"."""
    told = []
    words = {"new": "new", "changed": "changed", "proposed": "waiting for review"}
    for name in (file.name for file in ALL):
        counts = done.counts.get(name, {})
        parts = [f"{counts[key]:,} {word}" for key, word in words.items() if counts.get(key)]
        if parts:
            told.append(f"{name}: {', '.join(parts)}")
    return "; ".join(told)


def named(model, count) -> str:
    """Return what rows of a model are called where there are so many."""
    if model is undoing.FILED:
        return "topic of a claim" if count == 1 else "topics of claims"
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)


def undo_page(desk, request, done):
    """Show what undoing an import would do, ask why, and do it."""
    may_undo = undoing.may_undo(request.user)
    form, problems = ReasonForm(), []
    if request.method == "POST":
        if not may_undo:
            raise PermissionDenied
        form = ReasonForm(request.POST)
        if form.is_valid():
            problems = refusals(
                partial(undoing.undo, done=done, user=request.user, **form.cleaned_data)
            )
            if not problems:
                messages.success(
                    request, f"The import of {done.name} is undone. All is as it was before it."
                )
                return HttpResponseRedirect(change_url(done))
            done.refresh_from_db()
    plan = undoing.undoing(done)
    return TemplateResponse(
        request,
        "admin/import/undo.html",
        {
            **desk.admin_site.each_context(request),
            "title": "Undo an import",
            "opts": desk.opts,
            "done": done,
            "who": desk.who(done),
            "brought": brought(done),
            "may_undo": may_undo,
            "plan": plan,
            "sections": list(sections(plan)),
            "problems": problems or plan.problems,
            "form": form,
        },
    )


# What becomes of one row, and of several.
DELETED = ("is deleted", "are deleted")
SET_BACK = ("says again what it said", "say again what they said")
COMES_BACK = ("comes back", "come back")
REFUSED = ("that waits is refused", "that wait are refused")


def sections(plan: undoing.Undoing):
    """Yield what an undoing would do: a heading, the names of the first rows, how many more."""
    for deed, by_model in [(DELETED, plan.remove), (SET_BACK, plan.set_back)]:
        for model in undoing.ORDER:
            keys = list(by_model.get(model, ()))
            if keys:
                shown = names_of((model, key) for key in keys[:SHOWN])
                yield {
                    "heading": heading(len(keys), named(model, len(keys)), deed),
                    "rows": list(shown.values()),
                    "more": len(keys) - len(shown),
                }
    again = len(plan.made_again)
    if again:
        kind = named(type(plan.made_again[0]), again)
        yield {"heading": heading(again, kind, COMES_BACK)}
    waiting = len(plan.proposals)
    if waiting:
        yield {"heading": heading(waiting, named(Proposal, waiting), REFUSED)}


def heading(count: int, kind: str, deed: tuple[str, str]) -> str:
    return f"{count:,} {kind} {deed[count != 1]}"


ImportAdmin.pages = [("undo/", "undo", undo_page)]
