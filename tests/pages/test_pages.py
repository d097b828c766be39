"""The public pages: what stands on them, and where they lead; also where there is nothing."""

import re
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.merging import merge
from claims.pages.citing import in_tex
from claims.search.hits import query
from tests.api.rows import make_world
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
    settle,
)
from tests.pages.reading import page_of, section, slugs, words, words_of

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/claims/road-shut/",
    "/sources/bea/",
    "/sources/bea/agreement/",
    "/sources/bea/agreement/?with=carl",
    "/documents/article/",
    "/statements/carl-no/",
    "/topics/roads/",
    "/disputes/",
    "/disputes/?topic=roads",
    "/search/?q=road",
]


def test_every_link_of_every_page_leads_somewhere(client):
    call_command("loaddata", "lachin", verbosity=0)
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


def test_two_statements_of_one_day_stand_below_each_other_in_the_timeline(client):
    claim, source = make_claim(slug="c"), make_source()
    for order, stance in enumerate(("asserts", "denies"), start=1):
        make_statement(claim=claim, source=source, stance=stance, said="2023-09-09", order=order)

    dots = page_of(client.get("/claims/c/")).xpath(
        "//svg//a[contains(@class, 'mark')]/*[@class='dot']"
    )

    first, second = ((dot.get("cx"), int(dot.get("cy"))) for dot in dots)
    assert first[0] == second[0] and first[1] < second[1]


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
        address = next(iter(page.xpath("//a[text()='Next page']/@href")), None)

    assert len(seen) == len(set(seen)) > 4


@pytest.mark.parametrize("cap", [2, 3])
def test_search_says_where_it_ends_that_older_ones_were_left_out(client, monkeypatch, cap):
    monkeypatch.setattr("claims.pages.search.SIZE", 1)
    monkeypatch.setattr("claims.search.hits.CAP", cap)
    query.cache_clear()
    for _ in range(3):
        make_claim(text="The road.")
    page = page_of(client.get("/search/?q=road"))
    while following := page.xpath("//a[text()='Next page']/@href"):
        assert not page.xpath("//*[@id='cut']")
        page = page_of(client.get(following[0]))
    query.cache_clear()

    said = [words(each) for each in page.xpath("//*[@id='cut']")]
    assert len(said) == (cap < 3)
    assert all("among the 2 added to our database last" in each for each in said)


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


def test_a_statement_as_of_a_day_says_so_and_has_the_clocks(client):
    make_world()

    page = page_of(client.get("/statements/carl-no/?said_by=2999-01-01"))

    assert "1 January 2999" in words(page.xpath("//*[@class='as-of']")[0])
    assert page.xpath("//input[@name='said_by']/@value") == ["2999-01-01"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("fact", "asserts that “A base.”"),
        ("demand", "makes the demand “A base.”"),
        ("characterisation", "agrees with the characterisation “A base.”"),
    ],
)
def test_a_proof_has_the_words_of_the_claim_that_it_starts_from(client, kind, said):
    base = make_claim(text="A base.", kind=kind)
    follows = make_claim(slug="follows", kind=kind)
    make_relation(from_claim=base, to_claim=follows, kind="implies")
    make_statement(claim=base)

    proof = section(page_of(client.get("/claims/follows/")), "derived").xpath(".//ol/li")[0]

    assert words(proof).startswith(f"The source {said}")


def test_each_proof_of_what_conflicts_is_a_list_of_its_own(client):
    claim, source = make_claim(slug="c"), make_source()
    for kind in ("implies", "contradicts"):
        base = make_claim()
        make_relation(from_claim=base, to_claim=claim, kind=kind)
        make_statement(claim=base, source=source)

    derived = section(page_of(client.get("/claims/c/")), "derived")

    assert len(derived.xpath(".//details/ol")) == 2


@pytest.mark.parametrize("address", ["/claims/road-shut/", "/statements/bea-yes/"])
def test_a_quote_from_a_retracted_document_says_so(client, address):
    world = make_world()
    world["document"].retracted = "2023-10"
    world["document"].save()

    assert "retracted in October 2023 by its publisher" in words_of(client.get(address))


def test_the_start_page_takes_no_uncertain_day_for_a_certain_one(client):
    claim = make_claim()
    make_statement(claim=claim, said="2023")
    make_statement(claim=claim, said="2023", stance="denies")

    assert "on 31 December 2023 at the latest" in words_of(client.get("/"))


def test_a_voice_of_a_body_leads_to_what_it_said_for_the_body(client):
    world = make_world()
    minister = world["denial"].source
    make_statement(
        slug="privately",
        claim=world["claim"],
        source=minister,
        said="2024",
        personal_capacity=True,
    )

    bodies = section(page_of(client.get("/claims/road-shut/")), "bodies")

    assert slugs(bodies, "statements") == ["carl-no"]


def test_since_leads_to_the_first_statement_of_the_run(client):
    claim, source = make_claim(slug="c"), make_source()
    make_statement(slug="before", claim=claim, source=source, said="2023-01-01", order=1)
    make_statement(claim=claim, source=source, said="2023-01-01", order=2, stance="denies")
    make_statement(slug="first", claim=claim, source=source, said="2023-01-01", order=3)
    make_statement(slug="last", claim=claim, source=source, said="2024")

    asserts = section(page_of(client.get("/claims/c/")), "asserts")

    assert slugs(asserts.xpath(".//p[@class='since']")[0], "statements") == ["first"]


def test_a_turn_in_whichever_order_says_so(client):
    claim, source = make_claim(slug="c"), make_source(slug="s")
    make_statement(claim=claim, source=source, said="2023")
    make_statement(claim=claim, source=source, said="2023", stance="denies")

    for address in ("/claims/c/", "/sources/s/"):
        timeline = page_of(client.get(address)).xpath("//figure//a/*[local-name()='title']")
        assert (
            [words(each) for each in timeline if "turned round" in words(each)]
            == [words(each) for each in timeline if "turned round, before or after" in words(each)]
            != []
        ), address


def test_the_page_of_a_source_shows_what_it_said_without_holding_anything(client):
    claim, source = make_claim(), make_source(slug="s")
    make_statement(slug="yes", claim=claim, source=source, said="2023-01")
    make_statement(slug="back", claim=claim, source=source, said="2023-02", stance="withdraws")
    make_statement(slug="asked", source=source, said="2023-03", stance="questions")

    page = page_of(client.get("/sources/s/"))

    rows = section(page, "flips").xpath(".//table")[0]
    assert slugs(rows, "statements") == ["yes", "back", "asked"]


def test_a_source_of_many_claims_says_how_many_its_timeline_leaves_out(client, monkeypatch):
    monkeypatch.setattr("claims.pages.source.LANES", 2)
    source = make_source(slug="s")
    for _ in range(5):
        make_statement(source=source)

    assert "It spoke of 3 more claims" in words_of(client.get("/sources/s/"))


def test_a_figure_of_agreement_leads_to_the_claims_and_the_statements(client):
    make_world()
    page = page_of(client.get("/sources/bea/"))
    figure = section(page, "agreement").xpath(".//tbody/tr/td[2]/a")[0]

    shared = page_of(client.get(figure.get("href")))

    row = shared.xpath("//tbody/tr")[0]
    assert slugs(row, "claims") == ["road-shut"]
    assert slugs(row, "statements") == ["bea-yes", "carl-no"]
    assert "the opposite" in words(row)


@pytest.mark.parametrize(("many", "says"), [(2, "Based on 2 claims only"), (5, None)])
def test_pages_of_agreement_say_how_little_it_rests_on(client, many, says):
    one, other = make_source(slug="one"), make_source(slug="other")
    for _ in range(many):
        claim = make_claim()
        make_statement(claim=claim, source=one, stance="asserts")
        make_statement(claim=claim, source=other, stance="asserts")
    settle()

    for address in ["/sources/one/", "/sources/one/agreement/?with=other"]:
        said = words_of(client.get(address))
        assert says in said if says else "Based on" not in said


@pytest.mark.parametrize("other", ["nobody", "hidden", "\x00", "a b"])
def test_agreement_with_nobody_who_is_public_is_a_404(client, other):
    make_world()
    make_source(slug="hidden", review_state="draft")

    assert client.get("/sources/bea/agreement/", {"with": other}).status_code == 404


def test_every_line_of_the_network_is_in_the_table(client, monkeypatch):
    monkeypatch.setattr("claims.positions.disputes.VOICES", 20)
    claim = make_claim()
    for n in range(20):
        make_statement(claim=claim, stance=("asserts", "denies")[n % 2])

    page = page_of(client.get("/disputes/"))

    lines = page.xpath("//*[local-name()='line'][@class='against']")
    rows = page.xpath("//h2[@id='pairs']/following-sibling::div//tbody/tr")
    assert len(lines) == len(rows) == 100


def test_claims_are_set_in_their_language_and_direction_in_every_list(client):
    claim = make_claim(text="الطريق مغلق", language="ar", topics=[make_topic(slug="t")])
    source = make_source(slug="s")
    make_statement(claim=claim, source=source)
    make_statement(claim=claim, stance="denies")
    make_relation(from_claim=claim, to_claim=make_claim(slug="other"))

    for address in ("/", "/sources/s/", "/topics/t/", "/disputes/", "/claims/other/"):
        links = page_of(client.get(address)).xpath(f"//a[@href='/claims/{claim.slug}/']")
        assert links, address
        assert {(link.get("lang"), link.get("dir")) for link in links} == {("ar", "auto")}, address


def test_a_hit_has_the_words_of_its_kind_of_claim(client):
    statement = make_statement(claim=make_claim(kind="demand"))
    make_citation(statement=statement, document=make_document(), quote="An unmistakable quote.")

    assert "calls for" in words_of(client.get("/search/?q=unmistakable"))


def test_where_nothing_is_found_any_of_the_words_is_offered(client):
    make_world()

    page = page_of(client.get("/search/?q=road zzyzx"))
    offered = page.xpath("//a[text()='Look for any of these words']/@href")[0]

    assert "road-shut" in slugs(page_of(client.get(offered)), "claims")
    assert slugs(page, "topics") == ["roads"]


def test_a_pair_that_differs_on_many_claims_names_some_and_leads_to_the_others(client, monkeypatch):
    monkeypatch.setattr("claims.pages.topic.NAMED", 2)
    one, other = make_source(slug="a"), make_source(slug="b")
    for n in range(3):
        claim = make_claim(slug=f"c{n}")
        make_statement(claim=claim, source=one)
        make_statement(claim=claim, source=other, stance="denies")

    row = page_of(client.get("/disputes/")).xpath("//details/ul")[0]
    more = row.xpath("./li/a[text()='1 more']/@href")[0]

    assert slugs(row, "claims") == ["c0", "c1"]
    assert slugs(page_of(client.get(more)), "claims") == ["c0", "c1", "c2"]


def test_a_cell_of_the_matrix_is_read_out_in_the_words_of_its_claim(client):
    topic = make_topic(slug="t")
    for kind in ("fact", "demand", "characterisation"):
        make_statement(claim=make_claim(kind=kind, topics=[topic]), stance="denies")

    cells = page_of(client.get("/topics/t/")).xpath("//table[@class='matrix']//td/a/@aria-label")

    assert sorted(cells) == ["denies", "disputes", "rejects"]


def test_since_on_the_page_of_a_source_leads_to_the_first_statement_of_the_run(client):
    claim, source = make_claim(slug="c"), make_source(slug="s")
    make_statement(slug="before", claim=claim, source=source, said="2023-01-01", order=1)
    make_statement(claim=claim, source=source, said="2023-01-01", order=2, stance="denies")
    make_statement(slug="first", claim=claim, source=source, said="2023-01-01", order=3)
    make_statement(slug="second", claim=claim, source=source, said="2023-01-01", order=4)
    make_statement(slug="last", claim=claim, source=source, said="2024")
    make_statement(slug="undated", claim=make_claim(), source=source)

    for clock in ("", "?recorded_by=2999-01-01"):
        holds = section(page_of(client.get(f"/sources/s/{clock}")), "holds")
        since = holds.xpath(".//li/span[@class='quiet']")
        assert [slugs(each, "statements") for each in since] == [["first"], []]
        assert "since an unknown date" in words(since[1])


@pytest.mark.parametrize(
    ("clock", "offered"),
    [("", ["t"]), ("?recorded_by=2999-01-01", ["t"]), ("?recorded_by=1999-01-01", [])],
)
def test_topics_of_disputes_are_those_that_there_were(client, clock, offered):
    make_claim(topics=[make_topic(slug="t")])
    make_claim(topics=[make_topic(slug="hidden")], review_state="draft")

    chips = page_of(client.get(f"/disputes/{clock}")).xpath("//nav[@aria-label='Topics']//a/@href")

    assert re.findall("topic=([a-z]+)", " ".join(chips)) == offered


@pytest.mark.parametrize("address", ["/", "/search/", "/search/?q=road"])
def test_a_search_is_offered_what_is_contested_who_speaks_and_topics(client, address):
    make_world()
    make_claim(text="Nobody spoke of it.")
    make_source(name="Hidden", review_state="draft")

    offered = page_of(client.get(address)).xpath("//datalist/option/@value")

    assert offered == ["The road is shut.", "Bea", "Carl", "Roads"]


def test_what_is_too_long_to_be_looked_for_is_not_offered(client):
    claim = make_claim(text="word " * 30 + "end.")
    make_statement(claim=claim)
    make_statement(claim=claim, stance="denies")

    assert claim.text not in page_of(client.get("/")).xpath("//datalist/option/@value")


def test_a_search_for_nothing_shows_what_is_contested_who_speaks_and_topics(client):
    make_world()

    page = page_of(client.get("/search/"))

    assert slugs(page, "claims") == ["road-shut"]
    assert slugs(page, "sources") == ["bea", "carl"]
    assert slugs(page, "topics") == ["roads"]


@pytest.mark.parametrize("text", ["Bayramof zzyzx", "Jeihun Beiramoff"])
def test_where_nothing_is_found_names_that_are_near_are_offered(client, text):
    make_source(slug="minister", name="Jeyhun Bayramov")
    make_source(slug="hidden", name="Jeyhun Bayramof", review_state="draft")
    make_source(slug="other", name="Nikol Pashinyan")

    page = page_of(client.get("/search/", {"q": text}))

    assert "Found: nothing" in words(page)
    assert slugs(page, "sources") == ["minister"]


def test_where_nothing_has_all_words_claims_with_some_are_shown(client):
    make_world()

    page = page_of(client.get("/search/?q=road zzyzx"))

    assert "With some of these words" in words(page)
    assert slugs(page, "claims") == ["road-open", "road-shut"]


@pytest.mark.parametrize("text", ["zzyzx " * 29, "z" * 450 + " road", "zz or " * 14 + "zz yy xx"])
def test_where_nothing_has_many_words_some_of_them_are_offered(client, text):
    make_world()

    for kind in ("", "claim"):
        page = page_of(client.get("/search/", {"q": text, "kind": kind}))

        for offered in page.xpath("//a[text()='Look for any of these words']/@href"):
            assert client.get(offered).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_every_page_takes_every_clock(client, address):
    make_world()
    mark = "&" if "?" in address else "?"

    for clocks in (
        *("said_by=2999-01-01", "public_by=2999-01-01", "recorded_by=2999-01-01"),
        "said_by=2999-01-01&public_by=2999-01-01&recorded_by=2999-01-01",
    ):
        assert client.get(f"{address}{mark}{clocks}").status_code == 200, clocks


def test_a_claim_that_is_found_by_its_text_has_the_marks_in_its_heading(client):
    make_claim(slug="shut", text="The road is shut.")

    page = page_of(client.get("/search/?q=road"))

    [link] = page.xpath("//ol[@class='hits']//a[@href='/claims/shut/']")
    assert words(link) == "The road is shut."
    assert [words(each) for each in page.xpath("//mark")] == ["road"]
    assert link.xpath(".//mark") and not page.xpath("//p[@class='passage']")
