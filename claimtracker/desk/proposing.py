"""A page on which an edit of what readers see waits for those who may publish."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse

from claimtracker.curated import Curated
from claimtracker.desk.history import WAITS
from claimtracker.desk.links import change_url, list_url
from claimtracker.desk.page import page_of
from claimtracker.desk.reasons import ReasonForm
from claimtracker.desk.refusals import SEEN_AT_ONCE


class WithProposals(admin.ModelAdmin):
    """A page on which an edit of what readers see waits for those who may publish."""

    # What makes proposals and shows them: the app that keeps them puts it here.
    proposals = None

    def may_propose(self, request) -> bool:
        """Return whether what is saved on this page may wait; on other pages nothing may."""
        return bool(page_of(request) and self.proposals and self.proposals.may(request.user))

    def fill_in(self, request, object_id):
        """Note which proposal the form is filled in with, where the address names one."""
        if self.proposals:
            request.page.proposal = self.proposals.named(request, self.model, object_id)

    def proposed(self, row, form, formsets):
        """Return the row that an edit is proposed of, None for a new one, and what is proposed."""
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        for formset in formsets:
            if entries := list(proposed_rows(formset)):
                fields[part_name(formset)] = entries
        return row, fields

    def get_changeform_initial_data(self, request):
        proposal = request.page.proposal
        return super().get_changeform_initial_data(request) | (proposal.fields if proposal else {})

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)
        proposal = request.page.proposal
        if proposal and request.method != "POST":
            for formset in formsets:
                fill_in_rows(formset, proposal.fields.get(part_name(formset), []))
        return formsets, inlines

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method != "POST" and (rows := proposed_new(request, inline)):
            kwargs["initial"] = rows
        return kwargs

    # What was

    def may_revert(self, request, row):
        return super().may_revert(request, row) or self.reverts_wait(request, row)

    def reverts_wait(self, request, row):
        """Return whether what a user reverts waits, as it would on the form."""
        return (
            not self._may_touch(request, row)
            and self.has_change_permission(request)
            and self.proposals.may(request.user)
        )

    def let_revert_wait(self, request, row, fields, reason):
        if not self.proposals.may(request.user):
            raise ValidationError(SEEN_AT_ONCE)
        self.proposals.submit_revert(request, row, fields, reason)

    def let_restoration_wait(self, request, pk, reason):
        if not self.proposals.may(request.user):
            raise ValidationError(SEEN_AT_ONCE)
        self.proposals.submit_restoration(request, self.model, pk, reason)

    # Deletions

    def may_propose_deletion(self, request, row) -> bool:
        """Return whether a user who may not delete a row that readers see may ask for it."""
        return (
            not issubclass(self.model, Curated)
            and super().has_change_permission(request)
            and self.may_propose(request)
            and row.is_settled
        )

    def propose_deletion(self, request, row):
        """Ask why a row should go, and let its deletion wait."""
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            self.proposals.submit_deletion(request, row, form.cleaned_data["reason"])
            return self._waits(request, change_url(row))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Propose to delete the {self.opts.verbose_name}",
            "opts": self.opts,
            "row": row,
            "form": form,
        }
        return TemplateResponse(request, "admin/desk_propose_deletion.html", context)

    # Saving

    def save_model(self, request, obj, form, change):
        if not request.page.waits:
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        page = request.page
        if not page.waits:
            super().save_related(request, form, formsets, change)
            if page.proposal:
                self.proposals.saved(request, form.instance)
            return
        row, fields = self.proposed(form.instance if change else None, form, formsets)
        page.proposal = self.proposals.submit(
            request, self.model, row, fields, note=form.cleaned_data["reason"]
        )

    def construct_change_message(self, request, form, formsets, add=False):
        if request.page.waits:
            return ""
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request, obj, message):
        if not request.page.waits:
            super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if not request.page.waits:
            super().log_change(request, obj, message)

    def response_add(self, request, obj, post_url_continue=None):
        if request.page.waits:
            return self._waits(request, list_url(self.model))
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        if request.page.waits:
            return self._waits(request, change_url(obj))
        return super().response_change(request, obj)

    def _waits(self, request, address):
        self.message_user(request, WAITS, messages.SUCCESS)
        return HttpResponseRedirect(address)


def proposed_new(request, inline) -> list[dict]:
    """Return the new rows of an inline that the proposal has which fills in the form."""
    page = page_of(request)
    if not (page and page.proposal):
        return []
    entries = page.proposal.fields.get(inline.part, [])
    return [
        {name: value for name, value in entry.items() if name not in ("id", "restore")}
        for entry in entries
        if "id" not in entry or "restore" in entry
    ]


def fill_in_rows(formset, entries):
    """Write into the forms of a formset what a proposal has for the rows that are there."""
    proposed = {entry["id"]: entry for entry in entries if "id" in entry}
    for form in formset.initial_forms:
        if entry := proposed.get(form.instance.pk):
            form.initial |= {"DELETE": True} if "delete" in entry else entry


def part_name(formset) -> str:
    """Return the name by which the row of a page knows the rows of a formset."""
    return formset.fk.remote_field.get_accessor_name()


def proposed_rows(formset):
    """Yield what a formset would change, in the shape of a proposal."""
    for form in formset.initial_forms:
        if form in formset.deleted_forms:
            yield {"id": form.instance.pk, "delete": True}
        elif form.has_changed():
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            yield {"id": form.instance.pk, **changed}
    for form in formset.extra_forms:
        if form.has_changed() and form not in formset.deleted_forms:
            names = {field.name for field in form.instance._meta.fields} - {formset.fk.name, "id"}
            yield {name: value for name, value in form.cleaned_data.items() if name in names}
