"""The admin as tests use it: a page's form as a browser would send it back."""

import re

from django.urls import reverse

from claimtracker.stamps import stamps
from tests.factories import make_user

# What the page sends that asks whether, and why, to delete.
CONFIRMED = {"post": "yes", "reason": "It is here twice."}


def log_in(client, username="ada", *, group=None):
    """Log in a member of staff: Ada the editor, or another of some group."""
    user = make_user(username, group=group, is_staff=True)
    client.force_login(user)
    return user


def page(row_or_model, what=None) -> str:
    """Return the address of a row's page, or of a model's list or form."""
    opts = row_or_model._meta
    if what in {"add", "changelist"}:
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{what}")
    return reverse(
        f"admin:{opts.app_label}_{opts.model_name}_{what or 'change'}", args=[row_or_model.pk]
    )


def filled(response) -> dict:
    """Return what the form of a page would send when it is saved as it is."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                sent[bound.html_name] = value
    return sent


def save(client, address, **changes):
    """Open a form, change it, save it. Returns the answer to the save."""
    given = filled(client.get(address))
    return client.post(address, given | changes)


def delete(client, row, *, reason=CONFIRMED["reason"], **more):
    """Open the page that asks whether to delete a row, and say yes. Returns the answer."""
    address = page(row, "delete")
    stamp = client.get(address).context["stamp"]
    return client.post(address, CONFIRMED | {"stamp": stamp, "reason": reason}, **more)


def in_list(rows) -> dict:
    """Return what a list made now sends of rows besides their ticks."""
    found = type(rows[0])._base_manager.in_bulk([row.pk for row in rows])
    sent = {f"version-{key}": row.version for key, row in found.items() if hasattr(row, "version")}
    drafts = [row for row in found.values() if getattr(row, "review_state", "") != "published"]
    if not hasattr(rows[0], "version"):
        return sent
    return sent | {f"seen-{key}": str(stamp) for key, stamp in stamps(drafts).items()}


def hidden(response) -> dict:
    """Return the hidden inputs of a page, but for the token of its forms."""
    found = re.findall(
        r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', response.content.decode()
    )
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def confirm(client, address, *, follow=False, **fields):
    """Open a page that asks before it does something, and say yes. Returns the answer."""
    return client.post(address, hidden(client.get(address)) | fields, follow=follow)


def act(client, model, action, rows, **more):
    """Tick rows in a list made now and run an action on them. Returns the page that follows."""
    sent = {"action": action, "_selected_action": [row.pk for row in rows]}
    sent |= in_list(rows) | more
    return client.post(page(model, "changelist"), sent, follow=True)


def errors(response) -> dict:
    """Return the errors of a page's main form, by field; of the form as a whole under ``None``."""
    found = response.context["adminform"].form.errors
    return {None if name == "__all__" else name: list(each) for name, each in found.items()}


def said(response) -> str:
    """Return the messages on a page."""
    return " ".join(str(message) for message in response.context["messages"])
