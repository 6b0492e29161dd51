"""From cells and routes to the drawn arrows: their paths with round corners, and where their labels stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.diagrams import routing, shapes, tracks
from engine.diagrams.labels import Labels
from engine.diagrams.placing import Key, Spot
from engine.diagrams.ports import Arrow
from engine.diagrams.routing import Pair
from engine.diagrams.sheet import MARGIN, Place, Point, Sheet
from engine.diagrams.sheet import tidy as tidy

CORNER = 7.0


@dataclass(frozen=True)
class Line:
    """An arrow as drawn."""

    points: tuple[Point, ...]
    d: str
    label_x: float
    label_y: float
    label_anchor: str
    is_back: bool


@dataclass(frozen=True)
class Drawn:
    width: float
    height: float
    start: Point
    places: Mapping[Key, Place]
    lines: tuple[Line, ...]
    sheet: Sheet


def draw(
    boxes: Mapping[Key, shapes.Box],
    spots: Mapping[Key, Spot],
    arrows: Sequence[Arrow],
    start: Key | None,
    back: Mapping[Key, bool] | None = None,
    least: float = 0.0,
) -> Drawn:
    """Place everything. `arrows` keep their order in `lines`.

    With `back` (of each exit, whether it leads back) it is the inside of a frame, at least so many px wide.
    """
    inner = [arrow for arrow in arrows if arrow.source]
    pairs = [Pair(arrow.source, arrow.target, bool(arrow.from_exit)) for arrow in inner]
    routes = routing.plan(spots, pairs, back or {}, start)
    sheet = Sheet(boxes, spots, inner, routes, tracks.share_out(routes), back is not None, least)
    bent = iter(zip(inner, routes, [sheet.points(number) for number in range(len(routes))], strict=True))
    lines: list[Line] = []
    begin = sheet.before(start) if start is not None else (MARGIN + 6, MARGIN + 6)
    labels = Labels(sheet)
    for arrow in arrows:
        if not arrow.source:
            end = sheet.port(arrow.target, "left")
            points: tuple[Point, ...] = ((begin[0] + 6, begin[1]), end) if arrow.target == start else (begin, end)
            lines.append(Line(points, smooth(points), 0, 0, "middle", False))
            continue
        _, route, points = next(bent)
        x, y, anchor = labels.put(arrow.label, points)
        here, there = sheet.spot(route.source), sheet.spot(route.target)
        is_back = (there.line, there.column) <= (here.line, here.column) and route.into == "bottom"
        lines.append(Line(points, smooth(points), x, y, anchor, is_back))
    return Drawn(sheet.width, sheet.height, begin, sheet.places, tuple(lines), sheet)


def smooth(points: Sequence[Point]) -> str:
    """Write the corners as a path, each corner a small curve."""
    n = shapes.n
    d = f"M{n(points[0][0])} {n(points[0][1])}"
    for at in range(1, len(points) - 1):
        (ax, ay), (bx, by), (cx, cy) = points[at - 1], points[at], points[at + 1]
        radius = min(CORNER, (abs(ax - bx) + abs(ay - by)) / 2, (abs(bx - cx) + abs(by - cy)) / 2)
        before = (bx + _sign(ax - bx) * radius, by + _sign(ay - by) * radius)
        after = (bx + _sign(cx - bx) * radius, by + _sign(cy - by) * radius)
        d += f"L{n(before[0])} {n(before[1])}Q{n(bx)} {n(by)} {n(after[0])} {n(after[1])}"
    return d + f"L{n(points[-1][0])} {n(points[-1][1])}"


def _sign(number: float) -> int:
    return (number > 0.05) - (number < -0.05)
