"""Row 4: no loop runs for ever by itself.

Taken out of the graph are the steps that wait for a person or a time, and the ways that `visits` bounds; what remains
must have no cycle (semantics section 6, row 4). The limit of 1,000 moves catches at run time what data could still
do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from engine.definition import GateSpec, Rung, StepSpec, TaskSpec, Transition, WaitSpec
from engine.durations import is_positive
from engine.expressions import Call, Name, Node, conjuncts, constant, spelt
from engine.proofs.finding import Case, arrows
from engine.proofs.moves import Moves, cycle_within, knots, reaches

_FLIPPED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_OPPOSITE = {"_<_": "_>=_", "_<=_": "_>_", "_>_": "_<=_", "_>=_": "_<_"}


def prove(case: Case) -> None:
    """Report each loop that nothing holds up, at its first step in the file."""
    moves = case.moves
    steps = case.definition.steps
    restless = [step for step in moves.came_from if not _waits(steps[step], moves)]
    order = {step: at for at, step in enumerate(steps)}
    restless.sort(key=order.__getitem__)
    among = set(restless)
    onward = {step: [target for target in moves.onward[step] if target in among] for step in restless}
    if not knots(restless, onward):
        return
    bounded = _Bounds(moves, onward)
    remaining = {
        step: tuple(
            dict.fromkeys(way.target for way in moves.ways[step] if way.target in among and not bounded.holds(way))
        )
        for step in restless
    }
    for knot in knots(restless, remaining):
        loop = cycle_within(knot, remaining, knot[0])
        case.report(
            "endless-loop",
            ("steps", knot[0]),
            f"The loop {arrows(loop)} can run for ever by itself: nobody is asked and nothing is waited for in it.",
            f"Let a task, a gate or a `wait` stand in the loop, or bound it: `when: steps.{spelt(knot[0])}.visits < 3`"
            " on the rule that leads back.",
            (*moves.path(knot[0]), *loop[1:]),
        )


def _waits(step: StepSpec, moves: Moves) -> bool:
    """Say whether every visit of this step waits for a person or for some time."""
    if moves.is_guarded(step.id):
        return False
    if isinstance(step.does, TaskSpec | GateSpec):
        return not any(rung.closes and _is_at_once(step, rung) for rung in step.escalate)
    return isinstance(step.does, WaitSpec) and step.does.length is not None and is_positive(step.does.length)


def _is_at_once(step: StepSpec, rung: Rung) -> bool:
    """Say whether the rung may come at the very moment the step opens; where it cannot be told, it may."""
    if rung.after is not None:
        return not is_positive(rung.after)
    due, before = step.due, rung.before_due
    return not (isinstance(due, timedelta) and isinstance(before, timedelta) and before < due)


class _Bounds:
    """Which ways can be taken only so many times."""

    def __init__(self, moves: Moves, onward: dict[str, list[str]]) -> None:
        self.moves, self.onward = moves, onward
        self._ids = {spelt(step): step for step in moves.definition.steps}
        self._kept: dict[tuple[str, str, str], bool] = {}

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
            if other.trigger.startswith("rule:") and (tree := self.moves.tree(other.guard)) is not None:
                yield from self._below(tree, holds=False)
        if (tree := self.moves.tree(way.guard)) is not None:
            yield from self._below(tree, holds=True)

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
                counted in (way.source, way.target)
                or way.source not in reaches((way.target,), self.onward, lambda step: step != counted)
            )
        return self._kept[key]


def _disjuncts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Call) and node.op == "_||_":
        return tuple(part for arg in node.args for part in _disjuncts(arg))
    return (node,)


def _is_input(node: Node) -> bool:
    return isinstance(node, Name) and len(node.path) == 2 and node.path[0] == "inputs"
