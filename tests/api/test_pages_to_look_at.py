"""The pages for people: the browsable API, its login, the reference and the start page."""

import html
import re
from html.parser import HTMLParser

import pytest

from tests.api.rows import ADDRESSES, WORKED_OUT, make_world
from tests.factories import make_claim, make_statement, make_user
from tests.pages.reading import words_of

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/api-auth/login/",
    "/api/v1/",
    "/api/v1/docs/",
    "/api/v1/claims/?nosuch=1",
    "/api/v1/claims/nosuch/",
    *(f"/api/v1/{address}" for address in [*ADDRESSES, *WORKED_OUT]),
]
AS_HTML = {"accept": "text/html"}


class Inline(HTMLParser):
    """Collects what a strict Content-Security-Policy forbids, and what comes from elsewhere."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith("on")]
        loaded = given.get("src") or (given.get("href") if tag == "link" else None)
        if loaded and not loaded.startswith(("/static/", "/api/v1/", "?script", "data:,")):
            self.found.append(loaded)


@pytest.mark.parametrize("reader", ["nobody", "ada"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(client, request, address, reader):
    make_world()
    if reader == "ada":
        request.getfixturevalue("ada")
    answer = client.get(address, headers=AS_HTML)

    assert answer["Content-Type"].startswith("text/html")
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]
    page = Inline()
    page.feed(answer.content.decode())
    assert page.found == []


def test_empty_fields_of_a_form_are_no_filters(client):
    make_world()

    answer = client.get("/api/v1/claims/?kind=&contested=&topic=roads&source=", headers=AS_HTML)

    assert answer.status_code == 200
    assert b"The road is shut." in answer.content


def test_a_form_tells_what_is_wrong_with_a_field(client):
    answer = client.get("/api/v1/claims/?kind=rumour", headers=AS_HTML)

    assert answer.status_code == 400
    assert "“rumour” is none of:" in answer.content.decode()


def test_the_form_of_a_list_names_no_row(client):
    make_claim(slug="secret", review_state="draft")

    assert b"secret" not in client.get("/api/v1/statements/", headers=AS_HTML).content


def test_words_of_a_claim_are_not_markup(client):
    claim = make_claim(text="<b>Bold</b> <script>alert(1)</script>")
    make_statement(claim=claim)
    make_statement(claim=claim, stance="denies")

    for address in ("/", "/api/v1/claims/"):
        assert b"<script>alert" not in client.get(address, headers=AS_HTML).content


def test_the_start_page_shows_how_many_stand_on_each_side(client):
    make_world()

    page = client.get("/").content.decode()

    assert "The road is shut." in page and "The road is open." not in page
    assert "1 asserts it" in page and "1 denies it" in page


def test_cleo_logs_in_and_out(client):
    make_user("cleo", password="open sesame 7")

    answer = client.post(
        "/api-auth/login/?next=/api/v1/",
        {"username": "cleo", "password": "open sesame 7", "next": "/api/v1/"},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/api/v1/")

    answer = client.post("/api-auth/logout/", {"next": "/"})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_start_page_has_undated_disputes_last(client):
    for text, said in (("Undated.", ""), ("Early.", "2022"), ("Late.", "2023")):
        claim = make_claim(text=text)
        make_statement(claim=claim, said=said)
        make_statement(claim=claim, said=said, stance="denies")

    page = client.get("/").content.decode()

    assert page.index("Late.") < page.index("Early.") < page.index("Undated.")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fact", "+ 1 asserts it, − 1 denies it"),
        ("demand", "+ 1 calls for it, − 1 rejects it"),
        ("characterisation", "+ 1 agrees, − 1 disputes it"),
    ],
)
def test_the_start_page_names_the_sides_by_the_kind_of_claim(client, kind, words):
    claim = make_claim(kind=kind)
    make_statement(claim=claim)
    make_statement(claim=claim, stance="denies")

    assert words in words_of(client.get("/"))


def test_a_page_says_what_its_rows_are(client):
    page = client.get("/api/v1/topics/", headers=AS_HTML).content.decode()

    assert "<h1>Topics</h1>" in page
    assert "<p>The subjects that claims are filed under.</p>" in page


def test_what_a_page_links_to_has_no_empty_parameter_of_its_form(client):
    for _ in range(2):
        make_claim(kind="demand")

    page = client.get(
        "/api/v1/claims/", {"format": "api", "kind": "demand", "topic": "", "page_size": "1"}
    )

    links = re.findall(r'href="([^"]*kind=demand[^"]*)"', page.content.decode())
    assert len(links) >= 2  # as JSON, and the next page
    assert all(client.get(html.unescape(link)).status_code == 200 for link in links)
    assert not any("topic=" in link for link in links)
