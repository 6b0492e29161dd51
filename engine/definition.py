"""The state machine as compiled: what a run runs on. Immutable, plain data, named by its digest.

`steps` are the states, `transitions` the arrows. A trigger is

    done                completed in the ordinary way (`next`, the following step, or the end of the list)
    skip                its guard `when` was false, or an operator skipped it: every step but an end has one, and
                        where the step has no `when` only an operator ever takes it
    outcome:<name>      a task ended with this outcome
    approve reject return   what became of a gate
    rule:<n> otherwise  the n-th rule of a decide (from 0; the transition carries its `when` as guard)
    value:<text>        the decision table of a decide gives this value
    error               an action failed for good (a called run did not complete) and `on_error` names a way
                        (absent: incident)
    deadline            no signal came in time (`on_deadline`)
    rung:<n>            the n-th rung of the ladder goes somewhere (`go`)

and a target is a step id or one of `leave` (the end of the list the source stands in; for the main list
the run completes), `fail`, `rollback`. A step stands in the source's own list or in a list around it: such a way
leaves the regions in between. The start has the source `""` and the trigger `start`; each list of a region has a
start too, with the step that owns it as source and the trigger `enter:<list>`. `end` and `rollback` steps are final
states and have no transitions.

Lists hold the steps in their order. The main list is `""`; `ship/eu` is the branch `eu` of the `parallel` called
`ship`; `ship` is the one list of an `each` called `ship`, or of a `parallel` whose steps say what they need. In a
list of that last form one trigger has a transition to each step whose edge it makes live, `skip` leads to `leave`,
and what has no step behind it leads to `leave` too.

Expressions and `${…}` texts stand here as written; `names` types every name they may read, so that an
`Evaluator` can be made again from the definition alone, years later (guarantees G7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from pydantic import TypeAdapter

from engine import values
from engine.calendars import Calendar
from engine.durations import Length
from engine.fieldspec import FieldSpec as FieldSpec
from engine.fieldspec import FieldType as FieldType
from engine.tables.table import Lookup, Table

LEAVE, FAIL, ROLLBACK = "leave", "fail", "rollback"
STARTER = "starter"
MAIN = ""


@dataclass(frozen=True)
class RoleSpec:
    """Who a role is: the members of the groups and the users, by name."""

    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rung:
    """One rung of an escalation ladder: so long after the opening of the step, or before it is due.

    Exactly one of `after` and `before_due` is set, and exactly one act. `remind`, `add` and `reassign` name roles or
    `user:<name>`, `remind` also `starter`, `assigned`, `pending`, `approvers`. `stand_in` (`for:`) limits whoever is
    added to the place of one role. `incident` calls an operator and leaves the step open.
    """

    after: Length | None = None
    before_due: Length | None = None
    when: str | None = None
    every: timedelta | None = None
    remind: tuple[str, ...] = ()
    add: str | None = None
    stand_in: str | None = None
    reassign: str | None = None
    outcome: str | None = None
    go: str | None = None
    incident: bool = False

    @property
    def closes(self) -> bool:
        """Whether the step ends where this rung is climbed."""
        return self.outcome is not None or self.go is not None


@dataclass(frozen=True)
class TaskSpec:
    """`assign` is a role, `starter`, `user:<name>`, or a `${…}` text that gives a user.

    `pick` chooses one person of the role at opening: whose turn it is at this step, or who has least to do.
    """

    kind: Literal["task"] = "task"
    assign: str = STARTER
    pick: Literal["round-robin", "least-busy"] | None = None
    instructions: str = ""
    checklist: tuple[str, ...] = ()
    form: tuple[FieldSpec, ...] = ()
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quorum:
    """How many must approve. Exactly one of the five forms is set.

    everyone: all of the roster; count: that many; percent: of the roster, rounded up;
    per_role: so many of each role; by_data: as many as this `${…}` gives at the opening. `any` is count=1.
    """

    everyone: bool = False
    count: int | None = None
    percent: int | None = None
    per_role: Mapping[str, int] = field(default_factory=dict)
    by_data: str | None = None


@dataclass(frozen=True)
class GateSpec:
    """`show` names `inputs`, `inputs.<f>`, `steps.<id>` or `steps.<id>.<f>`; approvers are roles or `user:<name>`.

    `exclude` holds `starter`, step ids, role ids and `user:<name>`.
    """

    kind: Literal["gate"] = "gate"
    ask: str = ""
    show: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    quorum: Quorum = Quorum(count=1)
    order: Literal["any", "sequential"] = "any"
    reject: Literal["any", "majority", "impossible"] = "any"
    exclude: tuple[str, ...] = (STARTER,)
    require: tuple[Literal["comment"], ...] = ()


@dataclass(frozen=True)
class Retry:
    attempts: int = 1
    backoff: Literal["fixed", "exponential"] = "fixed"
    first: timedelta = timedelta(seconds=1)
    maximum: timedelta | None = None

    def pause_after(self, attempt: int) -> timedelta:
        """Return how long to wait after this attempt (from 1); exponential doubles from `first` to `maximum`."""
        longest = timedelta.max if self.maximum is None else self.maximum
        if self.backoff == "fixed":
            return min(self.first, longest)
        try:
            doubled: timedelta = self.first * 2 ** (attempt - 1)
            return min(doubled, longest)
        except OverflowError:
            return longest


@dataclass(frozen=True)
class ActionSpec:
    """`parameters` is the `with` as written: JSON whose texts may hold `${…}`.

    `on_error` is `incident`, `ignore`, or `route`: then the transition `error` says where.
    """

    kind: Literal["action"] = "action"
    provider: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    timeout: timedelta = timedelta(seconds=60)
    retry: Retry = Retry()
    idempotency_key: str | None = None
    on_error: Literal["incident", "ignore", "route"] = "incident"


@dataclass(frozen=True)
class DecideSpec:
    """Its rules are its transitions `rule:0`, `rule:1`, …, `otherwise`, tried in that order.

    With a `table` its transitions are `value:<text>` for what the table may give, and `otherwise`.
    """

    kind: Literal["decide"] = "decide"
    table: Lookup | None = None


@dataclass(frozen=True)
class SetSpec:
    """Names and their expressions; `tables` are names whose value a decision table gives."""

    kind: Literal["set"] = "set"
    assign: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Lookup] = field(default_factory=dict)


@dataclass(frozen=True)
class WaitSpec:
    """Exactly one is set: a length of time from the opening, an expression that gives a point in time, or a signal.

    A signal is taken where `match` holds (an expression that may read `signal`); after `deadline` the transition
    `deadline` leads on.
    """

    kind: Literal["wait"] = "wait"
    length: Length | None = None
    until: str | None = None
    signal: str | None = None
    match: str | None = None
    deadline: Length | None = None


Join = Literal["all", "any"] | int
"""How many lists of a region must end: all of them, or so many in which at least one step completed (`any` is 1)."""


@dataclass(frozen=True)
class ParallelSpec:
    """Lists side by side. With `branches` (their names) each is a list `<step>/<branch>`.

    Without, there is one list, `<step>`, whose steps open as what they need has ended; `needs` names that for each
    of its steps (an empty tuple: it opens at once), and `join` is `all`.
    """

    kind: Literal["parallel"] = "parallel"
    branches: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    join: Join = "all"


@dataclass(frozen=True)
class EachSpec:
    """The list `<step>` once for every item that `over` (an expression) gives; `at_most` of them at once.

    `name` is the word after `as`. `names` are what its steps may read besides what may be read around it: `each.item`,
    `each.index`, `each.<name>` and `steps.<inner>.…`, with their types.
    """

    kind: Literal["each"] = "each"
    over: str = ""
    name: str = ""
    at_most: int | None = None
    join: Join = "all"
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CallSpec:
    """Another playbook as a child run. `version` is `^2`, `2` or empty (the newest); resolved when the run starts."""

    kind: Literal["call"] = "call"
    playbook: str = ""
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    on_error: Literal["incident", "ignore", "route"] = "incident"


@dataclass(frozen=True)
class RollbackSpec:
    """What was done is undone, newest first; then the run ends as rolled back."""

    kind: Literal["rollback"] = "rollback"


@dataclass(frozen=True)
class EndSpec:
    kind: Literal["end"] = "end"
    status: Literal["completed", "failed"] = "completed"
    message: str = ""


Work = (
    TaskSpec
    | GateSpec
    | ActionSpec
    | DecideSpec
    | SetSpec
    | WaitSpec
    | ParallelSpec
    | EachSpec
    | CallSpec
    | RollbackSpec
    | EndSpec
)


@dataclass(frozen=True)
class StepSpec:
    """One state. `within` is the id of the list it stands in (`""` is the main list).

    `window` names one of `Definition.windows`: the step opens only inside its hours. `undo` is what takes back what
    a completed visit did.
    """

    id: str
    title: str
    does: Work
    within: str = MAIN
    when: str | None = None
    due: Length | None = None
    escalate: tuple[Rung, ...] = ()
    window: str | None = None
    undo: ActionSpec | TaskSpec | None = None
    tags: tuple[str, ...] = ()
    locked: bool = False

    @property
    def kind(self) -> str:
        return self.does.kind


@dataclass(frozen=True)
class Transition:
    source: str
    trigger: str
    target: str
    guard: str | None = None


@dataclass(frozen=True)
class Concurrency:
    """How many runs of this playbook, all its versions, may be under way with the same key (a text with `${…}`)."""

    key: str = ""
    limit: int = 1
    when_full: Literal["queue", "refuse"] = "queue"


@dataclass(frozen=True)
class Schedule:
    """Runs begin by the clock: five cron fields, in a time zone. `given` are the inputs as written.

    `catch_up` says what becomes of times that were missed: one run for all, one for each, or none.
    """

    cron: str
    timezone: str = "UTC"
    catch_up: Literal["once", "each", "skip"] = "once"
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Webhook:
    """Runs begin by a call from outside under this name; `given` are the inputs, whose `${…}` may read `payload`."""

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ancestor:
    """A playbook that this one adapts: its id, and the digest of its text as it was then."""

    playbook: str
    digest: str


@dataclass(frozen=True)
class Definition:
    """A verified playbook. Two playbooks with the same digest behave the same."""

    playbook: str
    title: str
    kind: str
    owner: str
    summary: str = ""
    domain: str = ""
    tags: tuple[str, ...] = ()
    risk: str = ""
    maturity: str = ""
    review_every: timedelta | None = None
    sla: Length | None = None
    run_title: str = ""
    calendar: Calendar | None = None
    """What business time counts by, pinned; None where the playbook has none and names none."""
    semantics: int = 1
    inputs: tuple[FieldSpec, ...] = ()
    roles: Mapping[str, RoleSpec] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    """The decision tables that steps look up, by id, as they were when this was compiled."""
    steps: Mapping[str, StepSpec] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Every name an expression outside all `each` may read, with its CEL type: `inputs.score` -> `int`,
    `steps.plan.by` -> `string`."""
    windows: Mapping[str, Calendar] = field(default_factory=dict)
    """The calendars that `window` names, pinned."""
    concurrency: Concurrency | None = None
    schedules: tuple[Schedule, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    template: bool = False
    """Starts no runs: others adapt it."""
    extends: tuple[Ancestor, ...] = ()
    """What it adapts, the nearest first."""

    @cached_property
    def digest(self) -> str:
        return values.digest(to_json(self))

    @cached_property
    def ways(self) -> Mapping[str, tuple[Transition, ...]]:
        """The transitions out of each step, in the order in which they are tried."""
        ways: dict[str, list[Transition]] = {"": [], **{step: [] for step in self.steps}}
        for transition in self.transitions:
            ways[transition.source].append(transition)
        return {source: tuple(out) for source, out in ways.items()}

    def target(self, source: str, trigger: str) -> str | None:
        """Return where this trigger leads from this step, or None where the playbook names no way."""
        return next((way.target for way in self.ways[source] if way.trigger == trigger), None)

    @cached_property
    def eaches(self) -> Mapping[str, str]:
        """For each list the innermost `each` whose items it belongs to, `""` outside all of them."""
        return {name: self._each_around(name) for name in self.lists}

    def _each_around(self, within: str) -> str:
        while within:
            owner = owner_of(within)
            if isinstance(self.steps[owner].does, EachSpec):
                return owner
            within = self.steps[owner].within
        return ""

    def bodies(self, step: str) -> tuple[str, ...]:
        """Return the lists that this step owns, in the order of the document."""
        does = self.steps[step].does
        if isinstance(does, ParallelSpec) and does.branches:
            return tuple(branch_of(step, name) for name in does.branches)
        return (step,) if isinstance(does, ParallelSpec | EachSpec) else ()

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """For each list those that lie in it, itself among them."""
        found: dict[str, set[str]] = {name: set() for name in self.lists}
        for name in self.lists:
            for outer in self.around(name):
                found[outer].add(name)
        return {name: frozenset(inner) for name, inner in found.items()}

    def inside(self, step: str) -> frozenset[str]:
        """Return the lists that lie in this step; none unless it is a region."""
        return frozenset().union(*(self.below[body] for body in self.bodies(step)))

    def around(self, within: str) -> tuple[str, ...]:
        """Return this list and those around it, outwards; the last is the main list."""
        found = [within]
        while found[-1]:
            found.append(self.steps[owner_of(found[-1])].within)
        return tuple(found)

    def undoing(self, step: str) -> StepSpec:
        """Return what takes back what this step did, as a step of its own; it must have an `undo`."""
        return self._undoing[step]

    @cached_property
    def _undoing(self) -> Mapping[str, StepSpec]:
        return {
            id: StepSpec(id, f"Undo: {step.title or id}", step.undo, within=step.within)
            for id, step in self.steps.items()
            if step.undo is not None
        }

    def is_graph(self, within: str) -> bool:
        """Say whether the steps of this list say what they need, rather than follow each other."""
        owner = self.steps.get(owner_of(within))
        return owner is not None and isinstance(owner.does, ParallelSpec) and not owner.does.branches

    def names_in(self, within: str) -> Mapping[str, str]:
        """Return every name that an expression of this list may read, with its type."""
        return self._names_by_each[self.eaches.get(within, MAIN)]

    @cached_property
    def _names_by_each(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {"": self.names}
        for id, step in self.steps.items():
            if isinstance(step.does, EachSpec):
                found[id] = {**found[self.eaches[step.within]], **step.does.names}
        return found


def owner_of(within: str) -> str:
    """Return the step that owns this list; `""` for the main list."""
    return within.partition("/")[0]


def branch_of(step: str, name: str) -> str:
    """Return the id of the list of a branch."""
    return f"{step}/{name}"


_ADAPTER: TypeAdapter[Definition] = TypeAdapter(Definition)


def to_json(definition: Definition) -> dict[str, Any]:
    """Write the definition as JSON. Steps keep their order through `lists`, not through key order.

    Of what the language did not always have nothing is said where it is not used: what does without it keeps the
    digest it had before.
    """
    document: dict[str, Any] = _ADAPTER.dump_python(definition, mode="json")
    _leave_out(document, "calendar", "tables", "windows", "concurrency", "schedules", "webhooks", "template", "extends")
    for step in document["steps"].values():
        _leave_out(step, "window", "undo", "tags", "locked")
        _leave_out(step["does"], "table", "tables", "signal", "match", "deadline")
        _leave_out(step["does"].get("quorum", {}), "by_data")
    return document


def _leave_out(document: dict[str, Any], *keys: str) -> None:
    for key in keys:
        if not document.get(key, True):
            del document[key]


def from_json(document: Mapping[str, Any]) -> Definition:
    """Read a definition back. Raises `pydantic.ValidationError` on anything that `to_json` did not write."""
    return _ADAPTER.validate_python(document)
