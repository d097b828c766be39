"""The editor's pages for who speaks, and where."""

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField

from claimtracker.curated import may_edit
from claimtracker.desk import CuratedAdmin, DeskAdmin, DeskInline
from sources.models import Affiliation, Document, Source


class LinesField(SimpleArrayField):
    """A list of texts, one a line, so that a name may have a comma."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(*args, delimiter="\n", **kwargs)

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


@admin.register(Source)
class SourceAdmin(CuratedAdmin):
    list_display = ["name", "kind", "state", "slug"]
    list_filter = ["kind", "review_state"]
    search_fields = ["name", "aliases", "slug", "wikidata_id"]
    ordering = ["name", "pk"]
    inlines = [AsMember, AsBody]
    fieldsets = [
        (None, {"fields": ["name", "kind", "slug", "review_state"]}),
        ("About it", {"fields": ["aliases", "wikidata_id", "description"]}),
    ]
    # Other apps add what they know of a source: claims adds what it said, and what retires with it.
    panels = []
    retires = []

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
    search_fields = ["member__name", "body__name", "role"]
    autocomplete_fields = ["member", "body"]
    label_related = ["member", "body"]
    fields = ["member", "body", "role", "since", "until", "speaks_for"]
    publish_permission = "sources.publish_source"

    def would_be_public(self, affiliation):
        return affiliation.member.is_public and affiliation.body.is_public


@admin.register(Document)
class DocumentAdmin(CuratedAdmin):
    list_display = ["title", "kind", "publisher", "published_on", "state"]
    list_filter = ["kind", "review_state"]
    search_fields = ["title", "slug", "url", "publisher__name"]
    autocomplete_fields = ["publisher"]
    label_related = ["publisher"]
    fieldsets = [
        (None, {"fields": ["title", "kind", "publisher", "published", "url", "review_state"]}),
        (
            "About it",
            {"fields": ["slug", "language", "retrieved", "archived_url", "sha256", "retracted"]},
        ),
        ("Its words", {"fields": ["text"], "classes": ["collapse"]}),
    ]
    panels = []

    def about(self, document):
        publisher = str(document.publisher) if document.publisher_id else ""
        return [publisher, document.published or "undated", document.get_kind_display()]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["title"]}

    def hidden_from(self, request):
        """Keep the stored text from those who may look but not edit."""
        return set() if may_edit(request.user, Document) else {"text"}

    def get_fieldsets(self, request, obj=None):
        hidden = self.hidden_from(request)
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f not in hidden]})
            for name, options in self.fieldsets
        ]

    @admin.display(ordering="published_range", description="published")
    def published_on(self, document):
        return document.published
