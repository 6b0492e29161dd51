"""One event being applied: a working copy of the state, what moved, and what is still to be done.

A `Turn` is mutable and lives only inside one call of `advance`; it leaves a new frozen `State`. It knows how
to keep the books (visits, timers, values, moves, commands) and to evaluate expressions at this instant; what
the rules are is left to the modules beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import values
from engine.calendars import Calendar
from engine.definition import Definition, StepSpec, owner_of
from engine.durations import BusinessTime, Length
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.lifecycles import INCIDENTS, VISIT_OPEN, GateStatus, RunStatus, VisitStatus
from engine.machine import knowledge, scopes
from engine.machine.commands import (
    Advance,
    Command,
    Move,
    NeedPick,
    NeedRoster,
    Perform,
    StartChild,
    TellChild,
    TellParent,
)
from engine.machine.events import Child, Facts, Result, Signal
from engine.machine.state import (
    Back,
    Done,
    Draining,
    Ended,
    Incident,
    State,
    Timer,
    Visit,
    step_of,
)

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


@dataclass(frozen=True, slots=True)
class Arrival:
    """A token on its way to a step. `is_dead`: nothing that the step needs was taken, so that it is skipped."""

    step: str
    scope: str = scopes.OUTSIDE
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Enter:
    """The open visit of a region whose next list may be entered."""

    visit: int


@dataclass(frozen=True, slots=True)
class Begin:
    """An open visit that begins what it is for."""

    visit: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A visit whose window has begun."""

    visit: int


@dataclass(frozen=True, slots=True)
class Left:
    """A visit that has ended and goes on by this trigger."""

    visit: Visit
    trigger: str
    why: str = ""


Next = Arrival | Enter | Begin | Opening | Left


class Turn:
    """`queue` holds what is still to be done in this event, `ahead` what the step at hand leads on to.

    What one step leads on to is done before what was queued earlier, so that of the lists of a region each runs to
    its first wait before the next is entered.
    """

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
        self.held: tuple[Result | Child | Signal, ...] = state.held
        self.inputs = dict(state.inputs)
        self.values = {at: dict(held) for at, held in state.values.items()}
        self.counts = {at: dict(held) for at, held in state.counts.items()}
        self.items = dict(state.items)
        self.kept: tuple[Signal, ...] = state.kept
        self.done: tuple[Done, ...] = state.done
        self.draining: dict[int, Draining] = dict(state.draining)
        self.back: Back | None = state.back
        self.started_at = state.started_at
        self.doers = dict(state.doers)
        self.ended = dict(state.ended)
        self.timers = dict(state.timers)
        self.queue: deque[Next] = deque()
        self.ahead: list[Next] = []
        self.arrivals = 0
        self.taken: list[tuple[str, str]] = []
        self.moves: list[Move] = []
        self.commands: list[Command] = []
        self.touched: dict[int, Visit] = {}
        self.data_changed = False
        self._scopes: dict[tuple[str, str], Scope] = {}

    # ---- the books

    def spec(self, visit: Visit) -> StepSpec:
        return step_of(self.definition, visit)

    def region_of(self, visit: Visit) -> Visit | None:
        """Return the open visit of the region whose list this one stands in; None in the main list."""
        return self.region(visit.within, visit.scope)

    def region(self, within: str, scope: str) -> Visit | None:
        """Return the open visit that owns this list in this scope; None for the main list, and where it is not open."""
        owner = owner_of(within)
        if not owner:
            return None
        if self.definition.eaches[within] == owner:
            scope = scopes.around(scope)
        return next(
            (
                visit
                for visit in self.visits.values()
                if visit.step == owner and visit.scope == scope and visit.region is not None
            ),
            None,
        )

    def new_visit(self, step: str, scope: str, **fields: Any) -> Visit:
        """Begin a visit, still shut."""
        spec = self.definition.steps[step]
        self.last_visit += 1
        visit = Visit(self.last_visit, step, spec.within, VisitStatus.WAITING, self.at, scope=scope, **fields)
        return self.put(replace(visit, title=visit.title or self.text(spec.title, visit) or step))

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
        self.held = tuple(one for one in self.held if isinstance(one, Signal) or one.visit != visit.number)
        self.ended[visit.line] = Ended(visit.number, status, self.at, who, result)
        return self.change(visit, status=status, ended_at=self.at, incident=None, **fields)

    def set_value(self, visit: Visit, data: Any) -> None:
        """Set what `steps.<step>` is in the visit's scope, as encoded values; None unsets it (semantics [set])."""
        held = self.values.setdefault(visit.scope, {})
        if data is None:
            if held.pop(visit.step, None) is None:
                return
        else:
            held[visit.step] = data
        self._changed()

    def change_value(self, step: str, scope: str, data: Any) -> None:
        """Put right what a step has left in its scope."""
        self.values.setdefault(scope, {})[step] = data
        self._changed()

    def set_input(self, name: str, value: Any) -> None:
        """Set an input to an encoded value; None takes it away."""
        self.inputs[name] = value
        if value is None:
            del self.inputs[name]
        self._changed()

    def count_visit(self, visit: Visit) -> None:
        held = self.counts.setdefault(visit.scope, {})
        held[visit.step] = held.get(visit.step, 0) + 1
        self._changed()

    def unset(self, steps: Iterable[str], scope: str) -> None:
        """Unset steps of a list that is entered anew."""
        held = self.values.get(scope, {})
        for step in steps:
            if held.pop(step, None) is not None:
                self._changed()

    def open_item(self, scope: str, item: dict[str, Any]) -> None:
        """Let an item begin: `item` holds its `each`, encoded."""
        self.items[scope] = item
        self._changed()

    def drop_items(self, outer: str, each: str) -> None:
        """Forget the items of an each that stands in this scope, and all within them, but not what was approved there.

        An approval is remembered for the gate itself: it may rest on data that lives on.
        """
        begin = scopes.item(outer, each, 0).rpartition("[")[0] + "["
        for books in (self.values, self.counts, self.items):
            for scope in [scope for scope in books if scope.startswith(begin)]:
                del books[scope]
        gone = [key for key in self.ended if key.partition("@")[2].startswith(begin)]
        for key in sorted(gone, key=lambda one: self.ended[one].visit):
            line, step = self.ended.pop(key), key.partition("@")[0]
            if line.result == GateStatus.APPROVED and self.definition.steps[step].kind == "gate":
                self.ended[step] = line
        self._changed()

    def _changed(self) -> None:
        self.data_changed = True
        self._scopes.clear()

    def take(self, source: str, trigger: str) -> None:
        """Remember that a transition was taken."""
        self.taken.append((source, trigger))

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

        A call for the operator (`escalated`) makes way for anything that goes wrong: a retry must mend that. Whatever
        is wrong with a region makes way for a join that can no longer be met: nothing else goes on there.
        """
        message = message or INCIDENTS[code].capitalize() + "."
        rungs = () if rung is None else (rung,)
        there = visit.incident
        makes_way = there is not None and (there.code == "escalated" or code == "join-unreachable")
        if there is not None and makes_way and code != there.code and not rungs:
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

    def scope(self, visit: Visit | None = None) -> Scope:
        """Return what expressions may read at a visit; without one, what the head of the playbook may."""
        if visit is not None and visit.undoes is not None:
            done = next(done for done in self.done if done.visit == visit.undoes)
            return knowledge.remembered(self.base, self.at, done.snapshot, visit.within)
        key = (visit.scope, visit.within) if visit is not None else (scopes.OUTSIDE, "")
        if key not in self._scopes:
            self._scopes[key] = knowledge.scope(
                self.base, self.at, *key, self.values, self.counts, self.inputs, self.items
            )
            if self.started_at != self.base.started_at:
                run = {**self._scopes[key].run, "started_at": self.started_at}
                self._scopes[key] = replace(self._scopes[key], run=run)
        return self._scopes[key]

    def value(self, source: str, visit: Visit | None = None, /, **further: Any) -> Any:
        """Evaluate an expression at a visit; `further` are names that only it has. Raises EvaluationError."""
        scope = self.scope(visit)
        return Evaluator.of(self.definition).value(source, replace(scope, further=further) if further else scope)

    def condition(self, source: str, visit: Visit | None = None, /, **further: Any) -> bool:
        """Evaluate an expression that must give a yes or a no. Raises EvaluationError."""
        answer = self.value(source, visit, **further)
        if not isinstance(answer, bool):
            raise EvaluationError(f"`{source}` gives {answer!r}, neither true nor false.")
        return answer

    def resolved(self, written: Any, visit: Visit | None = None, scope: Scope | None = None) -> Any:
        """Fill the `${…}` in JSON as written; the answer is encoded. Raises EvaluationError."""
        scope = scope or self.scope(visit)
        return values.encode(Evaluator.of(self.definition).resolve(written, scope))

    def text(self, template: str, visit: Visit | None = None, scope: Scope | None = None) -> str:
        """Fill the `${…}` in a text for people; a part that fails reads `[?]` and leaves a note."""
        if "${" not in template:
            return template
        filled = Evaluator.of(self.definition).text(template, scope or self.scope(visit))
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
            values={scope: held for scope, held in self.values.items() if held},
            counts={scope: held for scope, held in self.counts.items() if held},
            items=self.items,
            kept=self.kept,
            done=self.done,
            draining=self.draining,
            back=self.back,
            started_at=self.started_at,
            doers=self.doers,
            ended=self.ended,
            timers=self.timers,
        )
        commands = tuple(command for command in self.commands if self._stands(command))
        touched = tuple(self.touched[number] for number in sorted(self.touched))
        return Advance(state, tuple(self.moves), commands, touched, tuple(self.taken))

    def _stands(self, command: Command) -> bool:
        if isinstance(command, TellChild | TellParent):
            return True
        visit = self.visits.get(command.visit)
        if visit is None:
            return False
        match command:
            case StartChild(run=run):
                return visit.called is not None and visit.called.run == run
            case Perform(attempt=attempt):
                return visit.attempt is not None and visit.attempt.in_hand and visit.attempt.number == attempt
            case NeedRoster(rung=rung):
                return visit.asking is not None and (-1 if rung is None else rung) in visit.asking.needs
            case NeedPick():
                return visit.needs_pick

    @property
    def is_moving(self) -> bool:
        return self.status in (RunStatus.RUNNING, RunStatus.ROLLING_BACK)
