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

    [hit] = api("search/", q="lorry", kind="statement").json()["results"]

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

    for words in ("road closed", "yol baglidir"):
        assert found(words, kind="statement") == [("statement", "s")]


def test_a_claim_is_found_by_a_quote_of_what_was_said_of_it(api):
    claim = make_claim(slug="c", text="Lorries are stopped.", language="en")
    statement = make_statement(slug="s", claim=claim)
    document = make_document(slug="d", title="X")
    make_citation(statement=statement, document=document, quote="Lift the blockade!")

    [hit] = api("search/", q="blockade", kind="claim").json()["results"]

    assert (hit["slug"], hit["text"], hit["statement"]) == ("c", "Lorries are stopped.", "s")
    assert hit["quote"] == "Lift the blockade!"
    assert hit["highlight"] == [{"field": "quote", "pieces": ["Lift the ", "blockade", "!"]}]


def test_a_claim_that_has_the_words_itself_comes_before_quotes_and_claims_found_by_them(found):
    make_claim(slug="own", text="There is a blockade.")
    claim = make_claim(slug="quoted", text="Lorries are stopped.")
    for name in ("one", "two"):
        statement = make_statement(slug=name, claim=claim)
        document = make_document(slug=name, title="X")
        make_citation(statement=statement, document=document, quote="A blockade, it is said.")

    assert [hit for hit in found("blockade") if hit[0] == "claim"] == [
        ("claim", "own"),
        ("claim", "quoted"),
    ]
    assert [kind for kind, _ in found("blockade")] == ["claim", "statement", "statement", "claim"]


@pytest.mark.parametrize("q", ["blockade -lorries", "blockade -lift"])
def test_a_claim_is_not_found_by_a_quote_where_either_has_what_is_left_out(found, q):
    make_citation(
        statement=make_statement(claim=make_claim(text="Lorries are stopped.")),
        document=make_document(title="X"),
        quote="Lift the blockade!",
    )

    assert found(q, kind="claim") == []


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
        ("ar", "المعبر الحدودي", "معبر"),
        ("ar", "المعبر الحدودي", "حدودي"),
        ("ar", "معبر حدودي", "المعبر"),
        ("ar", "والقوات", "قوات"),
        ("ar", "وزارة الخارجية", "الوزارة"),
        ("ar", "أُغلقت", "اغلقت"),
        ("", "المعبر الحدودي", "معبر"),
        ("en", "See trend.az/<b>road</b>", "road az"),
    ],
)
def test_a_text_is_found_whatever_its_case_accents_and_endings(found, language, text, q):
    make_claim(slug="c", text=text, language=language)

    assert found(q) == [("claim", "c")]


@pytest.mark.parametrize(
    ("language", "text", "q"),
    [
        ("zh", "边境口岸已经关闭。", "边境"),
        ("zh", "边境口岸已经关闭。", "口岸"),
        ("zh", "边境口岸已经关闭。", "关闭"),
        ("zh", "边境口岸已经关闭。", "关闭 边境"),
        ("zh", "边境口岸已经关闭。", "岸"),
        ("zh", "边境口岸已经关闭。", "边境口岸已经关闭"),
        ("zh", "边境口岸已经关闭。", '"口岸已经"'),
        ("", "边境口岸已经关闭。", "口岸"),
        ("en", "The 口岸 is shut", "口岸 shut"),
        ("ja", "国境検問所は閉鎖された", "国境"),
        ("ja", "国境検問所は閉鎖された", "検問所"),
        ("ja", "ｶﾞｰﾄﾞ", "ガード"),
        ("ko", "아제르바이잔은 도로를 막았다", "아제르바이잔"),
        ("th", "ด่านพรมแดนปิดแล้ว", "พรมแดน"),
        ("lo", "ດ່ານຊາຍແດນ", "ຊາຍແດນ"),
        ("km", "ច្រកព្រំដែនត្រូវបានបិទ", "ព្រំដែន"),
        ("my", "နယ်စပ်ဂိတ် ပိတ်ထားသည်", "ဂိတ်"),
    ],
)
def test_a_word_is_found_in_a_script_without_spaces(found, language, text, q):
    make_claim(slug="c", text=text, language=language)
    make_quote(text, language=language)
    make_source(slug="named", name=text)

    assert {("claim", "c"), ("statement", "s"), ("source", "named")} <= set(found(q))


@pytest.mark.parametrize("q", ["口岸边境", "外交部", '"岸口"', "边关", "口岸 -边境"])
def test_letters_that_do_not_stand_together_are_no_word_of_a_script_without_spaces(found, q):
    make_claim(slug="c", text="边境口岸已经关闭。", language="zh")

    assert found(q) == []


@pytest.mark.parametrize(
    ("language", "text", "q", "pieces"),
    [
        ("zh", "边境口岸已经关闭。", "口岸", ["边境", "口岸", "已经关闭。"]),
        ("zh", "边境口岸已经关闭。", "岸", ["边境口", "岸", "已经关闭。"]),
        ("ja", "ｶﾞｰﾄﾞと道", "ガード", ["", "ｶﾞｰﾄﾞ", "と道"]),
        ("ar", "المعبر مغلق", "معبر", ["", "المعبر", " مغلق"]),
    ],
)
def test_what_is_found_within_a_word_is_shown_there(api, language, text, q, pieces):
    make_claim(text=text, language=language)

    [hit] = api("search/", q=q).json()["results"]

    assert hit["highlight"] == [{"field": "text", "pieces": pieces}]


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
    assert [len(page["results"]) for page in pages] == [3, 3, 3, 2]
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


def more_of(api, q, **parameters):
    """Return of which kinds there are more than are listed."""
    more = api("search/", q=q, **parameters).json()["more"]
    return {kind for kind, there_are in more.items() if there_are}


def test_a_search_says_of_which_kinds_it_leaves_out_the_older_ones(api, by_way):
    by_way(CAP=4)
    make_roads_in_many_blocks()
    make_source(name="Road")

    assert api("search/", q="road").json()["more"] == {
        "source": False,
        "claim": True,
        "statement": False,
        "document": False,
    }
    assert more_of(api, "road", kind="claim") == {"claim"}
    assert more_of(api, "open") == set()


def test_every_page_says_that_there_is_more(api, by_way):
    by_way(CAP=4)
    make_roads_in_many_blocks()

    last = api("search/", q="road", page_size=2).json()
    while last["next"]:
        last = api(last["next"].partition("/api/v1/")[2]).json()

    assert last["more"]["claim"]


def test_exactly_as_many_as_are_put_in_order_are_all(api, by_way):
    by_way(CAP=12)
    make_roads_in_many_blocks()

    assert len(api("search/", q="road").json()["results"]) == 12
    assert more_of(api, "road") == set()


def test_a_search_for_a_phrase_says_that_there_is_more(api, by_way):
    by_way(CAP=100, CAP_OF_PHRASES=2)
    make_roads_in_many_blocks()

    assert more_of(api, '"open road"') == {"claim"}


def test_a_search_for_documents_of_a_publisher_says_that_there_are_more(api, by_way):
    by_way(CAP=2)
    paper = make_source(name="Paper")
    for _ in range(3):
        make_document(title="X", publisher=paper)

    assert more_of(api, "paper") == {"document"}


def test_of_claims_found_by_quotes_there_may_be_more_where_quotes_are_left_out(api, by_way):
    by_way(CAP=2)
    for number in range(3):
        make_quote("Road.", statement=f"s{number}", document=f"d{number}")

    assert more_of(api, "road", kind="claim") == {"claim"}
    assert len(api("search/", q="road", kind="claim").json()["results"]) == 2


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

    assert found("road", kind="statement") == [("statement", "s")]


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

    [hit] = api("search/", q="road", kind="statement").json()["results"]

    assert hit["highlight"][0]["pieces"] == ["<b>", "Road", "</b> & <script>alert(1)</script>"]
