from django.contrib import admin
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.utils.html import format_html

from claims import untrusted
from claims.admin.badges import stance_badge
from claims.models import Citation
from claimtracker.desk import DeskAdmin, DeskForm, change_url
from claimtracker.desk.forms import ExactField

# What is found again in a text by every character of it.
EXACT = {"quote", "prefix", "suffix"}


def is_quoted(word):
    """Return the condition that a quote or its translation has a word, whatever its ending.

    Words that no English text is found by are not asked for.
    """
    sql = (
        "(numnode(search_query('en', %s)) = 0 "
        'OR "claims_citation".search @@ search_query_in_any(%s))'
    )
    return Q(RawSQL(sql, [word, word], output_field=BooleanField()))


class CitationForm(DeskForm):
    """A citation; of a quote from a page in doubt it asks whether it was compared."""

    def clean(self):
        cleaned = super().clean()
        for name in ("quote", "prefix", "suffix"):
            if cleaned.get(name):
                cleaned[name] = untrusted.without_page_breaks(cleaned[name])
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        name = self.add_prefix(untrusted.CODE)
        # What stood there already was asked about when it was written.
        if self.errors or name in self.data or not {"quote", "document"} & set(self.changed_data):
            return
        if self.instance.document_id and (why := untrusted.doubt_about(self.instance)):
            self.add_error("quote", untrusted.question(why, name))


@admin.register(Citation)
class CitationAdmin(DeskAdmin):
    """The list of what was read where. New ones are made on the statement's page."""

    form = CitationForm

    list_display = ["speaker", "stance", "said_on", "quote", "document"]
    list_filter = ["manner", "statement__stance"]
    search_fields = ["document__slug"]
    search_through = {
        "document": ["title__contains_folded"],
        "statement__source": ["name__contains_folded"],
        "id": [is_quoted],
    }
    sortable_by = []
    autocomplete_fields = ["document"]
    label_related = ["statement__source", "statement__claim", "document__publisher"]
    heavy = ["document__text"]
    readonly_fields = ["of_statement"]
    fields = [
        "of_statement",
        "document",
        "via",
        "manner",
        "quote",
        "prefix",
        "suffix",
        "locator",
        "language",
        "translation",
        "as_named",
        "note",
    ]

    def has_add_permission(self, request):
        return False

    def has_module_permission(self, request):
        """Stay out of the index: a citation is reached from its statement or its document."""
        return False

    def proposed(self, row, form, formsets):
        """Propose a change of its statement, on whose page it is read."""
        _, fields = super().proposed(row, form, formsets)
        return row.statement, {"citations": [{"id": row.pk, **fields}]}

    def get_form(self, request, obj=None, change=False, **kwargs):
        request.citation = obj
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in EXACT:
            kwargs["form_class"] = ExactField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "via":
            shown = getattr(request, "citation", None)
            others = Citation.objects.filter(statement=shown and shown.statement_id)
            kwargs["queryset"] = (
                others.exclude(pk=shown and shown.pk)
                .select_related("document")
                .defer("document__text")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="statement")
    def of_statement(self, citation):
        statement = citation.statement
        return format_html('<a href="{}">{}</a>', change_url(statement), statement)

    @admin.display(description="source")
    def speaker(self, citation):
        return citation.statement.source

    @admin.display(description="said on")
    def said_on(self, citation):
        return citation.statement.said or "undated"

    @admin.display(description="stance")
    def stance(self, citation):
        return stance_badge(citation.statement)
