"""Claims and sources that may be the same one."""

from collections import Counter

import pytest

from claims import likeness
from claims.likeness import known_claims, known_sources
from claims.models import Claim
from tests.factories import make_claim, make_source

pytestmark = pytest.mark.django_db

BLOCKING = "Azerbaijan is blocking the Lachin corridor."


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (BLOCKING, "Azerbaijan is not blocking the Lachin corridor."),
        (BLOCKING, "Azerbaijan isn't blocking the Lachin corridor"),
        (BLOCKING, "azerbaijan isn’t blocking the lachin corridor!"),
        ("Armenia blocks the road.", "Armenia does not block the road."),
        ("There is a road.", "There is no road."),
        (BLOCKING, "Azerbaijan is no longer blocking the Lachin corridor."),
        ("He can pass.", "He cannot pass."),
        ("He will pass.", "He won't pass."),
        (BLOCKING, "Azerbaijan has not been blocking the Lachin corridor."),
        (BLOCKING, "Azerbaijan no longer blocks the Lachin corridor."),
        (BLOCKING, "Azerbaijan does not block the Lachin corridor."),
        (BLOCKING, "Azerbaijan doesnt block the Lachin corridor."),
        (BLOCKING, "Azerbaijan never blocked the Lachin corridor."),
        (BLOCKING, "Azerbaijan denies blocking the Lachin corridor."),
        (BLOCKING, "Azerbaijan has stopped blocking the Lachin corridor."),
        (BLOCKING, "The Lachin corridor is not blocked by Azerbaijan."),
        (BLOCKING, "The Lachin corridor is not being blocked by Azerbaijan."),
        (BLOCKING, "Azerbaijan is not blocking the corridor of Lachin."),
        (BLOCKING, "It is not true that Azerbaijan is blocking the Lachin corridor."),
        (BLOCKING, "It is false that Azerbaijan is blocking the Lachin corridor."),
        ("Armenia has fulfilled the agreement.", "Armenia has failed to fulfil the agreement."),
        ("Armenia has fulfilled the agreement.", "Armenia has yet to fulfil the agreement."),
        ("He can pass.", "He can not pass."),
        ("There are troops in Karabakh.", "There aren't any troops in Karabakh."),
        ("Someone opened fire.", "No one opened fire."),
        ("Somebody was killed.", "Nobody was killed."),
        ("Convoys pass with an inspection.", "Convoys pass without inspection."),
        ("The deal is possible.", "The deal is impossible."),
        ("The blockade is legal.", "The blockade is illegal."),
        ("The report is accurate.", "The report is inaccurate."),
        ("Dəhliz bağlıdır.", "Dəhliz daha bağlı deyil."),
        ("Yol kapalı.", "Yol kapalı değil."),
        ("Yolda engel var.", "Yolda engel yok."),
        ("Дорога открыта.", "Дорога больше не открыта."),
        ("В Карабахе есть войска.", "В Карабахе нет войск."),
        ("Dəhliz bağlıdır.", "Dəhliz bağlı deyil."),
        ("Yolda maneə var.", "Yolda maneə yoxdur."),
        ("Ճանապարհը փակ է։", "Ճանապարհը փակ չէ։"),
        ("Ադրբեջանը արգելափակում է ճանապարհը։", "Ադրբեջանը չի արգելափակում ճանապարհը։"),
        ("Дорога закрыта.", "Дорога не закрыта."),
        ("გზა დაკეტილია.", "გზა არ დაკეტილია."),
        ("Armenia fired at the village today.", "Today Armenia did not fire at the village."),
    ],
)
def test_of_two_claims_only_a_negation_differs(text, other):
    for one, another in ((text, other), (other, text)):
        Claim.objects.all().delete()
        make_claim(text=one)
        [found] = known_claims().near(another)
        assert (found.is_near, found.only_negation_differs) == (False, True)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (BLOCKING, BLOCKING),
        (BLOCKING, "Armenia is not blocking the Lachin corridor."),
        (BLOCKING, "Azerbaijan is not blocking the Aghdam road."),
        ("Three soldiers died on 5 May.", "Three soldiers did not die on 6 May."),
        ("He is not there.", "He is never not there at all."),
        (BLOCKING, "Azerbaijan is not unblocking the Lachin corridor."),
        (BLOCKING, "Azerbaijan was not blocking the Lachin corridor."),
        (BLOCKING, "Azerbaijan denies Lachin a corridor."),
        ("Peacekeepers without weapons passed.", "Peacekeepers with weapons did not pass."),
        ("The road is legally not blocked.", "The road is illegally blocked."),
        ("The statement was formed.", "The statement was informed."),
        ("The plan covers the road.", "The plan discovers the road."),
        ("Armenia is shelling Azerbaijan.", "Azerbaijan is not shelling Armenia."),
        ("Iran bombed the north of Iraq.", "The north of Iraq denies bombing Iran."),
        ("He denies it.", "He denied it."),
    ],
)
def test_more_than_a_negation_differs_or_nothing_does(text, other):
    make_claim(text=text)

    assert not any(each.only_negation_differs for each in known_claims().near(other))


def near(text):
    return [each.text for each in known_claims().near(text) if each.is_near]


@pytest.mark.parametrize(
    "text",
    [
        BLOCKING,
        "azerbaijan is blocking the lachin corridor",
        "Azerbaijan is blocking the corridor.",
        "Azerbaijan is blocking the Lachin coridor.",
        "Azerbaijan blocks the Lachin corridor.",
        "Azerbaijan is blocking the Laçın corridor.",
    ],
)
def test_a_claim_in_nearly_the_same_words_is_near(text):
    make_claim(text=BLOCKING)

    assert near(text) == [BLOCKING]


@pytest.mark.parametrize(
    "text",
    [
        "Armenia is blocking the Lachin corridor.",
        "Azerbaijan is blocking the Aghdam corridor.",
        "Azerbaijan is not blocking the Lachin corridor.",
        "The road is open.",
        "",
        "\0",
    ],
)
def test_another_claim_is_not_near(text):
    make_claim(text=BLOCKING)

    assert near(text) == []


def test_other_numbers_make_another_claim():
    make_claim(text="Azerbaijan let 20 lorries pass on 5 May 2023.")

    assert near("Azerbaijan let 30 lorries pass on 5 May 2023.") == []


def test_the_opposite_of_a_claim_is_told_from_the_claim_itself():
    claim = make_claim(text=BLOCKING)

    [found] = known_claims().near("Azerbaijan is not blocking the Lachin corridor.")

    assert (found.pk, found.is_near, found.only_negation_differs) == (claim.pk, False, True)


@pytest.mark.parametrize("typed", ["azerb", "block lach", "Azerbaijan is bloking", "LACHIN"])
def test_a_claim_is_offered_as_one_types(typed):
    claim = make_claim(text=BLOCKING)
    make_claim(text="The road is open.")

    assert [each.pk for each in known_claims().alike(typed)] == [claim.pk]


def test_the_likest_claim_is_offered_first():
    for text in ("Azerbaijan is blocking the Lachin corridor for months.", BLOCKING, "Azerbaijan"):
        make_claim(text=text)

    assert known_claims().alike(BLOCKING.lower())[0].text == BLOCKING


@pytest.mark.parametrize("change", ["text", "new", "gone"])
def test_what_was_changed_meanwhile_is_known_at_once(change):
    claim = make_claim(text=BLOCKING)
    known_claims()

    if change == "text":
        Claim.objects.filter(pk=claim.pk).update(text="The road is open.")
    elif change == "new":
        make_claim(text="The road is open.")
    else:
        claim.delete()

    found = {each.text for each in known_claims().alike("road is open")}
    assert found == (set() if change == "gone" else {"The road is open."})
    assert bool(near(BLOCKING)) == (change == "new")


def test_where_nothing_changed_nothing_is_read_again(django_assert_num_queries):
    make_claim(text=BLOCKING)
    known_claims()

    with django_assert_num_queries(1):
        assert known_claims().alike("azerb")


def test_what_is_merged_into_another_is_not_offered():
    survivor = make_claim(text=BLOCKING)
    make_claim(text=BLOCKING, merged_into=survivor, review_state="retired")

    assert [each.pk for each in known_claims().alike("azerb")] == [survivor.pk]


def test_what_is_left_out_is_not_offered():
    claim = make_claim(text=BLOCKING)

    assert known_claims().alike("azerb", besides=[claim.pk]) == []
    assert known_claims().near(BLOCKING, besides=[claim.pk]) == []


def test_likely_duplicates_are_found_once_with_the_older_first():
    first, second = make_claim(text=BLOCKING), make_claim(text=BLOCKING.lower())
    make_claim(text="The road is open.")

    [pair] = known_claims().duplicates()

    assert (pair.first, pair.second, pair.only_negation_differs) == (first.pk, second.pk, False)


def test_a_pair_that_is_known_to_be_different_is_not_found():
    first, second = make_claim(text=BLOCKING), make_claim(text=BLOCKING.lower())

    assert known_claims().duplicates(different=[(second.pk, first.pk)]) == []


def test_only_the_newest_are_held_against_the_others():
    make_claim(text=BLOCKING)
    make_claim(text=BLOCKING)
    newest = make_claim(text=f"{BLOCKING} Again")

    pairs = known_claims().duplicates(newest=1)

    assert {pair.second for pair in pairs} == {newest.pk}
    assert len(pairs) == 2


# Sources


@pytest.mark.parametrize(
    "name",
    [
        "Jeyhun Bayramov",
        "jeyhun bayramov",
        "Bayramov Jeyhun",
        "Jéyhun Bayrámov",
        "Jeуhun Вауramоv",  # y, B, a and o are Cyrillic letters
        "Ceyhun Bayramov",
        "Джейхун Байрамов",
    ],
)
def test_a_source_is_known_under_any_spelling(name):
    source = make_source(name="Jeyhun Bayramov", aliases=["Ceyhun Bayramov", "Джейхун Байрамов"])
    make_source(name="Ararat Mirzoyan")

    assert [each.pk for each in known_sources().near(name)] == [source.pk]


@pytest.mark.parametrize("name", ["Nikol Pashinyan", "Նիկոլ Փաշինյան", "Никол Пашинян"])
def test_a_name_in_another_script_is_read_aloud(name):
    source = make_source(name="Nikol Pashinyan")

    assert [each.pk for each in known_sources().near(name)] == [source.pk]


@pytest.mark.parametrize(
    "name", ["Ilham Aliyev", "Ministry of Foreign Affairs of Armenia", "", "."]
)
def test_another_name_is_not_near(name):
    make_source(name="Heydar Aliyev")
    make_source(name="Ministry of Foreign Affairs of Azerbaijan")

    assert known_sources().near(name) == []


@pytest.mark.parametrize("typed", ["bayr", "Байр", "jeyhun b", "bayramof"])
def test_a_source_is_offered_as_one_types(typed):
    source = make_source(name="Jeyhun Bayramov", aliases=["Джейхун Байрамов"])
    make_source(name="Ararat Mirzoyan")

    assert [each.pk for each in known_sources().alike(typed)] == [source.pk]


def test_a_source_is_offered_with_the_name_that_is_alike():
    make_source(name="Jeyhun Bayramov", aliases=["Джейхун Байрамов"])

    assert known_sources().alike("Джейхун")[0].text == "Джейхун Байрамов"


def test_sources_that_may_be_the_same_are_found():
    first = make_source(name="Nikol Pashinyan")
    second = make_source(name="Nikol Paschinjan", aliases=["Pashinyan Nikol"])

    [pair] = known_sources().duplicates()

    assert (pair.first, pair.second) == (first.pk, second.pk)
    assert known_sources().duplicates(different=[(first.pk, second.pk)]) == []


def test_a_source_with_but_a_small_word_in_common_is_not_offered():
    make_source(name="International Committee of the Red Cross")

    assert known_sources().alike("the mayor") == []


# Who does it to whom, moods and opposites ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Baku refuses to withdraw its troops.", "Baku will withdraw its troops."),
        ("Baku rejects the plan.", "Baku supports the plan."),
        ("Baku opposes the plan.", "Baku supports the plan."),
        ("The road is open.", "The road is closed."),
        ("The road is open.", "The road is shut."),
        ("Nobody was killed.", "People were killed."),
        ("No one was killed in the shelling.", "People were killed in the shelling."),
        ("The bill must be rejected.", "The bill must be adopted."),
        ("Armenia lacks a navy.", "Armenia has a navy."),
    ],
)
def test_words_that_say_the_opposite_are_recognised(text, other):
    for one, another in ((text, other), (other, text)):
        Claim.objects.all().delete()
        make_claim(text=one)
        [found] = known_claims().near(another)
        assert (found.is_near, found.only_negation_differs) == (False, True)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Baku did not deny blocking the road.", "Baku is blocking the road."),
        ("Baku did not deny blocking", "Baku is blocking"),
        ("It is not true that Baku is not blocking the road.", "Baku is blocking the road."),
        ("It is not true that Baku is not blocking", "Baku is blocking"),
        ("The road is not closed.", "The road is open."),
        ("Armenia fired at the village today.", "Today Armenia fired at the village."),
    ],
)
def test_a_claim_that_is_denied_twice_is_near(text, other):
    for one, another in ((text, other), (other, text)):
        Claim.objects.all().delete()
        make_claim(text=one)
        [found] = known_claims().near(another)
        assert (found.is_near, found.only_negation_differs) == (True, False)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Armenia attacked Azerbaijan in T99.", "Azerbaijan attacked Armenia in T99."),
        ("Baku must lift the T98 blockade.", "Baku lifted the T98 blockade."),
        ("Baku will lift the T98 blockade.", "Baku lifted the T98 blockade."),
        ("12 people were killed near the T97 road.", "13 people were killed near the T97 road."),
        ("The turnout in the town was 52%.", "The turnout in the town was 25%."),
        ("Twelve soldiers died near the road.", "Thirteen soldiers died near the road."),
        ("The T97 road was closed in March.", "The T97 road was closed in September."),
        ("The T97 road was shut before the war.", "The T97 road was shut after the war."),
        ("The village was shelled by Armenia.", "The village was shelled by Azerbaijan."),
    ],
)
def test_another_deed_number_or_day_makes_another_claim(text, other):
    for one, another in ((text, other), (other, text)):
        Claim.objects.all().delete()
        make_claim(text=one)
        assert known_claims().near(another) == []


def test_a_demand_is_not_near_to_a_fact_in_the_same_words():
    make_claim(text="The blockade of the road is lifted.", kind="fact")
    known = known_claims()

    assert known.near("The blockade of the road is lifted.", kind="demand") == []
    assert known.near("The blockade of the road is lifted.", kind="event")
    assert known.near("The blockade of the road is lifted.")


def test_a_demand_and_a_fact_in_the_same_words_are_no_likely_duplicates():
    make_claim(text=BLOCKING, kind="fact")
    make_claim(text=BLOCKING, kind="demand")

    assert known_claims().duplicates() == []


# Crafted texts ------------------------------------------------------------------------------------


def test_claims_of_many_different_words_are_compared_in_few_steps(monkeypatch):
    def crafted(letter):
        return " ".join(f"{letter}{n:x}" for n in range(0x1000, 0x1000 + 190))[:1000]

    calls = []
    one_word = likeness._one_word
    monkeypatch.setattr(likeness, "_one_word", lambda *words: calls.append(1) or one_word(*words))
    opposite = likeness._is_opposite
    monkeypatch.setattr(
        likeness, "_is_opposite", lambda *words: calls.append(1) or opposite(*words)
    )

    for letter in "klm":
        for other in "klm":
            likeness._compared(crafted(letter), crafted(other))

    # At most the square of MOST_UNLIKE for each pair, three times over.
    assert len(calls) <= 9 * 3 * likeness.MOST_UNLIKE**2


def test_two_texts_of_a_thousand_words_in_turn_are_compared_in_one_pass():
    words = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(500)]

    assert likeness._say_it_of_the_same(Counter(words), Counter(words[250:] + words[:250]))
    assert not likeness._say_it_of_the_same(Counter(words), Counter(words[::-1]))


def test_a_process_keeps_no_more_text_of_claims_than_its_bounds(monkeypatch):
    for n in range(4):
        make_claim(text=f"The road of the village number {n} is closed.")
    monkeypatch.setattr(likeness, "KEPT_CHARACTERS", 100)

    assert [text[31] for _, text in likeness.KnownClaims().rows] == ["2", "3"]

    monkeypatch.setattr(likeness, "KEPT_CHARACTERS", 10_000)
    monkeypatch.setattr(likeness, "KEPT_CLAIMS", 3)

    assert [text[31] for _, text in likeness.KnownClaims().rows] == ["1", "2", "3"]
