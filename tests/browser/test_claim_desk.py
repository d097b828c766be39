"""The page of a claim in a real browser: statements edited in place."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.test_admin import log_in
from tests.desk import page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def claim():
    claim = make_claim(text="The road is blocked.", topics=[make_topic(name="Roads")])
    ann = make_statement(claim=claim, source=make_source(name="Ann"), said="2023-09-01")
    make_citation(statement=ann, document=make_document(title="Ann speaks"), quote="It is shut.")
    make_statement(claim=claim, source=make_source(name="Bob"), stance="denies")
    other = make_claim(text="Nothing can pass.")
    make_relation(from_claim=claim, to_claim=other, kind="implies")
    make_relation(from_claim=claim, to_claim=other, kind="contradicts")
    return claim


def edit(tab, who):
    tab.get_by_role("link", name=f"Edit what {who} said").press("Enter")
    return tab.get_by_role("dialog")


def test_a_statement_and_its_quote_are_edited_in_place_by_the_keyboard(tab, claim):
    log_in(tab)
    tab.goto(page(claim))
    dialog = edit(tab, "Ann")
    dialog.get_by_label("Said on").fill("2023-09-02")
    dialog.get_by_label("Quote").fill("It is closed.")
    dialog.get_by_role("button", name="Save").press("Enter")
    dialog.wait_for(state="detached")
    asserts = tab.get_by_role("region", name="Asserts")
    asserts.get_by_text("It is closed.").wait_for()
    assert "2 September 2023" in asserts.inner_text()
    assert tab.get_by_role("status").get_by_text("was changed successfully").is_visible()
    # The next one is a key away.
    assert "Ann" in tab.evaluate("document.activeElement.innerText")


def test_what_is_refused_in_place_is_said_at_the_field_with_what_was_typed(tab, claim):
    log_in(tab)
    tab.goto(page(claim))
    dialog = edit(tab, "Ann")
    dialog.get_by_label("Said on").fill("yesterday")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").wait_for()
    assert dialog.get_by_label("Said on").input_value() == "yesterday"
    assert claim.statements.get(source__name="Ann").said == "2023-09-01"


def test_escape_leaves_the_form_and_comes_back_to_where_one_was(tab, claim):
    log_in(tab)
    tab.goto(page(claim))
    dialog = edit(tab, "Bob")
    dialog.get_by_label("Said on").wait_for()
    tab.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert "Bob" in tab.evaluate("document.activeElement.innerText")


def test_a_denial_is_added_from_its_source_on_and_the_open_choice_has_no_fault(tab, claim, axe):
    log_in(tab)
    tab.goto(page(claim))
    tab.get_by_role("link", name="Add a denial").press("Enter")
    source = tab.locator("#id_source + .select2-container [role=combobox]")
    expect(source).to_be_focused()
    tab.keyboard.press("Enter")
    tab.get_by_role("option", name="Bob").wait_for()
    axe(tab)


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_fault_on_the_claim_desk_and_the_first_page(tab, claim, axe, width):
    log_in(tab)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(page(claim))
    axe(tab)
    dialog = edit(tab, "Ann")
    dialog.get_by_label("Said on").wait_for()
    axe(tab)
    tab.goto(reverse("admin:index"))
    axe(tab)
