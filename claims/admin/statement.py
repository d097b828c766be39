from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect, StreamingHttpResponse

from claims.admin.badges import stance_badge
from claims.admin.citation import EXACT, CitationForm
from claims.admin.claim import TopicFilter
from claims.admin.in_place import EditedInPlace
from claims.exchange.sheet_writing import lines_of
from claims.models import Citation, Statement
from claims.models.statement import LARGEST_ORDER
from claimtracker.curated import ReviewState
from claimtracker.desk import (
    CappedFormSet,
    CuratedAdmin,
    DeskForm,
    DeskInline,
    asked,
    change_url,
    is_an_id,
)
from claimtracker.desk.forms import ExactField
from sources.models import Document


class CitationFormSet(CappedFormSet):
    """The citations of a statement, each of which may be taken from another of them."""

    def clean(self):
        """Ask whether the statement was made after all that cites it was published."""
        super().clean()
        is_asked = self.instance.is_dated_anew or any(form.has_changed() for form in self.forms)
        if any(self.errors) or not is_asked:
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        cited = [form.instance.document for form in kept if form.instance.document_id]
        # Of words that stay as they are the form asks.
        edited = [
            form.instance
            for form in kept
            if form.has_changed() and form.instance.document_id and form.instance.quote
        ]
        twins = (self.instance.twin_question(each.document, each.quote) for each in edited)
        for each in filter(None, twins):
            if error := asked(each, self.data):
                raise ValidationError(error)
        for each in self.instance.date_warnings(cited):
            # Of a day that is to come the form asks at its field.
            if each.rows and (error := asked(each, self.data)):
                raise ValidationError(error)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "via" in form.fields:
            form.fields["via"].queryset = self.others
            form.fields["via"].widget.choices = [
                (key, name) for key, name in self.via_choices if key != form.instance.pk
            ]

    @property
    def others(self):
        if self.instance.pk is None:
            return Citation.objects.none()
        return Citation.objects.filter(statement=self.instance)

    @property
    def via_choices(self):
        """The choices of every row, asked for once."""
        if not hasattr(self, "_via_choices"):
            cited = [] if self.instance.pk is None else self.get_queryset()
            self._via_choices = [
                ("", "no other document, as far as known"),
                *((citation.pk, name_of(citation)) for citation in cited),
            ]
        return self._via_choices


def name_of(citation) -> str:
    """Return what a citation is called among those of its statement."""
    document = citation.document
    return ", ".join(
        filter(
            None,
            [
                str(document.publisher or ""),
                document.published,
                document.title[:80] or document.get_kind_display(),
            ],
        )
    )


class CitationInline(DeskInline, admin.StackedInline):
    model = Citation
    form = CitationForm
    fk_name = "statement"
    formset = CitationFormSet
    autocomplete_fields = ["document"]
    related = ["document__publisher", "via__document"]
    heavy = ["document__text", "via__document__text"]
    fieldsets = [
        (None, {"fields": ["document", "quote", ("manner", "language", "locator"), "via"]}),
        (
            "More of it",
            {
                "classes": ["collapse"],
                "fields": ["prefix", "suffix", "translation", "as_named", "note"],
            },
        ),
    ]
    verbose_name = "citation"
    verbose_name_plural = "Where we read it"

    def get_extra(self, request, obj=None, **kwargs):
        return super().get_extra(request, obj, **kwargs) or (1 if obj is None else 0)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in {"quote", "prefix", "suffix", "translation", "note"}:
            rows = 3 if db_field.name == "quote" else 2
            kwargs["widget"] = forms.Textarea(attrs={"rows": rows})
        if db_field.name in EXACT:
            kwargs["form_class"] = ExactField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # A citation has no page to be added on.
        return unwrapped(field) if db_field.name == "via" else field


def unwrapped(field):
    """Take the links to change and to add away from a choice."""
    field.widget = field.widget.widget
    return field


class CitationInPlace(CitationInline):
    """A citation that is there already: its words, not its document."""

    autocomplete_fields = ()
    show_change_link = False
    fieldsets = [
        (None, {"fields": ["quote", ("manner", "language", "locator"), "via", "translation"]})
    ]

    def has_add_permission(self, request, obj=None):
        return False


class StatementForm(DeskForm):
    def doubts(self, changed):
        """Leave what depends on citations to them: they are saved with the statement."""
        if "said" not in changed:
            return self.instance.questions(changed)
        self.instance.is_dated_anew = True
        return [*self.instance.questions(changed), *self.instance.date_warnings([])]

    def _get_validation_exclusions(self):
        """Leave a blank slug alone as long as there is nothing to make it from."""
        exclude = super()._get_validation_exclusions()
        if not self.instance.slug and exclude & {"claim", "source"}:
            exclude.add("slug")
        return exclude


@admin.register(Statement)
class StatementAdmin(EditedInPlace, CuratedAdmin):
    form = StatementForm
    list_display = ["source", "stance_badge", "claim", "said_on", "state"]
    list_display_links = ["source", "stance_badge"]
    list_filter = ["stance", "review_state", "personal_capacity", TopicFilter, "source__kind"]
    list_select_related = ["claim", "source"]
    # Only by the day: to put a million in another order takes a second, and filters serve better.
    sortable_by = ["said_on"]
    search_fields = ["slug__startswith"]
    search_through = {
        "source": ["name__contains_folded", "slug__contains_folded"],
        "claim": ["text__contains_folded", "slug__contains_folded"],
        "id": ["occasion__contains_folded"],
    }
    autocomplete_fields = ["claim", "source"]
    label_related = ["claim", "source"]
    inlines = [CitationInline]
    in_place_inlines = [CitationInPlace]
    in_place_fieldsets = [
        (None, {"fields": [("stance", "denies_what"), ("said", "order"), "occasion", "note"]})
    ]
    actions = [*CuratedAdmin.actions, "download_selected", "download_for_spreadsheets"]
    fieldsets = [
        (None, {"fields": ["claim", "source", "stance", "denies_what", "said"]}),
        (
            "More of it",
            {
                "classes": ["collapse"],
                "fields": ["order", "occasion", "personal_capacity", "note", "slug"],
            },
        ),
    ]

    @admin.action(description="Download the selected statements as CSV", permissions=["view"])
    def download_selected(self, request, queryset):
        return self.downloaded(queryset, is_guarded=False)

    @admin.action(
        description="Download the selected statements as CSV for spreadsheets",
        permissions=["view"],
    )
    def download_for_spreadsheets(self, request, queryset):
        return self.downloaded(queryset, is_guarded=True)

    def downloaded(self, queryset, *, is_guarded):
        # A filter by topic may have found one twice.
        found = Statement.objects.filter(pk__in=queryset.order_by().values("pk"))
        return StreamingHttpResponse(
            lines_of(found, is_guarded=is_guarded),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="statements.csv"'},
        )

    @admin.display(ordering="stance", description="stance")
    def stance_badge(self, statement):
        return stance_badge(statement)

    @admin.display(ordering="said_range", description="said on")
    def said_on(self, statement):
        return statement.said or "undated"

    def about(self, statement):
        return [statement.said or "undated"]

    def cannot_be_published(self, rows):
        blocked = rows.exclude(
            claim__review_state=ReviewState.PUBLISHED, source__review_state=ReviewState.PUBLISHED
        )
        reasons = []
        for row in blocked.select_related("claim", "source"):
            for end, what in ((row.claim, "claim"), (row.source, "source")):
                if end.review_state != ReviewState.PUBLISHED:
                    reasons.append(f"“{row}”: publish its {what} “{end}” first.")
        return reasons

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        statement = form.instance
        if statement.review_state == ReviewState.PUBLISHED:
            self._say_what_readers_miss(request, statement)

    def _say_what_readers_miss(self, request, statement):
        """Warn of a statement that counts, and of which readers cannot see where it was said."""
        citations = statement.citations.select_related("document").defer("document__text")
        if any(citation.document.is_public for citation in citations):
            return
        unseen = [f"“{citation.document}”" for citation in citations]
        remedy = f"publish {' or '.join(unseen)}" if unseen else "add a citation"
        self.message_user(
            request, f"Readers see no citation of this statement yet: {remedy}.", messages.WARNING
        )

    def response_post_save_add(self, request, obj):
        """Lead back to the page whose link opened the form: it filled in what it is about."""
        document = request.GET.get("document", "")
        if is_an_id(document):
            row = Document.objects.filter(pk=document).first()
        else:
            filled_in = [name for name in ("claim", "source") if name in request.GET]
            row = getattr(obj, filled_in[0]) if filled_in else None
        if row is None:
            return super().response_post_save_add(request, obj)
        return HttpResponseRedirect(change_url(row))

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "note":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2})
        if db_field.name == "order":
            # Without one no slug is made, and that would be a second error.
            kwargs["max_value"] = LARGEST_ORDER
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """Fill in the document that the statement was read in, where the address names it."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        document = request.GET.get("document", "")
        if request.method == "GET" and not obj.pk and is_an_id(document):
            kwargs["initial"] = [{"document": document}]
        return kwargs
