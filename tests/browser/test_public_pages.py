"""The public pages in a real browser: on a phone, in the dark, on paper, and by what axe finds."""

import pytest

from claims.models import Claim, Statement
from sources.models import Source
from tests.claimtracker.full import IS_FULL
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
)
from tests.seeded import load_seeds

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PAGES = [
    "/",
    "/claims/corridor-blocked/",
    "/claims/road-deal-reached/?said_by=2023-09-09",
    "/claims/free-passage/",
    "/sources/jeyhun-bayramov/",
    "/sources/jeyhun-bayramov/agreement/",
    "/sources/jeyhun-bayramov/agreement/?with=ilham-aliyev",
    "/sources/long/",
    "/documents/{document}/",
    "/statements/{statement}/",
    "/topics/lachin-corridor/",
    "/disputes/",
    "/search/?q=corridor",
    "/search/",
    "/search/?q=corridor zzyzx",
    "/search/?q=!!!",
    "/claims/corridor-blocked/?said_by=never",
    "/claims/nowhere/",
]


@pytest.fixture
def addresses():
    """The pages on the seeds, with a quote that runs from right to left and an endless name."""
    load_seeds()
    claim = Claim.objects.get(slug="corridor-blocked")
    endless = make_source(slug="long", name="W" * 200)
    statement = make_statement(claim=claim, source=endless, said="2023-08")
    make_citation(statement=statement, document=make_document(), quote="الطريق مغلق", language="ar")
    cited = Statement.objects.filter(claim=claim, citations__document__slug__isnull=False).first()
    document = cited.citations.first().document
    return [each.format(document=document.slug, statement=cited.slug) for each in PAGES]


LOOKS = [(1440, "light"), (390, "dark")]
if IS_FULL:
    LOOKS += [(1440, "dark"), (390, "light")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_fault_that_axe_finds(addresses, tab, axe, complaints, width, scheme):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)

    # Each page in one of the looks; in all of them with FULL=1.
    for address in addresses if IS_FULL else addresses[width == 390 :: 2]:
        answer = tab.goto(address)
        if answer.status >= 400:
            # That much the console says of its own.
            complaints.clear()
        axe(tab)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_first_tab_skips_to_the_content(addresses, tab):
    tab.goto("/claims/corridor-blocked/")

    tab.keyboard.press("Tab")

    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null")


def test_the_pages_say_it_all_without_a_script(addresses, browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = context.new_page()

    tab.goto("/claims/corridor-blocked/")
    tab.get_by_text("As of an earlier day").first.click()
    tab.get_by_label("Said by").fill("2023-01-31")
    tab.get_by_role("button", name="Show").click()

    assert "said_by=2023-01-31" in tab.url
    assert "31 January 2023" in tab.locator(".as-of").inner_text()


def test_a_cell_of_the_matrix_leads_to_what_the_source_said(addresses, tab):
    tab.goto("/topics/lachin-corridor/")
    cell = tab.locator("table.matrix td a").first
    source = cell.get_attribute("href").partition("#source-")[2]

    cell.click()

    assert tab.locator(f"#source-{source}").is_visible()


def test_a_printed_claim_has_both_sides_and_no_navigation(addresses, tab):
    tab.goto("/claims/corridor-blocked/")
    tab.emulate_media(media="print")

    assert not tab.locator("header").is_visible()
    assert tab.locator("#asserts").is_visible() and tab.locator("#denies").is_visible()
    assert len(tab.pdf()) > 10_000


def test_what_is_folded_up_is_printed(addresses, tab):
    tab.goto("/claims/free-passage/")
    tab.emulate_media(media="print")

    assert tab.locator("#derived ~ ul details ol").first.is_visible()


def test_a_picture_fits_its_page_at_every_width(addresses, tab):
    for width in (1440, 800, 390, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto("/claims/corridor-blocked/")
        box = tab.locator(".timeline svg").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        letters = tab.locator(".timeline svg .lane").first.evaluate(
            "each => parseFloat(getComputedStyle(each).fontSize)"
        )
        assert letters >= 12


def make_many(claims, names):
    """Make so many published claims, and a source of each name."""
    public = {"review_state": "published"}
    return (
        Claim.objects.bulk_create(
            Claim(slug=f"claim-{n}", text=f"Claim {n}.", kind="fact", **public)
            for n in range(claims)
        ),
        Source.objects.bulk_create(
            Source(slug=f"source-{n}", name=name, kind="state", **public)
            for n, name in enumerate(names)
        ),
    )


def record(said):
    """Record a published statement of each claim, source and stance."""
    Statement.objects.bulk_create(
        Statement(
            slug=f"said-{n}",
            claim=claim,
            source=source,
            stance=stance,
            said="2023-09-07",
            review_state="published",
        )
        for n, (claim, source, stance) in enumerate(said)
    )


def overlapping(tab):
    """Return the names in the network that cover another one, or a circle that is not theirs."""
    return tab.evaluate(
        """() => {
          const box = (node, part) => node.querySelector(part).getBoundingClientRect();
          const nodes = [...document.querySelectorAll('.network svg a')].map(node => ({
            name: node.querySelector('.label').textContent,
            boxes: [box(node, '.label'), box(node, '.node')],
          }));
          const meet = (a, b) =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
          const found = [];
          for (const one of nodes) for (const other of nodes)
            if (one !== other && other.boxes.some(box => meet(one.boxes[0], box)))
              found.push(`${one.name} / ${other.name}`);
          return [nodes.length, found];
        }"""
    )


def test_among_forty_voices_no_name_covers_another(tab):
    claims, sources = make_many(
        4, [f"Ministry of Foreign Affairs of the {n}. Republic" for n in range(40)]
    )
    record(
        (claim, source, "asserts" if (n + m * n // 3) % 2 else "denies")
        for n, source in enumerate(sources)
        for m, claim in enumerate(claims)
    )

    for width in (1440, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto("/disputes/")
        assert overlapping(tab) == [40, []], width


@pytest.fixture
def large_matrix():
    """A topic with more sources and claims than a window shows."""
    claims, sources = make_many(60, [f"State of the {n}. Name" for n in range(60)])
    make_topic(slug="large").claims.set(claims)
    record(
        (claim, source, "asserts")
        for n, source in enumerate(sources)
        for claim in (claims[n], claims[n - 1])
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_the_heads_of_a_large_matrix_stay_in_sight_both_ways(large_matrix, tab, axe, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto("/topics/large/")
    axe(tab)
    around = tab.locator(".scroll:has(> .matrix)")
    around.evaluate("each => { each.scrollTo(500, 700); each.scrollIntoView(); }")
    assert around.evaluate("each => each.scrollTop > 400 && each.scrollLeft > 100")

    box = around.bounding_box()
    head = tab.locator(".matrix thead th").nth(40).bounding_box()
    row = tab.locator(".matrix tbody th").nth(40).bounding_box()
    corner = tab.locator(".matrix thead th").first.bounding_box()
    assert abs(head["y"] - box["y"]) < 2 and abs(row["x"] - box["x"]) < 2
    assert abs(corner["x"] - box["x"]) < 2 and abs(corner["y"] - box["y"]) < 2

    # What the keyboard reaches is beside the heads, not beneath them.
    cell = tab.locator(".matrix tbody tr:nth-child(20) td a").first
    cell.focus()
    reached = cell.bounding_box()
    assert reached["y"] >= head["y"] + head["height"] - 1
    assert reached["x"] >= row["x"] + row["width"] - 1


def test_a_large_matrix_is_printed_with_all_its_columns(large_matrix, tab):
    tab.goto("/topics/large/")
    tab.set_viewport_size({"width": 1040, "height": 720})  # a sheet of A4 within its margins
    tab.emulate_media(media="print")

    around = tab.locator(".scroll:has(> .matrix)")
    last = tab.locator(".matrix thead th").last.bounding_box()
    assert last["x"] + last["width"] <= 1040
    assert around.evaluate("each => each.scrollHeight - each.clientHeight") == 0
    assert (
        tab.locator(".matrix thead th").nth(5).evaluate("each => getComputedStyle(each).position")
        == "static"
    )


def test_a_phone_shows_the_agreement_of_two_sources_without_scrolling_aside(tab):
    one, other = make_source(name="A busy speaker"), make_source(name="Mara Dessin")
    for stance in ("asserts", "denies"):
        claim = make_claim(text="The bridge over the Tarn is closed to lorries and buses.")
        make_statement(claim=claim, source=one, stance="asserts")
        make_statement(claim=claim, source=other, stance=stance)
    tab.set_viewport_size({"width": 390, "height": 844})

    tab.goto(f"/sources/{one.slug}/agreement/?with={other.slug}")

    table = tab.get_by_role("region").filter(has=tab.locator("table"))
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
