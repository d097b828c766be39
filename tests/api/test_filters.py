import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claimtracker.rest import filters
from tests.api.rows import LISTS, make_world
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
)

pytestmark = pytest.mark.django_db


def found(answer):
    assert answer.status_code == 200, answer.content
    return {row["slug"] for row in answer.json()["results"]}


def test_sources_by_kind(api):
    make_source(slug="yes", kind="outlet")
    make_source(slug="no", kind="person")

    assert found(api("sources/", kind="outlet")) == {"yes"}


@pytest.mark.parametrize("part", ["trix", "TRIX", "Ərəstun", "beat"])
def test_sources_by_a_part_of_a_name_or_an_alias(api, part):
    make_source(slug="yes", name="Ərəstun Beatrix" if part == "Ərəstun" else "B")
    make_source(slug="alias", name="B", aliases=["Bob", "Beatrix Ərəstun"])
    make_source(slug="no", name="Carl", aliases=["{,}"])

    assert "alias" in found(api("sources/", name=part))
    assert "no" not in found(api("sources/", name=part))


@pytest.mark.parametrize("part", ["%", "_", "\\", ",", "{"])
def test_a_part_of_a_name_is_taken_as_it_is(api, part):
    make_source(slug="yes", name=f"A {part} B")
    make_source(slug="no", name="Carl", aliases=["one", "two"])

    assert found(api("sources/", name=part)) == {"yes"}


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        ("", "", True),
        ("2023-09-07", "2023-09-07", True),
        ("2023-09-08", "", False),
        ("2023-09", "", True),
        ("", "2023-09-06", False),
        ("", "2023", True),
        ("2023-09-08/..", "", False),
        ("2023-09-01/..", "", True),
        ("", "../2023-09-06", False),
    ],
)
def test_affiliations_that_may_hold_on_a_day(api, since, until, holds):
    make_affiliation(since=since, until=until)

    assert bool(api("affiliations/", on="2023-09-07").json()["results"]) is holds


def test_affiliations_by_either_end_and_whether_it_speaks_for_it(api):
    wanted = make_affiliation(speaks_for=True)
    make_affiliation(member=wanted.member)
    make_affiliation(body=wanted.body)

    def of(**asked):
        return len(api("affiliations/", **asked).json()["results"])

    assert of(member=wanted.member.slug) == 2
    assert of(body=wanted.body.slug) == 2
    assert of(member=wanted.member.slug, speaks_for="true") == 1
    assert of(speaks_for="false") == 2


def test_documents_by_kind_publisher_and_language(api):
    outlet = make_source(slug="outlet")
    make_document(slug="yes", kind="video", publisher=outlet, language="az")
    make_document(slug="no", kind="post", language="en")

    assert found(api("documents/", kind="video")) == {"yes"}
    assert found(api("documents/", publisher="outlet")) == {"yes"}
    assert found(api("documents/", language="AZ")) == {"yes"}


RANGES = [
    ("2023-09-07", {"from": "2023-09-07", "to": "2023-09-07"}, True),
    ("2023-09-07", {"from": "2023-09-08"}, False),
    ("2023-09-07", {"to": "2023-09-06"}, False),
    ("2023-09", {"from": "2023-09-30"}, True),
    ("2023-09", {"from": "2023-10-01"}, False),
    ("2023-09", {"to": "2023-09-01"}, True),
    ("2023", {"from": "2023-09-07", "to": "2023-09-08"}, True),
    ("2023-09/..", {"from": "2030-01-01"}, True),
    ("../2023-09", {"to": "1990-01-01"}, True),
    ("", {"from": "2000-01-01"}, False),
]


@pytest.mark.parametrize(("date", "asked", "expected"), RANGES)
def test_documents_by_when_they_may_have_been_published(api, date, asked, expected):
    make_document(slug="d", published=date)

    asked = {f"published_{end}": day for end, day in asked.items()}
    assert bool(found(api("documents/", **asked))) is expected


@pytest.mark.parametrize(("date", "asked", "expected"), RANGES)
def test_statements_by_when_they_may_have_been_said(api, date, asked, expected):
    make_statement(said=date)

    asked = {f"said_{end}": day for end, day in asked.items()}
    assert bool(found(api("statements/", **asked))) is expected


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_is_are_days(api, day):
    make_statement(said="2023")

    assert api("statements/", said_from=day).status_code == 200
    assert api("statements/", said_to=day).status_code == 200
    assert api("affiliations/", on=day).status_code == 200


def test_claims_by_kind_topic_and_language(api):
    make_claim(slug="yes", kind="demand", topics=[make_topic(slug="t")], language="en")
    make_claim(slug="no", topics=[make_topic()])

    assert found(api("claims/", kind="demand")) == {"yes"}
    assert found(api("claims/", topic="t")) == {"yes"}
    assert found(api("claims/", language="en")) == {"yes"}


def test_claims_that_are_contested_and_those_that_are_not(api):
    contested, quiet = make_claim(slug="contested"), make_claim(slug="quiet")
    make_statement(claim=contested)
    make_statement(claim=contested, stance="denies")
    make_statement(claim=quiet)

    assert found(api("claims/", contested="true")) == {"contested"}
    assert found(api("claims/", contested="false")) == {"quiet"}


def test_claims_by_source_and_stance_ask_for_one_statement(api):
    bea = make_source(slug="bea")
    claim = make_claim(slug="c")
    make_statement(claim=claim, source=bea, stance="asserts")
    make_statement(claim=claim, stance="denies")

    assert found(api("claims/", source="bea")) == {"c"}
    assert found(api("claims/", stance="denies")) == {"c"}
    assert found(api("claims/", source="bea", stance="denies")) == set()


def test_a_filter_on_statements_leaves_the_tally_as_it_is(api):
    bea, claim = make_source(slug="bea"), make_claim()
    make_statement(claim=claim, source=bea)
    make_statement(claim=claim, stance="denies")

    [row] = api("claims/", source="bea").json()["results"]

    assert row["tally"] == {"asserts": 1, "denies": 1}


def test_statements_by_what_they_are_about(api):
    topic = make_topic(slug="t")
    claim = make_claim(slug="c", topics=[topic, make_topic()])
    make_statement(slug="yes", claim=claim, source=make_source(slug="bea"))
    make_statement(slug="no")

    assert found(api("statements/", claim="c")) == {"yes"}
    assert found(api("statements/", topic="t")) == {"yes"}
    assert found(api("statements/", source="bea")) == {"yes"}


def test_statements_by_how_they_were_made(api):
    make_statement(slug="yes", stance="denies", denies_what="fact", personal_capacity=True)
    make_statement(slug="no")

    assert found(api("statements/", stance="denies")) == {"yes"}
    assert found(api("statements/", denies_what="fact")) == {"yes"}
    assert found(api("statements/", personal_capacity="true")) == {"yes"}
    assert found(api("statements/", personal_capacity="false")) == {"no"}


def test_statements_by_where_they_were_read(api):
    make_citation(statement=make_statement(slug="yes"), document=make_document(slug="d"))
    make_citation(statement=make_statement(slug="elsewhere"))
    make_statement(slug="nowhere")

    assert found(api("statements/", document="d")) == {"yes"}
    assert found(api("statements/", has_citation="true")) == {"yes", "elsewhere"}
    assert found(api("statements/", has_citation="false")) == {"nowhere"}


def test_relations_by_kind_and_by_the_claim_at_either_end(api):
    claim = make_claim(slug="c")
    make_relation(from_claim=claim, kind="implies")
    make_relation(to_claim=claim, kind="negates")
    make_relation()

    assert len(api("relations/", claim="c").json()["results"]) == 2
    assert len(api("relations/", kind="implies").json()["results"]) == 1


def test_topics_of_a_claim(api):
    make_claim(slug="c", topics=[make_topic(slug="yes")])
    make_claim(topics=[make_topic(slug="no")])

    assert found(api("topics/", claim="c")) == {"yes"}


def test_the_slug_of_a_merged_source_means_its_survivor(api):
    survivor = make_source(slug="survivor")
    make_source(slug="old", review_state="retired", merged_into=survivor)
    make_statement(slug="said", source=survivor)

    assert found(api("statements/", source="old")) == {"said"}


@pytest.fixture
def ministry():
    """Return a state for which a ministry speaks, and for that Carl while he is its minister."""
    state, body = make_source(slug="state"), make_source(slug="ministry")
    make_affiliation(member=body, body=state, role="part", speaks_for=True)
    carl = make_source(slug="carl")
    make_affiliation(
        member=carl, body=body, role="minister", since="2023-02", until="2023-08", speaks_for=True
    )
    make_affiliation(member=carl, body=make_source(slug="club"), role="member", speaks_for=False)
    return {"state": state, "ministry": body, "carl": carl}


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("2023-05-01", True),
        ("2023-01-31", False),
        ("2023-01-31/2023-02-02", True),
        ("2023-08-31", True),
        ("2023-09-01", False),
        ("2023", True),
        ("../2023-05", True),
        ("2023-05/..", False),
        ("", False),
    ],
)
def test_statements_that_count_as_said_by_a_body(api, ministry, said, counts):
    make_statement(slug="said", source=ministry["carl"], said=said)
    expected = {"said"} if counts else set()

    assert found(api("statements/", body="ministry")) == expected
    assert found(api("statements/", body="state")) == expected
    assert found(api("statements/", body="carl")) == {"said"}
    assert found(api("statements/", body="club")) == set()


def test_what_is_said_in_a_personal_capacity_is_nobody_elses(api, ministry):
    make_statement(source=ministry["carl"], said="2023-05", personal_capacity=True)

    assert found(api("statements/", body="ministry")) == set()


def test_a_body_that_is_not_public_speaks_for_nobody(api, ministry):
    make_statement(slug="said", source=ministry["carl"], said="2023-05")
    ministry["ministry"].review_state = "retired"
    ministry["ministry"].save()

    assert found(api("statements/", body="state")) == set()


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2999-01-01"}])
def test_claims_by_what_one_statement_on_them_is(api, ministry, clock):
    claim = make_claim(slug="c")
    make_statement(claim=claim, source=ministry["carl"], stance="denies", said="2023-05-01")
    make_statement(claim=claim, stance="asserts", said="2024-01-01")

    assert found(api("claims/", body="state", **clock)) == {"c"}
    assert found(api("claims/", body="state", stance="denies", **clock)) == {"c"}
    assert found(api("claims/", body="state", stance="asserts", **clock)) == set()
    assert found(api("claims/", said_from="2023-12-01", **clock)) == {"c"}
    assert found(api("claims/", said_to="2023-04-30", **clock)) == set()
    assert found(api("claims/", said_from="2023-12-01", stance="denies", **clock)) == set()
    asked = {"source": "carl", "said_from": "2023-05-01", "said_to": "2023-05-01"}
    assert found(api("claims/", **asked, **clock)) == {"c"}


@pytest.mark.parametrize("clock", [{}, {"said_by": "2998-01-01"}])
def test_claims_by_how_contested_they_are(api, clock):
    for slug, asserting, denying in [("a", 3, 0), ("b", 1, 1), ("c", 2, 3), ("d", 9, 1)]:
        claim = make_claim(slug=slug)
        for stance, times in (("asserts", asserting), ("denies", denying)):
            for _ in range(times):
                make_statement(claim=claim, stance=stance, said="2023")

    rows = api("claims/", ordering="-contest", **clock).json()["results"]

    assert [row["slug"] for row in rows] == ["c", "d", "b", "a"]


def test_statements_by_their_claim(api):
    contested = make_claim(kind="demand")
    make_statement(slug="yes", claim=contested)
    make_statement(slug="no", claim=contested, stance="denies")
    make_statement(slug="other")

    assert found(api("statements/", kind="demand")) == {"yes", "no"}
    assert found(api("statements/", contested="true")) == {"yes", "no"}
    assert found(api("statements/", contested="false")) == {"other"}


def test_statements_by_one_document_they_were_read_in(api):
    outlet = make_source(slug="outlet")
    said = make_statement(slug="said")
    make_citation(
        statement=said,
        document=make_document(publisher=outlet, published="2023-05-01"),
        manner="verbatim",
        language="en",
        quote="No.",
    )
    make_citation(statement=said, document=make_document(slug="d", published="2024"))

    assert found(api("statements/", publisher="outlet")) == {"said"}
    assert found(api("statements/", publisher="outlet", published_to="2023-05-01")) == {"said"}
    assert found(api("statements/", publisher="outlet", published_from="2023-05-02")) == set()
    assert found(api("statements/", document="d", publisher="outlet")) == set()
    assert found(api("statements/", manner="verbatim", language="EN")) == {"said"}


def test_a_document_that_is_not_public_finds_no_statement(api):
    outlet = make_source(slug="outlet")
    document = make_document(publisher=outlet, published="2023", review_state="draft")
    make_citation(document=document)

    assert found(api("statements/", publisher="outlet")) == set()
    assert found(api("statements/", published_from="2022-01-01")) == set()


def test_statements_by_a_part_of_their_occasion(api):
    make_statement(slug="yes", occasion="UN Security Council, 9397th meeting")
    make_statement(slug="no")

    assert found(api("statements/", occasion="security council")) == {"yes"}


def test_documents_by_what_they_are(api):
    sha256 = "a" * 64
    make_document(
        slug="yes", title="Readout", url="https://example.org/1", sha256=sha256, retracted="2024"
    )
    make_document(slug="no", title="Post", url="https://example.org/2")

    assert found(api("documents/", title="READ")) == {"yes"}
    assert found(api("documents/", link="https://example.org/1")) == {"yes"}
    assert found(api("documents/", sha256=sha256.upper())) == {"yes"}
    assert found(api("documents/", retracted="true")) == {"yes"}
    assert found(api("documents/", retracted="false")) == {"no"}


def test_sources_by_their_identifier_in_wikidata(api):
    make_source(slug="yes", wikidata_id="Q1")
    make_source(slug="no", wikidata_id="Q11")

    assert found(api("sources/", wikidata_id="Q1")) == {"yes"}


def test_relations_by_a_topic_of_either_claim(api):
    claim = make_claim(topics=[make_topic(slug="t")])
    make_relation(from_claim=claim)
    make_relation(to_claim=claim)
    make_relation()

    assert len(api("relations/", topic="t").json()["results"]) == 2


def test_sources_by_a_part_of_their_description(api):
    make_source(slug="yes", description="Foreign minister since 2020")
    make_source(slug="no")

    assert found(api("sources/", description="FOREIGN")) == {"yes"}


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(("date", "asked", "expected"), RANGES)
def test_affiliations_by_when_they_may_have_begun_and_ended(api, name, date, asked, expected):
    make_affiliation(**{name: date})

    asked = {f"{name}_{end}": day for end, day in asked.items()}
    assert bool(api("affiliations/", **asked).json()["results"]) is expected


@pytest.mark.parametrize(("date", "asked", "expected"), RANGES)
def test_documents_by_when_they_may_have_been_taken_back(api, date, asked, expected):
    make_document(slug="d", retracted=date)

    asked = {f"retracted_{end}": day for end, day in asked.items()}
    assert bool(found(api("documents/", **asked))) is expected


def test_documents_by_when_they_were_retrieved(api):
    make_document(slug="yes", retrieved="2023-09-07")
    make_document(slug="later", retrieved="2023-09-08")
    make_document(slug="unknown")

    assert found(api("documents/", retrieved_to="2023-09-07")) == {"yes"}
    assert found(api("documents/", retrieved_from="2023-09-08")) == {"later"}


def test_documents_by_the_copy_that_is_kept(api):
    copy = "https://web.archive.org/web/1/https://example.org/1"
    make_document(slug="yes", archived_url=copy)
    make_document(slug="no")

    assert found(api("documents/", archived_url=copy)) == {"yes"}


@pytest.mark.parametrize("clock", [{}, {"said_by": "2998-01-01"}, {"recorded_by": "2998-01-01"}])
@pytest.mark.parametrize("part", ["ROAD", "100%", "ELI"])
def test_claims_by_a_part_of_their_text(api, part, clock):
    make_claim(slug="yes", text="The road is 100% shut, Əli.")
    make_claim(slug="no", text="The bridge is 100 m long.")

    assert found(api("claims/", text=part, **clock)) == {"yes"}


def test_statements_by_a_part_of_their_note(api):
    make_statement(slug="yes", note="Through an interpreter")
    make_statement(slug="no")

    assert found(api("statements/", note="INTERPRETER")) == {"yes"}


def test_statements_by_a_part_of_a_quote_or_its_translation(api):
    for slug, said in [
        ("quote", {"quote": "The road is open."}),
        ("translation", {"quote": "Yol açıqdır.", "language": "az", "translation": "Road: open."}),
        ("no", {"quote": "It is shut."}),
    ]:
        make_citation(statement=make_statement(slug=slug), **said)

    assert found(api("statements/", quote="ROAD")) == {"quote", "translation"}


def test_statements_by_what_a_document_calls_their_source(api):
    make_citation(statement=make_statement(slug="yes"), as_named="Official Baku")
    make_statement(slug="no")

    assert found(api("statements/", as_named="baku")) == {"yes"}


def test_statements_by_the_document_that_another_took_them_from(api):
    said = make_statement(slug="yes")
    origin = make_citation(statement=said, document=make_document(slug="origin"))
    make_citation(statement=said, document=make_document(slug="passed-on"), via=origin)

    assert found(api("statements/", via="origin")) == {"yes"}
    assert found(api("statements/", via="origin", document="passed-on")) == {"yes"}
    assert found(api("statements/", via="origin", document="origin")) == set()
    assert found(api("statements/", via="passed-on")) == set()


@pytest.mark.parametrize(
    ("name", "value", "asked"),
    [
        ("prefix", "He said:", "he SAID"),
        ("suffix", "he added.", "Added"),
        ("locator", "paragraph 7", "PARA"),
        ("note", "from the stenogram", "Steno"),
    ],
)
def test_statements_by_what_stands_beside_a_quote(api, name, value, asked):
    make_citation(statement=make_statement(slug="yes"), quote="No.", **{name: value})
    make_citation(statement=make_statement(slug="no", note=value), quote="No.")
    parameter = "citation_note" if name == "note" else name

    assert found(api("statements/", **{parameter: asked})) == {"yes"}


def test_statements_by_the_title_and_the_address_of_a_document(api):
    document = make_document(title="Weekly Briefing", url="https://example.org/1")
    make_citation(statement=make_statement(slug="yes"), document=document)
    make_citation(statement=make_statement(slug="no"))

    assert found(api("statements/", title="briefing")) == {"yes"}
    assert found(api("statements/", link="https://example.org/1")) == {"yes"}
    assert found(api("statements/", link="https://example.org/1", title="Else")) == set()


def test_statements_by_their_order_on_a_day(api):
    for order in (0, 1, 2):
        make_statement(slug=f"at-{order}", order=order)

    assert found(api("statements/", order_min="1")) == {"at-1", "at-2"}
    assert found(api("statements/", order_max="0")) == {"at-0"}
    assert found(api("statements/", order_min="1", order_max="1")) == {"at-1"}


@pytest.mark.parametrize(
    "clock", [{}, {"said_by": "2998-01-01"}, {"recorded_by": "2998-01-01"}], ids=str
)
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"asserts_min": "1"}, {"torn", "held"}),
        ({"asserts_min": "2"}, {"torn"}),
        ({"asserts_max": "0"}, {"quiet", "questioned"}),
        ({"denies_min": "1"}, {"torn"}),
        ({"denies_max": "0", "asserts_min": "1"}, {"held"}),
        ({"statements_min": "3"}, {"torn"}),
        ({"statements_max": "0"}, {"quiet"}),
        ({"statements_min": "1", "statements_max": "1"}, {"held", "questioned"}),
        ({"first_said_from": "2023-02-01"}, {"held", "questioned"}),
        ({"first_said_to": "2023-01-31"}, {"torn"}),
        ({"last_said_from": "2023-03-31"}, {"torn", "questioned"}),
        ({"last_said_to": "2023-03-30"}, {"held"}),
        ({"last_said_to": "9999-12-31"}, {"torn", "held", "questioned"}),
    ],
)
def test_claims_by_their_figures(api, asked, expected, clock):
    torn = make_claim(slug="torn")
    make_statement(claim=torn, stance="asserts", said="2023-01-31")
    make_statement(claim=torn, stance="asserts", said="2023-02")
    make_statement(claim=torn, stance="denies", said="2023-03")
    make_statement(claim=make_claim(slug="held"), stance="asserts", said="2023-02")
    make_statement(claim=make_claim(slug="questioned"), stance="questions", said="2024")
    make_claim(slug="quiet")

    answered = found(api("claims/", **asked, **clock))

    assert answered == expected


@pytest.mark.parametrize("asked", [{"quote": "open"}, {"as_named": "Baku"}, {"title": "Draft"}])
def test_what_stands_in_a_document_that_is_not_public_finds_no_statement(api, asked):
    draft = make_document(review_state="draft", title="Draft")
    make_citation(document=draft, quote="It is open.", as_named="Baku")

    assert found(api("statements/", **asked)) == set()


def test_relations_by_their_ends_and_what_they_rest_on(api):
    first, second = make_claim(slug="first"), make_claim(slug="second")
    make_relation(from_claim=first, kind="implies", to_claim=second, rationale="There is one road.")

    def of(**asked):
        return len(api("relations/", **asked).json()["results"])

    assert of(from_claim="first") == of(to_claim="second") == of(rationale="ONE ROAD") == 1
    assert of(from_claim="second") == of(to_claim="first") == of(rationale="two") == 0


# What is worked out


@pytest.fixture
def positions(api):
    """Make Bea hold something of four claims, and return of which for what is asked for.

    She holds “road-open” only because she holds that the road is shut.
    """
    bea = make_source(slug="bea")
    shut = make_claim(slug="road-shut", topics=[make_topic(slug="roads")])
    make_relation(
        from_claim=shut, to_claim=make_claim(slug="road-open", topics=[*shut.topics.all()])
    )
    make_statement(source=bea, claim=shut, stance="asserts", said="2023-01-01")
    make_statement(source=bea, claim=shut, stance="asserts", said="2023-03")
    demand = make_claim(slug="open-it", kind="demand")
    make_statement(source=bea, claim=demand, stance="denies", said="2024")
    make_statement(source=bea, claim=demand, stance="asserts", said="2024-02-01")
    make_statement(source=bea, claim=make_claim(slug="undated"), stance="denies")

    def of(**asked):
        answer = api("sources/bea/positions/", **asked)
        assert answer.status_code == 200, answer.content
        return [row["claim"] for row in answer.json()["results"]]

    return of


POSITIONS = [
    ({"claim": "road-shut"}, ["road-shut"]),
    ({"kind": "demand"}, ["open-it"]),
    ({"topic": "roads"}, ["road-open", "road-shut"]),
    ({"stance": "asserts"}, ["road-shut"]),
    ({"stance": "denies", "order_uncertain": "false"}, ["road-open", "undated"]),
    ({"order_uncertain": "true"}, ["open-it"]),
    ({"since_to": "2023-01-01"}, ["road-open", "road-shut"]),
    ({"since_from": "2023-01-02", "since_to": "2023-12-31"}, []),
    ({"said_from": "2023-03-31", "said_to": "2023-12-31"}, ["road-open", "road-shut"]),
    ({"said_to": "2023-02-28"}, []),
]


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
@pytest.mark.parametrize(("asked", "expected"), POSITIONS)
def test_positions_of_a_source_with_those_that_follow(positions, asked, expected, clock):
    assert positions(derived="true", **asked, **clock) == expected


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
@pytest.mark.parametrize(("asked", "expected"), POSITIONS)
def test_positions_of_a_source(positions, asked, expected, clock):
    assert positions(**asked, **clock) == [slug for slug in expected if slug != "road-open"]


def test_a_claim_that_is_not_public_is_none_to_ask_positions_of(api):
    make_source(slug="bea")
    make_claim(slug="draft", review_state="draft")

    assert api("sources/bea/positions/", claim="draft").status_code == 400


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
def test_positions_that_only_follow(positions, clock):
    assert positions(derived="only", **clock) == ["road-open"]
    assert positions(derived="only", stance="asserts", **clock) == []


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
@pytest.mark.parametrize("derived", ["true", "false"])
def test_positions_by_the_statement_that_decides(positions, api, derived, clock):
    rows = api("sources/bea/positions/", claim="open-it").json()["results"]

    assert positions(statement=rows[0]["statement"], derived=derived, **clock) == ["open-it"]


def test_positions_that_a_source_contradicts_itself_with(api):
    bea, open_road = make_source(slug="bea"), make_claim(slug="road-open")
    shut = make_claim(slug="road-shut")
    make_relation(from_claim=shut, to_claim=open_road)
    for claim in (shut, open_road, make_claim(slug="other")):
        make_statement(source=bea, claim=claim, stance="asserts")

    def of(**asked):
        answer = api("sources/bea/positions/", derived="true", **asked)
        return [row["claim"] for row in answer.json()["results"]]

    assert of(inconsistent="true") == ["road-open", "road-shut"]
    assert of(inconsistent="false") == ["other"]


@pytest.mark.parametrize("asked", [{}, {"derived": "false"}])
def test_whether_it_contradicts_itself_is_only_asked_with_what_follows(api, asked):
    make_source(slug="bea")

    answer = api("sources/bea/positions/", inconsistent="true", **asked)

    assert answer.status_code == 400
    assert "add derived=true" in answer.json()["errors"]["inconsistent"][0]


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"statement": "was"}, {"minister"}),
        ({"statement": "is"}, {"minister"}),
        ({"before_from": "2023-04-02"}, {"carl"}),
        ({"before_to": "2023-04-01"}, {"minister"}),
        ({"body": "ministry"}, {"minister"}),
        ({"stance": "denies"}, {"minister"}),
        ({"stance": "asserts"}, {"carl"}),
        ({"order_uncertain": "true"}, {"carl"}),
        ({"order_uncertain": "false"}, {"minister"}),
        ({"said_from": "2023-05-02"}, {"carl"}),
        ({"said_to": "2023-05-01"}, {"minister"}),
        ({"said_to": "2023-04-30"}, set()),
    ],
)
def test_flips_by_the_statement_that_they_turned_with(api, asked, expected, clock):
    minister, claim = make_source(slug="minister"), make_claim()
    make_affiliation(
        member=minister, body=make_source(slug="ministry"), since="2023-05", speaks_for=True
    )
    make_statement(slug="was", source=minister, claim=claim, stance="asserts", said="2023-04-01")
    make_statement(slug="is", source=minister, claim=claim, stance="denies", said="2023-05-01")
    carl = make_source(slug="carl")
    make_statement(source=carl, claim=claim, stance="denies", said="2024-02-01/2024-02-03")
    make_statement(source=carl, claim=claim, stance="asserts", said="2024-02-02/2024-02-05")

    rows = api("flips/", **asked, **clock).json()["results"]

    assert {row["source"] for row in rows} == expected


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
def test_agreement_over_the_claims_of_a_topic(api, clock):
    bea, carl = make_source(slug="bea"), make_source(slug="carl")
    for claim, stance in [
        (make_claim(topics=[make_topic(slug="roads")]), "asserts"),
        (make_claim(), "denies"),
    ]:
        make_statement(source=bea, claim=claim, stance="asserts")
        make_statement(source=carl, claim=claim, stance=stance)

    [row] = api("sources/bea/agreement/", topic="roads", **clock).json()["results"]

    assert (row["source"], row["agree"], row["differ"], row["shared"]) == ("carl", 1, 0, 1)


@pytest.fixture
def agreement(api):
    """Make Bea hold three claims and others the same or not, and return with whom is found."""
    claims = [make_claim() for _ in range(3)]
    for slug, stances in {
        "bea": ["asserts", "asserts", "asserts"],
        "anna": ["asserts", "asserts", "denies"],
        "carl": ["asserts"],
        "dora": ["denies", "denies"],
    }.items():
        source = make_source(slug=slug, name=slug.capitalize())
        for claim, stance in zip(claims, stances, strict=False):
            make_statement(source=source, claim=claim, stance=stance)

    def of(**asked):
        answer = api("sources/bea/agreement/", **asked)
        assert answer.status_code == 200, answer.content
        return [row["source"] for row in answer.json()["results"]]

    return of


@pytest.mark.parametrize("clock", [{}, {"recorded_by": "2998-01-01"}])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["anna", "dora", "carl"]),
        ({"name": "AR"}, ["carl"]),
        ({"agree_min": "1"}, ["anna", "carl"]),
        ({"agree_max": "1"}, ["dora", "carl"]),
        ({"differ_min": "1", "differ_max": "1"}, ["anna"]),
        ({"differ_max": "0"}, ["carl"]),
        ({"shared_min": "2"}, ["anna", "dora"]),
        ({"shared_max": "1"}, ["carl"]),
        ({"ordering": "-shared"}, ["anna", "dora", "carl"]),
        ({"ordering": "shared"}, ["carl", "dora", "anna"]),
        ({"ordering": "-agree"}, ["anna", "carl", "dora"]),
        ({"ordering": "-differ"}, ["dora", "anna", "carl"]),
        ({"ordering": "-ratio"}, ["carl", "anna", "dora"]),
        ({"ordering": "ratio", "agree_min": "1"}, ["anna", "carl"]),
    ],
)
def test_agreement_by_its_figures(agreement, asked, expected, clock):
    assert agreement(**asked, **clock) == expected


def test_sources_that_share_as_much_are_in_order_of_their_slugs(api):
    claim = make_claim()
    for slug in ("bea", "dora", "anna", "carl"):
        make_statement(source=make_source(slug=slug), claim=claim)

    rows = api("sources/bea/agreement/").json()["results"]

    assert [row["source"] for row in rows] == ["anna", "carl", "dora"]


# Which fields of each row

ROWS = [*(f"{name}/" for name in LISTS), "sources/bea/positions/", "sources/bea/agreement/"]


@pytest.mark.parametrize("reader", ["nobody", "ada"])
@pytest.mark.parametrize("address", [*ROWS, "flips/", "claims/?said_by=2998-01-01"])
def test_only_the_fields_that_are_asked_for_are_told(api, request, address, reader):
    if reader == "ada":
        request.getfixturevalue("ada")
    make_world()
    whole = api(address).json()["results"]
    names = list(whole[0])[1:3] if whole else ["source", "claim"]
    mark = "&" if "?" in address else "?"

    some = api(f"{address}{mark}fields={names[1]},{names[0]}").json()["results"]

    assert some == [{name: row[name] for name in names} for row in whole]
    assert all(list(row) == names for row in some)


@pytest.mark.parametrize("address", [*ROWS, "flips/", "claims/?said_by=2998-01-01"])
def test_a_field_that_rows_do_not_have_is_refused_with_those_they_have(api, address):
    make_world()
    mark = "&" if "?" in address else "?"

    answer = api(f"{address}{mark}fields=slug,source__user__password")

    assert answer.status_code == 400
    [told] = answer.json()["errors"]["fields"]
    assert "“source__user__password”" in told
    assert "Known are: " in told


def test_what_only_editors_see_is_no_field_for_others(api):
    make_claim()

    answer = api("claims/", fields="version")

    assert answer.status_code == 400
    assert "review_state" not in answer.json()["errors"]["fields"][0]


@pytest.mark.parametrize("address", ROWS)
@pytest.mark.parametrize("walk", ["source__user__password", "pk", "id", "claim__topics__name"])
def test_nothing_is_ordered_or_found_by_what_rows_are_related_to(api, address, walk):
    make_world()

    assert api(address, ordering=walk).status_code == 400
    assert api(address, **{walk: "x"}).status_code == 400


OF_A_CITATION = {
    "quote": "zzz",
    "title": "zzz",
    "locator": "zzz",
    "as_named": "zzz",
    "citation_note": "zzz",
    "prefix": "zzz",
    "suffix": "zzz",
    "language": "zz",
}
OF_A_STATEMENT = {"occasion": "zzz", "note": "zzz"}


def asked_of(api, **parameters):
    """Return what is found, and the queries that it took."""
    with CaptureQueriesContext(connection) as captured:
        answer = api("statements/", **parameters)
    return found(answer), [query["sql"] for query in captured]


@pytest.mark.parametrize("name", [*OF_A_CITATION, *OF_A_STATEMENT])
def test_a_text_that_nothing_has_is_looked_for_before_statements_are_put_in_order(api, name):
    make_citation(quote="It is open.")

    rows, queries = asked_of(api, **{name: (OF_A_CITATION | OF_A_STATEMENT)[name]})

    assert rows == set()
    assert len(queries) == 1 and "ORDER BY" not in queries[0]


@pytest.mark.parametrize("others", [{}, {"stance": "asserts", "manner": "verbatim"}])
def test_a_text_that_few_have_is_found_with_what_else_is_asked_for(api, others):
    for slug, quote, stance in [
        ("yes", "The lighthouse is open.", "asserts"),
        ("denied", "The lighthouse is open.", "denies"),
        ("no", "The road is open.", "asserts"),
    ]:
        statement = make_statement(slug=slug, stance=stance)
        make_citation(statement=statement, quote=quote, manner="verbatim")

    rows, queries = asked_of(api, quote="lighthouse", **others)

    assert rows == ({"yes"} if others else {"yes", "denied"})
    assert len(queries) == 2


@pytest.mark.parametrize("few", [0, 1, 2, 3])
@pytest.mark.parametrize("asked", [{"quote": "open"}, {"note": "aside"}])
def test_as_many_are_found_whether_those_with_a_text_are_few_or_not(api, monkeypatch, few, asked):
    monkeypatch.setattr(filters, "FEW", few)
    for number in range(2):
        statement = make_statement(slug=f"yes-{number}", note="An aside.")
        make_citation(statement=statement, quote="It is open.")
        make_citation(statement=statement, quote="Open.")
    make_citation(quote="It is shut.")

    assert found(api("statements/", **asked)) == {"yes-0", "yes-1"}
