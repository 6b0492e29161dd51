"""What the documentation tells people to write compiles and holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.compiler import compile_text, compile_together, playbooks_of, tables_of
from engine.language import scenario, schema
from engine.language.verbs import VERBS
from engine.problems import CODES
from workflows import scenarios
from workflows.calendars import KNOWN

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


SHORTEST, WHOLE, SIDE_BY_SIDE = blocks("how-to/write-a-playbook.md")
PLAYBOOKS = [SHORTEST, WHOLE]
SCENARIOS = [*blocks("how-to/test-a-playbook.md"), *blocks("how-to/repair-a-run.md")]


@pytest.mark.parametrize("text", PLAYBOOKS, ids=["the shortest", "the whole"])
def test_the_playbooks_of_the_how_to_compile(text: str) -> None:
    assert compile_text(text, "guest-access.yaml").problems == ()


@pytest.mark.parametrize("text", SCENARIOS, ids=["one", "several", "repairs"])
def test_the_scenarios_of_the_how_to_pass(text: str, tmp_path: Path) -> None:
    (tmp_path / "guest-access.yaml").write_text(PLAYBOOKS[-1])

    rehearsed = scenarios.rehearse_text(text, tmp_path / "scenarios.yaml")

    assert rehearsed
    assert [(each.name, each.problems, each.failures) for each in rehearsed if each.problems or each.failures] == []


def test_the_how_to_of_templates_compiles_and_its_way_around_does_not() -> None:
    page = "how-to/adapt-a-template.md"
    template, adapted, around = compile_together([(f"{number}.yaml", text) for number, text in enumerate(blocks(page))])

    assert (template.problems, adapted.problems) == ((), ())
    (problem,) = around.problems
    assert (problem.code, problem.file, problem.place.line) == ("locked-step", "2.yaml", 5)
    assert f"`{' → '.join(problem.example)}`" in (DOCS / page).read_text(encoding="utf-8")


HEAD = """\
playbook: pieces
title: Pieces
kind: sop
owner: platform
inputs:
  service: {type: text}
  amount: {type: number}
  risk_score: {type: integer}
  hook: {type: url}
  not_before: {type: datetime, required: false}
  regions: {type: list, of: text, default: [eu]}
roles:
  engineer: {groups: [engineers]}
  release-manager: {groups: [release-managers]}
  security: {groups: [security]}
steps:
  - id: plan
    task: {assign: engineer, form: {change_ref: {type: text}, downtime: {type: duration}}}
"""
LAST = {
    "back-out": "  - id: back-out\n    task: {assign: engineer}\n",
    "ship": "  - id: ship\n    task: {assign: engineer}\n",
    "board": "  - id: board\n    task: {assign: engineer}\n",
    "done": "  - id: done\n    end: completed\n",
}
CALLED = """\
playbook: laptop-hand-over
title: Hand over a laptop
kind: sop
owner: platform
inputs: {person: {type: text}, days: {type: integer}}
steps: [{id: hand, task: {assign: starter}}]
"""
TABLES = blocks("reference/decision-tables.md")
REFERENCE = blocks("reference/playbook-language.md")
PIECES = [block for block in (*REFERENCE, *TABLES) if block.startswith("- id: ")]
HEADS = [block for block in REFERENCE if block.startswith("concurrency:")]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.split()[2])
def test_the_pieces_of_the_reference_compile_in_a_playbook(piece: str) -> None:
    own = re.findall(r"^- id: (\S+)", piece, re.MULTILINE)
    named = [step for step in LAST if step not in own and re.search(rf"\b{step}\b", piece)]
    steps = "".join(f"  {line}\n" for line in piece.splitlines())
    text = HEAD + steps + "".join(LAST[step] for step in dict.fromkeys([*named]))

    compiled = compile_text(
        text,
        calendars=KNOWN,
        decisions=tables_of([compile_text(TABLES[0])]),
        playbooks=playbooks_of([compile_text(CALLED)]),
    )
    assert compiled.problems == ()


def test_the_how_to_side_by_side_compiles_with_what_it_calls() -> None:
    assert compile_text(SIDE_BY_SIDE, playbooks=playbooks_of([compile_text(CALLED)])).problems == ()


def test_the_starts_of_the_reference_compile_in_a_playbook() -> None:
    (starts,) = HEADS
    assert compile_text(HEAD.replace("inputs:\n", f"{starts}inputs:\n", 1)).problems == ()


def test_the_whole_playbook_of_the_reference_compiles() -> None:
    (whole,) = [block for block in REFERENCE if block.startswith("playbook:")]
    assert compile_text(whole, calendars=KNOWN).problems == ()


def _keys(node: Any) -> Iterator[str]:
    """Give the names of all properties in a JSON Schema."""
    if isinstance(node, dict):
        yield from node.get("properties", ())
        for below in node.values():
            yield from _keys(below)
    elif isinstance(node, list):
        for below in node:
            yield from _keys(below)


PAGES = {
    "playbook": ("reference/playbook-language.md", "reference/templates.md", "how-to/adapt-a-template.md"),
    "decision": ("reference/decision-tables.md",),
    "policy": ("reference/policies-and-plans.md",),
    "plan": ("reference/policies-and-plans.md",),
    "scenario": ("reference/scenarios.md", "reference/calendar-table.md"),
}


@pytest.mark.parametrize("kind", PAGES)
def test_there_is_an_example_for_every_key(kind: str) -> None:
    examples = "".join(block for page in PAGES[kind] for block in blocks(page))
    shown = set(re.findall(r"(?:^|[\s{,])([a-z_]+):", examples))

    assert {*_keys(schema.of(kind))} - shown == set()


def test_the_examples_of_the_other_references_compile_and_hold(tmp_path: Path) -> None:
    template, (adapted,) = blocks("how-to/adapt-a-template.md")[0], blocks("reference/templates.md")
    playbook, later, scenario_file = blocks("reference/scenarios.md")
    (tmp_path / "parcel.yaml").write_text(playbook)
    (tmp_path / "parcel-next.yaml").write_text(later)

    compiled = [
        *compile_together([("template.yaml", template), ("child.yaml", adapted)]),
        *map(compile_text, TABLES[:2]),
    ]
    compiled += map(compile_text, blocks("reference/policies-and-plans.md"))
    rehearsed = scenarios.rehearse_text(scenario_file, tmp_path / "scenarios.yaml")

    assert [one.problems for one in compiled if not one.ok] == []
    assert [(each.name, each.problems, each.failures) for each in rehearsed if each.problems or each.failures] == []


def test_the_table_of_the_reference_is_proven() -> None:
    assert compile_text(TABLES[0]).problems == ()


def test_the_reference_names_every_code_of_this_version() -> None:
    text = (DOCS / "reference/playbook-language.md").read_text(encoding="utf-8")

    assert {code for code in CODES if f"`{code}`" not in text} == set()


def rows(heading: str) -> dict[str, str]:
    """Return what the table under this heading says of each name in its first column."""
    page = (DOCS / "reference/scenarios.md").read_text(encoding="utf-8")
    lines = page.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| `")]
    return {name: row[1] for row in found for name in re.findall(r"`([a-z]+)`", row[0])}


def test_the_reference_names_every_key_of_scenarios() -> None:
    verbs, keys = rows("Lines"), {verb: {*needed, *optional} for verb, (needed, optional) in VERBS.items()}

    assert verbs.keys() == {*VERBS, "refused"}
    for verb in VERBS.keys() - {"expect", "advance"}:
        assert {*re.findall(r"[a-z]+", verbs[verb])} >= keys[verb], verb
    assert rows("What can be expected").keys() == keys["expect"]
    assert rows("The file").keys() == {*scenario.HEAD} - {"scenarios"}


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_within_the_documentation_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []
