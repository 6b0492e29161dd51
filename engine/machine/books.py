"""The books of one event: a working copy of the state, and what is to be written down of it.

Knows how to keep visits, timers, values and moves; evaluates nothing and decides nothing (`engine.machine.turn`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.definition import Definition, StepSpec, owner_of
from engine.expressions import Scope
from engine.lifecycles import VISIT_OPEN, GateStatus
from engine.machine import scopes
from engine.machine.commands import Command, Move
from engine.machine.events import Child, Facts, Result, Signal
from engine.machine.state import Back, Done, Draining, State, Timer, Visit, step_of
from engine.machine.tokens import Next


class Books:
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
