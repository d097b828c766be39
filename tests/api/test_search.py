import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.search import hits
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(api):
    """Return what is found, as (kind, slug), in order."""

    def get(q, **parameters):
        answer = api("search/", q=q, **parameters)
        assert answer.status_code == 200, answer.content
        return [(hit["kind"], hit["slug"]) for hit in answer.json()["results"]]

    return get


def make_quote(quote, *, statement="s", document="d", **fields):
    return make_citation(
        statement=make_statement(slug=statement),
        document=make_document(slug=document, title="X"),
        quote=quote,
        **fields,
    )


# What is found --------------------------------------------------------------------------------


def test_a_claim_is_found_by_its_words(found):
    make_claim(slug="shut", text="The road is shut.")
    make_claim(slug="open", text="The bridge is open.")

    assert found("road") == [("claim", "shut")]


def test_a_quote_shows_where_it_stands(api):
    source = make_source(slug="bea", name="Bea")
    claim = make_claim(slug="road-shut", text="It is shut.")
    statement = make_statement(
        slug="no", claim=claim, source=source, stance="denies", said="2023-09"
    )
    paper = make_source(slug="paper", name="Paper")
    document = make_document(slug="article", title="News", publisher=paper)
    make_citation(statement=statement, document=document, quote="Lorries pass.", language="en")

    [hit] = api("search/", q="lorry").json()["results"]

    assert hit == {
        "kind": "statement",
        "slug": "no",
        "url": "http://testserver/api/v1/statements/no/",
        "claim": "road-shut",
        "claim_text": "It is shut.",
        "source": "bea",
        "name": "Bea",
        "stance": "denies",
        "said": "2023-09",
        "said_from": "2023-09-01",
        "said_to": "2023-09-30",
        "document": "article",
        "title": "News",
        "publisher": "paper",
        "quote": "Lorries pass.",
        "language": "en",
        "translation": "",
        "highlight": [{"field": "quote", "pieces": ["", "Lorries", " pass."]}],
    }


def test_a_quote_is_found_by_its_translation(found):
    make_quote("Yol bağlıdır.", language="az", translation="The roads are closed.")

    assert found("road closed") == found("yol baglidir") == [("statement", "s")]


def test_a_source_is_found_by_an_alias(found):
    make_source(slug="mfa", name="Ministry of Foreign Affairs", aliases=["MID"])

    assert found("mid") == [("source", "mfa")]


def test_a_document_is_found_by_its_title_and_by_who_published_it(found):
    trend = make_source(slug="trend", name="Trend")
    make_document(slug="one", title="Lorries pass", publisher=trend)

    assert found("lorries") == [("document", "one")]
    assert found("trend", kind="document") == [("document", "one")]


def test_a_document_is_not_found_by_its_text(found):
    make_document(title="Lorries pass", text="Secretive words.")

    assert found("secretive") == []


@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("shut road", True),
        ("shut bridge", False),
        ("bridge or road", True),
        ('"road is shut"', True),
        ('"shut road"', False),
        ("“road is shut”", True),
        ("road -shut", False),
        ("road -bridge", True),
        ('road -"is shut"', False),
        ("road -shutting", False),
        ("ROAD,shut!", True),
        ("road-shut", True),
        ("the road", True),
    ],
)
def test_words_phrases_and_what_is_left_out(found, q, is_found):
    make_claim(slug="c", text="The road is shut.", language="en")

    assert found(q) == ([("claim", "c")] if is_found else [])


# Languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "q"),
    [
        ("en", "They blocked the roads.", "blocking road"),
        ("en-GB", "They blocked the roads.", "blocking road"),
        ("", "They blocked the roads.", "blocking road"),
        ("ru", "Закрытые дороги, ёлки и красный свет.", "закрытая дорога елка красного"),
        ("hy", "Ճանապարհները փակ են։", "ճանապարհ"),
        ("tr", "Yollar KAPALI, Iğdır ve İzmir.", "yol kapalı ığdır izmir"),
        ("tr", "Yollar KAPALI, Iğdır ve İzmir.", "yollar kapali igdir"),
        ("az", "Laçın yolu bağlıdır, Əliyev dedi.", "lacin yolu baglidir eliyev"),
        ("az", "LAÇIN YOLU", "laçın"),
        ("ka", "ლაჩინის გზა", "ᲚᲐᲩᲘᲜᲘᲡ გზა"),
        ("hy", "Ինչո՞ւ է փակ և երբ", "ինչու եւ"),
        ("fr", "L’école fermée", "ecole fermee"),
        ("en", "Full－width ＲＯＡＤ", "road"),
        ("en", "A cor\u00adri\u200bdor", "corridor"),
        ("en", "The rоad", "road"),  # with a Cyrillic о
        ("ar", "مَمَرّ لاتشين", "ممر"),
        ("en", "See trend.az/<b>road</b>", "road az"),
    ],
)
def test_a_text_is_found_whatever_its_case_accents_and_endings(found, language, text, q):
    make_claim(slug="c", text=text, language=language)

    assert found(q) == [("claim", "c")]


def test_a_text_is_not_found_by_the_endings_of_another_language(found):
    # Turkish would find “al” by “alma”.
    make_claim(slug="c", text="Al and others", language="az")

    assert found("alma") == []


def test_language_leaves_out_texts_in_others_and_sources(found):
    make_claim(slug="az", text="Corridor", language="az")
    make_claim(slug="en", text="Corridor", language="en")
    make_quote("Corridor", language="AZ")
    make_source(name="Corridor")

    assert found("corridor", language="az") == [("claim", "az"), ("statement", "s")]
    assert found("corridor", language="az", kind="source") == []


# Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("Ilham Aliyev", "aliyev"),
        ("Ilham Aliyev", "Aliev"),
        ("Ilham Aliyev", "Alyev"),
        ("Ilham Aliyev", "Ilhma Aliyev"),
        ("Ilham Aliyev", "Алиев"),
        ("İlham Əliyev", "aliyev ilham"),
        ("Ilham Aliyev", "Ալիև"),
        ("Ilham Aliyev", "ალიევი"),
        ("Nikol Pashinyan", "Пашинян"),
        ("Նիկոլ Փաշինյան", "Pashinian"),
        ("Jeyhun Bayramov", "Ceyhun Bayramov"),
        ("Ceyhun Bayramov", "Джейхун Байрамв"),
        ("Məmmədov", "Mamedov"),
        ("Azerbaijan", "Azerbajan"),
        ("Nagorno-Karabakh", "karabah"),
    ],
)
def test_a_name_is_found_as_it_sounds_and_with_a_slip(found, name, q):
    make_source(slug="s", name=name)
    make_source(name="Bea Carlson")

    assert found(q) == [("source", "s")]


@pytest.mark.parametrize("q", ["Aliyev Heydar", '"Aliev"', "Alivye", "Ilham -Aliyev"])
def test_a_name_is_not_found_by_what_is_too_far_from_it(found, q):
    make_source(slug="s", name="Ilham Aliyev")

    assert found(q) == []


def test_a_name_as_asked_for_comes_first_and_one_with_a_slip_last(found):
    make_source(slug="slip", name="Alijew Aliyov")
    make_claim(slug="claim", text="Aliyev said so.")
    make_source(slug="longer", name="The House of Ilham Aliyev")
    make_source(slug="name", name="Aliyev")

    assert found("aliyev") == [
        ("source", "name"),
        ("source", "longer"),
        ("claim", "claim"),
        ("source", "slip"),
    ]


# Order and pages ------------------------------------------------------------------------------


def test_a_shorter_text_comes_before_a_longer_one(found):
    make_claim(slug="a", text="The road is shut, said many of those who came from the villages.")
    make_claim(slug="b", text="The road is shut.")

    assert found("road") == [("claim", "b"), ("claim", "a")]


def test_pages_have_each_hit_once_and_lead_back(api):
    for number in range(7):
        make_claim(slug=f"c{number}", text="The road is shut.")
    make_source(name="Road")
    make_document(title="A road")
    make_quote("Road.")
    everything = api("search/", q="road").json()["results"]

    pages = [api("search/", q="road", page_size=3).json()]
    while pages[-1]["next"]:
        pages.append(api(pages[-1]["next"].partition("/api/v1/")[2]).json())

    assert [hit for page in pages for hit in page["results"]] == everything
    assert [len(page["results"]) for page in pages] == [3, 3, 3, 1]
    back = api(pages[2]["previous"].partition("/api/v1/")[2]).json()
    assert back["results"] == pages[1]["results"]


def test_with_fields_every_hit_has_those(api):
    make_claim(slug="c", text="The road.")
    make_source(slug="s", name="Road")

    hits = api("search/", q="road", fields="slug,text").json()["results"]

    assert hits == [{"slug": "s", "text": None}, {"slug": "c", "text": "The road."}]


def test_a_page_is_one_query(client):
    for _ in range(3):
        make_claim(text="The road.")
        make_source(name="Road")
        make_quote("Road", statement="", document=make_document(title="Road").slug + "-b")

    with CaptureQueriesContext(connection) as queries:
        client.get("/api/v1/search/?q=road")

    assert len(queries) == 1


# From how many on rows are gone through one by one, and from how many on block by block.
WAYS = {"one by one": (1, 1), "then all at once": (1, 99), "by block": (99, 1), "at once": (99, 99)}


@pytest.fixture(params=WAYS)
def by_way(request, monkeypatch):
    """Look for rows in each of the ways in which the newest are found."""

    def set_up(**caps):
        dense, frequent = WAYS[request.param]
        for name, value in {"DENSE": dense, "FREQUENT": frequent, **caps}.items():
            monkeypatch.setattr(hits, name, value)
        hits.query.cache_clear()

    yield set_up
    hits.query.cache_clear()


def make_roads_in_many_blocks():
    for number, text in enumerate(["The road.", "Open road.", "A bridge.", "Road or road."]):
        for block in (0, 1, 4, 9):
            make_claim(id=4096 * block + 7 + number, slug=f"c{block}-{number}", text=text)
    make_claim(id=4096 * 9 + 99, slug="draft", text="The road.", review_state="draft")


def test_of_many_the_newest_are_put_in_order(found, by_way):
    by_way(CAP=4)
    make_roads_in_many_blocks()

    newest = {("claim", slug) for slug in ("c9-3", "c9-1", "c9-0", "c4-3")}
    assert set(found("road")) == newest


def test_all_are_found_in_whichever_block_they_are(found, by_way):
    by_way()
    make_roads_in_many_blocks()

    for asked, numbers in [("road", "013"), ("road -open", "03"), ("open or bridge", "12")]:
        wanted = {("claim", f"c{block}-{number}") for block in (0, 1, 4, 9) for number in numbers}
        assert set(found(asked)) == wanted


def test_of_a_phrase_the_newest_few_are_put_in_order(found, by_way):
    by_way(CAP=100, CAP_OF_PHRASES=2)
    make_roads_in_many_blocks()

    assert set(found('"open road"')) == {("claim", "c9-1"), ("claim", "c4-1")}
    assert len(found("open road")) == 4


# What is asked for wrongly --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "name", "says"),
    [
        ({}, "q", "Say what to look for"),
        ({"q": ""}, "q", "empty"),
        ({"q": "… — ?!"}, "q", "no word"),
        ({"q": "\u0301\u200b"}, "q", "no word"),
        ({"q": "-road"}, "q", "only what to leave out"),
        ({"q": "a\0b"}, "q", "NUL"),
        ({"q": "a" * 501}, "q", "at most 500"),
        ({"q": "a " * 31}, "q", "at most 30"),
        ({"q": "road", "kind": "claim,verdict"}, "kind", "verdict"),
        ({"q": "road", "language": "no language"}, "language", "language tag"),
        ({"q": "road", "topic": "roads"}, "topic", "no such parameter"),
        ({"q": "road", "page_size": "0"}, "page_size", "page size"),
        ({"q": "road", "cursor": "x"}, "cursor", "no cursor"),
        ({"q": "road", "format": "xml"}, "format", "no format"),
        ({"q": "road", "fields": "slug,rank"}, "fields", "rank"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(api, parameters, name, says):
    answer = api("search/", **parameters)

    assert answer.status_code == 400
    assert name in answer.content.decode() and says in answer.content.decode()


@pytest.mark.parametrize(
    "q",
    [
        *("the", "or", "or or", "road or", "or road", '"', '""road', '"road', '-"road', "- road"),
        *(
            "a'b",
            "a\\b",
            "a:*",
            "a & !b | (c",
            "<-> <2>",
            "!road",
            "%s %(x)s",
            "#0",
            "@az",
            "~a -b",
        ),
        *(
            "ריבוי ",
            "\u202eroad",
            "1e999",
            "½ ²",
            "🚙road",
            "ﷺ",
            "\U0010ffffa",
            "ẞ",
            "İ",
            "ß" * 250,
        ),
        *("../etc", "https://a.b/c?d=e", "a@b.c", "<script>", "x" * 500, "-x y", "--road", "a -"),
    ],
)
def test_whatever_is_asked_for_is_answered(api, q):
    make_claim(text=f"The road {q}".replace("\0", "")[:1000])
    make_source(name="Road")

    assert api("search/", q=q).status_code in {200, 400}


@pytest.mark.parametrize("quote", ["x" * 3000, "word " * 60_000, "é" * 70_000])
def test_a_quote_of_any_length_is_kept_and_found(found, quote):
    make_quote(f"Road {quote}")

    assert found("road") == [("statement", "s")]


# Who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["nobody", "ada"])
@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_what_is_not_public_is_found_by_nobody_and_moves_nothing(
    client, readers, request, monkeypatch, state, reader
):
    monkeypatch.setattr(hits, "CAP", 3)
    hits.query.cache_clear()
    request.getfixturevalue("ada") if reader == "ada" else readers[reader]()
    hidden = {"review_state": state}
    road = make_source(slug="road", name="Road")
    claim = make_claim(slug="c", text="The road.")
    document = make_document(slug="d", title="Road", publisher=road)
    statement = make_statement(slug="s", claim=claim, source=road)
    make_citation(statement=statement, document=document, quote="Road")
    make_document(slug="e", title="No", publisher=make_source(slug="p", name="Gone", **hidden))
    asked = ["road", "road or gone", "road -hidden", "gone"]
    addresses = [f"/api/v1/search/?q={q}&page_size=2" for q in asked]
    addresses += [client.get(addresses[0]).json()["next"]]
    before = [client.get(address).content for address in addresses]

    for number in range(4):
        make_claim(text="The road.", topics=[make_topic(name=f"Road {number}")], **hidden)
        source = make_source(name="Road", aliases=["Gone"], **hidden)
        make_affiliation(member=road, body=source)
        unseen = make_document(title="Road", publisher=road, text="Road", **hidden)
        make_document(title="Road", publisher=source, **hidden)
        make_citation(statement=statement, document=unseen, quote="Road")
        draft = make_statement(claim=claim, source=road, **hidden)
        make_citation(statement=draft, document=document, quote="Road")

    assert [client.get(address).content for address in addresses] == before
    hits.query.cache_clear()


def test_what_was_merged_is_found_as_its_survivor_only(found):
    survivor = make_source(slug="new", name="Road works")
    make_source(slug="old", name="Road", merged_into=survivor, review_state="retired")

    assert found("road") == [("source", "new")]


def test_markup_in_a_quote_is_told_as_text(api):
    make_quote("<b>Road</b> & <script>alert(1)</script>")

    [hit] = api("search/", q="road").json()["results"]

    assert hit["highlight"][0]["pieces"] == ["<b>", "Road", "</b> & <script>alert(1)</script>"]
