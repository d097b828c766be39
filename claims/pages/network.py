"""Who contradicts whom as a picture: sources that agree are drawn together.

A spring layout (Fruchterman and Reingold 1991): all push each other away, and those that agree more
than they differ pull. It starts on a circle, so that the same answer gives the same picture.
"""

from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import Any

Row = dict[str, Any]
HEIGHT, EDGE = 620, 44  # pixels
ROUNDS = 120
# So many lines are drawn, those of the most contradictions.
MOST_LINES = 160


@dataclass
class Node:
    source: str
    name: str
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
    height: int = HEIGHT


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
            number,
            *places[voice["source"]],
            radius=round(9 + 9 * voice["against"] / most, 1),
        )
        for number, voice in enumerate(shown, start=1)
    }
    strongest = max(pair["differ"] for pair in drawn)
    lines = []
    for pair in drawn[:MOST_LINES]:
        one, other = nodes[pair["source"]], nodes[pair["other"]]
        width = round(1 + 5 * pair["differ"] / strongest, 2)
        title = f"{one.name} and {other.name}: {pair['differ']} against, {pair['agree']} alike"
        lines.append(Line(one.x, one.y, other.x, other.y, width, title))
    return Network(list(nodes.values()), lines, max(len(drawn) - MOST_LINES, 0))


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
            # Room for the half of a name to either side.
            round(14 + 72 * (x - min(xs)) / wide, 2),
            round(EDGE + (HEIGHT - 2 * EDGE) * (y - min(ys)) / high, 1),
        )
        for source, (x, y) in at.items()
    }
