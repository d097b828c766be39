"""The public pages in a real browser: on a phone, in the dark, on paper, and by what axe finds."""

import pytest
from django.core.management import call_command

from tests.factories import make_citation, make_document, make_source, make_statement

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PAGES = [
    "/",
    "/claims/corridor-blocked/",
    "/claims/road-deal-reached/?said_by=2023-09-09",
    "/claims/free-passage/",
    "/sources/jeyhun-bayramov/",
    "/sources/jeyhun-bayramov/agreement/",
    "/sources/jeyhun-bayramov/agreement/?with=ilham-aliyev",
    "/sources/long/",
    "/documents/{document}/",
    "/statements/{statement}/",
    "/topics/lachin-corridor/",
    "/disputes/",
    "/search/?q=corridor",
    "/search/?q=!!!",
    "/claims/corridor-blocked/?said_by=never",
    "/claims/nowhere/",
]


@pytest.fixture
def addresses():
    """The pages on the seeds, with a quote that runs from right to left and an endless name."""
    call_command("loaddata", "lachin", verbosity=0)
    from claims.models import Claim, Statement

    claim = Claim.objects.get(slug="corridor-blocked")
    endless = make_source(slug="long", name="W" * 200)
    statement = make_statement(claim=claim, source=endless, said="2023-08")
    make_citation(statement=statement, document=make_document(), quote="الطريق مغلق", language="ar")
    cited = Statement.objects.filter(claim=claim, citations__document__slug__isnull=False).first()
    document = cited.citations.first().document
    return [each.format(document=document.slug, statement=cited.slug) for each in PAGES]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_fault_that_axe_finds(addresses, tab, axe, complaints, width, scheme):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)

    for address in addresses:
        answer = tab.goto(address)
        if answer.status >= 400:
            # That much the console says of its own.
            complaints.clear()
        axe(tab)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_first_tab_skips_to_the_content(addresses, tab):
    tab.goto("/claims/corridor-blocked/")

    tab.keyboard.press("Tab")

    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null")


def test_the_pages_say_it_all_without_a_script(addresses, browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = context.new_page()

    tab.goto("/claims/corridor-blocked/")
    tab.get_by_text("As of an earlier day").first.click()
    tab.get_by_label("Said by").fill("2023-01-31")
    tab.get_by_role("button", name="Show").click()

    assert "said_by=2023-01-31" in tab.url
    assert "31 January 2023" in tab.locator(".as-of").inner_text()


def test_a_cell_of_the_matrix_leads_to_what_the_source_said(addresses, tab):
    tab.goto("/topics/lachin-corridor/")
    cell = tab.locator("table.matrix td a").first
    source = cell.get_attribute("href").partition("#source-")[2]

    cell.click()

    assert tab.locator(f"#source-{source}").is_visible()


def test_a_printed_claim_has_both_sides_and_no_navigation(addresses, tab):
    tab.goto("/claims/corridor-blocked/")
    tab.emulate_media(media="print")

    assert not tab.locator("header").is_visible()
    assert tab.locator("#asserts").is_visible() and tab.locator("#denies").is_visible()
    assert len(tab.pdf()) > 10_000


def test_what_is_folded_up_is_printed(addresses, tab):
    tab.goto("/claims/free-passage/")
    tab.emulate_media(media="print")

    assert tab.locator("#derived ~ ul details ol").first.is_visible()


def test_a_picture_fits_its_page_at_every_width(addresses, tab):
    for width in (1440, 800, 390, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto("/claims/corridor-blocked/")
        box = tab.locator(".timeline svg").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        letters = tab.locator(".timeline svg .lane").first.evaluate(
            "each => parseFloat(getComputedStyle(each).fontSize)"
        )
        assert letters >= 12
