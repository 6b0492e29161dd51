"""Where a run is: everything `advance` needs, and nothing it does not.

A `State` is immutable; `advance` makes a new one. It holds the open visits only: what has ended lives in
the log and in the tables made from it, so a transition costs the same after ten thousand events as after
ten. It is stored as canonical JSON, byte for byte the fold of the log (guarantees G7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from engine import values
from engine.definition import Definition, StepSpec
from engine.lifecycles import RunStatus, VisitStatus
from engine.machine import scopes
from engine.machine.askings import Asking as Asking
from engine.machine.askings import Bar as Bar
from engine.machine.askings import Delegation as Delegation
from engine.machine.askings import Seat as Seat
from engine.machine.askings import StandIn as StandIn
from engine.machine.askings import Vote as Vote
from engine.machine.events import Child as ChildEnded
from engine.machine.events import Parent, Result, Signal


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action under way. `parameters` are resolved; `in_hand` is false in the pause between attempts.

    Numbers only rise; `first` is the one at which the present count began (an operator's retry starts anew).
    """

    number: int
    parameters: Mapping[str, Any]
    key: str
    in_hand: bool = True
    error: str = ""
    first: int = 1


@dataclass(frozen=True, slots=True)
class Incident:
    """What an operator must look at.

    `rungs` are rungs whose `when` failed: a retry asks them again. `of_rungs`: nothing but that went wrong.
    """

    code: str
    message: str
    opened_at: datetime
    rungs: tuple[int, ...] = ()
    of_rungs: bool = False


Edge = Literal["live", "dead"]


@dataclass(frozen=True, slots=True)
class Region:
    """A `parallel` or `each` that is under way: its join is counted here, never by reading its steps.

    A list is called by its branch, by its item's index as a text, or by `""` where there is only one. `open` are the
    lists that hold a token, in their order; `worked` those of them in which a step has completed; `begun` counts
    those that were entered, `ended` those that ended, `met` those that count for the join. `items` are the encoded
    items of an each. In a graph `edges` maps `a>b` (b needs a) to what became of it, undecided ones not at all.
    """

    open: tuple[str, ...] = ()
    worked: tuple[str, ...] = ()
    begun: int = 0
    ended: int = 0
    met: int = 0
    items: tuple[Any, ...] = ()
    edges: Mapping[str, Edge] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Called:
    """The child run that a `call` waits for; a retry starts another, so `nth` counts from 1."""

    run: str
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The data that an undo reads, as it was when the visit ended: encoded, by name; `each` is that of its item."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    each: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """A completed visit that can be undone."""

    visit: int
    step: str
    scope: str
    title: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Draining:
    """A cancelled visit of an action whose attempt is still in hand: a rollback waits for it.

    `done` is how it is undone, should it turn out to have happened, or where nobody can tell; None: it has no undo.
    """

    attempt: int
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Where a jump goes on when what it was asked to undo is undone: the visits from this number on."""

    to: str
    scope: str
    visit: int
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of one step. `number` counts the visits of the whole run from 1, in opening order.

    `within` is the list it stands in, `scope` the item it belongs to: `""` outside every each, else `regions[0]`, in
    an each within that `regions[0]/checks[2]`. `undoes` is the completed visit that this one takes back: then it does
    what the step's `undo` says.

    `assigned` is a role id or `user:<name>`, the persons and roles a rung added are in `added`. `has_stood`: the
    run was paused while it was open, so its ladder fires later than its opening says. `needs_pick`: the
    directory has not said yet who of the role there is to choose from. `claimed_for` is whose task it is, where it was
    claimed by somebody to whom that person has delegated.
    """

    number: int
    step: str
    within: str
    status: VisitStatus
    opened_at: datetime
    title: str = ""
    ended_at: datetime | None = None
    due_at: datetime | None = None
    overdue: bool = False
    assigned: str = ""
    instructions: str = ""
    added: tuple[str, ...] = ()
    needs_pick: bool = False
    claimed_by: str | None = None
    claimed_for: str | None = None
    outcome: str | None = None
    by: str | None = None
    asking: Asking | None = None
    attempt: Attempt | None = None
    incident: Incident | None = None
    has_stood: bool = False
    scope: str = ""
    region: Region | None = None
    called: Called | None = None
    undoes: int | None = None

    @property
    def address(self) -> str:
        """What a visit is called among those that are open: `step`, `step[0]` in an item, `step.undo`."""
        return f"{self.step}{scopes.indices(self.scope)}{'' if self.undoes is None else '.undo'}"

    @property
    def line(self) -> str:
        """Under what the state remembers how it ended; what takes a step back has a line of its own."""
        step = self.step if self.undoes is None else f"{self.step}.undo"
        return f"{step}@{self.scope}" if self.scope else step


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last visit of a step that has ended went; `result` is a task's outcome or what became of a gate."""

    visit: int
    status: VisitStatus
    at: datetime
    by: str = ""
    result: str = ""


TimerKind = Literal["due", "rung", "wait", "retry", "window", "deadline", "drain"]
"""What it is for: `window` opens a step (or asks for an attempt again), `deadline` ends a wait for a signal, `drain`
gives up on an attempt that a rollback waits for."""


@dataclass(frozen=True, slots=True)
class Timer:
    """`key` is unique in the run: `<visit>:<kind>:<index>:<nth firing>`; a timer fires once.

    `remaining_seconds` is set while the run is paused: what is left, in business time where its length is written
    so. A timer for a point in time has none, as the point does not move.
    """

    key: str
    visit: int
    kind: TimerKind
    due_at: datetime
    index: int = 0
    nth: int = 0
    remaining_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`values` maps a scope (`""` outside every each, else the item: `Visit.scope`) to step id to encoded values of
    its last completed visit; a step that is not there is unset. (A failed visit that went on by `on_error` leaves only
    `error`, a completed one always has `at`; an each leaves a list.) `counts` are its visits so far, `items` the
    encoded `each` of every scope. `doers` maps a step to everybody who completed or voted in any visit of it, or
    changed its data, and `starter` to who changed the inputs: whom `exclude` means. `ended` holds one line for each
    step (in an item, for `<step>@<scope>`; for what takes it back, `<step>.undo`), so that whoever comes too late is
    told what happened. `paused_seconds` is the time of the
    pauses that are over; `held` is what came from outside in the present one, in order, to be applied when it ends.
    `kept` are signals that no wait has taken yet. `done` are completed visits that can be undone, in the order of
    completion; while the run rolls back those that are still to be. `back` is where a jump goes on when what was
    asked has been undone. `draining` maps visits that were cancelled with an attempt in hand to that attempt: a
    rollback waits for them.
    `calls` pins the digest of the playbook for each `call`; `parent` is the run and the visit that called this one.
    """

    run: str
    definition: str
    semantics: int
    status: RunStatus
    seq: int
    at: datetime
    started_at: datetime
    started_by: str
    paused: bool = False
    paused_at: datetime | None = None
    paused_seconds: float = 0.0
    held: tuple[Result | ChildEnded | Signal, ...] = ()
    title: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    visits: Mapping[int, Visit] = field(default_factory=dict)
    last_visit: int = 0
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    doers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ended: Mapping[str, Ended] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    sla_at: datetime | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kept: tuple[Signal, ...] = ()
    done: tuple[Done, ...] = ()
    draining: Mapping[int, Draining] = field(default_factory=dict)
    back: Back | None = None
    calls: Mapping[str, str] = field(default_factory=dict)
    parent: Parent | None = None
    place: str = ""
    """The key under which the run holds, or waits for, a place (`concurrency`)."""
    began_on: str = ""
    """The digest of the definition that the run began on, where it has been moved since."""


_ADAPTER: TypeAdapter[State] = TypeAdapter(State)


def step_of(definition: Definition, visit: Visit) -> StepSpec:
    """Return what a visit does: its step, or what takes an earlier visit of that step back."""
    return definition.steps[visit.step] if visit.undoes is None else definition.undoing(visit.step)


def dump(state: State) -> bytes:
    """Return the canonical bytes of this state. What is as it is by default is left out: a newer version that knows
    more of a state writes the same bytes for a run that does not use it."""
    return values.canonical(_ADAPTER.dump_python(state, mode="json", exclude_defaults=True))


def load(stored: bytes | str) -> State:
    return _ADAPTER.validate_json(stored)
