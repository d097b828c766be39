import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def corridor_blocked(api):
    call_command("loaddata", "lachin", verbosity=0)
    return api("claims/corridor-blocked/").json()


def position(side, source):
    return next(each for each in side if each["source"] == source)


def test_both_sides_of_the_blocked_corridor_are_shown(corridor_blocked):
    assert corridor_blocked["contested"] is True
    assert corridor_blocked["tally"] == {"asserts": 4, "denies": 2}
    assert [each["source"] for each in corridor_blocked["asserts"]] == [
        "karabakh-mfa",
        "ararat-mirzoyan",
        "nikol-pashinyan",
        "robert-menendez",
    ]
    assert [each["source"] for each in corridor_blocked["denies"]] == [
        "ilham-aliyev",
        "jeyhun-bayramov",
    ]


def test_each_side_of_the_blocked_corridor_has_its_words_and_their_document(corridor_blocked):
    [cited] = position(corridor_blocked["asserts"], "robert-menendez")["statement"]["citations"]
    assert cited["document"] == "evn-hearing-2023-09-14"
    assert cited["quote"] == "Azerbaijan has blocked access through the Lachin Corridor"

    [cited] = position(corridor_blocked["denies"], "ilham-aliyev")["statement"]["citations"]
    assert cited["document"] == "evn-icj-2023-02"
    assert cited["quote"] == "how can we call it a blockade when there is an open road?"


def test_the_denial_of_7_september_leads_back_to_the_readout(corridor_blocked):
    bayramov = position(corridor_blocked["denies"], "jeyhun-bayramov")
    denial = next(each for each in bayramov["other_statements"] if each["said"] == "2023-09-07")

    origin = "az-mfa-readout-2023-09-07"
    assert [(each["document"], each["chain"]) for each in denial["citations"]] == [
        (origin, [origin]),
        ("apa-2023-09-07", [origin, "apa-2023-09-07"]),
        ("azatutyun-2023-09-08", [origin, "azatutyun-2023-09-08"]),
        ("trend-2023-09-07", [origin, "trend-2023-09-07"]),
    ]
    assert denial["citations"][2]["quote"] == "Baku has not been blocking"


def test_what_contradicts_the_blocked_corridor_is_named(corridor_blocked):
    [relation] = corridor_blocked["relations"]

    assert (relation["relation"], relation["claim"]) == ("contradicts", "free-passage")
