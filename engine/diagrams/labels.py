"""Where an arrow's label fits: beside its arrow, over no node and no other label."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from engine.diagrams import shapes, words
from engine.diagrams.sheet import Point, Sheet


class Labels:
    """Finds each label a place beside its arrow where it covers no node and no other label."""

    def __init__(self, sheet: Sheet) -> None:
        self._taken: list[tuple[float, float, float, float]] = []
        for key, place in sheet.places.items():
            box = sheet.boxes[key]
            self._taken.append((place.x, place.y, place.x + box.w, place.y + box.h))
            for number, line in enumerate(box.caption):
                self._taken.append(
                    _frame(place.caption_x, place.caption_y + number * shapes.NOTE_LINE, line, place.caption_anchor)
                )
        self._width = sheet.width

    def put(self, label: str, points: Sequence[Point]) -> tuple[float, float, str]:
        """Return x, y of the base line and the anchor."""
        if not label:
            return 0, 0, "middle"
        candidates = list(self._candidates(label, points))
        for x, y, anchor in candidates:
            frame = _frame(x, y, label, anchor)
            if frame[0] >= 0 and frame[2] <= self._width and not any(_meet(frame, other) for other in self._taken):
                self._taken.append(frame)
                return x, y, anchor
        x, y, anchor = candidates[0]
        self._taken.append(_frame(x, y, label, anchor))
        return x, y, anchor

    @staticmethod
    def _candidates(label: str, points: Sequence[Point]) -> list[tuple[float, float, str]]:
        wide = words.width(label, shapes.NOTE) + 8
        level = [(abs(bx - ax), ax, bx, ay) for (ax, ay), (bx, by) in itertools.pairwise(points) if abs(ay - by) < 0.05]
        found: list[tuple[float, float, str]] = []
        for length, ax, bx, y in sorted(level, key=lambda item: -item[0]):
            if length >= wide:
                toward = 1 if bx > ax else -1
                for x in ((ax + bx) / 2, ax + toward * (wide / 2 + 4), bx - toward * (wide / 2 + 12)):
                    found += [(x, y - 7, "middle"), (x, y + 15, "middle")]
        for (ax, ay), (bx, by) in itertools.pairwise(points):
            if abs(ax - bx) < 0.05:
                for share in (0.5, 0.3, 0.75):
                    y = ay + (by - ay) * share + 4
                    found += [(ax + 8, y, "start"), (ax - 8, y, "end")]
        if not found:
            (ax, ay), (bx, _) = points[0], points[-1]
            found.append(((ax + bx) / 2, ay - 7, "middle"))
        return found


def _frame(x: float, y: float, text: str, anchor: str) -> tuple[float, float, float, float]:
    wide = words.width(text, shapes.NOTE)
    left = x - wide / 2 if anchor == "middle" else x - wide if anchor == "end" else x
    return left, y - 10, left + wide, y + 3


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
