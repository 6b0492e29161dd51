"""What a scenario needs before it can be played: its playbook and its library, read and compiled, its lines checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.calendars import Calendar
from engine.compiler import compile_text, compile_together, is_decision, tables_of
from engine.definition import Definition
from engine.language.scenario import Scenario, read_scenarios
from engine.language.verbs import Act
from engine.problems import Problem, did_you_mean, has_errors
from engine.rehearsal import addresses
from engine.tables.table import Table

_NONE: Mapping[str, Calendar] = MappingProxyType({})
_NO_TABLES: Mapping[str, Table] = MappingProxyType({})


@dataclass(frozen=True)
class Prepared:
    """One scenario, ready to be played where it has no `problems`.

    `library` are the playbooks that it may call, by id. Where the file itself cannot be used there is one without a
    scenario.
    """

    file: str
    scenario: Scenario | None = None
    definition: Definition | None = None
    library: Mapping[str, Definition] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        return self.scenario.name if self.scenario is not None else ""


def prepare(
    text: str,
    file: str,
    read: Callable[[str], str],
    calendars: Mapping[str, Calendar] = _NONE,
    decisions: Mapping[str, Table] = _NO_TABLES,
) -> tuple[Prepared, ...]:
    """Prepare every scenario of a file. Never raises for what stands in it.

    `read` gives the text of a document by its name as the scenario writes it, and raises OSError, LookupError or
    ValueError where there is none. `calendars` are those that a playbook may name. The decisions it asks are named by
    the scenario's `library`; `decisions` are known besides.
    """
    scenarios, problems = read_scenarios(text, file)
    if problems:
        return (Prepared(file, problems=problems),)
    compiled: dict[tuple[object, ...], _Found] = {}
    ready: list[Prepared] = []
    for scenario in scenarios:
        key = (scenario.playbook, scenario.library, scenario.calendar.digest if scenario.calendar else "")
        if key not in compiled:
            compiled[key] = _compiled(scenario, file, read, calendars, decisions)
        definition, library, wrong = compiled[key]
        if definition is not None:
            wrong = tuple(problem for act in scenario.script for problem in _unknown(definition, library, act, file))
        ready.append(Prepared(file, scenario, definition, library, wrong))
    return tuple(ready)


_Found = tuple[Definition | None, Mapping[str, Definition], tuple[Problem, ...]]


def _compiled(
    scenario: Scenario,
    file: str,
    read: Callable[[str], str],
    calendars: Mapping[str, Calendar],
    decisions: Mapping[str, Table],
) -> _Found:
    try:
        text = read(scenario.playbook)
    except (OSError, LookupError, ValueError):
        message = f"There is no playbook `{scenario.playbook[:200]}` here."
        hint = "Name the file as it is reached from this one."
        return None, {}, (Problem("unknown-playbook", message, scenario.playbook_place, hint, file=file),)
    tables, problems = _library(scenario, file, read)
    if problems:
        return None, {}, problems
    result = compile_text(
        text, scenario.playbook, calendars, instead=scenario.calendar, decisions={**decisions, **tables}
    )
    if result.definition is None or has_errors(result.problems):
        return None, {}, tuple(problem for problem in result.problems if problem.severity == "error")
    return result.definition, {}, ()


def _library(scenario: Scenario, file: str, read: Callable[[str], str]) -> tuple[dict[str, Table], tuple[Problem, ...]]:
    """Return the tables of the decisions that the scenario names, or what is wrong with one of them."""
    found: list[tuple[str, str]] = []
    for name, place in scenario.library:
        try:
            found.append((name, read(name)))
        except (OSError, LookupError, ValueError):
            hint = "Name the file as it is reached from this one."
            return {}, (Problem("bad-value", f"There is no file `{name[:200]}` here.", place, hint, file=file),)
        if not is_decision(found[-1][1]):
            message = f"`{name[:200]}` is no decision: only they are named in `library`."
            return {}, (Problem("bad-value", message, place, file=file),)
    compiled = compile_together(found)
    problems = tuple(problem for one in compiled for problem in one.problems if problem.severity == "error")
    return tables_of(compiled), problems


def _unknown(definition: Definition, library: Mapping[str, Definition], act: Act, file: str) -> list[Problem]:
    """Report addresses that lead to no step of the playbook, or of one that it calls."""
    found: list[Problem] = []
    for key in ("step", "gate", *(("to",) if act.verb == "jump" else ())):
        written = act.says.get(key)
        if not isinstance(written, str):
            continue
        address = addresses.parse(written)
        if address is None:
            message, hint = f"The playbook has no step `{written[:80]}`.", did_you_mean(written, definition.steps)
        elif (wrong := addresses.wrong(address, definition, library)) is not None:
            message, hint = wrong
        else:
            continue
        found.append(Problem("unknown-step", message, act.place_of(key), hint, file=file))
    return found
