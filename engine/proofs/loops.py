"""Row 4: no loop runs for ever by itself.

Taken out of the graph are the steps that wait for a person, a time or a signal, the regions that cannot be passed
without one, and the ways that `visits` bounds; what remains must have no cycle (semantics section 6, row 4). The
limit of 1,000 moves catches at run time what data could still do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.definition import Transition
from engine.expressions import Call, Name, Node, conjuncts, constant, spelt
from engine.proofs.finding import Case, arrows
from engine.proofs.graphs import cycle_within, knots, reaches
from engine.proofs.moves import Moves, past, steps_of
from engine.proofs.passing import Ways
from engine.proofs.waiting import waits

_FLIPPED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_OPPOSITE = {"_<_": "_>=_", "_<=_": "_>_", "_>_": "_<=_", "_>=_": "_<_"}


def prove(case: Case) -> None:
    """Report each loop that nothing holds up, at its first step in the file."""
    moves, steps = case.moves, case.definition.steps
    ways = {id: () if waits(step, moves) else moves.ways[id] for id, step in steps.items()}
    order = {node: at for at, id in enumerate(steps) for node in (id, past(id))}
    restless, onward = _restless(moves, ways, order)
    if not knots(restless, onward):
        return
    ways = {id: () if waits(step, moves, case.called) else ways[id] for id, step in steps.items()}
    restless, onward = _restless(moves, ways, order)
    bounded = _Bounds(moves, ways, set(restless))
    unbounded = {id: tuple(way for way in ways[id] if not bounded.holds(way)) for id in steps}
    restless, onward = _restless(moves, unbounded, order)
    for knot in knots(restless, onward):
        first = next(node for node in knot if node in steps)
        loop = steps_of(cycle_within(knot, onward, first))
        case.report(
            "endless-loop",
            ("steps", first),
            f"The loop {arrows(loop)} can run for ever by itself: nobody is asked and nothing is waited for in it.",
            f"Let a task, a gate or a `wait` stand in the loop, or bound it: `when: steps.{spelt(first)}.visits < 3`"
            " on the rule that leads back.",
            (*moves.path(first), *loop[1:]),
        )


def _restless(moves: Moves, ways: Ways, order: Mapping[str, int]) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Return the nodes that are passed without waiting, and how they lead to each other on these ways."""
    graph = moves.graph(ways, moves.passing_by(ways))
    among = {node for node in moves.came_from if ways.get(node, True)}
    onward = {node: tuple(target for target in graph[node] if target in among) for node in among}
    return sorted(among, key=order.__getitem__), onward


class _Bounds:
    """Which ways can be taken only so many times."""

    def __init__(self, moves: Moves, ways: Ways, restless: Collection[str]) -> None:
        self.moves, self.ways, self.restless = moves, ways, restless
        self._ids = {spelt(step): step for step in moves.definition.steps}
        self._kept: dict[tuple[str, str, str], bool] = {}
        self._without: dict[str, dict[str, tuple[str, ...]]] = {}

    def holds(self, way: Transition) -> bool:
        """Say whether `visits` of a step on every cycle through this way bounds it."""
        return any(self._is_on_every_cycle(counted, way) for counted in self._counted(way))

    def _counted(self, way: Transition) -> Iterator[str]:
        """Give the steps whose `visits` must be below something for this way to be taken."""
        if not (way.trigger.startswith("rule:") or way.trigger == "otherwise"):
            return
        for other in self.moves.definition.ways[way.source]:
            if other.trigger == way.trigger:
                break
            if other.trigger.startswith("rule:") and (tree := self._tree(other)) is not None:
                yield from self._below(tree, holds=False)
        if (tree := self._tree(way)) is not None:
            yield from self._below(tree, holds=True)

    def _tree(self, way: Transition) -> Node | None:
        return self.moves.tree(way.guard, self.moves.definition.steps[way.source].within)

    def _below(self, tree: Node, holds: bool) -> Iterator[str]:
        """Give the steps whose `visits` are bounded where this expression is true, or false."""
        parts = conjuncts(tree) if holds else _disjuncts(tree)
        for part in parts:
            if not isinstance(part, Call):
                continue
            if part.op == "!_":
                yield from self._below(part.args[0], not holds)
            elif part.op in _FLIPPED:
                op = part.op if holds else _OPPOSITE[part.op]
                left, right = part.args
                if op in ("_>_", "_>=_"):
                    left, right = right, left
                step = self._visits(left)
                if step is not None and (constant(right)[0] or _is_input(right)):
                    yield step

    def _visits(self, node: Node) -> str | None:
        if isinstance(node, Name) and len(node.path) == 3 and node.path[0] == "steps" and node.path[2] == "visits":
            return self._ids.get(node.path[1])
        return None

    def _is_on_every_cycle(self, counted: str, way: Transition) -> bool:
        key = (counted, way.source, way.target)
        if key not in self._kept:
            self._kept[key] = not self.moves.is_guarded(counted) and (
                counted in (way.source, way.target) or way.source not in self._reached(counted, way)
            )
        return self._kept[key]

    def _reached(self, counted: str, way: Transition) -> set[str]:
        """Return where this way leads without coming to the step that is counted."""
        if counted not in self._without:
            ways = {**self.ways, counted: ()}
            self._without[counted] = self.moves.graph(ways, self.moves.passing_by(ways))
        target = self.moves.node(way.source, way.target, self.moves.passing)
        begin = () if target is None else (target,)
        return reaches(begin, self._without[counted], lambda node: node != counted and node in self.restless)


def _disjuncts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Call) and node.op == "_||_":
        return tuple(part for arg in node.args for part in _disjuncts(arg))
    return (node,)


def _is_input(node: Node) -> bool:
    return isinstance(node, Name) and len(node.path) == 2 and node.path[0] == "inputs"
