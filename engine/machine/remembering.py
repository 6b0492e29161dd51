"""What an undo will read: the data of a completed visit as it was when that visit ended (semantics rule 12)."""

from __future__ import annotations

from typing import Any

from engine.definition import ActionSpec, TaskSpec
from engine.expressions import Evaluator, spelt
from engine.machine import knowledge
from engine.machine.state import Done, Snapshot, Visit
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
    """Keep of the data only what the undo's expressions name."""
    paths = Evaluator.of(turn.definition).reads(_written(undo), turn.scope(visit))
    steps = {path[1] for path in paths if path[0] == "steps"}
    inputs = {path[1] for path in paths if path[0] == "inputs"}
    held = knowledge.visible(turn.values, visit.scope)
    counts = knowledge.visible(turn.counts, visit.scope)
    return Snapshot(
        inputs={name: value for name, value in turn.inputs.items() if spelt(name) in inputs},
        steps={step: value for step, value in held.items() if spelt(step) in steps},
        counts={step: count for step, count in counts.items() if spelt(step) in steps},
        each=dict(knowledge.visible(turn.items, visit.scope)) if any(path[0] == "each" for path in paths) else {},
    )


def _written(undo: ActionSpec | TaskSpec) -> Any:
    if isinstance(undo, TaskSpec):
        return [undo.assign, undo.instructions]
    return [dict(undo.parameters), undo.idempotency_key or ""]
