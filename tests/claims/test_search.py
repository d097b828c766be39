import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from claims.search.asked import NothingAskedError, asked
from claims.search.words import SHOWN, folded, pieces
from tests.claimtracker.full import full_or

# The alphabets that we read, and what folds in an odd way. No character that PostgreSQL, of another
# Unicode, may not know.
LETTERS = st.characters(min_codepoint=0x20, max_codepoint=0x10FF, categories=["L"])
ODD = st.sampled_from("ıİIiəƏøŁßẞςΣæﬁⅣ²½ﷺ\u00ad\u0301\u0306\u05b0\u064eйёўїԵՎՒեւև՞՝აᲐａаеорс09٣۴")


@given(st.lists(st.text(ODD | LETTERS, min_size=1, max_size=12), min_size=1, max_size=20))
@full_or(100)
@pytest.mark.django_db
def test_a_word_is_folded_here_as_in_the_database(words):
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_text(w) FROM unnest(%s::text[]) w", [words])
        in_database = [text.split() for (text,) in cursor]

    assert [folded(word) for word in words] == in_database


@pytest.mark.parametrize(
    ("text", "words", "cut"),
    [
        ("The road is shut.", {"road"}, ["The ", "road", " is shut."]),
        ("Road", {"road"}, ["", "Road", ""]),
        ("Open road, open.", {"open", "road"}, ["", "Open road", ", ", "open", "."]),
        ("Laçın İĞ", {"lacin", "ig"}, ["", "Laçın İĞ", ""]),
        ("Ինչո՞ւ է", {"ինչու"}, ["", "Ինչո՞ւ", " է"]),
        ("cor\u00adridor", {"corridor"}, ["", "cor\u00adridor", ""]),
        ("The road.", {"bridge"}, []),
        ("", {"road"}, []),
    ],
)
def test_a_text_is_cut_where_words_were_found(text, words, cut):
    assert pieces(text, "".join(f"<{word}>" for word in words)) == cut


def test_a_long_text_is_shown_around_the_first_word_that_was_found():
    text = "far " * 200 + "road " + "away " * 200

    cut = pieces(text, "far <road> away")

    passage = "".join(cut).strip("…")
    assert cut[1] == "road" and cut[0].startswith("…far") and cut[2].endswith("away…")
    assert passage in text and len(passage) <= SHOWN


def test_a_word_without_end_is_cut():
    cut = pieces("road" + "x" * 2000, f"<road{'x' * 2000}>")

    assert len("".join(cut)) <= 2004


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("open road", "open road", []),
        ('"open road" -corridor', '"open road"', ["corridor"]),
        ('-"open road" x -y', "x", ["open road", "y"]),
        ("«open road» −y", '"open road"', ["y"]),
        ("Nagorno-Karabakh", "Nagorno-Karabakh", []),
        ("x -…", "x", []),
    ],
)
def test_what_is_asked_for_is_read(text, wanted, unwanted):
    found = asked(text)

    assert (found.wanted, found.unwanted) == (wanted, unwanted)


@pytest.mark.parametrize("text", ["", "-x", "…", "x" * 501, "\ud800x"])
def test_what_asks_for_nothing_is_refused(text):
    with pytest.raises(NothingAskedError):
        asked(text)


@pytest.mark.django_db
def test_the_index_columns_are_made_by_the_database_on_every_way_in():
    # Generated columns: no way in can write them, and none can leave them out.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'search' AND is_generated = 'ALWAYS' ORDER BY 1"
        )
        tables = [name for (name,) in cursor]

    assert tables == ["claims_citation", "claims_claim", "sources_document", "sources_source"]


@pytest.mark.django_db
def test_little_waits_beside_the_indexes_of_search():
    # A search looks at them many times, and each time through all that waits.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class JOIN pg_am a ON a.oid = relam "
            "WHERE amname = 'gin' AND right(relname, 7) = '_search' ORDER BY 1"
        )
        limits = dict(cursor.fetchall())

    assert len(limits) == 4
    assert set(map(tuple, limits.values())) == {("gin_pending_list_limit=64",)}
