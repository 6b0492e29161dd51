"""A maximum matching, grown by one at a time (Kuhn 1955): one place for each who is placed, and nobody else in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

One = TypeVar("One")
Place = TypeVar("Place", bound=Hashable)


def place(filled: dict[Place, One], one: One, may: Callable[[One], Iterable[Place]]) -> bool:
    """Give this one a place, others moving on to another of theirs where it helps; False where there is none.

    `may` gives the places that one may have. In the order in which it gives them they are tried, so the same question
    has the same answer every time.
    """
    tried: set[Place] = set()

    def put(who: One) -> bool:
        for at in may(who):
            if at in tried:
                continue
            tried.add(at)
            if at not in filled or put(filled[at]):
                filled[at] = who
                return True
        return False

    return put(one)
