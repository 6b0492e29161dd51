"""What a proof takes and gives: the playbook with its places, and problems with the exact place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from engine.definition import Definition
from engine.problems import Place, Problem
from engine.proofs.moves import Moves
from engine.proofs.waiting import Called, unknown

Key = str | int


class Places(Protocol):
    """Where things stand in the document: `engine.language.places.Places`."""

    def at(self, *path: Key) -> Place: ...

    def inside(self, path: tuple[Key, ...], offset: int) -> Place: ...


@dataclass(frozen=True)
class Case:
    """One playbook before the proofs."""

    definition: Definition
    places: Places
    file: str = ""
    called: Called = unknown
    found: list[Problem] = field(default_factory=list)

    @cached_property
    def moves(self) -> Moves:
        return Moves(self.definition)

    def way_to(self, step: str) -> tuple[str, ...]:
        """Return a shortest way to a step; nothing where none leads there."""
        return self.moves.path(step) if step in self.moves.came_from else ()

    def report(
        self,
        code: str,
        path: Sequence[Key],
        message: str,
        hint: str = "",
        example: Sequence[str] = (),
        offset: int = 0,
        is_warning: bool = False,
    ) -> None:
        """Add a problem at a path of the document; `offset` counts characters into the text that stands there."""
        place = self.places.inside(tuple(path), offset) if offset else self.places.at(*path)
        self.found.append(Problem(code, message, place, hint, tuple(example), self.file, is_warning))


def arrows(steps: Sequence[str], most: int = 8) -> str:
    """Write a way for a sentence; the middle of a long one is left out."""
    if len(steps) > most:
        steps = [*steps[: most // 2], "…", *steps[-(most // 2) :]]
    return " → ".join(steps)


def names(items: Sequence[str], most: int = 5) -> str:
    """List names in words: `a`, `b` and `c`."""
    quoted = [f"`{item}`" for item in items[:most]]
    if len(items) > most:
        return f"{', '.join(quoted)} and {len(items) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else "".join(quoted)
