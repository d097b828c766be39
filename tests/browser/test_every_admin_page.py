"""Every page of the admin, as its addresses are resolved, held against WCAG 2.2 AA by axe."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from claims.actions import propose
from claims.merging import merge
from claimtracker.history import History
from tests.browser.test_admin import log_in
from tests.browser.test_history import fits
from tests.claimtracker.full import IS_FULL
from tests.desk import page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_user,
)
from tests.test_roles import ADDRESSES, filled, make_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# What is no page, sends on, or is for nobody.
NO_PAGES = {
    "/admin/login/",
    "/admin/import/findings.csv",
    "/admin/claims/citation/add/",
    "/admin/claims/proposal/add/",
    "/admin/claims/proposal/<path:object_id>/delete/",
    "/admin/claims/merge/add/",
    "/admin/claims/merge/<path:object_id>/delete/",
    "/admin/claims/merge/<path:object_id>/history/<str:key>/revert/",
    "/admin/claims/import/add/",
    "/admin/claims/import/<path:object_id>/delete/",
    "/admin/claims/import/<path:object_id>/history/<str:key>/revert/",
    "/admin/claims/different/add/",
    "/admin/claims/different/<path:object_id>/history/<str:key>/revert/",
    "/admin/accounts/token/<path:object_id>/delete/",
    "/admin/logout/",
    "/admin/autocomplete/",
    "/admin/jsi18n/",
    "/admin/r/<path:content_type_id>/<path:object_id>/",
    "/admin/<url>",
    "/admin/import/look/",
    "/admin/import/statements.csv",
    "/admin/sources/document/<path:object_id>/read/alike/",
}
PAGES = [
    address
    for address in ADDRESSES
    if address.startswith("/admin/")
    and address not in NO_PAGES
    and not address.endswith("/<path:object_id>/")
]
# What is our own page and no list or form of Django's.
OUR_OWN = re.compile("history|revert|deleted|merge|undo|review|proposal|read|import|/admin/$")
LOOKS = {"phone": (390, "light"), "wide and dark": (1440, "dark")}


@pytest.fixture(params=LOOKS)
def wide(request, tab):
    """Log in who may see everything, on a phone in the light or at a desk in the dark."""
    width, scheme = LOOKS[request.param]
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)
    log_in(tab, username="boss")
    User.objects.filter(username="boss").update(is_superuser=True)
    return width > 1000


@pytest.fixture
def sweep(tab, axe, complaints):
    """Return a function that holds pages against WCAG, and says how many there were."""

    def look_at(addresses):
        faults, seen = {}, 0
        for address in addresses:
            if tab.goto(address).status != 200:
                complaints.clear()  # the console says so, too
                continue
            seen += 1
            try:
                axe(tab)
                assert fits(tab), "It is too wide."
            except AssertionError as error:
                faults[address] = str(error)
        assert faults == {}
        return seen

    return look_at


def test_no_page_of_the_admin_has_a_fault_that_axe_finds(wide, sweep):
    """A sample of them in each look; all of them, and our own ones in both, with FULL=1."""
    world = make_world()
    pages = [
        address
        for n, address in enumerate(PAGES)
        if (n % 4 == wide if not IS_FULL else OUR_OWN.search(address) or not wide)
    ]
    addresses = [next(given for _, given in filled(address, world)) for address in pages]

    assert sweep(addresses) == len(addresses)


def merges(row, other):
    """Merge a row into another and return the page on which that is undone."""
    user = User.objects.get(username="boss")
    why = {"reason": "They are the same.", "contradicts": True}
    merged = merge(loser=row, survivor=other, user=user, **why)
    return reverse("admin:claims_merge_undo", args=[merged.pk])


def test_no_page_of_what_would_happen_has_a_fault_that_axe_finds(wide, sweep):
    """Reverts that differ, merges that contradict, what comes back and what waits."""
    claim, same = make_claim(text="The corridor is shut."), make_claim(text="It is shut.")
    source, body = make_source(name="Ministry"), make_source(name="The Ministry")
    document, copy = make_document(title="Readout"), make_document(title="The readout")
    said = make_statement(claim=claim, source=source, stance="denies", said="2023-09")
    make_statement(claim=same, source=source, said="2023-08")
    make_statement(claim=claim, source=body, said="2023-08", note="n " * 200)
    make_citation(statement=said, document=document, quote="q " * 200)
    make_citation(statement=said, document=copy, quote="It is open.")
    gone = make_statement(claim=claim, source=body, said="2024")
    key = gone.pk
    gone.delete()
    proposal = propose(
        target=make_claim(),
        fields={"text": "It was shut. " * 20, "kind": "event"},
        author=make_user("dora", group="contributors"),
    )
    changes = [(claim, {"language": "en"}), (said, {"note": "m " * 200, "said": "2023-10"})]
    changes += [(source, {"description": "d " * 100}), (document, {"title": "W" * 120})]
    for row, changed in changes:
        type(row).objects.filter(pk=row.pk).update(**changed)
    reverts = [
        reverse(
            f"admin:{row._meta.app_label}_{row._meta.model_name}_{what}",
            args=[row.pk, History(type(row), row.pk).entries[place].key],
        )
        for row in (claim, said, source, document)
        for what in ("version", "revert")
        for place in (0, -1)
    ]
    if not IS_FULL:
        reverts = reverts[wide::4]
    previews = [
        f"{page(row, 'merge')}?into={other.pk}"
        for row, other in ((claim, same), (source, body), (document, copy))
    ]
    others = [
        page(proposal),
        page(claim),
        page(said, "history"),
        reverse("admin:deleted"),
        reverse("admin:restore", args=["claims.statement", key]),
        reverse("admin:review"),
    ]

    assert sweep([*previews, *others, *reverts]) >= len(previews) + len(others) + len(reverts) // 2
    documents = (make_document(title="W" * 120), make_document())
    undone = [merges(claim, same), merges(source, body), merges(*documents)]
    assert sweep([*undone, page(claim), page(document)]) == 5
