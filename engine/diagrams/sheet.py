"""The measured grid: how wide each column, row and channel is, where each node stands and each arrow bends, in px.

Lines that hold no region share the widths of their columns, so that what is wrapped stands below each other; a line
with a region in it has its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.diagrams import ports, shapes, words
from engine.diagrams.placing import Key, Spot
from engine.diagrams.ports import Arrow
from engine.diagrams.routing import FORK, JOIN, LEFT, RIGHT, Route, is_exit
from engine.diagrams.tracks import Tracks

TRACK_ACROSS, TRACK_DOWN = 22.0, 12.0
GAP, LINE_GAP, EDGE = 24.0, 34.0, 14.0
MARGIN, START_ROOM = 12.0, 44.0
ARROW = 16.0
BAR = 16.0
"""How far inside its frame the bar of a region stands."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Place:
    x: float
    y: float
    caption_x: float
    caption_y: float
    caption_anchor: str


class Sheet:
    """The measured grid: where each column, row and channel begins."""

    def __init__(
        self,
        boxes: Mapping[Key, shapes.Box],
        spots: Mapping[Key, Spot],
        arrows: Sequence[Arrow],
        routes: Sequence[Route],
        tracks: Tracks,
        in_frame: bool = False,
        least: float = 0.0,
    ) -> None:
        self.boxes, self.spots, self.arrows, self.routes, self.tracks = boxes, spots, arrows, routes, tracks
        self.in_frame = in_frame
        self._ends = ports.Ends(spots)
        rows = max((spot.row for spot in spots.values()), default=0) + 1
        self._wide = self._columns()
        self._down = self._channels_down()
        gutter = self._gutter(LEFT)
        lead = BAR if in_frame else 0.0
        self.column_x: dict[int, list[float]] = {}
        self.channel_x: dict[tuple[int, int], float] = {LEFT: lead}
        right = lead + gutter
        for line, wide in self._wide.items():
            begins, channels, whole = _stack(wide, self._down[line], lead + gutter)
            self.column_x[line] = begins
            self.channel_x |= {(line, at): x for at, x in enumerate(channels)}
            right = max(right, whole)
        self.channel_x[RIGHT] = right
        self.width = max(right + self._gutter(RIGHT) + lead, least)
        self._above, self._below = [0.0] * rows, [0.0] * rows
        line_of = [0] * rows
        for key, spot in spots.items():
            axis = boxes[key].axis
            self._above[spot.row] = max(self._above[spot.row], axis)
            self._below[spot.row] = max(self._below[spot.row], boxes[key].height - axis)
            line_of[spot.row] = spot.line
        self._across = self._channels_across(rows, line_of)
        high = [above + below for above, below in zip(self._above, self._below, strict=True)]
        self.row_y, self.channel_y, self.height = _stack(high, self._across)
        self._slots = ports.spread(boxes, self.spot, arrows, routes)
        self.places = {key: self._place(key) for key in spots}

    def _columns(self) -> dict[int, list[float]]:
        """How wide each column of each line is."""
        wide: dict[int, list[float]] = {}
        framed = {spot.line for key, spot in self.spots.items() if self.boxes[key].is_frame}
        for key, spot in sorted(self.spots.items(), key=lambda item: item[1].line):
            widths = wide.setdefault(spot.line, [])
            widths += [0.0] * (spot.column + 1 - len(widths))
            widths[spot.column] = max(widths[spot.column], self.boxes[key].room)
        _align([widths for line, widths in wide.items() if line not in framed])
        return wide

    def _channels_down(self) -> dict[int, list[float]]:
        """How wide each channel V of each line is: its tracks, and the words that stand in it."""
        words_in: dict[tuple[int, int], float] = {}
        for arrow, route in zip(self.arrows, self.routes, strict=True):
            crossed = self._between(route)
            if arrow.label and crossed is not None:
                words_in[crossed] = max(words_in.get(crossed, 0.0), words.width(arrow.label, shapes.NOTE) + 10)
        found: dict[int, list[float]] = {}
        for line, wide in self._wide.items():
            found[line] = []
            for at in range(len(wide) + 1):
                count, said = self.tracks.down.get((line, at), 0), words_in.get((line, at), 0.0)
                if at == 0:
                    least = 32.0 if self.in_frame else START_ROOM
                else:
                    least = 36.0 if at < len(wide) else 24.0 if self.in_frame else EDGE
                found[line].append(max(least, EDGE + count * TRACK_DOWN + said + ARROW if count or said else 0))
        framed = {spot.line for key, spot in self.spots.items() if self.boxes[key].is_frame}
        _align([widths for line, widths in found.items() if line not in framed])
        return found

    def _between(self, route: Route) -> tuple[int, int] | None:
        """Return the channel V that a level arrow crosses, where it crosses no more than one."""
        if (route.out, route.into) != ("right", "left"):
            return None
        if route.target == JOIN:
            spot = self.spots[route.source]
            return (spot.line, spot.column + 1)
        there = self.spots[route.target]
        here = Spot(there.row, -1, there.line) if route.source == FORK else self.spots[route.source]
        return (there.line, there.column) if (here.line, here.column + 1) == (there.line, there.column) else None

    def _gutter(self, channel: tuple[int, int]) -> float:
        count = self.tracks.down.get(channel, 0)
        return EDGE + count * TRACK_DOWN + (8 if channel == RIGHT else 0) if count else 0.0

    def _channels_across(self, rows: int, line_of: Sequence[int]) -> list[float]:
        found = []
        for channel in range(rows + 1):
            count = self.tracks.across.get(channel, 0)
            least = MARGIN if channel in (0, rows) else LINE_GAP if line_of[channel] != line_of[channel - 1] else GAP
            found.append(max(least, 2 * EDGE + count * TRACK_ACROSS if count else 0))
        return found

    def spot(self, key: Key) -> Spot:
        """Return the cell of a node; for the bars and the exits of a frame, one beside all cells."""
        return self.spots[key] if key in self.spots else self._ends.spot(key)

    def axis(self, row: int) -> float:
        """Return the y of the middle of a row, at which its nodes are joined by level arrows."""
        return self.row_y[row] + self._above[row]

    def _place(self, key: Key) -> Place:
        box, spot = self.boxes[key], self.spots[key]
        middle_x = self.column_x[spot.line][spot.column] + self._wide[spot.line][spot.column] / 2
        x = middle_x - box.w / 2
        y = self.axis(spot.row) - box.axis + box.headroom
        crossed = any(side == "bottom" for owner, side in self._slots if owner == key)
        below = y + box.h + shapes.NOTE_LINE + 1
        return Place(x, y, middle_x - 7 if crossed else middle_x, below, "end" if crossed else "middle")

    def before(self, key: Key) -> Point:
        """Return where the start mark stands: left of the first step."""
        return self.places[key].x - 30, self.port(key, "left")[1]

    def port(self, key: Key, side: str, number: int | None = None) -> Point:
        """Return where on this side of a node the arrow of this route leaves or enters."""
        place, box = self.places[key], self.boxes[key]
        inset = BAR if box.is_frame else 0.0
        middle = place.y + box.axis - box.headroom
        if side == "left":
            return place.x + inset, middle
        if side == "right":
            return place.x + box.w - inset, middle
        y = place.y if side == "top" else place.y + box.h
        if number is not None and self.arrows[number].from_exit and key == self.routes[number].source:
            return place.x + box.exits[self.arrows[number].from_exit], y
        offset = 0.0 if number is None else self._slots[key, side].get(number, 0.0)
        return place.x + box.w / 2 + offset, y

    def points(self, number: int) -> tuple[Point, ...]:
        """Return the corners of a route."""
        route = self.routes[number]
        x, y = self._begin(route, number)
        end_x, end_y = self._end(route, number)
        found: list[Point] = [(x, y)]
        for at, leg in enumerate(route.legs):
            track = self.tracks.of[number, at]
            if isinstance(leg.channel, int):
                y = self._track_y(leg.channel, track)
                if at == 0 and route.source == FORK:
                    found[0] = (x, y)
            else:
                x = self.channel_x[leg.channel] + EDGE + (track + 0.5) * TRACK_DOWN
            found.append((x, y))
        if is_exit(route.target):
            end_x = x
        elif route.target == JOIN and route.legs:
            end_y = y
        elif route.legs:
            found.append((end_x, y) if route.legs[-1].across else (x, end_y))
        found.append((end_x, end_y))
        return tidy(found)

    def _begin(self, route: Route, number: int) -> Point:
        if route.source != FORK:
            return self.port(route.source, route.out, number)
        return BAR, self.axis(self.spots[route.target].row)

    def _end(self, route: Route, number: int) -> Point:
        if route.target == JOIN:
            return self.width - BAR, self.axis(self.spots[route.source].row)
        if is_exit(route.target):
            return 0, self.height
        return self.port(route.target, route.into, number)

    def _track_y(self, channel: int, track: int) -> float:
        count = self.tracks.across[channel]
        spare = (self._across[channel] - count * TRACK_ACROSS) / 2
        return self.channel_y[channel] + spare + (track + 0.5) * TRACK_ACROSS


def _align(lines: Sequence[list[float]]) -> None:
    """Make what stands below each other as wide as the widest of it."""
    for at in range(max(map(len, lines), default=0)):
        widest = max(line[at] for line in lines if at < len(line))
        for line in lines:
            if at < len(line):
                line[at] = widest


def _stack(
    sizes: Sequence[float], channels: Sequence[float], begin: float = 0.0
) -> tuple[list[float], list[float], float]:
    """Lay sizes and the channels between them one after the other: where each begins, and where it all ends."""
    at, begins, channel_begins = begin, [], []
    for number, size in enumerate(sizes):
        channel_begins.append(at)
        at += channels[number]
        begins.append(at)
        at += size
    channel_begins.append(at)
    return begins, channel_begins, at + channels[-1]


def tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out points that repeat or lie on a straight line between their neighbours."""
    found: list[Point] = []
    for point in points:
        if found and abs(found[-1][0] - point[0]) < 0.05 and abs(found[-1][1] - point[1]) < 0.05:
            continue
        if len(found) > 1:
            (ax, ay), (bx, by) = found[-2], found[-1]
            if (abs(ax - bx) < 0.05 and abs(bx - point[0]) < 0.05) or (
                abs(ay - by) < 0.05 and abs(by - point[1]) < 0.05
            ):
                found[-1] = point
                continue
        found.append(point)
    return tuple(found)
