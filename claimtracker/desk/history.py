"""The pages of a row's history: what was changed, how it stood then, and back to that."""

from dataclasses import replace

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst

from claimtracker.curated import SETTLED
from claimtracker.desk.links import is_an_id
from claimtracker.desk.reasons import ReasonForm
from claimtracker.desk.refusals import SEEN_AT_ONCE, refusals
from claimtracker.history import History, as_it_stood, names_of, tell, what_events_say
from claimtracker.reverting import as_proposed, gone_since, left_as_it_is, revert
from claimtracker.review import writes_at_once

ENTRIES = 50  # a page
WAITS = "It waits for an editor's review. Until then readers see what stood before."
GOES = "goes"
# What a revert would do to what belongs to the page, by the deed that it would be.
COMING = {
    "recorded": "comes back",
    "added": "comes back",
    "changed": "changes",
    "deleted": GOES,
    "removed": GOES,
}


def gone_in_words(gone):
    """Return what pages show of rows that were deleted and are referred to: each with its page."""
    names = names_of(key for _, key in gone)
    return [
        {
            "label": capfirst(field.verbose_name),
            "name": names.get(key),
            "opts": key[0]._meta,
            "pk": key[1],
        }
        for field, key in gone
    ]


class RevertForm(ReasonForm):
    """Asks why, and how much of what was then shall be again."""

    with_parts = forms.BooleanField(required=False, initial=True)
    # What others added since is theirs: nobody removes it by clicking through.
    without_later = forms.BooleanField(required=False)
    with_state = forms.BooleanField(required=False)
    seen = forms.CharField(widget=forms.HiddenInput)


class WithHistory(admin.ModelAdmin):
    """A page with the history of its row and of the rows below it, each version of which can be."""

    # What a revert asks, by the field that it is about: name, what is asked, and the answers.
    questions = {}

    def hidden_from(self, request) -> set[str]:
        """Return the fields that are not for this reader."""
        return set()

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/history/<str:key>/",
                wrap(self.version_view),
                name=f"{name}_version",
            ),
            path(
                "<path:object_id>/history/<str:key>/revert/",
                wrap(self.revert_view),
                name=f"{name}_revert",
            ),
            *super().get_urls(),
        ]

    def _history_of(self, request, object_id):
        """Return a row, None where it is gone, and its history; 404 where there never was one."""
        if not is_an_id(object_id):
            raise Http404("There never was such a row.")
        row = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        history = History(self.model, int(object_id))
        if not history.entries:
            raise Http404("There never was such a row.")
        return row, history

    def _history_page(self, request, template, history, row, **context):
        key = (self.model, history.pk)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": row,
            "pk": history.pk,
            "name": str(row) if row else names_of([key]).get(key, history.pk),
            "is_deleted": row is None,
        }
        return TemplateResponse(request, f"admin/history/{template}.html", context)

    def history_view(self, request, object_id, extra_context=None):
        """Show who changed what, when and why, the newest first."""
        row, history = self._history_of(request, unquote(object_id))
        pages = Paginator(history.entries[::-1], ENTRIES)
        page = pages.get_page(request.GET.get("p"))
        told = tell(history, page.object_list, without=self.hidden_from(request))
        return self._history_page(
            request,
            "entries",
            history,
            row,
            title="History",
            entries=told,
            newest=history.entries[-1].key,
            page=page,
            pages=pages.get_elided_page_range(page.number),
            may_revert=row is not None and self.may_revert(request, row),
            **(extra_context or {}),
        )

    def _version(self, request, object_id, key):
        row, history = self._history_of(request, unquote(object_id))
        entry = history.entry(key)
        if entry is None:
            raise Http404("There is no such version.")
        return row, history, entry

    def version_view(self, request, object_id, key):
        """Show a row and what belonged to it as they stood after an entry, and what that did."""
        row, history, entry = self._version(request, object_id, key)
        without = self.hidden_from(request)
        return self._history_page(
            request,
            "version",
            history,
            row,
            title="As it stood then",
            entry=tell(history, [entry], whole=True, without=without)[0],
            was_there=entry.is_there,
            stood=as_it_stood(history, entry, without=without),
            is_newest=entry is history.entries[-1],
            may_revert=row is not None and self.may_revert(request, row),
        )

    # Back to what was

    def may_revert(self, request, row) -> bool:
        return self.has_change_permission(request, row)

    def reverts_wait(self, request, row) -> bool:
        """Return whether a revert waits for review."""
        return False

    def let_revert_wait(self, request, row, fields, reason):
        """Let a revert wait for review; ``fields`` is what ``as_proposed`` returns."""
        raise ValidationError(SEEN_AT_ONCE)

    def let_restoration_wait(self, request, pk, reason):
        """Let it wait for review that a deleted row comes back."""
        raise ValidationError(SEEN_AT_ONCE)

    def _may_be_again(self, request, object_id, key):
        """Return a row, its history, and the entry after which it stood as it shall again."""
        row, history, entry = self._version(request, object_id, key)
        if row is None or not entry.is_there:
            raise Http404("It is not there now, or was not then.")
        if not self.may_revert(request, row):
            raise PermissionDenied
        return row, history, entry

    def revert_view(self, request, object_id, key):
        """Show what a revert would change, ask why, and do it."""
        form = RevertForm(request.POST or None)
        problems = []
        if form.is_valid():
            done = []
            problems = refusals(
                lambda: done.append(self._revert(request, unquote(object_id), key, form))
            )
            if not problems:
                self.message_user(request, done[-1], messages.SUCCESS)
                return HttpResponseRedirect(
                    request.path.removesuffix(f"history/{key}/revert/") + "change/"
                )
        row, history, entry = self._may_be_again(request, unquote(object_id), key)
        back = history.back_to(entry)
        told = tell(history, [back], whole=True, without=self.hidden_from(request))[0]
        own = [each for change in told.changes if change.is_own for each in change.differences]
        parts = [
            replace(change, deed=COMING[change.deed])
            for change in told.changes
            if not change.is_own
        ]
        keep = left_as_it_is(row)
        return self._history_page(
            request,
            "revert",
            history,
            row,
            title="Revert",
            entry=entry,
            form=form,
            problems=problems,
            newest=history.seen,
            own=[each for each in own if each.field not in keep],
            questions=[self.questions[each.field] for each in own if each.field in self.questions],
            state=next((each for each in own if each.field == "review_state"), None),
            slug=next((each for each in own if each.field == "slug" and "slug" in keep), None),
            parts=[each for each in parts if each.deed != GOES],
            later=[each for each in parts if each.deed == GOES],
            gone=gone_in_words(gone_since(back.changes.values())),
            may_bring_parts=self._may_bring(request, row, back, later=False),
            may_remove_later=self._may_bring(request, row, back, later=True),
            waits=self.reverts_wait(request, row),
            may_set_state=self._may_set_state(request, row, history, entry),
        )

    def _revert(self, request, object_id, key, form) -> str:
        """Revert, or let it wait where readers would see it at once; return which was done."""
        row, history, entry = self._may_be_again(request, object_id, key)
        parts, state = form.cleaned_data["with_parts"], form.cleaned_data["with_state"]
        later = form.cleaned_data["without_later"]
        back = history.back_to(entry)
        if (
            (parts and not self._may_bring(request, row, back, later=False))
            or (later and not self._may_bring(request, row, back, later=True))
            or (state and not self._may_set_state(request, row, history, entry))
        ):
            raise PermissionDenied
        given = {"to": key, "seen": form.cleaned_data["seen"], "with_parts": parts}
        given["without_later"] = later
        reason = form.cleaned_data["reason"]
        row = self.model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
        if not self.reverts_wait(request, row):
            with transaction.atomic():
                reverted = revert(
                    model=self.model,
                    pk=row.pk,
                    user=request.user,
                    reason=reason,
                    with_state=state,
                    answers={
                        name: request.POST[name]
                        for name, _, _ in self.questions.values()
                        if request.POST.get(name)
                    },
                    **given,
                )
                waits = not writes_at_once(request.user, self.model) and reverted.readers_see
                transaction.set_rollback(waits)
            if not waits:
                return "It says again what it said then."
        self.let_revert_wait(request, row, as_proposed(row=row, **given), reason)
        return WAITS

    def _may_bring(self, request, row, back, *, later: bool) -> bool:
        """Return whether somebody may write, or propose, what a revert does to the rows below.

        ``later``: whether it is about those that were added later, and would go.
        """
        waits = self.reverts_wait(request, row)
        for change in back.changes.values():
            opts = change.model._meta
            if change.model is self.model or opts.auto_created:
                continue
            if (change.after is None) is not later:
                continue
            deed = "add" if change.before is None else "change"
            deed = "delete" if change.after is None and not waits else deed
            if not request.user.has_perm(f"{opts.app_label}.{deed}_{opts.model_name}"):
                return False
        return True

    def _may_set_state(self, request, row, history, entry) -> bool:
        if not hasattr(row, "review_state"):
            return False
        event = history.standing(entry)[self.model, row.pk]
        then = what_events_say(self.model, {event})[event]["review_state"]
        at_once = writes_at_once(request.user, self.model)
        return at_once or not SETTLED & {row.review_state, then}
