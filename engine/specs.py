"""What the steps of a definition are: one frozen class a kind, who roles are, and the rungs of a ladder.

Plain data as compiled (`engine.definition`, which hands these names on). Expressions and `${…}` texts stand here as
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from engine.durations import Length
from engine.fieldspec import FieldSpec
from engine.tables.table import Lookup

STARTER = "starter"
MAIN = ""
#: The type of what was attached to a task, in an expression. Every task has it, so definitions do not say so.
FILES = "list(map(string, dyn))"


def files_of(step: str) -> str:
    """Return the name under which an expression reads what was attached to this task."""
    return f"steps.{step.replace('-', '_')}.files"


def stored(names: Mapping[str, str], steps: Iterable[str]) -> dict[str, str]:
    """Return the names that a definition says: all but those that every task has."""
    known = {files_of(step) for step in steps}
    return {name: kind for name, kind in names.items() if name not in known}


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
    require: tuple[Literal["evidence"], ...] = ()


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
    require: tuple[Literal["comment", "evidence", "reauthenticate"], ...] = ()


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
