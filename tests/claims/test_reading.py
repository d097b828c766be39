"""Quotes found in a text, and the text cut into what is marked and what is not."""

import unicodedata

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from claims.models import Citation
from claims.reading import FoldedText, Span, find, lines, quote_key
from tests.factories import make_citation, make_document, make_statement

TEXT = "The road is open, he said. She said: the road is shut.\nThe road is open, they wrote."

# Few letters, so that words meet; and what is folded, composed, or reads right to left.
ALPHABET = "ab eé\u0301 \n\t\u00a0\u2009\u2028\u00ad\u200b\u200f\ufeff'’ʼ\"“«-–—…..שعՀə😀"
WORDS = st.text(ALPHABET, max_size=40)


def marked(text, *quotes):
    """Return the words that quotes are found at, each a text or what ``find`` takes."""
    folded = FoldedText(text)
    found = [find(folded, *([quote] if isinstance(quote, str) else quote)) for quote in quotes]
    return [span and text[span.start : span.end] for span in found]


def test_a_quote_is_found_where_it_stands():
    assert find(FoldedText(TEXT), "road is shut") == Span(TEXT.index("road is shut"), 53)


def test_a_quote_that_does_not_occur_has_no_place():
    assert find(FoldedText(TEXT), "the road is closed") is None


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b", "\n"])
def test_a_quote_of_nothing_has_no_place(nothing):
    assert find(FoldedText(TEXT), nothing) is None


@pytest.mark.parametrize(
    ("prefix", "suffix", "place"),
    [
        ("", "", 0),
        ("", ", they wrote", 55),
        ("is shut. ", "", 55),
        ("shut.", ", he said", 0),
        ("she wrote that", ", they say", 55),
        ("nothing of this", "stands there", 0),
    ],
)
def test_what_stands_around_tells_repeated_words_apart(prefix, suffix, place):
    assert find(FoldedText(TEXT), "The road is open", prefix, suffix) == Span(place, place + 16)


def test_the_same_words_a_thousand_times_are_told_apart_by_the_words_around_them():
    text = "He said no. " * 3000 + "They said no, and left. " + "He said no. " * 3000

    span = find(FoldedText(text), "said no", "They ", ", and left")

    assert span.start == text.index("They said") + 5


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("it  is\n  said", "it is said"),
        ("it is\u00a0said", "it is said"),
        ("“It’s shut” – he…", '"It\'s shut" - he...'),
        ("« Non »", '" Non "'),
        ("block\u00adade", "blockade"),
        ("caf\u00e9", "cafe\u0301"),
        ("فتح\u200f الطريق", "فتح الطريق"),
    ],
)
def test_layout_and_typography_do_not_count(text, quote):
    assert marked(f"x {text} x", quote) == [text]


@pytest.mark.parametrize(("text", "quote"), [("Road", "road"), ("café", "cafe"), ("ı", "i")])
def test_case_and_accents_count(text, quote):
    assert marked(text, quote) == [None]


@given(WORDS, WORDS, WORDS)
def test_what_is_cut_out_of_a_text_is_found_in_it(before, words, after):
    text = quote_key(before + words + after)
    words = quote_key(words)

    if words in text and words:
        span = find(FoldedText(text), words, before, after)
        assert text[span.start : span.end] == words


@given(WORDS, WORDS)
def test_what_is_found_reads_as_the_quote_does(text, quote):
    text = unicodedata.normalize("NFC", text)
    if span := find(FoldedText(text), quote):
        # A mark of three dots may be quoted in part.
        assert quote_key(quote) in quote_key(text[span.start : span.end])


@st.composite
def texts_and_spans(draw):
    text = draw(st.text("ab \nש", max_size=30))
    ends = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=6))
    spans = [Span(min(pair), max(pair)) for pair in pairs]
    return text, draw(st.permutations([*spans, None]))


@given(texts_and_spans())
def test_joined_segments_give_the_text_back(given):
    text, spans = given

    cut = lines(text, spans)

    assert "".join(segment.text for line in cut for segment in line) == text
    assert ["".join(segment.text for segment in line) for line in cut] == [
        f"{line}\n" if number < text.count("\n") else line
        for number, line in enumerate(text.split("\n"))
        if line or number < text.count("\n")
    ]


@given(texts_and_spans())
def test_each_character_is_under_the_marks_that_cover_it(given):
    text, spans = given

    at = 0
    for segment in (segment for line in lines(text, spans) for segment in line):
        for _ in segment.text:
            covering = {n for n, span in enumerate(spans) if span and span.start <= at < span.end}
            assert set(segment.marks) == covering
            at += 1


@given(texts_and_spans())
def test_each_mark_begins_once_where_its_span_does(given):
    text, spans = given

    at, begun = 0, {}
    for segment in (segment for line in lines(text, spans) for segment in line):
        assert segment.text
        begun |= dict.fromkeys(segment.begins, at)
        at += len(segment.text)

    assert begun == {n: s.start for n, s in enumerate(spans) if s and s.start < s.end}


def test_of_nested_marks_the_wider_comes_first():
    [line] = lines("abcdef", [Span(2, 4), Span(0, 6), Span(2, 4)])

    assert [(segment.text, segment.marks) for segment in line] == [
        ("ab", (1,)),
        ("cd", (1, 0, 2)),
        ("ef", (1,)),
    ]


# What the database keeps -------------------------------------------------------------------------


def misquoted():
    return set(Citation.objects.misquoted().values_list("quote", flat=True))


@pytest.mark.django_db
def test_a_quote_that_is_not_in_the_text_is_noted_when_it_is_recorded():
    document = make_document(text=TEXT)
    make_citation(document=document, quote="the road is shut")
    make_citation(document=document, quote="the road is closed")

    assert misquoted() == {"the road is closed"}


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "quote"), [("", "anything"), (TEXT, "")])
def test_without_text_or_quote_there_is_no_misquote(text, quote):
    make_citation(document=make_document(text=text), quote=quote)

    assert misquoted() == set()


@pytest.mark.django_db
def test_a_misquote_is_forgotten_once_the_quote_is_put_right_and_noted_again_when_it_is_not():
    citation = make_citation(document=make_document(text=TEXT), quote="road is closed")
    for quote in ("road is shut", "road is lost"):
        Citation.objects.filter(pk=citation.pk).update(quote=quote)
        assert misquoted() == {quote} - {"road is shut"}


@pytest.mark.django_db
def test_a_changed_text_is_held_against_every_quote_of_it():
    document, other = make_document(text=TEXT), make_document(text=TEXT)
    make_citation(document=document, quote="road is shut")
    make_citation(document=document, quote="road is open")
    make_citation(document=other, quote="road is shut")

    document.text = "The road is shut."
    document.save()
    assert misquoted() == {"road is open"}
    type(document).objects.filter(pk=document.pk).update(text="")
    assert misquoted() == set()
    type(document).objects.filter(pk=document.pk).update(text="Nothing of it.")
    assert misquoted() == {"road is open", "road is shut"}


@pytest.mark.django_db
def test_a_citation_of_another_document_is_held_against_its_text():
    citation = make_citation(document=make_document(text=TEXT), quote="road is shut")

    Citation.objects.filter(pk=citation.pk).update(document=make_document(text="Other words."))

    assert misquoted() == {"road is shut"}


@pytest.mark.django_db
def test_a_deleted_citation_leaves_no_misquote():
    make_citation(document=make_document(text=TEXT), quote="no such words")

    Citation.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM claims_misquote")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_bulk_writes_are_held_against_the_text_too():
    document = make_document(text=TEXT)
    quotes = ["road is shut", "no such words", ""]

    Citation.objects.bulk_create(
        Citation(statement=make_statement(), document=document, quote=quote) for quote in quotes
    )

    assert misquoted() == {"no such words"}


@pytest.mark.django_db
def test_a_text_is_kept_composed_and_with_plain_line_breaks_whatever_the_way_in():
    document = make_document(text="cafe\u0301\r\none\rtwo\n")

    assert document.text == "caf\u00e9\none\ntwo\n"


@pytest.mark.django_db
def test_a_form_that_sends_the_same_text_back_makes_no_new_version():
    document = make_document(text="one\ntwo")
    version = document.version

    document.text = "one\r\ntwo"
    document.save()
    document.refresh_from_db()

    assert document.version == version


class TheDatabaseAgrees(TestCase):
    """What the page shows as found is what the database takes for found."""

    @settings(max_examples=200, deadline=None)
    @given(WORDS, WORDS)
    def test_a_text_is_folded_in_the_same_way(self, text, quote):
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_key(%s), quote_key(%s)", [text, quote])
            assert cursor.fetchone() == (quote_key(text), quote_key(quote))

    @settings(max_examples=100, deadline=None)
    @given(WORDS, st.text(ALPHABET, min_size=1, max_size=3))
    def test_a_quote_is_missing_for_both_or_for_neither(self, text, quote):
        document = make_document(text=text)
        citation = make_citation(document=document, quote=quote)

        found = find(FoldedText(document.text), quote) or not quote_key(quote) or not text

        assert Citation.objects.misquoted().filter(pk=citation.pk).exists() == (not found)
