"""The admin in a real browser: an editor at work."""

import pytest

from claims.models import Claim, Statement
from tests.desk import page
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def log_in(tab, username="ada", password="open sesame"):
    make_user(username, password=password, is_staff=True)
    tab.goto("/admin/")
    tab.get_by_label("Username").fill(username)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Log in").click()
    tab.wait_for_url("**/admin/")


def choose(tab, field, typed, shown):
    """Type into an autocomplete and click on what it offers."""
    tab.locator(f"#id_{field} + .select2-container").click()
    tab.locator(".select2-search__field").last.fill(typed)
    tab.locator(".select2-results__option", has_text=shown).click()


def tally(tab, claim):
    answer = tab.request.get(f"/api/v1/claims/{claim.slug}/")
    assert answer.ok
    return answer.json()["tally"]


def test_an_editor_adds_a_denial_with_its_citation_and_the_tally_changes(tab):
    claim = make_claim(text="The road is blocked.")
    make_statement(claim=claim, stance="asserts")
    make_source(name="Jeyhun Bayramov")
    make_document(
        title="Minister speaks", publisher=make_source(name="Trend"), published="2023-09-07"
    )
    log_in(tab)
    before = tally(tab, claim)

    tab.goto(page(claim))
    tab.get_by_role("link", name="Add a denial").click()
    choose(tab, "source", "bayram", "Jeyhun Bayramov (Person)")
    tab.get_by_label("Said on").fill("2023-09-07")
    choose(tab, "citations-0-document", "speaks", "Minister speaks (Trend, 2023-09-07, Article)")
    tab.locator("#id_citations-0-quote").fill("It is open.")
    tab.get_by_role("button", name="Publish").click()

    tab.get_by_text("was added successfully").wait_for()
    after = tally(tab, claim)
    assert (before["asserts"], before["denies"]) == (1, 0)
    assert (after["asserts"], after["denies"]) == (1, 1)
    tab.goto(page(claim))
    assert tab.get_by_role("region", name="Denies").get_by_text("It is open.").is_visible()


def test_what_the_form_refuses_is_said_at_the_field_and_can_be_mended(tab):
    claim, source = make_claim(), make_source()
    log_in(tab)

    tab.goto(f"{page(Statement, 'add')}?claim={claim.pk}&source={source.pk}&stance=asserts")
    tab.get_by_label("Said on").fill("last week")
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_text("We couldn't read this date").wait_for()
    tab.get_by_label("Said on").fill("2023-09")
    tab.get_by_role("button", name="Save", exact=True).click()

    tab.get_by_text("was added successfully").wait_for()
    assert Statement.objects.get().said == "2023-09"


def test_every_page_fits_a_phone_and_keeps_the_content_security_policy(tab):
    claim = make_claim(text="A claim with a good many words in it " * 8)
    statement = make_statement(claim=claim, note="n " * 200)
    citation = make_citation(statement=statement, quote="q " * 200)
    make_citation(via=citation, document=make_document(title="W" * 120, publisher=make_source()))
    affiliation = make_affiliation(member=statement.source, role="Minister of Foreign Affairs")
    relation = make_relation(from_claim=claim)
    rows = [claim, statement, citation, citation.document, statement.source, affiliation, relation]
    log_in(tab)
    tab.set_viewport_size({"width": 390, "height": 844})

    addresses = [
        "/admin/",
        *(page(row) for row in rows),
        *(page(type(row), "changelist") for row in rows),
        *(page(row, what) for row in (claim, statement.source) for what in ("delete", "history")),
        page(Statement, "add"),
        page(Claim, "add"),
    ]
    for address in addresses:
        answer = tab.goto(address)
        assert answer.status == 200, address
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{address} is {wide} pixels too wide"


def test_axe_finds_what_is_wrong_and_nothing_on_the_page_of_a_claim(tab, axe):
    claim = make_claim(text="The road is blocked.")
    make_citation(statement=make_statement(claim=claim, stance="denies"), quote="It is open.")
    log_in(tab)

    tab.goto(page(claim))

    axe(tab)
    tab.evaluate("document.querySelector('label').remove()")
    with pytest.raises(AssertionError, match="label"):
        axe(tab)
