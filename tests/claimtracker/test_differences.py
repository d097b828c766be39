"""What a row says, and what differs between two of its versions, in an editor's words."""

import pytest

from claims.models import Statement
from claimtracker.differences import AROUND, Piece, compared, differences
from sources.models import Source
from tests.factories import make_statement


def says(row):
    return vars(row)


def told(before, after, names=None):
    """Return what differs, by label, as a pair of words."""
    found = differences(
        type(after or before), before and says(before), after and says(after), names or {}
    )
    return {each.label: (each.before, each.after) for each in found}


def test_a_choice_is_told_by_its_label():
    before = Source(kind="state", name="N")

    assert told(before, Source(kind="government-body", name="N")) == {
        "Kind": ("State", "Government body")
    }


def test_a_date_is_told_as_it_is_written_and_in_words():
    assert told(Statement(said=""), Statement(said="2023-09~"))["Said on"] == (
        "",
        "2023-09~ (around September 2023)",
    )


def test_what_a_row_refers_to_is_told_by_its_name():
    names = {(Source, 1): "Baku", (Source, 2): "Yerevan"}

    assert told(Statement(source_id=1), Statement(source_id=2), names) == {
        "Source": ("Baku", "Yerevan")
    }


def test_a_yes_becomes_a_no():
    assert told(Statement(personal_capacity=True), Statement()) == {
        "Personal capacity": ("Yes", "No")
    }


def test_a_list_is_told_a_line_each():
    assert told(Source(aliases=["A"]), Source(aliases=["A", "B, C"])) == {
        "Aliases": ("A", "A\nB, C")
    }


def test_what_the_database_keeps_is_not_told():
    assert told(Source(version=1), Source(version=2, was_public=True)) == {}


@pytest.mark.django_db
def test_of_a_new_row_what_is_blank_is_not_told():
    statement = make_statement(said="2023")

    found = {each.field for each in differences(Statement, None, says(statement), {})}

    assert found == {"slug", "review_state", "claim", "source", "stance", "said"}


def test_words_are_compared_one_by_one():
    assert compared("We are not blocking it.", "We are blocking it, for now.") == (
        Piece("same", "We are "),
        Piece("gone", "not "),
        Piece("same", "blocking it"),
        Piece("new", ", for now"),
        Piece("same", "."),
    )


def test_texts_with_little_in_common_are_not_compared_by_words():
    assert compared("Baku denies it.", "Yerevan says that it is so") == ()


def test_a_long_stretch_that_stayed_the_same_is_left_out():
    same = "word " * 1000

    pieces = compared(f"{same}one {same}", f"{same}two {same}")

    assert [piece.kind for piece in pieces] == [
        "left-out",
        "same",
        "gone",
        "new",
        "same",
        "left-out",
    ]
    assert len(pieces[1].text) == AROUND


def test_two_long_texts_without_a_common_word_are_compared_in_no_time():
    old, new = (" ".join(f"{letter}{n}" for n in range(20_000)) for letter in "ab")

    assert compared(old, new) == ()
