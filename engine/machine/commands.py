"""What `advance` answers: a new state with what moved and what is to be done outside, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from engine.lifecycles import REFUSALS
from engine.machine.state import State, Visit


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that followed from the event, for the log and the pages. `data` is JSON.

    `on_behalf_of` and `evidence` are there only where somebody else's right, or task, is used, or a file attached.

    kinds (and their data): started · opened · skipped · completed{outcome, by, on_behalf_of} · failed{error} ·
    cancelled · claimed{by, on_behalf_of} · released{by} · asked{question, digest} · roster{people, barred, bar} ·
    voted{person, choice, comment, changed, on_behalf_of, evidence} · withdrawn{person} ·
    voided{people} (cast votes that no longer count) · delegated{person, to} · undelegated{person, to, how} ·
    decided{status, by, code} · attempted{attempt} · attempt_failed{attempt, error, next_at} ·
    reminded{people, roles, rung} · added{name, people, rung} · picked{person, role, how} ·
    escalated{rung, outcome or target or name or incident} · overdue ·
    incident{code, message} · resolved{code, how} · ended{status, message} · note{text} ·
    paused{by, reason} · held{outcome} or {name, by} (a signal) · resumed{by, seconds, reason} ·
    reassigned{from, to, by, reason, rung} ·
    jumped{to, by, over, reason, undo} · changed{name, old, new, by, reason} · queued{by, title, place} ·
    shut{window, opens_at} · called{run, playbook, nth} · returned{status, message} · signalled{name, by} ·
    kept{name} · commented{by, text, files, at_visit} · rolling_back{by, reason} ·
    undone{of, by, by_hand, reason, on_behalf_of}
    """

    kind: str
    visit: int | None = None
    step: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeedRoster:
    """Ask the directory who these names (roles, `user:x`) mean now; answered by the event `Roster`."""

    visit: int
    names: tuple[str, ...]
    rung: int | None = None


@dataclass(frozen=True, slots=True)
class NeedPick:
    """Ask the directory who is in this role now, what they have to do and when their turn was last; answered by `Pick`.

    Turns are those at this step of this playbook, over all its runs.
    """

    visit: int
    step: str
    role: str


@dataclass(frozen=True, slots=True)
class Perform:
    """Do this outside, at least once: a row of the outbox. `key` is the stable idempotency key."""

    visit: int
    attempt: int
    provider: str
    parameters: Mapping[str, Any]
    key: str
    timeout_seconds: float
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start the run `run` on the definition with this digest, as the child of this visit; `inputs` are encoded."""

    visit: int
    run: str
    nth: int
    digest: str
    inputs: Mapping[str, Any]
    depth: int


Told = Literal["cancel", "pause", "resume"]


@dataclass(frozen=True, slots=True)
class TellChild:
    """Pass on to a child run what was done to its parent."""

    visit: int
    run: str
    act: Told
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TellParent:
    """This run has ended: tell the run that called it, by the event `Child`."""

    run: str
    visit: int
    nth: int
    status: Literal["completed", "failed", "cancelled", "rolled_back"]
    outputs: Mapping[str, Any]
    message: str = ""


Command = NeedRoster | NeedPick | Perform | StartChild | TellChild | TellParent


@dataclass(frozen=True, slots=True)
class Advance:
    """The event was accepted. `touched` holds every visit that changed, in its last form, ended ones too.

    `taken` are the transitions that were taken, as (source, trigger), in order.
    """

    state: State
    moves: tuple[Move, ...]
    commands: tuple[Command, ...]
    touched: tuple[Visit, ...]
    taken: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The event was refused and nothing changed. `code` is one of lifecycles.REFUSALS or `field:<name>`."""

    code: str
    sentence: str = ""

    def __post_init__(self) -> None:
        if not self.sentence:
            object.__setattr__(self, "sentence", REFUSALS.get(self.code, self.code))
