"""How a visit ends and where the run goes then: complete, skip, fail, cancel, route, and the end of the run.

Takes a `Turn`; leaves the next step in its queue (semantics section 3, rules 6, 7, 9 and 11).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import values
from engine.definition import FAIL, LEAVE, GateSpec
from engine.expressions import EvaluationError
from engine.lifecycles import GateStatus, RunStatus, VisitStatus
from engine.machine.state import Asking, Visit
from engine.machine.turn import Turn

#: Triggers that, where the playbook names no way for them, go to the following step as `done` does.
_ORDINARY = frozenset({"done", "skip", "approve"})


def complete(
    turn: Turn,
    visit: Visit,
    data: dict[str, Any],
    trigger: str = "done",
    by: str | None = None,
    outcome: str | None = None,
    rule: str = "",
) -> None:
    """End a visit as completed: `steps.x` becomes `data` (encoded) with its time; then route.

    `by` is the person who did it; `rule` is `rung:<n>` where a rule of the playbook did.
    """
    turn.set_value(visit.step, {**data, "at": values.encode(turn.at)})
    turn.move("completed", visit, outcome=outcome, by=by)
    turn.close(visit, VisitStatus.COMPLETED, by or rule, outcome or "", by=by, outcome=outcome)
    route(turn, visit, trigger)


def fail(turn: Turn, visit: Visit, error: str, attempts: int) -> None:
    """End a visit as failed and go the way that `on_error` names; `steps.x` keeps only the error."""
    turn.set_value(visit.step, {"error": {"message": error, "attempts": attempts}})
    turn.move("failed", visit, error=error)
    turn.close(visit, VisitStatus.FAILED, "", "failed")
    route(turn, visit, "error", error)


def skip(turn: Turn, visit: Visit, by: str | None = None, reason: str = "") -> None:
    """End a visit as skipped: unset, and on as if it had completed in the ordinary way."""
    pass_over(turn, visit, by, reason)
    route(turn, visit, "skip")


def pass_over(turn: Turn, visit: Visit, by: str | None, reason: str = "") -> None:
    """End a visit as skipped and go nowhere. A gate that an operator passes over is overridden, asked or not."""
    turn.set_value(visit.step, None)
    turn.move("skipped", visit, by=by, reason=reason)
    if by is None:
        turn.close(_left_gate(turn, visit, GateStatus.CANCELLED, ""), VisitStatus.SKIPPED)
        return
    visit, result = _overridden(turn, visit, by, "skip")
    turn.close(visit, VisitStatus.SKIPPED, by, result, by=by)


def cancel(turn: Turn, visit: Visit, overridden_by: str = "") -> None:
    """End a visit as cancelled: unset; what it had asked for outside is dropped where it was not sent yet.

    `overridden_by` is the operator who takes the run past this gate.
    """
    turn.set_value(visit.step, None)
    turn.move("cancelled", visit)
    if overridden_by:
        visit, result = _overridden(turn, visit, overridden_by, "jump")
        turn.close(visit, VisitStatus.CANCELLED, overridden_by, result, by=overridden_by)
    else:
        turn.close(_left_gate(turn, visit, GateStatus.CANCELLED, ""), VisitStatus.CANCELLED)


def _overridden(turn: Turn, visit: Visit, by: str, code: str) -> tuple[Visit, str]:
    """Write an override where this is a gate, also one that had not been asked; return it with what it came to."""
    spec = turn.spec(visit).does
    if not isinstance(spec, GateSpec):
        return visit, ""
    if visit.asking is None:
        visit = turn.change(visit, asking=Asking(turn.text(spec.ask, visit), {}, ""))
    return _left_gate(turn, visit, GateStatus.OVERRIDDEN, by, code), GateStatus.OVERRIDDEN.value


def _left_gate(turn: Turn, visit: Visit, status: GateStatus, by: str, code: str = "cancel") -> Visit:
    """Write what became of a gate that ends without a decision of its approvers."""
    if visit.asking is None:
        return visit
    turn.did(visit.step, *visit.asking.spoke)
    turn.move("decided", visit, status=status.value, by=by, code=code)
    return turn.change(visit, asking=replace(visit.asking, status=status, decided_by=by, needs=()))


def route(turn: Turn, visit: Visit, trigger: str, why: str = "") -> None:
    """Queue the step that this trigger leads to, or end the list, or the run."""
    target = turn.definition.target(visit.step, trigger)
    if target is None:
        target = following(turn, visit) if trigger in _ORDINARY else FAIL
    go(turn, visit, target, why)


def go(turn: Turn, visit: Visit, target: str, why: str = "") -> None:
    if target == LEAVE:
        end_run(turn, RunStatus.COMPLETED)
    elif target == FAIL:
        end_run(turn, RunStatus.FAILED, why or f"{title_of(turn, visit)} led to the run's failure.")
    else:
        turn.queue.append(target)


def following(turn: Turn, visit: Visit) -> str:
    """Return the step written after this one in its list, or `leave`."""
    steps = turn.definition.lists[turn.spec(visit).within]
    place = steps.index(visit.step) + 1
    return steps[place] if place < len(steps) else LEAVE


def title_of(turn: Turn, visit: Visit) -> str:
    return visit.title or turn.spec(visit).title or visit.step


def end_run(turn: Turn, status: RunStatus, message: str = "") -> None:
    """End the whole run: cancel everything open, newest first; outputs where it completed."""
    turn.queue.clear()
    for number in sorted(turn.visits, reverse=True):
        cancel(turn, turn.visits[number])
    turn.end_pause()
    turn.status = status
    turn.message = message
    if status is RunStatus.COMPLETED:
        for name, source in sorted(turn.definition.outputs.items()):
            try:
                turn.outputs[name] = values.encode(turn.value(source))
            except EvaluationError as error:
                turn.note(None, f"The output {name} is unset: {error}")
    turn.move("ended", status=status.value, message=message)
