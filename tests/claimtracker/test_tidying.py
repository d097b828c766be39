"""Names and titles are stored alike, whichever way they come in."""

import unicodedata

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from claims.models import Claim, Topic
from claimtracker.tidying import is_visible, tidied, without_directions
from sources.models import Document, Source
from tests.claimtracker.full import full_or
from tests.factories import make_claim, make_document, make_source, make_topic

ODD = st.sampled_from(
    " \t\n\u00a0\u00ad\u034f\u061c\u0301\u115f\u2003\u2028\u200b\u200c\u200d\u200e\u202e\u2060"
    "\u2069\u2800\u3000\u3164\ufe0f\ufeff\U000e0020ae\u0301éİ한ナ"
)


@given(st.lists(st.text(ODD, max_size=8), min_size=1, max_size=20))
@full_or(100)
@pytest.mark.django_db
def test_a_name_is_tidied_here_as_in_the_database(texts):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT text_tidied(t), text_is_visible(t) FROM unnest(%s::text[]) t", [texts]
        )
        in_database = cursor.fetchall()

    assert [(tidied(text), is_visible(text)) for text in texts] == in_database


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Texas  ", "Texas"),
        ("\u00a0Anna\u00a0Zed\u200b ", "Anna\u00a0Zed"),
        ("Rene\u0301e", "Renée"),
        ("\ufeffTexas\u2028", "Texas"),
        ("Te\u202exas\u202c", "Texas"),
        ("\u2068Texas\u2069", "Texas"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("می\u200cخواهد", "می\u200cخواهد"),
    ],
)
@pytest.mark.django_db
def test_names_titles_and_claims_are_stored_tidied(written, stored):
    Source.objects.bulk_create([Source(slug="a", kind="person", name=written, aliases=[written])])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sources_document (slug, kind, title, url, published, retracted, language,"
            " archived_url, sha256, text, review_state, version, created_at)"
            " VALUES ('a', 'post', %s, '', '', '', '', '', '', '', 'draft', 1, now())",
            [written],
        )
    make_claim(slug="a", text=written)
    make_topic(slug="a", name=written)

    source = Source.objects.get(slug="a")
    assert (source.name, source.aliases) == (stored, [stored])
    assert Document.objects.get(slug="a").title == stored
    assert Claim.objects.get(slug="a").text == stored
    assert Topic.objects.get(slug="a").name == stored


@pytest.mark.django_db
def test_a_name_that_is_copied_in_is_tidied():
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY claims_topic (slug, name) FROM STDIN") as copy,
    ):
        copy.write_row(["degat", " De\u0301ga\u0302t\u200b"])

    assert Topic.objects.get().name == unicodedata.normalize("NFC", "Dégât")


@pytest.mark.django_db
def test_two_topics_that_look_alike_are_one():
    make_topic(name="Dégât")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_topic(name=unicodedata.normalize("NFD", "Dégât"))


@pytest.mark.django_db
def test_blanks_around_a_name_make_no_new_version():
    source = make_source(name="Texas", aliases=["TX"])

    Source.objects.update(name=" Texas\u200b", aliases=["TX ", "TX"])

    source.refresh_from_db()
    assert (source.version, source.name, source.aliases) == (1, "Texas", ["TX"])


@pytest.mark.parametrize("blank", ["\u200b", "\u3164", " \u2800", "\ufe0f", "\u200d", "\u00a0"])
@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda text: make_source(name=text), "source_name_says_something"),
        (lambda text: make_source(aliases=[text]), "source_aliases_say_something"),
        (lambda text: make_claim(text=text), "claim_text_says_something"),
        (lambda text: make_topic(name=text), "topic_name_says_something"),
    ],
)
@pytest.mark.django_db
def test_a_name_that_nobody_sees_is_refused(make, rule, blank):
    with pytest.raises(IntegrityError, match=rule):
        make(blank)


@pytest.mark.django_db
def test_a_title_that_nobody_sees_is_blank():
    assert make_document(title="\u200b \u3164").title == ""


def test_marks_of_direction_are_taken_out_of_a_title():
    assert without_directions("a\u202eb\u2069c\u200fd\u200ce") == "abcd\u200ce"
