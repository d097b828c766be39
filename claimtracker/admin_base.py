"""What the admin pages of both apps share: rights, review, refusals, labels, capped lists."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist
from django.db import (
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    connection,
    models,
    transaction,
)
from django.db.models.deletion import ProtectedError
from django.http import HttpResponseRedirect
from django.template.defaultfilters import truncatechars
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.text import capfirst

from claimtracker.admin_site import label
from claimtracker.curated import ReviewState
from claimtracker.explain import explain

# How many rows a panel or an inline shows, the newest first; the rest is a link away.
SHOWN = 50
LARGEST_ID = 2**63 - 1
# Rows that editors settled: they stay as they are unless one who may publish changes them.
SETTLED = {ReviewState.PUBLISHED, ReviewState.RETIRED}

REFUSED = (IntegrityError, DataError, InternalError, ProtectedError)
# Two writers in each other's way: serialization_failure, deadlock_detected.
COLLISIONS = {"40001", "40P01"}


def refusal(error: Exception) -> str | None:
    """Return what to tell the editor about an error, None where it is not theirs to mend."""
    if isinstance(error, ProtectedError):
        return "It cannot be deleted: something else refers to it."
    if isinstance(error, OperationalError):
        state = getattr(error.__cause__, "sqlstate", None)
        if state not in COLLISIONS:
            return None
        return "Somebody else saved something at the same moment. Nothing was saved: try again."
    return explain(error)


class LabelledChoiceField(forms.ModelChoiceField):
    """A choice of one row, called by the label that its own admin gives it."""

    site = admin.site

    def label_from_instance(self, obj):
        return label(self.site, obj)


class KnowingAutocomplete(AutocompleteSelect):
    """An autocomplete that is told what is selected, so that it need not ask the database."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = {}

    def knows(self, row):
        self.known[str(row.pk)] = label(self.admin_site, row)

    def optgroups(self, name, value, attr=None):
        value = [v for v in map(str, value) if is_an_id(v)]
        if value and not self.known.keys() >= set(value):
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        for one in value:
            options.append(self.create_option(name, one, self.known[one], True, len(options)))
        return [(None, options, 0)]


class DeskForm(forms.ModelForm):
    """A form that knows its selected rows, says what the database refused, and asks for rights."""

    refusal = None
    desk = None  # the admin, where it has rights to ask for
    request = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, KnowingAutocomplete) and (
                self.instance._meta.get_field(name).is_cached(self.instance)
            ):
                row = getattr(self.instance, name)
                if row is not None:
                    widget.knows(row)

    def _get_validation_exclusions(self):
        """Check the computed columns too: a form has none of them, but what they come from."""
        computed = {field.name for field in self._meta.model._meta.fields if field.generated}
        return super()._get_validation_exclusions() - computed

    def _post_clean(self):
        super()._post_clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        elif (
            self.desk
            and not self.errors
            and not self.desk.may_publish(self.request)
            and self.desk.would_be_public(self.instance)
        ):
            self.add_error(None, "Readers would see this at once: ask an editor to record it.")


class CappedFormSet(forms.BaseInlineFormSet):
    """An inline of the newest rows only, each input with a name of its own for screen readers."""

    def get_queryset(self):
        if not hasattr(self, "_queryset"):
            rows = self.queryset.order_by("-pk")
            if self.is_bound:
                # What was shown when the page was made, whatever was added since.
                rows = rows.filter(pk__in=self._posted())
            self._queryset = list(rows[:SHOWN])[::-1]
        return self._queryset

    def _posted(self):
        count = min(self.management_form.cleaned_data.get("INITIAL_FORMS") or 0, self.absolute_max)
        keys = (self.data.get(f"{self.add_prefix(i)}-id", "") for i in range(count))
        return [int(key) for key in keys if is_an_id(key)]

    @property
    def left_out(self):
        """How many more rows there are than the page shows."""
        if self.instance.pk is None or len(self.get_queryset()) < SHOWN:
            return 0
        return self.queryset.count() - SHOWN

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for field in form.fields.values():
            if not field.widget.is_hidden:
                field.widget.attrs.setdefault("aria-label", str(field.label))


class DeskInline(admin.options.InlineModelAdmin):
    form = DeskForm
    formset = CappedFormSet
    show_change_link = True
    extra = 0
    # What str() and the labels of a row read.
    related = ()

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.related)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(
            db_field, request, **labelled(self, db_field, request, kwargs)
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return with_fewer_links(super().formfield_for_dbfield(db_field, request, **kwargs))


def with_fewer_links(field):
    """Keep the links to change and to add beside a choice; nobody deletes a row from there."""
    if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
        field.widget.can_delete_related = field.widget.can_view_related = False
    return field


def labelled(desk, db_field, request, kwargs):
    """Return the keywords that give a foreign key's form field its labels and its widget."""
    site = desk.admin_site
    kwargs.setdefault("form_class", LabelledChoiceField)
    if db_field.name in desk.get_autocomplete_fields(request):
        kwargs.setdefault("widget", KnowingAutocomplete(db_field, site))
    target = db_field.remote_field.model
    if site.is_registered(target):
        related = getattr(site.get_model_admin(target), "label_related", ())
        kwargs.setdefault("queryset", target._default_manager.select_related(*related))
    return kwargs


class DeskAdmin(admin.ModelAdmin):
    """A page on which nothing the database refuses is an error page, and rights hold by row."""

    form = DeskForm
    change_form_template = "admin/desk_change_form.html"
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    ordering = ["-pk"]
    # What ``label`` and str() read of other rows.
    label_related = ()
    # The permission without which rows that readers see stay as they are.
    publish_permission = None

    def label(self, row) -> str:
        """Return what a row is called where one of several is chosen."""
        return str(row)

    # What is shown besides the form: functions of (request, row) that return HTML. Another app
    # may add to the list of an admin that knows nothing of it.
    panels = ()

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.label_related)

    # Rights

    def may_publish(self, request):
        return request.user.has_perm(self.publish_permission)

    has_publish_permission = may_publish

    def would_be_public(self, row) -> bool:
        """Return whether readers see a row as it stands in memory."""
        raise NotImplementedError

    def is_settled(self, row) -> bool:
        """Return whether only those who may publish may change a row."""
        return self.would_be_public(row)

    def _may_touch(self, request, row):
        if row is None or self.may_publish(request):
            return True
        # A form that is shown again has already written into the row.
        was = getattr(row, "was_settled", None)
        return not (self.is_settled(row) if was is None else was)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST" and connection.in_atomic_block:
            # Until the save, so that nobody publishes it between the question and the write.
            held = self.model._base_manager.filter(pk=row.pk).select_for_update(no_key=True)
            list(held.values_list("pk"))
            row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.was_settled = self.is_settled(row)
        return row

    # Refusals

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (*REFUSED, OperationalError) as error:
            if request.method != "POST" or not (message := refusal(error)):
                raise
            # The same form again, which now holds the refusal, and so is not saved.
            request.refusal = message
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        # What is deferred to COMMIT is asked now, while the form can still say so.
        connection.check_constraints()

    def changelist_view(self, request, extra_context=None):
        filters = (values for name, values in request.GET.lists() if name != SEARCH_VAR)
        if any("\0" in value for values in filters for value in values):
            # As Django answers any other filter that it cannot make sense of.
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(is_an_id(one) for one in ticked):
            self.message_user(request, "Tick the rows again: one is none of ours.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return self._or_back(request, super().changelist_view, request, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        return self._or_back(request, super().delete_view, request, object_id, extra_context)

    def _or_back(self, request, view, *args):
        """Return the view's answer; where the database refuses a write, go back and say so."""
        if request.method != "POST":
            return view(*args)
        try:
            with transaction.atomic():
                response = view(*args)
                connection.check_constraints()
                return response
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
            return super().get_deleted_objects(objs, request)
        by_model = {}
        for row in protected:
            by_model.setdefault(type(row), set()).add(row.pk)
        return [], {}, set(), list(self._in_the_way(by_model))

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

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
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
        shown = obj is not None and not context.get("is_popup") and TO_FIELD_VAR not in request.GET
        context["panels"] = [panel(request, obj) for panel in self.panels] if shown else []
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


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
        if reasons := self.cannot_be_published(rows):
            shown = format_html_join("", "<li>{}</li>", ([reason] for reason in reasons[:5]))
            more = f"… and {len(reasons) - 5} more." if len(reasons) > 5 else ""
            self.message_user(
                request,
                format_html("Nothing was published:<ul>{}</ul>{}", shown, more),
                messages.ERROR,
            )
            return
        self._set_state(request, rows, ReviewState.PUBLISHED)

    @admin.action(
        description="Retire the selected %(verbose_name_plural)s", permissions=["publish"]
    )
    def retire_selected(self, request, queryset):
        rows = self._held(queryset)
        along = self.retired_along(rows)
        self._set_state(request, rows, ReviewState.RETIRED)
        self._say_what_retired(request, along)

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


def is_an_id(text: str) -> bool:
    """Return whether a text can be the id of a row: a number that is not absurdly long."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST_ID


def change_url(row) -> str:
    """Return the address of a row's page in the admin."""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def list_url(model, **filters) -> str:
    """Return the address of a model's list in the admin, filtered."""
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def add_url(model, **filled_in) -> str:
    """Return the address of the form for a new row, with some of it filled in."""
    opts = model._meta
    return f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_add')}?{urlencode(filled_in)}"
