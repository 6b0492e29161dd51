"""How arrows run: only through the channels between rows and columns, so that none ever crosses a node.

Channel H i lies above row i; channel V (line, j) left of column j of that line. Left and right of all lines run two
gutters, for arrows from one line to another. `plan` picks for every arrow the sides it leaves and enters by and the
channels between; which track of a channel it takes is `tracks`'.

In a region three places stand at the frame itself: `FORK`, the bar its lists begin at, `JOIN`, the bar they end at,
and an exit at the lower edge for each step outside that a way of theirs leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.diagrams.placing import Key, Spot

Side = Literal["left", "right", "top", "bottom"]

FORK, JOIN, EXIT = "<", ">", "^"
LEFT, RIGHT = (-1, 0), (-1, 1)
"""The gutters, as channels V."""

_GUTTER, _BAR = {LEFT: -1.0, RIGHT: 1e6}, {FORK: -2.0, JOIN: 2e6}


def exit_to(target: Key) -> Key:
    """Return the key of the exit towards this step outside."""
    return EXIT + target


def is_exit(key: Key) -> bool:
    return key.startswith(EXIT)


@dataclass(frozen=True)
class Leg:
    """A stretch within one channel, in grid units: row r has its middle at r + ½, channel i lies at i.

    `line` says whose columns `begin` and `end` of a stretch across are counted in; None where they are of two lines.
    """

    across: bool
    channel: int | tuple[int, int]
    begin: float
    end: float
    line: int | None = None

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


@dataclass(frozen=True)
class Pair:
    """An arrow to route. `from_exit` is set where it goes on from an exit in the lower edge of its source's frame."""

    source: Key
    target: Key
    from_exit: bool = False


class _Grid:
    """What is taken: the cells with nodes, and the stretches of a row that an arrow runs straight through."""

    def __init__(
        self, spots: Mapping[Key, Spot], pairs: Sequence[Pair], back: Mapping[Key, bool], start: Key | None
    ) -> None:
        self.spots, self.back = spots, back
        self.cells: set[tuple[int, float]] = {(spot.row, spot.column) for spot in spots.values()}
        if start is not None:
            self.cells.add((spots[start].row, spots[start].column - 0.5))
        self.runs: dict[int, list[tuple[float, float]]] = {}
        self.first: dict[int, int] = {}
        for spot in spots.values():
            self.first[spot.line] = min(self.first.get(spot.line, spot.row), spot.row)
        self.rows = max((spot.row for spot in spots.values()), default=0) + 1
        leaving = [pair.target for pair in pairs if is_exit(pair.target)]
        self.alone = {key for key in leaving if leaving.count(key) == 1}
        """The exits that one arrow leads to."""

    def run(self, row: int, begin: float, end: float) -> bool:
        """Take the row's middle between two columns for an arrow, where nothing stands or runs in between."""
        if any(begin < column < end for taken_row, column in self.cells if taken_row == row):
            return False
        taken = self.runs.setdefault(row, [])
        if any(begin < other_end and other_begin < end for other_begin, other_end in taken):
            return False
        taken.append((begin, end))
        return True

    def is_clear_column(self, column: int, begin: int, end: int) -> bool:
        return not any((row, column) in self.cells for row in range(begin + 1, end))


def plan(
    spots: Mapping[Key, Spot], pairs: Sequence[Pair], back: Mapping[Key, bool], start: Key | None = None
) -> tuple[Route, ...]:
    """Choose a way for every arrow, in the order given; straight ones are found first.

    The start mark stands left of the node `start`. `back` says of each exit whether it leads back: then it is
    reached by the gutter on the left.
    """
    grid = _Grid(spots, pairs, back, start)
    routes: dict[int, Route] = {}
    for number, pair in enumerate(pairs):
        straight = _straight(grid, pair)
        if straight:
            routes[number] = straight
    for number, pair in enumerate(pairs):
        if number not in routes:
            routes[number] = _bent(grid, pair)
    return tuple(routes[number] for number in range(len(pairs)))


def _straight(grid: _Grid, pair: Pair) -> Route | None:
    source, target = pair.source, pair.target
    level, upright = Route(source, target, "right", "left"), Route(source, target, "bottom", "top")
    if source == FORK:
        there = grid.spots[target]
        return level if grid.run(there.row, _BAR[FORK], there.column) else None
    here = grid.spots[source]
    if target == JOIN:
        return level if not pair.from_exit and grid.run(here.row, here.column, _BAR[JOIN]) else None
    if is_exit(target):
        is_last = all(spot.line <= here.line for spot in grid.spots.values() if spot.row > here.row)
        clear = is_last and grid.is_clear_column(here.column, here.row, grid.rows)
        return upright if clear and target in grid.alone else None
    if pair.from_exit:
        return None
    there = grid.spots[target]
    if here.row == there.row and there.column > here.column and grid.run(here.row, here.column, there.column):
        return level
    if (
        here.column == there.column
        and there.row > here.row
        and grid.is_clear_column(here.column, here.row, there.row)
        and here.line == there.line
    ):
        return upright
    return None


def _bent(grid: _Grid, pair: Pair) -> Route:
    out, into, legs = _to_the_frame(grid, pair) or _between_nodes(grid, pair)
    return Route(pair.source, pair.target, out, into, legs)


Way = tuple[Side, Side, tuple[Leg, ...]]
"""The sides an arrow leaves and enters by, and the stretches between."""


def _to_the_frame(grid: _Grid, pair: Pair) -> Way | None:
    """Lead an arrow from or to a bar of the frame, or to an exit; None where both its ends are nodes."""
    if pair.source == FORK:
        there = grid.spots[pair.target]
        level = Leg(True, there.row, _BAR[FORK], there.column, there.line)
        return "right", "left", (level, _down(there, there.column, there.row, there.row + 0.5))
    here = grid.spots[pair.source]
    r, c, below = here.row, here.column, here.row + 1
    if pair.target == JOIN:
        if pair.from_exit:
            return "bottom", "left", (Leg(True, below, c + 0.5, _BAR[JOIN], here.line),)
        aside = Leg(True, below, c + 1, _BAR[JOIN], here.line)
        return "right", "left", (_down(here, c + 1, r + 0.5, below), aside)
    if is_exit(pair.target):
        gutter = LEFT if grid.back[pair.target] else RIGHT
        aside = Leg(True, below, c + 0.5, _GUTTER[gutter], here.line)
        return "bottom", "top", (aside, Leg(False, gutter, below, grid.rows + 1))
    return None


def _between_nodes(grid: _Grid, pair: Pair) -> Way:
    here, there = grid.spots[pair.source], grid.spots[pair.target]
    if here.line != there.line:
        return _to_another_line(grid, here, there, pair.from_exit)
    if pair.from_exit:
        return _from_exit(here, there)
    return _forward(grid, here, there) if there.column > here.column else _back(here, there, pair.source == pair.target)


def _down(spot: Spot, column: int, begin: float, end: float) -> Leg:
    """A stretch in a channel V of the line of this spot."""
    return Leg(False, (spot.line, column), begin, end)


def _across(spot: Spot, channel: int, begin: float, end: float) -> Leg:
    """A stretch in a channel H, within the line of this spot."""
    return Leg(True, channel, begin, end, spot.line)


def _from_exit(here: Spot, there: Spot) -> Way:
    r, c, r2, c2 = here.row, here.column, there.row, there.column
    if r == r2:
        return "bottom", "bottom", (_across(here, r + 1, c + 0.5, c2 + 0.5),)
    if r2 < r:
        aside, beside = _across(here, r + 1, c + 0.5, c2 + 1), _down(there, c2 + 1, r + 1, r2 + 1)
        return "bottom", "bottom", (aside, beside, _across(here, r2 + 1, c2 + 1, c2 + 0.5))
    return "bottom", "left", (_across(here, r + 1, c + 0.5, c2), _down(there, c2, r + 1, r2 + 0.5))


def _forward(grid: _Grid, here: Spot, there: Spot) -> Way:
    r, c, r2, c2 = here.row, here.column, there.row, there.column
    if r == r2:
        return "top", "top", (_across(here, r, c + 0.5, c2 + 0.5),)
    if c2 == c + 1 or grid.run(r, c, c2):
        return "right", "left", (_down(there, c2, r + 0.5, r2 + 0.5),)
    if grid.run(r2, c, c2):
        return "right", "left", (_down(here, c + 1, r + 0.5, r2 + 0.5),)
    if r < r2:
        return "right", "top", (_down(here, c + 1, r + 0.5, r2), _across(here, r2, c + 1, c2 + 0.5))
    return "right", "bottom", (_down(here, c + 1, r + 0.5, r2 + 1), _across(here, r2 + 1, c + 1, c2 + 0.5))


def _back(here: Spot, there: Spot, is_loop: bool) -> Way:
    r, c, r2, c2 = here.row, here.column, there.row, there.column
    if is_loop:
        return "right", "bottom", (_down(here, c + 1, r + 0.5, r + 1), _across(here, r + 1, c + 1, c + 0.5))
    if r == r2:
        return "bottom", "bottom", (_across(here, r + 1, c + 0.5, c2 + 0.5),)
    if r2 > r:
        return "bottom", "left", (_across(here, r + 1, c + 0.5, c2), _down(there, c2, r + 1, r2 + 0.5))
    if r2 + 1 == r:
        return "top", "bottom", (_across(here, r, c + 0.5, c2 + 0.5),)
    aside, beside = _across(here, r, c + 0.5, c2 + 1), _down(here, c2 + 1, r, r2 + 1)
    return "top", "bottom", (aside, beside, _across(here, r2 + 1, c2 + 1, c2 + 0.5))


def _to_another_line(grid: _Grid, here: Spot, there: Spot, from_exit: bool) -> Way:
    """To the next line straight between them; to any other by the gutter on the left."""
    r, c, r2, c2 = here.row, here.column, there.row, there.column
    onward = there.line > here.line
    out: Side = "bottom" if from_exit else "right" if onward else "top"
    leaves: tuple[Leg, ...] = ()
    if out == "right":
        level, at = grid.first[here.line + 1], c + 1.0
        leaves = (_down(here, c + 1, r + 0.5, level),)
    else:
        level, at = r + 1 if out == "bottom" else r, c + 0.5
    beside = grid.first[there.line]
    arrives = _down(there, c2, beside, r2 + 0.5)
    if there.line == here.line + 1 and level == beside:
        return out, "left", (*leaves, Leg(True, level, at, c2), arrives)
    aside = _across(here, level, at, _GUTTER[LEFT])
    if grid.run(r2, _GUTTER[LEFT], c2):
        return out, "left", (*leaves, aside, Leg(False, LEFT, level, r2 + 0.5))
    if onward:
        along = Leg(False, LEFT, level, beside)
        return out, "left", (*leaves, aside, along, _across(there, beside, _GUTTER[LEFT], c2), arrives)
    along = Leg(False, LEFT, level, r2 + 1)
    return out, "bottom", (*leaves, aside, along, _across(there, r2 + 1, _GUTTER[LEFT], c2 + 0.5))
