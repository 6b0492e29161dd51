"""How arrows run: only through the channels between rows and columns, so that none ever crosses a node.

Channel H i lies above row i, channel V j left of column j. `plan` picks for every arrow the sides it leaves and enters
by and the channels between (at most three legs); `tracks` gives each leg a track of its own in its channel,
short ones nearest to the nodes. Arrows to the same target may share a track: they merge as they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.diagrams.placing import Key, Spot

Side = Literal["left", "right", "top", "bottom"]


@dataclass(frozen=True)
class Leg:
    """A stretch within one channel, in grid units: row r has its middle at r + ½, channel i lies at i."""

    across: bool
    channel: int
    begin: float
    end: float

    @property
    def span(self) -> tuple[float, float]:
        return min(self.begin, self.end), max(self.begin, self.end)


@dataclass(frozen=True)
class Route:
    source: Key
    target: Key
    out: Side
    into: Side
    legs: tuple[Leg, ...] = ()

    @property
    def is_straight(self) -> bool:
        return not self.legs


class _Grid:
    """What is taken: the cells with nodes, and the stretches of a row that an arrow runs straight through."""

    def __init__(self, spots: Mapping[Key, Spot]) -> None:
        self.cells = {(spot.row, spot.column) for spot in spots.values()}
        self.runs: dict[int, list[tuple[int, int]]] = {}
        self.first: dict[int, int] = {}
        for spot in spots.values():
            self.first[spot.line] = min(self.first.get(spot.line, spot.row), spot.row)

    def run(self, row: int, begin: int, end: int) -> bool:
        """Take the row's middle between two columns for an arrow, where nothing stands or runs in between."""
        if any((row, column) in self.cells for column in range(begin + 1, end)):
            return False
        taken = self.runs.setdefault(row, [])
        if any(begin < other_end and other_begin < end for other_begin, other_end in taken):
            return False
        taken.append((begin, end))
        return True

    def is_clear_column(self, column: int, begin: int, end: int) -> bool:
        return not any((row, column) in self.cells for row in range(begin + 1, end))


def plan(spots: Mapping[Key, Spot], pairs: Sequence[tuple[Key, Key]]) -> tuple[Route, ...]:
    """Choose a way for every arrow, in the order given; straight ones are found first."""
    grid = _Grid(spots)
    routes: dict[int, Route] = {}
    for number, (source, target) in enumerate(pairs):
        straight = _straight(grid, source, target, spots)
        if straight:
            routes[number] = straight
    for number, (source, target) in enumerate(pairs):
        if number not in routes:
            routes[number] = _bent(grid, source, target, spots)
    return tuple(routes[number] for number in range(len(pairs)))


def _straight(grid: _Grid, source: Key, target: Key, spots: Mapping[Key, Spot]) -> Route | None:
    here, there = spots[source], spots[target]
    if here.row == there.row and there.column > here.column and grid.run(here.row, here.column, there.column):
        return Route(source, target, "right", "left")
    if (
        here.column == there.column
        and there.row > here.row
        and grid.is_clear_column(here.column, here.row, there.row)
        and here.line == there.line
    ):
        return Route(source, target, "bottom", "top")
    return None


def _bent(grid: _Grid, source: Key, target: Key, spots: Mapping[Key, Spot]) -> Route:
    here, there = spots[source], spots[target]
    r, c, r2, c2 = here.row, here.column, there.row, there.column

    def route(out: Side, into: Side, *legs: Leg) -> Route:
        return Route(source, target, out, into, legs)

    if here.line == there.line and c2 > c:
        if r == r2:
            return route("top", "top", Leg(True, r, c + 0.5, c2 + 0.5))
        if c2 == c + 1 or grid.run(r, c, c2):
            return route("right", "left", Leg(False, c2, r + 0.5, r2 + 0.5))
        if grid.run(r2, c, c2):
            return route("right", "left", Leg(False, c + 1, r + 0.5, r2 + 0.5))
        level, into = (r2, "top") if r < r2 else (r2 + 1, "bottom")
        return route("right", into, Leg(False, c + 1, r + 0.5, level), Leg(True, level, c + 1, c2 + 0.5))  # type: ignore[arg-type]
    if there.line > here.line:
        level = grid.first[there.line]
        if c + 1 == c2:
            return route("right", "left", Leg(False, c2, r + 0.5, r2 + 0.5))
        return route(
            "right",
            "left",
            Leg(False, c + 1, r + 0.5, level),
            Leg(True, level, c + 1, c2),
            Leg(False, c2, level, r2 + 0.5),
        )
    if source == target:
        return route("right", "bottom", Leg(False, c + 1, r + 0.5, r + 1), Leg(True, r + 1, c + 1, c + 0.5))
    if r == r2:
        return route("bottom", "bottom", Leg(True, r + 1, c + 0.5, c2 + 0.5))
    if r2 > r:
        return route("bottom", "left", Leg(True, r + 1, c + 0.5, c2), Leg(False, c2, r + 1, r2 + 0.5))
    if r2 + 1 == r:
        return route("top", "bottom", Leg(True, r, c + 0.5, c2 + 0.5))
    return route(
        "top",
        "bottom",
        Leg(True, r, c + 0.5, c2 + 1),
        Leg(False, c2 + 1, r, r2 + 1),
        Leg(True, r2 + 1, c2 + 1, c2 + 0.5),
    )


@dataclass(frozen=True)
class Tracks:
    """Which track each leg has in its channel, counted from the top or the left, and how many there are."""

    of: Mapping[tuple[int, int], int]
    """(number of the route, number of its leg) -> track"""
    across: Mapping[int, int]
    """channel H -> how many tracks"""
    down: Mapping[int, int]
    """channel V -> how many tracks"""


def tracks(routes: Sequence[Route]) -> Tracks:
    """Give the legs of every channel their tracks."""
    channels: dict[tuple[bool, int], list[tuple[int, int]]] = {}
    for number, route in enumerate(routes):
        for at, leg in enumerate(route.legs):
            channels.setdefault((leg.across, leg.channel), []).append((number, at))
    of: dict[tuple[int, int], int] = {}
    counts: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for (across, channel), members in channels.items():
        upper = [member for member in members if across and _hangs(routes[member[0]], member[1])]
        lower = [member for member in members if member not in set(upper)]
        above, below = _colour(routes, upper), _colour(routes, lower)
        for member, track in above.items():
            of[member] = track
        depth = max(above.values(), default=-1) + 1
        whole = depth + max(below.values(), default=-1) + 1
        for member, track in below.items():
            of[member] = whole - 1 - track
        counts[0 if across else 1][channel] = whole
    return Tracks(of, *counts)


def _hangs(route: Route, at: int) -> bool:
    """Say whether this leg belongs to the row above its channel (it touches a node's bottom)."""
    return (at == 0 and route.out == "bottom") or (at == len(route.legs) - 1 and route.into == "bottom")


def _colour(routes: Sequence[Route], members: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Colour the legs, short ones first, so that none overlap but those which may share."""
    rows: list[list[tuple[int, int]]] = []
    found: dict[tuple[int, int], int] = {}

    def leg(member: tuple[int, int]) -> Leg:
        return routes[member[0]].legs[member[1]]

    def length(member: tuple[int, int]) -> float:
        begin, end = leg(member).span
        return end - begin

    def fits(member: tuple[int, int], other: tuple[int, int]) -> bool:
        mine, theirs = routes[member[0]], routes[other[0]]
        if mine.target == theirs.target or (not leg(member).across and mine.source == theirs.source):
            return True
        (begin, end), (other_begin, other_end) = leg(member).span, leg(other).span
        return end <= other_begin or other_end <= begin

    for member in sorted(members, key=length):
        for number, row in enumerate(rows):
            if all(fits(member, other) for other in row):
                row.append(member)
                found[member] = number
                break
        else:
            rows.append([member])
            found[member] = len(rows) - 1
    return found
