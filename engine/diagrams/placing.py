"""Where each node stands: a column for its distance from the start, a row for its way, wrapped like prose.

The longest way from the start to an end is the spine; it stays on the first row of its line, and other ways stand
below it. When the columns outgrow the page the spine goes on in a next line, so that forty steps are read
from left to right and from top to bottom like text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Key = str


@dataclass(frozen=True)
class Spot:
    """A cell of the grid, and the line (of wrapped rows) it belongs to."""

    row: int
    column: int
    line: int


def forward(order: Sequence[Key], ways: Mapping[Key, Sequence[Key]]) -> dict[Key, list[Key]]:
    """Leave out the ways that close a loop: depth first in reading order, a way back onto the stack is one."""
    onward: dict[Key, list[Key]] = {key: [] for key in order}
    state: dict[Key, int] = {}
    for root in order:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(ways.get(root, ())))]
        while stack:
            here, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                state[here] = 2
                stack.pop()
            elif state.get(target) != 1:
                onward[here].append(target)
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(ways.get(target, ()))))
    return onward


def topological(order: Iterable[Key], onward: Mapping[Key, Sequence[Key]]) -> list[Key]:
    """Sort an acyclic graph; ties keep the given order."""
    waiting = dict.fromkeys(order, 0)
    for targets in onward.values():
        for target in targets:
            waiting[target] += 1
    ready = [key for key, count in waiting.items() if not count]
    for key in ready:
        for target in onward[key]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ready


def columns(order: Sequence[Key], onward: Mapping[Key, Sequence[Key]]) -> tuple[dict[Key, int], list[Key]]:
    """Return how many steps away from the start each node is at the farthest, and the spine."""
    sorted_keys = topological(order, onward)
    column = dict.fromkeys(sorted_keys, 0)
    for key in sorted_keys:
        for target in onward[key]:
            column[target] = max(column[target], column[key] + 1)
    left = dict.fromkeys(sorted_keys, 0)
    for key in reversed(sorted_keys):
        left[key] = max((left[target] + 1 for target in onward[key]), default=0)
    spine, here = [], order[0] if order else None
    while here is not None:
        spine.append(here)
        nearer = [target for target in onward[here] if column[target] == column[here] + 1]
        here = max(nearer, key=lambda target: left[target], default=None)
    return column, spine


def place(
    order: Sequence[Key],
    ways: Mapping[Key, Sequence[Key]],
    below: Mapping[Key, Key],
    per_line: Callable[[Mapping[Key, int]], int],
) -> dict[Key, Spot]:
    """Give every node its cell. `order[0]` is the first step.

    `below` names small marks that stand under the node they belong to; `per_line` is asked how many columns
    fit on a line, given the column of every node.
    """
    inner = [key for key in order if key not in below]
    column, spine = columns(
        inner,
        forward(inner, {key: [target for target in ways.get(key, ()) if target not in below] for key in inner}),
    )
    on_line = max(1, per_line(column))
    on_spine = set(spine)
    taken: set[tuple[int, int]] = set()
    lane: dict[Key, int] = {}
    came_from: dict[Key, Key] = {}
    for key in inner:
        for target in ways.get(key, ()):
            if target in column and column[target] > column[key]:
                came_from.setdefault(target, key)

    def settle(key: Key, wanted: int, at: int) -> None:
        while (wanted, at) in taken:
            wanted += 1
        taken.add((wanted, at))
        lane[key] = wanted

    for key in spine:
        settle(key, 0, column[key])
    marks: dict[Key, list[Key]] = {}
    for key, owner in below.items():
        marks.setdefault(owner, []).append(key)

    def hang(owner: Key) -> None:
        for key in marks.get(owner, ()):
            column[key] = column[owner]
            settle(key, lane[owner] + 1, column[key])

    for key in spine:
        hang(key)
    for key in sorted((key for key in inner if key not in on_spine), key=lambda key: column[key]):
        settle(key, max(1, lane.get(came_from.get(key, ""), 1)), column[key])
        hang(key)

    depth: dict[int, int] = {}
    for key, own in lane.items():
        line = column[key] // on_line
        depth[line] = max(depth.get(line, 0), own + 1)
    first = {line: sum(rows for other, rows in depth.items() if other < line) for line in depth}
    return {
        key: Spot(first[column[key] // on_line] + lane[key], column[key] % on_line, column[key] // on_line)
        for key in order
    }
