"""The measured grid: how wide each column, row and channel is, where each node stands and each arrow bends, in px."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.diagrams import shapes, words
from engine.diagrams.placing import Key, Spot
from engine.diagrams.routing import Route, Tracks

TRACK_ACROSS, TRACK_DOWN = 22.0, 12.0
GAP, LINE_GAP, EDGE = 24.0, 34.0, 14.0
MARGIN, START_ROOM = 12.0, 44.0
ARROW = 16.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Arrow:
    """An arrow to draw between two nodes; the source `""` is the start mark."""

    source: Key
    target: Key
    label: str = ""


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
    ) -> None:
        self.boxes, self.spots, self.routes, self.tracks = boxes, spots, routes, tracks
        rows = max((spot.row for spot in spots.values()), default=0) + 1
        columns = max((spot.column for spot in spots.values()), default=0) + 1
        wide, high = [0.0] * columns, [0.0] * rows
        line_of = [0] * rows
        for key, spot in spots.items():
            wide[spot.column] = max(wide[spot.column], boxes[key].room)
            high[spot.row] = max(high[spot.row], boxes[key].height)
            line_of[spot.row] = spot.line
        self._down, self._across = self._channels(rows, columns, line_of, arrows)
        self.column_x, self.channel_x, self.width = _stack(wide, self._down)
        self.row_y, self.channel_y, self.height = _stack(high, self._across)
        self._wide, self._high = wide, high
        self._slots = self._spread()
        self.places = {key: self._place(key) for key in spots}

    def _channels(
        self, rows: int, columns: int, line_of: Sequence[int], arrows: Sequence[Arrow]
    ) -> tuple[list[float], list[float]]:
        words_in = [0.0] * (columns + 1)
        for arrow, route in zip(arrows, self.routes, strict=True):
            here, there = self.spots[route.source], self.spots[route.target]
            if arrow.label and route.out == "right" and route.into == "left" and there.column == here.column + 1:
                words_in[there.column] = max(words_in[there.column], words.width(arrow.label, shapes.NOTE) + 10)
        down = []
        for channel in range(columns + 1):
            count = self.tracks.down.get(channel, 0)
            least = START_ROOM if channel == 0 else EDGE if channel == columns else 36.0
            down.append(
                max(least, EDGE + count * TRACK_DOWN + words_in[channel] + ARROW if count or words_in[channel] else 0)
            )
        across = []
        for channel in range(rows + 1):
            count = self.tracks.across.get(channel, 0)
            least = MARGIN if channel in (0, rows) else LINE_GAP if line_of[channel] != line_of[channel - 1] else GAP
            across.append(max(least, 2 * EDGE + count * TRACK_ACROSS if count else 0))
        return down, across

    def _place(self, key: Key) -> Place:
        box, spot = self.boxes[key], self.spots[key]
        middle_x = self.column_x[spot.column] + self._wide[spot.column] / 2
        middle_y = self.row_y[spot.row] + self._high[spot.row] / 2
        x, y = middle_x - box.w / 2, middle_y - box.h / 2
        crossed = any(side == "bottom" for owner, side in self._slots if owner == key)
        below = y + box.h + shapes.NOTE_LINE + 1
        return Place(x, y, middle_x - 7 if crossed else middle_x, below, "end" if crossed else "middle")

    def before(self, key: Key) -> Point:
        """Return where the start mark stands: left of the first step."""
        x, y = self.port(key, "left")
        return x - 30, y

    def port(self, key: Key, side: str, number: int | None = None) -> Point:
        """Return where on this side of a node the arrow of this route leaves or enters."""
        place, box = self.places[key], self.boxes[key]
        if side == "left":
            return place.x, place.y + box.h / 2
        if side == "right":
            return place.x + box.w, place.y + box.h / 2
        offset = 0.0 if number is None else self._slots[key, side].get(number, 0.0)
        return place.x + box.w / 2 + offset, place.y if side == "top" else place.y + box.h

    def _spread(self) -> dict[tuple[Key, str], dict[int, float]]:
        """Spread the arrows that share a node's top or bottom along it: (node, side) -> route -> offset in px.

        What arrives shares one place; a straight arrow keeps the middle; a diamond has only its corner.
        """
        users: dict[tuple[Key, str], list[tuple[float, int, bool]]] = {}
        for number, route in enumerate(self.routes):
            here, there = self.spots[route.source], self.spots[route.target]
            if route.out in ("top", "bottom"):
                aim = there.column + 0.1 * there.line - here.column
                users.setdefault((route.source, route.out), []).append((aim, number, False))
            if route.into in ("top", "bottom"):
                users.setdefault((route.target, route.into), []).append((here.column - there.column, number, True))
        slots: dict[tuple[Key, str], dict[int, float]] = {}
        for (key, side), arrows in users.items():
            slots[key, side] = {}
            if self.boxes[key].w < 60:
                slots[key, side] = {number: 0.0 for _, number, _ in arrows}
                continue
            going = sorted((aim, number) for aim, number, comes in arrows if not comes)
            coming = [number for _, number, comes in arrows if comes]
            straight = [number for _, number in going if self.routes[number].is_straight]
            straight += [number for number in coming if self.routes[number].is_straight]
            groups: list[list[int]] = [[number] for aim, number in going if aim < 0 and number not in straight]
            if coming and not set(coming) & set(straight):
                groups.append(coming)
            middle = len(groups)
            groups += [[number] for aim, number in going if aim >= 0 and number not in straight]
            step = min(26.0, (self.boxes[key].w - 24) / max(1, len(groups)))
            for at, group in enumerate(groups):
                if straight:
                    offset = (at - middle if at < middle else at - middle + 1) * step
                else:
                    offset = (at - (len(groups) - 1) / 2) * step
                for number in group:
                    slots[key, side][number] = offset
        return slots

    def points(self, number: int) -> tuple[Point, ...]:
        """Return the corners of a route."""
        route = self.routes[number]
        x, y = self.port(route.source, route.out, number)
        end_x, end_y = self.port(route.target, route.into, number)
        found: list[Point] = [(x, y)]
        for at, leg in enumerate(route.legs):
            track = self.tracks.of[number, at]
            if leg.across:
                y = self._track_y(leg.channel, track)
            else:
                x = self.channel_x[leg.channel] + EDGE + (track + 0.5) * TRACK_DOWN
            found.append((x, y))
        if route.legs:
            found.append((end_x, y) if route.legs[-1].across else (x, end_y))
        found.append((end_x, end_y))
        return _tidy(found)

    def _track_y(self, channel: int, track: int) -> float:
        count = self.tracks.across[channel]
        spare = (self._across[channel] - count * TRACK_ACROSS) / 2
        return self.channel_y[channel] + spare + (track + 0.5) * TRACK_ACROSS


def _stack(sizes: Sequence[float], channels: Sequence[float]) -> tuple[list[float], list[float], float]:
    """Lay sizes and the channels between them one after the other: where each begins, and the whole length."""
    at, begins, channel_begins = 0.0, [], []
    for number, size in enumerate(sizes):
        channel_begins.append(at)
        at += channels[number]
        begins.append(at)
        at += size
    channel_begins.append(at)
    return begins, channel_begins, at + channels[-1]


def _tidy(points: Sequence[Point]) -> tuple[Point, ...]:
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
