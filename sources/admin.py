"""The editor's pages for who speaks, and where."""

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Case, IntegerField, Q, When
from django.db.models.expressions import RawSQL
from django.http import HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from claimtracker.curated import may_edit, no_text
from claimtracker.desk import CuratedAdmin, DeskAdmin, DeskForm, DeskInline
from claimtracker.desk.limits import say_limits
from claimtracker.edtf import DayFormField
from sources import doubts
from sources.models import Affiliation, Document, Source
from sources.naming import document_name
from sources.texts import LONGEST_FILE, TYPES, read_file


class LinesField(SimpleArrayField):
    """A list of texts, one per line, so that a name may have a comma."""

    default_error_messages = {"item_invalid": "Line %(nth)s:"}

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(*args, delimiter="\n", **kwargs)
        say_limits({"line": self.base_field})

    def to_python(self, value):
        if isinstance(value, str):
            lines = (line.strip() for line in value.splitlines())
            value = "\n".join(dict.fromkeys(line for line in lines if line))
        return super().to_python(value)


class AffiliationInline(DeskInline, admin.TabularInline):
    model = Affiliation
    fields = ["body", "role", "since", "until", "speaks_for"]
    related = ["member", "body"]


class AsMember(AffiliationInline):
    fk_name = "member"
    autocomplete_fields = ["body"]
    verbose_name = "affiliation"
    verbose_name_plural = "It belongs to"


class AsBody(AffiliationInline):
    fk_name = "body"
    fields = ["member", "role", "since", "until", "speaks_for"]
    autocomplete_fields = ["member"]
    verbose_name = "member"
    verbose_name_plural = "Who belongs to it"


class SourceForm(DeskForm):
    """A source; of a new one it asks whether it is another than those like it."""

    def clean_name(self):
        name = self.cleaned_data["name"]
        is_new = self.instance.pk is None and "is_another" not in self.data and not no_text(name)
        if is_new and (warning := SourceAdmin.like_source(name)):
            raise ValidationError(warning, code="like_source")
        return name


@admin.register(Source)
class SourceAdmin(CuratedAdmin):
    form = SourceForm
    list_display = ["name", "kind", "state", "slug"]
    list_filter = ["kind", "review_state"]
    search_fields = ["name__contains_folded", "aliases__contains_folded", "slug", "wikidata_id"]
    ordering = ["name", "pk"]
    inlines = [AsMember, AsBody]
    fieldsets = [
        (None, {"fields": ["name", "kind", "slug"]}),
        ("About it", {"fields": ["aliases", "wikidata_id", "description"]}),
    ]
    # Other apps add what they know of a source: claims adds what it said, and what retires with it.
    # claims also knows which sources a name may mean: functions of (name) that return the ids, the
    # likest first, and what to say where a new one is like another.
    panels = []
    consequences = []
    meant_by = staticmethod(lambda name: [])
    like_source = staticmethod(lambda name: "")

    def get_search_results(self, request, queryset, search_term):
        """Find sources as the reading desk does: by any spelling, alphabet and sound of a name."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term.strip() or no_text(search_term):
            return found, may_repeat
        meant = self.meant_by(search_term)
        sounds_alike = RawSQL(
            '"sources_source".search @@ search_query_of_names(%s, %s)',
            [search_term, "sounds"],
            output_field=BooleanField(),
        )
        rows = queryset.filter(
            Q(pk__in=found.order_by().values("pk")) | Q(pk__in=meant) | Q(sounds_alike)
        )
        if request.path.endswith("/autocomplete/"):
            # What is meant comes first; what was merged can't be chosen.
            places = [When(pk=pk, then=place) for place, pk in enumerate(meant)]
            place = Case(*places, default=len(meant), output_field=IntegerField())
            rows = rows.filter(merged_into=None)
            rows = rows.order_by(*([place] if meant else []), "name", "pk")
        return rows, False

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def about(self, source):
        return [source.get_kind_display()]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "aliases":
            kwargs.update(
                form_class=LinesField, help_text="Other spellings and short names, one a line."
            )
        if db_field.name == "description":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Affiliation)
class AffiliationAdmin(DeskAdmin):
    list_display = ["member", "role", "body", "since", "until", "speaks_for"]
    list_display_links = ["member", "role"]
    list_filter = ["speaks_for"]
    search_fields = [
        "member__name__contains_folded",
        "body__name__contains_folded",
        "role__contains_folded",
    ]
    autocomplete_fields = ["member", "body"]
    label_related = ["member", "body"]
    fields = ["member", "body", "role", "since", "until", "speaks_for"]


class DocumentForm(DeskForm):
    """A document, whose text is pasted or uploaded, and which of its pages are in doubt."""

    text_file = forms.FileField(
        label="Or upload it",
        required=False,
        help_text="A .txt, .html, .mhtml or .pdf file. Replaces the text above.",
        widget=forms.FileInput(attrs={"accept": ",".join(TYPES)}),
    )
    was_compared = forms.BooleanField(
        label="I compared the text of these pages with the document",
        required=False,
        help_text="Quotes from these pages no longer need to be confirmed.",
    )
    # What the upload brought; the text may be without any.
    file_text = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if sentences := doubts.sentences(self.instance.doubts):
            told = format_html_join("", "{}<br>", ([each] for each in sentences))
            field = self.fields["was_compared"]
            field.help_text = format_html("{}{}", told, field.help_text)

    @property
    def changed_data(self):
        """The fields that were changed; an upload changes the text and the doubts about it."""
        changed = [
            name
            for name in super().changed_data
            if name not in {"text", "text_file", "doubts", "was_compared"}
        ]
        cleaned = getattr(self, "cleaned_data", {})
        for name in ("text", "doubts"):
            posted = name in self.fields and name in super().changed_data
            is_changed = cleaned[name] != self.initial.get(name, "") if name in cleaned else posted
            if is_changed:
                changed.append(name)
        return changed

    def clean(self):
        cleaned = super().clean()
        if "text" not in self.fields:
            return cleaned
        # Which pages are in doubt is not for the browser to say.
        cleaned["doubts"] = self.instance.doubts
        self._read_file(cleaned)
        if self.file_text:
            cleaned["text"] = self.file_text.text
            cleaned["doubts"] = doubts.written(self.file_text.doubts)
        if not cleaned.get("text") or cleaned.get("was_compared"):
            cleaned["doubts"] = ""
        return cleaned

    def _read_file(self, cleaned):
        file = cleaned.get("text_file")
        if not file:
            return
        # A browser ends lines in its own way.
        if cleaned["text"].replace("\r\n", "\n") != self.initial.get("text", ""):
            self.add_error("text_file", "A text was pasted too. Leave one of the two out.")
            return
        try:
            if file.size > LONGEST_FILE:
                raise ValidationError(f"It is larger than {LONGEST_FILE // 1_000_000} MB.")
            self.file_text = read_file(file.name, file.read())
        except ValidationError as error:
            self.add_error("text_file", error)


def without_doubts(fieldset):
    """Return a fieldset without the box that says that pages in doubt were compared."""
    name, options = fieldset
    fields = [each for each in options["fields"] if each != "was_compared"]
    return name, options | {"fields": fields}


def what_to_know(file_text) -> list[str]:
    """Return what an editor is told about a text that was uploaded, in sentences."""
    told = []
    if pages := file_text.without_text:
        which = capfirst(doubts.pages_in_words(pages))
        told.append(
            f"{which} {'has' if len(pages) == 1 else 'have'} no text, only pictures. "
            "To quote from there, have the pages read by a program that recognises letters (OCR), "
            "and paste what it finds."
        )
    if sentences := doubts.sentences(doubts.written(file_text.doubts)):
        told.append(
            "The text may differ from the document. Compare it before you quote from it. "
            + " ".join(sentences)
        )
    return told


@admin.register(Document)
class DocumentAdmin(CuratedAdmin):
    form = DocumentForm
    list_display = ["name", "kind", "publisher", "published_on", "reading", "state"]
    list_filter = ["kind", "review_state"]
    # Only by the day, which an index knows: titles are too long for one.
    sortable_by = ["published_on"]
    search_fields = ["title__contains_folded", "slug__contains_folded", "url__contains_folded"]
    # Which sources have a word in their name is asked once, not of each document.
    search_through = {"publisher": ["name__contains_folded"]}
    autocomplete_fields = ["publisher"]
    label_related = ["publisher"]
    heavy = ["text"]
    fieldsets = [
        (None, {"fields": ["title", "kind", "publisher", "published", "url"]}),
        ("Its words", {"fields": ["text", "text_file", "was_compared", "doubts"]}),
        (
            "About it",
            {"fields": ["slug", "language", "retrieved", "archived_url", "sha256", "retracted"]},
        ),
    ]
    # Other apps add what was read in a document, and say where its text is read and what no longer
    # fits it: functions of (document) that return an address, and a sentence or nothing.
    panels = []
    leads = []
    pages = []
    reading_url = None
    misfits = None
    consequences = []

    def about(self, document):
        publisher = str(document.publisher) if document.publisher_id else ""
        return [publisher, document.published or "undated", document.get_kind_display()]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(has_text=~Q(text=""))

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["title"]}

    def text_for_slug(self, cleaned, fields):
        publisher = cleaned.get("publisher")
        return document_name(
            cleaned.get("title") or "",
            cleaned.get("kind") or "document",
            str(publisher or ""),
            cleaned.get("published"),
        )

    def hidden_from(self, request):
        """Keep the stored text from those who may look but not edit."""
        return set() if may_edit(request.user, Document) else {"text", "doubts"}

    def get_fieldsets(self, request, obj=None):
        hidden = self.hidden_from(request)
        return [
            each if obj and obj.doubts else without_doubts(each)
            for each in self.fieldsets
            if not hidden & set(each[1]["fields"])
        ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 12, "dir": "auto"})
            kwargs["strip"] = False
        if db_field.name == "retrieved":
            kwargs["form_class"] = DayFormField
        if db_field.name == "doubts":
            kwargs["widget"] = forms.HiddenInput
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        request.has_new_text = bool({"text", "text_file"} & set(form.changed_data))
        if form.file_text:
            for sentence in what_to_know(form.file_text):
                self.message_user(request, sentence, messages.WARNING)
        if not self.misfits or not request.has_new_text:
            return
        if sentence := self.misfits(form.instance):
            self.message_user(request, sentence, messages.WARNING)

    def response_add(self, request, obj, post_url_continue=None):
        """Go on to read what was pasted, unless another way is asked for."""
        return self._go_on_to_read(
            request, obj, super().response_add(request, obj, post_url_continue)
        )

    def response_change(self, request, obj):
        """Go on to read what was pasted, as after a document is added."""
        return self._go_on_to_read(request, obj, super().response_change(request, obj))

    def _go_on_to_read(self, request, obj, response):
        is_asked = getattr(request, "has_new_text", False) and "_save" in request.POST
        if is_asked and obj.text and self.reading_url and may_edit(request.user, Document):
            return HttpResponseRedirect(self.reading_url(obj))
        return response

    @admin.display(description="title")
    def name(self, document):
        return str(document)

    @admin.display(ordering="published_range", description="published")
    def published_on(self, document):
        return document.published

    @admin.display(description="text")
    def reading(self, document):
        if not (document.has_text and self.reading_url):
            return ""
        return format_html(
            '<a href="{}" aria-label="Read “{}”">Read</a>', self.reading_url(document), document
        )
