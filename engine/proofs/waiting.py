"""What holds a run up: steps every visit of which waits for a person, for some time or for a signal (row 4, (a)).

A `parallel` that holds a run up is seen in its lists (`passing`); of a `call` the child is asked; an `each` never
counts, since it may have no item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from engine.definition import (
    LEAVE,
    MAIN,
    CallSpec,
    Definition,
    EachSpec,
    EndSpec,
    GateSpec,
    ParallelSpec,
    RollbackSpec,
    Rung,
    StepSpec,
    TaskSpec,
    Transition,
    WaitSpec,
)
from engine.durations import is_positive
from engine.proofs.graphs import reaches
from engine.proofs.moves import START, Moves
from engine.proofs.passing import DONE

Called = Callable[[CallSpec], Definition | None]
"""Which playbook a `call` runs, None where that is not known."""

DEEPEST = 8
"""Children of children: deeper than that a call fails (semantics 3, Children)."""


def unknown(_: CallSpec) -> None:
    """Know of no call what it runs."""


def waits(step: StepSpec, moves: Moves, called: Called = unknown, depth: int = 0) -> bool:
    """Say whether every visit of this step waits for a person, for some time or for a signal."""
    does = step.does
    if moves.is_guarded(step.id):
        return False
    if isinstance(does, TaskSpec | GateSpec):
        return not any(rung.closes and _is_at_once(step, rung) for rung in step.escalate)
    if isinstance(does, WaitSpec):
        if does.signal is not None:
            return does.deadline is None or is_positive(does.deadline)
        return does.length is not None and is_positive(does.length)
    if isinstance(does, CallSpec) and depth < DEEPEST:
        child = called(does)
        return child is not None and always_waits(child, called, depth + 1)
    return False


def always_waits(definition: Definition, called: Called = unknown, depth: int = 0) -> bool:
    """Say whether on every way through this playbook something is waited for."""
    moves = Moves(definition)
    ways = {id: () if waits(step, moves, called, depth) else moves.ways[id] for id, step in definition.steps.items()}
    passing = moves.passing_by(ways)
    onward = moves.graph(ways, passing)
    passed = reaches(onward[START], onward, lambda _: True).intersection(definition.steps)
    return not any(_ends_run(definition.steps[id], ways[id], definition, id in passing.met) for id in passed)


def _ends_run(step: StepSpec, ways: Sequence[Transition], definition: Definition, is_passed: bool) -> bool:
    if isinstance(step.does, EndSpec | RollbackSpec):
        return True
    is_region = isinstance(step.does, ParallelSpec | EachSpec)
    return any(
        way.target not in definition.steps
        and (step.within == MAIN or way.target != LEAVE)
        and (is_passed or not is_region or way.trigger != DONE)
        for way in ways
    )


def _is_at_once(step: StepSpec, rung: Rung) -> bool:
    """Say whether the rung may come at the very moment the step opens; where it cannot be told, it may."""
    if rung.after is not None:
        return not is_positive(rung.after)
    due, before = step.due, rung.before_due
    return not (isinstance(due, timedelta) and isinstance(before, timedelta) and before < due)
