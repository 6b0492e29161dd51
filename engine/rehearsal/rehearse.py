"""Playing the scenarios of a file: read, compile what they name, play line by line, report the first that fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine import fields
from engine.calendars import Calendar
from engine.compiler import NOBODY, Files, Parents, compile_text, compile_together, is_decision, tables_of
from engine.definition import Definition
from engine.language.scenario import Scenario, read_scenarios
from engine.language.verbs import Act
from engine.machine.commands import Refusal
from engine.problems import Problem, did_you_mean, has_errors
from engine.rehearsal import acting, expecting
from engine.rehearsal.failures import Failure, Rehearsed
from engine.rehearsal.play import Directory, Play
from engine.tables.table import Table

_NONE: Mapping[str, Calendar] = MappingProxyType({})
_NO_TABLES: Mapping[str, Table] = MappingProxyType({})


def rehearse(
    text: str,
    file: str,
    read: Callable[[str], str],
    calendars: Mapping[str, Calendar] = _NONE,
    decisions: Mapping[str, Table] = _NO_TABLES,
    parents: Parents = NOBODY,
) -> tuple[Rehearsed, ...]:
    """Rehearse every scenario of a file. Never raises for what stands in it.

    `read` gives the text of a playbook by its name as the scenario writes it, and raises OSError, LookupError or
    ValueError where there is none. `calendars` are those that a playbook may name. Where the file itself cannot be
    used, one answer without a name says why. The decisions it asks and what it adapts are named by the scenario's
    `library`; `decisions` and `parents` are known besides.
    """
    scenarios, problems = read_scenarios(text, file)
    if problems:
        return (Rehearsed("", file, problems=problems),)
    compiled: dict[tuple[object, ...], _Found] = {}
    answers: list[Rehearsed] = []
    for scenario in scenarios:
        key = (scenario.playbook, scenario.library, scenario.calendar.digest if scenario.calendar else "")
        if key not in compiled:
            compiled[key] = _compiled(scenario, file, read, calendars, decisions, parents)
        answers.append(_one(scenario, file, *compiled[key]))
    return tuple(answers)


def _one(scenario: Scenario, file: str, definition: Definition | None, problems: tuple[Problem, ...]) -> Rehearsed:
    if definition is None:
        return Rehearsed(scenario.name, file, problems=problems, place=scenario.place)
    problems = tuple(problem for act in scenario.script for problem in _unknown(definition, act, file))
    failures = () if problems else tuple(_play(definition, scenario))
    return Rehearsed(scenario.name, file, failures, problems, scenario.place)


_Found = tuple[Definition | None, tuple[Problem, ...]]


def _compiled(
    scenario: Scenario,
    file: str,
    read: Callable[[str], str],
    calendars: Mapping[str, Calendar],
    decisions: Mapping[str, Table],
    parents: Parents,
) -> _Found:
    try:
        text = read(scenario.playbook)
    except (OSError, LookupError, ValueError):
        message = f"There is no playbook `{scenario.playbook[:200]}` here."
        hint = "Name the file as it is reached from this one."
        return None, (Problem("unknown-playbook", message, scenario.playbook_place, hint, file=file),)
    library, problems = _library(scenario, file, read)
    if problems:
        return None, problems
    compiled = compile_together([one for one in library if is_decision(one[1])])
    problems = tuple(problem for one in compiled for problem in one.problems if problem.severity == "error")
    if problems:
        return None, problems
    result = compile_text(
        text,
        scenario.playbook,
        calendars,
        instead=scenario.calendar,
        decisions={**decisions, **tables_of(compiled)},
        parents=Files(library, (parents,)),
    )
    if result.definition is None or has_errors(result.problems):
        return None, tuple(problem for problem in result.problems if problem.severity == "error")
    if result.definition.template:
        message = "A template starts no runs: rehearse what adapts it."
        return None, (Problem("bad-value", message, scenario.playbook_place, file=file),)
    return result.definition, ()


_Library = tuple[tuple[str, str], ...]


def _library(scenario: Scenario, file: str, read: Callable[[str], str]) -> tuple[_Library, tuple[Problem, ...]]:
    """Return names and texts of the files that the scenario names, or what is wrong with one of them."""
    found: list[tuple[str, str]] = []
    for name, place in scenario.library:
        try:
            found.append((name, read(name)))
        except (OSError, LookupError, ValueError):
            hint = "Name the file as it is reached from this one."
            return (), (Problem("bad-value", f"There is no file `{name[:200]}` here.", place, hint, file=file),)
    return tuple(found), ()


def _unknown(definition: Definition, act: Act, file: str) -> list[Problem]:
    """Report steps that the playbook does not have."""
    found: list[Problem] = []
    for key in ("step", "gate", *(("to",) if act.verb == "jump" else ())):
        step = act.says.get(key)
        if isinstance(step, str) and step not in definition.steps:
            message = f"The playbook has no step `{step[:80]}`."
            hint = did_you_mean(step, definition.steps)
            found.append(Problem("unknown-step", message, act.place_of(key), hint, file=file))
    return found


def _play(definition: Definition, scenario: Scenario) -> list[Failure]:
    """Play until the first line that does not hold, and return what did not."""
    start = scenario.start
    play = Play(definition, Directory(definition, scenario.people), start.at)
    inputs, wrong = fields.read_all(definition.inputs, start.inputs)
    refusals = [Refusal(f"field:{name}", message) for name, message in wrong.items()]
    answer = refusals[0] if refusals else play.start(start.by, inputs)
    if isinstance(answer, Refusal):
        return [Failure(start.place, "The run does not start.", "started", said(answer))]
    for act in scenario.script:
        failures = _line(play, act)
        if failures:
            return failures
    return []


def _line(play: Play, act: Act) -> list[Failure]:
    if act.verb == "expect":
        return list(expecting.check(play, act))
    answer = acting.perform(play, act)
    if act.refused is None:
        if isinstance(answer, Refusal):
            return [Failure(act.place, f"`{act.verb}` was refused.", "accepted", said(answer))]
        return []
    because = f"refused: {act.refused}" if act.refused else "refused"
    if not isinstance(answer, Refusal):
        return [Failure(act.place, f"`{act.verb}` was not refused.", because, "accepted")]
    if act.refused not in answer.code and act.refused not in answer.sentence:
        return [Failure(act.place, f"`{act.verb}` was refused for another reason.", because, said(answer))]
    return []


def said(refusal: Refusal) -> str:
    """Write a refusal with its code: `excluded: You started this run.`"""
    return f"{refusal.code}: {refusal.sentence}"
