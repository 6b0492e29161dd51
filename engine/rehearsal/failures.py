"""How a rehearsal went: what did not hold, and where the scenario says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.definition import Definition
from engine.problems import Place, Problem

TOP = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as the scenario says: plain values, None where the message says all."""

    place: Place
    message: str
    expected: Any = None
    found: Any = None


@dataclass(frozen=True, slots=True)
class Covered:
    """The transitions that one run took, as (source, trigger)."""

    definition: Definition
    ways: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One scenario. `problems` say why it could not be played: in its file, or in the playbook it names.

    `taken` is what its runs took, first that of the playbook it is about.
    """

    name: str
    file: str
    failures: tuple[Failure, ...] = ()
    problems: tuple[Problem, ...] = ()
    place: Place = TOP
    taken: tuple[Covered, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures and not self.problems
