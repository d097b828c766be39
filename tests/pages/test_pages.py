"""The public pages: what stands on them, and where they lead; also where there is nothing."""

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.merging import merge
from claims.pages.citing import in_tex
from tests.api.rows import make_world
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
    make_user,
)
from tests.pages.reading import page_of, section, slugs, words, words_of

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/claims/road-shut/",
    "/sources/bea/",
    "/documents/article/",
    "/statements/carl-no/",
    "/topics/roads/",
    "/disputes/",
    "/disputes/?topic=roads",
    "/search/?q=road",
]


def test_every_link_of_every_page_leads_somewhere(seeds, client):
    seen, to_see = set(), ["/"]
    while to_see:
        address = to_see.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.streaming:
            assert b"".join(answer.streaming_content), address
        elif answer["Content-Type"].startswith("text/html") and not address.startswith("/api"):
            page = page_of(answer)
            page.make_links_absolute("http://testserver" + address)
            links = {link.partition("#")[0] for link in page.xpath("//a/@href | //link/@href")}
            to_see += [
                link.removeprefix("http://testserver")
                for link in links
                # Statement by statement, and the files of all, other tests ask for.
                if re.match(r"http://testserver/(?!admin|static|account|api-auth)", link)
                and not re.search(r"/api/v1/statements/|exports/|recorded_by=", link)
            ]

    assert len(seen) > 300


def test_the_page_of_a_claim_shows_both_sides_with_quotes_and_chains(client):
    make_world()

    page = page_of(client.get("/claims/road-shut/"))

    asserts, denies = section(page, "asserts"), section(page, "denies")
    assert slugs(asserts, "sources")[0] == "bea" and "It is shut." in words(asserts)
    assert slugs(denies, "sources")[0] == "carl" and "It is open." in words(denies)
    chain = denies.xpath(".//ol[@class='chain']")[0]
    assert slugs(chain, "documents") == ["readout", "article"]
    verdict = words(page.xpath("//*[@class='verdict']")[0])
    assert "1 source asserts it, − 1 source denies it" in verdict


def test_what_follows_stands_apart_with_its_proof_in_words(client):
    make_world()

    page = page_of(client.get("/claims/road-open/"))

    assert words(section(page, "asserts")).startswith("+ asserts (0)")
    derived = section(page, "derived")
    assert "It follows that Bea would deny it" in words(derived)
    proof = derived.xpath(".//ol/li")[0]
    assert words(proof) == (
        "The source asserts that “The road is shut.”, and the two cannot both be true. "
        "By this statement."
    )
    assert slugs(proof, "statements") == ["bea-yes"]


def test_a_body_whose_voices_differ_is_split(client):
    world = make_world()
    make_affiliation(member=world["source"], body=world["body"], speaks_for=True)

    bodies = section(page_of(client.get("/claims/road-shut/")), "bodies")

    row = bodies.xpath(".//tbody/tr")[0]
    assert [words(cell) for cell in row.xpath("./*")][:3] == ["Ministry split", "1", "1"]


@pytest.mark.parametrize("clock", ["said_by", "public_by", "recorded_by"])
def test_a_page_at_an_earlier_day_has_its_own_address_and_says_so(client, clock):
    make_world()

    page = page_of(client.get(f"/claims/road-shut/?{clock}=2999-01-01"))

    assert "1 January 2999" in words(page.xpath("//*[@class='as-of']")[0])
    assert page.xpath(f"//input[@name='{clock}']/@value") == ["2999-01-01"]
    # Links go on as of that day.
    assert page.xpath(f"//a[@href='/sources/bea/?{clock}=2999-01-01']")


def test_before_anything_was_said_a_page_says_so(client):
    make_world()

    page = words_of(client.get("/claims/road-shut/?said_by=1999-01-01"))

    assert "Not contested" in page and "Nobody that is recorded here as of then" in page
    assert "Nothing that was said of it is recorded here as of then" in page


@pytest.mark.parametrize("day", ["yesterday", "2023-02-30", "07/09/2023", "9999-01-01", "\u0661"])
def test_a_day_that_cannot_be_read_shows_no_figure(client, day):
    make_world()

    answer = client.get("/claims/road-shut/", {"said_by": day})

    assert answer.status_code == 400
    page = words_of(answer)
    assert day in page and "asserts" not in page


# The feed of changes is settled at COMMIT.
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_permalink_shows_the_claim_as_it_was_whatever_comes_after(client):
    world = make_world()
    page = page_of(client.get("/claims/road-shut/"))
    permalink = page.xpath("//a[text()='Permalink']/@href")[0]
    before = words_of(client.get(permalink))

    make_statement(claim=world["claim"], stance="asserts", source=make_source(name="Dora"))

    assert words_of(client.get(permalink)) == before
    assert "Dora" in words_of(client.get("/claims/road-shut/"))


def test_bibtex_survives_what_tex_takes_for_commands():
    assert in_tex("50% of {A} & B_1 \\ ~ ^ #2 $") == (
        r"50\% of \{A\} \& B\_1 \textbackslash{} \textasciitilde{} \textasciicircum{} \#2 \$"
    )


def test_quotes_are_set_in_their_language_and_direction(client):
    world = make_world()
    make_citation(
        statement=world["statement"],
        document=make_document(),
        quote="الطريق مغلق",
        language="ar",
        translation="The road is shut.",
    )

    page = page_of(client.get("/claims/road-shut/"))

    quote = page.xpath("//blockquote[@lang='ar']")[0]
    assert quote.get("dir") == "auto" and words(quote) == "الطريق مغلق"
    assert "In English: The road is shut." in words(quote.getparent())


def test_words_are_not_markup_on_any_page(client):
    evil = "<script>alert(1)</script>"
    claim = make_claim(slug="c", text=evil, topics=[make_topic(slug="t", name=evil)])
    source = make_source(slug="s", name=evil, aliases=[evil], description=evil)
    document = make_document(slug="d", title=evil, publisher=source)
    statement = make_statement(slug="x", claim=claim, source=source, note=evil, occasion=evil)
    make_statement(claim=claim, stance="denies")
    make_citation(statement=statement, document=document, quote=evil, translation=evil, note=evil)

    for address in (
        *("/", "/claims/c/", "/sources/s/", "/documents/d/", "/statements/x/", "/topics/t/"),
        *("/disputes/", "/search/?q=script", f"/search/?q={evil}", f"/claims/c/?said_by={evil}"),
        f"/claims/{evil}/",
    ):
        content = client.get(address).content
        assert b"<script" not in content, address
        if "%" not in address and "<" not in address:
            assert b"alert" in content, address


def test_a_merged_claim_is_sent_on_for_good_with_its_clocks(client):
    world = make_world()
    other = make_claim(slug="old", text="The road is closed.")
    ada = make_user("ada", group="editors")
    merge(loser=other, survivor=world["claim"], user=ada, reason="The same.")

    answer = client.get("/claims/old/?said_by=2023-09-08")

    assert answer.status_code == 308
    assert answer["Location"] == "/claims/road-shut/?said_by=2023-09-08"


def test_what_was_retired_says_so(client):
    world = make_world()
    world["denial"].review_state = "retired"
    world["denial"].save()

    answer = client.get("/statements/carl-no/")

    assert answer.status_code == 410
    assert "This statement was retired" in words_of(answer)


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
@pytest.mark.parametrize("kind", ["claim", "source", "document", "statement"])
def test_what_never_was_public_is_a_404_like_what_never_was(client, kind, state):
    make = {
        "claim": make_claim,
        "source": make_source,
        "document": make_document,
        "statement": make_statement,
    }[kind]
    make(slug="hidden", review_state=state)

    hidden, never = client.get(f"/{kind}s/hidden/"), client.get(f"/{kind}s/hiddem/")

    assert (hidden.status_code, never.status_code) == (404, 404)
    assert hidden.content == never.content.replace(b"hiddem", b"hidden")


def test_an_address_of_nothing_says_what_to_do_next(client):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing here" in words_of(answer)
    assert page_of(answer).xpath("//a[@href='/search/']")


@pytest.mark.parametrize("address", PAGES)
def test_where_reading_needs_an_account_a_page_asks_for_it(client, settings, address):
    settings.ANONYMOUS_READING = False
    make_world()

    answer = client.get(address)

    if address == "/":
        assert "Reading needs an account" in words_of(answer)
        assert "The road is shut." not in words_of(answer)
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/api-auth/login/?next=")


@pytest.mark.parametrize("address", [*PAGES, "/search/"])
def test_an_empty_database_has_friendly_pages(client, address):
    answer = client.get(address)

    assert answer.status_code in {200, 404}
    assert len(words_of(answer)) > 100


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_as_many_queries_for_many_rows_as_for_few(client, address):
    world = make_world()
    few = queries(client, address)
    for n in range(12):
        add_to(world, n)

    assert queries(client, address) <= few


def add_to(world, n):
    source = make_source()
    make_affiliation(member=source, body=world["body"], speaks_for=True)
    make_affiliation(member=world["source"], body=source)
    claim = make_claim(topics=[world["topic"]], text=f"The road {n} is shut.")
    for about in (claim, world["claim"], world["other_claim"]):
        said = make_statement(
            claim=about, source=source, stance="denies", said=f"2023-08-{n + 1:02}"
        )
        again = make_statement(claim=about, source=source, said=f"2023-09-{n + 1:02}")
        for each in (said, again):
            origin = make_citation(statement=each, document=world["document"])
            make_citation(statement=each, document=make_document(publisher=source), via=origin)
    make_statement(claim=claim, source=world["source"], stance="denies")


def queries(client, address) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_long_list_of_positions_is_read_on(client, monkeypatch):
    monkeypatch.setattr("claims.pages.source.POSITIONS", 3)
    source = make_source(slug="s")
    for n in range(7):
        make_statement(source=source, claim=make_claim(slug=f"c{n}"))
    seen, address = [], "/sources/s/"
    while address:
        page = page_of(client.get(address))
        seen += slugs(section(page, "holds"), "claims", within="./ul/li/")
        address = next(iter(page.xpath("//a[text()='More positions']/@href")), None)

    assert seen == [f"c{n}" for n in range(7)]


def test_a_large_matrix_says_what_it_leaves_out(client, monkeypatch):
    monkeypatch.setattr("claims.pages.topic.SOURCES", 2)
    monkeypatch.setattr("claims.pages.topic.CLAIMS", 2)
    topic = make_topic(slug="t")
    claims = [make_claim(slug=f"c{n}", topics=[topic]) for n in range(3)]
    for many in (1, 2, 3):
        source = make_source(slug=f"s{many}")
        for claim in claims[:many]:
            make_statement(source=source, claim=claim)

    answer = client.get("/topics/t/")

    assert "Shown are 2 of 3 sources and 2 of 3 claims" in words_of(answer)
    matrix = page_of(answer).xpath("//table[@class='matrix']")[0]
    assert set(slugs(matrix, "sources")) == {"s2", "s3"}
    assert set(slugs(matrix, "claims")) == {"c0", "c1"}


def test_a_document_tells_where_its_words_came_from_and_who_passed_them_on(client):
    make_world()

    readout = section(page_of(client.get("/documents/readout/")), "came")
    article = section(page_of(client.get("/documents/article/")), "came")

    assert "nothing that is known here" in words(readout)
    assert slugs(readout, "documents") == ["article"]
    assert slugs(article, "documents") == ["readout"]


def test_the_stored_text_of_a_document_is_on_no_page(client):
    world = make_world()
    world["document"].text = "An unmistakable stored text."
    world["document"].save()

    for address in PAGES:
        assert b"unmistakable" not in client.get(address).content


@pytest.mark.parametrize(
    "text", ["", "   ", "-road", "!!!", "x" * 501, "a\x00b", "\ud800", "road " * 40, "'; --", "%"]
)
def test_search_says_what_is_wrong_with_what_is_asked(client, text):
    make_world()

    answer = client.get("/search/", {"q": text.encode("utf-8", "surrogatepass")})

    assert answer.status_code in {200, 400}
    assert "Search" in words_of(answer)


def test_search_marks_what_was_found_and_reads_on(client, monkeypatch):
    monkeypatch.setattr("claims.pages.search.SIZE", 2)
    make_world()
    seen, address = [], "/search/?q=road or open or bea or shut"
    while address:
        page = page_of(client.get(address))
        assert page.xpath("//mark")
        seen += page.xpath("//ol[@class='hits']/li/p[2]/a/@href")
        address = next(iter(page.xpath("//a[text()='More']/@href")), None)

    assert len(seen) == len(set(seen)) > 4


def test_a_page_has_one_main_heading_and_skips_no_level(client):
    make_world()

    for address in PAGES:
        levels = [
            int(each.tag[1]) for each in page_of(client.get(address)).xpath("//h1|//h2|//h3|//h4")
        ]
        assert levels.count(1) == 1 and levels[0] == 1, address
        assert all(after - before <= 1 for before, after in pairwise(levels)), address


def test_a_page_is_the_same_for_an_editor_but_for_the_header(client):
    make_world()
    ada = Client()
    ada.force_login(make_user("ada", group="editors"))

    for address in PAGES:
        as_ada = page_of(ada.get(address)).get_element_by_id("main")
        as_cleo = page_of(client.get(address)).get_element_by_id("main")
        assert words(as_ada) == words(as_cleo), address
