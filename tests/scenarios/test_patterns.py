"""The page of the workflow patterns and the playbooks beside it say the same."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "patterns"
PLAYBOOKS = [file for file in HERE.iterdir() if not file.stem.endswith("-scenarios")]
PAGE = (Path(__file__).parents[2] / "docs/reference/workflow-patterns.md").read_text(encoding="utf-8")
PATTERNS = (
    *("Sequence", "Parallel split", "Synchronization", "Exclusive choice", "Simple merge", "Multi-choice"),
    *("Synchronizing merge", "Multi-merge", "Discriminator", "Arbitrary cycles", "Implicit termination"),
    "Multiple instances without synchronization",
    "Multiple instances with a priori design time knowledge",
    "Multiple instances with a priori runtime knowledge",
    "Multiple instances without a priori runtime knowledge",
    *("Deferred choice", "Interleaved parallel routing", "Milestone", "Cancel activity", "Cancel case"),
)
ROW = re.compile(r"^\| (\d+) \| \[(.+?)\]\(#(\S+)\) \| (in full|nearly) \| (.+) \|$", re.MULTILINE)
SECTION = re.compile(r"^## (\d+)\. (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROWS = {int(number): (name, anchor, how) for number, name, anchor, how, _ in ROW.findall(PAGE)}
SECTIONS = {int(number): (name, text) for number, name, text in SECTION.findall(PAGE)}


def test_the_table_and_the_sections_have_every_pattern_in_order() -> None:
    assert [(number, name) for number, (name, _, _) in ROWS.items()] == [*enumerate(PATTERNS, 1)]
    assert [(number, name) for number, (name, _) in SECTIONS.items()] == [*enumerate(PATTERNS, 1)]


@pytest.mark.parametrize("number", range(1, len(PATTERNS) + 1))
def test_a_pattern_has_its_row_its_files_and_an_excerpt_that_is_part_of_them(number: int) -> None:
    name, anchor, how = ROWS[number]
    text = SECTIONS[number][1]
    (playbook,) = [file for file in PLAYBOOKS if int(file.name[:2]) == number and f"({_link(file)})" in text]
    scenarios = playbook.with_name(f"{playbook.stem}-scenarios.yaml")
    (excerpt,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    assert anchor == f"{number}-{name.lower().replace(' ', '-')}"
    assert f"({_link(scenarios)})" in text
    assert scenarios.read_text(encoding="utf-8").startswith(f"playbook: {playbook.name}\n")
    assert textwrap.indent(excerpt, "  ") in playbook.read_text(encoding="utf-8")
    assert ("*Not said this way:*" in text) is (how == "nearly")


def _link(file: Path) -> str:
    return f"../../tests/scenarios/patterns/{file.name}"


def test_every_file_of_the_folder_is_of_a_pattern() -> None:
    assert {int(file.name[:2]) for file in HERE.iterdir()} == {*ROWS}
