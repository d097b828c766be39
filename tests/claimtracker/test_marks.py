"""Long runs of combining marks, which take for ever to put in order."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from claims.likeness import folded
from claims.reading import FoldedText, find
from claims.search.words import folded as words_of
from claimtracker.curated import no_text
from claimtracker.marks import MARKS, MOST, RARE_MARKS, has_a_long_run, normalized
from tests.factories import make_citation, make_claim

ZALGO = "e" + "\u0301\u0323" * 50_000


def test_a_long_run_of_marks_is_refused_with_the_remedy():
    assert "Remove them" in no_text(ZALGO)


def test_what_languages_write_is_no_long_run():
    assert not no_text("שָׁלוֹם مُحَمَّد Việt e" + "\u0301" * MOST)


@pytest.mark.django_db
def test_a_form_says_so_at_the_field():
    claim = make_claim()
    claim.text = "e" + "\u0301\u0323" * 100

    with pytest.raises(ValidationError) as refused:
        claim.full_clean()

    assert "combining marks" in refused.value.message_dict["text"][0]


def test_nothing_that_folds_a_text_puts_a_long_run_into_order():
    # A hundred thousand marks would take each of these ten seconds and more.
    assert normalized("NFC", ZALGO) is ZALGO
    assert folded(ZALGO) and words_of(ZALGO)
    assert find(FoldedText("the road"), ZALGO) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["", "road", "e" + "\u0301" * MOST, "e" + "\u0301" * (MOST + 1), "e" + "\u0301\U0001d165" * 16],
)
def test_the_database_and_python_agree_on_what_is_a_long_run(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT marks_are_few(%s)", [text])
        assert cursor.fetchone() == (not has_a_long_run(text),)


@pytest.mark.django_db
def test_the_database_has_the_same_marks():
    marks = f"[{MARKS}{RARE_MARKS}]"
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'marks_are_few'")
        [source] = cursor.fetchone()
    written = "".join(part for part in source.split("'") if part.startswith("\\"))

    assert written.encode().decode("unicode_escape") == marks[1:-1]


@pytest.mark.django_db
def test_a_quote_of_many_letters_with_marks_is_kept():
    assert make_citation(quote="e\u0301\u0323 " * 1000).pk
