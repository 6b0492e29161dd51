"""The items of an each: what they are called, and how one lies in another.

The scope of a visit is the item it belongs to: `""` outside every each, `regions[0]` in the first item of the each
`regions`, `regions[0]/checks[2]` in an each within that. What a scope holds may be read in it and in those within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OUTSIDE = ""
_INDEX = re.compile(r"\[(\d+)\]")


def item(scope: str, each: str, index: int) -> str:
    """Return the scope of one item of an each that stands in this scope."""
    return f"{scope}/{each}[{index}]" if scope else f"{each}[{index}]"


def around(scope: str) -> str:
    """Return the scope in which the each of this item stands."""
    return scope.rpartition("/")[0]


def chain(scope: str) -> Iterator[str]:
    """Give the scopes that may be read in this one, from the outermost inwards."""
    yield OUTSIDE
    parts = scope.split("/") if scope else []
    for length in range(1, len(parts) + 1):
        yield "/".join(parts[:length])


def index(scope: str) -> int:
    """Return the place of the innermost item in its list, from 0."""
    return indexes(scope)[-1]


def indexes(scope: str) -> tuple[int, ...]:
    """Return the places of the items in their lists, from the outermost: `(0, 2)` for `regions[0]/checks[2]`."""
    return tuple(map(int, _INDEX.findall(scope)))


def indices(scope: str) -> str:
    """Return `[0][2]` for `regions[0]/checks[2]`: how a step of that item is told from those of the others."""
    return "".join(f"[{one}]" for one in indexes(scope))


def is_within(scope: str, outer: str) -> bool:
    """Say whether this scope is the other one or lies in it."""
    return not outer or scope == outer or scope.startswith(f"{outer}/")


def is_item(scope: str, outer: str, each: str) -> bool:
    """Say whether this scope is an item of this each, which stands in the outer scope, or lies in one."""
    return is_within(scope, outer) and scope.removeprefix(outer).removeprefix("/").startswith(f"{each}[")
