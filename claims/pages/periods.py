"""Affiliations through time as a picture: a bar each, from its first to its last day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.pages.timeline import Scale, Tick

Row = dict[str, Any]
LINE, TOP = 40, 24  # pixels


@dataclass
class Bar:
    x: float
    width: float
    y: int
    name: str
    speaks_for: bool


@dataclass
class Periods:
    bars: list[Bar]
    ticks: list[Tick]
    height: int


def periods(rows: list[Row]) -> Periods | None:
    """Return the picture of affiliations, None where no day of any is known."""
    days = [
        date.fromisoformat(row[name])
        for row in rows
        for name in ("since_from", "since_to", "until_from", "until_to")
        if row[name]
    ]
    if not days:
        return None
    scale = Scale(min(days), max(days))
    bars = []
    for place, row in enumerate(rows):
        begun, ended = row["since_from"] or row["since_to"], row["until_to"] or row["until_from"]
        left = scale.x(date.fromisoformat(begun)) if begun else 0.0
        right = scale.x(date.fromisoformat(ended)) if ended else 100.0
        bars.append(
            Bar(
                x=left,
                width=round(max(right - left, 0.5), 3),
                y=TOP + LINE * place + 20,
                name=f"{row['role'] + ', ' if row['role'] else ''}{row['name']}",
                speaks_for=row["speaks_for"],
            )
        )
    return Periods(bars, scale.ticks(), TOP + LINE * len(rows) + 4)
