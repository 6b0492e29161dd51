"""What is still to be done within one event: tokens on their way, regions to be entered, visits that have left."""

from __future__ import annotations

from dataclasses import dataclass

from engine.machine import scopes
from engine.machine.state import Visit


@dataclass(frozen=True, slots=True)
class Arrival:
    """A token on its way to a step. `is_dead`: nothing that the step needs was taken, so that it is skipped."""

    step: str
    scope: str = scopes.OUTSIDE
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Enter:
    """The open visit of a region whose next list may be entered."""

    visit: int


@dataclass(frozen=True, slots=True)
class Begin:
    """An open visit that begins what it is for."""

    visit: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A visit whose window has begun."""

    visit: int


@dataclass(frozen=True, slots=True)
class Left:
    """A visit that has ended and goes on by this trigger."""

    visit: Visit
    trigger: str
    why: str = ""


Next = Arrival | Enter | Begin | Opening | Left
