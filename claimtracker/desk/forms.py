"""Forms that know their selected rows and say what was refused."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from claimtracker import review, stamps
from claimtracker.admin_site import label
from claimtracker.curated import ReviewState, no_text
from claimtracker.desk.limits import say_limits
from claimtracker.desk.links import change_url, is_an_id
from claimtracker.desk.newer import STAMP, is_removed, meet, stamp_of
from claimtracker.desk.refusals import SEEN_AT_ONCE
from claimtracker.line_ends import with_line_feeds
from claimtracker.review import writes_at_once
from claimtracker.slugs import free_slug

SAVED_MEANWHILE = (
    "Somebody changed this while you had it open, so that nothing was saved. What you typed is "
    "below: look at what differs, then save again."
)

REMOVED_MEANWHILE = (
    "Somebody deleted this while you had it open, so that nothing was saved. What you typed is "
    "below: save it as a new one, or leave."
)

ELSEWHERE_MEANWHILE = (
    "Somebody changed what belongs to this while you had the page open, such as the name of a "
    "topic or a row that is not on this page. Nothing was saved. Check it, then publish again."
)

ONE_AFTER_THE_OTHER = (
    "Another editor reads your change before readers do: propose it, then take the step apart."
)
REASON = "reason"
SEEN = "seen"
PUBLISHED = ReviewState.PUBLISHED


def reason_field(label):
    """Return the field that asks why; the history keeps what is written there."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[refuse_no_text],
    )


def refuse_no_text(text):
    if message := no_text(text):
        raise ValidationError(message)


def with_line_feeds_in(data, names):
    """Return what a form sent, its texts as they are stored: with line feeds only.

    Browsers send each line end of a text as two characters.
    """
    foreign = [name for name in names if "\r" in data.get(name, "")]
    if foreign:
        data = data.copy()
        for name in foreign:
            data[name] = with_line_feeds(data[name])
    return data


class ExactField(forms.CharField):
    """A text of which the spaces around it count; nothing but spaces is no text."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs, strip=False)

    def to_python(self, value):
        text = super().to_python(value)
        return text if text.strip() else self.empty_value


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
    desk = None  # the admin, of the form that a page is about
    request = None
    step = None  # of review, that the form asks for
    stood = ""  # the review state before that
    newer = None  # what others saved since the form was made
    # Whether others changed what belongs to the row since the form was made, so that whoever sends
    # it has not seen what they would publish.
    is_unseen = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.desk:
            self.fields[REASON] = reason_field(self.desk.asks_why(self.request))
        say_limits(self.fields)
        if self.is_bound:
            self._keep_line_ends()
        if self.instance.pk is None:
            self._may_leave_out_the_slug()
            return
        if self.desk and not self.is_bound and (proposal := self.request.page.proposal):
            self.initial |= proposal.fields
        self._know_selected_rows()
        self.stamp = stamp_of(self.instance)
        self.fields[STAMP] = forms.CharField(
            initial=self.stamp, widget=forms.HiddenInput, required=False
        )
        if self.is_bound:
            self.newer = meet(self)
        if self.desk and getattr(self.instance, "review_state", PUBLISHED) != PUBLISHED:
            self._know_what_is_seen()

    def _know_what_is_seen(self):
        """Carry the stamp of the row with its parts, which is read before those are."""
        # A row that is gone has no parts any more; the form says that it is.
        now = "" if is_removed(self.instance) else str(stamps.stamp_of(self.instance))
        self.fields[SEEN] = forms.CharField(initial=now, widget=forms.HiddenInput, required=False)
        name = self.add_prefix(SEEN)
        if self.is_bound and self.data.get(name) != now:
            self.is_unseen = True
            self.data = self.data.copy()
            self.data[name] = now

    @property
    def publishes_unseen(self) -> bool:
        """Whether the form would publish what was not on the page that it was made for."""
        return bool(self.is_unseen and self.step and self.step.to == PUBLISHED)

    def stamp_input(self):
        """Return the hidden inputs of a form that was made from a row; else nothing."""
        return format_html_join(
            "", "{}", ([self[name]] for name in (STAMP, SEEN) if name in self.fields)
        )

    def _keep_line_ends(self):
        """Take a text as it is stored: browsers send each end of a line as two characters."""
        texts = [
            self.add_prefix(name)
            for name, field in self.fields.items()
            if isinstance(field.widget, forms.Textarea)
        ]
        self.data = with_line_feeds_in(self.data, texts)

    def _know_selected_rows(self):
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, KnowingAutocomplete) and (
                self.instance._meta.get_field(name).is_cached(self.instance)
            ):
                row = getattr(self.instance, name)
                if row is not None:
                    widget.knows(row)

    @cached_property
    def changed_data(self):
        """The fields of the row that were changed: why is none of them."""
        return [name for name in super().changed_data if name != REASON]

    def _may_leave_out_the_slug(self):
        if self.desk and "slug" in self.fields and self.desk.prepopulated_from(self.request):
            self.fields["slug"].required = False
            self.fields["slug"].help_text = (
                "Used in the page's URL. Can't be changed after publishing. Leave it blank, and "
                "one is made from the name."
            )

    def _make_slug(self, cleaned):
        """Fill in a slug that was left blank: names in every alphabet have one."""
        field = self.fields.get("slug")
        if not self.desk or self.instance.pk or field is None or "slug" in self.errors:
            return
        made_of = self.desk.prepopulated_from(self.request)
        if not cleaned.get("slug") and made_of and not self.errors.keys() & set(made_of):
            text = self.desk.text_for_slug(cleaned, made_of)
            cleaned["slug"] = free_slug(self._meta.model, text)

    def clean(self):
        """Take the step of review that is asked for, so that the row is checked as it would be."""
        cleaned = super().clean()
        self._make_slug(cleaned)
        self.step = self.desk and self.desk.asked_step(self.request)
        if self.step:
            self.stood = self.instance.review_state
            try:
                review.check(
                    row=self.instance,
                    step=self.step,
                    user=self.request.user,
                    reason=cleaned.get(REASON, ""),
                )
            except ValidationError as error:
                self.add_error(None, error)
            except PermissionDenied as error:
                self.add_error(None, str(error))
            else:
                self.instance.review_state = self.step.to
        return cleaned

    def _get_validation_exclusions(self):
        """Check what has no field here too: computed columns, the state that is asked for."""
        also = {field.name for field in self._meta.model._meta.fields if field.generated}
        if self.step:
            also.add("review_state")
        return super()._get_validation_exclusions() - also

    def _post_clean(self):
        super()._post_clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        elif self.desk and self.desk.is_stale(self.request, self):
            if is_removed(self.instance):
                told = REMOVED_MEANWHILE
            else:
                is_here = self.desk.newer(self.request, self)
                told = SAVED_MEANWHILE if is_here else ELSEWHERE_MEANWHILE
            self.add_error(None, told)
        elif self.desk and not self.errors:
            self._ask()
            self._wait_where_readers_would_see()

    def doubts(self, changed):
        """Return what is likely to be wrong with the row, of which these fields changed."""
        return [*self.instance.questions(changed), *self.instance.warnings(changed)]

    def _ask(self):
        """Ask what is likely to be wrong, unless it was ticked to be right."""
        for each in self.doubts(self.changed_data):
            if error := asked(each, self.data):
                self.add_error(each.field if each.field in self.fields else None, error)

    def _wait_where_readers_would_see(self):
        """Let an edit wait that readers would see, of one who may not publish."""
        desk, page = self.desk, self.request.page
        if self.step:
            if page.waits and desk.has_edits(self.request, self):
                self.add_error(None, ONE_AFTER_THE_OTHER)
            page.waits = False
        elif not writes_at_once(self.request.user, desk.model) and self._readers_see():
            if desk.may_propose(self.request):
                page.waits = True
            else:
                self.add_error(None, SEEN_AT_ONCE)

    def _readers_see(self) -> bool:
        """Return whether readers see the row, and let nobody publish what it belongs to now."""
        self.desk.hold_owners(self.instance)
        return self.instance.readers_see


def asked(question, data) -> SafeString | None:
    """Return the error that asks a question, with the box to tick; None where it was ticked."""
    name = f"confirm_{question.code}"
    if name in data:
        return None
    links = [(change_url(row), str(row)) for row in question.rows]
    return render_to_string(
        "admin/question.html", {"question": question, "box": name, "links": links}
    )


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
