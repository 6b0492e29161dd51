"""The head of every event, and what only the directory knew at its moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the directory said at the moment of the act.

    roles: roles of this playbook (and `user:<actor>`) that the actor holds now, empty for an inactive
    account; operator: may operate this run; breaks_glass: may also take it past its gates; voters: for every
    person who has voted, delegated or been delegated to at the gate concerned, and the actor, the roles and
    `user:<person>` held now (absent or empty: rights lost). Where an operator completes for somebody, or hands a task
    to somebody, or an approver delegates to somebody, `voters` holds what that somebody holds.

    delegators: those who at this instant have delegated to the actor beforehand, for this playbook and until a date
    (absence included), in the order of their delegations; `voters` holds what each of them holds now, at a task as at a
    gate. Never whoever delegated to one of those: what is delegated is not passed on. reauthenticated:
    the actor has proved a moment ago who they are (`require: [reauthenticate]`). service: the actor is no person but a
    program's account, which decides nothing. gated: of an operator, the calls of this run that may hold approvals
    (`called_gates.gated`): passing over one of them passes over what is approved there.
    """

    roles: tuple[str, ...] = ()
    operator: bool = False
    breaks_glass: bool = False
    voters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delegators: tuple[str, ...] = ()
    reauthenticated: bool = False
    service: bool = False
    gated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """The head of every event."""

    at: datetime
    actor: str = ENGINE
    on_behalf_of: str | None = None
    facts: Facts = Facts()
