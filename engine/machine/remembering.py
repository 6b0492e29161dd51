"""What an undo will read: the data of a completed visit as it was when that visit ended (semantics rule 12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.definition import ActionSpec, Definition, TaskSpec
from engine.expressions import Evaluator, Scope, spelt
from engine.machine import knowledge, scopes
from engine.machine.state import Done, Snapshot, State, Visit
from engine.machine.turn import Turn


def remember(turn: Turn, visit: Visit) -> None:
    """Keep what taking this visit back would need; nothing where its step has no `undo`."""
    done = remembered(turn, visit)
    if done is not None:
        turn.done += (done,)


def remembered(turn: Turn, visit: Visit) -> Done | None:
    spec = turn.spec(visit)
    if spec.undo is None:
        return None
    return Done(visit.number, visit.step, visit.scope, visit.title, _snapshot(turn, visit, spec.undo))


def _snapshot(turn: Turn, visit: Visit, undo: ActionSpec | TaskSpec) -> Snapshot:
    held = replace(turn.base, inputs=turn.inputs, values=turn.values, counts=turn.counts, items=turn.items)
    return snapshot(turn.definition, undo, held, visit.scope, visit.within)


def snapshot(
    definition: Definition, undo: ActionSpec | TaskSpec, held: State, at: str = scopes.OUTSIDE, within: str = ""
) -> Snapshot:
    """Keep of the data that a run holds only what the undo's expressions name; `at` is the item, `within` the list."""
    paths = Evaluator.of(definition).reads(_written(undo), Scope(now=held.at, within=within))
    steps = {path[1] for path in paths if path[0] == "steps"}
    inputs = {path[1] for path in paths if path[0] == "inputs"}
    return Snapshot(
        inputs={name: value for name, value in held.inputs.items() if spelt(name) in inputs},
        steps={step: value for step, value in knowledge.visible(held.values, at).items() if spelt(step) in steps},
        counts={step: count for step, count in knowledge.visible(held.counts, at).items() if spelt(step) in steps},
        each=dict(knowledge.visible(held.items, at)) if any(path[0] == "each" for path in paths) else {},
    )


def _written(undo: ActionSpec | TaskSpec) -> Any:
    if isinstance(undo, TaskSpec):
        return [undo.assign, undo.instructions]
    return [dict(undo.parameters), undo.idempotency_key or ""]
