"""The demo as its user sees it: a process, its output, and what it serves."""

import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from claimtracker.embedded_postgres import Cluster, is_alive
from tests.waiting import LONG

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["manage.py", "claimtracker", "claims", "sources", "seeds"]


class Demo:
    """A copy of the project, run by the Python of this run, which has its packages."""

    def __init__(self, folder, environment):
        self.folder = folder
        self.environment = environment
        self.cluster = Cluster(folder)
        self.started = []

    def start(self, *arguments, **environment):
        running = Running(
            subprocess.Popen(
                [sys.executable, "manage.py", "demo", *arguments],
                cwd=self.folder,
                env=self.environment | environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        self.started.append(running)
        return running

    def kill_what_runs(self):
        for running in self.started:
            running.give_up.cancel()
            if running.process.poll() is None:
                running.end(signal.SIGKILL)
            running.process.stdout.close()
        self.started.clear()

    def manage(self, *arguments):
        return subprocess.check_output(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
        )


class Running:
    def __init__(self, process):
        self.process = process
        self.said = ""
        # A demo that never says what a test waits for must not hold up the whole run.
        self.give_up = threading.Timer(3 * LONG, process.kill)
        self.give_up.daemon = True
        self.give_up.start()

    def read_until(self, words):
        """Read what it says up to a line with these words."""
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return self
        raise AssertionError(f"it ended without saying {words!r}:\n{self.said}")

    def wait(self):
        return self.read_until("Ctrl-C stops it")

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        self.said += self.process.communicate(timeout=LONG)[0]
        return self.process.returncode

    def address(self, what):
        return re.search(rf"^  {what} +(http\S+)", self.said, re.MULTILINE)[1]

    def account(self, name):
        return re.search(rf"{name} / (\S+)", self.said)[1]

    def get(self, what, path=""):
        with urllib.request.urlopen(self.address(what) + path, timeout=LONG) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def environment(clean_environment, tmp_path_factory):
    # Compiled once, and not into the copy of the project.
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled"))}
    return clean_environment | compiled | {"PIP_NO_INDEX": "1"}


@pytest.fixture(scope="module")
def demo(environment):
    """A demo that was set up once; the server's user has to reach its folder."""
    folder = Path("/tmp") / f"claimtracker-test-demo-{os.getpid()}" / "a copy with blanks"
    folder.mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    for path in ROOT.glob("requirements*.txt"):
        shutil.copy(path, folder)
    demo = Demo(folder, environment)
    began = time.monotonic()
    first = demo.start().wait()
    demo.first_took = time.monotonic() - began
    demo.first_words = first.said
    assert first.end() == 0, first.said
    yield demo
    with demo.cluster.locked():
        demo.cluster.stop_server()
    if demo.cluster.link.is_symlink():
        shutil.rmtree(demo.cluster.data.parent, ignore_errors=True)
    shutil.rmtree(folder.parent)


@pytest.fixture(autouse=True)
def nothing_runs_on(request):
    yield
    if "demo" in request.fixturenames:
        request.getfixturevalue("demo").kill_what_runs()


@pytest.fixture
def running(demo):
    running = demo.start().wait()
    yield running


def log_in(running, name):
    """Log in to the admin; return the address of the page that follows."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = running.address("Admin") + "login/?next=/admin/"
    browser.open(page, timeout=LONG).close()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"username": name, "password": running.account(name), "csrfmiddlewaretoken": token}
    request = urllib.request.Request(page, urllib.parse.urlencode(form).encode())
    with browser.open(request, timeout=LONG) as following:
        return following.url


def test_demo_shows_both_sides_of_the_dispute(running):
    dispute = running.get("A dispute")

    assert "corridor-blocked" in dispute
    assert "asserts" in dispute
    assert "denies" in dispute


@pytest.mark.parametrize(
    "what", ["Home", "Admin", "API", "API docs", "A dispute", "The same, JSON"]
)
def test_every_address_that_the_demo_prints_answers(running, what):
    assert running.get(what)


def test_editor_may_enter_the_admin_and_analyst_may_not(running):
    assert log_in(running, "editor") == running.address("Admin")
    assert "login" in log_in(running, "analyst")


def test_second_start_is_quick_and_keeps_edits_and_accounts(demo):
    rename = (
        "UPDATE sources_source SET name = 'An edit' WHERE id = (SELECT min(id) FROM sources_source)"
    )
    demo.manage("db", "psql", "--quiet", "-c", rename)

    began = time.monotonic()
    running = demo.start().wait()
    took = time.monotonic() - began

    edits = "SELECT count(*) FROM sources_source WHERE name = 'An edit'"
    assert demo.manage("db", "psql", "-At", "-c", edits).strip() == "1"
    assert running.account("editor") in demo.first_words
    assert running.end() == 0
    assert took < demo.first_took / 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_demo_in_one_line_and_stops_its_server(demo, running, number):
    pid = demo.cluster.postmaster()

    assert running.end(number) == 0

    assert running.said.splitlines()[-1] == "Stopped."
    assert "Traceback" not in running.said
    assert not is_alive(pid)


def test_taken_port_makes_the_demo_use_the_next_free_one(demo):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = demo.start("--port", str(port)).wait()

        assert f"Port {port} is taken; using " in running.said
        assert not running.address("Home").endswith(f":{port}/")
        assert running.get("A dispute")
        running.end()


def test_two_demos_of_one_folder_run_side_by_side(demo, running):
    second = demo.start().wait()
    assert second.address("Home") != running.address("Home")

    assert second.end() == 0

    assert "corridor-blocked" in running.get("A dispute")


def test_every_demo_survives_a_killed_server(demo, running):
    second = demo.start().wait()
    for one in (running, second):
        assert one.get("A dispute")  # so that each has connections that break

    os.kill(demo.cluster.postmaster(), signal.SIGKILL)

    for one in (running, second):
        one.read_until("it was started again")
        assert "corridor-blocked" in one.get("A dispute")


def test_demo_starts_after_one_was_killed(demo, running):
    running.end(signal.SIGKILL)

    again = demo.start().wait()
    assert "corridor-blocked" in again.get("A dispute")
    assert again.end() == 0
    assert demo.cluster.postmaster() is None


def test_demo_refuses_to_make_accounts_on_another_server(demo):
    running = demo.start(DATABASE_URL="postgresql://u@h/n")

    running.read_until("DATABASE_URL is set")
    assert running.process.wait(30) != 0


def test_demo_accounts_are_private(demo):
    assert (demo.folder / "var/demo-accounts.json").stat().st_mode & 0o077 == 0
