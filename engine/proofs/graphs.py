"""Questions about any graph of names, all of them answered in linear time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence


def cycle_within(members: Iterable[str], onward: Mapping[str, Sequence[str]], first: str) -> tuple[str, ...]:
    """Return a shortest cycle through this node that stays among the members, the node at both ends."""
    inside = set(members)
    came_from: dict[str, str] = {}
    queue = deque([first])
    while queue:
        here = queue.popleft()
        for target in onward[here]:
            if target == first:
                found = [first]
                while here != first:
                    found.append(here)
                    here = came_from[here]
                return (first, *reversed(found[1:]), first)
            if target in inside and target not in came_from:
                came_from[target] = here
                queue.append(target)
    return (first, first)


def reaches(begin: Iterable[str], onward: Mapping[str, Iterable[str]], is_open: Callable[[str], bool]) -> set[str]:
    """Return every node to be reached through nodes that are open, the open ones of the beginning included."""
    found = {node for node in begin if is_open(node)}
    pending = list(found)
    while pending:
        for target in onward.get(pending.pop(), ()):
            if target not in found and is_open(target):
                found.add(target)
                pending.append(target)
    return found


def knots(nodes: Sequence[str], onward: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the strongly connected parts that hold a cycle (Tarjan), members in the order of `nodes`."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []
    place = {node: at for at, node in enumerate(nodes)}
    for root in nodes:
        if root in number:
            continue
        work = [(root, iter(onward[root]))]
        number[root] = low[root] = len(number)
        open_nodes.append(root)
        is_open.add(root)
        while work:
            here, rest = work[-1]
            for target in rest:
                if target not in number:
                    number[target] = low[target] = len(number)
                    open_nodes.append(target)
                    is_open.add(target)
                    work.append((target, iter(onward[target])))
                    break
                if target in is_open:
                    low[here] = min(low[here], number[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == number[here]:
                    part = []
                    while True:
                        node = open_nodes.pop()
                        is_open.discard(node)
                        part.append(node)
                        if node == here:
                            break
                    if len(part) > 1 or here in onward[here]:
                        found.append(sorted(part, key=place.__getitem__))
    return sorted(found, key=lambda part: place[part[0]])


def in_order(nodes: Sequence[str], before: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes so that each stands behind all of `before` it; those on a cycle, or behind one, are left out."""
    known = set(nodes)
    waits_for = {node: {other for other in before.get(node, ()) if other in known} for node in nodes}
    behind: dict[str, list[str]] = {node: [] for node in nodes}
    for node, others in waits_for.items():
        for other in others:
            behind[other].append(node)
    left = {node: len(others) for node, others in waits_for.items()}
    ready = deque(node for node in nodes if not left[node])
    found = []
    while ready:
        node = ready.popleft()
        found.append(node)
        for other in behind[node]:
            left[other] -= 1
            if not left[other]:
                ready.append(other)
    return found
