"""How a visit ends: complete, skip, fail, cancel; and the end of the run.

Takes a `Turn`; leaves in its queue that the visit has left, and by which trigger. Where that leads is `routing`'s
(semantics section 3, rules 6, 9 and 11).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Literal

from engine import values
from engine.definition import EachSpec, GateSpec
from engine.expressions import EvaluationError
from engine.lifecycles import GateStatus, RunStatus, VisitStatus
from engine.machine import remembering, scopes
from engine.machine.commands import StartChild, TellChild, TellParent, Told
from engine.machine.state import Asking, State, Visit
from engine.machine.tokens import Arrival, Left
from engine.machine.turn import Turn

_ENDS: dict[RunStatus, Literal["completed", "failed", "cancelled", "rolled_back"]] = {
    RunStatus.COMPLETED: "completed",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
    RunStatus.ROLLED_BACK: "rolled_back",
}


def complete(
    turn: Turn,
    visit: Visit,
    data: dict[str, Any] | list[Any],
    trigger: str = "done",
    by: str | None = None,
    outcome: str | None = None,
    rule: str = "",
    lent: str | None = None,
) -> None:
    """End a visit as completed: `steps.x` becomes `data` (encoded) with its time; then it leaves.

    `by` is the person who did it, `lent` who had delegated it to them; `rule` is `rung:<n>` where a rule of the
    playbook did. What takes an earlier visit
    back leaves that one undone instead.
    """
    if visit.undoes is not None:
        undone(turn, visit, by, lent=lent)
        return
    turn.set_value(visit, data if isinstance(data, list) else {**data, "at": values.encode(turn.at)})
    turn.move("completed", visit, outcome=outcome, by=by, **on_behalf_of(lent))
    remembering.remember(turn, visit)
    _worked(turn, visit)
    _close_region(turn, visit)
    turn.close(visit, VisitStatus.COMPLETED, by or rule, outcome or "", by=by, outcome=outcome)
    turn.ahead.append(Left(visit, trigger))


def on_behalf_of(person: str | None) -> dict[str, str]:
    """Name whom something is done for where there is somebody: what is one's own is written as it always was."""
    return {} if person is None else {"on_behalf_of": person}


def fail(turn: Turn, visit: Visit, error: str, attempts: int) -> None:
    """End a visit as failed and go the way that `on_error` names; `steps.x` keeps only the error."""
    turn.set_value(visit, {"error": {"message": error, "attempts": attempts}})
    turn.move("failed", visit, error=error)
    turn.close(visit, VisitStatus.FAILED, "", "failed")
    turn.ahead.append(Left(visit, "error", error))


def skip(turn: Turn, visit: Visit, by: str | None = None, reason: str = "") -> None:
    """End a visit as skipped: unset, and on as if it had completed in the ordinary way."""
    if visit.undoes is not None:
        undone(turn, visit, by, by_hand=True, reason=reason)
        return
    pass_over(turn, visit, by, reason)
    turn.ahead.append(Left(visit, "skip"))


def pass_over(turn: Turn, visit: Visit, by: str | None, reason: str = "") -> None:
    """End a visit as skipped and go nowhere. A gate that an operator passes over is overridden, asked or not."""
    _empty(turn, visit)
    turn.set_value(visit, None)
    turn.move("skipped", visit, by=by, reason=reason)
    if by is None:
        turn.close(_left_gate(turn, visit, GateStatus.CANCELLED, ""), VisitStatus.SKIPPED)
        return
    visit, result = _overridden(turn, visit, by, "skip")
    turn.close(visit, VisitStatus.SKIPPED, by, result, by=by)


def undone(
    turn: Turn, visit: Visit, by: str | None, by_hand: bool = False, reason: str = "", lent: str | None = None
) -> None:
    """End a visit that took an earlier one back: that one is undone now, and its step unset."""
    turn.done = tuple(done for done in turn.done if done.visit != visit.undoes)
    turn.set_value(visit, None)
    more = on_behalf_of(lent)
    turn.move("undone", visit, of=visit.undoes, by=by, by_hand=by_hand, reason=reason, **more)
    turn.close(visit, VisitStatus.SKIPPED if by_hand else VisitStatus.COMPLETED, by or "", by=by)
    turn.ahead.append(Left(visit, "undone"))


def cancel(turn: Turn, visit: Visit, overridden_by: str = "") -> None:
    """End a visit as cancelled, and all in it before: unset; what it asked for and was not sent yet is dropped.

    `overridden_by` is the operator who takes the run past this gate.
    """
    _empty(turn, visit)
    if visit.undoes is None:
        turn.set_value(visit, None)
    turn.move("cancelled", visit)
    if overridden_by:
        visit, result = _overridden(turn, visit, overridden_by, "jump")
        turn.close(visit, VisitStatus.CANCELLED, overridden_by, result, by=overridden_by)
    else:
        turn.close(_left_gate(turn, visit, GateStatus.CANCELLED, ""), VisitStatus.CANCELLED)


def cancel_under(turn: Turn, lists: Collection[str], scope: str) -> None:
    """Cancel everything in these lists that belongs to this scope, newest first, which is inside out."""
    for number in sorted(turn.visits, reverse=True):
        visit = turn.visits.get(number)
        if visit is not None and visit.within in lists and scopes.is_within(visit.scope, scope):
            cancel(turn, visit)
    steps = turn.definition.steps

    def is_over(one: object) -> bool:
        return isinstance(one, Arrival) and steps[one.step].within in lists and scopes.is_within(one.scope, scope)

    turn.queue = type(turn.queue)(one for one in turn.queue if not is_over(one))
    turn.ahead = [one for one in turn.ahead if not is_over(one)]
    back = turn.back
    if back is not None and steps[back.to].within in lists and scopes.is_within(back.scope, scope):
        turn.back = None


def override(
    turn: Turn, gates: Collection[str], visits: Collection[Visit], scope: str, by: str, reason: str = ""
) -> None:
    """Take the run past these gates: cancel those among the visits, and write a visit for each other.

    `scope` is that in which an operator acts; an item that has not begun has none of its own.
    """
    for visit in sorted(visits, key=lambda one: -one.number):
        if visit.step in gates and visit.number in turn.visits:
            cancel(turn, visit, overridden_by=by)
    asked = {visit.step for visit in visits}
    for gate in gates:
        if gate not in asked:
            pass_over(turn, turn.new_visit(gate, scope), by, reason)


def _empty(turn: Turn, visit: Visit) -> None:
    """End what goes on inside a visit that is about to end: the lists of a region, the run that it called."""
    if visit.region is not None:
        cancel_under(turn, turn.definition.inside(visit.step), visit.scope)
        _close_region(turn, visit)
    if visit.called is not None and visit.called.run:
        tell_child(turn, visit, "cancel")


def _close_region(turn: Turn, visit: Visit) -> None:
    if isinstance(turn.spec(visit).does, EachSpec):
        turn.drop_items(visit.scope, visit.step)


def _worked(turn: Turn, visit: Visit) -> None:
    """Remember at the region around that a step of this list has completed: a join by number asks for that."""
    around = turn.region_of(visit)
    if around is None or around.region is None or turn.definition.is_graph(visit.within):
        return
    name = list_of(turn, visit)
    if name not in around.region.worked:
        turn.change(around, region=replace(around.region, worked=(*around.region.worked, name)))


def list_of(turn: Turn, visit: Visit) -> str:
    """Return what the region around calls the list of this visit: a branch, or the index of an item."""
    branch = visit.within.partition("/")[2]
    return branch or str(scopes.index(visit.scope))


def tell_child(turn: Turn, visit: Visit, act: Told, by: str = "", reason: str = "") -> None:
    """Pass on to the run that a call waits for what is done to it; one that was not sent for yet is not sent for."""
    assert visit.called is not None
    run = visit.called.run
    sent_now = [one for one in turn.commands if isinstance(one, StartChild) and one.run == run]
    if sent_now and act == "cancel":
        turn.commands.remove(sent_now[0])
        return
    turn.commands.append(TellChild(visit.number, run, act, by, reason))


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


def title_of(turn: Turn, visit: Visit) -> str:
    return visit.title or turn.spec(visit).title or visit.step


def end_run(turn: Turn, status: RunStatus, message: str = "") -> None:
    """End the whole run: cancel everything open, newest first; outputs where it completed; tell who called it."""
    turn.queue.clear()
    turn.ahead.clear()
    for number in sorted(turn.visits, reverse=True):
        visit = turn.visits.get(number)
        if visit is not None:
            cancel(turn, visit)
    turn.end_pause()
    turn.timers.clear()
    turn.draining.clear()
    turn.held, turn.kept, turn.done, turn.back = (), (), (), None
    turn.status = status
    turn.message = message
    if status is RunStatus.COMPLETED:
        for name, source in sorted(turn.definition.outputs.items()):
            try:
                turn.outputs[name] = values.encode(turn.value(source))
            except EvaluationError as error:
                turn.note(None, f"The output {name} is unset: {error}")
    turn.move("ended", status=status.value, message=message)
    if turn.base.parent is not None:
        turn.commands.append(report(replace(turn.base, status=status, outputs=turn.outputs, message=message)))


def report(state: State) -> TellParent:
    """Return what a run that has ended tells the one that called it."""
    parent = state.parent
    assert parent is not None
    return TellParent(parent.run, parent.visit, parent.nth, _ENDS[state.status], dict(state.outputs), state.message)
