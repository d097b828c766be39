"""Work that is not saved yet: nobody loses it by a log-out, a crash, or a wrong click."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from claims.models import Claim, Statement
from claimtracker.accounts.models import Session
from tests.browser.test_admin import choose
from tests.browser.test_admin import log_in as log_in_first
from tests.desk import page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_user,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

DAY = timedelta(days=1)


def sessions_end():
    Session.objects.update(expire_date=timezone.now() - DAY)


def log_in(tab, username="ada", password="open sesame"):
    tab.goto("/admin/login/")
    tab.get_by_label("Username").fill(username)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Log in").click()
    tab.wait_for_url("**/admin/")


def in_another_tab(tab, do, *args, **kwargs):
    other = tab.context.new_page()
    do(other, *args, **kwargs)
    other.close()


def drafts(tab):
    """Return what the browser keeps, by key."""
    kept = tab.evaluate("() => ({...localStorage})")
    return {name: json.loads(text) for name, text in kept.items() if name.startswith("draft:")}


def kept(tab, count=1):
    """Wait until the browser keeps so many drafts."""
    wait_until(lambda: len(drafts(tab)) == count, "as many drafts")


@pytest.fixture
def editor(tab):
    log_in_first(tab)
    return tab


@pytest.fixture
def claim():
    return make_claim(text="The road is shut.")


def text_box(tab):
    return tab.get_by_label("Text", exact=False).first


def save(tab):
    tab.get_by_role("button", name="Save", exact=True).click()


# Logged out while typing --------------------------------------------------------------------------


def test_who_is_logged_out_at_the_desk_logs_in_elsewhere_and_saves(editor, claim, axe):
    source = make_source(name="Mara Dessin")
    document = make_document(text="It is shut, she said.\n")
    editor.goto(page(document, "read"))
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("Enter")
    editor.get_by_label("Source", exact=True).fill("mara")
    editor.get_by_role("option", name="Mara Dessin").click()
    editor.get_by_label("Stance").select_option("asserts")
    editor.get_by_label("Claim", exact=True).fill("shut")
    editor.get_by_role("option", name="The road is shut.").click()
    sessions_end()

    editor.keyboard.press("Control+Enter")
    told = editor.get_by_text("You are logged out, so it is not saved yet.")
    expect(told).to_be_visible()
    expect(editor.locator("#status")).to_have_text("Not saved.")
    axe(editor)
    with editor.context.expect_page() as opened:
        editor.get_by_role("link", name="Log in in another tab").click()
    log_in(opened.value)
    opened.value.close()
    editor.get_by_role("button", name="Save as a draft").click()

    expect(editor.locator("#status")).to_contain_text("Recorded (Draft)")
    assert Statement.objects.get().source == source


def test_who_is_logged_out_while_editing_in_place_logs_in_elsewhere_and_saves(editor, claim):
    statement = make_statement(claim=claim, source=make_source(name="Ann"), said="2023-09-01")
    editor.goto(page(claim))
    editor.locator("a.edit-in-place", has_text="Ann").click()
    dialog = editor.get_by_role("dialog")
    dialog.get_by_label("Said on").fill("2023-09-02")
    sessions_end()

    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("You are logged out, so it is not saved yet.")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_count(1)
    in_another_tab(editor, log_in)
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_have_count(0)
    statement.refresh_from_db()
    assert statement.said == "2023-09-02"
    assert drafts(editor) == {}


@pytest.mark.parametrize("width", [1440, 390])
def test_who_is_logged_out_on_a_form_logs_in_and_finds_it_as_it_was(editor, claim, axe, width):
    editor.set_viewport_size({"width": width, "height": 900})
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    sessions_end()

    save(editor)
    expect(editor.get_by_role("alert")).to_contain_text("You were logged out")
    axe(editor)
    assert not editor.evaluate("document.documentElement.scrollWidth > innerWidth")
    editor.get_by_label("Username").fill("ada")
    editor.get_by_label("Password").fill("open sesame")
    editor.get_by_role("button", name="Log in").click()

    expect(editor.get_by_text("This is what you typed: check it, then save.")).to_be_visible()
    expect(editor.locator("#id_text")).to_have_value("The road is open.")
    save(editor)
    editor.get_by_text("was changed successfully").wait_for()
    assert Claim.objects.get().text == "The road is open."
    assert drafts(editor) == {}


def test_a_form_is_saved_after_a_new_log_in_in_another_tab(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    sessions_end()
    in_another_tab(editor, log_in)

    save(editor)

    editor.get_by_text("was changed successfully").wait_for()
    assert Claim.objects.get().text == "The road is open."


def test_another_account_is_asked_before_it_saves_what_the_first_one_typed(editor, claim, axe):
    make_user("eve", password="open sesame", group="editors", is_staff=True)
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    sessions_end()
    in_another_tab(editor, log_in, "eve")

    save(editor)

    expect(editor.get_by_role("alert")).to_contain_text("You are logged in as eve now")
    axe(editor)
    assert Claim.objects.get().text == "The road is shut."
    editor.get_by_role("button", name="Go on with what I typed").click()
    expect(editor.locator("#id_text")).to_have_value("The road is open.")
    save(editor)
    editor.get_by_text("was changed successfully").wait_for()
    assert Claim.objects.get().text == "The road is open."


def test_another_account_is_asked_in_place_too(editor, claim):
    make_user("eve", password="open sesame", group="editors", is_staff=True)
    statement = make_statement(claim=claim, source=make_source(name="Ann"), said="2023-09-01")
    editor.goto(page(claim))
    editor.locator("a.edit-in-place", has_text="Ann").click()
    dialog = editor.get_by_role("dialog")
    dialog.get_by_label("Said on").fill("2023-09-02")
    sessions_end()
    in_another_tab(editor, log_in, "eve")

    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("You are logged in as eve now, not as ada")
    statement.refresh_from_db()
    assert statement.said == "2023-09-01"
    dialog.get_by_role("button", name="Save as eve").click()

    expect(dialog).to_have_count(0)
    statement.refresh_from_db()
    assert statement.said == "2023-09-02"


def test_two_log_in_pages_do_not_stand_in_each_others_way(tab):
    make_user(password="open sesame", is_staff=True)
    tab.goto("/admin/login/")
    in_another_tab(tab, log_in)

    tab.get_by_label("Username").fill("ada")
    tab.get_by_label("Password").fill("open sesame")
    tab.get_by_role("button", name="Log in").click()

    tab.wait_for_url("**/admin/")


# Drafts -------------------------------------------------------------------------------------------


def offer(tab):
    return tab.get_by_role("group", name="Unsaved work")


def restore(tab):
    expect(offer(tab)).to_contain_text("You have unsaved work from")
    offer(tab).get_by_role("button", name="Restore").click()
    expect(offer(tab)).to_have_count(0)


def test_what_was_typed_is_offered_after_a_crash(editor, claim, axe):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)

    editor.reload()
    axe(editor)
    restore(editor)

    expect(editor.locator("#id_text")).to_have_value("The road is open.")
    save(editor)
    editor.get_by_text("was changed successfully").wait_for()
    assert Claim.objects.get().text == "The road is open."
    assert drafts(editor) == {}
    editor.goto(page(claim))
    expect(offer(editor)).to_have_count(0)


def test_a_draft_that_is_discarded_is_gone(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)
    editor.reload()

    offer(editor).get_by_role("button", name="Discard").click()

    expect(offer(editor)).to_have_count(0)
    expect(editor.locator("#id_text")).to_have_value("The road is shut.")
    assert drafts(editor) == {}


def test_rows_added_and_what_was_chosen_in_them_come_back(editor, claim):
    make_source(name="Jeyhun Bayramov")
    make_document(title="Minister speaks")
    make_document(title="Minister is silent")
    editor.goto(page(Statement, "add"))
    choose(editor, "claim", "shut", "The road is shut.")
    choose(editor, "source", "bayram", "Jeyhun Bayramov")
    editor.get_by_label("Stance").select_option("denies")
    choose(editor, "citations-0-document", "speaks", "Minister speaks")
    editor.get_by_role("button", name="Add another Citation").click()
    choose(editor, "citations-1-document", "silent", "Minister is silent")
    editor.locator("#id_citations-1-quote").fill("It is\nopen.")
    kept(editor)

    editor.reload()
    restore(editor)

    expect(editor.locator("#id_source + .select2-container")).to_contain_text("Jeyhun Bayramov")
    save(editor)
    editor.get_by_text("was added successfully").wait_for()
    statement = Statement.objects.get()
    assert (statement.source.name, statement.stance) == ("Jeyhun Bayramov", "denies")
    cited = statement.citations.order_by("document__title")
    assert [(each.document.title, each.quote) for each in cited] == [
        ("Minister is silent", "It is\nopen."),
        ("Minister speaks", ""),
    ]


def test_a_draft_of_what_was_changed_since_says_so_and_overwrites_nothing(editor, claim):
    statement = make_statement(claim=claim, note="First.", occasion="A briefing")
    citation = make_citation(statement=statement, quote="Shut.")
    editor.goto(page(statement))
    editor.locator("#id_citations-0-quote").fill("Open.")
    kept(editor)
    # Others add one before it, and change what the draft does not touch.
    Statement.objects.filter(pk=statement.pk).update(occasion="A call")
    make_citation(statement=statement, quote="Another.")

    editor.reload()
    expect(offer(editor)).to_contain_text("It was changed since")
    restore(editor)
    save(editor)

    expect(editor.get_by_text("Somebody changed this while you had it open")).to_be_visible()
    save(editor)
    editor.get_by_text("was changed successfully").wait_for()
    statement.refresh_from_db()
    citation.refresh_from_db()
    assert statement.occasion == "A call"
    assert citation.quote == "Open."
    assert set(statement.citations.values_list("quote", flat=True)) == {"Open.", "Another."}


def test_the_desk_offers_what_was_typed_before_a_crash(editor, claim):
    make_source(name="Mara Dessin")
    document = make_document(text="They say so. It is shut.\n")
    editor.goto(page(document, "read"))
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        editor.keyboard.press(key)
    editor.get_by_label("Source", exact=True).fill("mara")
    editor.get_by_role("option", name="Mara Dessin").click()
    editor.get_by_label("Stance").select_option("asserts")
    editor.get_by_label("Claim", exact=True).fill("shut")
    editor.get_by_role("option", name="The road is shut.").click()
    kept(editor)

    editor.reload()
    restore(editor)
    expect(editor.get_by_label("Quote")).to_have_value("It is shut.")
    editor.get_by_role("button", name="Save as a draft").click()

    expect(editor.locator("#status")).to_contain_text("Recorded (Draft)")
    citation = Statement.objects.get().citations.get()
    assert (citation.prefix, citation.quote) == ("They say so. ", "It is shut.")
    assert drafts(editor) == {}


def test_a_reason_typed_for_a_deletion_is_offered_too(editor, claim):
    editor.goto(page(claim, "delete"))
    editor.locator("textarea").fill("Recorded twice, see the other one.")
    kept(editor)

    editor.reload()
    restore(editor)

    expect(editor.locator("textarea")).to_have_value("Recorded twice, see the other one.")


def test_drafts_are_gone_after_the_log_out(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)

    editor.get_by_role("button", name="Log out").click()
    editor.wait_for_url(lambda url: "/admin/" not in url)

    assert drafts(editor) == {}
    log_in(editor)
    editor.goto(page(claim))
    expect(offer(editor)).to_have_count(0)


def test_a_log_out_on_a_public_page_clears_them_and_other_tabs_keep_no_more(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)

    def log_out(other):
        other.goto("/search/")
        other.get_by_role("button", name="Log out").click()
        other.get_by_role("link", name="Log in").wait_for()

    in_another_tab(editor, log_out)
    editor.locator("#id_text").fill("The road is open for all.")
    editor.evaluate("dispatchEvent(new Event('pagehide'))")

    assert drafts(editor) == {}


def test_no_account_is_shown_the_draft_of_another(editor, claim):
    make_user("eve", password="open sesame", group="editors", is_staff=True)
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)
    sessions_end()

    log_in(editor, "eve")
    editor.goto(page(claim))
    expect(editor.locator("#id_text")).to_have_value("The road is shut.")
    expect(offer(editor)).to_have_count(0)

    sessions_end()
    log_in(editor)
    editor.goto(page(claim))
    restore(editor)
    expect(editor.locator("#id_text")).to_have_value("The road is open.")


def test_a_draft_is_kept_for_seven_days(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)
    [(key, draft)] = drafts(editor).items()
    week = 7 * 24 * 3600 * 1000

    for age, shown in ((week - 60_000, 1), (week + 60_000, 0)):
        editor.goto("/admin/")
        text = json.dumps(draft | {"at": draft["at"] - age})
        editor.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
        editor.goto(page(claim))
        expect(offer(editor)).to_have_count(shown)
    assert drafts(editor) == {}


def test_no_password_and_no_token_is_kept(editor):
    User.objects.update(is_superuser=True)
    editor.goto("/admin/auth/user/add/")
    editor.locator("#id_username").fill("newcomer")
    editor.locator("#id_password1").fill("hush hush")
    kept(editor)

    [draft] = drafts(editor).values()
    names = {field["name"] for field in draft["fields"]}
    assert "username" in names
    assert "hush" not in json.dumps(draft)
    assert not {"csrfmiddlewaretoken", "password1", "password2"} & names


def test_where_the_browser_has_no_room_it_says_so(editor):
    document = make_document()
    editor.goto(page(document))
    # A browser gives each site some five million characters; most of them are used.
    editor.evaluate("localStorage.setItem('other', 'x'.repeat(5 * 1024 * 1024 - 20_000))")
    editor.locator("#id_text").fill("w " * 20_000)

    warning = editor.get_by_text("This browser has no room for a draft of this text.")
    expect(warning).to_be_visible()
    editor.locator("#id_text").fill("short")
    expect(warning).to_be_hidden()
    kept(editor)


# Leaving ------------------------------------------------------------------------------------------


def leaves(tab, go):
    """Return whether the browser asked before a page was left."""
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    tab.on("dialog", answer)
    go()
    tab.remove_listener("dialog", answer)
    return asked


def test_a_form_with_unsaved_text_asks_before_it_is_left(editor, claim):
    editor.goto(page(claim))
    assert leaves(editor, lambda: editor.goto("/admin/")) == []

    editor.goto(page(claim))
    editor.locator("#id_text").click()
    editor.keyboard.type("No. ")
    assert leaves(editor, lambda: editor.goto("/admin/")) == ["beforeunload"]


def test_saving_a_form_asks_nothing(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").click()
    editor.keyboard.type("No. ")

    def go():
        save(editor)
        editor.get_by_text("was changed successfully").wait_for()

    assert leaves(editor, go) == []


def test_back_after_a_refused_save_and_the_errors_keep_the_draft(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("  ")
    editor.locator("#id_language").fill("en")
    save(editor)
    editor.get_by_text("Please correct").wait_for()

    assert len(drafts(editor)) == 1
    assert leaves(editor, lambda: editor.goto("/admin/")) == ["beforeunload"]
    editor.goto(page(claim))
    restore(editor)
    expect(editor.locator("#id_language")).to_have_value("en")


# Going back, and windows that a form opens --------------------------------------------------------


def test_going_back_after_a_save_does_not_offer_the_draft_of_what_was_saved(editor, claim):
    editor.goto(page(claim))
    editor.locator("#id_text").fill("The road is open.")
    kept(editor)
    save(editor)
    editor.get_by_text("was changed successfully").wait_for()

    editor.go_back()
    editor.wait_for_url(f"**{page(claim)}")
    editor.locator("#id_text").wait_for()

    expect(offer(editor)).to_have_count(0)
    assert drafts(editor) == {}


def add_source(tab):
    """Open the window in which the statement form adds a source."""
    tab.goto(page(Statement, "add"))
    with tab.expect_popup() as opened:
        tab.locator("#add_id_source").click()
    opened.value.wait_for_load_state()
    return opened.value


def test_the_window_that_adds_a_source_asks_about_one_that_exists(editor):
    made = make_source(name="İlham Əliyev")
    window = add_source(editor)
    window.locator("#id_name").fill("Ilham Aliyev")
    window.locator("#id_kind").select_option("person")

    save(window)

    expect(window.get_by_role("link", name="İlham Əliyev")).to_be_visible()
    assert type(made).objects.count() == 1
    window.locator("[name=is_another]").check()
    with window.expect_event("close"):
        save(window)
    expect(editor.locator("#id_source + .select2-container")).to_contain_text("Ilham Aliyev")
    assert type(made).objects.count() == 2


def test_the_draft_of_a_form_in_a_window_of_its_own_is_offered_again(editor):
    window = add_source(editor)
    window.locator("#id_name").fill("Mara Dessin")
    kept(window)
    window.close(run_before_unload=False)

    again = add_source(editor)
    restore(again)

    expect(again.locator("#id_name")).to_have_value("Mara Dessin")
