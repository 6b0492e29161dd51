"""What the form of an operator's act is made of: groups of controls, targets of a jump, what would be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboards.course.acts import Act
from dashboards.course.undoing import Undo
from dashboards.forms import Control
from dashboards.moving.singly import Moving
from engine.definition import Definition
from engine.machine.state import State
from runs.guard import Verdict
from workflows.models import Person


@dataclass(frozen=True)
class Target:
    """A step that can be jumped to: what that does, what an undo on the way would take back, and whether one may.

    `step` is its address, `where` the branch or item it stands in.
    """

    step: str
    title: str
    kind: str
    consequence: str
    verdict: Verdict
    where: str = ""
    undoes: str = ""


@dataclass(frozen=True)
class Form:
    """`groups` are controls under headings; `locked` says of values that cannot be changed why not.

    `undos` is what a rollback takes back, in its order; `may_undo`: a jump may take something back.
    `moving` is what a move to another version asks.
    """

    groups: list[tuple[str, list[Control]]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    locked: list[tuple[str, str, str]] = field(default_factory=list)
    items: tuple[tuple[str, bool], ...] = ()
    undos: tuple[Undo, ...] = ()
    may_undo: bool = False
    moving: Moving | None = None


@dataclass(frozen=True)
class Repair:
    """An act on a run as its page reads it."""

    act: Act
    definition: Definition
    state: State
    person: Person


Typed = Mapping[str, str] | None
Errors = Mapping[str, str]
