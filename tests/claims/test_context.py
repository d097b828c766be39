"""The words around a quote on the public pages."""

import pytest

from claims.context import words_after, words_before


@pytest.mark.parametrize(
    ("prefix", "suffix", "shown"),
    [
        ("", "", "road is open"),
        ("He said: “the ", ", he said.", "… He said: “the road is open, he said. …"),
        ("the", "; nobody asked", "… the road is open; nobody asked …"),
        ("the ", " ; nobody asked", "… the road is open; nobody asked …"),
        ("the", "and shut", "… the road is open and shut …"),
        ("(“", "”)", "… (“road is open”) …"),
        ("the ", ".", "… the road is open."),
        ("the\n\n", "\n\nThey told us", "road is open"),
    ],
)
def test_the_words_around_a_quote_have_no_stray_spaces(prefix, suffix, shown):
    quote = "road is open"

    assert f"{words_before(prefix, quote)}{quote}{words_after(suffix, quote)}" == shown


def test_words_that_were_cut_are_left_out():
    prefix = "s clients do not believe either figure. "
    suffix = "; the coast guard said that the recordin"

    assert words_before(prefix, "He") == "… clients do not believe either figure. "
    assert words_after(suffix, "He") == "; the coast guard said that the …"


def test_a_context_without_spaces_is_kept():
    assert words_before("边" * 40, "口岸") == f"… {'边' * 40} "
