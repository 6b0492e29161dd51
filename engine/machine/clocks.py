"""What a pause does to the clocks of a run: lengths of time stand still, points in time do not move.

What is left of a length is kept in its own unit: of `4bh` and `2bd` the time inside the calendar's hours that is
not spent yet (semantics section 3, rule 16).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from engine.definition import Definition, WaitSpec
from engine.durations import BusinessTime, Length
from engine.machine.moments import after
from engine.machine.state import Timer, Visit, step_of
from engine.machine.turn import Turn


def stop(turn: Turn) -> None:
    """Stop the timers that run; those of a pause that an operator's act has set are stopped at once."""
    for key, timer in turn.timers.items():
        length = length_of(turn.definition, turn.visits.get(timer.visit), timer)
        if length is not None and timer.remaining_seconds is None:
            turn.timers[key] = replace(timer, remaining_seconds=_left(turn, length, turn.at, timer.due_at))


def start(turn: Turn) -> None:
    """Let every clock run on with what was left of it, those of the visits' due times and the run's own as well."""
    assert turn.paused_at is not None
    for key, timer in list(turn.timers.items()):
        visit = turn.visits.get(timer.visit)
        length = length_of(turn.definition, visit, timer)
        if visit is None or length is None or timer.remaining_seconds is None:
            continue
        due_at = _on(turn, length, timedelta(seconds=timer.remaining_seconds))
        turn.timers[key] = replace(timer, due_at=due_at, remaining_seconds=None)
        turn.change(visit, has_stood=True, due_at=due_at if timer.kind == "due" else visit.due_at)
    sla = turn.definition.sla
    if sla is not None and turn.sla_at is not None and turn.sla_at > turn.paused_at:
        turn.sla_at = _on(turn, sla, timedelta(seconds=_left(turn, sla, turn.paused_at, turn.sla_at)))


def length_of(definition: Definition, visit: Visit | None, timer: Timer) -> Length | None:
    """Return the length that this timer measures, None where it stands for a point in time.

    The time-out of an attempt that a rollback waits for runs on.
    """
    if visit is None:
        return None
    spec = step_of(definition, visit)
    match timer.kind:
        case "due":
            return spec.due
        case "rung":
            rung = spec.escalate[timer.index]
            # `before_due` is counted back from the due time, and so stands still as that does
            return rung.every if timer.nth else spec.due if rung.before_due is not None else rung.after
        case "wait":
            return spec.does.length if isinstance(spec.does, WaitSpec) else None
        case "deadline":
            return spec.does.deadline if isinstance(spec.does, WaitSpec) else None
        case "retry":
            return timedelta()
        case "window" | "drain":
            return None


def _left(turn: Turn, length: Length, now: datetime, due_at: datetime) -> float:
    calendar = turn.definition.calendar
    inside = isinstance(length, BusinessTime) and calendar is not None
    left = calendar.between(now, due_at) if inside and calendar is not None else due_at - now
    return max(timedelta(), left).total_seconds()


def _on(turn: Turn, length: Length, left: timedelta) -> datetime:
    calendar = turn.definition.calendar
    if isinstance(length, BusinessTime) and calendar is not None:
        return calendar.later(turn.at, left)
    return after(turn.at, left)
