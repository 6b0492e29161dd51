"""What `manage.py rehearse` prints, and how it exits."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from runs import directory
from runs.models import Run
from tests.workflows.texts import ABSENCE, BROKEN, FAILS, HOLDS
from workflows.models import Unit, Version
from workflows.publish import publish


def run(*arguments: str) -> tuple[int, str, str]:
    """Call a command; return its exit code and what it said on both streams."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as exit:
        return int(exit.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "absence.yaml").write_text(ABSENCE)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    return tmp_path


def test_what_holds_exits_0(folder: Path) -> None:
    (folder / "holds.yaml").write_text(HOLDS)

    assert run("rehearse", str(folder / "holds.yaml")) == (0, "1 passed, 0 failed\n", "")


def test_what_fails_exits_1_and_shows_its_line(folder: Path) -> None:
    file = folder / "fails.yaml"
    file.write_text(FAILS)

    code, out, _ = run("rehearse", str(file))
    lines = out.splitlines()

    assert code == 1
    assert lines[0] == f"FAILED {file}: it ends by itself"
    assert lines[1].startswith(f"{file}:7:")
    assert lines[2] == "     7 |   - expect: {run: completed}"
    assert "completed" in lines[3]
    assert lines[3].strip().startswith("expected:")
    assert "running" in lines[4]
    assert lines[4].strip().startswith("found:")
    assert lines[-1] == "0 passed, 1 failed"


def test_a_folder_means_its_scenarios(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "fails.yaml").write_text(FAILS.replace("absence.yaml", "../absence.yaml"))
    (folder / "holds.yml").write_text(HOLDS)
    (folder / "picture.yaml").write_bytes(b"\xff\xfe\x00")

    code, out, _ = run("rehearse", str(folder))

    assert code == 1
    assert out.splitlines()[-1] == "1 passed, 1 failed"


def test_a_folder_without_any_is_a_sentence(folder: Path) -> None:
    with pytest.raises(CommandError, match="No scenario files"):
        run("rehearse", str(folder))


def test_a_scenario_of_a_broken_playbook_fails_with_its_problems(folder: Path) -> None:
    (folder / "holds.yaml").write_text(HOLDS.replace("absence.yaml", "broken.yaml"))

    code, out, _ = run("rehearse", str(folder / "holds.yaml"))

    assert code == 1
    assert "unknown-name" in out
    assert out.splitlines()[-1] == "0 passed, 1 failed"


def test_a_scenario_of_a_playbook_that_is_not_there_fails(folder: Path) -> None:
    (folder / "holds.yaml").write_text(HOLDS.replace("absence.yaml", "absent.yaml"))

    code, out, _ = run("rehearse", str(folder / "holds.yaml"))

    assert code == 1
    assert "absent.yaml" in out


TWO_WAYS = """
playbook: two-ways
title: Two ways
kind: sop
owner: me
steps:
  - id: look
    task: {assign: starter, outcomes: [good, bad]}
    on_outcome: {bad: again}
    next: done
  - id: again
    when: steps.look.visits < 3
    task: {assign: starter}
    next: look
  - id: done
    end: completed
"""
GOOD = """
scenario: all is good
playbook: two-ways.yaml
start: {by: ann}
script: [{complete: {step: look, by: ann, outcome: good}}, {expect: {run: completed}}]
"""
BAD = """
scenario: it is bad, then good
playbook: two-ways.yaml
start: {by: ann}
script:
  - complete: {step: look, by: ann, outcome: bad}
  - complete: {step: again, by: ann}
  - complete: {step: look, by: ann, outcome: good}
"""


@pytest.fixture
def two_ways(folder: Path) -> Path:
    (folder / "two-ways.yaml").write_text(TWO_WAYS)
    (folder / "good.yaml").write_text(GOOD)
    (folder / "bad.yaml").write_text(BAD)
    return folder


def test_cover_names_what_no_scenario_took(two_ways: Path) -> None:
    """The `skip` of a step with `when` counts; that of one without is an operator's."""
    code, out, _ = run("rehearse", str(two_ways / "good.yaml"), "--cover")

    assert (code, out.splitlines()) == (
        0,
        [
            "two-ways: 2 of 5 transitions taken, 40 %",
            "    look —outcome:bad→ again",
            "    again —done→ look",
            "    again —skip→ look",
            "1 passed, 0 failed",
        ],
    )


def test_scenarios_of_several_files_add_up(two_ways: Path) -> None:
    code, out, _ = run("rehearse", str(two_ways / "good.yaml"), str(two_ways / "bad.yaml"), "--cover")

    assert out.splitlines()[:2] == ["two-ways: 4 of 5 transitions taken, 80 %", "    again —skip→ look"]
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--cover", "80"), 0), (("--cover", "80.1"), 1), (("--fail-under", "80"), 0), (("--fail-under", "81"), 1)],
)
def test_too_little_cover_exits_1(two_ways: Path, arguments: tuple[str, str], code: int) -> None:
    found, out, _ = run("rehearse", str(two_ways / "good.yaml"), str(two_ways / "bad.yaml"), *arguments)

    assert found == code
    assert ("under" in out) is bool(code)
    assert out.splitlines()[-1] == "2 passed, 0 failed"


def test_a_file_may_follow_cover(two_ways: Path) -> None:
    code, out, _ = run("rehearse", "--cover", str(two_ways / "good.yaml"))

    assert (code, out.splitlines()[0]) == (0, "two-ways: 2 of 5 transitions taken, 40 %")


def test_a_percentage_is_one(two_ways: Path) -> None:
    with pytest.raises(CommandError, match="from 0 to 100"):
        run("rehearse", str(two_ways / "good.yaml"), "--cover", "101")


@pytest.mark.nightly
@pytest.mark.django_db
def test_live_leaves_the_organisations_database_alone(two_ways: Path) -> None:
    kept = connections["default"]

    code, out, _ = run("rehearse", str(two_ways / "good.yaml"), str(two_ways / "bad.yaml"), "--live")

    assert (code, out) == (0, "2 passed, 0 failed\n")
    assert connections["default"] is kept
    assert Run.objects.count() == 0


@pytest.mark.nightly
@pytest.mark.django_db
def test_a_playbook_may_be_a_version_of_the_library(two_ways: Path) -> None:
    """The same file, published twice: the scenario holds on the first version only, and says so of the second."""
    unit = Unit.objects.create(slug="me", title="Me")
    for text in (TWO_WAYS, TWO_WAYS.replace("visits < 3", "visits < 2")):
        assert isinstance(publish(text, unit, None), Version)
    script = BAD.replace("outcome: good", "outcome: bad") + "  - expect: {open: [again]}\n"
    for version in ("1", "2", "^1", "3"):
        (two_ways / f"v{version}.yaml").write_text(script.replace("two-ways.yaml", f"two-ways@{version}"))

    found = {version: run("rehearse", str(two_ways / f"v{version}.yaml")) for version in ("1", "2", "^1", "3")}

    assert {version: code for version, (code, _, _) in found.items()} == {"1": 0, "2": 1, "^1": 1, "3": 1}
    assert "There is no playbook `two-ways@3` here." in found["3"][1]
    assert run("rehearse", str(two_ways / "v1.yaml"), "--live")[:2] == (0, "1 passed, 0 failed\n")


@pytest.mark.django_db
def test_what_differs_live_is_told_at_the_line_of_the_script(two_ways: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the server's directory to forget a role, the first line that this changes is named."""
    whole = directory.Directory.roles
    monkeypatch.setattr(directory.Directory, "roles", lambda self, definition, name: whole(self, definition, name)[:0])

    code, out, _ = run("rehearse", str(two_ways / "bad.yaml"), "--live")
    lines = out.splitlines()

    assert code == 1
    assert re.search(r"bad\.yaml:4:\d+: Entry 1 of the live run's log is another\.$", lines[1])
    assert lines[2] == "     4 | start: {by: ann}"
    assert "user:ann" in lines[3]
    assert "user:ann" not in lines[4]
    assert lines[-1] == "0 passed, 1 failed"
