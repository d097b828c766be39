"""A real browser, and what it must not say: no error on the console, no breach of the CSP."""

import os
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from tests.waiting import LONG, wait_until

expect.set_options(timeout=LONG * 1000)

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What Playwright asks of the browsers that it starts itself.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-ipc-flooding-protection",
    "--disable-popup-blocking",
    "--disable-dev-shm-usage",
    "--disable-hang-monitor",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-default-browser-check",
    "--password-store=basic",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,"
    "primaryPointerType=4,availablePointerTypes=4",
]

# What WCAG 2.2 asks for at the levels A and AA, as axe names the rules.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


@pytest.fixture
def complaints():
    """What the console of the tab complained of so far."""
    return []


@pytest.fixture
def axe(complaints):
    """Return the check that axe finds no fault of WCAG 2.2 AA on a page as it is now."""

    def check(page):
        before = len(complaints)
        found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
        # To measure, axe writes styles into the page, which our policy forbids it.
        del complaints[before:]
        faults = {
            f"{fault['id']}: {fault['help']}": [node["html"][:200] for node in fault["nodes"]]
            for fault in found.response["violations"]
        }
        assert faults == {}

    return check


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """The address at which a Chromium answers that all tests of a process share."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"There is no Chromium at {CHROMIUM}; CHROMIUM says where it is.")
    profile = tmp_path_factory.mktemp("chromium")
    own = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
    with (profile / "log").open("wb") as log:
        process = subprocess.Popen([CHROMIUM, *ARGUMENTS, *own], stdout=log, stderr=log)
    port = profile / "DevToolsActivePort"
    try:
        wait_until(lambda: port.exists() and port.read_text().count("\n"), "Chromium is up")
        yield f"http://127.0.0.1:{port.read_text().split()[0]}"
    finally:
        process.terminate()
        process.wait(LONG)


@pytest.fixture
def browser(chromium, db, monkeypatch):
    """Chromium, for one test.

    Playwright keeps an event loop running in this thread. To Django that is another world, with
    connections of its own, so that it begins after the test's set-up and ends before its teardown.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(chromium)
        yield browser
        # What a test left open; Chromium itself goes on.
        for context in browser.contexts[1:]:
            context.close()
        browser.close()
        connections.close_all()


@pytest.fixture
def tab(live_server, browser, complaints):
    """A tab on the server under test. The test fails on whatever the console complains of."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(LONG * 1000)
    tab.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    assert complaints == []
