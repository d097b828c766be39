"""The cells of docs/analysis.md are run in order: what they print, and the pictures they make.

``make analysis`` writes both anew, where the seeds or a cell changed.
"""

import ast
import contextlib
import io
import os
import re
import urllib.request
from pathlib import Path

import matplotlib
import pandas
import pytest
from django.conf import settings
from django.core.management import call_command
from matplotlib import pyplot

from claimtracker.accounts.actions import make_token
from tests.factories import make_user

PAGE = Path(settings.BASE_DIR, "docs", "analysis.md")
PICTURES = PAGE.parent / "images" / "analysis"
REWRITE = os.environ.get("REWRITE") == "1"
CELL = re.compile(r"(?P<code>```python\n.+?\n```\n)(?:\n```text\n.*?\n```\n)?", re.DOTALL)

on_a_server = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def tracker(live_server):
    """Load the seeds, and have the server under test answer for the address in the page."""

    class ThatServer(urllib.request.HTTPHandler):
        def http_open(self, request):
            assert request.host == "localhost:8000"
            request.host = live_server.url.removeprefix("http://")  # the header Host stays
            return super().http_open(request)

    call_command("loaddata", "lachin", verbosity=0)
    urllib.request.install_opener(urllib.request.build_opener(ThatServer))
    yield
    urllib.request.install_opener(None)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in. What cells set in pandas and matplotlib ends with the test."""
    monkeypatch.chdir(tmp_path)
    with matplotlib.rc_context({"backend": "agg"}):
        yield tmp_path
    pyplot.close("all")
    pandas.reset_option("^display")


def run(page: str) -> str:
    """Return a page as it is when its cells are run: each with what it prints, if it does."""
    names: dict = {}

    def with_output(cell):
        line = page.count("\n", 0, cell.start()) + 1
        output = printed("\n" * line + cell["code"].split("\n", 1)[1][: -len("```\n")], names)
        return cell["code"] + (f"\n```text\n{output}\n```\n" if output else "")

    return CELL.sub(with_output, page)


def printed(code: str, names: dict) -> str:
    """Run a cell and return what a notebook shows below it: also the value of its last line."""
    tree = ast.parse(code, PAGE.name)
    if isinstance(tree.body[-1], ast.Expr):
        shown = ast.parse("_ is None or print(_)").body
        tree.body[-1:] = [ast.Assign([ast.Name("_", ast.Store())], tree.body[-1].value), *shown]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(ast.fix_missing_locations(tree), PAGE, "exec"), names)
    return "\n".join(line.rstrip() for line in output.getvalue().rstrip().split("\n"))


@on_a_server
def test_the_cells_print_and_draw_what_the_page_shows(tracker, folder):
    page = PAGE.read_text(encoding="utf-8")

    result = run(page)

    drawn = {path.name: path.read_bytes() for path in folder.glob("*.svg")}
    if REWRITE:
        PAGE.write_text(result, encoding="utf-8")
        PICTURES.mkdir(parents=True, exist_ok=True)
        for path in PICTURES.glob("*.svg"):
            path.unlink()
        for name, content in drawn.items():
            (PICTURES / name).write_bytes(content)
    assert result.split("\n") == PAGE.read_text(encoding="utf-8").split("\n")
    kept = {path.name: path.read_bytes() for path in PICTURES.iterdir()}
    assert sorted(drawn) == sorted(kept)
    assert [name for name in drawn if drawn[name] != kept[name]] == []


@on_a_server
def test_with_a_token_they_read_where_reading_needs_an_account(tracker, folder, settings):
    settings.ANONYMOUS_READING = False
    _, secret = make_token(user=make_user("ben"), name="notebook", days=1)
    page = PAGE.read_text(encoding="utf-8").partition("## Dates")[0]
    header = f'HEADERS = {{"Authorization": "Bearer {secret}"}}'

    page = page.replace("HEADERS = {}", header)

    assert header in page
    assert run(page) == page


def test_each_picture_is_told_in_words():
    shown = re.findall(r"!\[(.*)\]\(images/analysis/(.+)\)", PAGE.read_text(encoding="utf-8"))

    assert sorted(name for _, name in shown) == sorted(path.name for path in PICTURES.iterdir())
    assert [name for words, name in shown if len(words) < 100] == []


def test_what_is_told_elsewhere_is_told_there():
    api = (PAGE.parent / "api.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", api, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}

    wanted = re.findall(r"\(api\.md#(.+?)\)", PAGE.read_text(encoding="utf-8"))

    assert len(wanted) > 5
    assert set(wanted) - anchors == set()
