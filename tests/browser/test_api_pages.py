"""The pages of the API in a browser; the fixture ``tab`` fails on any breach of the policy."""

import pytest
from playwright.sync_api import expect

from tests.api.rows import make_world

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PAGES = ["/", "/api-auth/login/", "/api/v1/", "/api/v1/claims/", "/api/v1/claims/road-shut/"]


@pytest.fixture
def asked(tab):
    """Return the list of all that the tab asks for, which grows as it goes."""
    addresses = []
    tab.on("request", lambda request: addresses.append(request.url))
    return addresses


def elsewhere(addresses, live_server):
    ours = (live_server.url, "data:")
    return [address for address in addresses if not address.startswith(ours)]


def is_too_wide(tab):
    return tab.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_fits_and_asks_nobody_else(tab, asked, live_server, address, width):
    make_world()
    tab.set_viewport_size({"width": width, "height": 900})

    tab.goto(address, wait_until="networkidle")

    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    assert not is_too_wide(tab)
    assert elsewhere(asked, live_server) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_the_reference_answers_a_trial_and_asks_nobody_else(tab, asked, live_server, width):
    make_world()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("/api/v1/docs/", wait_until="networkidle")

    tab.locator("#operations-claims-claims_list .opblock-summary-control").click()
    tab.get_by_role("button", name="Try it out").click()
    tab.get_by_role("button", name="Execute").click()

    expect(tab.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert not is_too_wide(tab)
    assert elsewhere(asked, live_server) == []


def test_a_list_is_filtered_by_its_form(tab):
    make_world()
    tab.goto("/api/v1/claims/")

    tab.get_by_text("Filters").click()
    tab.get_by_label("Contested").select_option("true")
    tab.get_by_role("button", name="Filter").click()

    answer = tab.get_by_label("Answer")
    expect(answer).to_contain_text("The road is shut.")
    expect(answer).not_to_contain_text("The road is open.")
