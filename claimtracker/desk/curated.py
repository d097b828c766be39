"""The page of what editors review: drafts, what waits, what readers see."""

import pghistory
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import (
    connection,
)
from django.template.defaultfilters import truncatechars
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join

from claimtracker.curated import Mergeable, ReviewState
from claimtracker.desk.admin import DeskAdmin
from claimtracker.desk.inlines import SHOWN
from claimtracker.desk.lists import CappedList
from claimtracker.desk.newer import is_removed
from claimtracker.desk.reasons import ReasonForm
from claimtracker.review import (
    OWN_WORDS,
    TRANSITIONS,
    check_own_words,
    open_to,
    own_words,
    submissions,
)
from claimtracker.stamps import stamps


class StampedList(CappedList):
    """A list that knows of what is not published yet also what belongs to it, as it is now."""

    def get_results(self, request):
        super().get_results(request)
        if not self.model_admin.may_publish(request):
            return
        self.result_list = list(self.result_list)
        drafts = [row for row in self.result_list if row.review_state != ReviewState.PUBLISHED]
        for row, stamp in zip(drafts, stamps(drafts).values(), strict=True):
            row.stamp = stamp


CHANGED_SINCE = "“{}” was changed since this list was made: look at it first."
PART_CHANGED_SINCE = (
    "Something that belongs to “{}” was changed since this list was made: look at it first."
)


class CuratedAdmin(DeskAdmin):
    """The page of what editors review: sources, documents, claims and statements."""

    actions = ["publish_selected", "retire_selected"]
    # Functions of (rows) that return in a sentence what happens besides when they retire.
    consequences = ()

    @property
    def instead_of_deleting(self):
        merged = (
            ", or merge it into the one that stays" if issubclass(self.model, Mergeable) else ""
        )
        return f"Retire it instead{merged}: readers no longer see it, and what refers to it stays."

    def label(self, row):
        about = ", ".join(filter(None, [*self.about(row), self.unpublished(row)]))
        return f"{truncatechars(str(row), 160)} ({about})" if about else truncatechars(row, 160)

    def about(self, row) -> list[str]:
        """Return what tells a row from its look-alikes."""
        return []

    def unpublished(self, row):
        published = row.review_state == ReviewState.PUBLISHED
        return "" if published else row.get_review_state_display()

    def action_checkbox(self, row):
        """Return the box that ticks a row, with the version and the stamp it has in the list."""
        seen = format_html(
            '<input type="hidden" name="version-{}" value="{}">', row.pk, row.version
        )
        if stamp := getattr(row, "stamp", None):
            seen += format_html('<input type="hidden" name="seen-{}" value="{}">', row.pk, stamp)
        return super().action_checkbox(row) + seen

    @admin.display(description="review", ordering="review_state")
    def state(self, row):
        return render_to_string("admin/review_badge.html", {"row": row})

    def get_changelist(self, request, **kwargs):
        return StampedList

    # Steps of review

    def asked_step(self, request):
        asked = (step for step in TRANSITIONS.values() if f"_{step.name}" in request.POST)
        return next(asked, None)

    def follows_from_retiring(self, rows) -> list[str]:
        """Return in sentences what happens besides when rows retire."""
        return [sentence for told in self.consequences if (sentence := told(rows))]

    def save_model(self, request, obj, form, change):
        follows = []
        if form.step and form.step.to == ReviewState.RETIRED:
            follows = self.follows_from_retiring(self.model.objects.filter(pk=obj.pk))
        super().save_model(request, obj, form, change)
        for sentence in follows:
            self.message_user(request, sentence, messages.WARNING)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.step and form.step.to == ReviewState.PUBLISHED:
            check_own_words(row=form.instance, user=request.user)
        if form.step:
            self.message_user(request, form.step.done, messages.SUCCESS)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        row = obj or self.model()
        if form_stood := context["adminform"].form.stood:
            # A form that is shown again has already written into the row.
            row.review_state = form_stood
        shown = not (context.get("is_popup") or is_removed(row))
        # Who records a row, or changed it last, leaves it to another to publish.
        is_own = settings.SECOND_PAIR_OF_EYES and (
            obj is None or bool(own_words(rows=[row], user=request.user))
        )
        steps = open_to(request.user, row) if shown else []
        context["steps"] = [
            step
            for step in steps
            # What is not there yet need not go.
            if (obj is not None or step.to != ReviewState.RETIRED)
            and not (is_own and step.to == ReviewState.PUBLISHED)
        ]
        publishes = any(step.to == ReviewState.PUBLISHED for step in steps)
        context["others_publish"] = OWN_WORDS if is_own and publishes else ""
        if obj is not None and obj.review_state == ReviewState.IN_REVIEW:
            context["submission"] = submissions([obj]).get(obj.pk)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def cannot_be_published(self, rows) -> list[str]:
        """Return, a line each, why some rows cannot be published."""
        if "merged_into" not in {field.name for field in self.opts.get_fields()}:
            return []
        return [
            f"“{row}” is merged into another."
            for row in rows.filter(merged_into__isnull=False)[: SHOWN + 1]
        ]

    @admin.action(
        description="Publish the selected %(verbose_name_plural)s", permissions=["publish"]
    )
    def publish_selected(self, request, queryset):
        rows = self._held(queryset)
        reasons = (
            self._unseen(request, rows)
            or self.cannot_be_published(rows)
            or [f"“{row}”: {OWN_WORDS}" for row in own_words(rows=rows, user=request.user)]
        )
        if reasons:
            self._refuse(request, "Nothing was published", reasons)
            return
        self._set_state(request, rows, ReviewState.PUBLISHED)

    @admin.action(
        description="Retire the selected %(verbose_name_plural)s", permissions=["publish"]
    )
    def retire_selected(self, request, queryset):
        rows = self._held(queryset)
        if reasons := self._changed_meanwhile(request, rows):
            self._refuse(request, "Nothing was retired", reasons)
            return None
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        follows = self.follows_from_retiring(rows)
        if not form.is_valid():
            return self._ask_why(request, rows, form, follows)
        pghistory.context(reason=form.cleaned_data["reason"])
        self._set_state(request, rows, ReviewState.RETIRED)
        for sentence in follows:
            self.message_user(request, sentence, messages.WARNING)
        return None

    def _ask_why(self, request, rows, form, follows):
        """Ask why rows retire, and show what follows from it."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Retire",
            "opts": self.opts,
            "rows": rows.select_related(*self.label_related)[:SHOWN],
            "more": max(len(rows) - SHOWN, 0),
            "seen": {name: value for name, value in request.POST.items() if "version-" in name},
            "ticked": [row.pk for row in rows],
            "form": form,
            "follows": follows,
        }
        return TemplateResponse(request, "admin/desk_retire_selected.html", context)

    def _changed_meanwhile(self, request, rows):
        """Return, a line each, which rows are not as the list shows them that was ticked."""
        shown = {row: request.POST.get(f"version-{row.pk}", str(row.version)) for row in rows}
        return [
            CHANGED_SINCE.format(row)
            for row, version in shown.items()
            if version != str(row.version)
        ]

    def _unseen(self, request, rows):
        """Return, a line each, which rows would be published that are not as the list was made."""
        drafts = [row for row in rows if row.review_state != ReviewState.PUBLISHED]
        shown = {row: request.POST.get(f"seen-{row.pk}") for row in drafts}
        now = stamps(drafts)
        return [
            f"“{row}” was not on the page: publish the rows of one page at a time."
            for row in drafts
            if shown[row] is None
        ] or [
            CHANGED_SINCE.format(row) if is_own else PART_CHANGED_SINCE.format(row)
            for row in drafts
            if shown[row] != str(now[row.pk])
            for is_own in [shown[row].partition(".")[0] != str(row.version)]
        ]

    def _refuse(self, request, what, reasons):
        shown = format_html_join("", "<li>{}</li>", ([reason] for reason in reasons[:5]))
        more = f"… and {len(reasons) - 5} more." if len(reasons) > 5 else ""
        message = format_html("{}:<ul>{}</ul>{}", what, shown, more)
        self.message_user(request, message, messages.ERROR)

    def _held(self, queryset):
        """Return the rows that were ticked, locked until the action has ended.

        Fully, so that who adds something that refers to one has committed, or waits.
        """
        held = self.model.objects.filter(pk__in=queryset.order_by().values("pk"))
        keys = list(held.order_by("pk").select_for_update().values_list("pk", flat=True))
        return self.model.objects.filter(pk__in=keys)

    def _set_state(self, request, rows, state):
        changing = list(rows.exclude(review_state=state).select_related(*self.label_related))
        self.model.objects.filter(pk__in=[row.pk for row in changing]).update(review_state=state)
        connection.check_constraints()
        word = ReviewState(state).label.lower()
        if changing:
            LogEntry.objects.log_actions(
                request.user.pk, changing, CHANGE, [{"changed": {"fields": [f"to {word}"]}}]
            )
        same = rows.count() - len(changing)
        already = f" ({same} already were)" if same else ""
        self.message_user(request, f"{len(changing)} {word}{already}.", messages.SUCCESS)
