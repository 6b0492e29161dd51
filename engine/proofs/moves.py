"""The playbook as a graph of moves, and the questions the proofs ask of it. All of them in linear time.

A node is a step; what ends the run (`leave` of the main list, `fail`, `rollback`) is no node. Guards are ignored,
constants apart: a rule that is `false` is no way, and after one that is `true` there is no other
(semantics section 6, rows 2 and 3).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from engine.definition import Definition, EndSpec, StepSpec, Transition
from engine.expressions import Call, Const, ExpressionError, Node, parse

START = ""


def truth(tree: Node | None) -> bool | None:
    """Return what the expression always is, as far as its constants tell, else None."""
    if isinstance(tree, Const) and isinstance(tree.value, bool):
        return tree.value
    if isinstance(tree, Call):
        if tree.op == "!_":
            inner = truth(tree.args[0])
            return None if inner is None else not inner
        if tree.op in ("_&&_", "_||_"):
            decisive = tree.op == "_||_"
            sides = [truth(arg) for arg in tree.args]
            if decisive in sides:
                return decisive
            return None if None in sides else not decisive
    return None


class Moves:
    """The ways a run of this definition can go by itself and by its people; operators' acts are outside."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._trees: dict[str, Node | None] = {}
        self.ways: dict[str, tuple[Transition, ...]] = {START: definition.ways[START]}
        for step in definition.steps.values():
            self.ways[step.id] = tuple(self._live(step))
        self.onward: dict[str, tuple[str, ...]] = {
            source: tuple(dict.fromkeys(way.target for way in ways if way.target in definition.steps))
            for source, ways in self.ways.items()
        }

    def tree(self, source: str | None) -> Node | None:
        """Return the tree of an expression, None where there is none that can be read."""
        if source is None:
            return None
        if source not in self._trees:
            try:
                self._trees[source] = parse(source, self.definition.names).tree
            except ExpressionError:
                self._trees[source] = None
        return self._trees[source]

    def _live(self, step: StepSpec) -> Iterable[Transition]:
        guard = truth(self.tree(step.when))
        for way in self.definition.ways[step.id]:
            if way.trigger == "skip":
                if step.when is not None and guard is not True:
                    yield way
            elif guard is False or (way.trigger.startswith("rung:") and self._is_never(step, way.trigger)):
                continue
            elif way.trigger.startswith("rule:"):
                holds = truth(self.tree(way.guard))
                if holds is not False:
                    yield way
                if holds is True:
                    return
            else:
                yield way

    def _is_never(self, step: StepSpec, trigger: str) -> bool:
        return truth(self.tree(step.escalate[int(trigger.partition(":")[2])].when)) is False

    def is_guarded(self, step: str) -> bool:
        """Say whether the step may be skipped by its `when`."""
        when = self.definition.steps[step].when
        return when is not None and truth(self.tree(when)) is not True

    def ends_here(self, step: str) -> bool:
        """Say whether the run may end at this step or on a way out of it."""
        return isinstance(self.definition.steps[step].does, EndSpec) or any(
            way.target not in self.definition.steps for way in self.ways[step]
        )

    @cached_property
    def came_from(self) -> Mapping[str, str]:
        """For every step that can be reached: the step before it on a shortest way, in the order of discovery."""
        found: dict[str, str] = {}
        queue = deque([START])
        while queue:
            here = queue.popleft()
            for target in self.onward[here]:
                if target not in found:
                    found[target] = here
                    queue.append(target)
        return found

    def path(self, step: str) -> tuple[str, ...]:
        """Return a shortest way from the start to a step that can be reached."""
        found = []
        while step:
            found.append(step)
            step = self.came_from[step]
        return tuple(reversed(found))


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
