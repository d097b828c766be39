"""What documents without a title are called, and how sources are found and asked about."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from claims.merging import merge
from claims.models import Claim, Statement, Topic
from claims.positions.about import documents_named
from claims.positions.clocks import NOW
from sources.models import Document, Source
from sources.naming import document_name
from tests.desk import errors, log_in, page, save
from tests.exchange.bundles import CLAIM, DENIAL, SPOKESMAN, WORLD, load
from tests.factories import (
    make_citation,
    make_claim,
    make_document,
    make_source,
    make_statement,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    log_in(client)
    return client


# Documents without a title ------------------------------------------------------------------------


@pytest.fixture
def post():
    """Return a statement that was read in a post without a title."""
    document = make_document(
        slug="a-post",
        title="",
        kind="post",
        publisher=make_source(name="Orbán Viktor"),
        published="2023-05-07",
    )
    statement = make_statement(slug="said", claim=make_claim(slug="a-claim"))
    make_citation(statement=statement, document=document, quote="The road is shut.")
    return statement


NAME = "Post, Orbán Viktor, 7 May 2023"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (("A title", "post", "ICRC", "2023"), "A title"),
        (("", "post", "ICRC", "2023-05"), "Post, ICRC, May 2023"),
        (("", "post", None, None), "Post"),
        (("", "video", "", "2023~"), "Video, around 2023"),
    ],
)
def test_a_document_without_a_title_is_called_by_kind_publisher_and_date(told, name):
    assert document_name(*told) == name


@pytest.mark.parametrize("path", ["/documents/a-post/", "/statements/said/", "/claims/a-claim/"])
def test_a_page_shows_what_a_document_without_a_title_is_called(client, post, path):
    answer = client.get(path)

    assert NAME in answer.content.decode()
    assert ">  </cite>" not in answer.content.decode() and "></cite>" not in answer.content.decode()


def test_the_title_of_its_page_is_its_name(client, post):
    assert (
        f"<title>{NAME} – Claim tracker</title>"
        in client.get("/documents/a-post/").content.decode()
    )


def test_the_api_gives_a_blank_title(client, post):
    assert client.get("/api/v1/documents/a-post/").json()["title"] == ""
    cited = client.get("/api/v1/statements/said/").json()["citations"]
    assert [each["title"] for each in cited] == [""]


def test_a_feed_and_json_ld_name_a_document_without_a_title(client, post):
    feed = client.get("/api/v1/claims/a-claim/feed.atom").content.decode()
    linked = client.get("/api/v1/claims/a-claim/?format=jsonld").content.decode()

    assert NAME in feed
    assert NAME in linked or "Orb\\u00e1n" in linked


def test_the_search_page_names_a_document_without_a_title(client, post):
    html = client.get("/search/", {"q": "Orbán", "kind": "document"}).content.decode()

    assert NAME in html


def test_a_sentence_of_a_document_without_title_and_publisher_says_so(client):
    statement = make_statement(slug="said")
    make_citation(statement=statement, document=make_document(title="", kind="post"))

    html = client.get("/statements/said/").content.decode()

    assert "a post by an unnamed publisher" in html
    assert "“”" not in html


def test_lists_of_the_admin_show_what_a_document_is_called(editor, post):
    assert NAME in editor.get(page(Document, "changelist")).content.decode()


def test_a_document_without_a_title_is_saved_and_has_a_slug(editor):
    publisher = make_source(name="Orbán Viktor")
    given = {"title": "", "kind": "post", "publisher": publisher.pk, "published": "2023-05-07"}

    answer = editor.post(page(Document, "add"), given | {"slug": ""})

    assert answer.status_code == 302
    assert Document.objects.get().slug == "post-orban-viktor-7-may-2023"


def test_documents_are_named_by_one_query(post, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert documents_named(["a-post"], NOW) == {"a-post": NAME}


# Slugs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Նիկոլ Փաշինյան", "nikol-pashinyan"),
        ("בנימין נתניהו", "vnymyn-ntnyhv"),
        ("外交部", "waijiaobu"),
    ],
)
def test_a_slug_is_made_for_a_name_in_another_alphabet(editor, name, slug):
    answer = editor.post(page(Topic, "add"), {"name": name, "slug": ""})

    assert answer.status_code == 302
    assert Topic.objects.get().slug == slug


def test_a_slug_that_is_taken_gets_a_number(editor):
    for name in ("外交部", "外交部!"):
        editor.post(page(Topic, "add"), {"name": name, "slug": ""})

    assert set(Topic.objects.values_list("slug", flat=True)) == {"waijiaobu", "waijiaobu-2"}


# Sources that are there already -------------------------------------------------------------------

SPELLINGS = [
    ("İlham Əliyev", "ilham eliyev"),
    ("İlham Əliyev", "İLHAM ƏLİYEV"),
    ("İlham Əliyev", "Алиев"),
    ("İlham Əliyev", "Aliyev"),
    ("Նիկոլ Փաշինյան", "Pashinyan"),
    ("Նիկոլ Փաշինյան", "ՓԱՇԻՆՅԱՆ"),
    ("Ministère de la Défense", "ministere de la defense"),
    ("Сергей Шойгу", "Sergei Shoigu"),
    ("Արևիկ", "ԱՐԵՎԻԿ"),
    ("Ararat Mirzoyan", "Ararat Mirzoian"),
    ("Quark News", "Zorg"),
]


def offered(client, term, model="statement", field="source"):
    asked = {"app_label": "claims", "model_name": model, "field_name": field, "term": term}
    return [
        each["text"].partition(" (")[0]
        for each in client.get("/admin/autocomplete/", asked).json()["results"]
    ]


@pytest.mark.parametrize(("name", "typed"), SPELLINGS)
def test_the_form_and_the_list_find_a_source_by_another_spelling(editor, name, typed):
    source = make_source(name=name, aliases=["Zorg Agency"] if name == "Quark News" else [])
    make_source(name="The Bridge Authority")

    assert offered(editor, typed) == [name]
    listed = editor.get(page(Source, "changelist"), {"q": typed}).context["cl"].result_list
    assert list(listed) == [source]


# The desk looks for names that are alike, of which a surname in another script is not one.
@pytest.mark.parametrize(("name", "typed"), [each for each in SPELLINGS if each[1] != "Алиев"])
def test_the_desk_finds_the_source_that_the_form_finds(editor, name, typed):
    source = make_source(name=name, aliases=["Zorg Agency"] if name == "Quark News" else [])
    make_source(name="The Bridge Authority")
    address = reverse("admin:sources_document_alike", args=[make_document(text="A.").pk])

    found = editor.get(address, {"what": "source", "q": typed}).json()["results"]

    assert [each["id"] for each in found] == [source.pk]


@pytest.mark.parametrize("typed", ["Ilham Aliyew", "İLHAM ALİYEW"])
def test_the_form_and_the_desk_find_a_source_by_the_name_that_was_merged_into_it(editor, typed):
    stays, old = make_source(name="The President"), make_source(name="İlham Aliyew")
    user = make_user("eve", group="editors")
    merge(loser=old, survivor=stays, user=user, reason="The same.")
    address = reverse("admin:sources_document_alike", args=[make_document(text="A.").pk])

    found = editor.get(address, {"what": "source", "q": typed}).json()["results"]

    assert offered(editor, typed) == ["The President"]
    assert [each["id"] for each in found] == [stays.pk]


def test_the_form_offers_what_is_meant_first_and_not_what_was_merged(editor):
    make_source(name="Aaron Aliyevich Bank")
    stays = make_source(name="Ilham Aliyev")
    make_source(name="Ilham Aliyew", review_state="retired", merged_into=stays)

    assert offered(editor, "Ilham Aliyev")[0] == "Ilham Aliyev"
    assert "Ilham Aliyew" not in offered(editor, "Ilham Aliyev")


def add_source(client, name, **more):
    given = {"name": name, "kind": "person", "slug": "", "aliases": ""}
    return client.post(page(Source, "add"), given | more)


@pytest.mark.parametrize(
    "name", ["Ilham Aliyev", "İLHAM ƏLİYEV", "Əliyev İlham", "Ильхам Алиев", " İlham  Əliyev\u200b"]
)
def test_an_editor_is_asked_before_a_source_is_recorded_again(editor, name):
    make_source(name="İlham Əliyev")
    formsets = {
        f"{prefix}-{each}": 0
        for prefix in ("affiliations", "members")
        for each in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    answer = add_source(editor, name, **formsets)

    assert list(errors(answer)) == ["name"]
    assert "There is a source like it" in strip_tags(str(errors(answer)["name"]))
    assert Source.objects.count() == 1
    assert add_source(editor, name, is_another="1", **formsets).status_code == 302


def test_an_editor_is_not_asked_about_a_source_that_is_there(editor):
    make_source(name="İlham Əliyev")
    other = make_source(name="Ilham Aliyev")

    assert save(editor, page(other), description="Another one.").status_code == 302


# Long texts ---------------------------------------------------------------------------------------


def test_a_long_paste_is_refused_and_not_cut(editor):
    text = "The road is open. " * 120

    form = editor.get(page(Claim, "add")).content.decode()
    answer = editor.post(
        page(Claim, "add"),
        {
            "text": text,
            "kind": "fact",
            "slug": "x",
            "relations_from-TOTAL_FORMS": 0,
            "relations_from-INITIAL_FORMS": 0,
            "relations_to-TOTAL_FORMS": 0,
            "relations_to-INITIAL_FORMS": 0,
        },
    )

    assert "maxlength" not in form
    assert errors(answer)["text"] == ["It has 2,159 characters; at most 2,000 fit. Shorten it."]


@pytest.mark.parametrize("model", [Source, Document, Statement, Topic])
def test_no_form_cuts_what_is_pasted(editor, model):
    assert "maxlength" not in editor.get(page(model, "add")).content.decode()


def test_a_claim_has_2000_characters(editor):
    assert len(make_claim(text="x" * 2000).text) == 2000


# Bundles of shapes that were refused --------------------------------------------------------------


def test_posts_without_titles_long_claims_and_large_orders_are_imported(tmp_path):
    post = {"key": "a-post", "kind": "post", "url": "HTTPS://example.org/1", "title": " \u200b"}
    bare = {"key": "another-post", "kind": "post", "publisher": "spokesman"}
    claim = CLAIM | {"text": "The road is open. " * 100}
    denial = DENIAL | {"order": 1_700_000_000, "citations": [{"document": "a-post"}]}
    files = WORLD | {"documents": [post, bare], "claims": [claim], "statements": [denial]}

    load(tmp_path / "bundle", **files)
    load(tmp_path / "bundle", **files)

    assert list(Document.objects.values_list("title", flat=True)) == ["", ""]
    assert len(Claim.objects.get().text) == 1799
    statement = Statement.objects.get()
    assert (statement.order, statement.version) == (1_700_000_000, 1)


def test_the_slug_of_a_statement_ends_in_its_large_order():
    statement = make_statement(slug="", said="2023-05-07", order=2_147_483_647)

    assert statement.slug.endswith("--2023-05-07--2147483647")


def test_names_of_a_bundle_are_tidied_and_the_same_the_second_time(tmp_path):
    source = SPOKESMAN | {"name": " Rene\u0301e\u200b", "aliases": ["R ", "R"]}

    load(tmp_path / "bundle", sources=[source])
    load(tmp_path / "bundle", sources=[source])

    row = Source.objects.get()
    assert (row.name, row.aliases, row.version) == ("Renée", ["R"], 1)


# Web addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["HTTPS://example.org/a", "https://пример.рф/путь", "Http://a.org"])
def test_an_address_may_have_capitals_and_other_alphabets(editor, url):
    document = make_document()

    assert save(editor, page(document), url=url).status_code == 302
    document.refresh_from_db()
    assert document.url == url


@pytest.mark.parametrize("url", ["https://example.org/a b", "https://exa mple.org/"])
def test_an_address_with_a_space_is_told_so(editor, url):
    answer = save(editor, page(make_document()), url=url)

    assert "There is a space in it" in errors(answer)["url"][0]


# Titles of pages ----------------------------------------------------------------------------------


def test_no_mark_of_direction_reaches_the_title_of_a_page(client):
    html = client.get("/search/", {"q": "a\u202eb\u2067c"}).content.decode()
    title = html[html.index("<title>") : html.index("</title>")]

    assert title == "<title>abc – Search – Claim tracker"


def test_a_long_alias_is_named_by_its_line(editor):
    answer = save(editor, page(make_source()), aliases="Short\n" + "x" * 301)

    assert errors(answer)["aliases"] == [
        "Line 2: It has 301 characters; at most 300 fit. Shorten it."
    ]
