"""One asking of a gate: who may vote, for whom, what was shown, what closes it, and the votes so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.attachments import Attachment
from engine.lifecycles import Choice, GateStatus


@dataclass(frozen=True, slots=True)
class StandIn:
    """Why somebody may stand in: the rung (from 0) that added `name` (a role or `user:x`).

    `only` is the one role this may be for (`for:`); without it, for anybody missing.
    """

    rung: int
    name: str
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One person who may vote. `roles` are the approver roles (or `user:x`) this person can count for."""

    person: str
    roles: tuple[str, ...] = ()
    stands_in: tuple[StandIn, ...] = ()

    @property
    def added_by(self) -> int | None:
        """The first rung that added this person, or None for the roster of the opening."""
        return self.stands_in[0].rung if self.stands_in and not self.roles else None


@dataclass(frozen=True, slots=True)
class Vote:
    """The last word of one person at one gate. `digest` is what the person was shown.

    `roles` are the approver roles held when the vote was cast (empty for a stand-in); `stage` is the stage
    of a sequential gate in which it was cast. `on_behalf_of` is whose right the person voted with, where it was not
    their own: whoever delegated to them; then `roles` are those that the delegator held.
    """

    person: str
    choice: Choice
    comment: str
    at: datetime
    digest: str
    roles: tuple[str, ...] = ()
    stage: int = 0
    on_behalf_of: str | None = None
    evidence: tuple[Attachment, ...] = ()

    @property
    def right(self) -> str:
        """The person with whose right the vote was cast: whose seat it fills."""
        return self.on_behalf_of or self.person


@dataclass(frozen=True, slots=True)
class Delegation:
    """`by` has handed the vote at this gate to `to`, who votes with `by`'s right as it is at that instant."""

    by: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """What closes the gate as approved. Fixed at opening, never below 1 (semantics [roster]).

    `total` approvals in all. With `everyone`, one for each of these persons (their own, or a stand-in's);
    with `per_role`, so many of each role; with neither, any `total` of the roster.
    """

    total: int = 1
    per_role: Mapping[str, int] = field(default_factory=dict)
    everyone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """A gate that is being asked. `seats` is None until the directory has named the roster.

    `needs` are the questions the directory has not answered yet: the rung that adds, or -1 for the roster.

    `shown` maps a name as written in `show` to its encoded value. `barred` maps everybody who is an
    approver but excluded to the entry of `exclude` that says so (`starter`, a step id, a role, `user:x`).
    `stage` counts the approver roles already satisfied under `order: sequential`. `delegations` are those in force,
    at most one of each delegator. `count` is how many must approve where `quorum` is an expression.
    """

    question: str
    shown: Mapping[str, Any]
    digest: str
    status: GateStatus = GateStatus.OPEN
    seats: tuple[Seat, ...] | None = None
    barred: Mapping[str, str] = field(default_factory=dict)
    bar: Bar = Bar()
    stage: int = 0
    votes: tuple[Vote, ...] = ()
    needs: tuple[int, ...] = ()
    decided_by: str = ""
    """A person, or `rung:<n>` where a rule of the playbook decided; empty while open."""
    delegations: tuple[Delegation, ...] = ()
    count: int | None = None

    @property
    def spoke(self) -> tuple[str, ...]:
        """Everybody who has voted, and everybody in whose place somebody has."""
        return tuple(dict.fromkeys(name for vote in self.votes for name in (vote.person, vote.right)))

    @property
    def concerned(self) -> frozenset[str]:
        """Everybody whose rights a count needs to know: who spoke, who delegated and to whom."""
        return frozenset(self.spoke).union(*((one.by, one.to) for one in self.delegations))
