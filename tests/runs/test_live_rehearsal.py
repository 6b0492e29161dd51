"""What scenarios say holds in real runs too: the same log, by the real `apply`, work and clock, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.rehearsal import Prepared, play
from runs import ledger
from runs.models import Entry, File, Run
from runs.rehearsal import Live
from tests.runs import rows_then
from tests.scenarios.test_docs import PLAYBOOKS, SCENARIOS
from workflows import scenarios, shipped

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "tests" / "scenarios", shipped.FOLDER)


def prepared(file: Path) -> tuple[Prepared, ...]:
    return scenarios.prepare_text(file.read_text(encoding="utf-8"), file)


ALL = [
    one
    for folder in FOLDERS
    for file in scenarios.files_in(folder)
    if file.name != "failing.yaml"
    for one in prepared(file)
]


def named(name: str) -> Prepared:
    return next(one for one in ALL if one.name == name)


@pytest.mark.django_db
@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{Path(one.file).parent.name}/{Path(one.file).stem}: {one.name}")
def test_a_scenario_does_live_what_it_does_in_memory(one: Prepared) -> None:
    rehearsed = play(one, Live)

    assert (rehearsed.problems, rehearsed.failures) == ((), ())
    for run in Run.objects.all():
        rows_then.hold(run)  # and what pages show of the past is made of the same rows


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(len(SCENARIOS)))
def test_the_scenarios_of_the_documentation_do_too(number: int, tmp_path: Path) -> None:
    (tmp_path / "guest-access.yaml").write_text(PLAYBOOKS[-1])
    for one in scenarios.prepare_text(SCENARIOS[number], tmp_path / "scenarios.yaml")[:1]:
        rehearsed = play(one, Live)

        assert (rehearsed.problems, rehearsed.failures) == ((), ())


@pytest.mark.django_db
def test_it_is_a_run_like_any_other() -> None:
    """Its log is chained and replays; nothing of it was made beside `apply`."""
    assert play(named("a called run is one of its own, and gives its outputs"), Live).passed

    runs = list(Run.objects.all())
    assert len(runs) == 6
    assert list(ledger.verify_all(runs)) == []
    assert Entry.objects.filter(kind="child").count() == 5


class Late(Live):
    """A server whose clock goes wrong by a second."""

    def clock(self) -> Any:
        return self.now + timedelta(seconds=1)


class Deaf(Live):
    """A server that forgets what a scenario does to it."""

    def deliver(self, *told: Any) -> None:
        pass


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("twin", "line", "message"),
    [
        (Late, "start: {by: sam", "Entry 1 of the live run's log is another."),
        (Deaf, "- complete: {step: dig, by: kim}", "The live run's log has not as many entries."),
    ],
)
def test_the_first_difference_is_told_at_its_line(twin: type[Live], line: str, message: str) -> None:
    one = named("every branch is to end before it goes on")

    (failure,) = play(one, twin).failures

    assert failure.message == message
    assert line in Path(one.file).read_text().splitlines()[failure.place.line - 1]
    assert failure.expected != failure.found


@pytest.mark.django_db
def test_an_answer_is_delivered_with_the_claim_of_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another one it would be too late, so nothing is answered around the workers."""
    monkeypatch.setattr(Live, "_work", lambda self, run, event: (10_000, 1))

    (failure,) = play(named("all is well"), Live).failures

    assert "answered otherwise" in failure.message
    assert "Stale" in str(failure.found)


WITH_FILES = """
playbook: with-files
title: With files
kind: runbook
summary: Files in an input, a form, beside it and with a vote.
owner: platform
roles: {engineer: {groups: [engineers]}, manager: {groups: [managers]}}
inputs:
  request: {type: file}
steps:
  - id: write
    task:
      assign: engineer
      form:
        plan: {type: file}
      require: [evidence]
  - id: board
    gate:
      show: [inputs.request, steps.write.plan, steps.write.files]
      approvers: [manager]
      require: [evidence]
  - id: done
    end: completed
"""
ITS_SCENARIO = """
scenario: files go along
playbook: with-files.yaml
people: {ann: [engineers], mia: [managers]}
start: {by: ann, inputs: {request: request.pdf}}
script:
  - comment: {by: ann, text: Look, files: [picture.png]}
  - complete: {step: write, by: ann, form: {plan: plan.pdf}, files: [log.txt, "https://example.org/a"]}
  - vote: {gate: board, by: mia, choice: approve, evidence: [report.pdf]}
  - expect: {run: completed}
"""


@pytest.mark.django_db
def test_what_a_script_attaches_was_uploaded(tmp_path: Path) -> None:
    (tmp_path / "with-files.yaml").write_text(WITH_FILES)
    (one,) = scenarios.prepare_text(ITS_SCENARIO, tmp_path / "scenarios.yaml")
    rehearsed = play(one, Live)

    assert (rehearsed.problems, rehearsed.failures) == ((), ())
    assert File.objects.filter(attached=True).count() == 5
