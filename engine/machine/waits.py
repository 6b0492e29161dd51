"""The run waits for a time, a length from the opening of the step or a point that an expression gives, or a signal."""

from __future__ import annotations

from datetime import datetime

from engine.definition import WaitSpec
from engine.expressions import EvaluationError
from engine.expressions.types import shown
from engine.machine import awaiting, endings
from engine.machine.moments import after
from engine.machine.state import Timer, Visit
from engine.machine.tokens import Left
from engine.machine.turn import Turn


def open_wait(turn: Turn, visit: Visit, spec: WaitSpec) -> None:
    """Set the timer, or look for a signal that was kept; a point in the past completes at once."""
    if spec.signal is not None:
        if not awaiting.await_signal(turn, visit, spec) and spec.deadline is not None:
            until = after(visit.opened_at, spec.deadline, turn.definition.calendar)
            turn.set_timer(Timer(f"{visit.number}:deadline:0:0", visit.number, "deadline", until))
        return
    try:
        until = _until(turn, visit, spec)
    except EvaluationError as error:
        turn.incident(visit, "expression", f"`until`: {error}")
        return
    if until <= turn.at:
        over(turn, visit)
    else:
        turn.set_timer(Timer(f"{visit.number}:wait:0:0", visit.number, "wait", until))


def _until(turn: Turn, visit: Visit, spec: WaitSpec) -> datetime:
    if spec.length is not None:
        return after(visit.opened_at, spec.length, turn.definition.calendar)
    until = turn.value(spec.until or "", visit)
    if not isinstance(until, datetime):
        raise EvaluationError(f"`{spec.until}` gives {shown(until)}, which is no point in time.")
    return until


def over(turn: Turn, visit: Visit) -> None:
    """The time has come."""
    endings.complete(turn, visit, {})


def too_late(turn: Turn, visit: Visit) -> None:
    """No signal came in time: the step is left undone, by `on_deadline`."""
    endings.cancel(turn, visit)
    turn.ahead.append(Left(visit, "deadline"))
