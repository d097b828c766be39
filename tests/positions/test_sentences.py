"""Each sentence as it would be printed."""

import pytest

from claims.models import ClaimKind, Stance
from claims.positions.sentences import follows, listed, named, sentence
from claimtracker.edtf import in_words
from sources.models import DocumentKind

BEA = {"slug": "bea", "name": "Bea", "kind": "person"}
TEXTS = {
    "fact": "The road is shut.",
    "event": "The road was shut.",
    "intent": "They will shut the road.",
    "demand": "The road should be open.",
    "characterisation": "It is a siege.",
}


def a_document(slug, **fields):
    publisher = fields.pop("by", slug.title())
    return {
        "slug": slug,
        "kind": "article",
        "title": f"On {slug}",
        "published_to": "2023-09-08",
        "publisher": publisher and publisher.lower(),
        "publisher_name": publisher,
        "publisher_kind": "outlet",
    } | fields


def said(*cited, kind="fact", source=BEA, quoted=False, **fields):
    """Return the sentence of a statement; each cited is (document, its chain of slugs, manner)."""
    documents = {document["slug"]: document for document, _, _ in cited}
    statement = {
        "source": source["slug"],
        "stance": "asserts",
        "denies_what": "",
        "said": "2023-09-07",
        "personal_capacity": False,
        "citations": [
            {"document": document["slug"], "chain": chain or [document["slug"]], "manner": manner}
            for document, chain, manner in cited
        ],
    }
    return sentence(
        statement | fields,
        claim={"kind": kind, "text": TEXTS[kind]},
        sources={source["slug"]: source},
        documents=documents,
        quoted=quoted,
    )


def act(**fields):
    """Return the sentence without where it can be read."""
    return said(**fields).removesuffix("; no document is cited.")


# Stances

PLAIN = {
    "asserts": "Bea asserted it on 7 September 2023",
    "denies": "Bea denied it on 7 September 2023",
    "dismisses": "Bea dismissed it on 7 September 2023",
    "questions": "Bea questioned it on 7 September 2023",
    "comments": "Bea commented on it without taking a side on 7 September 2023",
    "withdraws": "Bea withdrew an earlier statement on it on 7 September 2023",
    "undeclared": "Where Bea stood on it was not clear on 7 September 2023",
    "silent": "Bea did not address it on 7 September 2023, though expected to",
}
OF_KIND = {
    ("demand", "asserts"): "Bea called for it on 7 September 2023",
    ("demand", "denies"): "Bea rejected it on 7 September 2023",
    ("characterisation", "asserts"): "Bea agreed with it on 7 September 2023",
    ("characterisation", "denies"): "Bea disputed it on 7 September 2023",
}


@pytest.mark.parametrize("kind", ClaimKind.values)
@pytest.mark.parametrize("stance", Stance.values)
def test_a_stance_is_named_as_the_kind_of_claim_asks(kind, stance):
    expected = OF_KIND.get((kind, stance), PLAIN[stance])

    assert act(kind=kind, stance=stance) == expected


@pytest.mark.parametrize(
    ("kind", "stance", "expected"),
    [
        ("fact", "asserts", "Bea asserted that “The road is shut” on"),
        ("event", "denies", "Bea denied that “The road was shut” on"),
        ("intent", "denies", "Bea denied that “They will shut the road” on"),
        ("fact", "dismisses", "Bea dismissed the claim “The road is shut” on"),
        ("fact", "questions", "Bea questioned the claim “The road is shut” on"),
        ("fact", "comments", "Bea commented on the claim “The road is shut” without taking a side"),
        ("fact", "withdraws", "Bea withdrew an earlier statement on the claim “The road is shut”"),
        ("fact", "undeclared", "Where Bea stood on the claim “The road is shut” was not clear on"),
        ("fact", "silent", "Bea did not address the claim “The road is shut” on"),
        ("demand", "asserts", "Bea made the demand “The road should be open” on"),
        ("demand", "denies", "Bea rejected the demand “The road should be open” on"),
        ("demand", "dismisses", "Bea dismissed the demand “The road should be open” on"),
        (
            "characterisation",
            "asserts",
            "Bea agreed with the characterisation “It is a siege” on",
        ),
        ("characterisation", "denies", "Bea disputed the characterisation “It is a siege” on"),
    ],
)
def test_a_claim_that_is_quoted_is_part_of_the_sentence(kind, stance, expected):
    assert act(kind=kind, stance=stance, quoted=True).startswith(expected)


@pytest.mark.parametrize(
    ("kind", "denies_what", "quoted", "expected"),
    [
        ("fact", "fact", False, "Bea denied it on"),
        ("demand", "proposal", False, "Bea rejected it on"),
        ("fact", "responsibility", False, "Bea denied responsibility for it on"),
        ("fact", "framing", False, "Bea disputed how it is framed on"),
        (
            "fact",
            "responsibility",
            True,
            "Bea denied responsibility for what is said in the claim “The road is shut” on",
        ),
        ("fact", "framing", True, "Bea disputed how the claim “The road is shut” is framed on"),
    ],
)
def test_a_denial_says_what_it_denies(kind, denies_what, quoted, expected):
    found = act(kind=kind, stance="denies", denies_what=denies_what, quoted=quoted)

    assert found.startswith(expected)


def test_quotation_marks_within_a_claim_are_single_ones():
    found = follows(
        ["asserts"],
        claim={"kind": "fact", "text": "It is “shut”."},
        source=BEA,
        bases=["B."],
        quoted=True,
    )

    assert found == "It follows that Bea would assert that “It is ‘shut’”: B."


def test_what_was_said_for_oneself_is_said_to_be():
    assert act(personal_capacity=True) == (
        "In a personal capacity, Bea asserted it on 7 September 2023"
    )


@pytest.mark.parametrize(
    ("kind", "stances", "expected"),
    [
        ("fact", ["asserts"], "It follows that Bea would assert it: One."),
        ("fact", ["denies"], "It follows that Bea would deny it: One."),
        ("demand", ["asserts"], "It follows that Bea would call for it: One."),
        ("demand", ["denies"], "It follows that Bea would reject it: One."),
        ("characterisation", ["asserts"], "It follows that Bea would agree with it: One."),
        ("characterisation", ["denies"], "It follows that Bea would dispute it: One."),
        (
            "fact",
            ["asserts", "denies"],
            "It follows that Bea would assert it and would also deny it: One. Two.",
        ),
    ],
)
def test_what_follows_is_said_with_what_it_follows_from(kind, stances, expected):
    bases = ["One.", "Two."][: len(stances)]

    assert follows(stances, claim={"kind": kind, "text": "X."}, source=BEA, bases=bases) == expected


# Dates


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        (None, "on an unknown date"),
        ("2023-09-07", "on 7 September 2023"),
        ("2023-09", "in September 2023"),
        ("2023", "in 2023"),
        ("0476", "in the year 476"),
        ("2023-09-07~", "around 7 September 2023"),
        ("2023~", "around 2023"),
        ("2023-09-07?", "possibly on 7 September 2023"),
        ("2023?", "possibly in 2023"),
        ("2023-09%", "possibly around September 2023"),
        ("2023-09-07/2023-09-08", "on 7 or 8 September 2023"),
        ("2023-08-31/2023-09-01", "on 31 August or 1 September 2023"),
        ("2022-12-31/2023-01-01", "on 31 December 2022 or 1 January 2023"),
        ("2023-09-01/2023-09-08", "between 1 and 8 September 2023"),
        ("2023-08-01/2023-09-08", "between 1 August and 8 September 2023"),
        ("2022-09-01/2023-09-08", "between 1 September 2022 and 8 September 2023"),
        ("2023-09-07/2023-09-07", "on 7 September 2023"),
        ("2023-08/2023-09", "between August 2023 and September 2023"),
        ("2022/2023~", "between 2022 and about 2023"),
        ("2022?/2023%", "between possibly 2022 and possibly about 2023"),
        ("../2023-09-07", "on or before 7 September 2023"),
        ("../2023~", "in or before about 2023"),
        ("2023-09/..", "in or after September 2023"),
        ("2023?/..", "possibly in or after 2023"),
    ],
)
def test_a_date_is_in_words(edtf, words):
    assert in_words(edtf) == words


# Documents and chains


def where(*cited, **fields):
    return said(*cited, **fields).partition("2023, ")[2]


def test_where_no_document_is_cited_it_says_so():
    assert said() == "Bea asserted it on 7 September 2023; no document is cited."


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        ("", "according to an article by Trend."),
        ("verbatim", "as quoted in an article by Trend."),
        ("paraphrase", "as paraphrased in an article by Trend."),
        ("reported", "as reported in an article by Trend."),
    ],
)
def test_the_manner_says_how_the_words_are_rendered(manner, expected):
    assert where((a_document("trend"), None, manner)) == expected


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_every_kind_of_document_has_a_name(kind):
    noun = {"other": "document"}.get(kind, kind)
    of = "by" if kind in {"article", "post", "video", "report"} else "of"

    found = where((a_document("court", kind=kind, publisher_kind="authority"), None, ""))

    article = "an" if noun == "article" else "a"
    assert found == f"according to {article} {noun} {of} the Court."


def test_what_an_outlet_prints_of_others_is_published_by_it():
    found = where((a_document("trend", kind="statement"), None, ""))

    assert found == "according to a statement published by Trend."


def test_a_document_without_publisher_goes_by_its_title():
    assert where((a_document("x", by=None), None, "")) == "according to the article “On x”."


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("government-body", "according to a statement of its own."),
        ("group", "according to a statement of their own."),
        ("person", "according to a statement of Bea."),
    ],
)
def test_a_body_that_published_it_is_not_named_twice(kind, expected):
    own = a_document("d", by="Bea", kind="statement", publisher_kind=kind)

    assert where((own, None, ""), source=BEA | {"kind": kind}) == expected


def test_several_origins_that_are_alike_are_named_together():
    cited = [(a_document(slug), None, "") for slug in ("apa", "dw", "trend")]

    assert where(*cited) == "according to articles by Apa, Dw and Trend."


def test_origins_that_differ_are_named_one_by_one():
    cited = [
        (a_document("apa", kind="transcript", publisher_kind="other"), None, "verbatim"),
        (a_document("trend"), None, ""),
    ]

    assert where(*cited) == "as quoted in a transcript of Apa and according to an article by Trend."


def test_who_passed_it_on_is_named_by_date_then_name():
    origin = a_document("apa", kind="readout", publisher_kind="other")
    cited = [
        (origin, None, ""),
        (a_document("zeta", published_to="2023-09-07"), ["apa", "zeta"], ""),
        (a_document("trend", published_to="2023-09-08"), ["apa", "trend"], ""),
        (a_document("dw", published_to="2023-09-08"), ["apa", "dw"], ""),
    ]

    assert where(*cited) == "according to a readout of Apa, passed on by Zeta, Dw and Trend."


def test_what_passed_it_on_without_a_date_comes_last():
    cited = [
        (a_document("apa"), None, ""),
        (a_document("a", published_to=None), ["apa", "a"], ""),
        (a_document("b"), ["apa", "b"], ""),
    ]

    assert where(*cited).endswith("passed on by B and A.")


def test_beyond_three_who_passed_it_on_they_are_counted():
    names = ["a", "b", "c", "d", "e"]
    cited = [(a_document("apa"), None, "")]
    cited += [(a_document(name), ["apa", name], "") for name in names]

    assert where(*cited).endswith("passed on by A, B, C and 2 others.")


def test_one_who_passed_it_on_twice_is_named_once():
    cited = [
        (a_document("apa"), None, ""),
        (a_document("a1", by="Trend"), ["apa", "a1"], ""),
        (a_document("a2", by="Trend"), ["apa", "a1", "a2"], ""),
    ]

    assert where(*cited).endswith(", passed on by Trend.")


def test_an_origin_that_was_published_too_late_to_count_is_still_named():
    origin, relay = a_document("apa", kind="post"), a_document("trend")
    statement = {
        "source": "bea",
        "stance": "asserts",
        "denies_what": "",
        "said": "2023",
        "personal_capacity": False,
        "citations": [{"document": "trend", "chain": ["apa", "trend"], "manner": "verbatim"}],
    }
    found = sentence(
        statement,
        claim={"kind": "fact", "text": "X."},
        sources={"bea": BEA},
        documents={"apa": origin, "trend": relay},
    )

    assert found == "Bea asserted it in 2023, according to a post by Apa, passed on by Trend."


# Names


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and 1 other"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 others"),
    ],
)
def test_three_names_are_listed_and_the_rest_counted(names, words):
    assert listed(names) == words


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Bea", "person", "Bea"),
        ("Ministry of Roads", "government-body", "the Ministry of Roads"),
        ("De facto authorities of Karabakh", "authority", "the de facto authorities of Karabakh"),
        ("Foreign ministry of Karabakh", "government-body", "the foreign ministry of Karabakh"),
        ("Ostrian embassy", "government-body", "the Ostrian embassy"),
        ("Carvanian coast guard", "authority", "the Carvanian coast guard"),
        ("中华人民共和国外交部", "government-body", "中华人民共和国外交部"),
        ("Министерство обороны", "government-body", "Министерство обороны"),
        ("وزارة الخارجية", "government-body", "وزارة الخارجية"),
        ("La Moneda", "government-body", "La Moneda"),
        ("Armenia", "state", "Armenia"),
        ("United States", "state", "the United States"),
        ("European Union", "organisation", "the European Union"),
        ("Amnesty International", "organisation", "Amnesty International"),
        ("Azatutyun", "outlet", "Azatutyun"),
        ("The Economist", "outlet", "the Economist"),
        ("Residents of Karabakh", "group", "Residents of Karabakh"),
    ],
)
def test_a_name_has_its_article_where_english_gives_it_one(name, kind, expected):
    assert named({"name": name, "kind": kind}) == expected


@pytest.mark.parametrize(
    "text", ["道路已经关闭。", "Ճանապարհը փակ է։", "سڑک بند ہے۔", "सड़क बंद है।", "The road is shut."]
)
def test_a_quoted_claim_keeps_no_full_stop_within_the_sentence(text):
    claim = {"slug": "c", "kind": "fact", "text": text}
    statement = {
        **{"source": "bea", "stance": "asserts", "denies_what": "", "said": "2023-09-07"},
        **{"personal_capacity": False, "citations": []},
    }
    bea = {"slug": "bea", "name": "Bea", "kind": "person"}

    found = sentence(statement, claim=claim, sources={"bea": bea}, documents={}, quoted=True)

    assert f"“{text[:-1]}”" in found


def test_a_sentence_begins_with_a_capital():
    ministry = {"slug": "m", "name": "Ministry of Roads", "kind": "government-body"}

    assert act(source=ministry).startswith("The Ministry of Roads asserted it")
