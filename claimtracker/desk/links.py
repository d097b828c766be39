"""Addresses in the admin, and the ids in them."""

from django.urls import reverse
from django.utils.http import urlencode

LARGEST_ID = 2**63 - 1


def is_an_id(text: str) -> bool:
    """Return whether a text can be the id of a row: a number that is not absurdly long."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST_ID


def change_url(row) -> str:
    """Return the address of a row's page in the admin."""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def list_url(model, **filters) -> str:
    """Return the address of a model's list in the admin, filtered."""
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def add_url(model, **filled_in) -> str:
    """Return the address of the form for a new row, with some of it filled in."""
    opts = model._meta
    return f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_add')}?{urlencode(filled_in)}"
