"""The reading desk in a browser: an article read and recorded, by the keyboard alone."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from claims.models import Citation, Statement
from sources.models import Document
from tests.browser.test_admin import log_in
from tests.desk import page
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ARTICLE = Path(__file__).with_name("article.txt").read_text(encoding="utf-8")


class Keyboard:
    """The keyboard of a tab, and how often its keys were pressed."""

    def __init__(self, tab):
        self.tab, self.presses = tab, 0

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)
            self.presses += 1

    def type(self, words):
        self.tab.keyboard.type(words)
        self.presses += len(words)

    def paste(self, words):
        self.tab.keyboard.insert_text(words)
        self.presses += 1

    def tab_to(self, target):
        """Press Tab until something has the focus."""
        for _ in range(100):
            if target.evaluate("each => each === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"Tab never came to {target}")

    def choose(self, typed, shown):
        """Type into the field that has the focus, and take what is offered."""
        self.type(typed)
        option = self.tab.get_by_role("option", name=shown).first
        option.wait_for()
        for _ in range(20):
            self.press("ArrowDown")
            if option.get_attribute("aria-selected") == "true":
                break
        self.press("Enter")


@dataclass
class Read:
    """What is recorded of a passage: how to come to it, and what to type."""

    keys: list[str]
    quote: str
    source: str
    kind: str  # of a new source; blank where it is there
    stance: str
    claim: str
    claim_kind: str
    said: str


NEXT, LONGER, WORD = "ArrowDown", "Shift+ArrowDown", "ArrowRight"
OPEN = "The road into the Upper Tarn valley is open."
SOLDIERS = "Soldiers closed the road into the Upper Tarn valley."
READ = [
    Read(
        [NEXT] * 3,
        "Foreign minister Orhan Velt said in a briefing that “nobody has closed anything”.",
        *("Orhan Velt", "person", "denies", SOLDIERS, "event", "2021-05-08"),
    ),
    Read(
        [NEXT],
        "According to him, the road is open to every lorry",
        *("Orhan", "", "asserts", OPEN, "fact", "2021-05-08"),
    ),
    Read(
        [NEXT],
        "He added that his country would gladly escort a convoy on Saturday.",
        *("Orhan", "", "asserts", "Velt's country offers to escort a convoy.", "intent"),
        "2021-05-08",
    ),
    Read(
        [NEXT] * 2,
        "“The road is closed, and soldiers closed it,”",
        *("Mara Dessin", "person", "asserts", "Soldiers", "", "2021-05-08"),
    ),
    Read(
        [NEXT],
        "She said that flour would run out within four days.",
        *("Mara", "", "asserts", "Flour runs out within four days.", "fact", "2021-05-08"),
    ),
    Read(
        [NEXT],
        "he could not confirm that any soldiers stood at the bridge itself",
        *("Ilya Korin", "person", "questions", "Soldiers", "", "2021-05-08"),
    ),
    Read(
        [NEXT] * 3,
        "A day before, the mission had described the road as passable.",
        *("Border Monitoring Mission", "organisation", "asserts", "The road into", ""),
        "2021-05-06",
    ),
    Read(
        [NEXT],
        "called on the government to lift the blockade at once.",
        *("Petra Lund", "person", "asserts", "The government must lift the blockade.", "demand"),
        "2021-05-08~",
    ),
]


def select(keys, tab, read):
    """Select a passage: its sentence first, then by words to where it begins and ends."""
    keys.press(*read.keys)
    sentence = tab.evaluate("getSelection().toString()")
    assert read.quote in sentence, (read.quote, sentence)
    if not sentence.startswith(read.quote):
        # To the words before, one word on, and from there.
        before = sentence[: sentence.index(read.quote)].split()
        keys.press("ArrowLeft")
        keys.press(*[WORD] * (len(before) + 1))
    elif sentence != read.quote:
        keys.press("ArrowLeft", WORD)
    for _ in range(40):
        selected = tab.evaluate("getSelection().toString()")
        if selected.rstrip(".,”") == read.quote.rstrip(".,”").lstrip("“"):
            return
        if selected == read.quote:
            return
        keys.press("Shift+ArrowRight")
    raise AssertionError(f"{selected!r} is selected, not {read.quote!r}")


def record(keys, tab, read):
    select(keys, tab, read)
    keys.press("Enter")
    expect(tab.get_by_label("Source", exact=True)).to_be_focused()
    if read.kind:
        keys.choose(read.source, f"Add “{read.source}” as a new source")
        keys.type(read.kind[:6])
    else:
        keys.choose(read.source, read.source)
    keys.tab_to(tab.get_by_label("Stance"))
    keys.type(read.stance[:3])
    keys.tab_to(tab.get_by_label("Claim", exact=True))
    if read.claim_kind:
        keys.choose(read.claim, f"Add “{read.claim}” as a new claim")
        keys.type(read.claim_kind[:3])
    else:
        keys.choose(read.claim, read.claim)
    keys.tab_to(tab.get_by_label("Said on"))
    keys.type(read.said)
    keys.press("Control+Shift+Enter")
    along = tab.get_by_label("Publish with it")
    saved = tab.locator("#status", has_text="Recorded (Published)")
    expect(saved.or_(tab.locator("[data-errors=along] p"))).to_be_visible()
    if along.is_visible():
        expect(along).to_be_focused()
        keys.press("Space", "Control+Shift+Enter")
    expect(saved).to_be_visible()
    expect(tab.locator("#text")).to_be_focused()


def test_a_new_user_takes_an_article_from_paste_to_eight_published_statements_by_keyboard(
    tab, axe, capsys
):
    make_user(password="open sesame", is_staff=True)
    keys, clicks = Keyboard(tab), []
    tab.expose_function("clicked", lambda: clicks.append(1))
    tab.add_init_script("addEventListener('pointerdown', () => window.clicked())")
    begun = time.monotonic()
    tab.goto("/admin/login/?next=/admin/sources/document/add/")
    keys.type("ada")
    keys.press("Tab")
    keys.type("open sesame")
    keys.press("Enter")
    tab.wait_for_url("**/document/add/")
    keys.tab_to(tab.locator("#id_title"))
    keys.type("A valley waits for its road")
    keys.tab_to(tab.locator("#id_kind"))
    keys.type("art")
    keys.tab_to(tab.locator("#id_published"))
    keys.type("2021-05-08")
    keys.tab_to(tab.locator("#id_text"))
    keys.paste(ARTICLE)
    keys.tab_to(tab.get_by_role("button", name="Save", exact=True))
    keys.press("Enter")
    tab.wait_for_url("**/read/")
    expect(tab.locator("#text")).to_be_focused()
    axe(tab)
    loads = []
    tab.on("framenavigated", lambda frame: loads.append(frame.url))
    spent = [("the document", keys.presses, time.monotonic() - begun)]

    for read in READ:
        pressed, begun = keys.presses, time.monotonic()
        record(keys, tab, read)
        spent.append((read.quote[:40], keys.presses - pressed, time.monotonic() - begun))

    assert tab.locator("a.quoted-by").count() == 8
    assert loads == [] and clicks == []
    axe(tab)
    document = Document.objects.get()
    assert document.text == ARTICLE
    statements = Statement.objects.public().order_by("pk")
    assert [(each.source.name, each.stance, each.said) for each in statements] == [
        ("Orhan Velt", "denies", "2021-05-08"),
        ("Orhan Velt", "asserts", "2021-05-08"),
        ("Orhan Velt", "asserts", "2021-05-08"),
        ("Mara Dessin", "asserts", "2021-05-08"),
        ("Mara Dessin", "asserts", "2021-05-08"),
        ("Ilya Korin", "questions", "2021-05-08"),
        ("Border Monitoring Mission", "asserts", "2021-05-06"),
        ("Petra Lund", "asserts", "2021-05-08~"),
    ]
    assert Citation.objects.public().count() == 8
    assert not Citation.objects.misquoted().exists()
    with capsys.disabled():
        print(f"\nFrom paste to eight published statements: {len(clicks)} clicks")
        for what, presses, seconds in spent:
            print(f"  {presses:4} keys {seconds:6.1f} s  {what}")


# The rest of the desk -----------------------------------------------------------------------------


def desk(document):
    return f"/admin/sources/document/{document.pk}/read/"


def selected(tab):
    return tab.evaluate("getSelection().toString()")


@pytest.fixture
def reader(tab):
    log_in(tab)
    return tab


def test_a_passage_is_selected_by_mouse_and_the_form_filled_from_it(reader):
    make_source(name="Mara Dessin")
    document = make_document(text="It is shut. It is open.\n")
    reader.goto(desk(document))

    reader.locator(".line").first.click(click_count=3)
    reader.get_by_role("button", name="record what is selected").click()

    expect(reader.get_by_label("Quote")).to_have_value("It is shut. It is open.")
    expect(reader.get_by_label("Source", exact=True)).to_be_focused()


def test_the_place_that_was_selected_is_marked_where_the_words_are_repeated(reader):
    source, claim = make_source(name="Mara Dessin"), make_claim(text="The road is shut.")
    document = make_document(text="It is shut, she said.\nIt is shut, he said.\n")
    keys = Keyboard(reader)
    reader.goto(desk(document))

    keys.press(NEXT, NEXT, "ArrowLeft", WORD, "Shift+ArrowRight", "Shift+ArrowRight", "Enter")
    keys.choose("mara", source.name)
    keys.tab_to(reader.get_by_label("Stance"))
    keys.type("ass")
    keys.tab_to(reader.get_by_label("Claim", exact=True))
    keys.choose("shut", claim.text)
    keys.press("Control+Enter")

    expect(reader.locator(".line").nth(1).locator("mark")).to_have_text("It is shut")
    expect(reader.locator(".line").nth(0).locator("mark")).to_have_count(0)
    assert Statement.objects.get().review_state == "draft"


def test_what_is_refused_is_said_at_its_field_and_nothing_typed_is_lost(reader, axe):
    make_source(name="Mara Dessin")
    document = make_document(text="It is shut, she said.\n")
    keys = Keyboard(reader)
    reader.goto(desk(document))

    keys.press(NEXT, "Enter")
    keys.choose("mara", "Mara Dessin")
    keys.tab_to(reader.get_by_label("Said on"))
    keys.type("last week")
    keys.press("Control+Enter")

    expect(reader.get_by_label("Stance")).to_be_focused()
    expect(reader.get_by_text("Choose the stance that it takes.")).to_be_visible()
    expect(reader.get_by_label("Source", exact=True)).to_have_value("Mara Dessin")
    expect(reader.get_by_label("Said on")).to_have_value("last week")
    axe(reader)


def test_escape_goes_back_to_the_passage_and_enter_to_what_was_typed(reader):
    make_source(name="Mara Dessin")
    document = make_document(text="It is shut. She said so.\n")
    keys = Keyboard(reader)
    reader.goto(desk(document))

    keys.press(NEXT, NEXT, "Enter")
    keys.type("mar")
    reader.get_by_role("option", name="Mara Dessin").wait_for()
    keys.press("Escape")
    expect(reader.get_by_role("option", name="Mara Dessin")).to_be_hidden()
    keys.press("Escape")

    expect(reader.locator("#text")).to_be_focused()
    assert selected(reader) == "She said so."
    keys.press("Enter")
    expect(reader.get_by_label("Source", exact=True)).to_have_value("mar")


# A text, the keys pressed in it, and what is selected then.
MOVES = [
    ("One two. Three four.\nFive.\n", [WORD, WORD], "two"),
    ("One two. Three four.\nFive.\n", [WORD, WORD, "ArrowLeft"], "One"),
    ("One two. Three four.\nFive.\n", [WORD, "Shift+ArrowRight"], "One two"),
    ("One two. Three four.\nFive.\n", [WORD, "Shift+ArrowRight", "Shift+ArrowLeft"], "One"),
    ("One two. Three four.\nFive.\n", [WORD, WORD, "Shift+ArrowLeft"], "One two"),
    ("One two. Three four.\nFive.\n", [NEXT], "One two."),
    ("One two. Three four.\nFive.\n", [NEXT, LONGER], "One two. Three four."),
    ("One two. Three four.\nFive.\n", [NEXT, NEXT, "ArrowUp"], "One two."),
    ("One two. Three four.\nFive.\n", ["Alt+ArrowDown"], "One two. Three four."),
    ("One two. Three four.\nFive.\n", ["Alt+ArrowDown", "Alt+ArrowDown"], "Five."),
    ("One two. Three four.\nFive.\n", [WORD, "Control+Shift+ArrowLeft"], "On"),
    ("One two. Three four.\nFive.\n", [NEXT] * 5, "Five."),
    ("אחת שתיים. שלוש.\n", ["ArrowLeft", "ArrowLeft"], "שתיים"),
    ("الطريق مفتوح.\n", ["ArrowLeft", "Shift+ArrowLeft"], "الطريق مفتوح"),
    ("Ճանապարհը փակ է։ Այդպես ասաց։\n", [WORD, WORD], "փակ"),
    ("Yol bağlı deyil. Dedi.\n", [WORD, WORD, "Shift+ArrowRight"], "bağlı deyil"),
    ("😀 One two.\n", [WORD], "One"),
]


def test_the_keyboard_moves_and_extends(reader):
    wrong = []
    for words, keys, expected in MOVES:
        reader.goto(desk(make_document(text=words)))
        Keyboard(reader).press(*keys)
        if selected(reader) != expected:
            wrong.append((words, keys, expected, selected(reader)))

    assert wrong == []


def test_who_was_logged_out_is_told_and_loses_nothing(reader):
    make_source(name="Mara Dessin")
    reader.goto(desk(make_document(text="It is shut.\n")))
    keys = Keyboard(reader)

    keys.press(NEXT, "Enter")
    keys.type("Mara")
    reader.context.clear_cookies(name="sessionid")
    keys.press("Control+Enter")

    expect(reader.get_by_text("You are logged out")).to_be_visible()
    expect(reader.get_by_label("Source", exact=True)).to_have_value("Mara")


def test_who_leaves_with_words_typed_is_asked_and_after_saving_is_not(reader):
    make_source(name="Mara Dessin")
    claim = make_claim(text="The road is shut.")
    document = make_document(text="It is shut.\n")
    asked = []
    reader.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    keys = Keyboard(reader)
    reader.goto(desk(document))
    keys.press(NEXT, "Enter")
    keys.choose("mara", "Mara Dessin")

    reader.get_by_role("link", name="Change the document").click()
    expect(reader.get_by_label("Source", exact=True)).to_have_value("Mara Dessin")
    assert asked == ["beforeunload"]

    keys.tab_to(reader.get_by_label("Stance"))
    keys.type("ass")
    keys.tab_to(reader.get_by_label("Claim", exact=True))
    keys.choose("shut", claim.text)
    keys.press("Control+Enter")
    expect(reader.locator("#status", has_text="Recorded")).to_be_visible()
    reader.get_by_role("link", name="Change the document").click()
    reader.wait_for_url("**/change/")
    assert asked == ["beforeunload"]


def test_a_sign_that_is_of_neither_side_has_not_the_blue_of_links_and_assertions(reader):
    document = make_document(text="It is shut. It is open.\n")
    doubt = make_statement(stance="questions")
    make_citation(document=document, statement=doubt, quote="It is shut")
    make_citation(document=document, quote="It is open")
    reader.goto(desk(document))
    colours = reader.eval_on_selector_all(
        ".quoted-by, .about a", "all => all.map((each) => getComputedStyle(each).color)"
    )
    assert len(set(colours)) == 3


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_desk_has_no_fault_that_axe_finds_and_fits(reader, axe, width, scheme):
    denial = make_statement(stance="denies", said="2023-09-07")
    document = make_document(text=f"{ARTICLE}\nשלום עולם\n", title="W" * 90)
    make_citation(document=document, statement=denial, quote="the road is open")
    make_citation(document=document, quote="According to him, the road is open to every lorry")
    make_citation(document=document, quote="no such words")
    make_citation(document=document)
    reader.emulate_media(color_scheme=scheme)
    reader.set_viewport_size({"width": width, "height": 844})
    reader.goto(desk(document))
    axe(reader)

    Keyboard(reader).press(NEXT, "Enter")

    expect(reader.get_by_label("Source", exact=True)).to_be_focused()
    axe(reader)
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_quote_from_a_page_in_doubt_is_saved_once_the_editor_says_that_it_was_compared(
    reader, axe, width
):
    source, claim = make_source(name="Mara Dessin"), make_claim(text="The road is shut.")
    document = make_document(text="A cover.\n\f\fIt is shut.", doubts="readers_differ: 3")
    keys = Keyboard(reader)
    reader.set_viewport_size({"width": width, "height": 844})
    reader.goto(desk(document))
    expect(reader.get_by_text("Page 3: two programs read different text.")).to_be_visible()

    keys.press(NEXT, NEXT, "Enter")
    keys.choose("mara", source.name)
    keys.tab_to(reader.get_by_label("Stance"))
    keys.type("ass")
    keys.tab_to(reader.get_by_label("Claim", exact=True))
    keys.choose("shut", claim.text)
    keys.press("Control+Enter")
    expect(reader.get_by_role("textbox", name="Quote")).to_be_focused()
    axe(reader)
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    keys.tab_to(reader.get_by_label("I compared the quote with the document"))
    keys.press("Space", "Control+Enter")

    expect(reader.locator("mark")).to_have_text("It is shut.")
    assert Citation.objects.get().quote == "It is shut."


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_of_documents_have_no_fault_that_axe_finds(reader, axe, width):
    document = make_document(text="It is shut.\n", doubts="readers_differ: 1")
    make_citation(document=document, quote="no such words")
    reader.set_viewport_size({"width": width, "height": 844})

    for address in (page(document), page(Document, "add"), page(Document, "changelist")):
        reader.goto(address)
        axe(reader)
        assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_without_a_script_the_text_is_read_with_its_marks_and_a_link_to_the_form(
    browser, live_server
):
    document = make_document(text="It is shut.\n")
    make_citation(document=document, quote="It is shut")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = context.new_page()
    log_in(tab)

    tab.goto(desk(document))

    expect(tab.locator("mark")).to_have_text("It is shut")
    expect(tab.locator("noscript a")).to_be_visible()
    context.close()


def test_blank_lines_between_paragraphs_leave_no_large_gap(reader):
    document = make_document(text="One.\nTwo.\n\nThree.\n\n\n\n\nFour.\n")
    reader.goto(desk(document))
    boxes = [
        reader.locator(".line", has_text=word).bounding_box()
        for word in ("One.", "Two.", "Three.", "Four.")
    ]
    line = boxes[0]["height"]

    gaps = [below["y"] - above["y"] - line for above, below in zip(boxes, boxes[1:], strict=False)]

    assert 0 < gaps[0] < gaps[1] == gaps[2] < 0.75 * line
    # The text is the same, and is gone through by the keyboard.
    assert reader.locator("#text").evaluate("each => each.textContent") == document.text
    for _ in range(4):
        reader.keyboard.press("ArrowDown")
    assert reader.evaluate("getSelection().toString()").strip() == "Four."
