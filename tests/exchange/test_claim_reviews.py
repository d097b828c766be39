"""ClaimReview markup as it is found: imported as drafts, or said why not."""

import json

import hypothesis
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck
from hypothesis import strategies as st

from claims.exchange import claim_reviews, markup
from claims.exchange.claim_reviews import import_claim_reviews
from claims.exchange.problems import BundleError
from claims.merging import merge
from claims.models import Citation, Claim, Statement
from sources.models import Document, Source
from tests.exchange.test_commands import said
from tests.factories import make_claim, make_document, make_source, make_user

pytestmark = pytest.mark.django_db

REVIEW = {
    "@context": "https://schema.org",
    "@type": "ClaimReview",
    "url": "https://checks.example/road",
    "headline": "No, the road is not shut",
    "datePublished": "2023-09-10T08:00:00+04:00",
    "inLanguage": "en",
    "author": {"@type": "Organization", "name": "Checks"},
    "claimReviewed": "The road is shut.",
    "itemReviewed": {
        "@type": "Claim",
        "author": {"@type": "Person", "name": "Bea"},
        "datePublished": "2023-09-07",
        "appearance": "https://post.example/1",
    },
    "reviewRating": {
        "@type": "Rating",
        "ratingValue": 1,
        "bestRating": 5,
        "worstRating": 1,
        "alternateName": "False",
    },
}


def but(**changes):
    """Return the review with other fields; those that are None are missing."""
    return {name: value for name, value in (REVIEW | changes).items() if value is not None}


def item(**changes):
    fields = REVIEW["itemReviewed"] | changes
    return but(itemReviewed={name: value for name, value in fields.items() if value is not None})


@pytest.fixture
def load(tmp_path):
    """Return a function that imports something, and returns the notes."""

    def load(given, *, name="reviews.json", dry_run=False):
        path = tmp_path / name
        content = given if isinstance(given, bytes) else json.dumps(given).encode()
        path.write_bytes(content)
        load.report, notes = import_claim_reviews(path=path, dry_run=dry_run)
        return notes.report()

    return load


def of(stance):
    return Statement.objects.get(stance=stance)


def cited(statement):
    return {each.document.url: each.manner for each in statement.citations.all()}


def test_a_review_becomes_a_claim_that_one_asserts_and_another_comments_on(load):
    assert load(REVIEW) == ""

    assert Claim.objects.get().text == "The road is shut."
    assertion, comment = of("asserts"), of("comments")
    assert (assertion.source.name, assertion.source.kind) == ("Bea", "person")
    assert (assertion.said, comment.said) == ("2023-09-07", "2023-09-10")
    assert (comment.source.name, comment.source.kind) == ("Checks", "outlet")
    assert cited(assertion) == {
        "https://post.example/1": "",
        "https://checks.example/road": "reported",
    }
    assert cited(comment) == {"https://checks.example/road": ""}


def test_a_rating_is_kept_in_its_words_and_takes_no_side(load):
    load(REVIEW)

    assert of("comments").note == "Its markup rates the claim “False”."
    assert not Statement.objects.filter(stance="denies").exists()


def test_all_of_it_is_a_draft(load):
    load(REVIEW)

    for model in (Source, Document, Claim, Statement):
        assert set(model.objects.values_list("review_state", flat=True)) == {"draft"}


def test_importing_it_again_changes_nothing(load):
    load(REVIEW)

    load(REVIEW)

    assert load.report.changes_nothing()


def test_what_an_editor_changed_since_stays(load):
    load(REVIEW)
    Claim.objects.update(text="The road is closed.", kind="event")
    Source.objects.filter(name="Bea").update(name="Beatrix")
    Statement.objects.filter(stance="comments").update(stance="denies", note="She decided.")

    load(REVIEW)

    assert load.report.changes_nothing()
    assert of("denies").note == "She decided."


def test_another_review_of_the_claim_adds_its_evidence_to_a_draft(load):
    load(REVIEW)

    load(but(url="https://other.example/a", author="Others"))

    assert Claim.objects.count() == 1
    assert "https://other.example/a" in cited(of("asserts"))


def test_a_statement_that_is_published_gets_no_evidence_from_markup(load):
    load(REVIEW)
    for model in (Source, Claim, Statement):
        model.objects.update(review_state="published")
    before = Citation.objects.count()

    notes = load(but(url="https://other.example/a", author="Others"))

    assert "is here (published): it is left as it is" in notes
    assert Citation.objects.count() == before + 1  # of the draft of the others


def test_what_is_here_under_the_same_name_words_and_address_is_used(load):
    bea = make_source(slug="bea", name="Beatrix", aliases=["Bea"])
    claim = make_claim(slug="road-shut", text="The road is shut.")
    post = make_document(slug="post", url="https://post.example/1")

    notes = load(REVIEW)

    statement = of("asserts")
    assert (statement.source, statement.claim) == (bea, claim)
    assert statement.citations.filter(document=post).exists()
    assert '"Bea" is the source bea, which is here' in notes
    assert "the claim is here already: road-shut" in notes
    assert claim.version == Claim.objects.get(pk=claim.pk).version


def test_of_two_sources_of_one_name_neither_is_taken(load):
    make_source(slug="bea-1", name="Bea")
    make_source(slug="bea-2", aliases=["Bea"])

    assert '"Bea" may be any of bea-1, bea-2: a new one is made' in load(REVIEW)
    assert of("asserts").source.slug not in {"bea-1", "bea-2"}


def test_what_is_nearly_here_is_pointed_out(load):
    make_claim(text="The road is not shut.")
    make_source(name="Bea Smith")

    notes = load(item(author={"@type": "Person", "name": "Smith, Bea"}))

    assert '"The road is shut." says the opposite of "The road is not shut."' in notes
    assert 'the source "Smith, Bea" may be "Bea Smith", which is here' in notes


def test_a_dry_run_writes_nothing(load):
    load(REVIEW, dry_run=True)

    assert load.report.files["claims"].new == 1
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    "appearance",
    [
        "https://post.example/1",
        ["https://post.example/1"],
        {"@type": "CreativeWork", "url": "https://post.example/1"},
        [{"url": "https://post.example/1"}, "https://post.example/1", None],
        {"@id": "https://post.example/1"},
        {"url": ["https://post.example/1", "https://post.example/2"]},
    ],
)
def test_an_appearance_is_an_address_a_thing_or_a_list(load, appearance):
    load(item(appearance=appearance))

    assert "https://post.example/1" in cited(of("asserts"))
    assert Document.objects.count() == 2


def test_an_appearance_that_is_only_told_is_a_document_of_that_name(load):
    load(item(appearance="a Facebook post"))

    assert of("asserts").citations.filter(document__title="a Facebook post").exists()


def test_documents_that_are_only_told_are_not_one_because_they_are_called_alike(load):
    load(
        [
            item(appearance="a post"),
            but(
                claimReviewed="It is open.", itemReviewed={"@type": "Claim", "appearance": "a post"}
            ),
        ]
    )

    assert Document.objects.filter(title="a post").count() == 2


def test_the_first_appearance_is_one_and_tells_its_kind_and_day(load):
    load(
        item(
            appearance=None,
            firstAppearance={
                "@type": "SocialMediaPosting",
                "url": "https://post.example/2",
                "headline": "Shut!",
                "datePublished": "2023-09-06",
                "publisher": "Posts",
            },
        )
    )

    post = Document.objects.get(url="https://post.example/2")
    assert (post.kind, post.title, post.published) == ("post", "Shut!", "2023-09-06")
    assert post.publisher.name == "Posts"


@pytest.mark.parametrize(
    ("rating", "note"),
    [
        ({"ratingValue": 97, "bestRating": 5}, ""),
        ({"ratingValue": "-1"}, ""),
        ({"ratingValue": "3/5", "alternateName": "4"}, ""),
        ({"ratingValue": "Mostly false"}, "Mostly false"),
        ({"alternateName": ["Half&nbsp;true", "x"]}, "Half true"),
        ([{"ratingValue": float("inf")}, {"alternateName": "Fake"}], "Fake"),
        ("Pants on Fire", "Pants on Fire"),
        (None, ""),
        (True, ""),
        ({"ratingValue": {"@value": "False"}}, "False"),
    ],
)
def test_a_rating_of_any_shape_is_its_words_or_nothing(load, rating, note):
    load(but(reviewRating=rating))

    assert of("comments").note == (f"Its markup rates the claim “{note}”." if note else "")


@pytest.mark.parametrize(
    "claimant", [None, "", "Unknown", [], {"@type": "Person"}, 7, "https://x.example/"]
)
def test_without_a_claimant_nobody_asserts_it_and_it_says_so(load, claimant):
    assert "it names no claimant: nobody asserts the claim" in load(item(author=claimant))

    assert list(Statement.objects.values_list("stance", flat=True)) == ["comments"]
    assert Document.objects.filter(url="https://post.example/1").exists()


def test_several_claimants_each_assert_it(load):
    load(item(author=["Bea", {"@type": "Organization", "name": ["The Union"]}]))

    asserting = Statement.objects.filter(stance="asserts")
    assert set(asserting.values_list("source__name", "source__kind")) == {
        ("Bea", "other"),
        ("The Union", "organisation"),
    }


@pytest.mark.parametrize(
    "reviewed", [None, [], "The road", ["x", {"@type": "Claim", "author": "Bea"}], {}]
)
def test_what_is_reviewed_may_be_missing_a_text_or_a_list(load, reviewed):
    load(but(itemReviewed=reviewed))

    assert of("comments").claim.text == "The road is shut."


def test_the_house_speaks_not_whoever_wrote_the_review(load):
    load(
        but(
            author={"@type": "Person", "name": "Ann"},
            publisher={"@type": "Organization", "name": "House"},
        )
    )

    assert of("comments").source.name == "House"


def test_the_claim_may_stand_in_what_is_reviewed(load):
    load(but(claimReviewed=None, itemReviewed={"@type": "schema:Claim", "text": "It is so."}))

    assert Claim.objects.get().text == "It is so."


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2023-09-07T23:30:00Z", "2023-09-07"),
        ("2023-09-07 10:00", "2023-09-07"),
        ("2023-09", "2023-09"),
        ("2023", "2023"),
        ("7 September 2023", "2023-09-07"),
        ("2023-02-30", ""),
        ("07/09/2023", ""),
        (1694044800, ""),
        ({"@type": "Date"}, ""),
        (["soon", "2023-09-07"], "2023-09-07"),
    ],
)
def test_a_date_is_kept_as_far_as_it_is_one(load, written, kept):
    notes = load(item(datePublished=written))

    assert of("asserts").said == kept
    assert (": left out" in notes) == (kept == "" or isinstance(written, list))


def test_texts_lose_entities_tags_and_what_no_text_can_hold(load):
    load(but(claimReviewed="<p>Caf&eacute; &amp;amp;\n bar\u0000 \ud83d is shut</p>"))

    assert Claim.objects.get().text == "Café & bar is shut"


@pytest.mark.parametrize(
    "kind",
    [
        "ClaimReview",
        "schema:ClaimReview",
        "http://schema.org/ClaimReview",
        ["Review", "https://schema.org/ClaimReview"],
    ],
)
def test_the_type_may_have_a_prefix_and_be_one_of_several(load, kind):
    load(but(**{"@type": kind}))

    assert Claim.objects.exists()


def test_names_may_be_whole_addresses_as_in_expanded_json_ld(load):
    load(
        [
            {
                "@type": ["http://schema.org/ClaimReview"],
                "http://schema.org/claimReviewed": [{"@value": "It is so.", "@language": "en"}],
                "http://schema.org/author": [{"http://schema.org/name": [{"@value": "Checks"}]}],
            }
        ]
    )

    assert of("comments").source.name == "Checks"


def test_things_of_a_graph_are_found_by_their_id(load):
    load(
        {
            "@graph": [
                but(author={"@id": "#house"}, itemReviewed={"@id": "#claim"}),
                {"@id": "#house", "@type": "Organization", "name": "House"},
                {"@id": "#claim", "@type": "Claim", "author": {"@id": "#bea"}},
                {"@id": "#bea", "@type": "Person", "name": "Bea"},
            ]
        }
    )

    assert (of("comments").source.name, of("asserts").source.name) == ("House", "Bea")


def test_a_review_that_stands_twice_is_imported_once_and_said_so(load):
    notes = load([REVIEW, REVIEW])

    assert Claim.objects.count() == 1
    assert notes == "reviews.json:2: it says the same as 1"


def test_what_cannot_be_used_is_told_by_its_number_and_the_others_come(load):
    notes = load([but(claimReviewed=" "), but(claimReviewed="x" * 2001), REVIEW])

    assert notes.splitlines() == [
        "reviews.json:1: left out: it does not say which claim it reviews (claimReviewed)",
        "reviews.json:2: left out: its claim has 2,001 characters; at most 2,000 fit",
    ]
    assert Claim.objects.count() == 1


def test_json_lines_are_told_by_their_line(load):
    lines = [json.dumps(REVIEW), "{broken", "", json.dumps(but(claimReviewed=None))]

    notes = load("\n".join(lines).encode(), name="r.jsonl")

    assert "r.jsonl:2: left out: line 1, column 2: it is not JSON" in notes
    assert "r.jsonl:4: left out: it does not say which claim" in notes
    assert Claim.objects.count() == 1


def test_a_page_has_it_in_scripts(load):
    page = f"""<!DOCTYPE html><html><head><title>x</title>
    <script type="application/ld+json">{{broken</script>
    <script>var x = "</p>";</script>
    <script type='Application/LD+JSON; charset=utf-8'><!--
    {json.dumps([REVIEW])} --></script>
    <script type="application/ld+json">//<![CDATA[
    {json.dumps(but(claimReviewed="It is so."))}
    //]]></script></head><body>"""

    notes = load(page.encode(), name="page.html")

    assert "page.html: script 1: left out" in notes
    assert set(Claim.objects.values_list("text", flat=True)) == {"The road is shut.", "It is so."}


def test_a_page_in_another_encoding_that_it_names_is_read(load):
    page = f"""<meta charset=windows-1254><script type="application/ld+json">
    {json.dumps(but(claimReviewed="İğdır açıldı."), ensure_ascii=False)}</script>"""

    load(page.encode("cp1254"), name="page.html")

    assert Claim.objects.get().text == "İğdır açıldı."


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<![<![", "no microdata"),
        (b"<meta charset=punycode>", "browsers do not know"),
        (b"<!--" * 500_000, "no microdata"),
        (b'<a b="' * 500_000, "no microdata"),
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"1" * 5000 + b"}", "thousands of digits"),
        (b"\xe9", "byte 1 is not UTF-8. Save it as UTF-8"),
        (b"[]", "it has no ClaimReview"),
        (b"<html></html>", "no <script type"),
        (b'{"@type": "ClaimReview"}', "reviews.json:1: left out: it does not say which claim"),
    ],
)
def test_a_file_with_nothing_to_use_is_refused_with_the_reason(load, content, why):
    with pytest.raises(BundleError) as raised:
        load(content)

    assert why in str(raised.value)


def test_a_file_that_is_too_large_is_refused(load, monkeypatch):
    monkeypatch.setattr(markup, "LARGEST", 10)

    with pytest.raises(BundleError, match="Split it"):
        load(REVIEW)


def test_deeply_nested_markup_is_read(load):
    nested = REVIEW
    for _ in range(400):
        nested = {"a": [nested]}

    load(nested)

    assert Claim.objects.exists()


def test_addresses_that_are_none_are_left_out_and_told(load):
    notes = load(but(url="javascript:alert(1)"))

    assert 'url: "javascript:alert(1)" is no web address' in notes
    assert set(Document.objects.values_list("url", flat=True)) == {"", "https://post.example/1"}


def test_what_the_database_refuses_is_told_by_the_review_and_nothing_is_written(load, monkeypatch):
    monkeypatch.setattr(claim_reviews, "A_LANGUAGE", claim_reviews.A_NUMBER)

    with pytest.raises(BundleError, match=r"reviews\.json:2: language: .*Write a language tag"):
        load(
            [
                but(inLanguage=None),
                but(inLanguage="12", url="https://x.example/", claimReviewed="y"),
            ]
        )

    assert not Claim.objects.exists()


def test_the_command_prints_what_to_look_at_and_what_it_did(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(item(author=None)))

    told = said("import_claimreview", str(path))

    assert "r.json:1: itemReviewed.author: it names no claimant" in told
    assert "claims 1 new" in told
    assert "This was a dry run" in said("import_claimreview", str(path), "--dry-run")


def test_the_command_refuses_what_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_claimreview", str(tmp_path / "none.json"))


PROPERTIES = [
    *("@type", "@id", "@value", "@list", "url", "name", "headline", "author", "publisher"),
    *("claimReviewed", "itemReviewed", "appearance", "firstAppearance", "datePublished"),
    *("inLanguage", "reviewRating", "ratingValue", "alternateName", "text"),
]
TEXTS = [
    "ClaimReview",
    "Claim",
    "https://x.example/1",
    "2023-09-07",
    "en",
    "Bea",
    "\0",
    "\ud800",
    "",
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(TEXTS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(PROPERTIES), inner, max_size=5)
    ),
    max_leaves=12,
)


@hypothesis.settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@hypothesis.given(
    given=st.lists(
        st.dictionaries(st.sampled_from(PROPERTIES), ANYTHING, max_size=8).map(
            lambda fields: REVIEW | fields | {"@type": "ClaimReview"}
        ),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_the_markup_has_it_is_imported_or_left_out_with_a_reason(load, given):
    try:
        load(given, dry_run=True)
    except BundleError as error:
        assert "left out: " in str(error)


# What Google's Fact Check Tools answer

SEARCH = {
    "claims": [
        {
            "text": "The road is shut.",
            "claimant": "The Ministry",
            "claimDate": "2023-09-07T00:00:00Z",
            "claimReview": [
                {
                    "publisher": {"name": "Checks", "site": "checks.example"},
                    "url": "https://checks.example/road",
                    "title": "The road is open",
                    "reviewDate": "2023-09-09T10:00:00Z",
                    "textualRating": "False",
                    "languageCode": "en",
                }
            ],
        }
    ]
}
PAGES = {
    "claimReviewMarkupPages": [
        {
            "pageUrl": "https://checks.example/road",
            "publishDate": "2023-09-09",
            "claimReviewAuthor": {"name": "Checks"},
            "claimReviewMarkups": [
                {
                    "claimReviewed": "The road is shut.",
                    "claimDate": "2023-09-07",
                    "claimAuthor": {"name": "The Ministry"},
                    "rating": {"textualRating": "False"},
                }
            ],
        }
    ]
}


@pytest.mark.parametrize("answer", [SEARCH, PAGES])
def test_an_answer_of_fact_check_tools_is_imported(load, answer):
    load(answer)

    said, comment = of("asserts"), of("comments")
    assert (said.source.name, said.said) == ("The Ministry", "2023-09-07")
    assert (comment.source.name, comment.said) == ("Checks", "2023-09-09")
    assert "False" in comment.note
    assert "https://checks.example/road" in cited(comment)


def test_a_claim_that_is_an_object_is_read_with_who_made_it(load):
    claim = {"@type": "Claim", "text": "The road is shut.", "author": {"name": "The Mayor"}}

    load(but(claimReviewed=claim, itemReviewed=None))

    assert of("asserts").source.name == "The Mayor"


def test_every_claim_of_a_list_is_imported(load):
    load(but(claimReviewed=["The road is shut.", "The bridge is shut."]))

    assert Statement.objects.filter(stance="asserts").count() == 2


@pytest.mark.parametrize(
    "name", ["Multiple sources", "Social media users", "Viral Facebook post", "several X users"]
)
def test_a_crowd_is_no_speaker(load, name):
    notes = load(item(author={"name": name}))

    assert f'"{name}" names no speaker: left out' in notes
    assert not Statement.objects.filter(stance="asserts").exists()


@pytest.mark.parametrize("name", ["The People", "Facebook", "X", "The Internet Archive"])
def test_a_house_that_is_named_like_a_crowd_is_a_speaker(load, name):
    load(item(author={"name": name}))

    assert of("asserts").source.name == name


def test_dates_that_can_mean_one_day_only_are_kept(load):
    load(but(datePublished="2021-7-16"))

    assert of("comments").said == "2021-07-16"


def test_a_date_that_can_mean_two_days_is_told_with_both(load):
    notes = load(but(datePublished="05/07/2019"))

    assert "may be 5 July 2019 or May 7, 2019" in notes
    assert of("comments").said == ""


def test_names_and_claims_that_are_alike_within_one_file_are_named(load):
    notes = load(
        [
            item(author={"name": "Jeyhun Bayramov"}),
            item(author={"name": "Ceyhun Bayramov"}) | {"claimReviewed": "The road isn’t open."},
            item(author={"name": "Jeyhun Bayramov"}) | {"claimReviewed": "The road is open."},
        ]
    )

    assert '"Ceyhun Bayramov" may be "Jeyhun Bayramov" of 1 in this file' in notes
    assert '"The road is open." says the opposite of "The road isn’t open." of 2' in notes


@pytest.mark.parametrize(("here", "named"), [("BEA", "Bea"), ("İlham", "ilham"), ("Béa", "Bea")])
def test_a_speaker_is_found_whatever_the_letter_case_and_accents(load, here, named):
    source = make_source(slug="here", name=here)

    notes = load(item(author={"@type": "Person", "name": named}))

    assert of("asserts").source == source
    assert f'"{named}" is the source here, which is here' in notes


def test_a_claim_is_found_whatever_the_letter_case(load):
    claim = make_claim(slug="here", text="THE ROAD IS SHUT.")

    load(REVIEW)

    assert Claim.objects.get() == claim


def test_a_source_that_was_merged_is_found_by_its_old_name(load):
    old, kept = make_source(name="Bea"), make_source(slug="kept", name="Beatrice Smith")
    merge(loser=old, survivor=kept, user=make_user(), reason="The same.")

    load(REVIEW)

    assert of("asserts").source == kept
