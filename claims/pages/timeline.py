"""The timeline of a claim, or of a source, as a picture: a mark a statement.

A lane is a source on the page of a claim, and a claim on the page of a source.

Places are shares of the width in percent, heights are pixels: so the picture fits every width and
its letters keep their size.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Any

from claims.models.choices import SIGNS, stance_word
from claimtracker.edtf import MONTHS, in_words

Row = dict[str, Any]
# Lanes that are drawn; the table has all.
MOST_LANES = 40
MOST_TICKS = 4
# Months from one label to the next.
STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000, 60000)
LANE, TOP, BOTTOM, STEP = 46, 26, 8, 19  # pixels
# Marks of one place that are drawn, one below the other.
MOST_STACKED = 6
# Shares of the width: to the left stands what has no date.
LEFT, UNDATED, RIGHT = 2.5, 9.0, 97.0
# The same of a letter of a label on a phone, and beyond where half of a label has no room.
LETTER, EDGE = 2.3, 95.0
RETRACTED = "; its documents were retracted"


@dataclass
class Mark:
    """A statement: where it stands, and from where to where it may stand."""

    stance: str
    sign: str
    title: str
    statement: str
    x: float
    y: int
    flip: bool
    # Whether all of its documents were retracted.
    retracted: bool = False
    # A span where no single day is known: its left end and its width.
    span: tuple[float, float] | None = None
    # To where the publication lags behind: the line from the last possible day.
    lag: tuple[float, float] | None = None


@dataclass
class More:
    """How many more statements a place has than there is room for, written below the last mark."""

    count: int
    x: float
    y: int


@dataclass
class Lane:
    name: str
    language: str
    y: int  # of its line
    marks: list[Mark] = field(default_factory=list)
    more: list[More] = field(default_factory=list)

    def stack(self) -> int:
        """Put marks of one place below each other, the first on top. Return the rows needed.

        So a change within a day shows both its ends, and every mark stays at its day. Of more than
        MOST_STACKED in one place the last row says how many are left out.
        """
        at: dict[float, list[Mark]] = {}
        for mark in self.marks:
            at.setdefault(mark.x, []).append(mark)
        self.marks = []
        for x, marks in at.items():
            room = len(marks) if len(marks) <= MOST_STACKED else MOST_STACKED - 1
            for row, mark in enumerate(marks[:room]):
                mark.y += STEP * row
                self.marks.append(mark)
            if len(marks) > room:
                self.more.append(More(len(marks) - room, x, self.y + STEP * room))
        return min(max(map(len, at.values())), MOST_STACKED)


@dataclass
class Tick:
    x: float
    label: str

    @property
    def anchor(self) -> str:
        """Return which part of the label stands at its place: at the edge it ends there."""
        return "end" if self.x > EDGE else "middle"

    def ends(self) -> tuple[float, float]:
        """Return from where to where the label is on a phone, in percent of the width."""
        width = LETTER * len(self.label)
        right = self.x if self.anchor == "end" else self.x + width / 2
        return right - width, right


@dataclass
class Timeline:
    lanes: list[Lane]
    ticks: list[Tick]
    height: int
    has_undated: bool
    left_out: int  # sources, or claims, without a lane

    @property
    def has_retracted(self) -> bool:
        return any(mark.retracted for lane in self.lanes for mark in lane.marks)

    @property
    def has_more(self) -> bool:
        return any(lane.more for lane in self.lanes)

    @property
    def bottom(self) -> int:
        return self.height - BOTTOM


def of_claim(events: list[Row], unsure: Collection[str]) -> Timeline | None:
    """Return the picture of a claim's events, a lane a source; None where there is none.

    ``unsure`` has the statements with which a source turned round in whichever order.
    """
    return timeline([event | {"lane": event["source"], "language": ""} for event in events], unsure)


def of_source(events: list[Row], unsure: Collection[str]) -> Timeline | None:
    """Return the picture of a source's events, a lane a claim; None where there is none."""
    laned = [event | {"lane": event["claim"], "name": event["text"]} for event in events]
    return timeline(laned, unsure)


def timeline(events: list[Row], unsure: Collection[str]) -> Timeline | None:
    """Return the picture of events, None where there is none.

    Lanes come in the order of their first events; beyond MOST_LANES those are left out that have
    the fewest.
    """
    if not events:
        return None
    of_lane: dict[str, list[Row]] = {}
    for event in events:
        of_lane.setdefault(event["lane"], []).append(event)
    most = sorted(of_lane, key=lambda lane: (-len(of_lane[lane]), lane))[:MOST_LANES]
    kept = set(most)
    shown = [event for event in events if event["lane"] in kept]
    days = [day for event in shown for day in _days(event)]
    scale = Scale(min(days), max(days)) if days else None
    has_undated = any(not _days(event) for event in shown) or scale is None
    lanes: list[Lane] = []
    height = TOP
    for name in sorted(kept, key=lambda lane: (_first(of_lane[lane]), lane)):
        own = of_lane[name]
        line = height + 30
        lane = Lane(own[0]["name"], own[0]["language"], line)
        lane.marks = [_mark(event, line, scale, unsure) for event in own]
        height += LANE + STEP * (lane.stack() - 1)
        # What is certain is drawn over what is not.
        lane.marks.sort(key=lambda mark: mark.span is None)
        lanes.append(lane)
    return Timeline(
        lanes=lanes,
        ticks=scale.ticks() if scale else [],
        height=height + BOTTOM,
        has_undated=has_undated,
        left_out=len(of_lane) - len(kept),
    )


def _days(event: Row) -> list[date]:
    """Return the days that an event names: none where it is undated."""
    given = (event["said_from"], event["said_to"], event["public"])
    if not (event["said_from"] or event["said_to"]):
        return []
    return [date.fromisoformat(day) for day in given if day]


def _first(events: list[Row]) -> tuple[bool, str]:
    days = [event["said_to"] or event["said_from"] for event in events]
    known = [day for day in days if day]
    return (not known, min(known, default=""))


@dataclass(frozen=True)
class Scale:
    first: date
    last: date

    @property
    def days(self) -> int:
        return max((self.last - self.first).days, 1)

    def x(self, day: date) -> float:
        """Return where a day stands, in percent of the width."""
        share = (day - self.first).days / self.days
        return round(UNDATED + 2.5 + share * (RIGHT - UNDATED - 2.5), 3)

    def ticks(self) -> list[Tick]:
        """Return the days to label, as a phone has room for: round ones if it can be."""
        for months in STEPS:
            days = list(islice(self._each(months), MOST_TICKS + 1))
            found = [Tick(self.x(day), self._label(day, months)) for day in days]
            if len(found) <= MOST_TICKS and _are_apart(found):
                break
        if len(found) < 2:
            # Within a month or so: the ends themselves.
            ends = dict.fromkeys((self.first, self.last))
            return [Tick(self.x(day), _short(day)) for day in ends]
        return found

    def _each(self, months: int):
        """Yield the first days of every so many months, counted from January of the year 0."""
        number = self.first.year * 12 + self.first.month - 1
        number = -(-(number + (self.first.day > 1)) // months) * months
        while number < 9999 * 12:
            day = date(number // 12, number % 12 + 1, 1)
            if day > self.last:
                return
            yield day
            number += months

    @staticmethod
    def _label(day: date, months: int) -> str:
        return str(day.year) if months % 12 == 0 else f"{MONTHS[day.month - 1][:3]} {day.year}"


def _are_apart(ticks: list[Tick]) -> bool:
    """Return whether no label covers another on a phone."""
    return all(one.ends()[1] < other.ends()[0] for one, other in pairwise(ticks))


def _short(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def _mark(event: Row, line: int, scale: Scale | None, unsure: Collection[str]) -> Mark:
    stance = event["stance"]
    said = in_words(event["said"])
    public = f"; public by {_long(event['public'])}" if event["public"] else ""
    if event["evidence"] == "retracted":
        public += RETRACTED
    turned = ": turned round" if event["flip"] else ""
    if event["statement"] in unsure:
        turned += ", before or after"
    mark = Mark(
        stance=stance,
        sign=SIGNS[stance],
        title=f"{event['name']} {stance_word(event['kind'], stance)}, {said}{public}{turned}",
        statement=event["statement"],
        x=(LEFT + UNDATED) / 2,
        y=line,
        flip=event["flip"],
        retracted=event["evidence"] == "retracted",
    )
    if scale is None or not (event["said_from"] or event["said_to"]):
        return mark
    # An open end reaches to the edge of the picture.
    begin = date.fromisoformat(event["said_from"]) if event["said_from"] else scale.first
    end = date.fromisoformat(event["said_to"]) if event["said_to"] else scale.last
    left, right = scale.x(begin), scale.x(end)
    mark.x = round((left + right) / 2, 3)
    if end - begin > timedelta():
        mark.span = (left, round(right - left, 3))
    if event["public"]:
        at = date.fromisoformat(event["public"])
        if at > end:
            mark.lag = (right, scale.x(at))
    return mark


def _long(day: str) -> str:
    return in_words(day).removeprefix("on ")
