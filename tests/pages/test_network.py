"""Who contradicts whom as a picture: nothing covers a name."""

from itertools import combinations

import pytest

from claims.pages.network import WIDTH, Box, network, width_of

NAMES = {
    "short": "Bea {n}",
    "long": "Ministry of Foreign Affairs of the Republic {n}",
    "wide": "W" * 30 + "{n}",
    "chinese": "外交部发言人办公室新闻司对外联络处公开信息第{n}号" * 2,
}


def world(names, *, many, camps=2):
    """Return voices, and pairs that differ across camps and agree within."""
    voices = [
        {"source": f"s{n}", "name": names.format(n=n), "against": 1 + n % 7} for n in range(many)
    ]
    pairs = [
        {
            "source": f"s{one}",
            "other": f"s{other}",
            "agree": 0 if one % camps != other % camps else 5,
            "differ": 5 if one % camps != other % camps else 0,
        }
        for one, other in combinations(range(many), 2)
    ]
    return voices, pairs


def boxes(picture):
    """Return what each circle covers with its name in the narrowest picture: left, right, ..."""
    return [
        (
            WIDTH * node.x / 100 - max(node.radius, width_of(node.label) / 2),
            WIDTH * node.x / 100 + max(node.radius, width_of(node.label) / 2),
            node.y - node.radius,
            node.y + node.radius + 18,
        )
        for node in picture.nodes
    ]


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize(("many", "camps"), [(2, 2), (7, 2), (40, 2), (40, 5), (40, 40)])
def test_no_name_covers_another_or_a_circle(names, many, camps):
    picture = network(*world(names, many=many, camps=camps))

    for one, other in combinations(boxes(picture), 2):
        beside = one[1] <= other[0] or other[1] <= one[0]
        above = one[3] <= other[2] or other[3] <= one[2]
        assert beside or above


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_all_names_are_within_the_picture(names):
    picture = network(*world(names, many=40))

    for left, right, top, bottom in boxes(picture):
        assert left >= 0 and right <= WIDTH and top >= 0 and bottom <= picture.height


def test_the_same_answer_gives_the_same_picture():
    assert network(*world(NAMES["long"], many=12)) == network(*world(NAMES["long"], many=12))


def test_boxes_that_touch_do_not_overlap():
    one, other = Box(50, 0, 10, 20), Box(70, 0, 10, 20)

    assert one.overlap(other) == (0, 20)
