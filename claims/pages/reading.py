"""What every public page has in common: who may read, the clocks, and where a row has gone."""

import functools
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from claims.positions.clocks import Clocks
from claimtracker.curated import Curated, ReviewState
from claimtracker.rest.filters import SLUG, ClockDayField, MomentField
from claimtracker.rest.merges import survivor
from claimtracker.rest.pagination import Keyed


class Answered(Exception):
    """Ends a view with an answer other than its page."""

    def __init__(self, response: HttpResponse):
        super().__init__(response.status_code)
        self.response = response


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view a public page: it is only read, by everybody unless reading needs an account."""

    @require_safe
    @functools.wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (settings.ANONYMOUS_READING or request.user.is_authenticated):
            return redirect_to_login(request.get_full_path())
        try:
            return view(request, *args, **kwargs)
        except Answered as answer:
            return answer.response

    return page


class ClocksForm(forms.Form):
    """The three clocks, as a plain form: what it asks for is in the address of the page."""

    said_by = ClockDayField(
        required=False, label="Said by", help_text="Only what was said by that day."
    )
    public_by = ClockDayField(
        required=False,
        label="Public by",
        help_text="Only what a document published by that day has.",
    )
    recorded_by = MomentField(
        required=False,
        label="Recorded by",
        help_text="As this database had it at the end of that day, in UTC.",
    )

    def __init__(self, data):
        super().__init__(data, auto_id="clock_%s", use_required_attribute=False)
        # A moment is no day, which is all that the browser's own field can show.
        given = data.get("recorded_by") or ""
        if len(given) > 10:
            self.fields["recorded_by"].widget = forms.TextInput()


def clocks_asked(request: HttpRequest) -> tuple[ClocksForm, Clocks]:
    """Return the form of the clocks and what it says. Raises Answered where it cannot be read."""
    form = ClocksForm(request.GET)
    if not form.is_valid():
        # Shown without a figure: one of today would look like the one that was asked for.
        raise Answered(render(request, "pages/clocks_wrong.html", {"form": form}, status=400))
    # An empty one is left out of the address, and is not asked for.
    clocks = {name: value or None for name, value in form.cleaned_data.items()}
    return form, Clocks(**clocks)


def query_of(request: HttpRequest) -> str:
    """Return the clocks of a page as its links hand them on: blank, or with the question mark."""
    given = {name: request.GET[name] for name in ClocksForm.base_fields if request.GET.get(name)}
    return f"?{urlencode(given, safe=':')}" if given else ""


def gone(request: HttpRequest, model: type[Model], slug: str, clocks: Clocks) -> HttpResponse:
    """Answer for a row that is not there: send on to its survivor, say that it was retired, or 404.

    With ``recorded_by`` a merged row answers as itself, so that what was not there then is a 404.
    """
    noun = model._meta.verbose_name
    rows = model._default_manager
    if clocks.recorded_by is None:
        if hasattr(model, "merged_into"):
            found = survivor(rows.public(), slug)
            if found is not None:
                place = reverse(request.resolver_match.view_name, args=[found.slug])
                query = request.META.get("QUERY_STRING")
                address = f"{place}?{query}" if query else place
                return HttpResponsePermanentRedirect(address, preserve_request=True)
        if issubclass(model, Curated) and _was_retired(model, slug):
            context = {"noun": noun, "slug": slug}
            return render(request, "pages/retired.html", context, status=410)
    there_is = "There is" if clocks.recorded_by is None else "At that time there was"
    it_is = "it is" if clocks.recorded_by is None else "it was"
    return nothing(request, f"{there_is} no {noun} “{slug}”, or {it_is} not public.")


def nothing(request: HttpRequest, detail: str) -> HttpResponse:
    """Answer 404, and say why."""
    return render(request, "404.html", {"detail": detail}, status=404)


def _was_retired(model: type[Model], slug: str) -> bool:
    """Return whether readers saw a row that is retired now."""
    retired = model._default_manager.filter(
        slug=slug, was_public=True, review_state=ReviewState.RETIRED
    )
    if hasattr(model, "merged_into"):
        retired = retired.filter(merged_into=None)
    return retired.exists()


def read_on(request: HttpRequest, rows: Keyed, size: int) -> tuple[list[dict[str, Any]], str]:
    """Return the rows that follow the slug in ``after``, and the address of the next ones.

    The rows are in order of a slug, their only key. The address is blank where there are no more.
    """
    after = request.GET.get("after") or None
    if after is not None and not re.fullmatch(SLUG, after):
        raise Answered(nothing(request, f"Nothing comes after “{after}”."))
    found = rows.keyed(after=after and [after], descending=False, limit=size + 1)
    more = ""
    if len(found) > size:
        given = request.GET.copy()
        given["after"] = found[size - 1][1][0]
        more = f"{request.path}?{given.urlencode()}"
    return [row for row, _ in found[:size]], more
