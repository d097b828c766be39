"""Which documents are likely the same one: their addresses and texts as the database reads them."""

import pytest
from django.db import connection

from sources.models import Document
from tests.factories import make_document, make_source

pytestmark = pytest.mark.django_db

PAGE = "https://example.org/news/pier"
TEXT = "The harbour master said that the pier is closed, and that it will stay closed. " * 4


def key_of(url):
    with connection.cursor() as cursor:
        cursor.execute("SELECT document_url_key(%s)", [url])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/news/pier", PAGE),
        ("HTTPS://EXAMPLE.ORG/news/pier", PAGE),
        ("https://www.example.org/news/pier/", PAGE),
        ("https://m.example.org/news/pier", PAGE),
        ("https://amp.example.org/news/pier", PAGE),
        ("https://example.org/amp/news/pier", PAGE),
        ("https://example.org/news/pier/amp/", PAGE),
        ("https://example.org/news/pier.amp", PAGE),
        ("https://example.org/news/pier.amp.html", "https://example.org/news/pier.html"),
        ("https://example.org/news/pier?amp=1", PAGE),
        ("https://www.google.com/amp/s/example.org/news/pier", PAGE),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/news/pier", PAGE),
        ("https://example.org/news/pier#block-1", PAGE),
        ("https://example.org/news/pier?utm_source=x&fbclid=1", PAGE),
        ("https://example.org/news/pier?id=1&gclid=2#top", PAGE + "?id=1"),
        ("https://example.org:443/news/pier", PAGE),
        ("http://example.org:80/news/pier", PAGE),
        ("https://example.org./news/pier", PAGE),
        ("https://user:secret@example.org/news/pier", PAGE),
        ("https://example.org", "https://example.org/?"),
        ("https://en.m.wikipedia.org/wiki/Pier", "https://en.wikipedia.org/wiki/Pier"),
        ("https://example.org/Лачин", "https://example.org/%D0%9B%D0%B0%D1%87%D0%B8%D0%BD"),
        ("https://example.org/%d0%9b", "https://example.org/%D0%9B"),
        ("https://example.org/Pier_(sea)", "https://example.org/%50ier_%28sea%29"),
        ("https://example.org/e\u0301t\u00e9", "https://example.org/%C3%A9t%C3%A9"),
        ("https://example.org/a?q=a+b", "https://example.org/a?q=a%20b"),
        ("https://пример.рф/новость", "http://xn--e1afmkfd.xn--p1ai/новость"),
        ("https://ПРИМЕР.рф/a", "https://пример.рф/a"),
        ("https://bücher.example.org/a", "https://xn--bcher-kva.example.org/a"),
    ],
)
def test_addresses_of_one_page_are_one(one, other):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PAGE, "https://example.org/news/Pier"),
        (PAGE, "https://example.org/news/pier?id=1"),
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        (PAGE, "https://example.org:8000/news/pier"),
        (PAGE, "https://news.example.org/news/pier"),
        ("https://m.am/a", "https://am/a"),
        ("https://www.com/a", "https://com/a"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a?q=1%262", "https://example.org/a?q=1&2"),
        ("https://example.org/amp", "https://example.org/"),
        ("https://example.org/swamp", "https://example.org/sw"),
        ("https://example.org/%", "https://example.org/%41"),
    ],
)
def test_addresses_of_two_pages_are_two(one, other):
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize(
    "url",
    ["", "   ", "mailto:a@example.org", "https://", "https:///a", "https://?a", "no address"],
)
def test_what_names_no_page_has_no_key(url):
    assert key_of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://xn--.example.org/a",
        "https://xn--99999999999999.example.org/a",
        f"https://xn--{'z' * 1900}.example.org/a",
        "https://example.org/%00%ff%fe",
        "https://[::1]:443/a",
        "https://example.org/" + "%" * 1900,
        "https://example.org/?" + "&" * 1900,
    ],
)
def test_any_address_is_read(url):
    assert key_of(url)


def test_the_key_of_an_address_is_readable():
    assert key_of("https://www.example.org/news/?a=1&utm_source=x#y") == "example.org/news?a=1"


def test_a_text_is_known_by_its_words():
    made = make_document(text=TEXT)
    other = make_document(
        text=TEXT.upper().replace(" ", "\r\n\u00a0").replace("PIER", "P\u00adIER")
    )

    assert made.text_key
    assert made.text_key == other.text_key


def test_a_short_text_has_no_key():
    assert make_document(text="Subscribe to read on. " * 9).text_key is None


def test_a_long_text_that_is_mostly_spaces_has_no_key():
    assert make_document(text="Subscribe." + " \n" * 300 + "Log in.").text_key is None


def test_history_has_the_keys_of_then():
    document = make_document(url=PAGE)
    Document.objects.filter(pk=document.pk).update(url="https://example.org/other")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT url_key FROM sources_documentevent WHERE pgh_obj_id = %s ORDER BY pgh_id",
            [document.pk],
        )
        assert [key for (key,) in cursor] == ["example.org/news/pier", "example.org/other"]


def test_documents_are_found_by_address_or_by_publisher_and_text():
    outlet = make_source(kind="outlet")
    here = make_document(url=PAGE)
    text = make_document(text=TEXT, publisher=outlet)
    make_document(text=TEXT)

    assert [*Document.objects.with_address("http://m.example.org/news/pier/")] == [here]
    assert [*Document.objects.with_text(TEXT.upper(), outlet.pk)] == [text]
    assert not Document.objects.with_text("Log in.", outlet.pk)
    assert not Document.objects.with_address("")


def test_a_text_of_which_a_few_words_were_changed_is_found():
    words = [f"word{n}" for n in range(200)]
    document = make_document(text=" ".join(words))
    make_document(text=" ".join(reversed(words)))
    words[100] = "corrected"

    assert [*Document.objects.with_nearly(" ".join(words))] == [document]


def test_a_chinese_text_of_which_a_few_characters_were_changed_is_found():
    text = "".join(chr(0x4E00 + n) for n in range(300))
    document = make_document(text=text)

    assert [*Document.objects.with_nearly(text.replace(text[150], "道"))] == [document]


def test_what_was_recorded_twice_is_neither_merged_nor_retired():
    one, other = make_document(url=PAGE), make_document(url=PAGE + "/")
    make_document(url=PAGE, review_state="retired")
    make_document(url=PAGE, review_state="retired", merged_into=one)
    make_document(url="")
    make_document(url="")

    assert {*Document.objects.recorded_twice()} == {one, other}
