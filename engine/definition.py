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
from engine.fieldspec import leave_out_secret
from engine.specs import FILES as FILES
from engine.specs import MAIN as MAIN
from engine.specs import STARTER as STARTER
from engine.specs import ActionSpec as ActionSpec
from engine.specs import CallSpec as CallSpec
from engine.specs import DecideSpec as DecideSpec
from engine.specs import EachSpec as EachSpec
from engine.specs import EndSpec as EndSpec
from engine.specs import GateSpec as GateSpec
from engine.specs import Join as Join
from engine.specs import ParallelSpec as ParallelSpec
from engine.specs import Quorum as Quorum
from engine.specs import Retry as Retry
from engine.specs import RoleSpec as RoleSpec
from engine.specs import RollbackSpec as RollbackSpec
from engine.specs import Rung as Rung
from engine.specs import SetSpec as SetSpec
from engine.specs import StepSpec as StepSpec
from engine.specs import TaskSpec as TaskSpec
from engine.specs import WaitSpec as WaitSpec
from engine.specs import Work as Work
from engine.specs import files_of as files_of
from engine.specs import stored as stored
from engine.tables.table import Table

LEAVE, FAIL, ROLLBACK = "leave", "fail", "rollback"


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
        files: dict[str, dict[str, str]] = {"": {}}
        for id, step in self.steps.items():
            if isinstance(step.does, TaskSpec):
                files.setdefault(self.eaches.get(step.within, ""), {})[files_of(id)] = FILES
        found: dict[str, Mapping[str, str]] = {"": {**self.names, **files[""]}}
        for id, step in self.steps.items():
            if isinstance(step.does, EachSpec):
                found[id] = {**found[self.eaches[step.within]], **step.does.names, **files.get(id, {})}
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
        for work in (step["does"], step.get("undo", {})):
            if work.get("kind") == "task":
                _leave_out(work, "require")
        leave_out_secret([*step["does"].get("form", ()), *step.get("undo", {}).get("form", ())])
    leave_out_secret(document["inputs"])
    for table in document.get("tables", {}).values():
        leave_out_secret([*table["inputs"], *table["outputs"]])
    return document


def _leave_out(document: dict[str, Any], *keys: str) -> None:
    for key in keys:
        if not document.get(key, True):
            del document[key]


def from_json(document: Mapping[str, Any]) -> Definition:
    """Read a definition back. Raises `pydantic.ValidationError` on anything that `to_json` did not write."""
    return _ADAPTER.validate_python(document)
