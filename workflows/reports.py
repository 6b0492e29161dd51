"""What compiling and rehearsing found, written for a person at a terminal and for a program.

The JSON is the one of the reference (docs/reference/commands.md); the text shows the line of the source
with a caret under the column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import definition as definitions
from engine.calendars import Calendar
from engine.compiler import Compiled
from engine.definition import Definition, EachSpec, ParallelSpec
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.problems import Problem
from engine.tables import table as tables
from engine.tables.table import Table


def problem_json(problem: Problem) -> dict[str, Any]:
    """Write a problem; `file` is said only of one that stands in a parent's file."""
    elsewhere = {"file": problem.place.file} if problem.place.file else {}
    return elsewhere | {
        "code": problem.code,
        "severity": str(problem.severity),
        "line": problem.place.line,
        "column": problem.place.column,
        "message": problem.message,
        "hint": problem.hint,
        "example": list(problem.example),
    }


def definition_json(definition: Definition) -> dict[str, Any]:
    """Write the state machine: its states in the order of the document, the arrows between them, its regions."""
    written = definitions.to_json(definition)
    states = [written["steps"][step] for step in _in_order(definition, definitions.MAIN)]
    return {
        "playbook": definition.playbook,
        "digest": definition.digest,
        "states": [{"id": state.pop("id"), "kind": state["does"].pop("kind"), **state} for state in states],
        "transitions": [
            {"source": way.source, "trigger": way.trigger, "guard": way.guard, "target": way.target}
            for way in definition.transitions
        ],
        "regions": _regions(definition, definitions.MAIN),
    }


def _in_order(definition: Definition, within: str) -> Iterator[str]:
    """Yield the steps of a list, after each the steps of its own lists."""
    for step in definition.lists.get(within, ()):
        yield step
        for inner in definition.bodies(step):
            yield from _in_order(definition, inner)


def _regions(definition: Definition, within: str) -> list[dict[str, Any]]:
    """Write the regions among the steps of a list, with those that stand in them."""
    found = []
    for step in definition.lists.get(within, ()):
        does = definition.steps[step].does
        if isinstance(does, ParallelSpec | EachSpec):
            lists = [_list(definition, inner) for inner in definition.bodies(step)]
            found.append({"owner": step, "kind": does.kind, "join": does.join, "lists": lists})
    return found


def _list(definition: Definition, within: str) -> dict[str, Any]:
    states = list(definition.lists.get(within, ()))
    return {"id": within, "states": states, "regions": _regions(definition, within)}


def table_json(table: Table) -> dict[str, Any]:
    """Write a decision: its columns, its rules in their order, and the digest that playbooks pin."""
    written = tables.to_json(table)
    return {key: written[key] for key in ("decision", "hit", "inputs", "outputs", "rules")} | {"digest": table.digest}


def file_json(compiled: Compiled) -> dict[str, Any]:
    content: dict[str, Any] | None = None
    if compiled.ok and compiled.definition is not None:
        content = definition_json(compiled.definition)
    elif compiled.ok and compiled.table is not None:
        content = table_json(compiled.table)
    return {
        "path": compiled.file,
        "ok": compiled.ok,
        "problems": [problem_json(problem) for problem in compiled.problems],
        "definition": content,
    }


def problem_lines(problem: Problem, source: str) -> Iterator[str]:
    """Yield where and what, the source line with a caret, the hint and the example path."""
    place = problem.place
    yield f"{problem.file}:{place.line}:{place.column}: {problem.severity} {problem.code}: {problem.message}"
    lines = source.splitlines()
    if 0 < place.line <= len(lines):
        margin = f"{place.line:6} | "
        yield margin + lines[place.line - 1]
        yield " " * len(margin) + " " * (place.column - 1) + "^"
    if problem.hint:
        yield f"         hint: {problem.hint}"
    if problem.example:
        yield f"         path: {' → '.join(problem.example)}"


def compiled_lines(compiled: Compiled, source: str) -> Iterator[str]:
    """Yield every problem of a file, then one line that says how it stands."""
    for problem in compiled.problems:
        yield from problem_lines(problem, compiled.texts.get(problem.file, source))
    definition = compiled.definition
    if compiled.ok and definition is not None:
        steps, ways = _counted(len(definition.steps), "step"), _counted(len(definition.transitions), "way")
        what = "ok, a template" if definition.template else "ok"
        yield f"{compiled.file}: {what}, {steps}, {ways} between them, digest {definition.digest[:12]}"
    elif compiled.ok and (table := compiled.table) is not None:
        rules, inputs = _counted(len(table.rules), "rule"), _counted(len(table.inputs), "input")
        yield f"{compiled.file}: ok, {rules} over {inputs}, hit {table.hit}, digest {table.digest[:12]}"
    elif compiled.ok and isinstance(document := compiled.document, Policy):
        demands = len(document.require) + (document.publish is not None)
        yield f"{compiled.file}: ok, a policy, {_counted(demands, 'demand')}"
    elif compiled.ok and isinstance(document, Plan):
        yield f"{compiled.file}: ok, a plan, {_counted(len(document.milestones), 'milestone')}"
    elif compiled.ok and isinstance(document, Calendar):
        yield f"{compiled.file}: ok, the calendar {document.name}, digest {document.digest[:12]}"
    else:
        errors = sum(problem.severity == "error" for problem in compiled.problems)
        yield f"{compiled.file}: {_counted(errors, 'error')}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
