"""One's own account in a browser; the fixture ``tab`` fails on any breach of the policy."""

import pytest
from playwright.sync_api import expect

from claimtracker.accounts.actions import make_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def log_in(tab, next):
    tab.goto(f"/api-auth/login/?next={next}")
    tab.get_by_label("Username:").fill("ben")
    tab.get_by_label("Password:").fill("a long word")
    tab.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_token_is_made_shown_once_and_revoked(tab, axe, width):
    ben = make_user("ben", password="a long word")
    make_token(user=ben, name="old notebook", days=30)
    tab.set_viewport_size({"width": width, "height": 900})
    log_in(tab, "/account/")
    axe(tab)
    assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth")

    tab.get_by_label("Name:").fill("statistics")
    tab.get_by_role("button", name="Make a token").click()

    expect(tab.get_by_label("Token")).to_contain_text("ct_")
    axe(tab)
    assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth")
    tab.get_by_role("link", name="Back to your account").click()
    tab.get_by_role("button", name="Revoke statistics").click()
    expect(tab.get_by_role("status")).to_have_text("“statistics” is revoked.")
    expect(tab.get_by_role("listitem").first).to_contain_text("It is revoked.")


def test_a_wrong_password_is_said_at_its_field(tab, axe):
    make_user("ben", password="a long word")
    log_in(tab, "/account/")
    tab.get_by_label("Password:").fill("another")
    tab.get_by_role("button", name="Sign out everywhere").click()

    expect(tab.get_by_role("alert")).to_have_text("This is not your password.")
    axe(tab)
