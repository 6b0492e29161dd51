"""Another playbook as a child run: sending for it, and what becomes of the step when that has ended.

The child is a run of its own, started by whoever started this one, on the definition that was pinned when this run
began (semantics “Children”, rule 13). Its id follows from the parent's, so that sending twice starts one.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from engine.definition import CallSpec
from engine.expressions import EvaluationError
from engine.machine import endings, limits, refusing
from engine.machine.commands import Refusal, StartChild
from engine.machine.events import Child
from engine.machine.state import Called, Visit
from engine.machine.turn import Turn


def open_call(turn: Turn, visit: Visit, spec: CallSpec) -> None:
    """Fill in the inputs and send for the child; a retry sends for another one."""
    try:
        inputs = turn.resolved(dict(spec.parameters), visit)
    except EvaluationError as error:
        turn.incident(visit, "expression", f"`with`: {error}")
        return
    digest = turn.base.calls.get(visit.step)
    depth = (turn.base.parent.depth if turn.base.parent else 0) + 1
    if digest is None:
        turn.incident(visit, "child-failed", f"There was no published version of {spec.playbook} when this run began.")
        return
    if depth > limits.CALLS:
        turn.incident(visit, "child-failed", f"Runs call each other at most {limits.CALLS} deep.")
        return
    nth = visit.called.nth + 1 if visit.called else 1
    run = str(uuid5(NAMESPACE_URL, f"penstock:{turn.base.run}:{visit.number}:{nth}"))
    visit = turn.change(visit, called=Called(run, nth))
    turn.move("called", visit, run=run, playbook=spec.playbook, nth=nth)
    turn.commands.append(StartChild(visit.number, run, nth, digest, inputs, depth))


def child(turn: Turn, event: Child) -> Refusal | None:
    """Take how the child ended: completed with its outputs, else by `on_error`."""
    refusal = to_take(turn, event)
    if refusal is not None:
        return refusal
    visit = turn.change(turn.visits[event.visit], called=None)
    spec = turn.spec(visit).does
    assert isinstance(spec, CallSpec)
    turn.move("returned", visit, status=event.status, message=event.message)
    if event.status == "completed":
        endings.complete(turn, visit, dict(event.outputs))
        return None
    said = f": {event.message}" if event.message else "."
    words = "could not be started" if event.status == "refused" else f"ended as {event.status.replace('_', ' ')}"
    error = f"The called run {words}{said}"
    if spec.on_error == "ignore":
        endings.complete(turn, visit, {})
    elif spec.on_error == "route":
        endings.fail(turn, visit, error, event.nth)
    else:
        turn.incident(turn.change(visit, called=Called("", event.nth)), "child-failed", error)
    return None


def to_take(turn: Turn, event: Child) -> Refusal | None:
    """Say why this answer changes nothing: the step is over, or it waits for another child by now."""
    visit = turn.visits.get(event.visit)
    if visit is None:
        return refusing.gone(turn.definition, turn.base, event.visit)
    if visit.called is None or not visit.called.run or visit.called.nth != event.nth:
        return Refusal("not-open", "The step does not wait for this run.")
    return None
