"""What happens in one run of the demo, as plain data: a story and its acts.

An act waits until its step is open and then some more (`after`, counted from the opening or from the act
before, whichever is later), or happens at a fixed distance from now (`ago`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Act:
    """`step` is an address as in scenarios: `look[0]` in an item, `sub/plan` in a called run, `ship.undo`."""

    by: str
    step: str = ""
    after: timedelta = timedelta(minutes=30)
    ago: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Complete(Act):
    """Hand in a task, with every item of its checklist ticked. `papers` are files beside it: name -> what they say."""

    form: Mapping[str, Any] = field(default_factory=dict)
    outcome: str | None = None
    papers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tick(Act):
    """Tick the first items of a checklist and leave the rest."""

    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Claim(Act):
    pass


@dataclass(frozen=True, kw_only=True)
class Vote(Act):
    """Vote, with links as evidence; who they are is proved where the gate wants it. `on_behalf_of` delegated."""

    choice: Literal["approve", "reject", "return", "abstain"] = "approve"
    comment: str = ""
    links: tuple[str, ...] = ()
    on_behalf_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comment(Act):
    """Say something at a step, or (without one) at the run."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Operate(Act):
    """What an operator does: `cancel` the run, `rollback` or `pause` it, or `retry` or `skip` a step."""

    verb: Literal["cancel", "rollback", "pause", "retry", "skip"]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Signal(Act):
    """Say by hand that something has happened outside."""

    name: str
    data: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """One run. With `office_hours` its acts fall into the working week of Lindhaven."""

    playbook: str
    by: str
    at: datetime
    inputs: Mapping[str, Any]
    acts: tuple[Act, ...] = ()
    office_hours: bool = False
