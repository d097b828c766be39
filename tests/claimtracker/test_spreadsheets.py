"""Cells that a spreadsheet shows and does not calculate, and that come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimtracker.spreadsheets import from_cell, joined, split, to_cell

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
# Half of the texts begin with what matters.
texts = st.builds("".join, st.lists(st.one_of(st.sampled_from(["'", *STARTS, "1"]), st.text())))
# PostgreSQL keeps no NUL, and no list keeps a blank.
listed = st.lists(
    st.one_of(texts, st.text(st.sampled_from(" |\\a"))).filter(lambda text: text.strip())
)


@given(texts)
def test_a_text_comes_back_from_its_cell(text):
    assert from_cell(to_cell(text)) == text


@given(texts)
def test_no_cell_begins_as_a_formula(text):
    assert not to_cell(text).startswith(tuple(STARTS))


@given(listed)
def test_a_list_comes_back_from_its_cell(texts):
    assert split(joined(texts)) == texts


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("https://example.org")', '\'=HYPERLINK("https://example.org")'),
        ("-3", "'-3"),
        ("'=1", "''=1"),
        # Nothing in it is calculated, so that it stays readable.
        ("'tis", "'tis"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_text_and_its_cell(text, cell):
    assert (to_cell(text), from_cell(cell)) == (cell, text)


def test_what_somebody_typed_as_a_formula_is_text():
    assert from_cell("=1+1") == "=1+1"


@pytest.mark.parametrize(
    "cell", ["roads|convoy", " roads | convoy ", "roads||convoy|", "|roads|convoy"]
)
def test_a_list_is_read_as_people_write_it(cell):
    assert split(cell) == ["roads", "convoy"]
