"""Pages that import a file: choose it, look at what it would change, apply it."""

import io
import logging

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from claims.exchange import sheet_writing
from claims.exchange.claim_reviews import ClaimReviews
from claims.exchange.importing import Report, import_given, importer_for, may_import
from claims.exchange.listing import Listing
from claims.exchange.problems import QUESTIONS, REWORDED, Answers, BundleError
from claims.exchange.uploads import LARGEST, MOST_ROWS, ON_THE_SERVER, given_in, to_keep
from claims.models import Upload
from claims.models.upload import KEPT
from claimtracker.admin_site import Page
from claimtracker.desk import change_url
from claimtracker.spreadsheets import PARAMETER, unknown_use

logger = logging.getLogger(__name__)

BROKEN = (
    "We couldn't read this file because of a fault in this program. Nothing was imported. Discard "
    "the file, and tell your administrator: the server's log says what happened."
)
DEEDS = {
    "proposed": "Change once an editor accepts it",
    "changed": "Change",
    "new": "New",
    "left": "Left alone: retired or merged here",
}


class UploadForm(forms.Form):
    """A file, and whether what it brings is published."""

    file = forms.FileField(label="CSV, zipped bundle or ClaimReview")
    publish = forms.BooleanField(
        label="Publish what it brings",
        required=False,
        help_text="Else new rows are drafts, and what readers see changes only where the file "
        "changes it.",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        if not importer_for(user, publish=True).publishes:
            del self.fields["publish"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            most = f"{LARGEST // 1024**2} MiB"
            raise forms.ValidationError(f"It is larger than {most}. {ON_THE_SERVER} FILE")
        return file


def page(request, template, **context):
    context |= admin.site.each_context(request)
    return TemplateResponse(request, f"admin/import/{template}.html", context)


def check_may_import(request):
    if not may_import(request.user):
        raise PermissionDenied


def choose(request):
    """Ask for a file, and keep it for its owner to look at."""
    check_may_import(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, user=request.user)
    if form.is_valid() and (content := read_once(form)) is not None:
        Upload.objects.replaced_by(request.user).delete()
        Upload.objects.create(
            user=request.user,
            name=form.cleaned_data["file"].name[-255:],
            content=content,
            publish=form.cleaned_data.get("publish", False),
        )
        return redirect("admin:import-look")
    return page(
        request,
        "choose",
        title="Import",
        form=form,
        columns=[(each.name, sheet_writing.about(each)) for each in sheet_writing.columns()],
        most_rows=MOST_ROWS,
        hours=KEPT.total_seconds() // 3600,
    )


def read_once(form) -> bytes | None:
    """Return the file that was sent, of a web page what there is to import; None with an error."""
    file = form.cleaned_data["file"]
    try:
        return to_keep(file.read(), file.name)
    except BundleError as error:
        form.add_error("file", str(error))
        return None


def look(request):
    """Show what the kept file would change; apply just that when it is sent back."""
    check_may_import(request)
    upload = Upload.objects.kept().filter(user=request.user).first()
    if upload is None:
        messages.warning(request, "No file is kept any more: choose it again.")
        return redirect("admin:import")
    if "discard" in request.POST:
        upload.delete()
        return redirect("admin:import")
    applies = request.method == "POST"
    answers = answers_in(request.POST)
    try:
        report, reviews = imported(
            upload,
            request.user,
            only=request.POST.get("mark", "") if applies else None,
            answers=answers,
        )
    except BundleError as error:
        *lines, why = str(error).splitlines()
        found = error.problems and error.problems.errors
        return page(
            request,
            "wrong",
            title=f"Import {upload}",
            lines=lines,
            why=why,
            groups=found.groups() if found and found.is_grouped else [],
        )
    except Exception:  # else the file could not be discarded: every look at it would end here
        logger.exception("the import of an upload failed")
        response = page(request, "wrong", title=f"Import {upload}", lines=[], why=BROKEN)
        response.status_code = 500
        return response
    if not report.dry_run:
        upload.delete()
        messages.success(request, done(report, request.user))
        return redirect("admin:import")
    return page(
        request,
        "look",
        title=f"Import {upload}",
        upload=upload,
        report=report,
        sections=sections(report),
        reviews=reviews,
        notes=report.problems.notes,
        questions=questions(report, answers),
        unanswered=applies and report.problems.unanswered(),
        others_wrote=applies and report.mark != request.POST.get("mark"),
    )


def answers_in(sent) -> Answers:
    """Return how the questions were answered in a form."""
    return Answers(frozenset(sent.getlist("confirm")), sent.get("reworded", ""))


def questions(report: Report, answers: Answers) -> list[dict]:
    """Return what is asked, as the page shows it: each code with its answers and its findings."""
    shown = []
    for code, found in report.problems.questions.items():
        heading, words = QUESTIONS[code]
        name = "reworded" if code == "reworded" else "confirm"
        choices = REWORDED.items() if code == "reworded" else [(code, words)]
        given = {answers.reworded} if code == "reworded" else answers.confirm
        shown.append(
            {
                "heading": heading,
                "name": name,
                "type": "radio" if code == "reworded" else "checkbox",
                "choices": [(value, label, value in given) for value, label in choices],
                "found": found,
            }
        )
    return shown


def imported(
    upload: Upload,
    user,
    *,
    only: str | None,
    answers: Answers,
    listing: Listing | None = None,
) -> tuple[Report, ClaimReviews | None]:
    """Import a kept file, or only look at what that would change; return also what reviews it is.

    Reviews are markup from elsewhere: they become drafts whatever was ticked.
    """
    with given_in(upload.content, upload.name) as given:
        reviews = given if isinstance(given, ClaimReviews) else None
        report = import_given(
            given=given,
            importer=importer_for(user, publish=upload.publish and reviews is None),
            dry_run=only is None,
            only=only,
            in_detail=listing is None,
            waits=False,
            answers=answers,
            listing=listing,
        )
    return report, reviews


def sections(report: Report) -> list:
    """Return what is told of each file: its name, and of each deed the rows and how many more."""
    told = []
    for each in report.changes:
        counts = report.files[each.file.name]
        groups = [
            (words, each.rows[deed], getattr(counts, deed) - len(each.rows[deed]))
            for deed, words in DEEDS.items()
            if each.rows[deed]
        ]
        told.append((capfirst(each.file.name), groups))
    return told


def done(report: Report, user) -> SafeString:
    """Return what an import did, with a link to where it is undone."""
    files = report.files.values()
    counts = {
        "new": sum(one.new for one in files),
        "changed": sum(one.changed for one in files),
        "waiting for review": sum(one.proposed for one in files),
    }
    told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    words = f"Imported {report.name}: {told or 'all of it was there already'}."
    made = report.remembered
    if made is None or not user.has_perm("claims.view_import"):
        return format_html("{}", words)
    return format_html('{} <a href="{}">What was imported</a>', words, change_url(made))


def wrong_use(request) -> HttpResponse | None:
    """Return the refusal of a CSV that is asked for with an unknown use."""
    wrong = PARAMETER in request.GET and unknown_use(request.GET[PARAMETER])
    if not wrong:
        return None
    return HttpResponseBadRequest(f"{PARAMETER}: {wrong}", content_type="text/plain; charset=utf-8")


@require_safe
def findings(request):
    """Serve all errors, questions and notes about the kept file as a CSV."""
    check_may_import(request)
    if wrong := wrong_use(request):
        return wrong
    upload = Upload.objects.kept().filter(user=request.user).first()
    if upload is None:
        messages.warning(request, "No file is kept any more: choose it again.")
        return redirect("admin:import")
    stream = io.StringIO(newline="")
    listing = Listing(stream, as_csv=True, is_guarded=PARAMETER in request.GET)
    listing.begin()
    try:
        imported(upload, request.user, only=None, answers=Answers(), listing=listing)
    except BundleError as error:
        if error.problems is None:
            listing.write(["error", "", upload.name, "", str(error)])
    return HttpResponse(
        stream.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="import-findings.csv"'},
    )


@require_safe
def template(request):
    """Serve a CSV with two rows to write like."""
    check_may_import(request)
    if wrong := wrong_use(request):
        return wrong
    is_guarded = PARAMETER in request.GET
    return HttpResponse(
        "".join(sheet_writing.lines(sheet_writing.EXAMPLES, is_guarded=is_guarded)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="statements.csv"'},
    )


admin.site.pages += [
    Page("import/", choose, "import", title="Import a CSV or a bundle", may=may_import),
    Page("import/look/", look, "import-look"),
    Page("import/findings.csv", findings, "import-findings"),
    Page("import/statements.csv", template, "import-template"),
]
