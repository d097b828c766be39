"""The second implementation, held against what was worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.oracle.positions import (
    agreement,
    claim_in_list,
    claim_positions,
    claim_timeline,
    documents_and_origins,
    flips,
    matrix,
    public_part,
    source_positions,
)
from tests.oracle.world import (
    Affiliation,
    Citation,
    Claim,
    Document,
    History,
    Put,
    Recorded,
    Relation,
    Remove,
    Source,
    Statement,
    World,
    days_of,
)

LACHIN = Path(__file__).resolve().parents[3] / "shared" / "lachin" / "lachin.yaml"


def world_of(*rows):
    """Return a world of these rows, with the sources and claims that they name."""
    world = World()
    for row in rows:
        world = world.put(row)
    sources = {one.source for one in world.statements}
    sources |= {end for one in world.affiliations for end in (one.member, one.body)}
    claims = {one.claim for one in world.statements}
    claims |= {end for one in world.relations for end in (one.from_claim, one.to_claim)}
    for slug in sources - {one.slug for one in world.sources}:
        world = world.put(Source(slug))
    for slug in claims - {one.slug for one in world.claims}:
        world = world.put(Claim(slug))
    return world


def act(slug, stance, said="", *, source="ada", claim="c", **fields):
    return Statement(slug, claim, source, stance, said=said, **fields)


def only_position(world, claim="c", **options):
    (position,) = claim_positions(world, claim, **options)["positions"]
    return position


def stances(world, claim="c", **options):
    """Return the stance of each source on a claim."""
    positions = claim_positions(world, claim, **options)["positions"]
    return {one["source"]: one["stance"] for one in positions}


# Dates


@pytest.mark.parametrize(
    ("edtf", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2024-02~", "2024-02-01", "2024-02-29"),
        ("2023-09-07?", "2023-09-07", "2023-09-07"),
        ("2023-09-07%/2023-10", "2023-09-07", "2023-10-31"),
        ("2023/2023-12", "2023-01-01", "2023-12-31"),
        ("../2023-09", None, "2023-09-30"),
        ("2023-09/..", "2023-09-01", None),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9998-12-31", "9998-12-31", "9998-12-31"),
        ("2023/2023", "2023-01-01", "2023-12-31"),
    ],
)
def test_a_date_is_read_as_its_first_and_last_day(edtf, first, last):
    assert days_of(edtf) == (
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last else None,
    )


NO_DATES = """
    ../.. .. / 2023/ /2023 0000 9999 23 2023-13 2023-00 2023-02-29 2023-1 2023~~ 2023-09-07T10
    2023-09/2023-08 2023-09/2023 2023/2023-11 2021/2022/2023 2023-x ..~/2023 ٢٠٢٣
"""


@pytest.mark.parametrize("edtf", [*NO_DATES.split(), "2023\n", " 2023", " "])
def test_what_is_no_date_is_refused(edtf):
    with pytest.raises(ValueError):
        days_of(edtf)


# Order and position


def test_the_last_of_asserts_and_denies_is_the_position():
    world = world_of(act("z", "asserts", "2020-01-01"), act("a", "denies", "2020-01-02"))

    assert stances(world) == {"ada": "denies"}


def test_the_latest_possible_day_orders():
    world = world_of(act("a", "asserts", "2020"), act("b", "denies", "2020-06"))

    assert stances(world) == {"ada": "asserts"}


@pytest.mark.parametrize("undated", ["", "2020/.."])
def test_what_is_undated_comes_first(undated):
    world = world_of(act("z", "asserts", undated, order=9), act("a", "denies", "0001"))

    assert stances(world) == {"ada": "denies"}


def test_order_comes_before_slug():
    world = world_of(
        act("b", "asserts", "2020-01-01", order=1), act("a", "denies", "2020-01-01", order=2)
    )

    assert stances(world) == {"ada": "denies"}


def test_slug_decides_last():
    world = world_of(act("b", "asserts", "2020-01-01"), act("a", "denies", "2020-01-01"))

    assert stances(world) == {"ada": "asserts"}


def test_since_is_the_first_dated_statement_of_the_run():
    world = world_of(
        act("a", "asserts", "2018"),
        act("b", "denies", "2019-01"),
        act("c", "comments", "2019-06"),
        act("d", "denies", "2020"),
    )

    position = only_position(world)

    assert (position["since"], position["since_from"], position["since_to"]) == (
        "2019-01",
        "2019-01-01",
        "2019-01-31",
    )
    assert position["said"] == "2020"
    assert position["statement"]["slug"] == "d"


def test_since_passes_over_what_is_undated():
    world = world_of(
        act("a", "asserts"), act("b", "asserts", "2019/.."), act("c", "asserts", "2020")
    )

    assert only_position(world)["since"] == "2020"


def test_since_is_none_where_no_statement_of_the_run_is_dated():
    position = only_position(world_of(act("a", "asserts", "2019/..")))

    assert (position["since"], position["since_from"], position["since_to"]) == (None, None, None)
    assert (position["said_from"], position["said_to"]) == ("2019-01-01", None)


def test_after_a_withdrawal_nothing_is_held():
    world = world_of(
        act("a", "denies", "2018"), act("b", "asserts", "2019"), act("c", "withdraws", "2020")
    )

    found = claim_positions(world, "c")

    assert found["positions"] == []
    assert found["others"] == [
        {
            "source": "ada",
            "stance": "withdraws",
            "said": "2020",
            "said_from": "2020-01-01",
            "said_to": "2020-12-31",
            "statement": "c",
        }
    ]


def test_a_run_begins_anew_after_a_withdrawal():
    world = world_of(
        act("a", "asserts", "2018"), act("b", "withdraws", "2019"), act("c", "asserts", "2020")
    )

    assert only_position(world)["since"] == "2020"


@pytest.mark.parametrize("stance", ["dismisses", "questions", "comments", "undeclared", "silent"])
def test_other_stances_change_nothing_and_stand_under_later(stance):
    world = world_of(
        act("a", "comments", "2018"), act("b", "asserts", "2019"), act("c", stance, "2020")
    )

    position = only_position(world)

    assert position["stance"] == "asserts"
    assert [(one["stance"], one["statement"]) for one in position["later"]] == [(stance, "c")]
    assert claim_positions(world, "c")["others"] == []


# Order uncertain


@pytest.mark.parametrize(
    ("earlier", "deciding", "uncertain"),
    [
        ("2020-01-01", "2020-01-02", False),
        ("2020-01", "2020-01-31", True),
        ("2020-01/2020-02", "2020", True),
        ("", "2020", True),
        ("2019/..", "2020-06", True),
        ("../2019", "2020", False),
        ("../2019", "../2020", True),
    ],
)
def test_order_is_uncertain_where_ranges_overlap(earlier, deciding, uncertain):
    world = world_of(act("a", "asserts", earlier), act("b", "denies", deciding))

    assert only_position(world)["order_uncertain"] is uncertain


@pytest.mark.parametrize(
    ("withdrawn", "uncertain"), [("2020", True), ("2021/..", True), ("2020-06-29", False)]
)
def test_a_withdrawal_that_may_have_come_later_makes_the_order_uncertain(withdrawn, uncertain):
    world = world_of(
        act("a", "denies", "2018"),
        act("b", "withdraws", withdrawn),
        act("d", "denies", "2020-06-30/2020-12-31"),
    )

    assert only_position(world)["order_uncertain"] is uncertain


def test_order_on_the_same_last_day_makes_it_certain():
    world = world_of(
        act("a", "asserts", "2020-01", order=1), act("b", "denies", "2020-01-31", order=2)
    )

    assert only_position(world)["order_uncertain"] is False


def test_order_of_undated_statements_leaves_it_uncertain():
    world = world_of(act("a", "asserts", order=1), act("b", "denies", order=2))

    assert only_position(world)["order_uncertain"] is True


def test_the_same_stance_leaves_the_order_certain():
    world = world_of(act("a", "denies"), act("b", "denies", "2020"), act("d", "comments", "2020"))

    assert only_position(world)["order_uncertain"] is False


# Flips


def test_a_flip_is_two_consecutive_dated_opposites():
    world = world_of(
        act("a", "asserts"),
        act("b", "denies", "2018"),
        act("c", "denies", "2019"),
        act("d", "withdraws", "2020"),
        act("e", "asserts", "2021"),
    )

    assert flips(world) == [
        {
            "source": "ada",
            "claim": "c",
            "from": {
                "slug": "c",
                "stance": "denies",
                "said": "2019",
                "said_from": "2019-01-01",
                "said_to": "2019-12-31",
            },
            "to": {
                "slug": "e",
                "stance": "asserts",
                "said": "2021",
                "said_from": "2021-01-01",
                "said_to": "2021-12-31",
            },
            "order_uncertain": False,
        }
    ]


@pytest.mark.parametrize(("order", "uncertain"), [(0, True), (1, False)])
def test_a_flip_within_one_day_has_a_direction_only_by_order(order, uncertain):
    world = world_of(
        act("a", "asserts", "2020-01-01"), act("b", "denies", "2020-01-01", order=order)
    )

    assert [one["order_uncertain"] for one in flips(world)] == [uncertain]


def test_two_sources_make_no_flip():
    world = world_of(act("a", "asserts", "2018"), act("b", "denies", "2019", source="ben"))

    assert flips(world) == []


# Contested and tally


def test_contested_needs_two_sources_that_hold_the_opposite():
    ada = [act("a", "asserts", "2018"), act("b", "denies", "2019")]
    ben = [act("d", "asserts", "2018", source="ben")]
    withdrawn = [act("e", "withdraws", "2020", source="ben")]

    assert claim_positions(world_of(*ada), "c")["contested"] is False
    assert claim_positions(world_of(*ada, *ben), "c")["contested"] is True
    assert claim_positions(world_of(*ada, *ben, *withdrawn), "c")["contested"] is False


def test_the_tally_counts_sources():
    found = claim_positions(
        world_of(
            act("a", "asserts", "2018"),
            act("b", "asserts", "2019"),
            act("d", "asserts", source="ben"),
            act("e", "denies", source="cleo"),
            act("f", "questions", source="dan"),
        ),
        "c",
    )

    assert found["tally"] == {
        "asserts": 2,
        "denies": 1,
        "derived": {"asserts": 0, "denies": 0},
        "documents": 0,
        "origins": 0,
    }
    assert [one["source"] for one in found["positions"]] == ["ada", "ben", "cleo"]
    assert [one["source"] for one in found["others"]] == ["dan"]


# What is public


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_what_is_not_published_does_not_count(state):
    world = world_of(act("a", "asserts", "2018"), act("b", "denies", "2019", review_state=state))

    assert stances(world) == {"ada": "asserts"}
    assert claim_positions(world.put(Claim("c", review_state=state)), "c") is None
    assert source_positions(world.put(Source("ada", review_state=state)), "ada") is None


def test_a_chain_ends_before_what_is_not_public():
    world = world_of(
        act("a", "asserts"),
        Document("origin", review_state="draft"),
        Document("middle"),
        Document("end"),
        Citation("a", "origin"),
        Citation("a", "middle", via="origin"),
        Citation("a", "end", via="middle"),
    )

    found = claim_positions(world, "c")

    assert [
        (one["document"], one["via"]) for one in found["positions"][0]["statement"]["citations"]
    ] == [("middle", None), ("end", "middle")]
    assert (found["tally"]["documents"], found["tally"]["origins"]) == (2, 1)


def test_documents_without_via_are_origins_of_their_own():
    world = world_of(
        act("a", "asserts", "2019"),
        act("b", "asserts", "2020"),
        act("d", "denies", source="ben"),
        *[Document(slug) for slug in ("one", "two", "three", "old")],
        Citation("a", "old"),
        Citation("b", "one"),
        Citation("b", "two"),
        Citation("d", "two"),
        Citation("d", "three", via="two"),
    )

    tally = claim_positions(world, "c")["tally"]

    assert (tally["documents"], tally["origins"]) == (3, 2)


# The clocks


def test_said_by_takes_the_latest_possible_day_and_drops_what_is_undated():
    world = world_of(
        act("a", "asserts", "2020-01", source="month"),
        act("b", "asserts", "", source="undated"),
        act("d", "asserts", "2020-01/..", source="open"),
        act("e", "asserts", "../2020-01-30", source="until"),
    )

    assert set(stances(world, said_by=date(2020, 1, 30))) == {"until"}
    assert set(stances(world, said_by=date(2020, 1, 31))) == {"month", "until"}


def test_said_by_shows_what_was_held_before_a_change_of_mind():
    world = world_of(act("a", "asserts", "2018"), act("b", "denies", "2019"))

    assert stances(world, said_by=date(2018, 12, 31)) == {"ada": "asserts"}


def test_public_by_needs_a_public_document_of_that_day():
    world = world_of(
        *[
            act(slug, "asserts", source=slug)
            for slug in ("day", "month", "draft", "undated", "none")
        ],
        Document("day-doc", published="2020-01-15"),
        Document("month-doc", published="2020-01"),
        Document("draft-doc", published="2020-01-01", review_state="draft"),
        Document("undated-doc"),
        *[Citation(slug, f"{slug}-doc") for slug in ("day", "month", "draft", "undated")],
    )

    assert set(stances(world)) == {"day", "month", "draft", "undated", "none"}
    assert set(stances(world, public_by=date(2020, 1, 14))) == set()
    assert set(stances(world, public_by=date(2020, 1, 15))) == {"day"}
    assert set(stances(world, public_by=date(2020, 1, 31))) == {"day", "month"}


def test_public_by_follows_chains_through_documents_that_came_later():
    world = world_of(
        act("a", "asserts"),
        Document("origin", published="2020-02-01"),
        Document("first", published="2020-01-01"),
        Document("second", published="2020-01-02"),
        Citation("a", "origin"),
        Citation("a", "first", via="origin"),
        Citation("a", "second", via="origin"),
    )

    early = claim_positions(world, "c", public_by=date(2020, 1, 2))

    assert (early["tally"]["documents"], early["tally"]["origins"]) == (2, 1)
    citations = early["positions"][0]["statement"]["citations"]
    assert [one["document"] for one in citations] == ["first", "second"]


def test_a_history_answers_as_it_stood_at_that_time():
    monday = datetime(2024, 1, 1, 23, 59, tzinfo=UTC)
    tuesday = monday + timedelta(minutes=1)
    history = History(
        (
            Recorded(monday, (Put(Source("ada")), Put(Claim("c")), Put(act("a", "asserts")))),
            Recorded(tuesday, (Put(act("a", "denies")),)),
            Recorded(tuesday + timedelta(days=1), (Remove(act("a", "denies")),)),
        )
    )

    assert claim_positions(history.as_of(date(2023, 12, 31)), "c") is None
    assert stances(history.as_of(date(2024, 1, 1))) == {"ada": "asserts"}
    assert stances(history.as_of(monday)) == {"ada": "asserts"}
    assert stances(history.as_of(tuesday)) == {"ada": "denies"}
    assert stances(history.as_of(None)) == {}


# Derived positions


@pytest.mark.parametrize(
    ("kind", "end", "stance", "derived"),
    [
        ("implies", "from", "asserts", "asserts"),
        ("implies", "from", "denies", None),
        ("implies", "to", "asserts", None),
        ("implies", "to", "denies", "denies"),
        ("contradicts", "from", "asserts", "denies"),
        ("contradicts", "from", "denies", None),
        ("contradicts", "to", "asserts", "denies"),
        ("contradicts", "to", "denies", None),
        ("negates", "from", "asserts", "denies"),
        ("negates", "from", "denies", "asserts"),
        ("negates", "to", "asserts", "denies"),
        ("negates", "to", "denies", "asserts"),
    ],
)
def test_each_relation_derives_what_it_says(kind, end, stance, derived):
    said, other = ("x", "y") if end == "from" else ("y", "x")
    world = world_of(act("a", stance, "2020", claim=said), Relation("x", kind, "y"))

    assert stances(world, other) == {}
    assert stances(world, other, derived=True) == ({"ada": derived} if derived else {})


def test_a_derived_position_shows_its_proof_and_is_tallied_apart():
    world = world_of(
        act("a", "asserts", "2019", claim="x"),
        act("b", "asserts", "2020", claim="x"),
        Relation("x", "implies", "y"),
        Relation("z", "contradicts", "y"),
    )

    found = claim_positions(world, "z", derived=True)

    (position,) = found["positions"]
    assert position["derived"] is True
    assert (position["stance"], position["since"], position["said"]) == ("denies", "2019", "2020")
    assert position["statement"]["slug"] == "b"
    assert position["because"] == [
        {"relation": "contradicts", "claim": "y", "stance": "asserts", "statement": None},
        {"relation": "implies", "claim": "x", "stance": "asserts", "statement": "b"},
    ]
    assert found["tally"]["derived"] == {"asserts": 0, "denies": 1}
    assert (found["tally"]["asserts"], found["tally"]["denies"]) == (0, 0)


def test_derivation_goes_four_relations_far_and_survives_a_cycle():
    chain = [Relation(f"c{n}", "implies", f"c{n + 1}") for n in range(5)]
    world = world_of(act("a", "asserts", claim="c0"), *chain, Relation("c5", "implies", "c0"))

    assert [stances(world, f"c{n}", derived=True) for n in (1, 4, 5)] == [
        {"ada": "asserts"},
        {"ada": "asserts"},
        {},
    ]


@pytest.mark.parametrize(
    ("denies_what", "carries"),
    [("", True), ("fact", True), ("proposal", True), ("responsibility", False), ("framing", False)],
)
def test_a_denial_of_responsibility_or_framing_carries_nothing(denies_what, carries):
    world = world_of(
        act("a", "denies", claim="y", denies_what=denies_what), Relation("x", "implies", "y")
    )

    assert stances(world, "y") == {"ada": "denies"}
    assert stances(world, "x", derived=True) == ({"ada": "denies"} if carries else {})


@pytest.mark.parametrize("stance", ["asserts", "withdraws", "dismisses", "questions", "comments"])
def test_nothing_is_derived_where_a_source_has_spoken_itself(stance):
    world = world_of(
        act("a", "asserts", "2020", claim="x"),
        act("b", stance, "2019", claim="y"),
        Relation("x", "contradicts", "y"),
        Relation("y", "negates", "z"),
    )

    derived = [
        one for one in claim_positions(world, "y", derived=True)["positions"] if one["derived"]
    ]
    assert derived == []
    # Nor through it: what it holds itself on y carries on from there.
    assert stances(world, "z", derived=True) == ({"ada": "denies"} if stance == "asserts" else {})


@pytest.mark.parametrize("stance", ["silent", "undeclared"])
def test_what_a_document_finds_of_a_source_does_not_keep_a_position_from_being_derived(stance):
    world = world_of(
        act("a", "asserts", claim="x"),
        act("b", stance, claim="y"),
        Relation("x", "implies", "y"),
    )

    found = claim_positions(world, "y", derived=True)

    assert [one["stance"] for one in found["positions"]] == ["asserts"]
    assert [one["statement"] for one in found["others"]] == ["b"]


def test_an_act_outside_the_clocks_does_not_keep_a_position_from_being_derived():
    world = world_of(
        act("a", "asserts", "2018", claim="x"),
        act("b", "denies", "2020", claim="y"),
        Relation("x", "implies", "y"),
    )

    assert stances(world, "y", derived=True, said_by=date(2019, 1, 1)) == {"ada": "asserts"}


def test_a_position_that_another_derives_against_is_inconsistent():
    world = world_of(
        act("a", "asserts", claim="x"),
        act("b", "denies", claim="y"),
        act("d", "denies", claim="y", source="ben"),
        Relation("x", "implies", "y"),
    )

    flags = {
        claim: {
            one["source"]: one["inconsistent"]
            for one in claim_positions(world, claim, derived=True)["positions"]
        }
        for claim in ("x", "y")
    }

    assert flags == {"x": {"ada": True, "ben": False}, "y": {"ada": True, "ben": False}}
    assert only_position(world, "x")["inconsistent"] is None


def test_a_claim_that_reaches_its_own_negation_is_not_inconsistent_with_itself():
    world = world_of(
        act("a", "asserts", claim="x"), Relation("x", "implies", "y"), Relation("y", "negates", "x")
    )

    position = only_position(world, "x", derived=True)

    assert (position["stance"], position["inconsistent"]) == ("asserts", False)


def test_where_proofs_disagree_the_stance_is_conflicting_and_not_tallied():
    world = world_of(
        act("a", "asserts", claim="x"),
        act("b", "asserts", claim="y"),
        Relation("x", "implies", "z"),
        Relation("y", "contradicts", "w"),
        Relation("z", "implies", "w"),
    )
    # On w: asserts by x, z; denies by y.

    found = claim_positions(world, "w", derived=True)

    (position,) = found["positions"]
    assert position["stance"] == "conflicting"
    assert [one["statement"] for one in position["because"]] == ["b", None, "a"]
    assert found["tally"]["derived"] == {"asserts": 0, "denies": 0}
    assert (position["statement"], position["said"], position["since"]) == (None, None, None)


def test_the_shortest_proof_wins_then_by_slug():
    world = world_of(
        act("s1", "asserts", claim="a"),
        act("s2", "asserts", claim="m"),
        act("s3", "asserts", claim="n"),
        Relation("a", "implies", "b"),
        Relation("b", "implies", "z"),
        Relation("n", "implies", "z"),
        Relation("m", "implies", "z"),
    )

    position = only_position(world, "z", derived=True)

    assert position["because"] == [
        {"relation": "implies", "claim": "m", "stance": "asserts", "statement": "s2"}
    ]


@pytest.mark.parametrize(
    ("kind", "one", "other", "derives"),
    [
        ("implies", "demand", "fact", False),
        ("contradicts", "intent", "event", False),
        ("implies", "intent", "demand", False),
        ("negates", "characterisation", "fact", False),
        ("contradicts", "characterisation", "fact", True),
        ("negates", "characterisation", "characterisation", True),
        ("implies", "event", "fact", True),
        ("negates", "demand", "demand", True),
    ],
)
def test_a_relation_derives_only_between_claims_of_one_mood(kind, one, other, derives):
    world = world_of(
        Claim("x", one, "X"),
        Claim("y", other, "Y"),
        act("a", "asserts", claim="x"),
        Relation("x", kind, "y"),
    )

    assert bool(stances(world, "y", derived=True)) == derives


def test_inconsistent_is_null_where_derivation_was_not_asked_for():
    world = world_of(act("a", "asserts"))

    assert only_position(world)["inconsistent"] is None
    assert only_position(world, derived=True)["inconsistent"] is False


def test_a_relation_to_a_draft_derives_nothing():
    world = world_of(
        act("a", "asserts", claim="x"),
        Claim("y", review_state="draft"),
        Relation("x", "implies", "y"),
        Relation("y", "implies", "z"),
    )

    assert stances(world, "z", derived=True) == {}


# Roll-up


def bodies(world, claim="c", **options):
    """Return (body, member, path) of each member of each body."""
    found = claim_positions(world, claim, roll_up=True, **options)["bodies"]
    return [
        (body["body"], member["source"], member["path"])
        for body in found
        for member in body["members"]
    ]


def test_positions_stand_under_the_top_body_with_their_path():
    world = world_of(
        act("a", "asserts", "2020"),
        act("b", "denies", "2021", source="state"),
        act("d", "denies", "2019", source="alone"),
        Affiliation("ada", "ministry"),
        Affiliation("ministry", "state"),
        Affiliation("alone", "state", speaks_for=False),
    )

    found = claim_positions(world, "c", roll_up=True)

    assert bodies(world) == [
        ("alone", "alone", ["alone"]),
        ("state", "ada", ["ada", "ministry", "state"]),
        ("state", "state", ["state"]),
    ]
    state = found["bodies"][1]
    assert (state["asserts"], state["denies"], state["split"], state["latest"]) == (
        1,
        1,
        True,
        "state",
    )
    assert found["contested_between_bodies"] is True
    assert stances(world, roll_up=True) == stances(world)


def test_members_of_one_body_that_differ_are_not_contested_between_bodies():
    world = world_of(
        act("a", "asserts", "2020"),
        act("b", "denies", "2020", source="ben"),
        Affiliation("ada", "state"),
        Affiliation("ben", "state"),
    )

    found = claim_positions(world, "c", roll_up=True)

    assert (found["contested"], found["contested_between_bodies"]) == (True, False)


def test_personal_statements_are_left_out_before_the_position_is_taken():
    world = world_of(
        act("a", "asserts", "2019"),
        act("b", "denies", "2020", personal_capacity=True),
        act("d", "denies", "2020", personal_capacity=True, source="ben"),
        Affiliation("ada", "state"),
    )

    found = claim_positions(world, "c", roll_up=True)

    assert stances(world) == {"ada": "denies", "ben": "denies"}
    assert [(one["body"], one["asserts"], one["denies"]) for one in found["bodies"]] == [
        ("state", 1, 0)
    ]


@pytest.mark.parametrize(
    ("said", "since", "until", "holds"),
    [
        ("2020-06-01", "", "", True),
        ("2020-06-01", "2020-06-02", "", False),
        ("2020-06-01", "2020-06", "", True),
        ("2020-06-01", "", "2020-05-31", False),
        ("2020-06-01", "", "2020-05-31/2020-06-01", True),
        ("2020-06", "2020-06-30", "", True),
        ("2020-06", "", "2020-06-01", True),
        ("../2020-06", "", "1999", True),
        ("../2020-06", "2020-07", "", False),
        ("2020-06-01", "2021/..", "", False),
        ("2020-06-01", "", "2019/..", True),
        ("", "", "", True),
        ("", "2001", "", False),
        ("2020/..", "", "2030", False),
    ],
)
def test_an_affiliation_holds_unless_certainly_not(said, since, until, holds):
    world = world_of(act("a", "asserts", said), Affiliation("ada", "state", "", since, until))

    assert bodies(world) == (
        [("state", "ada", ["ada", "state"])] if holds else [("ada", "ada", ["ada"])]
    )


def test_the_day_of_the_deciding_statement_counts_on_the_whole_path():
    world = world_of(
        act("a", "asserts", "2019"),
        act("b", "asserts", "2021"),
        Affiliation("ada", "party"),
        Affiliation("party", "state", "", "", "2020"),
    )

    assert bodies(world) == [("party", "ada", ["ada", "party"])]
    assert bodies(world, said_by=date(2020, 1, 1)) == [("state", "ada", ["ada", "party", "state"])]


def test_a_source_stands_under_each_of_several_tops_by_the_shortest_path():
    world = world_of(
        act("a", "asserts", "2020"),
        Affiliation("ada", "ministry"),
        Affiliation("ministry", "state"),
        Affiliation("ada", "state"),
        Affiliation("ada", "party"),
    )

    assert bodies(world) == [("party", "ada", ["ada", "party"]), ("state", "ada", ["ada", "state"])]


def test_a_circle_of_affiliations_ends():
    world = world_of(
        act("a", "asserts", "2020"),
        Affiliation("ada", "x"),
        Affiliation("x", "y", "", "2020"),
        Affiliation("y", "x", "", "", "2020"),
    )

    assert bodies(world) == [("y", "ada", ["ada", "x", "y"])]


# Over time, and lists


def test_the_timeline_has_every_act_in_order_and_when_it_was_public():
    world = world_of(
        act("a", "denies", "2020-02", source="ben"),
        act("b", "asserts", "2020-01-01"),
        act("d", "denies", "2020-03-01"),
        act("e", "comments"),
        Document("late", published="2020-02-05"),
        Document("early", published="2020-01"),
        Citation("b", "late"),
        Citation("b", "early"),
    )

    events = claim_timeline(world, "c")["events"]

    assert [(one["statement"], one["public"], one["flip"]) for one in events] == [
        ("e", None, False),
        ("b", "2020-01-31", False),
        ("a", None, False),
        ("d", None, True),
    ]


def test_the_positions_of_a_source_come_by_claim():
    world = world_of(
        act("a", "asserts", "2020", claim="y"),
        act("b", "denies", "2019", claim="x"),
        act("d", "comments", "2019", claim="w"),
        Relation("y", "implies", "z"),
    )

    rows = source_positions(world, "ada")
    with_derived = source_positions(world, "ada", derived=True)

    assert rows[0] == {
        "claim": "x",
        "stance": "denies",
        "since": "2019",
        "since_from": "2019-01-01",
        "since_to": "2019-12-31",
        "said": "2019",
        "said_from": "2019-01-01",
        "said_to": "2019-12-31",
        "order_uncertain": False,
        "statement": "b",
    }
    assert [one["claim"] for one in rows] == ["x", "y"]
    assert [(one["claim"], one["derived"]) for one in with_derived] == [
        ("x", False),
        ("y", False),
        ("z", True),
    ]


def test_agreement_counts_claims_on_which_both_hold_a_position():
    world = world_of(
        act("a1", "asserts", claim="x"),
        act("a2", "asserts", claim="y"),
        act("a3", "asserts", claim="z"),
        act("b1", "asserts", claim="x", source="ben"),
        act("b2", "denies", claim="y", source="ben"),
        act("b3", "comments", claim="z", source="ben"),
        act("c1", "denies", claim="z", source="cleo"),
        act("d1", "denies", claim="w", source="dan"),
    )

    assert agreement(world, "ada") == [
        {"source": "ben", "agree": 1, "differ": 1, "shared": 2},
        {"source": "cleo", "agree": 0, "differ": 1, "shared": 1},
    ]
    assert [one["source"] for one in agreement(world, "ada", other="cleo")] == ["cleo"]


def test_the_matrix_has_a_row_a_source():
    world = world_of(
        Claim("x", topics=("roads",)),
        Claim("y", topics=("roads",)),
        act("a", "asserts", claim="x"),
        act("b", "denies", claim="y"),
        act("d", "denies", claim="y", source="ben"),
        act("e", "denies", claim="other", source="cleo"),
    )

    assert matrix(world, "roads") == {
        "topic": "roads",
        "claims": ["x", "y"],
        "sources": ["ada", "ben"],
        "cells": [["asserts", "denies"], [None, "denies"]],
    }


def test_a_claim_in_a_list_counts_its_statements_and_days():
    world = world_of(
        act("a", "asserts", "2019"),
        act("b", "comments", "2020-01/.."),
        act("d", "denies", "../2018", source="ben"),
    )

    found = claim_in_list(world, "c")

    assert (found["statements"], found["contested"], found["tally"]) == (
        3,
        True,
        {"asserts": 1, "denies": 1},
    )
    assert (found["first_said"], found["last_said"]) == ("2019-01-01", "2019-12-31")


# The Lachin record


@pytest.fixture(scope="module")
def lachin():
    if not LACHIN.exists():
        pytest.skip("The Lachin record (../shared/lachin/lachin.yaml) is not here.")
    record = yaml.safe_load(LACHIN.read_text(encoding="utf-8"))
    world = World()
    for one in record["sources"]:
        world = world.put(Source(one["key"], one["kind"], one["name"]))
    for one in record["affiliations"]:
        world = world.put(
            Affiliation(
                one["member"],
                one["body"],
                one.get("role", ""),
                one.get("from", ""),
                one.get("to", ""),
                one["speaks_for"],
            )
        )
    for one in record["documents"]:
        world = world.put(
            Document(one["key"], one["publisher"], one["title"], one["kind"], one["published"])
        )
    for one in record["claims"]:
        world = world.put(Claim(one["key"], one["kind"], one["text"], topics=tuple(one["topics"])))
    for one in record["relations"]:
        world = world.put(Relation(one["from"], one["kind"], one["to"]))
    for one in record["statements"]:
        order = one.get("order", 0)
        slug = "--".join(
            [one["source"], one["claim"], days_of(one["said"])[0].isoformat()]
            + ([str(order)] if order else [])
        )
        world = world.put(
            Statement(
                slug,
                one["claim"],
                one["source"],
                one["stance"],
                one.get("denies", ""),
                one["said"],
                order,
                note=one.get("note", ""),
            )
        )
        world = world.put(Citation(slug, one["document"], quote=one.get("quote", "")))
        for document in one.get("relayed_by", []):
            world = world.put(Citation(slug, document, via=one["document"]))
        for document in one.get("also_in", []):
            world = world.put(Citation(slug, document))
    return world


def test_the_call_of_1_september_is_public_from_both_capitals_on_the_6th(lachin):
    def said_in_the_call(public_by):
        events = claim_timeline(lachin, "humanitarian-crisis", public_by=public_by)["events"]
        return {one["source"]: one["stance"] for one in events if one["said"] == "2023-09-01"}

    assert said_in_the_call(date(2023, 9, 5)) == {}
    assert said_in_the_call(date(2023, 9, 6)) == {
        "antony-blinken": "asserts",
        "ilham-aliyev": "denies",
    }
    # Blinken had said so before, in July; of Aliyev it is the first that was public.
    on_the_5th = stances(lachin, "humanitarian-crisis", public_by=date(2023, 9, 5))
    assert "ilham-aliyev" not in on_the_5th
    on_the_6th = stances(lachin, "humanitarian-crisis", public_by=date(2023, 9, 6))
    assert on_the_6th["antony-blinken"] == "asserts"
    assert on_the_6th["ilham-aliyev"] == "denies"


def test_one_readout_in_four_documents_has_one_origin(lachin):
    documents, origins = documents_and_origins(
        public_part(lachin), ["jeyhun-bayramov--corridor-blocked--2023-09-07"], None
    )

    assert (len(documents), origins) == (4, {"az-mfa-readout-2023-09-07"})


def test_a_charge_that_three_documents_report_themselves_has_three_origins(lachin):
    documents, origins = documents_and_origins(
        public_part(lachin), ["nikol-pashinyan--azerbaijan-massing-troops--2023-09-07"], None
    )

    assert (len(documents), len(origins)) == (3, 3)


def test_hajiyev_flips_on_the_road_deal_within_a_day(lachin):
    (flip,) = flips(lachin, claim="road-deal-reached")

    assert flip["source"] == "hikmet-hajiyev"
    assert (flip["from"]["stance"], flip["to"]["stance"]) == ("asserts", "denies")
    assert (flip["from"]["said"], flip["to"]["said"]) == ("2023-09-09", "2023-09-09")
    assert flip["order_uncertain"] is False
    assert [one["source"] for one in flips(lachin)] == ["hikmet-hajiyev"]


def test_bayramov_speaks_for_azerbaijan_through_his_ministry(lachin):
    assert (
        "azerbaijan",
        "jeyhun-bayramov",
        ["jeyhun-bayramov", "azerbaijan-mfa", "azerbaijan"],
    ) in bodies(lachin, "corridor-blocked")


def test_who_says_the_corridor_is_blocked_is_derived_to_deny_free_passage(lachin):
    found = claim_positions(lachin, "free-passage", derived=True)
    derived = [one for one in found["positions"] if one["derived"]]

    assert {one["stance"] for one in derived} == {"denies"}
    assert "nikol-pashinyan" in {one["source"] for one in derived}
    # Bayramov denies the one and asserts the other: no contradiction.
    assert not any(one["inconsistent"] for one in found["positions"])
