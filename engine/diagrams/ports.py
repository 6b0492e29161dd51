"""Where arrows leave and enter a node: spread along its upper and lower edge, so that each can be followed.

In a frame also the bars and exits, which stand beside all nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.diagrams import shapes
from engine.diagrams.placing import Key, Spot
from engine.diagrams.routing import FORK, JOIN, Route, is_exit

Slots = dict[tuple[Key, str], dict[int, float]]
"""(node, side) -> route -> offset from the middle of that side, in px"""


@dataclass(frozen=True)
class Arrow:
    """An arrow to draw between two nodes; the source `""` is the start mark.

    `from_exit` is set where it goes on from an exit of its source, which is then a region: the key of that exit.
    """

    source: Key
    target: Key
    label: str = ""
    from_exit: Key = ""


def spread(
    boxes: Mapping[Key, shapes.Box], spot: Callable[[Key], Spot], arrows: Sequence[Arrow], routes: Sequence[Route]
) -> Slots:
    """Spread the arrows that share a node's top or bottom along it: (node, side) -> route -> offset in px.

    What arrives shares one place; a straight arrow keeps the middle; a diamond has only its corner; an exit has
    its own place, and others keep off it.
    """
    users: dict[tuple[Key, str], list[tuple[float, int, bool]]] = {}
    for number, route in enumerate(routes):
        here, there = spot(route.source), spot(route.target)
        if route.out in ("top", "bottom") and not arrows[number].from_exit:
            aim = there.column + 0.1 * there.line - here.column
            users.setdefault((route.source, route.out), []).append((aim, number, False))
        if route.into in ("top", "bottom") and not (route.target == JOIN or is_exit(route.target)):
            users.setdefault((route.target, route.into), []).append((here.column - there.column, number, True))
    return {(key, side): _along(boxes[key], side, using, routes) for (key, side), using in users.items()}


def _along(
    box: shapes.Box, side: str, arrows: Sequence[tuple[float, int, bool]], routes: Sequence[Route]
) -> dict[int, float]:
    if box.w < 60:
        return {number: 0.0 for _, number, _ in arrows}
    going = sorted((aim, number) for aim, number, comes in arrows if not comes)
    coming = [number for _, number, comes in arrows if comes]
    straight = [number for _, number in going if routes[number].is_straight]
    straight += [number for number in coming if routes[number].is_straight]
    groups: list[list[int]] = [[number] for aim, number in going if aim < 0 and number not in straight]
    if coming and not set(coming) & set(straight):
        groups.append(coming)
    middle = len(groups)
    groups += [[number] for aim, number in going if aim >= 0 and number not in straight]
    step = min(26.0, (box.w - 24) / max(1, len(groups)))
    taken = [x - box.w / 2 for x in box.exits.values()] if side == "bottom" else []
    slots: dict[int, float] = {}
    for at, group in enumerate(groups):
        if straight:
            offset = (at - middle if at < middle else at - middle + 1) * step
        else:
            offset = (at - (len(groups) - 1) / 2) * step
        offset = _free(offset, taken, box.w / 2 - 10)
        taken.append(offset)
        for number in group:
            slots[number] = offset
    for number in straight:
        slots.setdefault(number, 0.0)
    return slots


def _free(offset: float, taken: Sequence[float], most: float) -> float:
    """Return the place nearest to this one that keeps off what is taken, where there is one."""
    near = (offset + sign * 10 * away for away in range(int(most / 5)) for sign in (1, -1))
    return next(
        (place for place in near if abs(place) <= most and all(abs(place - other) >= 9 for other in taken)), offset
    )


class Ends:
    """Where the bars and the exits of a frame stand in the grid: beside all columns, below all rows."""

    def __init__(self, spots: Mapping[Key, Spot]) -> None:
        self._columns = max((spot.column for spot in spots.values()), default=0) + 1
        self._rows = max((spot.row for spot in spots.values()), default=0) + 1

    def spot(self, key: Key) -> Spot:
        if key == FORK:
            return Spot(0, -1, 0)
        return Spot(0, self._columns, 0) if key == JOIN else Spot(self._rows, 0, 0)
