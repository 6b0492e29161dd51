"""Where each node stands: a column for its distance from the start, a row for its way, wrapped like prose.

The longest way from the start to an end is the spine; it stays on the first row of its line, and other ways stand
below it. When the columns outgrow the page the spine goes on in a next line, so that forty steps are read
from left to right and from top to bottom like text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Key = str


@dataclass(frozen=True)
class Spot:
    """A cell of the grid, and the line (of wrapped rows) it belongs to."""

    row: int
    column: int
    line: int


def forward(order: Sequence[Key], ways: Mapping[Key, Sequence[Key]]) -> dict[Key, list[Key]]:
    """Leave out the ways that close a loop: depth first in reading order, a way back onto the stack is one.

    What cannot be reached from the first node pushes nothing that can be further away.
    """
    onward: dict[Key, list[Key]] = {key: [] for key in order}
    found_from: dict[Key, Key] = {}
    on_stack: set[Key] = set()
    for root in order:
        if root in found_from:
            continue
        found_from[root] = root
        on_stack.add(root)
        stack = [(root, iter(ways.get(root, ())))]
        while stack:
            here, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                on_stack.discard(here)
                stack.pop()
            elif target not in on_stack and found_from.get(target, root) == root:
                onward[here].append(target)
                if target not in found_from:
                    found_from[target] = root
                    on_stack.add(target)
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


def columns(order: Sequence[Key], onward: Mapping[Key, Sequence[Key]]) -> dict[Key, int]:
    """Return how many steps away from the start each node is at the farthest."""
    sorted_keys = topological(order, onward)
    column = dict.fromkeys(sorted_keys, 0)
    for key in sorted_keys:
        for target in onward[key]:
            column[target] = max(column[target], column[key] + 1)
    return column


def spine(order: Sequence[Key], onward: Mapping[Key, Sequence[Key]], goals: Collection[Key]) -> list[Key]:
    """Return the longest way from the first node to a goal, or to wherever it ends where none is reached."""
    left = dict.fromkeys(order, 0)
    for key in reversed(topological(order, onward)):
        goal = len(order) if key in goals else 0
        left[key] = max((left[target] + 1 for target in onward[key]), default=goal)
    found, here = [], order[0] if order else None
    while here is not None:
        found.append(here)
        here = max(onward[here], key=lambda target: left[target], default=None)
    return found


def place(
    order: Sequence[Key],
    ways: Mapping[Key, Sequence[Key]],
    main: Mapping[Key, Sequence[Key]],
    goals: Collection[Key],
    below: Mapping[Key, Key],
    wrap: Callable[[Mapping[Key, int]], Callable[[int], tuple[int, int]]],
) -> dict[Key, Spot]:
    """Give every node its cell. `order[0]` is the first step.

    `main` holds the ways taken when all goes well: the spine follows only these, to one of the `goals`. `below`
    names small marks that stand under the node they belong to; `wrap` is given the column of every node and
    answers with where a column stands: its line, and its place in that line.
    """
    inner = [key for key in order if key not in below]
    onward = forward(inner, {key: [target for target in ways.get(key, ()) if target not in below] for key in inner})
    column = columns(inner, onward)
    folded = wrap(column)
    kept = {key: [target for target in onward[key] if target in main.get(key, ())] for key in inner}
    backbone = spine(inner, kept, goals)
    on_spine = set(backbone)
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

    for key in backbone:
        settle(key, 0, column[key])
    taken |= {(0, at) for at in range(column[backbone[-1]] if backbone else 0)}
    marks: dict[Key, list[Key]] = {}
    for key, owner in below.items():
        marks.setdefault(owner, []).append(key)

    def hang(owner: Key) -> None:
        for key in marks.get(owner, ()):
            column[key] = column[owner]
            settle(key, lane[owner] + 1, column[key])

    for key in backbone:
        hang(key)
    for key in sorted((key for key in inner if key not in on_spine), key=lambda key: column[key]):
        settle(key, max(1, lane.get(came_from.get(key, ""), 1)), column[key])
        hang(key)

    depth: dict[int, int] = {}
    for key, own in lane.items():
        line, _ = folded(column[key])
        depth[line] = max(depth.get(line, 0), own + 1)
    first, rows = {}, 0
    for line in sorted(depth):
        first[line] = rows
        rows += depth[line]
    spots = {}
    for key in order:
        line, place_in_line = folded(column[key])
        spots[key] = Spot(first[line] + lane[key], place_in_line, line)
    return spots
