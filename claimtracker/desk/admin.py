"""A page on which nothing the database refuses is an error page, and rights hold by row."""

from functools import partial

import pghistory
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.utils import NestedObjects, unquote
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.messages.storage import default_storage
from django.core.exceptions import (
    FieldDoesNotExist,
    ObjectDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.db import (
    OperationalError,
    connection,
    models,
)
from django.http import HttpResponseRedirect, QueryDict
from django.urls import path
from django.utils.html import format_html
from django.utils.text import capfirst

from claimtracker.accounts.unsaved import CHECK, FILLED_IN
from claimtracker.admin_site import label
from claimtracker.curated import Curated, ReviewState, may_publish
from claimtracker.desk.forms import REASON, DeskForm, labelled, with_fewer_links
from claimtracker.desk.history import WithHistory
from claimtracker.desk.inlines import SHOWN
from claimtracker.desk.links import change_url, is_an_id
from claimtracker.desk.lists import CappedList, CappedPaginator, searched
from claimtracker.desk.newer import STAMP, is_removed, stamp_of, was_deleted
from claimtracker.desk.page import Page, page_of
from claimtracker.desk.proposing import WithProposals
from claimtracker.desk.reasons import reason_of, wrong_reason
from claimtracker.desk.refusals import REFUSED, refusal
from claimtracker.events import last_event
from claimtracker.retry import atomic_with_retry
from claimtracker.review import Transition, because, writes_at_once
from claimtracker.stamps import digests_of_parts, owning_fields


class Going(NestedObjects):
    """Collects what goes with rows, without a query for the label of each."""

    site = None

    def related_objects(self, related_model, related_fields, objs):
        rows = super().related_objects(related_model, related_fields, objs)
        if not self.site.is_registered(related_model):
            return rows
        row_admin = self.site.get_model_admin(related_model)
        if not isinstance(row_admin, DeskAdmin):
            return rows
        return rows.select_related(*row_admin.label_related).defer(*row_admin.heavy)


class DeskAdmin(WithProposals, WithHistory):
    """A page on which nothing the database refuses is an error page, and rights hold by row."""

    form = DeskForm
    # What was typed by someone who was logged out meanwhile is shown in the form again.
    comes_back_filled_in = True
    change_form_template = "admin/desk_change_form.html"
    delete_confirmation_template = "admin/desk_delete.html"
    delete_selected_confirmation_template = "admin/desk_delete_selected.html"
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    ordering = ["-pk"]
    # What ``label`` and str() read of other rows.
    label_related = ()

    def label(self, row) -> str:
        """Return what a row is called where one of several is chosen."""
        return str(row)

    # What is shown besides the form, and what before it: functions of (request, row) that return
    # HTML. Another app may add to the lists of an admin that knows nothing of it.
    panels = ()
    leads = ()
    # Pages of a row besides its form: the end of the address, the end of its name, and the view,
    # a function of (admin, request, row).
    pages = ()
    # What to do with a row that cannot be deleted.
    instead_of_deleting = ""
    # Long texts that lists and labels do not show, and so do not load.
    heavy = ()
    # Of a model with very many rows: where its search looks, by the keys that name other rows.
    search_through = {}

    def prepopulated_from(self, request):
        """Return the fields that a new row's slug is made from."""
        return self.get_prepopulated_fields(request).get("slug", ())

    def text_for_slug(self, cleaned, fields):
        """Return the text of a form that a slug is made from."""
        return " ".join(str(cleaned.get(name) or "") for name in fields)

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related(*self.label_related)
        return rows.defer(*self.heavy)

    def get_changelist(self, request, **kwargs):
        return CappedList

    def lookup_allowed(self, lookup, value, request=None):
        """Do not filter by what is hidden: which rows are found would tell what it says."""
        hidden = self.hidden_from(request) if request else set()
        return lookup.partition("__")[0] not in hidden and super().lookup_allowed(
            lookup, value, request
        )

    def get_search_results(self, request, queryset, search_term):
        if not self.search_through:
            return super().get_search_results(request, queryset, search_term)
        own, through = self.search_fields, self.search_through
        return searched(queryset, search_term, own=own, through=through), False

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(
                f"<path:object_id>/{end}",
                self.admin_site.admin_view(partial(self._own_page, view=view)),
                name=f"{name}_{ending}",
            )
            for end, ending, view in self.pages
        ] + super().get_urls()

    def _own_page(self, request, object_id, view):
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return view(self, request, row)

    # Rights

    def may_publish(self, request):
        return may_publish(request.user, self.model)

    has_publish_permission = may_publish

    def _may_touch(self, request, row):
        if row is None or writes_at_once(request.user, self.model):
            return True
        # A form that is shown again has already written into the row.
        was = getattr(row, "was_settled", None)
        return not (row.is_settled if was is None else was)

    def has_change_permission(self, request, obj=None):
        if not super().has_change_permission(request, obj):
            return False
        return self._may_touch(request, obj) or self.may_propose(request)

    def has_delete_permission(self, request, obj=None):
        if not super().has_delete_permission(request, obj):
            return False
        # What is reviewed itself retires without another; the rest is a change of what is.
        retires = issubclass(self.model, Curated) and self.may_publish(request)
        return retires or self._may_touch(request, obj)

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        page = page_of(request)
        if row is None and page and request.method == "POST" and is_an_id(object_id):
            return self._removed(object_id)
        if row is not None and request.method == "POST" and connection.in_atomic_block:
            # Until the save, so that nobody publishes it between the question and the write.
            self.hold_owners(row)
            step = self.asked_step(request)
            self.hold(row, fully=bool(step and step.to == ReviewState.PUBLISHED))
            row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.was_settled = row.is_settled
            if page:
                page.waits = not self._may_touch(request, row)
        return row

    def _removed(self, object_id):
        """Return a row that was deleted while somebody had its form open, to show that again."""
        row = was_deleted(self.model, object_id)
        if row is None:
            return None
        row.was_settled = False
        try:
            str(row)
        except ObjectDoesNotExist:  # what it speaks of is gone too
            return None
        return row

    def hold(self, row, *, fully=False):
        """Lock a row until the transaction ends.

        ``fully`` also keeps others from adding what refers to it, as where it is published.
        """
        held = self.model._base_manager.filter(pk=row.pk).select_for_update(no_key=not fully)
        list(held.values_list("pk"))

    def hold_owners(self, row):
        """Lock what a row belongs to until the transaction ends; the row then knows it as it is."""
        if not connection.in_atomic_block:
            return
        fields = owning_fields(self.model)
        keys = {(field.related_model, getattr(row, field.attname)) for field in fields}
        held = {}
        for model in {model for model, _ in keys}:
            rows = model._base_manager.filter(pk__in=[key for of, key in keys if of is model])
            held |= {
                (model, each.pk): each
                for each in rows.order_by("pk").select_for_update(no_key=True)
            }
        for field in fields:
            owner = held.get((field.related_model, getattr(row, field.attname)))
            if owner is not None:
                setattr(row, field.name, owner)

    # Two editors at once

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)
        # The form asks for them when it is cleaned.
        request.page.formsets = [
            formset
            for formset, inline in zip(formsets, inlines, strict=True)
            if inline.has_change_permission(request, obj if change else None)
        ]
        return formsets, inlines

    def newer(self, request, form):
        """Return what others saved since the page was made: of its row, and of those below it."""
        formsets = request.page.formsets
        forms = [form, *(each for formset in formsets for each in formset.initial_forms)]
        removed = [each for formset in formsets for each in formset.removed_meanwhile]
        found = [each.newer for each in forms if each.newer] + removed
        if form.publishes_unseen:
            found += [each for formset in formsets for each in formset.added_meanwhile()]
        return found

    def is_stale(self, request, form) -> bool:
        """Return whether a page would write, and others saved since it was made."""
        if form.publishes_unseen:
            return True
        if not self.newer(request, form):
            return False
        gone = any(each.removed_meanwhile for each in request.page.formsets)
        return bool(form.step or gone or is_removed(form.instance) or self.has_edits(request, form))

    def has_edits(self, request, form) -> bool:
        """Return whether a page would change its row or those below it."""
        below = [each for formset in request.page.formsets for each in formset.forms]
        return any(each.has_changed() for each in (form, *below))

    # Refusals

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = super().changeform_view
        request.page = Page()
        self.fill_in(request, object_id)
        if request.method == "POST" and FILLED_IN in request.POST:
            # The form again with what was typed; a refusal saves nothing.
            request.page.refusal = CHECK
            return view(request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view(request, object_id, form_url, extra_context)
        try:
            return self._write(request, view, object_id, form_url, extra_context)
        except (*REFUSED, OperationalError) as error:
            if not (message := refusal(error)):
                raise
            # The same form again, which now holds the refusal, and so is not saved.
            request.page.refusal = message
            return view(request, object_id, form_url, extra_context)

    @atomic_with_retry
    def _write(self, request, view, *args):
        """Return a view's answer; where another's write is in the way, it begins again."""
        try:
            response = view(request, *args)
            # What is deferred to COMMIT is asked now, while somebody can still be told.
            connection.check_constraints()
        except Exception:
            # Nothing of it happened: the editor is not told so, and files are read from the start.
            request._messages = default_storage(request)
            for file in request.FILES.values():
                file.seek(0)
            raise
        return response

    def changelist_view(self, request, extra_context=None):
        filters = (values for name, values in request.GET.lists() if name != SEARCH_VAR)
        if any("\0" in value for values in filters for value in values):
            # As Django answers any other filter that it cannot make sense of.
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(is_an_id(one) for one in ticked):
            self.message_user(request, "Tick the rows again: one is none of ours.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        if request.POST.get("action") != "delete_selected":
            return self._or_back(request, super().changelist_view, extra_context)
        if self._lacks_reason(request, confirmed="post" in request.POST):
            request.POST = request.POST.copy()
            del request.POST["post"]
        return self._or_back(request, self._delete_selected_as_seen, extra_context)

    def _delete_selected_as_seen(self, request, extra_context):
        """Delete ticked rows, or ask whether to; refused where one is not as the page showed it."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        rows = self.model._base_manager.filter(pk__in=ticked)
        # What belongs to them goes too: nobody adds to it until it is done.
        list(rows.order_by("pk").select_for_update().values_list("pk"))
        parts = self._parts_of(ticked)
        for row in rows.annotate(last_event=last_event(self.model)):
            shown = {
                f"version-{row.pk}": getattr(row, "version", None),
                f"{STAMP}-{row.pk}": row.last_event,
                f"parts-{row.pk}": parts.get(row.pk),
            }
            if any(request.POST.get(name, str(now)) != str(now) for name, now in shown.items()):
                raise ValidationError(
                    f"Nothing was deleted. “{row}” was changed since this page was made: "
                    "look at it first."
                )
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if response.status_code == 200 and "deletable_objects" in context:
            found = context["queryset"].order_by().annotate(last_event=last_event(self.model))
            context["seen"] = [
                (f"{STAMP}-{pk}", event) for pk, event in found.values_list("pk", "last_event")
            ] + [(f"parts-{pk}", digest) for pk, digest in parts.items()]
        return response

    def _parts_of(self, keys) -> dict:
        """Return digests of what belongs to rows and goes with them, by key."""
        if not issubclass(self.model, Curated):
            return {}
        return digests_of_parts(self.model, [int(key) for key in keys])

    # Deleting asks why

    def _lacks_reason(self, request, *, confirmed) -> bool:
        """Return whether a deletion was confirmed without a reason, and say so."""
        wrong = wrong_reason(request) if confirmed else ""
        if wrong:
            self.message_user(request, wrong, messages.ERROR)
        return bool(wrong)

    def delete_model(self, request, obj):
        with pghistory.context(reason=reason_of(request)):
            super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        with pghistory.context(reason=reason_of(request)):
            super().delete_queryset(request, queryset)

    def delete_view(self, request, object_id, extra_context=None):
        if self._lacks_reason(request, confirmed=request.POST):
            request.POST = QueryDict()  # so that it asks again
        return self._or_back(request, self._delete_as_seen, object_id, extra_context)

    def _delete_as_seen(self, request, object_id, extra_context):
        request.page = Page()
        row = self.get_object(request, unquote(object_id))
        if row and not self.has_delete_permission(request, row):
            if self.may_propose_deletion(request, row):
                return self.propose_deletion(request, row)
            raise PermissionDenied
        stamp = stamp_of(row) if row else ""
        if row and isinstance(row, Curated):
            if request.POST:
                # What belongs to it goes too: nobody adds to it until it is done.
                list(self.model._base_manager.filter(pk=row.pk).select_for_update().values("pk"))
            stamp += f";{self._parts_of([row.pk])[row.pk]}"
        if row and request.POST and request.POST.get(STAMP) != stamp:
            self.message_user(
                request,
                "Somebody changed it while you had this page open: look again, then delete it.",
                messages.ERROR,
            )
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **(extra_context or {}),
            STAMP: stamp,
            "instead": self.instead_of_deleting,
            "address": change_url(row) if row else "",
        }
        return super().delete_view(request, object_id, context)

    def _or_back(self, request, view, *args):
        """Return the view's answer; where the database refuses a write, go back and say so."""
        if request.method != "POST":
            return view(request, *args)
        try:
            return self._write(request, view, *args)
        except (*REFUSED, OperationalError) as error:
            if not (message := refusal(error)):
                raise
            self.message_user(request, message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(self, objs, request):
        """Name what would go and what stands in the way, without a query for each."""
        try:
            collector = models.deletion.Collector(using=connection.alias, origin=objs)
            collector.collect(objs)
        except models.ProtectedError as error:
            protected = error.protected_objects
        except models.RestrictedError as error:
            protected = error.restricted_objects
        else:
            return self._what_goes(objs, request)
        by_model = {}
        for row in protected:
            by_model.setdefault(type(row), set()).add(row.pk)
        return [], {}, set(), list(self._in_the_way(by_model))

    def _what_goes(self, objs, request):
        """Return what Django's own page of a deletion shows, loaded with what its labels read."""
        going = Going(using=connection.alias, origin=objs)
        going.site = self.admin_site
        going.collect(objs)
        forbidden = set()

        def name(row):
            opts = row._meta
            kind = capfirst(opts.verbose_name)
            if not self.admin_site.is_registered(type(row)):
                return f"{kind}: {row}"
            row_admin = self.admin_site.get_model_admin(type(row))
            if not row_admin.has_delete_permission(request, row):
                forbidden.add(opts.verbose_name)
            return format_html('{}: <a href="{}">{}</a>', kind, change_url(row), row)

        counts = {
            model._meta.verbose_name_plural: len(rows) for model, rows in going.model_objs.items()
        }
        return going.nested(name), counts, forbidden, []

    def _in_the_way(self, by_model):
        for model, keys in by_model.items():
            row_admin = self.admin_site.get_model_admin(model)
            rows = model._default_manager.select_related(*row_admin.label_related)
            for row in rows.filter(pk__in=sorted(keys)[:SHOWN]):
                yield format_html(
                    '{}: <a href="{}">{}</a>',
                    capfirst(model._meta.verbose_name),
                    change_url(row),
                    label(self.admin_site, row),
                )
            if len(keys) > SHOWN:
                yield f"… and {len(keys) - SHOWN} more {model._meta.verbose_name_plural}"

    # The form

    def asked_step(self, request) -> Transition | None:
        """Return the step of review whose button was pressed."""
        return None

    def asks_why(self, request) -> str:
        """Return what the field is called in which the editor says why."""
        return "Note for the editor" if request.page.waits else "Why"

    def save_model(self, request, obj, form, change):
        pghistory.context(**because(form.cleaned_data[REASON]))
        super().save_model(request, obj, form, change)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        page = page_of(request)
        form.refusal = page.refusal if page else None
        form.desk, form.request = self, request
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(
            db_field, request, **labelled(self, db_field, request, kwargs)
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return with_fewer_links(super().formfield_for_dbfield(db_field, request, **kwargs))

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        field.choices = [(value, capfirst(name)) for value, name in field.choices]
        return field

    def get_changeform_initial_data(self, request):
        """Return what the address fills in; what is no row's id is left out."""
        initial = super().get_changeform_initial_data(request)
        for name, value in list(initial.items()):
            try:
                field = self.opts.get_field(name)
            except FieldDoesNotExist:
                continue
            values = value if isinstance(value, list) else [value]
            if field.is_relation and not all(is_an_id(str(one)) for one in values):
                del initial[name]
        return initial

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        form = context["adminform"].form
        context["newer"] = self.newer(request, form) if form.is_bound else []
        context["page"] = page_of(request)
        context["is_removed"] = is_removed(obj)
        is_row = obj is not None and not is_removed(obj)
        shown = is_row and not context.get("is_popup") and TO_FIELD_VAR not in request.GET
        context["waiting"] = self.proposals.waiting_for(request, obj) if shown else []
        context["may_propose_deletion"] = is_row and self.may_propose_deletion(request, obj)
        for place in ("leads", "panels"):
            context[place] = [each(request, obj) for each in getattr(self, place)] if shown else []
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)
