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
ALPHABET = "ab eé\u0301 \n\t\f\u00a0\u2009\u2028\u00ad\u200b\u200f\ufeff'’ʼ\"“«-–—--\u2010"
ALPHABET += "…..,(שعՀəև😀\u05b8\u064bﬁ口岸"
WORDS = st.text(ALPHABET, max_size=40)


def letters(key):
    """Return a key without hyphens, whether they are certain or not."""
    return key.replace("\u00ad", "").replace("-", "")


def marked(text, *quotes):
    """Return the words that quotes are found at, each a text or what ``find`` takes."""
    folded = FoldedText(text)
    found = [find(folded, *([quote] if isinstance(quote, str) else quote)) for quote in quotes]
    return [place and text[place.span.start : place.span.end] for place in found]


def test_a_quote_is_found_where_it_stands():
    assert find(FoldedText(TEXT), "road is shut").span == Span(TEXT.index("road is shut"), 53)


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
    found = find(FoldedText(TEXT), "The road is open", prefix, suffix)

    assert found.span == Span(place, place + 16)


def test_the_same_words_a_thousand_times_are_told_apart_by_the_words_around_them():
    text = "He said no. " * 3000 + "They said no, and left. " + "He said no. " * 3000

    place = find(FoldedText(text), "said no", "They ", ", and left")

    assert place.span.start == text.index("They said") + 5


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
        ("فتح\u061c الطريق", "فتح الطريق"),
        ("«\u00a0ouvert\u00a0»", '"ouvert"'),
        ("«\u202fouvert\u202f»", "“ouvert”"),
        ("‹ouvert›", "‘ouvert’"),
        ("`no´", "'no'"),
        ("＂no＂", '"no"'),
        ("צה״ל", 'צה"ל'),
        ("road — closed", "road—closed"),
        ("road—closed", "road - closed"),
        ("Թբիլիսի֊Երևան", "Թբիլիսի-Երևան"),
        ("תל־אביב", "תל-אביב"),
        ("Երևան", "Երեւան"),
        ("ﬁnal oﬀer", "final offer"),
        ("final offer", "ﬁnal oﬀer"),
        ("մարդկային ﬓան", "մարդկային մնան"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("边境口岸\n已经关闭", "边境口岸已经关闭"),
        ("52 % , he said", "52%, he said"),
    ],
)
def test_layout_and_typography_do_not_count(text, quote):
    assert marked(f"x {text} x", quote) == [text]


@pytest.mark.parametrize("quote", ["the blockade of", "the block-ade of", "the block-\nade of"])
@pytest.mark.parametrize(
    "text",
    [
        "the block-\nade of the road",
        "the block\u2010\n  ade of the road",
        "the block\u00ad\nade of the road",
        "the block\u00adade of the road",
    ],
)
def test_a_word_that_is_cut_at_the_end_of_a_line_is_found_whole_and_with_its_hyphen(text, quote):
    assert marked(text, quote) == [text.removesuffix(" the road")]


def test_a_hyphen_at_the_end_of_a_line_may_be_the_word_s_own():
    text = "a first-\nclass block-\nade of it"

    assert marked(text, "first-class block-ade of", "first-class blockade of") == [
        "first-\nclass block-\nade of",
        "first-\nclass block-\nade of",
    ]


def test_a_hyphen_within_a_line_counts():
    assert marked("a first-class road", "firstclass", "first class") == [None, None]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("roadside", "road"),
        ("crossroad", "road"),
        ("1200", "12"),
        ("abroad", "road"),
        ("café", "caf"),
    ],
)
def test_a_part_of_a_word_is_not_a_quote(text, quote):
    assert marked(f"the {text}, he said", quote) == [None]


def test_of_a_word_and_a_longer_one_the_word_itself_is_marked():
    text = "the roadside of the road"

    assert find(FoldedText(text), "road").span == Span(20, 24)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("المعبر الحدودي", "معبر الحدودي"),
        ("והמסדרון חסום", "המסדרון חסום"),
        ("边境口岸已经关闭", "口岸"),
    ],
)
def test_scripts_that_write_words_together_may_be_quoted_from_within(text, quote):
    assert marked(text, quote) == [quote]


@pytest.mark.parametrize(
    ("prefix", "suffix", "is_certain"),
    [
        ("", "", True),
        ("the minister says: ", " and goes", True),
        ("the minister says: ", " or stays", True),
        ("somebody else wrote ", " and goes", True),
        ("somebody else wrote ", " or stays", False),
        ("somebody else wrote ", "", False),
    ],
)
def test_a_quote_whose_surroundings_are_gone_is_not_certain_to_be_the_same(
    prefix, suffix, is_certain
):
    text = FoldedText("the minister says: the road is open and goes")

    assert find(text, "the road is open", prefix, suffix).is_certain is is_certain


@pytest.mark.parametrize(("text", "quote"), [("Road", "road"), ("café", "cafe"), ("ı", "i")])
def test_case_and_accents_count(text, quote):
    assert marked(text, quote) == [None]


@given(WORDS, WORDS, WORDS)
def test_what_is_cut_out_of_a_text_is_found_in_it(before, words, after):
    text = quote_key(before + words + after)
    words = quote_key(words)

    if place := find(FoldedText(text), words, before, after):
        # With the marks that the next character sets upon the last one.
        read = quote_key(text[place.span.start : place.span.end])
        assert letters(words) in letters(read)


@given(WORDS, WORDS)
def test_what_is_found_reads_as_the_quote_does(text, quote):
    text = unicodedata.normalize("NFC", text)
    if place := find(FoldedText(text), quote):
        # A mark of three dots may be quoted in part, and a hyphen may be one or not.
        read = quote_key(text[place.span.start : place.span.end])
        assert letters(quote_key(quote)) in letters(read)


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


@pytest.mark.django_db
def test_a_quote_that_stands_between_other_words_only_is_noted_as_moved():
    alpha = "Team Alpha said that the deployment cut delays by half."
    beta = " Team Beta said so too: the deployment cut delays by half."
    document = make_document(text=alpha + beta)
    quote = "the deployment cut delays by half"
    citation = make_citation(
        document=document, quote=quote, prefix="Alpha said that ", suffix=". Team"
    )

    document.text = "Nobody of Alpha spoke." + beta
    document.save()

    assert list(Citation.objects.moved()) == [citation]
    assert not Citation.objects.misquoted().exists()


@pytest.mark.django_db
def test_a_moved_quote_is_certain_again_once_its_surroundings_are_put_right():
    document = make_document(text="Team Beta said: the road is open.")
    citation = make_citation(document=document, quote="the road is open", prefix="Alpha wrote: ")
    assert Citation.objects.moved().exists()

    citation.prefix = "Beta said: "
    citation.save()

    assert not Citation.objects.moved().exists()


@pytest.mark.django_db
def test_a_part_of_a_word_is_noted_as_a_misquote():
    make_citation(document=make_document(text="The roadside is full."), quote="road")

    assert misquoted() == {"road"}


class TheDatabaseAgrees(TestCase):
    """What the page shows as found is what the database takes for found."""

    @settings(max_examples=200, deadline=None)
    @given(WORDS, WORDS)
    def test_a_text_is_folded_in_the_same_way(self, text, quote):
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_key(%s), quote_key(%s)", [text, quote])
            assert cursor.fetchone() == (quote_key(text), quote_key(quote))

    @settings(max_examples=200, deadline=None)
    @given(WORDS, st.text(ALPHABET, max_size=4), st.text(ALPHABET, max_size=4), WORDS)
    def test_a_quote_occurs_and_is_certain_for_both_or_for_neither(
        self, text, quote, prefix, suffix
    ):
        text = unicodedata.normalize("NFC", text)
        place = find(FoldedText(text), quote, prefix, suffix)
        keys = [quote_key(each) for each in (text, quote, prefix, suffix)]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_occurs(%s, %s), quote_is_certain(%s, %s, %s, %s)", [*keys[:2], *keys]
            )
            occurs, is_certain = cursor.fetchone()

        assert occurs == (place is not None)
        assert place is None or is_certain == place.is_certain

    @settings(max_examples=100, deadline=None)
    @given(WORDS, st.text(ALPHABET, min_size=1, max_size=3))
    def test_a_quote_is_missing_for_both_or_for_neither(self, text, quote):
        document = make_document(text=text)
        citation = make_citation(document=document, quote=quote)

        found = find(FoldedText(document.text), quote) or not quote_key(quote) or not document.text

        assert Citation.objects.misquoted().filter(pk=citation.pk).exists() == (not found)
