"""The pages of the history in a real browser: on a phone, for everybody, by a hand at the desk."""

import pytest
from django.urls import reverse

from claims.models import Claim
from claimtracker.history import History
from tests.browser.test_admin import choose, log_in
from tests.desk import page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def version(row, what="version"):
    """Return the address of the first version of a row."""
    key = History(type(row), row.pk).entries[0].key
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{what}", args=[row.pk, key])


def fits(tab) -> bool:
    return tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_editor_reverts_a_claim_and_restores_a_topic(tab):
    claim = make_claim(text="It is so.")
    Claim.objects.update(text="It was so.")
    make_topic(name="Roads").delete()
    log_in(tab)

    tab.goto(page(claim))
    tab.get_by_role("link", name="History").click()
    tab.get_by_role("link", name="Revert to this version").click()
    tab.get_by_label("Why?").fill("It still is.")
    tab.get_by_role("button", name="Revert to this version").click()
    tab.get_by_text("It says again what it said then.").wait_for()
    tab.goto("/admin/")
    tab.get_by_role("link", name="What was deleted").click()
    tab.get_by_role("link", name="Restore “Roads”").click()
    tab.get_by_label("Why?").fill("It is needed.")
    tab.get_by_role("button", name="Restore it").click()

    tab.get_by_text("It is back").wait_for()
    assert Claim.objects.get().text == "It is so."


def test_the_pages_fit_a_phone_and_have_no_fault_that_axe_finds(tab, axe):
    statement = make_statement(note="n " * 200)
    citation = make_citation(
        statement=statement, quote="q " * 200, document=make_document(title="W" * 120)
    )
    type(statement).objects.update(note="m " * 200, said="2023-09")
    topic = make_topic(name="Roads " * 20)
    key = topic.pk
    topic.delete()
    log_in(tab)
    tab.set_viewport_size({"width": 390, "height": 844})

    for address in (
        page(statement, "history"),
        version(statement),
        version(statement, "revert"),
        page(citation, "delete"),
        reverse("admin:deleted"),
        reverse("admin:restore", args=["claims.topic", key]),
    ):
        assert tab.goto(address).status == 200, address
        axe(tab)
        assert fits(tab), f"{address} is too wide"


def test_an_editor_merges_two_claims_and_undoes_it(tab, axe):
    loser = make_claim(text="The corridor is open.")
    survivor = make_claim(text="The corridor is open to all.")
    make_statement(claim=loser, source=(source := make_source()), stance="denies", said="2023-09")
    make_statement(claim=survivor, source=source, said="2023-08")
    log_in(tab)
    tab.set_viewport_size({"width": 390, "height": 844})

    tab.goto(page(loser))
    tab.get_by_role("link", name="Merge into another…").click()
    axe(tab)
    choose(tab, "into", "open to all", "The corridor is open to all.")
    tab.get_by_role("button", name="Show what would happen").click()
    axe(tab)
    assert fits(tab)
    tab.get_by_label("They are the same all the same").check()
    tab.get_by_label("Why?").fill("One says it shorter.")
    tab.get_by_role("button", name="Merge").click()
    tab.get_by_text("is merged into this claim").wait_for()
    tab.goto(page(loser))
    tab.get_by_role("link", name="Undo the merge").click()
    axe(tab)
    assert fits(tab)
    tab.get_by_label("Why?").fill("Not the same.")
    tab.get_by_role("button", name="Undo the merge").click()

    tab.get_by_text("all is as it was before").wait_for()
    assert loser.statements.count() == survivor.statements.count() == 1
