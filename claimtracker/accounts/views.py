"""The page on which everybody with an account looks after it: password, sessions, tokens."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from claimtracker.accounts.actions import make_token, revoke_tokens, sign_out_everywhere
from claimtracker.accounts.forms import PasswordForm, TokenForm
from claimtracker.accounts.models import NAME_IS_TAKEN, Token

# The newest; who makes one a day need not see them all.
TOKENS_SHOWN = 50


def page(request, *, token_form=None, password_form=None):
    return render(
        request,
        "accounts/account.html",
        {
            "groups": request.user.groups.order_by("name"),
            "tokens": request.user.tokens.order_by("-pk")[:TOKENS_SHOWN],
            "token_form": token_form or TokenForm(instance=Token(user=request.user)),
            "password_form": password_form or PasswordForm(user=request.user),
        },
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD"])
def account(request):
    return page(request)


@never_cache
@login_required
@require_POST
def new_token(request):
    """Make a token and show it, once: the answer is no redirect, and nothing keeps it."""
    form = TokenForm(request.POST, instance=Token(user=request.user))
    if form.is_valid():
        given = form.cleaned_data
        try:
            token, secret = make_token(user=request.user, name=given["name"], days=given["days"])
        except IntegrityError:  # the form was sent twice at once
            form.add_error("name", NAME_IS_TAKEN)
        else:
            return render(request, "accounts/token.html", {"token": token, "secret": secret})
    return page(request, token_form=form)


@login_required
@require_POST
def revoke_token(request, pk):
    token = get_object_or_404(request.user.tokens, pk=pk)
    if revoke_tokens(tokens=request.user.tokens.filter(pk=pk)):
        messages.success(request, f"“{token.name}” is revoked.")
    return redirect("account")


@login_required
@require_POST
def everywhere(request):
    form = PasswordForm(request.POST, user=request.user)
    if not form.is_valid():
        return page(request, password_form=form)
    sign_out_everywhere(user=request.user, password=form.cleaned_data["password"])
    update_session_auth_hash(request, request.user)
    messages.success(request, "All other sessions have ended, and your tokens are revoked.")
    return redirect("account")


class NewPassword(PasswordChangeView):
    template_name = "accounts/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form):
        messages.success(
            self.request,
            "Your password is changed and all other sessions have ended. "
            "Tokens go on: revoke those that you no longer trust.",
        )
        return super().form_valid(form)
