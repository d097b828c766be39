"""What a phone has room for in a picture with days."""

from datetime import date

import pytest

from claims.pages.timeline import LETTER, MOST_STACKED, RIGHT, Scale, of_claim
from claims.templatetags.telling import over_a_lane


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2023-01-10", "2023-09-16"),
        ("2023-01-01", "2023-05-01"),
        ("2023-01-31", "2023-05-31"),
        ("2022-11-02", "2023-11-29"),
        ("2023-05-03", "2023-05-03"),
        ("2020-02-29", "2023-03-01"),
        ("0001-01-01", "9998-12-31"),
    ],
)
def test_labels_of_days_do_not_cover_each_other(first, last):
    ticks = Scale(date.fromisoformat(first), date.fromisoformat(last)).ticks()
    places = []
    for tick in ticks:
        width = LETTER * len(tick.label)
        left = tick.x - (width if tick.anchor == "end" else width / 2)
        places += [left, left + width]

    assert places == sorted(places)
    # A little more than the margin of the page is beyond.
    assert places[0] > -4 and places[-1] < 104


def test_a_label_near_the_edge_stands_where_its_day_is():
    labels = Scale(date(2023, 1, 10), date(2023, 9, 16)).ticks()

    assert [tick.label for tick in labels] == ["Mar 2023", "May 2023", "Jul 2023", "Sep 2023"]
    assert {tick.anchor for tick in labels} == {"middle"}


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("Armenia keeps armed forces there.", 33),
        ("Armenia has moved landmines into Karabakh through the corridor.", 42),
        ("АРМЕНИЯ ПЕРЕБРАСЫВАЕТ ВОЙСКА К ГРАНИЦЕ С АЗЕРБАЙДЖАНОМ", 33),
        ("阿塞拜疆正在封锁拉钦走廊，食品和药品无法运入卡拉巴赫地区。", 23),
    ],
)
def test_a_name_over_a_lane_is_no_wider_than_a_phone(name, most):
    short = over_a_lane(name)

    assert most - 3 <= len(short) <= most
    assert short.startswith(name[:5]) and short.endswith(name[-5:])


def event(number, said, source="bea"):
    return {
        "source": source,
        "name": source,
        "kind": "fact",
        "stance": "asserts",
        "statement": f"s-{number}",
        "evidence": "standing",
        "flip": False,
        "said": said,
        "said_from": said or None,
        "said_to": said or None,
        "public": None,
    }


def test_marks_of_one_day_stand_below_each_other_at_their_day():
    days = ["2023-01-01", "2023-09-01", "2023-09-01", "2023-09-01"]
    picture = of_claim([event(n, day) for n, day in enumerate(days)], unsure=())

    first, *last = picture.lanes[0].marks
    assert {mark.x for mark in last} == {RIGHT}
    assert len({mark.y for mark in last}) == 3
    assert first.y == last[0].y == picture.lanes[0].y


def test_a_lane_with_several_marks_on_a_day_does_not_cover_the_next_lane():
    crowded = [event(n, "2023-01-01") for n in range(4)]
    picture = of_claim([*crowded, event(9, "2023-01-02", source="carl")], unsure=())

    lowest = max(mark.y for mark in picture.lanes[0].marks)
    assert picture.lanes[1].marks[0].y - lowest >= 40
    assert picture.height > picture.lanes[1].marks[0].y + 12


@pytest.mark.parametrize("said", ["", "2023-01-01"])
def test_of_very_many_marks_in_one_place_the_picture_says_how_many_more_there_are(said):
    picture = of_claim([event(n, said) for n in range(200)], unsure=())

    [lane] = picture.lanes
    assert len(lane.marks) == MOST_STACKED - 1
    assert [more.count for more in lane.more] == [200 - len(lane.marks)]
    assert picture.height < 200
