"""The sides of a claim: who asserts it, who denies it, and who else spoke of it."""

from itertools import groupby
from typing import Any, NamedTuple


class Sides(NamedTuple):
    """What each source said of a claim, by what it holds.

    Each is the statement that decides for a source, with its ``other_statements``; under
    ``others`` stands the last statement of each source that spoke of the claim and holds nothing.
    """

    asserts: list[Any]
    denies: list[Any]
    others: list[Any]


def sides(statements: Any) -> Sides:
    """Return the sides among the statements of one claim, each in the order they were made."""
    decides = set(statements.that_hold().values_list("pk", flat=True))
    found = Sides([], [], [])
    in_order = sorted(statements.public().in_order(), key=lambda each: each.source_id)
    for _, of_source in groupby(in_order, key=lambda each: each.source_id):
        said = list(of_source)
        position = next((each for each in said if each.pk in decides), said[-1])
        position.other_statements = [each for each in said if each is not position]
        held = position.stance if position.pk in decides else "others"
        getattr(found, held).append(position)
    for side in found:
        side.sort(key=lambda each: (each.latest_possible, each.order, each.slug))
    return found
