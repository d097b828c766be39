"""What someone typed when it could not be saved: the log-in had ended, or is another account's.

Nothing of it is stored on the server. The browser sent it, and the page that answers sends it along
again: with the log-in, or when the person says to go on.
"""

import re
from functools import wraps
from typing import Any

from django.contrib.auth import login
from django.contrib.messages import ERROR
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import get_text_list

# What a form sends besides its own fields: whose page it was, and the name of its draft.
ACCOUNT, DRAFT = "_account", "_draft"
# Asks a form to come back filled in, without being saved.
FILLED_IN = "_filled_in"
LOG_IN = "_log_in"
OURS = (ACCOUNT, DRAFT, FILLED_IN, f"{LOG_IN}-username", f"{LOG_IN}-password")
# With a request of a script, in place of the field.
HEADER = "X-Account"
# Tells the browser which drafts are saved.
SAVED = "saved_drafts"
SAVED_AGE = 7 * 24 * 3600
SAVED_AT_ONCE = 20

LOGGED_OUT = "You were logged out, so nothing was saved yet. What you typed is kept."
CHECK = "Nothing was saved yet. This is what you typed: check it, then save."
AN_OLD_PAGE = (
    "This page was opened before your last log-in, so nothing was saved yet. "
    "What you typed is kept."
)


def keeps_what_was_typed(site, page):
    """Return a page of the admin that loses nothing that was sent to it.

    Who is not logged in does so first, and then gets the form back as it was filled in. Who is
    logged in by another account than the form was opened by is asked.
    """

    @wraps(page)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method != "POST" or request.resolver_match.url_name in {"login", "logout"}:
            return page(request, *args, **kwargs)
        sent, by_script = request.POST, HEADER in request.headers
        if not site.has_permission(request):
            if by_script:
                return JsonResponse({"account": None})
            if request.user.is_authenticated or not typed(sent):
                return page(request, *args, **kwargs)
            from django.contrib.admin.forms import AdminAuthenticationForm  # once apps are ready

            given = sent if f"{LOG_IN}-username" in sent else None
            form = AdminAuthenticationForm(request, data=given, prefix=LOG_IN)
            if given is None or not form.is_valid():
                return log_in_first(request, form)
            login(request, form.get_user())
            request.POST = filled_in(sent)
            if not is_form(request):
                return ask_again(request, "You are logged in again. Nothing was saved yet.")
        opened_by = request.headers.get(HEADER) or sent.get(ACCOUNT) or str(request.user.pk)
        if opened_by != str(request.user.pk):
            name = request.user.get_username()
            if by_script:
                return JsonResponse({"account": {"id": request.user.pk, "name": name}})
            return ask_again(
                request,
                f"You are logged in as {name} now, and this page was opened by another account. "
                f"Nothing was saved yet. Go on only if you want to save it as {name}.",
            )
        response = page(request, *args, **kwargs)
        if is_saved(request, response):
            note_saved(request, response, sent.get(DRAFT, ""))
        return response

    return answer


def typed(sent) -> dict[str, list[str]]:
    """Return the fields of a POST that a person typed, without passwords and our own fields."""
    left_out = {*OURS, "csrfmiddlewaretoken"}
    return {
        name: values
        for name, values in sent.lists()
        if name not in left_out and "password" not in name
    }


def filled_in(sent):
    """Return what a form sent, so that it comes back with it and saves nothing."""
    found = sent.copy()
    for name in sent.keys() - typed(sent).keys():
        del found[name]
    found[FILLED_IN] = "1"
    return found


def is_form(request) -> bool:
    """Return whether a page is a form that can come back filled in."""
    desk = getattr(request.resolver_match.func, "model_admin", None)
    named = request.resolver_match.url_name or ""
    return getattr(desk, "comes_back_filled_in", False) and named.endswith(("_add", "_change"))


def shown(request) -> dict[str, Any]:
    """Return what the pages show and send along of what was typed."""
    fields = typed(request.POST)
    files = [file.name for file in request.FILES.values()]
    return {
        "address": request.get_full_path(),
        "fields": [(name, value) for name, values in fields.items() for value in values],
        "files": get_text_list([f"“{name}”" for name in files], "and"),
        # What a machine filled in, such as a number or a date, is not worth a look.
        "words": [value for values in fields.values() for value in values if " " in value.strip()],
    }


def log_in_first(request, form) -> HttpResponse:
    """Ask for the log-in, and keep what was typed meanwhile."""
    sent = request.POST
    context = {
        **shown(request),
        "form": form,
        "message": LOGGED_OUT,
        # Whose page it was is asked once it is known who goes on.
        "account": sent.get(ACCOUNT),
        "draft": sent.get(DRAFT),
    }
    return render(request, "accounts/log_in_first.html", context)


def ask_again(request, message, *, status=200) -> HttpResponse:
    """Ask someone who is logged in whether to go on with what was typed."""
    is_a_form = is_form(request)
    context = {
        **shown(request),
        "title": "Nothing was saved yet",
        "message": message,
        "account": request.user.pk,
        "filled_in": is_a_form,
        "button": "Go on with what I typed" if is_a_form else "Send it again",
    }
    return render(request, "accounts/ask_again.html", context, status=status)


def is_saved(request, response) -> bool:
    """Return whether a form was taken: it leads on, and nothing went wrong."""
    if getattr(response, "template_name", "") == "admin/popup_response.html":
        return True
    queued = getattr(getattr(request, "_messages", None), "_queued_messages", ())
    return response.status_code == 302 and not any(each.level >= ERROR for each in queued)


def note_saved(request, response, draft) -> None:
    """Tell the browser that a draft is saved, so that it keeps it no longer."""
    if not re.fullmatch("[a-z0-9]{1,32}", draft):
        return
    before = re.findall("[a-z0-9]{1,32}", request.COOKIES.get(SAVED, ""))
    saved = [*before, draft][-SAVED_AT_ONCE:]
    response.set_cookie(
        SAVED, ".".join(saved), max_age=SAVED_AGE, samesite="Lax", secure=request.is_secure()
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is not that of the log-in: nothing typed is lost.

    Only to a page of our own: to another site's form we repeat nothing.
    """
    if reason == REASON_NO_CSRF_COOKIE or not comes_from_our_page(request):
        return render(request, "accounts/refused.html", status=403)
    if (request.resolver_match.url_name or "") == "login":
        return HttpResponseRedirect(after_log_in(request))
    if not request.user.is_authenticated or not typed(request.POST):
        return render(request, "accounts/refused.html", status=403)
    return ask_again(request, AN_OLD_PAGE, status=403)


def comes_from_our_page(request) -> bool:
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    return origin == f"{request.scheme}://{request.get_host()}"


def after_log_in(request) -> str:
    """Return where a log-in leads that was sent from an old page."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return there if safe and request.user.is_authenticated else request.get_full_path()
