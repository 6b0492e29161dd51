"""Which gates a jump passes over: forward, back, sideways and round a loop."""

from __future__ import annotations

import pytest

from engine.compiler import compile_text
from engine.machine.passing import Passing

PLAYBOOK = """\
playbook: ways
title: Ways
kind: sop
owner: anybody
inputs:
  risk: {type: integer}
roles:
  crew: {groups: [crew]}
  boss: {groups: [bosses]}
steps:
  - id: plan
    task: {assign: crew}
  - id: review
    task: {assign: crew}
  - id: route
    decide:
      - {when: "inputs.risk > 5", go: board}
      - {when: "inputs.risk > 3", go: quick}
      - {otherwise: ship}
  - id: board
    gate: {ask: Go on?, approvers: [boss]}
    on_reject: plan
    next: ship
  - id: quick
    task: {assign: crew}
    next: tell
  - id: ship
    action: debug.echo
    with: {message: ship}
    on_error: mend
  - id: check
    task: {assign: crew, outcomes: [good, bad]}
    on_outcome: {bad: plan}
  - id: tell
    task: {assign: crew}
    next: last
  - id: mend
    task: {assign: crew}
    next: check
  - id: last
    gate: {ask: Done?, approvers: [boss]}
"""


@pytest.fixture(scope="module")
def passing() -> Passing:
    compiled = compile_text(PLAYBOOK)
    assert compiled.definition is not None, compiled.problems
    return Passing.of(compiled.definition)


@pytest.mark.parametrize(
    ("at", "to", "over"),
    [
        ("plan", "review", ()),
        ("plan", "board", ()),
        ("plan", "ship", ("board",)),  # the data may ask for the board, so a jump cannot do without it
        ("plan", "quick", ()),
        ("plan", "tell", ("board",)),
        ("quick", "ship", ("board",)),  # sideways: from the way without the board to what may lie behind it
        ("board", "board", ()),  # asked anew
        ("board", "plan", ()),  # going back asks for nothing
        ("board", "ship", ("board",)),
        ("board", "quick", ("board",)),  # out of an open gate to what does not lie before it
        ("ship", "plan", ()),
        ("check", "ship", ()),  # back, although a loop leads through the board again
        ("mend", "ship", ()),
        ("mend", "check", ()),
        ("review", "check", ("board",)),  # it may have been passed in an earlier round, not in this one
        ("check", "last", ()),
        ("tell", "last", ()),
        ("last", "tell", ()),
    ],
)
def test_gates_that_a_jump_passes_over(passing: Passing, at: str, to: str, over: tuple[str, ...]) -> None:
    assert passing.over([at], to) == over


@pytest.mark.parametrize(
    ("gate", "at", "behind"),
    [
        ("board", "ship", True),
        ("board", "check", True),
        ("board", "plan", False),
        ("board", "review", False),
        ("board", "board", False),
        ("board", "quick", True),
        ("last", "tell", False),
        ("last", "check", True),
    ],
)
def test_an_approval_stands_until_the_run_is_before_its_gate_again(
    passing: Passing, gate: str, at: str, behind: bool
) -> None:
    assert passing.is_behind(gate, [at]) is behind
