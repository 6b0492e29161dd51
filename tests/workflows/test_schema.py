"""The command that gives editors their schemas, and what `compile` says of templates, policies and plans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from engine.language import schema
from tests.workflows.test_commands import run
from tests.workflows.test_parents import CHILD, TEMPLATE


def test_one_is_printed() -> None:
    code, out, _ = run("schema", "plan")

    assert code == 0
    assert json.loads(out) == schema.of("plan")


def test_all_are_written_into_a_folder(tmp_path: Path) -> None:
    code, out, _ = run("schema", "--to", str(tmp_path / "schemas"))

    assert code == 0
    assert {file.name for file in (tmp_path / "schemas").iterdir()} == {f"{name}.schema.json" for name in schema.NAMES}
    assert len(out.splitlines()) == len(schema.NAMES)
    for name in schema.NAMES:
        assert json.loads((tmp_path / "schemas" / f"{name}.schema.json").read_text()) == schema.of(name)


def test_neither_a_name_nor_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Name one of playbook, .*, or a folder"):
        call_command("schema")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("schema", "playbok")
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("schema", "--to", str(tmp_path / "file"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "absence.yaml").write_text(TEMPLATE)
    (tmp_path / "child.yaml").write_text(CHILD)
    return tmp_path


def test_compile_takes_a_child_and_its_template_in_any_order(folder: Path) -> None:
    code, out, _ = run("compile", str(folder / "child.yaml"), str(folder / "absence.yaml"))

    assert code == 0
    first, second = out.splitlines()
    assert first.startswith(f"{folder / 'child.yaml'}: ok, 4 steps, ")
    assert second.startswith(f"{folder / 'absence.yaml'}: ok, a template, 3 steps, ")


def test_a_problem_in_the_parent_shows_the_parents_line(folder: Path) -> None:
    (folder / "child.yaml").write_text(CHILD + "  - {remove: enter}\n")
    (folder / "absence.yaml").write_text(TEMPLATE + "outputs: {when: steps.enter.at}\n")
    files = str(folder / "child.yaml"), str(folder / "absence.yaml")

    code, out, _ = run("compile", *files)
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith(f"{files[1]}:24:17: error unknown-name: ")
    assert lines[1] == "    24 | outputs: {when: steps.enter.at}"
    assert lines[-2] == f"{files[0]}: 1 error"

    child, template = json.loads(run("compile", *files, "--format", "json")[1])["files"]
    assert [(one["file"], one["line"]) for one in child["problems"]] == [(files[1], 24)]
    assert template["ok"]


def test_policies_and_plans_are_checked(tmp_path: Path) -> None:
    policy, plan = tmp_path / "policy.yaml", tmp_path / "plan.yaml"
    policy.write_text("policy: due\ntitle: Due\nunit: people\nrequire: [{every: task, has: [due]}]\n")
    plan.write_text("plan: grow\nobjective: Grow\nowner: people\nmilestones: [{id: one, due: 2026-06-31}]\n")

    code, out, _ = run("compile", str(policy), str(plan))

    assert code == 1
    assert out.splitlines()[0] == f"{policy}: ok, a policy, 1 demand"
    assert out.splitlines()[1].startswith(f"{plan}:4:29: error bad-value: `2026-06-31` is not a date.")
    assert out.splitlines()[-1] == f"{plan}: 1 error"
