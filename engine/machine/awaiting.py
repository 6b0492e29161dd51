"""Signals from outside: taken by the wait that fits, or kept for one that opens later (semantics rule 15)."""

from __future__ import annotations

from engine import values
from engine.definition import WaitSpec
from engine.expressions import EvaluationError
from engine.lifecycles import VisitStatus
from engine.machine import endings, rights
from engine.machine.commands import Refusal
from engine.machine.events import Signal
from engine.machine.state import Visit
from engine.machine.turn import Turn


def signal(turn: Turn, event: Signal) -> Refusal | None:
    """Give it to the first opened wait whose `match` holds, else keep it."""
    refusal = to_send(turn, event)
    if refusal is not None:
        return refusal
    turn.move("signalled", name=event.name, by=event.actor)
    give(turn, event)
    return None


def to_send(turn: Turn, event: Signal) -> Refusal | None:
    """Say why not: only operators speak to a run by hand, no wait has the name, or too many are kept."""
    return rights.to_signal(turn.definition, turn.base, event.name, event.actor, event.facts)


def give(turn: Turn, event: Signal) -> None:
    for number in sorted(turn.visits):
        visit = turn.visits[number]
        spec = turn.spec(visit).does
        if not isinstance(spec, WaitSpec) or spec.signal != event.name or visit.status is not VisitStatus.OPEN:
            continue
        if _matches(turn, visit, spec, event):
            _take(turn, visit, event)
            return
    turn.kept += (event,)
    turn.move("kept", name=event.name)


def await_signal(turn: Turn, visit: Visit, spec: WaitSpec) -> bool:
    """Take the oldest kept signal that matches, and say whether there was one."""
    for event in turn.kept:
        if event.name == spec.signal and _matches(turn, visit, spec, event):
            turn.kept = tuple(other for other in turn.kept if other is not event)
            _take(turn, visit, event)
            return True
    return False


def _matches(turn: Turn, visit: Visit, spec: WaitSpec, event: Signal) -> bool:
    if spec.match is None:
        return True
    try:
        return turn.condition(spec.match, visit, signal=values.decode(event.data))
    except EvaluationError as error:
        turn.note(visit, f"The signal {event.name} was not taken: `match`: {error}")
        return False


def _take(turn: Turn, visit: Visit, event: Signal) -> None:
    data = event.data
    left = {} if data is None else dict(data) if isinstance(data, dict) else {"value": data}
    endings.complete(turn, visit, left)
