"""Forms that know their selected rows and say what was refused."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper

from claimtracker.admin_site import label
from claimtracker.desk.links import is_an_id
from claimtracker.desk.newer import STAMP, is_removed, meet, stamp_of
from claimtracker.desk.refusals import SEEN_AT_ONCE

SAVED_MEANWHILE = (
    "Somebody changed this while you had it open, so that nothing was saved. What you typed is "
    "below: look at what differs, then save again."
)

REMOVED_MEANWHILE = (
    "Somebody deleted this while you had it open, so that nothing was saved. What you typed is "
    "below: save it as a new one, or leave."
)


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
    newer = None  # what others saved since the form was made

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self._keep_line_ends()
        if self.instance.pk is None:
            return
        self._know_selected_rows()
        self.stamp = stamp_of(self.instance)
        self.fields[STAMP] = forms.CharField(
            initial=self.stamp, widget=forms.HiddenInput, required=False
        )
        if self.is_bound:
            self.newer = meet(self)

    def stamp_input(self):
        """Return the hidden input of a form that was made from a row; else nothing."""
        return self[STAMP] if STAMP in self.fields else ""

    def _keep_line_ends(self):
        """Take a text as it is stored: browsers send each end of a line as two characters."""
        texts = [
            self.add_prefix(name)
            for name, field in self.fields.items()
            if isinstance(field.widget, forms.Textarea)
        ]
        foreign = [name for name in texts if "\r\n" in self.data.get(name, "")]
        if foreign:
            self.data = self.data.copy()
            for name in foreign:
                self.data[name] = self.data[name].replace("\r\n", "\n")

    def _know_selected_rows(self):
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
        elif self.desk and self.desk.is_stale(self.request, self):
            self.add_error(
                None, REMOVED_MEANWHILE if is_removed(self.instance) else SAVED_MEANWHILE
            )
        elif (
            self.desk
            and not self.errors
            and not self.desk.may_publish(self.request)
            and self.desk.would_be_public(self.instance)
        ):
            self.add_error(None, SEEN_AT_ONCE)


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


def with_fewer_links(field):
    """Keep the links to change and to add beside a choice; nobody deletes a row from there."""
    if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
        field.widget.can_delete_related = field.widget.can_view_related = False
    return field
