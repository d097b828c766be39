"""Who contradicts whom as a picture: sources that agree are drawn together.

A spring layout (Fruchterman and Reingold 1991): all push each other away, and those that agree more
than they differ pull. It starts on a circle, so that the same answer gives the same picture. Then
they are pushed apart until no name covers another or a circle, and the picture grows as it must.
"""

from dataclasses import dataclass
from math import ceil, cos, hypot, pi, sin
from typing import Any

from claims.templatetags.telling import shorten, width_of

Row = dict[str, Any]
# The narrowest that it is drawn (pages.css), and the least height, in pixels.
WIDTH, HEIGHT, EDGE = 640, 620, 30
ROUNDS = 120
# Characters of a name, the height of its line below the circle, and the room around: pixels.
NAME, LINE, GAP = 30, 18, 3
# So many lines are drawn, those of the most contradictions.
MOST_LINES = 160


@dataclass
class Node:
    source: str
    name: str
    label: str  # the name, short enough to stand below the circle
    number: int
    x: float  # percent of the width
    y: float  # pixels
    radius: float


@dataclass
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    title: str


@dataclass
class Network:
    nodes: list[Node]
    lines: list[Line]
    left_out: int  # pairs that differ and have no line
    height: int


def network(voices: list[Row], pairs: list[Row]) -> Network | None:
    """Return the picture of pairs that differ, None where there is none."""
    drawn = [pair for pair in pairs if pair["differ"]]
    if not drawn:
        return None
    among = {end for pair in drawn for end in (pair["source"], pair["other"])}
    shown = [voice for voice in voices if voice["source"] in among]
    places = _layout([voice["source"] for voice in shown], pairs)
    most = max(voice["against"] for voice in shown)
    nodes = {
        voice["source"]: Node(
            voice["source"],
            voice["name"],
            shorten(voice["name"], NAME),
            number,
            *places[voice["source"]],
            radius=round(9 + 9 * voice["against"] / most, 1),
        )
        for number, voice in enumerate(shown, start=1)
    }
    height = _push_apart(list(nodes.values()))
    strongest = max(pair["differ"] for pair in drawn)
    lines = []
    for pair in drawn[:MOST_LINES]:
        one, other = nodes[pair["source"]], nodes[pair["other"]]
        width = round(1 + 5 * pair["differ"] / strongest, 2)
        title = f"{one.name} and {other.name}: {pair['differ']} against, {pair['agree']} alike"
        lines.append(Line(one.x, one.y, other.x, other.y, width, title))
    return Network(list(nodes.values()), lines, max(len(drawn) - MOST_LINES, 0), height)


def _layout(sources: list[str], pairs: list[Row]) -> dict[str, tuple[float, float]]:
    """Return where sources stand: percent of the width, pixels of the height."""
    many = len(sources)
    at = {
        source: [cos(2 * pi * n / many), sin(2 * pi * n / many)] for n, source in enumerate(sources)
    }
    pull = {
        (pair["source"], pair["other"]): (pair["agree"] - pair["differ"])
        / (pair["agree"] + pair["differ"])
        for pair in pairs
        if pair["source"] in at and pair["other"] in at
    }
    ideal = 1.6 / max(many, 1) ** 0.5
    for turn in range(ROUNDS):
        moved = {source: [0.0, 0.0] for source in sources}
        for n, one in enumerate(sources):
            for other in sources[:n]:
                dx, dy = at[one][0] - at[other][0], at[one][1] - at[other][1]
                far = max(hypot(dx, dy), 0.01)
                liking = pull.get((other, one), pull.get((one, other), 0.0))
                push = ideal * ideal / far * (1.5 if liking < 0 else 1.0)
                push -= far * far / ideal * (max(liking, 0.0) + 0.05)
                for place, share in enumerate((dx / far, dy / far)):
                    moved[one][place] += share * push
                    moved[other][place] -= share * push
        heat = 0.2 * (1 - turn / ROUNDS)
        for source, (dx, dy) in moved.items():
            far = max(hypot(dx, dy), 0.01)
            at[source][0] += dx / far * min(far, heat)
            at[source][1] += dy / far * min(far, heat)
    return _fitted(at)


def _fitted(at: dict[str, list[float]]) -> dict[str, tuple[float, float]]:
    """Return places that fill the picture."""
    xs, ys = [x for x, _ in at.values()], [y for _, y in at.values()]
    wide, high = max(max(xs) - min(xs), 0.01), max(max(ys) - min(ys), 0.01)
    return {
        source: (
            100 * (x - min(xs)) / wide,
            EDGE + (HEIGHT - 2 * EDGE) * (y - min(ys)) / high,
        )
        for source, (x, y) in at.items()
    }


@dataclass
class Box:
    """What a circle and the name below it cover, in pixels of the narrowest picture."""

    x: float  # of its middle
    top: float
    half: float  # of its width
    high: float

    @classmethod
    def of(cls, node: Node) -> "Box":
        half = max(node.radius, width_of(node.label) / 2) + GAP
        # As far to the right as the spring layout has it, of the room that there is.
        x = half + node.x / 100 * max(WIDTH - 2 * half, 0)
        return cls(x, node.y - node.radius - GAP, half, 2 * (node.radius + GAP) + LINE)

    def overlap(self, other: "Box") -> tuple[float, float]:
        """Return by how much two boxes overlap, across and down; where not, one is 0 or less."""
        across = self.half + other.half - abs(self.x - other.x)
        first, second = sorted((self, other), key=lambda box: box.top)
        return across, min(first.top + first.high, second.top + second.high) - second.top

    def push(self, other: "Box", across: float, down: float) -> None:
        """Push two boxes apart, half of the way each."""
        left, right = (self, other) if self.x <= other.x else (other, self)
        upper, lower = (self, other) if self.top <= other.top else (other, self)
        left.x -= across / 2
        right.x += across / 2
        upper.top -= down / 2
        lower.top += down / 2


def _push_apart(nodes: list[Node]) -> int:
    """Move circles so that none, with its name, covers another; return the height that it takes."""
    boxes = [Box.of(node) for node in nodes]
    while not _are_apart(boxes):
        # They do not find room: the same picture, with more room downwards.
        for box in boxes:
            box.top *= 1.2
    up = min(box.top for box in boxes) - GAP
    for node, box in zip(nodes, boxes, strict=True):
        node.x = round(100 * box.x / WIDTH, 2)
        node.y = round(box.top - up + GAP + node.radius, 1)
    return max(HEIGHT, ceil(max(box.top + box.high for box in boxes) - up + GAP))


def _are_apart(boxes: list[Box]) -> bool:
    """Push boxes apart for some rounds; return whether they are, and are within the width."""
    for turn in range(ROUNDS):
        settled = True
        for n, one in enumerate(boxes):
            for other in boxes[:n]:
                across, down = one.overlap(other)
                if across > 0 and down > 0:
                    settled = False
                    # The shorter way; now and then down, where there always is room.
                    if across < down and turn % 4:
                        one.push(other, across + 0.5, 0)
                    else:
                        one.push(other, 0, down + 0.5)
        for box in boxes:
            box.x = min(max(box.x, box.half), max(WIDTH - box.half, box.half))
        if settled:
            return True
    return False
