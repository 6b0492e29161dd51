"""Two versions compared: what is said of each change, how heavy it is, and laws that hold of any two playbooks."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler import Compiled, compile_text
from engine.definition import Definition
from engine.differences import Difference, compare
from engine.differences.difference import LEVELS, Change, Level, heaviest, weighed
from engine.differences.documents import plans_of, policies_of, tables_of
from engine.differences.versions import proposed
from tests.engine.expected import FOLDER
from tests.engine.playbooks_by_chance import definitions
from tests.engine.proofs import regions_by_chance

TEXT = re.sub("calendar: .*\n|triggers:.*\n(?:  .*\n)+", "", (FOLDER / "production-change.yaml").read_text())
BOARD = "quorum: {release-manager: 1, security: 1}"
TELL = "  - id: tell\n    title: Tell everybody\n    task: {assign: engineer}\n"


def compiled(text: str) -> Definition:
    found = compile_text(text)
    assert found.definition is not None, found.problems
    return found.definition


def edited(*edits: tuple[str, str], text: str = TEXT) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def after(*edits: tuple[str, str]) -> Difference:
    return compare(compiled(TEXT), compiled(edited(*edits)))


EDITS = {
    "a lower quorum": (
        [(BOARD, "quorum: {security: 1}")],
        "major",
        "The gate “Change board” now needs 1 of security; before it needed 1 release manager and 1 of security.",
    ),
    "a higher quorum": (
        [(BOARD, "quorum: {release-manager: 2, security: 1}")],
        "minor",
        "The gate “Change board” now needs 2 release managers and 1 of security; before it needed 1 release manager "
        "and 1 of security.",
    ),
    "an exclusion dropped": (
        [("exclude: [starter, plan]", "exclude: [starter]")],
        "major",
        "The gate “Change board” no longer excludes whoever did “Write the change plan”.",
    ),
    "silence approves": (
        [("{after: 2d, outcome: reject}", "{after: 2d, outcome: approve}")],
        "major",
        "The gate “Change board” now lets a rule approve it, without a vote, after 2 d.",
    ),
    "less is shown": (
        [("show: [inputs.service, steps.plan]", "show: [inputs.service]")],
        "major",
        "The gate “Change board” no longer shows what came of “Write the change plan” to those who vote.",
    ),
    "more may approve": (
        [("release-manager: {groups: [release-managers]}", "release-manager: {groups: [release-managers, interns]}")],
        "major",
        "The role “release manager” is the group “release managers” and the group “interns” now; before it was the "
        "group “release managers”. That counts at the gate “Change board”.",
    ),
    "a way around it": (
        [("steps.plan.downtime > duration('30m')", "steps.plan.downtime > duration('40m')")],
        "minor",
        "The decision “Route” has a new rule: when risk score ≥ 7 or downtime > 40m it goes to “Change board”.",
    ),
    "a guard on a gate": (
        [("    due: 8h\n    on_reject", "    when: inputs.risk_score > 8\n    due: 8h\n    on_reject")],
        "major",
        "The gate “Change board” now opens only when risk score > 8; before always.",
    ),
    "a newly required input": (
        [("inputs:\n", "inputs:\n  team: {type: text}\n")],
        "major",
        "The input “Team” is new and must be given at every start.",
    ),
    "an optional input": (
        [("inputs:\n", "inputs:\n  team: {type: text, required: false}\n")],
        "minor",
        "The input “Team” is new; it may be left out.",
    ),
    "a narrower input": ([("max: 10", "max: 9")], "major", "The input “Risk score” must be at most 9; before 10."),
    "a wider input": ([("max: 10", "max: 11")], "minor", "The input “Risk score” must be at most 11; before 10."),
    "an output gone": ([("shipped_ref: steps", "ref: steps")], "major", "The output “Shipped ref” is gone."),
    "a step added": (
        [("  - id: verify", TELL + "  - id: verify")],
        "minor",
        "The task “Tell everybody” is new, after “Ship”: it is for engineer.",
    ),
    "another due time": (
        [("due: 1d", "due: 2d")],
        "minor",
        "The task “Write the change plan” is now due in 2 d; before in 1 d.",
    ),
    "another escalation": (
        [("{after: 4h, remind: assigned}", "{after: 6h, remind: assigned}")],
        "minor",
        "The task “Write the change plan” now reminds whoever it is assigned to after 6 h; before after 4 h.",
    ),
    "another route": (
        [("on_reject: plan", "on_reject: fail")],
        "minor",
        "The gate “Change board” leads elsewhere: when rejected it now ends the run as failed; before it went to "
        "“Write the change plan”.",
    ),
    "another risk": ([("risk: high", "risk: low")], "minor", "Its risk is low now; before high."),
    "only texts": (
        [("title: Write the change plan", "title: Plan it"), ("summary: Plan,", "summary: Plan it,")],
        "patch",
        "The task “Write the change plan” is called “Plan it” now.",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_each_change_is_told_and_weighed(name: str) -> None:
    edits, level, sentence = EDITS[name]
    found = after(*edits)
    assert sentence in found.sentences
    assert found.level == level


def test_a_step_that_comes_in_changes_no_other() -> None:
    found = after(("  - id: verify", TELL + "  - id: verify"))
    assert found.marks == {"tell": "added"}
    assert len(found.changes) == 1


def test_a_removed_gate_is_major_and_what_led_to_it_is_told() -> None:
    board = TEXT[TEXT.index("  - id: board") : TEXT.index("  - id: ship")]
    found = after((board, ""), ("go: board}", "go: ship}"))
    assert found.level == "major"
    assert found.sentences[0] == "The gate “Change board” is gone."
    assert found.marks == {"board": "removed"}


def test_a_region_that_goes_with_a_gate_in_it_is_major() -> None:
    inner = "{id: ok, title: Approve, gate: {approvers: [security]}}"
    both = f"parallel: {{branches: {{one: [{inner}], two: [{{id: look, task: {{assign: engineer}}}}]}}}}"
    before = edited(("  - id: verify", f"  - id: both\n    {both}\n  - id: verify"))
    found = compare(compiled(before), compiled(TEXT))
    assert found.level == "major"
    assert found.sentences == ("The parallel “Both” is gone, and with it 2 steps, among them the gate “Approve”.",)
    assert found.marks == {"both": "removed", "ok": "removed", "look": "removed"}


def test_a_way_around_a_gate_that_every_run_passed_is_major_and_shown() -> None:
    text = edited(("- {otherwise: ship}", "- {otherwise: board}"))
    found = compare(compiled(text), compiled(TEXT))
    assert found.level == "major"
    assert found.sentences[0].startswith(
        "The gate “Change board” can now be gone around: the run can be completed without it, by "
        "“Write the change plan” → “Route” → “Ship”"
    )


def test_as_few_steps_as_possible_have_moved() -> None:
    chain = [f"  - {{id: s{number}, task: {{assign: engineer}}}}\n" for number in range(4)]
    head = TEXT[: TEXT.index("steps:\n")] + "steps:\n"
    before, now = (head + "".join(order) for order in (chain, [chain[3], *chain[:3]]))
    found = compare(compiled(before), compiled(now))
    assert found.sentences == ("The task “S3” now stands at the beginning; before after “S2”.",)
    assert found.marks == {"s3": "changed"}


@pytest.mark.parametrize(
    ("current", "level", "then"),
    [
        ("", "", "1.0.0"),
        ("", "major", "1.0.0"),
        ("odd", "minor", "1.0.0"),
        ("2.1.3", "major", "3.0.0"),
        ("2.1.3", "minor", "2.2.0"),
        ("2.1.3", "patch", "2.1.4"),
        ("2.1.3", "", "2.1.3"),
    ],
)
def test_the_number_that_follows(current: str, level: Level, then: str) -> None:
    assert proposed(current, level) == then


def _pair(one: str, other: str) -> tuple[Compiled, Compiled]:
    found = compile_text(one), compile_text(other)
    assert all(each.ok for each in found), [each.problems for each in found]
    return found


def test_decision_tables() -> None:
    text = (
        "decision: risk\nowner: people\nhit: first\ninputs: {days: {type: integer, min: 1, max: 30}}\n"
        "outputs: {level: {type: choice, options: [low, high]}}\n"
        "rules:\n  - {days: '> 10', then: {level: \"'high'\"}}\n  - {then: {level: \"'low'\"}}\n"
    )
    was, now = _pair(text, text.replace("> 10", "> 5").replace("min: 1", "min: 2"))
    assert was.table is not None
    assert now.table is not None
    found = tables_of(was.table, now.table)
    assert found.level == "major"
    assert "New rule: where days > 5, level high." in found.sentences
    assert "Rule gone: where days > 10, level high." in found.sentences
    assert not tables_of(was.table, was.table)


def test_policies_and_plans() -> None:
    policy = "policy: p\ntitle: P\nunit: platform\nrequire:\n  - {every: gate, has: [due]}\n"
    one, other = _pair(policy, policy + "  - {every: task, has: [due]}\n")
    found = policies_of(one.document, other.document)
    assert (found.level, found.sentences) == ("major", ("It now demands: every task has “due”.",))
    assert policies_of(other.document, one.document).level == "minor"
    plan = "plan: p\nobjective: Grow\nowner: growth\nmilestones:\n  - {id: pilot, due: 2026-06-30}\n"
    one, other = _pair(plan, plan.replace("06-30", "07-31") + "  - {id: all, due: 2026-12-31}\n")
    found = plans_of(one.document, other.document)
    assert found.level == "minor"
    assert "The milestone “Pilot” is due 31 July 2026 now; before 30 June 2026." in found.sentences


PAIRS = st.one_of(st.tuples(definitions(), definitions()), st.tuples(*[regions_by_chance.definitions()] * 2))


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_laws_of_any_two_playbooks(pair: tuple[Definition, Definition]) -> None:
    before, now = pair
    found = compare(before, now)
    assert compare(before, before) == Difference() == compare(now, now)
    assert bool(found) == (before.digest != now.digest) == bool(found.level)
    ids = set(before.steps) | set(now.steps)
    classes = {id: found.marks.get(id, "same") for id in ids}
    for id, mark in classes.items():
        assert (mark == "removed") == (id not in now.steps)
        assert (mark == "added") == (id not in before.steps)
    assert set(found.marks) <= ids
    assert {change.step for change in found.changes} - {""} <= set(found.marks)
    gates = {id for id, step in before.steps.items() if step.kind == "gate"}
    inputs = {spec.name for spec in before.inputs} - {spec.name for spec in now.inputs}
    if gates - set(now.steps) or inputs or set(before.outputs) - set(now.outputs):
        assert found.level == "major"
    assert all(LEVELS.index(one.level) >= LEVELS.index(two.level) for one, two in pairwise(found.changes))
    assert all(re.fullmatch(r"[A-Z].*\.", sentence, re.DOTALL) for sentence in found.sentences)


@settings(max_examples=40, deadline=None)
@given(definitions())
def test_a_step_alone_is_told_whatever_of_it_changed(definition: Definition) -> None:
    """What only `_bare` sees is told all the same: nothing that counts for the digest is passed over."""
    for id, step in definition.steps.items():
        other = replace(definition, steps={**definition.steps, id: replace(step, title=step.title + " new")})
        assert compare(definition, other).marks == {id: "changed"}
        assert compare(definition, other).level == "patch"


@given(st.lists(st.sampled_from(LEVELS)), st.sampled_from(LEVELS))
def test_levels_only_rise(levels: list[Level], more: Level) -> None:
    first, second = heaviest(levels), heaviest([*levels, more])
    assert LEVELS.index(second) == max(LEVELS.index(first), LEVELS.index(more))
    told = [Change(level, "It is.") for level in levels if level]
    assert weighed(told).level == first
