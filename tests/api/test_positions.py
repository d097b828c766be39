"""Who holds what, on the three clocks, as the API answers it."""

import pytest

from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    settle,
)

pytestmark = pytest.mark.django_db

ABOUT_A_CLAIM = ["claims/{}/positions/", "claims/{}/timeline/"]
ABOUT_A_SOURCE = ["sources/{}/positions/", "sources/{}/agreement/"]


def make_quarrel():
    """Make a claim that Bea asserts, then denies, and that Carl, for his ministry, asserts."""
    claim = make_claim(slug="shut", text="The road is shut.", topics=[make_topic(slug="roads")])
    other = make_claim(slug="open", text="The road is open.")
    make_relation(from_claim=claim, kind="contradicts", to_claim=other)
    bea = make_source(slug="bea", name="Bea")
    carl = make_source(slug="carl", name="Carl")
    ministry = make_source(slug="ministry", name="Ministry of Roads", kind="government-body")
    make_affiliation(member=carl, body=ministry, speaks_for=True)
    for slug, source, stance, said in (
        ("bea-1", bea, "asserts", "2023-09-01"),
        ("bea-2", bea, "denies", "2023-09-03"),
        ("bea-3", bea, "comments", "2023-09-04"),
        ("carl-1", carl, "asserts", "2023-09-02"),
        ("dora-1", make_source(slug="dora", name="Dora"), "questions", "2023-09-02"),
    ):
        statement = make_statement(slug=slug, claim=claim, source=source, stance=stance, said=said)
        make_citation(statement=statement, document=make_document(published=said))
    return claim


def held(answer):
    return [(each["source"], each["stance"]) for each in answer["positions"]]


# One claim


def test_a_claim_has_each_position_with_the_statement_that_decides(api):
    make_quarrel()

    answer = api("claims/shut/positions/").json()

    assert held(answer) == [("carl", "asserts"), ("bea", "denies")]
    assert answer["positions"][1]["statement"]["slug"] == "bea-2"
    assert answer["positions"][1]["since"] == "2023-09-03"


def test_what_was_said_later_without_turning_round_stands_under_later(api):
    make_quarrel()

    [later] = api("claims/shut/positions/").json()["positions"][1]["later"]

    assert (later["statement"], later["stance"]) == ("bea-3", "comments")


def test_who_spoke_and_holds_nothing_is_among_the_others(api):
    make_quarrel()

    [other] = api("claims/shut/positions/").json()["others"]

    assert (other["source"], other["stance"], other["statement"]) == ("dora", "questions", "dora-1")


def test_the_tally_counts_what_is_listed(api):
    make_quarrel()

    answer = api("claims/shut/positions/").json()

    assert answer["contested"] is True
    assert answer["tally"] == {
        "asserts": 1,
        "denies": 1,
        "derived": {"asserts": 0, "denies": 0},
        "documents": 2,
        "origins": 2,
    }


def test_what_was_said_after_the_day_is_left_out(api):
    make_quarrel()

    answer = api("claims/shut/positions/", said_by="2023-09-02").json()

    assert held(answer) == [("bea", "asserts"), ("carl", "asserts")]
    assert answer["contested"] is False


def test_what_was_published_after_the_day_is_left_out(api):
    make_quarrel()

    answer = api("claims/shut/positions/", public_by="2023-09-01").json()

    assert held(answer) == [("bea", "asserts")]


def test_the_answer_says_on_which_clocks_it_is(api):
    make_quarrel()

    asked = {"said_by": "2023-09-02", "public_by": "2023-09-03", "recorded_by": "2999-01-01"}

    assert api("claims/shut/positions/", **asked).json()["clocks"] == asked


def test_a_moment_is_answered_in_utc(api):
    make_claim(slug="shut")

    answer = api("claims/shut/positions/", recorded_by="2999-01-01T03:00+04:00").json()

    assert answer["clocks"]["recorded_by"] == "2998-12-31T23:00:00Z"


def test_what_follows_is_shown_only_where_it_is_asked_for(api):
    make_quarrel()

    assert held(api("claims/open/positions/").json()) == []
    assert held(api("claims/open/positions/", derived="false").json()) == []
    answer = api("claims/open/positions/", derived="true").json()

    assert held(answer) == [("carl", "denies")]
    assert answer["tally"]["denies"] == 0
    assert answer["tally"]["derived"] == {"asserts": 0, "denies": 1}


def test_what_follows_has_its_proof_down_to_the_statement(api):
    make_quarrel()

    [derived] = api("claims/open/positions/", derived="true").json()["positions"]

    assert derived["because"] == [
        {"relation": "contradicts", "claim": "shut", "stance": "asserts", "statement": "carl-1"}
    ]
    assert derived["sentence"].startswith(
        "It follows that Carl would deny it: Carl asserted that “The road is shut” on 2 September"
    )


def test_bodies_are_shown_only_where_they_are_asked_for(api):
    make_quarrel()

    assert api("claims/shut/positions/").json()["bodies"] == []
    answer = api("claims/shut/positions/", roll_up="true").json()

    assert [each["body"] for each in answer["bodies"]] == ["bea", "ministry"]
    assert answer["bodies"][1]["members"][0]["path"] == ["carl", "ministry"]
    assert answer["contested_between_bodies"] is True


def test_the_timeline_has_every_statement_and_where_a_source_turned_round(api):
    make_quarrel()

    events = api("claims/shut/timeline/").json()["events"]

    assert [each["statement"] for each in events] == ["bea-1", "carl-1", "dora-1", "bea-2", "bea-3"]
    assert [each["statement"] for each in events if each["flip"]] == ["bea-2"]


def test_the_timeline_stops_where_the_clock_stands(api):
    make_quarrel()

    events = api("claims/shut/timeline/", said_by="2023-09-01").json()["events"]

    assert [each["statement"] for each in events] == ["bea-1"]


# One source


def test_a_source_has_a_row_a_claim_with_a_sentence_that_quotes_it(api):
    make_quarrel()

    [row] = api("sources/carl/positions/").json()["results"]

    assert (row["claim"], row["stance"], row["statement"]) == ("shut", "asserts", "carl-1")
    assert row["sentence"].startswith("Carl asserted that “The road is shut” on 2 September 2023")


def test_what_follows_for_a_source_is_among_its_positions_where_it_is_asked_for(api):
    make_quarrel()

    rows = api("sources/carl/positions/", derived="true").json()["results"]

    assert [(row["claim"], row["stance"], row["derived"]) for row in rows] == [
        ("open", "denies", True),
        ("shut", "asserts", False),
    ]
    assert rows[0]["sentence"].startswith(
        "It follows that Carl would deny that “The road is open”: Carl asserted that “The road is"
    )


def test_a_row_has_the_same_keys_whether_or_not_what_follows_is_asked_for(api):
    make_quarrel()

    [plain] = api("sources/bea/positions/").json()["results"]
    [among] = api("sources/bea/positions/", derived="true").json()["results"]

    # Whether it is inconsistent is not known before what follows was worked out.
    assert plain == among | {"inconsistent": None}
    assert among["inconsistent"] is False


def test_proofs_that_disagree_are_all_in_the_sentence(api):
    target, source = make_claim(slug="t", text="It rains."), make_source(slug="bea", name="Bea")
    for slug, kind in (("a", "implies"), ("b", "contradicts")):
        premise = make_claim(slug=slug, text=f"{slug} is so.")
        make_relation(from_claim=premise, kind=kind, to_claim=target)
        make_statement(claim=premise, source=source)

    rows = api("sources/bea/positions/", derived="true").json()["results"]
    row = next(each for each in rows if each["claim"] == "t")

    assert (row["stance"], row["statement"]) == ("conflicting", None)
    assert row["sentence"].startswith(
        "It follows that Bea would assert that “It rains” and would also deny that “It rains”: "
    )


def test_those_who_share_most_come_first(api):
    bea = make_source(slug="bea")
    close, far = make_source(slug="zoe"), make_source(slug="al")
    for n, source in enumerate([close, close, far]):
        claim = make_claim()
        make_statement(claim=claim, source=bea)
        make_statement(claim=claim, source=source, stance="denies" if n else "asserts")

    assert api("sources/bea/agreement/").json()["results"] == [
        {
            **{"source": "zoe", "name": close.name, "agree": 1, "differ": 1, "shared": 2},
            "caution": "Based on 2 claims only",
        },
        {
            **{"source": "al", "name": far.name, "agree": 0, "differ": 1, "shared": 1},
            "caution": "Based on 1 claim only",
        },
    ]


@pytest.mark.parametrize(("many", "caution"), [(4, "Based on 4 claims only"), (5, None)])
def test_agreement_says_how_little_it_rests_on(api, many, caution):
    one, other = make_source(slug="one"), make_source()
    for _ in range(many):
        claim = make_claim()
        make_statement(claim=claim, source=one, stance="asserts")
        make_statement(claim=claim, source=other, stance="asserts")
    settle()

    [row] = api("sources/one/agreement/").json()["results"]
    assert (row["shared"], row["caution"]) == (many, caution)


def test_agreement_with_one_source_is_one_row(api):
    make_quarrel()

    rows = api("sources/bea/agreement/", **{"with": "carl"}).json()["results"]

    assert [row["source"] for row in rows] == ["carl"]
    assert api("sources/bea/agreement/", **{"with": "dora"}).json()["results"] == []


def test_agreement_is_as_of_the_day(api):
    make_quarrel()

    [then] = api("sources/bea/agreement/", said_by="2023-09-02").json()["results"]
    [now] = api("sources/bea/agreement/").json()["results"]

    assert (then["agree"], now["agree"]) == (1, 0)


# Over all


def test_a_flip_has_what_was_said_before_and_after(api):
    make_quarrel()

    [flip] = api("flips/").json()["results"]

    assert flip == {
        "source": "bea",
        "claim": "shut",
        "from": {
            "slug": "bea-1",
            "stance": "asserts",
            "said": "2023-09-01",
            "said_from": "2023-09-01",
            "said_to": "2023-09-01",
        },
        "to": {
            "slug": "bea-2",
            "stance": "denies",
            "said": "2023-09-03",
            "said_from": "2023-09-03",
            "said_to": "2023-09-03",
        },
        "order_uncertain": False,
    }


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"claim": "shut"}, 1),
        ({"claim": "open"}, 0),
        ({"source": "bea"}, 1),
        ({"source": "carl"}, 0),
        ({"topic": "roads"}, 1),
        ({"topic": "roads", "source": "bea", "claim": "shut"}, 1),
        ({"said_by": "2023-09-02"}, 0),
    ],
)
def test_flips_are_those_asked_for(api, parameters, found):
    make_quarrel()

    assert len(api("flips/", **parameters).json()["results"]) == found


def test_the_matrix_has_a_row_a_source_and_a_cell_a_claim(api):
    claim = make_quarrel()
    wet = make_claim(slug="wet", topics=claim.topics.all())
    make_statement(claim=wet, source=make_source(slug="al"), stance="denies")

    answer = api("matrix/", topic="roads").json()

    assert answer["claims"] == ["shut", "wet"]
    assert answer["sources"] == ["al", "bea", "carl"]
    assert answer["cells"] == [[None, "denies"], ["denies", None], ["asserts", None]]


# What is not there


@pytest.mark.parametrize("moment", [{}, {"recorded_by": "2999-01-01"}])
@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
@pytest.mark.parametrize("address", [*ABOUT_A_CLAIM, *ABOUT_A_SOURCE])
def test_what_is_not_public_answers_as_if_there_were_nothing(api, address, state, moment):
    path = address.format("secret")
    nothing = api(path, **moment)
    make = make_claim if address in ABOUT_A_CLAIM else make_source
    make(slug="secret", review_state=state)

    hidden = api(path, **moment)

    assert hidden.status_code == 404
    assert (hidden.content, hidden.headers) == (nothing.content, nothing.headers)


@pytest.mark.parametrize("address", [*ABOUT_A_CLAIM, *ABOUT_A_SOURCE])
def test_what_is_public_and_was_never_spoken_of_is_there(api, address):
    make = make_claim if address in ABOUT_A_CLAIM else make_source
    make(slug="quiet")

    assert api(address.format("quiet")).status_code == 200


@pytest.mark.parametrize("address", [*ABOUT_A_CLAIM, *ABOUT_A_SOURCE])
def test_before_it_was_recorded_nothing_was_there(api, address):
    make = make_claim if address in ABOUT_A_CLAIM else make_source
    make(slug="new")

    assert api(address.format("new"), recorded_by="2001-01-01").status_code == 404


@pytest.mark.parametrize("address", [*ABOUT_A_CLAIM, *ABOUT_A_SOURCE])
def test_a_merged_address_leads_to_the_same_of_the_survivor(api, address):
    make = make_claim if address in ABOUT_A_CLAIM else make_source
    make(slug="old", review_state="retired", merged_into=make(slug="survivor"))

    moved = api(address.format("old"), said_by="2023-09-07")

    there = address.format("survivor")
    assert moved.status_code == 308
    assert moved["Location"] == f"http://testserver/api/v1/{there}?said_by=2023-09-07"


@pytest.mark.parametrize("address", [*ABOUT_A_CLAIM, *ABOUT_A_SOURCE])
def test_a_merged_address_leads_nowhere_while_the_survivor_is_a_draft(api, ada, address):
    make = make_claim if address in ABOUT_A_CLAIM else make_source
    nothing = api(address.format("old")).content
    survivor = make(slug="secret", review_state="draft")
    make(slug="old", review_state="retired", merged_into=survivor)

    assert api(address.format("old")).content == nothing


@pytest.mark.parametrize(
    ("address", "name", "make"),
    [
        ("flips/", "claim", make_claim),
        ("flips/", "source", make_source),
        ("flips/", "topic", make_topic),
        ("matrix/", "topic", make_topic),
        ("sources/bea/agreement/", "with", make_source),
    ],
)
@pytest.mark.parametrize("moment", [{}, {"recorded_by": "2999-01-01"}])
def test_a_parameter_does_not_tell_a_draft_from_nothing(api, address, name, make, moment):
    make_source(slug="bea")
    nothing = api(address, **{name: "secret"}, **moment)
    make(slug="secret", **({} if make is make_topic else {"review_state": "draft"}))

    assert nothing.status_code == 400
    noun = make.__name__.removeprefix("make_")
    assert nothing.json()["errors"] == {
        name: [f"There is no {noun} “secret”, or it is not public. Give the slug of one."]
    }
    assert api(address, **{name: "secret"}, **moment).content == nothing.content


@pytest.mark.parametrize(
    ("address", "name"),
    [("flips/", "claim"), ("flips/", "source"), ("sources/al/agreement/", "with")],
)
def test_a_merged_slug_in_a_parameter_means_its_survivor(api, address, name):
    make_quarrel()
    make_statement(claim=make_claim(slug="x"), source=make_source(slug="al"))
    make = make_claim if name == "claim" else make_source
    survivor = (make_claim if name == "claim" else make_source)(slug="survivor")
    make(slug="old", review_state="retired", merged_into=survivor)

    answer = api(address, **{name: "old"})

    assert (answer.status_code, answer.content) == (200, api(address, **{name: "survivor"}).content)


@pytest.mark.parametrize("reader", ["nobody", "ben", "cleo"])
def test_drafts_change_no_byte(client, readers, reader):
    claim = make_quarrel()
    readers[reader]()
    asked = [
        "claims/shut/positions/?derived=true&roll_up=true",
        "claims/open/positions/?derived=true",
        "claims/shut/timeline/",
        "claims/shut/positions/?public_by=2023-09-03&recorded_by=2999-01-01",
        "sources/bea/positions/?derived=true",
        "sources/bea/agreement/",
        "flips/",
        "matrix/?topic=roads",
    ]
    before = [client.get(f"/api/v1/{address}").content for address in asked]

    hidden = {"review_state": "draft"}
    bea = make_statement(slug="x", claim=claim, review_state="draft").source
    secret = make_claim(slug="secret", topics=claim.topics.all(), **hidden)
    make_relation(from_claim=claim, kind="implies", to_claim=secret)
    make_relation(from_claim=secret, kind="implies", to_claim=make_claim(slug="far", **hidden))
    for slug, stance in (("bea", "asserts"), ("carl", "denies"), ("dora", "withdraws")):
        source = type(bea).objects.get(slug=slug)
        make_statement(claim=claim, source=source, stance=stance, said="2024", **hidden)
        make_statement(claim=secret, source=source, stance=stance, said="2024", **hidden)
    ministry = type(bea).objects.get(slug="ministry")
    make_affiliation(member=ministry, body=make_source(slug="state", **hidden), speaks_for=True)
    for statement in claim.statements.all():
        make_citation(statement=statement, document=make_document(published="2023-08-01", **hidden))

    assert [client.get(f"/api/v1/{address}").content for address in asked] == before


def test_ada_gets_what_everyone_gets(client, api, ada):
    claim = make_quarrel()
    make_statement(claim=claim, stance="denies", review_state="draft")
    for_ada = api("claims/shut/positions/").content

    client.logout()

    assert api("claims/shut/positions/").content == for_ada


@pytest.mark.parametrize(
    "address",
    [
        *(each.format("shut") for each in ABOUT_A_CLAIM),
        *(each.format("bea") for each in ABOUT_A_SOURCE),
        "flips/",
        "matrix/",
    ],
)
def test_nobody_reads_where_anonymous_reading_is_closed(api, settings, address):
    make_quarrel()
    settings.ANONYMOUS_READING = False

    assert api(address).status_code == 401


# Pages


@pytest.fixture
def many(db):
    """Make a source with five positions, shared with four others, two of whom turned round."""
    bea = make_source(slug="bea")
    others = [make_source(slug=f"other-{n}") for n in range(4)]
    for n in range(5):
        claim = make_claim(slug=f"claim-of-many-{n}", topics=[make_topic(slug=f"many-{n}")])
        make_statement(claim=claim, source=bea)
        for other in others[: n % 3 + 2]:
            make_statement(claim=claim, source=other, said="2023-01")
        make_statement(claim=claim, source=others[0], stance="denies", said="2023-02")
        make_statement(claim=claim, source=others[1], stance="denies", said="2023-02")


IN_PAGES = ["sources/bea/positions/?", "sources/bea/positions/?derived=true&", "flips/?"]
IN_PAGES.append("sources/bea/agreement/?")


def pages(client, address, step):
    while address:
        page = client.get(address).json()
        yield page["results"]
        address = page[step]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("address", IN_PAGES)
def test_pages_have_every_row_once_and_in_order(client, address):
    whole = client.get(f"/api/v1/{address}").json()["results"]

    found = list(pages(client, f"/api/v1/{address}page_size=2", "next"))

    assert len(found) > 1
    assert [row for page in found for row in page] == whole


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("address", IN_PAGES)
def test_previous_leads_back_through_the_same_pages(client, address):
    start = last = f"/api/v1/{address}page_size=2"
    forth = list(pages(client, start, "next"))
    while following := client.get(last).json()["next"]:
        last = following

    assert list(pages(client, last, "previous"))[::-1] == forth


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("address", IN_PAGES)
def test_a_row_shows_nothing_that_is_there_only_for_the_order(client, address):
    for row in client.get(f"/api/v1/{address}").json()["results"]:
        assert not {"key", "least", "day", "slug", "order", "follows"} & set(row)


@pytest.mark.usefixtures("many")
def test_a_cursor_of_another_source_is_refused(client):
    following = client.get("/api/v1/sources/bea/positions/?page_size=1").json()["next"]

    answer = client.get(following.replace("/bea/", "/other-0/", 1))

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["cursor"]


@pytest.mark.usefixtures("many")
def test_a_page_keeps_its_moment_though_a_plus_is_read_as_a_blank(client):
    page = client.get(
        "/api/v1/sources/bea/positions/?page_size=2&recorded_by=2999-01-01T00:00+01:00"
    ).json()

    following = client.get(page["next"])

    assert following.status_code == 200
    assert len(following.json()["results"]) == 2
