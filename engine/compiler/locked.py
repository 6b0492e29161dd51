"""What a parent locks, asked of a child once it is compiled; and hints about what stands in for parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.compiler.extending import Extended
from engine.definition import Definition
from engine.documents import Node
from engine.language.places import Places
from engine.language.section import Reading
from engine.problems import Problem, has_errors
from engine.proofs import locks
from engine.proofs.finding import Case


def unchanged(
    whole: Extended, reading: Reading, resolved: Callable[[Node, Reading], Definition | None]
) -> Definition | None:
    """Return the parent as it is with the child's parameters, None where it locks nothing.

    A parent that cannot be compiled says nothing about its ways: then what it locks cannot be kept, which is told.
    """
    if whole.base is None or not whole.locked:
        return None
    alone = Reading(reading.file)
    parent = resolved(whole.base, alone)
    if (parent is None or has_errors(alone.problems)) and not has_errors(reading.problems):
        message = (
            f"The parent `{whole.ancestors[0].playbook}` has errors of its own, so what it locks cannot be proven."
        )
        reading.problem("bad-value", message, whole.place, "Compile the parent by itself.")
        return None
    return parent


def locks_of(
    whole: Extended, definition: Definition, parent: Definition | None, places: Places, file: str
) -> tuple[Problem, ...]:
    """Return a problem for each locked step of the parent that a way of the child leads around."""
    if parent is None:
        return ()
    case = Case(definition, places, file)
    locks.prove(case, parent, whole.locked, whole.made, whole.change)
    return tuple(case.found)


def with_hints(whole: Extended, problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems; where an example of a parameter is what is wrong, the hint says how to help that."""
    return [
        replace(problem, hint=f"Give the parameter `{name}` a default that fits here.")
        if (name := whole.stood_in.get(problem.place))
        else problem
        for problem in problems
    ]
