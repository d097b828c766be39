"""The reading desk: a document's text with every quote marked, and the form beside it."""

from hashlib import sha256

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from claims import untrusted
from claims.actions import UnseenError, cite, record
from claims.admin import marks
from claims.admin.alike import warning
from claims.admin.citation import CitationAdmin
from claims.admin.statement import StatementAdmin
from claims.likeness import Alike, known_claims, known_sources
from claims.models import (
    Citation,
    Claim,
    ClaimKind,
    Denial,
    Manner,
    Proposal,
    Stance,
    Statement,
)
from claims.models.choices import stance_word
from claims.models.claim import LONGEST_CLAIM
from claims.models.statement import LARGEST_ORDER
from claims.reading import CONTEXT
from claimtracker.admin_site import label
from claimtracker.curated import ReviewState, may_edit
from claimtracker.desk import SHOWN, add_url, asked, change_url
from claimtracker.desk.forms import with_line_feeds_in
from claimtracker.desk.limits import SaysLimits
from claimtracker.desk.refusals import REFUSED, refusal
from claimtracker.desk.values import Words
from claimtracker.edtf import HELP, EdtfFormField
from claimtracker.events import written_fields
from claimtracker.review import writes_at_once
from claimtracker.slugs import free_slug
from claimtracker.stamps import parts_in_words, seen_key
from sources import doubts
from sources.admin import DocumentAdmin
from sources.models import Document, Source, SourceKind

# Around words that may be read from right to left, within a sentence that is not.
ISOLATE, POP = "\u2068", "\u2069"

# What is added in place: the model, the field of its text, what is known of the rows there are.
NEW = {
    "source": (Source, "name", known_sources),
    "claim": (Claim, "text", known_claims),
}


def choices(of, blank="---------"):
    return [("", blank), *((value, capfirst(name)) for value, name in of.choices)]


class RecordForm(SaysLimits):
    """A statement read in a document: with its citation, and its source and claim where new.

    Valid, it has ``statement`` and ``citation``, not saved; ``add_to`` where the citation is of a
    statement that is recorded already.
    """

    quote = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text="The very words. They are found again by what stands around them.",
        error_messages={"required": "Select the words in the text first."},
    )
    prefix = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    suffix = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    source = forms.ModelChoiceField(Source.objects.filter(merged_into=None), required=False)
    source_name = forms.CharField(required=False, max_length=300)
    source_kind = forms.ChoiceField(required=False, choices=choices(SourceKind))
    source_is_another = forms.BooleanField(required=False)
    stance = forms.ChoiceField(
        choices=choices(Stance), error_messages={"required": "Choose the stance that it takes."}
    )
    denies_what = forms.ChoiceField(required=False, choices=choices(Denial))
    claim = forms.ModelChoiceField(Claim.objects.filter(merged_into=None), required=False)
    claim_name = forms.CharField(required=False, max_length=LONGEST_CLAIM)
    claim_kind = forms.ChoiceField(required=False, choices=choices(ClaimKind))
    claim_is_another = forms.BooleanField(required=False)
    said = EdtfFormField(
        label="Said on",
        required=False,
        max_length=40,
        help_text=HELP,
        widget=forms.TextInput(attrs={"list": "days", "autocomplete": "off"}),
    )
    manner = forms.ChoiceField(required=False, choices=choices(Manner))
    order = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_ORDER,
        help_text="Which came first of several on one day: 1, 2, …",
    )
    locator = forms.CharField(
        required=False, max_length=200, help_text="A page, paragraph or time."
    )
    as_named = forms.CharField(
        required=False,
        max_length=300,
        help_text="What the document calls the speaker, if otherwise.",
    )
    translation = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Of the quote, into English.",
    )
    add_to = forms.ModelChoiceField(Statement.objects.all(), required=False)
    via = forms.ModelChoiceField(Citation.objects.all(), required=False)
    is_another = forms.BooleanField(required=False)
    untrusted_text = forms.BooleanField(required=False)
    publish = forms.BooleanField(required=False)
    along = forms.BooleanField(required=False)

    def __init__(self, *args, document, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.data = with_line_feeds_in(self.data, ("quote", "prefix", "suffix", "translation"))
        self.document = document
        # A statement like it that is there already, which the citation may be added to.
        self.same = None

    def clean(self):
        cleaned = super().clean()
        names = ("stance", "denies_what", "said", "order")
        self.statement = Statement(**{n: cleaned[n] for n in names if cleaned.get(n)})
        # All that is wrong is said at once, not the rest of it once a source is chosen.
        try:
            self.statement.full_clean(exclude={"source", "claim", "slug", *self.errors})
        except ValidationError as error:
            self.refused(error)
        source, claim = (self._chosen_or_new(what) for what in NEW)
        if self.errors:
            return cleaned
        self.statement.source, self.statement.claim = source, claim
        names = ("quote", "prefix", "suffix", "manner", "locator", "as_named", "translation")
        self.citation = Citation(
            document=self.document,
            via=cleaned["via"],
            language=self.document.language,
            **{name: untrusted.without_page_breaks(cleaned[name]) for name in names},
        )
        self.citation.statement = cleaned["add_to"] or self.statement
        if not cleaned["untrusted_text"] and (why := untrusted.doubt_about(self.citation)):
            self.add_error("quote", untrusted.question(why))
        alike = Statement.objects.none()
        if source.pk and claim.pk:
            alike = Statement.objects.like(self.statement).exclude(review_state=ReviewState.RETIRED)
        if cleaned["add_to"]:
            if cleaned["add_to"] not in alike:
                self.add_error("add_to", "The form says something else than that statement.")
            return cleaned
        for each in self.statement.date_warnings([self.document]):
            if error := asked(each, self.data):
                self.add_error("said", error)
        if not (cleaned["is_another"] or cleaned["order"]):
            rows = alike.select_related("source", "claim")
            self.same = rows.order_by("order", "pk").first()
        if not (cleaned["is_another"] or self.same) and source.pk and claim.pk:
            a_day_apart = Statement.objects.dated_a_day_apart(
                self.statement, self.document, self.citation.quote
            )
            self.same = a_day_apart.select_related("source", "claim").order_by("pk").first()
        return cleaned

    def _chosen_or_new(self, what):
        """Return the source or the claim: one that is there, or a new one that is not saved."""
        model, field, known = NEW[what]
        chosen, name = self.cleaned_data.get(what), self.cleaned_data.get(f"{what}_name", "")
        if chosen or {what, f"{what}_name", f"{what}_kind"} & self.errors.keys():
            return chosen
        if not name:
            self.add_error(what, f"Choose the {what}, or type a new one.")
            return None
        kind = self.cleaned_data.get(f"{what}_kind")
        if not kind:
            self.add_error(
                what, f"Choose one of the list, or add “{name}” as a new {what} with its kind."
            )
            return None
        of_kind = {"kind": kind} if model is Claim else {}
        near = known().near(name, **of_kind)
        if near and not self.cleaned_data.get(f"{what}_is_another"):
            self.add_error(what, warning(near, model, name=f"{what}_is_another", may_choose=True))
            return None
        return model(**{field: name, "kind": kind}, slug=free_slug(model, name))

    def refused(self, error):
        """Take in what an action refused: at the field, where the form has it."""
        by_field = error.update_error_dict({})
        for field, errors in by_field.items():
            for each in errors:
                self.add_error(field if field in self.fields else None, each)


def read_document(desk, request, document):
    """Show the text of a document with its marks; on POST record a statement read in it."""
    if not may_edit(request.user, Document):
        raise PermissionDenied
    if request.method == "POST":
        return _record(request, document)
    reading = marks.read(document)
    context = {
        **desk.admin_site.each_context(request),
        "title": str(document),
        "opts": desk.opts,
        "document": document,
        "reading": reading,
        "doubts": doubts.sentences(document.doubts),
        "digest": _digest(document),
        # The page shows what would be published of the document.
        "seen": seen_key(document),
        "context": CONTEXT,
        "form": RecordForm(document=document, auto_id="reading-%s"),
        "may_record": request.user.has_perms(["claims.add_statement", "claims.add_citation"]),
        "may_publish": writes_at_once(request.user, Statement),
        "may_change": desk.has_change_permission(request, document),
        "form_url": change_url(document),
        "add_url": add_url(Statement, document=document.pk),
        "alike_url": reverse("admin:sources_document_alike", args=[document.pk]),
    }
    return TemplateResponse(request, "admin/reading/desk.html", context)


def _record(request, document):
    form = RecordForm(request.POST, document=document)
    citation = None
    if form.is_valid():
        if form.same:
            return JsonResponse({"offer": _offer(form.same, document)})
        try:
            citation = _saved(form, request.user, seen=request.POST.getlist("seen"))
        except UnseenError as unseen:
            return JsonResponse({"along": _along(unseen.rows)})
        except ValidationError as error:
            form.refused(error)
        except PermissionDenied as error:
            form.add_error(None, str(error))
        except (*REFUSED, OperationalError) as error:
            if not (message := refusal(error)):
                raise
            form.add_error(None, message)
    if citation is None:
        # Not with 400: a browser would write it to its console as a fault of the page.
        return JsonResponse({"errors": {name: _list(each) for name, each in form.errors.items()}})
    reading = marks.read(document)
    return JsonResponse(
        {
            "saved": _what_was_saved(citation, reading),
            "digest": _digest(document),
            "lines": {} if isinstance(citation, Proposal) else reading.touched_by(citation),
            "state": render_to_string("admin/review_badge.html", {"row": document}),
            "unmarked": render_to_string("admin/reading/unmarked.html", {"reading": reading}),
        }
    )


def _saved(form, user, seen):
    if form.cleaned_data["add_to"]:
        return cite(citation=form.citation, user=user)
    return record(
        statement=form.statement,
        citation=form.citation,
        user=user,
        publish=form.cleaned_data["publish"],
        along=form.cleaned_data["along"],
        seen=seen,
    )


def _along(rows):
    """Return what is shown of drafts that would be published along, which nobody has seen here."""
    words = Words()
    shown = [
        {
            "row": row,
            "kind": capfirst(row._meta.verbose_name),
            "seen": key,
            "url": change_url(row),
            "fields": [
                (capfirst(field.verbose_name), words.of(field, field.value_from_object(row)))
                for field in written_fields(type(row))
                if field.name not in {"review_state", "merged_into", "slug"}
                and not (field.name == "text" and isinstance(row, Document))
                and field.value_from_object(row)
            ],
            "parts": parts_in_words(row),
        }
        for row, key in rows
    ]
    return render_to_string("admin/reading/along.html", {"rows": shown})


def _list(errors):
    return format_html_join("", "<p>{}</p>", ([each] for each in errors))


def _offer(statement, document):
    """Return what is shown where there is a statement like a new one already."""
    citations = statement.citations.select_related("document__publisher").defer("document__text")
    citations = list(citations.order_by("pk"))
    here = next((each for each in citations if each.document_id == document.pk), None)
    return render_to_string(
        "admin/reading/offer.html",
        {"statement": statement, "citations": citations, "here": here},
    )


def _what_was_saved(citation, reading):
    if isinstance(citation, Proposal):
        return "The quote is proposed: it is added to the statement once an editor accepts it."
    statement = citation.statement
    state = statement.get_review_state_display()
    word = stance_word(statement.claim.kind, statement.stance)
    claim = str(statement.claim).rstrip(".")
    names = [f"{ISOLATE}{name}{POP}" for name in (statement.source, claim)]
    words = [f"Recorded ({state}): {names[0]} {word} “{names[1]}”."]
    if (
        statement.review_state == ReviewState.PUBLISHED
        and citation.document.review_state != ReviewState.PUBLISHED
    ):
        words.append("Readers see no citation of it until this document is published.")
    if not reading.touched_by(citation):
        words.append("Its quote is not in the text, so that it has no mark.")
    return " ".join(words)


def _digest(document):
    """Return what is another once the text is: lines of one are not those of the other."""
    return sha256(document.text.encode()).hexdigest()[:16]


def alike(desk, request, document):
    """Return the sources or the claims that what is typed may mean, as JSON."""
    if not may_edit(request.user, Document):
        raise PermissionDenied
    typed = request.GET.get("q", "")[:LONGEST_CLAIM]
    if request.GET.get("what") not in NEW or "\0" in typed:
        return JsonResponse({"results": []})
    model, _, known = NEW[request.GET["what"]]
    found = known().alike(typed)
    rows = model.objects.in_bulk([each.pk for each in found])
    results = [
        {
            "id": each.pk,
            "name": str(rows[each.pk]),
            "label": label(desk.admin_site, rows[each.pk]),
            "note": _note(each, str(rows[each.pk])),
        }
        for each in found
        if each.pk in rows
    ]
    return JsonResponse({"results": results})


def _note(alike: Alike, name: str) -> str:
    if alike.only_negation_differs:
        return "says the opposite: take it, with the opposite stance"
    return f"also “{alike.text}”" if alike.text != name else ""


def lead(request, document):
    """Show, before the form of a document, the way to its text and which quotes are not in it."""
    if not may_edit(request.user, Document):
        return ""
    missing = Citation.objects.misquoted().filter(document=document)
    return render_to_string(
        "admin/reading/lead.html",
        {
            "document": document,
            "address": reading_url(document),
            "missing": missing.select_related("statement__source").order_by("pk")[:SHOWN],
        },
    )


def misfits(document):
    """Return in a sentence that quotes are not in the text of a document; "" where all are."""
    missing = Citation.objects.misquoted().filter(document=document).count()
    if not missing:
        return ""
    quotes = "A quote is" if missing == 1 else f"{missing} quotes are"
    return format_html(
        '{} not found in its text. <a href="{}">See which</a>.', quotes, reading_url(document)
    )


def not_found(request, row):
    """Show, before the form of a statement or a citation, which quotes are not in their text."""
    of = {"statement": row} if isinstance(row, Statement) else {"pk": row.pk}

    def texts(citations):
        rows = citations.filter(**of).select_related("document__publisher").defer("document__text")
        return [(each, reading_url(each.document)) for each in rows.order_by("pk")[:SHOWN]]

    missing, moved = texts(Citation.objects.misquoted()), texts(Citation.objects.moved())
    if not missing and not moved:
        return ""
    return render_to_string("admin/reading/not_found.html", {"missing": missing, "moved": moved})


def reading_url(document) -> str:
    """Return the address of the page on which a document's text is read."""
    return reverse("admin:sources_document_read", args=[document.pk])


DocumentAdmin.pages += [("read/", "read", read_document), ("read/alike/", "alike", alike)]
DocumentAdmin.leads.append(lead)
for model_admin in (StatementAdmin, CitationAdmin):
    model_admin.leads = [*model_admin.leads, not_found]
DocumentAdmin.reading_url = staticmethod(reading_url)
DocumentAdmin.misfits = staticmethod(misfits)
