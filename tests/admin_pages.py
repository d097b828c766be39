"""Every page of the admin: each address that the resolver knows, with all that can be asked of it.

A new address needs a place here: a row of the world that it names, or a line in ``OTHERWISE``.
What is asked of lists comes from the admins themselves: each filter, each order, and searches.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.test import RequestFactory
from django.urls import resolve
from django.utils.http import urlencode

from claimtracker.history import History
from tests.addresses import addresses

# Addresses of which there is no page: why.
OTHERWISE = {
    "/admin/login/": "for those who are not logged in",
    "/admin/logout/": "a deed",
    "/admin/<url>": "where there is nothing",
    "/admin/r/<path:content_type_id>/<path:object_id>/": "no row has a page of its own elsewhere",
}
# One that the admin sends on to the form.
SENT_ON = re.compile(r"/admin/\w+/\w+/<path:object_id>/")
# Those that are no row's, with what stands for their parameters.
PLAIN = {"/admin/<app_label>/": ["/admin/claims/", "/admin/sources/"]}
# Of a filter that has very many.
CHOICES = 8
# On the lists of rows: what asks before it is done, and what only reads.
ACTIONS = ["retire_selected", "delete_selected", "download_selected", "download_for_spreadsheets"]


class Asked(NamedTuple):
    """A page as it is asked for; with ``sent``, by POST."""

    address: str
    sent: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.address} {self.sent['action']}" if self.sent else self.address


class World(NamedTuple):
    """What pages are asked for with.

    ``rows`` are by the name of their model, ``deleted`` is one that is gone. ``others`` are rows
    with which those of their model may be merged. ``words`` are looked for in lists.
    """

    rows: Mapping[str, Sequence[models.Model]]
    deleted: Sequence[models.Model]
    others: Mapping[str, models.Model]
    proposals: Sequence[models.Model]
    words: Sequence[str]


def admin_addresses() -> list[str]:
    """Return every address of the admin that has pages."""
    return [
        each
        for each in addresses()
        if each.startswith("/admin/") and each not in OTHERWISE and not SENT_ON.fullmatch(each)
    ]


def pages(
    world: World, user: Any, *, pages_on: Sequence[int] = (2,), briefly: bool = False
) -> Iterator[Asked]:
    """Yield every page of the admin, and all that is asked of it.

    ``briefly``: of a list one choice of each filter and one order only.
    """
    for address in admin_addresses():
        for row, given in filled(address, world):
            yield Asked(given)
            for query in asked_of(address, row, world, user, briefly):
                yield Asked(f"{given}?{query}")
            if _is_list(address):
                yield from asked_of_list(given, user, world.words, pages_on, briefly)


def filled(address: str, world: World) -> Iterator[tuple[Any, str]]:
    """Yield the rows that an address may name, each with the address that names it."""
    if "<" not in address:
        yield None, address
        return
    if address in PLAIN:
        yield from ((None, each) for each in PLAIN[address])
        return
    named = re.findall(r"\w+", address.partition("<")[0])[-1]
    rows = world.deleted if named == "deleted" else world.rows.get(named, ())
    if not rows:
        raise LookupError(f"Give {address} a row in {__file__}: there is none of {named}.")
    for row in rows:

        def value(match: re.Match, row: Any = row) -> str:
            if match[1] == "key":
                return History(type(row), row.pk).entries[-1].key
            return row._meta.label_lower if match[1] == "label" else str(row.pk)

        yield row, re.sub(r"<(?:\w+:)?(\w+)>", value, address)


def asked_of(address: str, row: Any, world: World, user: Any, briefly: bool) -> Iterator[str]:
    """Yield what is asked of a page that is no list."""
    word = world.words[0]
    if address.endswith("<path:object_id>/merge/"):
        yield f"into={world.others[row._meta.model_name].pk}"
    elif address.endswith("/history/"):
        yield "p=2"
    elif address.endswith("/read/alike/"):
        yield from (f"{urlencode({'what': what, 'q': word})}" for what in ("claim", "source"))
    elif address == "/admin/claims/statement/<path:object_id>/change/":
        yield "_in_place=1"
    elif address == "/admin/claims/statement/add/":
        for name in ("claim", "source", "document"):
            yield from (f"{name}={each.pk}" for each in world.rows[name])
    elif address == "/admin/review/":
        kinds = ["source", "document", "claim", "statement", "proposal"]
        yield from (f"kind={kind}" for kind in kinds)
        yield from ("by=me", "by=others", "kind=statement&by=others", "after=1704067200000000-0-1")
    elif address == "/admin/deleted/":
        yield from ("model=claims.citation", f"user={user.pk}")
    elif address == "/admin/autocomplete/":
        yield from autocompletes(world.words[:1] if briefly else ["", *world.words])
    if address.endswith("/change/"):
        for proposal in world.proposals:
            if row == proposal.target:
                yield f"proposal={proposal.pk}"


def autocompletes(words: Sequence[str]) -> Iterator[str]:
    """Yield what each field asks for whose rows are found as one types."""
    fields = {
        (owner.model if hasattr(owner, "fk_name") else model, name)
        for model, model_admin in admin.site._registry.items()
        for owner in (model_admin, *model_admin.inlines)
        for name in owner.autocomplete_fields
    }
    for model, name in sorted(fields, key=lambda each: (each[0]._meta.label, each[1])):
        opts = model._meta
        of = {"app_label": opts.app_label, "model_name": opts.model_name, "field_name": name}
        yield from (urlencode(of | {"term": term}) for term in words)


def _is_list(address: str) -> bool:
    return bool(re.fullmatch(r"/admin/\w+/\w+/", address)) and hasattr(
        resolve(address).func, "model_admin"
    )


def asked_of_list(
    address: str, user: Any, words: Sequence[str], pages_on: Sequence[int], briefly: bool
) -> Iterator[Asked]:
    """Yield a list filtered in each way, in each order, searched, further on, and its actions."""
    model_admin = resolve(address).func.model_admin
    request = RequestFactory().get(address)
    request.user = user
    if not model_admin.has_view_or_change_permission(request):
        return
    changes = model_admin.get_changelist_instance(request)
    most = 1 if briefly else CHOICES
    queries = []
    for spec in changes.filter_specs:
        choices = [each["query_string"] for each in spec.choices(changes) if not each["selected"]]
        # The last one is often for those without any.
        queries += dict.fromkeys([*choices[:most], *choices[-1:]])
    numbers = [n for n, name in enumerate(changes.list_display) if changes.get_ordering_field(name)]
    orders = [f"?o={sign}{number}" for number in numbers for sign in ("-", "")]
    queries += orders[:1] if briefly else orders
    if changes.search_fields:
        queries += [f"?{urlencode({'q': word})}" for word in words]
    queries += [f"?p={number}" for number in pages_on]
    yield from (Asked(f"{address}{query}") for query in queries)
    ticked = [row.pk for row in changes.result_list]
    for name in model_admin.get_actions(request):
        if name in ACTIONS and ticked:
            yield Asked(address, {"action": name, ACTION_CHECKBOX_NAME: ticked})
