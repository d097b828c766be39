"""Rows edited on the page of another, the newest only, each input with a name of its own."""

from django import forms
from django.contrib import admin

from claimtracker.desk.forms import DeskForm, labelled, with_fewer_links
from claimtracker.desk.links import is_an_id

# How many rows a panel or an inline shows, the newest first; the rest is a link away.
SHOWN = 50


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
