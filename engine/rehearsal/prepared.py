"""What a scenario needs before it can be played: its playbook and its library, read and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.calendars import Calendar
from engine.compiler import NOBODY, Parents, compile_together, playbooks_of
from engine.compiler.library import Among, find
from engine.definition import CallSpec, Definition
from engine.language.scenario import Scenario, read_scenarios
from engine.problems import Problem
from engine.rehearsal.addresses import Called
from engine.rehearsal.naming import unknown
from engine.tables.table import Table


@dataclass(frozen=True)
class Known:
    """What scenarios may name. `read` gives the text of a document by its name as the scenario writes it, and raises
    OSError, LookupError or ValueError where there is none.

    The others are known besides, by name: calendars, the tables of decisions, playbooks that may be called, and the
    texts of those that may be adapted.
    """

    read: Callable[[str], str]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    decisions: Mapping[str, Table] = field(default_factory=dict)
    playbooks: Mapping[str, Definition] = field(default_factory=dict)
    parents: Parents = NOBODY


@dataclass(frozen=True)
class Prepared:
    """One scenario, ready to be played where it has no `problems`.

    `library` are the playbooks that its calls mean. Where the file itself cannot be used there is one without a
    scenario.
    """

    file: str
    scenario: Scenario | None = None
    definition: Definition | None = None
    library: Called = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        return self.scenario.name if self.scenario is not None else ""


def prepare(text: str, file: str, known: Known) -> tuple[Prepared, ...]:
    """Prepare every scenario of a file. Never raises for what stands in it."""
    scenarios, problems = read_scenarios(text, file)
    if problems:
        return (Prepared(file, problems=problems),)
    compiled: dict[tuple[object, ...], _Found] = {}
    ready: list[Prepared] = []
    for scenario in scenarios:
        key = (scenario.playbook, scenario.library, scenario.calendar.digest if scenario.calendar else "")
        if key not in compiled:
            compiled[key] = _compiled(scenario, file, known)
        definition, library, wrong = compiled[key]
        if definition is not None:
            wrong = tuple(problem for act in scenario.script for problem in unknown(definition, library, act, file))
        ready.append(Prepared(file, scenario, definition, library, wrong))
    return tuple(ready)


_Found = tuple[Definition | None, Called, tuple[Problem, ...]]
_HINT = "Name the file as it is reached from this one."


def _compiled(scenario: Scenario, file: str, known: Known) -> _Found:
    """Compile the playbook with its library: each of these files knows the others."""
    files: list[tuple[str, str]] = []
    # one of several scenarios may be about a file that the common head has in its library
    library = [(name, place) for name, place in scenario.library if name != scenario.playbook]
    for name, place in ((scenario.playbook, scenario.playbook_place), *library):
        try:
            files.append((name, known.read(name)))
        except (OSError, LookupError, ValueError):
            code, what = ("bad-value", "file") if files else ("unknown-playbook", "playbook")
            message = f"There is no {what} `{name[:200]}` here."
            return None, {}, (Problem(code, message, place, _HINT, file=file),)
    compiled = compile_together(
        files, known.calendars, known.decisions, known.playbooks, instead=scenario.calendar, parents=known.parents
    )
    problems = tuple(problem for one in compiled for problem in one.problems if problem.severity == "error")
    definition = compiled[0].definition
    if definition is None and not problems:
        message = f"`{scenario.playbook[:200]}` is no playbook."
        problems = (Problem("unknown-playbook", message, scenario.playbook_place, file=file),)
    if definition is not None and definition.template:
        message = "A template starts no runs: rehearse what adapts it."
        problems = (*problems, Problem("bad-value", message, scenario.playbook_place, file=file))
    if problems or definition is None:
        return None, {}, problems
    among = Among(frozenset(playbooks_of(compiled)), known.playbooks)
    among.found.update(playbooks_of(compiled))
    return definition, called_by(definition, among), ()


def called_by(definition: Definition, known: Mapping[str, Definition]) -> Called:
    """Return what the calls of this playbook mean, and those of the playbooks that they mean."""
    found: dict[tuple[str, str], Definition] = {}
    pending = [definition]
    while pending:
        for step in pending.pop().steps.values():
            does = step.does
            if isinstance(does, CallSpec) and (does.playbook, does.version) not in found:
                child = find(known, does.playbook, does.version)
                if child is not None:
                    found[does.playbook, does.version] = child
                    pending.append(child)
    return found
