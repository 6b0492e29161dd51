"""What operators do to a run, as events, each with its reason. Handed on by `engine.machine.events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.machine.happening import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Happening):
    kind: Literal["cancel"] = "cancel"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryStep(Happening):
    kind: Literal["retry"] = "retry"
    visit: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipStep(Happening):
    kind: Literal["skip"] = "skip"
    visit: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Happening):
    kind: Literal["pause"] = "pause"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Happening):
    kind: Literal["resume"] = "resume"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassign(Happening):
    """`to` is a role of the playbook, or `user:<name>`."""

    kind: Literal["reassign"] = "reassign"
    visit: int
    to: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump(Happening):
    """`to` is the id of a step. `undo`: what the way back passes over is undone first, newest first."""

    kind: Literal["jump"] = "jump"
    to: str
    reason: str = ""
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback(Happening):
    """An operator has what was done undone, and the run ends."""

    kind: Literal["rollback"] = "rollback"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrate(Happening):
    """The run goes on in another version: `to` and `before` are digests of definitions.

    `mapping` has old steps and values to new ones, `given` encoded values that the run has not, by their names there.
    `before` is the one that it leaves, so that a log can be read from its first entry on. `accepts` are what whoever
    moves it was shown and takes: `repeats`, `skips-gate`. `calls` says what each call means from now on, as at a start.
    `number` and `was` are what people call the two versions.
    """

    kind: Literal["migrate"] = "migrate"
    to: str
    before: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    calls: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    was: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeData(Happening):
    """`values` maps `inputs.<field>`, `steps.<id>.<name>` or, in an item, `steps.<id>[0].<name>` to its new value.

    It is encoded; None stands for none.
    """

    kind: Literal["change"] = "change"
    values: Mapping[str, Any]
    reason: str = ""
