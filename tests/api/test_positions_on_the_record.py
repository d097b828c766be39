"""What the answers about positions say of the Lachin record."""

import pytest

from claims.models import Claim

CALL_OF_1_SEPTEMBER = [
    ("humanitarian-crisis", "antony-blinken", "asserts"),
    ("humanitarian-crisis", "ilham-aliyev", "denies"),
    ("simultaneous-opening", "ilham-aliyev", "denies"),
    ("supply-by-other-routes", "antony-blinken", "asserts"),
    ("lachin-should-be-open", "antony-blinken", "asserts"),
]


def positions(api, claim, **parameters):
    answer = api(f"claims/{claim}/positions/", **parameters).json()
    return {each["source"]: each for each in answer["positions"]}


@pytest.mark.django_db
@pytest.mark.usefixtures("loaded")
class TestOnTheRecord:
    @pytest.mark.parametrize(("claim", "source", "stance"), CALL_OF_1_SEPTEMBER)
    def test_the_call_of_1_september_was_not_public_on_the_5th(self, api, claim, source, stance):
        held = positions(api, claim, public_by="2023-09-05").get(source)

        assert held is None or held["said"] < "2023-09-01"

    @pytest.mark.parametrize(("claim", "source", "stance"), CALL_OF_1_SEPTEMBER)
    def test_the_call_of_1_september_was_public_on_the_6th(self, api, claim, source, stance):
        held = positions(api, claim, public_by="2023-09-06")[source]

        assert (held["stance"], held["said"]) == (stance, "2023-09-01")

    def test_the_denial_of_7_september_stands_in_four_documents_with_one_origin(self, api):
        denial = positions(api, "corridor-blocked", said_by="2023-09-08")["jeyhun-bayramov"]

        citations = denial["statement"]["citations"]
        assert denial["said"] == "2023-09-07"
        assert len({each["document"] for each in citations}) == 4
        assert {each["chain"][0] for each in citations} == {"az-mfa-readout-2023-09-07"}

    def test_the_denial_of_7_september_is_ready_to_print(self, api):
        denial = positions(api, "corridor-blocked", said_by="2023-09-08")["jeyhun-bayramov"]

        assert denial["sentence"] == (
            "Jeyhun Bayramov denied it on 7 September 2023, according to a readout of the "
            "Ministry of Foreign Affairs of Azerbaijan, passed on by Azeri Press Agency, Trend "
            "and Azatutyun."
        )

    def test_the_charge_of_7_september_stands_in_three_documents_with_three_origins(self, api):
        charge = positions(api, "azerbaijan-massing-troops")["nikol-pashinyan"]

        citations = charge["statement"]["citations"]
        assert len({each["document"] for each in citations}) == 3
        assert len({each["chain"][0] for each in citations}) == 3

    def test_hajiyev_turned_round_on_the_road_deal(self, api):
        [flip] = api("flips/", source="hikmet-hajiyev").json()["results"]

        assert flip["claim"] == "road-deal-reached"
        assert (flip["from"]["stance"], flip["to"]["stance"]) == ("asserts", "denies")
        assert flip["order_uncertain"] is False

    @pytest.mark.parametrize("body", ["azerbaijan", "karabakh-authorities"])
    def test_simultaneous_opening_is_split_within_a_body(self, api, body):
        answer = api("claims/simultaneous-opening/positions/", roll_up="true").json()

        found = next(each for each in answer["bodies"] if each["body"] == body)
        assert found["split"] is True
        assert found["asserts"] and found["denies"]

    def test_free_passage_is_denied_by_those_who_assert_the_blockade(self, api):
        derived = [
            each
            for each in positions(api, "free-passage", derived="true").values()
            if each["derived"]
        ]

        assert {each["source"] for each in derived} == {
            *("ararat-mirzoyan", "karabakh-mfa", "nikol-pashinyan", "robert-menendez"),
        }
        for each in derived:
            [reason] = each["because"]
            assert each["stance"] == "denies"
            assert (reason["relation"], reason["claim"]) == ("contradicts", "corridor-blocked")
            assert reason["statement"] == f"{each['source']}--corridor-blocked--{each['since']}"

    def test_every_sentence_of_the_record_is_one(self, api):
        for claim in Claim.objects.all():
            answer = api(f"claims/{claim.slug}/positions/", derived="true").json()
            for each in [*answer["positions"], *answer["others"]]:
                sentence = each["sentence"]
                assert sentence[0].isupper() and sentence.endswith("."), sentence
                for flaw in ("None", "  ", "..", " ,", "the the", "The the", "{", "by by"):
                    assert flaw not in sentence, sentence
