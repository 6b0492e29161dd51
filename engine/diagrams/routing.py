"""How arrows run: only through the channels between rows and columns, so that none ever crosses a node.

Channel H i lies above row i; channel V (line, j) left of column j of that line. Left and right of all lines run two
gutters, for arrows from one line to another. `plan` picks for every arrow the sides it leaves and enters by and the
channels between; `tracks` gives each leg a track of its own in its channel, short ones nearest to the nodes. Arrows
to the same target may share a track: they merge as they arrive.

In a region three places stand at the frame itself: `FORK`, the bar its lists begin at, `JOIN`, the bar they end at,
and an exit at the lower edge for each step outside that a way of theirs leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    The start mark stands left of the node `start`. `back` says of each exit whether it leads back: then it is reached by the gutter on the left.
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
        is_last = grid.rows - 1 == here.row or all(
            spot.line <= here.line for spot in grid.spots.values() if spot.row > here.row
        )
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
    source, target = pair.source, pair.target

    def route(out: Side, into: Side, *legs: Leg) -> Route:
        return Route(source, target, out, into, legs)

    if source == FORK:
        there = grid.spots[target]
        level = Leg(True, there.row, _BAR[FORK], there.column, there.line)
        return route("right", "left", level, _down(there, there.column, there.row, there.row + 0.5))
    here = grid.spots[source]
    r, c, below = here.row, here.column, here.row + 1
    if target == JOIN:
        if pair.from_exit:
            return route("bottom", "left", Leg(True, below, c + 0.5, _BAR[JOIN], here.line))
        return route(
            "right", "left", _down(here, c + 1, r + 0.5, below), Leg(True, below, c + 1, _BAR[JOIN], here.line)
        )
    if is_exit(target):
        gutter = LEFT if grid.back[target] else RIGHT
        aside = Leg(True, below, c + 0.5, _GUTTER[gutter], here.line)
        return route("bottom", "top", aside, Leg(False, gutter, below, grid.rows + 1))
    there = grid.spots[target]
    if here.line != there.line:
        return route(*_to_another_line(grid, here, there, pair.from_exit))
    return route(*_in_its_line(grid, here, there, source == target, pair.from_exit))


def _down(spot: Spot, column: int, begin: float, end: float) -> Leg:
    """A stretch in a channel V of the line of this spot."""
    return Leg(False, (spot.line, column), begin, end)


def _in_its_line(
    grid: _Grid, here: Spot, there: Spot, is_loop: bool, from_exit: bool
) -> tuple[Side, Side, *tuple[Leg, ...]]:
    r, c, r2, c2 = here.row, here.column, there.row, there.column

    def across(channel: int, begin: float, end: float) -> Leg:
        return Leg(True, channel, begin, end, here.line)

    if from_exit:
        if r == r2:
            return "bottom", "bottom", across(r + 1, c + 0.5, c2 + 0.5)
        if r2 < r:
            beside = _down(there, c2 + 1, r + 1, r2 + 1)
            return "bottom", "bottom", across(r + 1, c + 0.5, c2 + 1), beside, across(r2 + 1, c2 + 1, c2 + 0.5)
        return "bottom", "left", across(r + 1, c + 0.5, c2), _down(there, c2, r + 1, r2 + 0.5)
    if c2 > c:
        if r == r2:
            return "top", "top", across(r, c + 0.5, c2 + 0.5)
        if c2 == c + 1 or grid.run(r, c, c2):
            return "right", "left", _down(there, c2, r + 0.5, r2 + 0.5)
        if grid.run(r2, c, c2):
            return "right", "left", _down(here, c + 1, r + 0.5, r2 + 0.5)
        level, into = (r2, "top") if r < r2 else (r2 + 1, "bottom")
        return "right", into, _down(here, c + 1, r + 0.5, level), across(level, c + 1, c2 + 0.5)  # type: ignore[return-value]
    if is_loop:
        return "right", "bottom", _down(here, c + 1, r + 0.5, r + 1), across(r + 1, c + 1, c + 0.5)
    if r == r2:
        return "bottom", "bottom", across(r + 1, c + 0.5, c2 + 0.5)
    if r2 > r:
        return "bottom", "left", across(r + 1, c + 0.5, c2), _down(there, c2, r + 1, r2 + 0.5)
    if r2 + 1 == r:
        return "top", "bottom", across(r, c + 0.5, c2 + 0.5)
    return (
        "top",
        "bottom",
        across(r, c + 0.5, c2 + 1),
        _down(here, c2 + 1, r, r2 + 1),
        across(r2 + 1, c2 + 1, c2 + 0.5),
    )


def _to_another_line(grid: _Grid, here: Spot, there: Spot, from_exit: bool) -> tuple[Side, Side, *tuple[Leg, ...]]:
    r, c, r2, c2 = here.row, here.column, there.row, there.column
    last = _down(there, c2, grid.first[there.line], r2 + 0.5)
    is_next = there.line == here.line + 1
    if from_exit:
        leaves: tuple[Leg, ...] = ()
        out: Side = "bottom"
        level, at = r + 1, c + 0.5
    elif there.line > here.line:
        level, at, out = grid.first[here.line + 1], c + 1, "right"
        leaves = (_down(here, c + 1, r + 0.5, level),)
    else:
        leaves, out = (), "top"
        level, at = r, c + 0.5
    if is_next and level == grid.first[there.line]:
        return out, "left", *leaves, Leg(True, level, at, c2), last
    aside = Leg(True, level, at, _GUTTER[LEFT], here.line)
    if grid.run(r2, _GUTTER[LEFT], c2):
        return out, "left", *leaves, aside, Leg(False, LEFT, level, r2 + 0.5)
    if there.line > here.line:
        beside, back_in = grid.first[there.line], last
        return (
            out,
            "left",
            *leaves,
            aside,
            Leg(False, LEFT, level, beside),
            Leg(True, beside, _GUTTER[LEFT], c2, there.line),
            back_in,
        )
    return (
        out,
        "bottom",
        *leaves,
        aside,
        Leg(False, LEFT, level, r2 + 1),
        Leg(True, r2 + 1, _GUTTER[LEFT], c2 + 0.5, there.line),
    )


@dataclass(frozen=True)
class Tracks:
    """Which track each leg has in its channel, counted from the top or the left, and how many there are."""

    of: Mapping[tuple[int, int], int]
    """(number of the route, number of its leg) -> track"""
    across: Mapping[int, int]
    """channel H -> how many tracks"""
    down: Mapping[tuple[int, int], int]
    """channel V -> how many tracks"""


def tracks(routes: Sequence[Route]) -> Tracks:
    """Give the legs of every channel their tracks."""
    channels: dict[int | tuple[int, int], list[tuple[int, int]]] = {}
    for number, route in enumerate(routes):
        for at, leg in enumerate(route.legs):
            channels.setdefault(leg.channel, []).append((number, at))
    of: dict[tuple[int, int], int] = {}
    across: dict[int, int] = {}
    down: dict[tuple[int, int], int] = {}
    for channel, members in channels.items():
        upper = [member for member in members if isinstance(channel, int) and _hangs(routes[member[0]], member[1])]
        lower = [member for member in members if member not in set(upper)]
        above, below = _colour(routes, upper), _colour(routes, lower)
        for member, track in above.items():
            of[member] = track
        depth = max(above.values(), default=-1) + 1
        whole = depth + max(below.values(), default=-1) + 1
        for member, track in below.items():
            of[member] = whole - 1 - track
        if isinstance(channel, int):
            across[channel] = whole
        else:
            down[channel] = whole
    return Tracks(of, across, down)


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
        if mine.target == theirs.target and mine.target != JOIN:
            return True
        if leg(member).across:
            line = leg(member).line
            if line is None or line != leg(other).line:
                return False
        elif mine.source == theirs.source:
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
