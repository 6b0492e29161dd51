"""What can happen to a run. One accepted event is one entry of its log and raises `seq` by one.

Every event carries `at` (the time it is given; the machine takes the later of it and the run's last),
`actor` (a username, or `engine` where nobody acts), and `facts`: what only the directory knew at that
instant, written in by whoever asked the guard. A replay reads the events and never the directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from engine.attachments import Attachment
from engine.lifecycles import Choice
from engine.machine.happening import ENGINE as ENGINE
from engine.machine.happening import Facts as Facts
from engine.machine.happening import Happening as Happening
from engine.machine.orders import Cancel as Cancel
from engine.machine.orders import ChangeData as ChangeData
from engine.machine.orders import Jump as Jump
from engine.machine.orders import Migrate as Migrate
from engine.machine.orders import Pause as Pause
from engine.machine.orders import Reassign as Reassign
from engine.machine.orders import Resume as Resume
from engine.machine.orders import RetryStep as RetryStep
from engine.machine.orders import Rollback as Rollback
from engine.machine.orders import SkipStep as SkipStep


@dataclass(frozen=True, slots=True)
class Parent:
    """The run that called this one: at which visit, the how many-eth child there, and how deep this one lies.

    A run that somebody started has no parent; its children have the depth 1.
    """

    run: str
    visit: int
    nth: int = 1
    depth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Happening):
    """The first event of a run: `advance(definition, None, Start(...))`. `inputs` are encoded values.

    `calls` says which definition each `call` of this playbook means from now on, by step; a call that is missing
    could not be resolved. `has_place` is false where the playbook's `concurrency` leaves no room now.
    """

    kind: Literal["start"] = "start"
    run: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    parent: Parent | None = None
    has_place: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit(Happening):
    """A queued run gets its place and begins."""

    kind: Literal["admit"] = "admit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster(Happening):
    """The directory's answer to `NeedRoster`: each asked name (role or `user:x`) -> the people it means now."""

    kind: Literal["roster"] = "roster"
    visit: int
    people: Mapping[str, tuple[str, ...]]
    rung: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has: how many open tasks are theirs alone now, and their last turn at this step.

    Turns are counted from 1 among those the directory names, the latest is the greatest; 0: never picked.
    """

    tasks: int = 0
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick(Happening):
    """The directory's answer to `NeedPick`: everybody who is in the role now. The machine chooses, so a replay can."""

    kind: Literal["pick"] = "pick"
    visit: int
    people: Mapping[str, Load]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One ticked item of a checklist."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Happening):
    """`on_behalf_of` is set where an operator completes for somebody (and why), or a delegate for who delegated.

    `form` holds encoded values, `files` what was attached beside the form.
    """

    kind: Literal["complete"] = "complete"
    visit: int
    form: Mapping[str, Any] = field(default_factory=dict)
    checklist: Mapping[str, Tick] = field(default_factory=dict)
    outcome: str | None = None
    reason: str = ""
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Happening):
    """`on_behalf_of` is whoever delegated to the actor beforehand, whose task it is; None: the actor's own."""

    kind: Literal["claim"] = "claim"
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Happening):
    kind: Literal["release"] = "release"
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote(Happening):
    """`on_behalf_of` is whoever delegated to the actor, with whose right the actor votes; None: with their own."""

    kind: Literal["vote"] = "vote"
    visit: int
    choice: Choice
    comment: str = ""
    digest: str
    evidence: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Happening):
    kind: Literal["withdraw"] = "withdraw"
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate(Happening):
    """The actor hands the vote at this gate to `to`, a username; an empty one takes it back."""

    kind: Literal["delegate"] = "delegate"
    visit: int
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Happening):
    """Somebody says something, or attaches files, at a visit or (without one) at the run. It moves nothing."""

    kind: Literal["comment"] = "comment"
    visit: int | None = None
    text: str = ""
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Happening):
    """What came of an attempt. `lost`: five claims of its work and no answer."""

    kind: Literal["result"] = "result"
    visit: int
    attempt: int
    outcome: Literal["ok", "error", "timeout", "lost"]
    data: Any = None
    error: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Child(Happening):
    """The run that a `call` started has ended, as `status`; `outputs` are encoded values. `nth` is that of `Called`.

    `refused`: it could not even be started, and `message` says why.
    """

    kind: Literal["child"] = "child"
    visit: int
    nth: int = 1
    status: Literal["completed", "failed", "cancelled", "rolled_back", "refused"]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(Happening):
    """Somebody, or something outside, says `name`; `data` is JSON (encoded values). By hand it is said why."""

    kind: Literal["signal"] = "signal"
    name: str
    data: Any = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire(Happening):
    """A timer is due. A timer that is not there any more is a no-op refused as `not-open`."""

    kind: Literal["timer"] = "timer"
    timer: str


Event = (
    Start
    | Roster
    | Pick
    | Complete
    | Claim
    | Release
    | CastVote
    | Withdraw
    | Delegate
    | Comment
    | Result
    | Child
    | Signal
    | Fire
    | Cancel
    | RetryStep
    | SkipStep
    | Pause
    | Resume
    | Reassign
    | Jump
    | Migrate
    | Rollback
    | Admit
    | ChangeData
)

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def to_json(event: Event) -> dict[str, Any]:
    document: dict[str, Any] = _ADAPTER.dump_python(event, mode="json")
    return document


def from_json(document: Mapping[str, Any]) -> Event:
    return _ADAPTER.validate_python(document)
