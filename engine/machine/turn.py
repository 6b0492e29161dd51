"""One event being applied: a working copy of the state, what moved, and what is still to be done.

A `Turn` is mutable and lives only inside one call of `advance`; it leaves a new frozen `State`. It knows how
to keep the books (visits, timers, values, moves, commands) and to evaluate expressions at this instant; what
the rules are is left to the modules beside it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import values
from engine.calendars import Calendar
from engine.definition import MAIN, Definition, StepSpec
from engine.durations import BusinessTime, Length
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.lifecycles import INCIDENTS, VISIT_OPEN, RunStatus, VisitStatus
from engine.machine import knowledge
from engine.machine.commands import Advance, Command, Move, NeedPick, NeedRoster, Perform
from engine.machine.events import Facts, Result
from engine.machine.state import Ended, Incident, State, Timer, Visit

_TICK = timedelta(microseconds=1)

#: How an incident was resolved that is open when its visit ends.
_HOW = {VisitStatus.COMPLETED: "answered", VisitStatus.SKIPPED: "skipped"}


def after(moment: datetime, length: Length, calendar: Calendar | None = None) -> datetime:
    """Return the moment that much later, business time by this calendar; beyond the year 9999, its end."""
    if isinstance(length, BusinessTime):
        assert calendar is not None, "the compiler pins a calendar where there is business time"
        return calendar.add(moment, length)
    try:
        return moment + length
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def before(moment: datetime, length: Length, earliest: datetime, calendar: Calendar | None = None) -> datetime:
    """Return the last moment from which that much time fits before this one, but none before the earliest.

    Business time is that of the calendar, to the microsecond; what does not fit at all gives the earliest.
    """
    if not isinstance(length, BusinessTime):
        return max(earliest, moment - min(length, moment - earliest))
    if after(earliest, length, calendar) > moment:
        return earliest
    fits, too_late = timedelta(0), max(moment - earliest, timedelta(0)) + _TICK
    while too_late - fits > _TICK:
        middle = (fits + too_late) // 2
        if after(earliest + middle, length, calendar) <= moment:
            fits = middle
        else:
            too_late = middle
    return earliest + fits


class Turn:
    """`queue` holds the steps still to be arrived at in this event, first in, first out."""

    def __init__(self, definition: Definition, state: State, at: datetime, actor: str, facts: Facts) -> None:
        self.definition = definition
        self.base = state
        self.at = max(at, state.at)
        self.actor = actor
        self.facts = facts
        self.status = state.status
        self.title = state.title
        self.message = state.message
        self.outputs: dict[str, Any] = dict(state.outputs)
        self.visits = dict(state.visits)
        self.last_visit = state.last_visit
        self.paused = state.paused
        self.paused_at = state.paused_at
        self.paused_seconds = state.paused_seconds
        self.sla_at = state.sla_at
        self.held: tuple[Result, ...] = state.held
        self.inputs = dict(state.inputs)
        self.values = dict(state.values.get(MAIN, {}))
        self.counts = dict(state.counts.get(MAIN, {}))
        self.doers = dict(state.doers)
        self.ended = dict(state.ended)
        self.timers = dict(state.timers)
        self.queue: deque[str] = deque()
        self.arrivals = 0
        self.moves: list[Move] = []
        self.commands: list[Command] = []
        self.taken: list[tuple[str, str]] = []
        self.touched: dict[int, Visit] = {}
        self.data_changed = False
        self._scope: Scope | None = None

    # ---- the books

    def spec(self, visit: Visit) -> StepSpec:
        return self.definition.steps[visit.step]

    def put(self, visit: Visit) -> Visit:
        """Keep this form of the visit; one that has ended leaves the state."""
        if visit.status in VISIT_OPEN:
            self.visits[visit.number] = visit
        else:
            self.visits.pop(visit.number, None)
        self.touched[visit.number] = visit
        return visit

    def change(self, visit: Visit, **fields: Any) -> Visit:
        return self.put(replace(visit, **fields))

    def move(self, kind: str, visit: Visit | None = None, /, **data: Any) -> None:
        if visit is None:
            self.moves.append(Move(kind, data=data))
        else:
            self.moves.append(Move(kind, visit.number, visit.step, data))

    def note(self, visit: Visit | None, text: str) -> None:
        self.move("note", visit, text=text)

    def close(self, visit: Visit, status: VisitStatus, who: str = "", result: str = "", /, **fields: Any) -> Visit:
        """End a visit: its timers and held results go, its incident is resolved, latecomers get their line."""
        if visit.incident is not None:
            self.resolve(visit, _HOW.get(status, "overtaken"))
        for key in [key for key, timer in self.timers.items() if timer.visit == visit.number]:
            del self.timers[key]
        self.held = tuple(result for result in self.held if result.visit != visit.number)
        self.ended[visit.step] = Ended(visit.number, status, self.at, who, result)
        return self.change(visit, status=status, ended_at=self.at, incident=None, **fields)

    def set_value(self, step: str, data: dict[str, Any] | None) -> None:
        """Set what `steps.<step>` is, as encoded values; None unsets it (semantics [set])."""
        if data is None:
            if self.values.pop(step, None) is None:
                return
        else:
            self.values[step] = data
        self.data_changed = True
        self._scope = None

    def set_input(self, name: str, value: Any) -> None:
        """Set an input to an encoded value; None takes it away."""
        self.inputs[name] = value
        if value is None:
            del self.inputs[name]
        self.data_changed = True
        self._scope = None

    def count_visit(self, step: str) -> None:
        self.counts[step] = self.counts.get(step, 0) + 1
        self.data_changed = True
        self._scope = None

    def did(self, step: str, *people: str | None) -> None:
        """Remember who did this step: whom `exclude: [step]` means."""
        known = self.doers.get(step, ())
        new = tuple(dict.fromkeys(person for person in people if person and person not in known))
        if new:
            self.doers[step] = known + new

    def set_timer(self, timer: Timer) -> None:
        self.timers[timer.key] = timer

    def end_pause(self) -> float:
        """Count the pause, and return how long it was, in seconds; 0 where there is none."""
        if self.paused_at is None:
            return 0.0
        seconds = (self.at - self.paused_at).total_seconds()
        self.paused, self.paused_at, self.paused_seconds = False, None, self.paused_seconds + seconds
        return seconds

    # ---- incidents

    def incident(self, visit: Visit, code: str, message: str = "", rung: int | None = None) -> Visit:
        """Open an incident at a visit. Where one is open already, a failed rung joins it, and no other does.

        A call for the operator (`escalated`) makes way for anything that goes wrong: a retry must mend that.
        """
        message = message or INCIDENTS[code].capitalize() + "."
        rungs = () if rung is None else (rung,)
        there = visit.incident
        if there is not None and there.code == "escalated" and code != "escalated" and not rungs:
            visit = self.resolve(visit, "overtaken")
            incident = Incident(code, message, self.at, there.rungs)
        elif there is None:
            incident = Incident(code, message, self.at, rungs, bool(rungs))
        elif rungs:
            incident = replace(there, rungs=tuple(dict.fromkeys(there.rungs + rungs)))
        else:
            return visit
        self.move("incident", visit, code=code, message=message)
        return self.change(visit, incident=incident)

    def resolve(self, visit: Visit, how: str) -> Visit:
        if visit.incident is None:
            return visit
        self.move("resolved", visit, code=visit.incident.code, how=how)
        return self.change(visit, incident=None)

    # ---- expressions, all at this instant

    @property
    def scope(self) -> Scope:
        if self._scope is None:
            self._scope = knowledge.scope(self.base, self.at, self.values, self.counts, self.inputs)
        return self._scope

    def value(self, source: str) -> Any:
        """Evaluate an expression. Raises EvaluationError."""
        return Evaluator.of(self.definition).value(source, self.scope)

    def condition(self, source: str) -> bool:
        """Evaluate an expression that must give a yes or a no. Raises EvaluationError."""
        answer = self.value(source)
        if not isinstance(answer, bool):
            raise EvaluationError(f"`{source}` gives {answer!r}, neither true nor false.")
        return answer

    def resolved(self, written: Any) -> Any:
        """Fill the `${…}` in JSON as written; the answer is encoded. Raises EvaluationError."""
        return values.encode(Evaluator.of(self.definition).resolve(written, self.scope))

    def text(self, template: str, visit: Visit | None = None) -> str:
        """Fill the `${…}` in a text for people; a part that fails reads `[?]` and leaves a note."""
        if "${" not in template:
            return template
        filled = Evaluator.of(self.definition).text(template, self.scope)
        if "[?]" in filled and "[?]" not in template:
            self.note(visit, f"Part of the text “{template.strip()}” could not be filled in.")
        return filled

    # ---- the end

    def freeze(self) -> Advance:
        """Return the new state with what moved. Work asked for by a visit that has ended since is dropped."""
        state = replace(
            self.base,
            seq=self.base.seq + 1,
            at=self.at,
            status=self.status,
            title=self.title,
            message=self.message,
            outputs=self.outputs,
            paused=self.paused,
            paused_at=self.paused_at,
            paused_seconds=self.paused_seconds,
            sla_at=self.sla_at,
            held=self.held,
            inputs=self.inputs,
            visits=self.visits,
            last_visit=self.last_visit,
            values={MAIN: self.values} if self.values else {},
            counts={MAIN: self.counts} if self.counts else {},
            doers=self.doers,
            ended=self.ended,
            timers=self.timers,
        )
        commands = tuple(command for command in self.commands if self._stands(command))
        touched = tuple(self.touched[number] for number in sorted(self.touched))
        return Advance(state, tuple(self.moves), commands, touched, tuple(self.taken))

    def _stands(self, command: Command) -> bool:
        visit = self.visits.get(command.visit)
        if visit is None:
            return False
        match command:
            case Perform(attempt=attempt):
                return visit.attempt is not None and visit.attempt.in_hand and visit.attempt.number == attempt
            case NeedRoster(rung=rung):
                return visit.asking is not None and (-1 if rung is None else rung) in visit.asking.needs
            case NeedPick():
                return visit.needs_pick

    @property
    def is_running(self) -> bool:
        return self.status is RunStatus.RUNNING
