"""The text of a child compiled for a unit, with everything that is wrong with it here and now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.calendars import Calendar
from engine.compiler import Compiled, Parents, compile_text
from engine.definition import Definition
from engine.problems import Problem, has_errors
from engine.tables.table import Table
from workflows import calendars, decisions, named, parents, playbooks
from workflows.eligible import too_few
from workflows.models import Unit


@dataclass(frozen=True)
class Tried:
    text: str
    compiled: Compiled
    problems: tuple[Problem, ...]

    @property
    def definition(self) -> Definition | None:
        return self.compiled.definition

    @property
    def is_right(self) -> bool:
        return self.definition is not None and not has_errors(self.problems)


def compiled(
    text: str,
    unit: Unit,
    above: Parents = parents.PUBLISHED,
    *,
    usual: Calendar | None = None,
    tables: Mapping[str, Table] | None = None,
) -> Compiled:
    """Compile a child for a unit; `above` is where its parents are, `tables` come before the decisions of today."""
    return compile_text(
        text,
        calendars=calendars.Known(),
        usual=usual or calendars.usual(unit),
        decisions={**decisions.known(), **(tables or {})},
        playbooks=playbooks.Published(),
        parents=above,
    )


def tried(text: str, unit: Unit) -> Tried:
    """Compile a child as it would be published today, and ask whether the people are there."""
    found = compiled(text, unit)
    problems = found.problems
    if found.definition is not None and not has_errors(problems):
        problems += tuple(named.strangers(found, found.definition, unit))
        if not has_errors(problems):
            problems += too_few(found, found.definition, unit)
    return Tried(text, found, problems)
