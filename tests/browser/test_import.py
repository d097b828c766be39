"""Importing a CSV in a browser; the fixture ``tab`` fails on any breach of the policy."""

import pytest
from playwright.sync_api import expect

from tests.exchange.sheets import ROW, as_csv
from tests.factories import make_source, make_user

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def send(tab, *rows):
    tab.goto("/admin/import/")
    tab.get_by_label("CSV, zipped bundle or ClaimReview").set_input_files(
        {"name": "statements.csv", "mimeType": "text/csv", "buffer": as_csv(*rows)}
    )
    tab.get_by_role("button", name="Look at what it would change").click()


def fits(tab):
    return not tab.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_csv_is_looked_at_corrected_and_imported(tab, axe, width):
    make_user("ada", password="a long word", is_staff=True)
    make_source(slug="spokesman", name="The Old Name")
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("/admin/login/?next=/admin/import/")
    tab.get_by_label("Username:").fill("ada")
    tab.get_by_label("Password:").fill("a long word")
    tab.get_by_role("button", name="Log in").click()
    axe(tab)
    assert fits(tab)

    send(tab, ROW | {"stance": "shrugs"})
    expect(tab.get_by_role("alert")).to_have_text("Nothing was imported: one thing is wrong.")
    axe(tab)
    assert fits(tab)

    tab.get_by_role("link", name="Choose the corrected file").click()
    send(tab, ROW)
    expect(tab.get_by_text("The Old Name")).to_be_visible()
    axe(tab)
    assert fits(tab)

    tab.get_by_role("button", name="Import it").click()
    expect(tab.get_by_text("Imported statements.csv: 4 new, 1 changed.")).to_be_visible()
