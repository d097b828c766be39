"""The page of what editors review: drafts, what waits, what readers see."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import (
    connection,
)
from django.template.defaultfilters import truncatechars
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join

from claimtracker.curated import SETTLED, ReviewState
from claimtracker.desk.admin import DeskAdmin
from claimtracker.desk.inlines import SHOWN


class CuratedAdmin(DeskAdmin):
    """The page of what editors review: sources, documents, claims and statements."""

    actions = ["publish_selected", "retire_selected"]
    # Functions of (rows) that return how many statements retire with them.
    retires = ()

    @property
    def publish_permission(self):
        return f"{self.opts.app_label}.publish_{self.opts.model_name}"

    def is_settled(self, row):
        return row.review_state in SETTLED

    def would_be_public(self, row):
        return row.review_state == ReviewState.PUBLISHED

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
        """Return the box that ticks a row, with the version that the list shows of it."""
        seen = format_html(
            '<input type="hidden" name="version-{}" value="{}">', row.pk, row.version
        )
        return super().action_checkbox(row) + seen

    @admin.display(description="review", ordering="review_state")
    def state(self, row):
        return render_to_string("admin/review_badge.html", {"row": row})

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "review_state" and not self.may_publish(request):
            kwargs["choices"] = [
                choice for choice in ReviewState.choices if choice[0] not in SETTLED
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def retired_along(self, rows) -> int:
        return sum(counted(rows) for counted in self.retires)

    def save_model(self, request, obj, form, change):
        request.retired_along = 0
        if (
            change
            and obj.review_state == ReviewState.RETIRED
            and form.initial["review_state"] != ReviewState.RETIRED
        ):
            request.retired_along = self.retired_along(self.model.objects.filter(pk=obj.pk))
        super().save_model(request, obj, form, change)

    def response_change(self, request, obj):
        self._say_what_retired(request, request.retired_along)
        return super().response_change(request, obj)

    def _say_what_retired(self, request, along):
        if along:
            statements = "1 statement" if along == 1 else f"{along} statements"
            self.message_user(request, f"With it, {statements} retired.", messages.WARNING)

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
        if reasons := self._changed_meanwhile(request, rows) or self.cannot_be_published(rows):
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
            return
        along = self.retired_along(rows)
        self._set_state(request, rows, ReviewState.RETIRED)
        self._say_what_retired(request, along)

    def _changed_meanwhile(self, request, rows):
        """Return, a line each, which rows are not as the list shows them that was ticked."""
        shown = {row: request.POST.get(f"version-{row.pk}", str(row.version)) for row in rows}
        return [
            f"“{row}” was changed since this list was made: look at it first."
            for row, version in shown.items()
            if version != str(row.version)
        ]

    def _refuse(self, request, what, reasons):
        shown = format_html_join("", "<li>{}</li>", ([reason] for reason in reasons[:5]))
        more = f"… and {len(reasons) - 5} more." if len(reasons) > 5 else ""
        message = format_html("{}:<ul>{}</ul>{}", what, shown, more)
        self.message_user(request, message, messages.ERROR)

    def _held(self, queryset):
        """Return the rows that were ticked, locked until the action has ended."""
        held = self.model.objects.filter(pk__in=queryset.order_by().values("pk"))
        keys = list(held.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
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
