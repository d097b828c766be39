"""The pages of what was deleted, and brings it back."""

from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from claimtracker import deletions
from claimtracker.curated import SETTLED
from claimtracker.desk.history import WAITS, WithHistory, gone_in_words
from claimtracker.desk.links import change_url, is_an_id
from claimtracker.desk.reasons import ReasonForm
from claimtracker.desk.refusals import refusals
from claimtracker.review import writes_at_once

SHOWN = 50  # a page


class Filters(forms.Form):
    """What is asked of the list; what makes no sense is not asked."""

    model = forms.ChoiceField(label="Kind", required=False)
    user = forms.ModelChoiceField(label="Deleted by", queryset=None, required=False)

    def __init__(self, *args, models, **kwargs):
        super().__init__(*args, **kwargs)
        names = [(model._meta.label_lower, capfirst(model._meta.verbose_name)) for model in models]
        self.fields["model"].choices = [("", "All"), *names]
        staff = get_user_model().objects.filter(is_staff=True).order_by("username")
        self.fields["user"].queryset = staff
        self.fields["user"].empty_label = "Anybody"


class RestoreForm(ReasonForm):
    """Asks why, and whether it comes back as a draft."""

    as_draft = forms.BooleanField(required=False)


def _models(request):
    """Return the models of which somebody may see rows, in the order of their names."""
    shown = [
        model
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, WithHistory) and model_admin.has_view_permission(request)
    ]
    return sorted(shown, key=lambda model: model._meta.verbose_name)


def list_view(request):
    """List what was deleted, the newest first."""
    models = _models(request)
    if not models:
        raise PermissionDenied
    filters = Filters(request.GET, models=models)
    filters.is_valid()
    asked = getattr(filters, "cleaned_data", {})
    chosen = [model for model in models if model._meta.label_lower == asked.get("model")]
    user = asked.get("user")
    # One more than is shown tells that there are more.
    found = deletions.deletions(
        chosen or models, user=user and user.pk, after=_mark(request), limit=SHOWN + 1
    )
    shown = found[:SHOWN]
    older = ""
    if len(found) > SHOWN:
        last = shown[-1]
        mark = {"at": last.at.isoformat(), "of": last.model._meta.label_lower, "event": last.event}
        asked_for = {name: request.GET[name] for name in filters.fields if request.GET.get(name)}
        older = urlencode(asked_for | mark)
    return _page(
        request,
        "deleted",
        title="Deleted",
        filters=filters,
        rows=deletions.tell(shown, without=_hidden(request, models)),
        older=older,
        is_first="at" not in request.GET,
    )


def _mark(request):
    """Return where the page before ended, None on the first or where the address makes no sense."""
    try:
        at = datetime.fromisoformat(request.GET["at"])
    except (KeyError, ValueError):
        return None
    event = request.GET.get("event", "")
    if at.tzinfo is None or not is_an_id(event):
        return None
    return deletions.Mark(at, request.GET.get("of", ""), int(event))


def _hidden(request, models):
    return {model: admin.site.get_model_admin(model).hidden_from(request) for model in models}


def restore_view(request, label, pk):
    """Show what a deleted row said and what went with it, ask why, and bring it back."""
    models = {model._meta.label_lower: model for model in _models(request)}
    model = models.get(label)
    one = deletions.deletion(model, pk) if model and is_an_id(str(pk)) else None
    if one is None:
        raise Http404(deletions.NOT_THERE)
    form = RestoreForm(request.POST or None)
    model_admin = admin.site.get_model_admin(model)
    may = request.user.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}")
    row = deletions.as_it_was(one)
    was_settled = getattr(row, "review_state", None) in SETTLED
    problems = []
    if request.method == "POST" and not may:
        raise PermissionDenied
    if form.is_valid():
        at_once = writes_at_once(request.user, model)
        left_out = []

        def deed():
            left_out[:] = []
            with transaction.atomic():
                restored, notes = deletions.restore(
                    model=model,
                    pk=pk,
                    user=request.user,
                    reason=form.cleaned_data["reason"],
                    as_draft=form.cleaned_data["as_draft"] or not at_once,
                    seen=request.POST.get("seen", ""),
                )
                waits = not at_once and restored.readers_see
                transaction.set_rollback(waits)
            if waits:
                model_admin.let_restoration_wait(request, pk, form.cleaned_data["reason"])
            else:
                left_out.extend(notes)
            return waits

        done = []
        problems = refusals(lambda: done.append(deed()))
        if not problems and done[-1]:
            messages.success(request, WAITS)
            return HttpResponseRedirect(reverse("admin:deleted"))
        if not problems:
            messages.success(request, "It is back, with what was deleted with it.")
            for note in left_out:
                messages.warning(request, note)
            return HttpResponseRedirect(change_url(row))
    shown = [deletion for deletion in deletions.deleted_with(one) if deletion.model in models]
    told, *along = deletions.tell([one], whole=True, without=_hidden(request, [model]))
    return _page(
        request,
        "restore",
        title="Restore",
        row=told,
        seen=one.event,
        along=deletions.tell(shown, without=_hidden(request, models.values())),
        missing=gone_in_words(deletions.missing(row)),
        form=form,
        problems=problems,
        may=may,
        was_settled=was_settled,
        state=was_settled and row.get_review_state_display(),
        may_publish=model_admin.may_publish(request),
    )


def _page(request, template, **context):
    context |= admin.site.each_context(request)
    return TemplateResponse(request, f"admin/history/{template}.html", context)
