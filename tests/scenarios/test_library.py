"""The shipped playbooks keep what their scenarios promise, and use the language they are examples of."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.compiler import compile_together
from engine.definition import Definition, GateSpec, TaskSpec, WaitSpec
from workflows import scenarios, shipped
from workflows.decisions import SHIPPED

PLAYBOOKS = shipped.playbooks()
#: Compiled together: some call others.
COMPILED = dict(
    zip(
        PLAYBOOKS,
        compile_together([(str(file), file.read_text(encoding="utf-8")) for file in PLAYBOOKS], known=SHIPPED),
        strict=True,
    )
)
FILES = scenarios.files_in(shipped.FOLDER)


def definition(file: Path) -> Definition:
    compiled = COMPILED[file]
    assert compiled.problems == ()
    assert compiled.definition is not None
    return compiled.definition


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_it_compiles_without_a_word(file: Path) -> None:
    assert definition(file).playbook == file.stem


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_every_scenario_passes_and_there_are_at_least_three(file: Path) -> None:
    rehearsed = scenarios.rehearse_text(file.read_text(encoding="utf-8"), file)

    assert [(each.name, each.problems, each.failures) for each in rehearsed if each.problems or each.failures] == []
    assert len(rehearsed) >= 3


def test_every_playbook_has_scenarios() -> None:
    assert {file.parent.name for file in FILES} == {file.stem for file in PLAYBOOKS}
    assert len(PLAYBOOKS) == 7


def test_together_they_show_the_whole_language() -> None:
    """Whoever learns from the library finds an example of everything that can be written."""
    definitions = [definition(file) for file in PLAYBOOKS]
    steps = [step for each in definitions for step in each.steps.values()]
    gates = [step.does for step in steps if isinstance(step.does, GateSpec)]
    tasks = [step.does for step in steps if isinstance(step.does, TaskSpec)]
    fields = [field for each in definitions for field in each.inputs] + [field for task in tasks for field in task.form]
    rungs = [rung for step in steps for rung in step.escalate]

    assert {field.type for field in fields} == {
        *("text", "integer", "number", "boolean", "date", "datetime"),
        *("duration", "choice", "list", "user", "email", "url", "file"),
    }
    assert {step.kind for step in steps} == {
        *("task", "gate", "action", "decide", "set", "wait", "end"),
        *("parallel", "each", "call"),
    }
    assert any(step.undo for step in steps)
    assert any(each.concurrency for each in definitions)
    assert any(isinstance(step.does, WaitSpec) and step.does.signal for step in steps)
    assert {gate.order for gate in gates} == {"any", "sequential"}
    assert {gate.reject for gate in gates} == {"any", "majority", "impossible"}
    assert any(gate.quorum.everyone for gate in gates)
    assert any(gate.quorum.percent for gate in gates)
    assert any(gate.quorum.per_role for gate in gates)
    assert {gate.quorum.count for gate in gates} >= {1, 2}
    assert any(not gate.exclude for gate in gates)
    assert all(any(getattr(rung, act) for rung in rungs) for act in ("remind", "add", "outcome", "go"))
    assert any(task.assign.startswith("${") for task in tasks)
    assert any(task.checklist for task in tasks)
    assert any(task.require for task in tasks)
    assert {need for gate in gates for need in gate.require} == {"comment", "evidence", "reauthenticate"}
    assert any(task.outcomes for task in tasks)
    assert any(step.when for step in steps)
