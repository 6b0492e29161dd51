"""Boxes: for every dimension the pieces of it that a box holds, one bit each. Is there a point in none of them?

Dimension by dimension: beside each piece only the boxes count that hold it, and what one set of boxes leaves open in
the dimensions that follow is asked once. Never 2^n: the work is counted, and ends with `TooMany`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[int, ...]
"""A mask of pieces for every dimension."""

#: Dimensions are gone into one inside the other.
MOST_DIMENSIONS = 200


class TooMany(Exception):
    """More cases than are looked at."""


@dataclass
class Patience:
    """How many pieces may still be looked at: for one question, and for all of a table."""

    each: int = 150_000
    left: int = 600_000


def meets(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a point in common."""
    return all(mine & theirs for mine, theirs in zip(one, other, strict=True))


def is_empty(box: Box) -> bool:
    return not all(box)


class Boxes:
    """Boxes of one space, indexed once for many questions. Some of them are named by a mask, one bit each."""

    def __init__(self, boxes: Sequence[Box], whole: Box) -> None:
        self.boxes, self.whole = tuple(boxes), whole
        #: For every dimension, beside each of its pieces, the boxes that hold it.
        self.holding = [_holding(boxes, at, mask.bit_length()) for at, mask in enumerate(whole)]

    def uncovered(self, chosen: int, within: Box, patience: Patience) -> Box | None:
        """Return a point (one piece in every dimension) of `within` that no chosen box holds. Raises `TooMany`."""
        if is_empty(within):
            return None
        if len(within) > MOST_DIMENSIONS:
            raise TooMany
        return _Search(self, chosen, within, patience).find()


def _holding(boxes: Sequence[Box], at: int, pieces: int) -> list[int]:
    held = [0] * pieces
    for number, box in enumerate(boxes):
        mask, bit = box[at], 1 << number
        for piece in range(pieces):
            if mask >> piece & 1:
                held[piece] |= bit
    return held


class _Search:
    def __init__(self, boxes: Boxes, chosen: int, within: Box, patience: Patience) -> None:
        self.within, self.patience = within, patience
        self.left = min(patience.each, patience.left)
        self.active = chosen
        groups = [self._groups(boxes.holding[at], mask) for at, mask in enumerate(within)]
        free = [self._free(held) for held in groups]
        # dimensions that few boxes care about come last: there a box that cares no more covers the rest
        self.order = sorted(range(len(within)), key=lambda at: free[at].bit_count())
        self.groups = [groups[at] for at in self.order]
        self.closing = [0] * len(within) + [chosen]
        for place in range(len(within) - 1, -1, -1):
            self.closing[place] = self.closing[place + 1] & free[self.order[place]]
        self.seen: set[tuple[int, int]] = set()

    def _groups(self, holding: Sequence[int], within: int) -> list[tuple[int, int]]:
        """Return (piece, boxes that hold it) of one dimension; pieces that the same boxes hold are one."""
        found: dict[int, int] = {}
        self._spend(len(holding))
        for number, held in enumerate(holding):
            if within >> number & 1:
                found.setdefault(held & self.active, 1 << number)
        return sorted(((piece, held) for held, piece in found.items()), key=lambda pair: pair[1].bit_count())

    def _free(self, groups: Sequence[tuple[int, int]]) -> int:
        """Return the boxes that hold every piece of a dimension."""
        free = self.active
        for _, held in groups:
            free &= held
        return free

    def find(self) -> Box | None:
        found = self._find(0, self.active)
        if found is None:
            return None
        point = dict(zip(self.order, found, strict=True))
        return tuple(point[at] for at in range(len(self.within)))

    def _find(self, place: int, active: int) -> Box | None:
        if active & self.closing[place]:
            return None
        if not active:
            return tuple(self._first(at) for at in self.order[place:])
        if (place, active) in self.seen:
            return None
        self._spend(len(self.groups[place]))
        for piece, held in self.groups[place]:
            found = self._find(place + 1, active & held)
            if found is not None:
                return (piece, *found)
        self.seen.add((place, active))
        return None

    def _first(self, at: int) -> int:
        return self.within[at] & -self.within[at]

    def _spend(self, cost: int) -> None:
        self.left -= cost
        self.patience.left -= cost
        if self.left < 0:
            raise TooMany
