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


def uncovered(boxes: Sequence[Box], within: Box, patience: Patience) -> Box | None:
    """Return a point (one piece in every dimension) of `within` that is in no box. Raises `TooMany`."""
    if is_empty(within):
        return None
    if len(within) > MOST_DIMENSIONS:
        raise TooMany
    return _Search(boxes, within, patience).find()


class _Search:
    def __init__(self, boxes: Sequence[Box], within: Box, patience: Patience) -> None:
        self.within, self.patience = within, patience
        self.left = min(patience.each, patience.left)
        mine = [box for box in boxes if meets(box, within)]
        free = [sum(1 for box in mine if not (whole & ~box[at])) for at, whole in enumerate(within)]
        # dimensions that few boxes care about come last: there a box that cares no more covers the rest
        self.order = sorted(range(len(within)), key=free.__getitem__)
        self.all = (1 << len(mine)) - 1
        self.groups = [self._groups(mine, at) for at in self.order]
        self.closing = [0] * len(within) + [self.all]
        for place in range(len(within) - 1, -1, -1):
            at = self.order[place]
            unbound = sum(1 << number for number, box in enumerate(mine) if not (within[at] & ~box[at]))
            self.closing[place] = self.closing[place + 1] & unbound
        self.seen: set[tuple[int, int]] = set()

    def _groups(self, boxes: Sequence[Box], at: int) -> list[tuple[int, int]]:
        """Return (piece, boxes that hold it) of one dimension; pieces that the same boxes hold are one."""
        holding: dict[int, int] = {}
        for number in _bits(self.within[at]):
            piece = 1 << number
            held = 0
            for place, box in enumerate(boxes):
                if box[at] & piece:
                    held |= 1 << place
            holding.setdefault(held, piece)
        self._spend(len(holding))
        return sorted(((piece, held) for held, piece in holding.items()), key=lambda pair: pair[1].bit_count())

    def find(self) -> Box | None:
        found = self._find(0, self.all)
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


def _bits(mask: int) -> list[int]:
    return [number for number in range(mask.bit_length()) if mask >> number & 1]
