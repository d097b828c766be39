"""Rows edited on the page of another, the newest only, each input with a name of its own."""

from django import forms
from django.contrib import admin
from django.db import connection
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.forms.models import _get_foreign_key

from claimtracker.desk.forms import DeskForm, labelled, with_fewer_links
from claimtracker.desk.links import is_an_id
from claimtracker.desk.newer import STAMP, added, removed
from claimtracker.desk.page import page_of
from claimtracker.desk.proposing import proposed_new
from claimtracker.events import last_event

# How many rows a panel or an inline shows, the newest first; the rest is a link away.
SHOWN = 50
# How many rows an inline takes, those that are shown included.
MOST = 100


class CappedFormSet(forms.BaseInlineFormSet):
    """An inline of the newest rows only, each input with a name of its own for screen readers."""

    default_error_messages = {
        **forms.BaseInlineFormSet.default_error_messages,
        "too_many_forms": (
            f"Nothing was saved. This page takes at most {MOST} rows of one kind. Save some of "
            "them first, then add the others."
        ),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What others removed of the rows that were on the page.
        self.removed_meanwhile = []
        if self.is_bound and not self.save_as_new:
            self._do_without_removed()

    def get_queryset(self):
        if not hasattr(self, "_queryset"):
            rows = self.queryset.order_by("-pk")
            if self.is_bound:
                # What was shown when the page was made, whatever was added since.
                rows = rows.filter(pk__in=self._posted().values())
                if connection.in_atomic_block:
                    # Until the save; a second look, as others may have written meanwhile.
                    held = self.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
                    list(held.order_by("pk").select_for_update(no_key=True).values_list("pk"))
            rows = rows.annotate(last_event=last_event(self.model))
            self._queryset = list(rows[:SHOWN])[::-1]
        return self._queryset

    def total_form_count(self):
        if self.is_bound and self._is_too_long():
            # It is refused: no form is made for what no page of ours has sent.
            return min(self.initial_form_count(), SHOWN)
        return super().total_form_count()

    def _is_too_long(self):
        return (self.management_form.cleaned_data.get(TOTAL_FORM_COUNT) or 0) > self.absolute_max

    def _posted(self):
        """Return the keys of the rows that were on the page, by their place on it."""
        count = min(self.management_form.cleaned_data.get("INITIAL_FORMS") or 0, self.absolute_max)
        keys = {i: self.data.get(f"{self.add_prefix(i)}-id", "") for i in range(count)}
        return {i: int(key) for i, key in keys.items() if is_an_id(key)}

    def _do_without_removed(self):
        """Leave out the rows that others removed; what was typed into one makes a new one."""
        there = {row.pk for row in self.get_queryset()}
        gone = {place: key for place, key in self._posted().items() if key not in there}
        kept = []
        for place, key in gone.items():
            row = removed(self.model, key)
            if row is None:
                return  # no row of ours: the form says so
            form = self.form(self.data, prefix=self.add_prefix(place), instance=row)
            self.removed_meanwhile.append(form.newer)
            typed = any(each.typed is not None for each in form.newer.differences)
            if typed and f"{form.prefix}-DELETE" not in self.data:
                form.newer.is_kept = True
                kept.append(place)
        if gone:
            self._rearrange(gone, kept)

    def added_meanwhile(self):
        """Return the rows that others added since the page was made, which the form lacks."""
        posted = self._posted().values()
        rows = self.queryset.exclude(pk__in=posted)
        if len(posted) >= SHOWN:
            # The page did not show all, but the newest.
            rows = rows.filter(pk__gt=max(posted))
        return [added(row, without=self.fk.name) for row in rows.order_by("-pk")[:SHOWN]]

    def _rearrange(self, gone, kept):
        """Number the forms anew: what was on the page without those gone, then new ones."""
        names = (INITIAL_FORM_COUNT, TOTAL_FORM_COUNT)
        initial, total = (self.management_form.cleaned_data.get(name) or 0 for name in names)
        shown = [place for place in range(initial) if place not in gone]
        places = [*shown, *kept, *range(initial, min(total, self.absolute_max))]
        data = self.data.copy()
        for key in self.data:
            if key.startswith(tuple(f"{self.add_prefix(place)}-" for place in range(initial))):
                del data[key]
        for number, place in enumerate(places):
            before, after = f"{self.add_prefix(place)}-", f"{self.add_prefix(number)}-"
            for key, values in self.data.lists():
                name = key.removeprefix(before)
                if name != key and not (place in kept and name in {"id", STAMP}):
                    data.setlist(after + name, values)
        data[f"{self.prefix}-{INITIAL_FORM_COUNT}"] = len(shown)
        data[f"{self.prefix}-{TOTAL_FORM_COUNT}"] = len(places)
        self.data = data
        del self.management_form, self._queryset

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
    max_num = MOST
    # What str() and the labels of a row read.
    related = ()
    # Long texts of those rows, which nothing here shows.
    heavy = ()

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.related).defer(*self.heavy)

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, **{"absolute_max": MOST} | kwargs)

    @property
    def part(self) -> str:
        """The name by which the row of the page knows these rows."""
        key = _get_foreign_key(self.parent_model, self.model, self.fk_name)
        return key.remote_field.get_accessor_name()

    def get_extra(self, request, obj=None, **kwargs):
        return len(proposed_new(request, self)) or super().get_extra(request, obj, **kwargs)

    def has_delete_permission(self, request, obj=None):
        """Let what waits for review also ask for a row to go."""
        page = page_of(request)
        return bool(page and page.waits) or super().has_delete_permission(request, obj)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(
            db_field, request, **labelled(self, db_field, request, kwargs)
        )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return with_fewer_links(super().formfield_for_dbfield(db_field, request, **kwargs))
