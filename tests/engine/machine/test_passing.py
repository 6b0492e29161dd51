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


REGIONS = """\
  - {id: plan, task: {assign: crew}}
  - id: both
    parallel:
      branches:
        one:
          - {id: a, task: {assign: crew, outcomes: [good, bad]}, on_outcome: {bad: plan}}
          - {id: ga, gate: {ask: A?, approvers: [boss]}}
          - {id: a2, task: {assign: crew}}
        two:
          - {id: b, task: {assign: crew}}
          - {id: gb, gate: {ask: B?, approvers: [boss]}}
          - id: roll
            each: inputs.items
            steps:
              - {id: do, task: {assign: crew}}
              - {id: gi, gate: {ask: I?, approvers: [boss]}}
              - {id: then, task: {assign: crew}}
          - {id: b2, task: {assign: crew}}
  - {id: mid, task: {assign: crew}}
  - id: build
    parallel:
      steps:
        - {id: x, task: {assign: crew}}
        - {id: gx, gate: {ask: X?, approvers: [boss]}, needs: [x]}
        - {id: y, task: {assign: crew}}
        - {id: z, task: {assign: crew}, needs: [gx, y]}
  - {id: last, gate: {ask: Done?, approvers: [boss]}}
  - {id: end, task: {assign: crew}}
"""


@pytest.fixture(scope="module", params=["all", "any"])
def regions(request: pytest.FixtureRequest) -> Passing:
    text = PLAYBOOK[: PLAYBOOK.index("  - id: plan")] + REGIONS.replace(
        "parallel:\n      branches", f"parallel:\n      join: {request.param}\n      branches"
    )
    compiled = compile_text(text.replace("roles:", "  items: {type: list, of: integer}\nroles:"))
    assert compiled.definition is not None, compiled.problems
    return Passing.of(compiled.definition)


@pytest.mark.parametrize(
    ("at", "to", "over"),
    [
        (["plan"], "both", ()),
        (["plan"], "mid", ("ga", "gb", "gi")),  # every branch's, those of items too
        (["a", "b"], "mid", ("ga", "gb", "gi")),
        (["a2", "b2"], "mid", ()),
        (["a2", "do"], "mid", ("gi",)),
        (["a2", "roll"], "mid", ("gi",)),  # items that wait to begin
        (["a", "then"], "mid", ("ga",)),
        (["a2", "b2"], "both", ()),  # back to the region itself
        (["a2", "b2"], "plan", ()),
        (["a"], "a2", ("ga",)),  # within a branch: that of the branch alone
        (["a2"], "a", ()),
        (["b"], "roll", ("gb",)),
        (["b"], "b2", ("gb", "gi")),
        (["do"], "then", ("gi",)),  # within an item
        (["gi"], "then", ("gi",)),
        (["then"], "do", ()),
        (["mid"], "end", ("gx", "last")),
        (["x", "y"], "z", ("gx",)),
        (["gx"], "y", ("gx",)),  # open, and not left backwards
        (["z"], "x", ()),
        (["z"], "last", ()),
        (["x", "y"], "last", ("gx",)),
        (["plan"], "end", ("ga", "gb", "gi", "gx", "last")),
        (["end"], "both", ()),
    ],
)
def test_gates_in_regions_that_a_jump_passes_over(
    regions: Passing, at: list[str], to: str, over: tuple[str, ...]
) -> None:
    assert regions.over(at, to) == over


@pytest.mark.parametrize(
    ("gate", "at", "behind"),
    [
        ("ga", ["a2", "b"], True),  # what goes on beside it does not stand before it
        ("ga", ["a", "b"], False),
        ("ga", ["b"], True),
        ("ga", ["plan"], False),
        ("ga", ["mid"], True),
        ("gi", ["then"], True),
        ("gi", ["do"], False),
        ("gi", ["b"], False),
        ("gi", ["a2", "b2"], True),
        ("gx", ["y"], True),
        ("gx", ["x", "y"], False),
        ("gx", ["end"], True),
        ("last", ["z"], True),
        ("last", ["mid"], False),
        ("last", ["plan"], False),
    ],
)
def test_approvals_in_regions_stand_until_their_own_list_is_before_them_again(
    regions: Passing, gate: str, at: list[str], behind: bool
) -> None:
    assert regions.is_behind(gate, at) is behind


def test_after_a_join_of_all_stands_what_stands_in_every_branch_and_after_any_only_what_all_have() -> None:
    """A gate behind the join is before no run that still has a step of it ahead."""
    for join, behind in (("all", False), ("any", True), (2, False)):
        text = (
            PLAYBOOK[: PLAYBOOK.index("  - id: plan")]
            + f"""\
  - id: both
    parallel:
      join: {join}
      branches:
        one: [{{id: a, task: {{assign: crew}}}}]
        two: [{{id: b, task: {{assign: crew}}}}]
  - {{id: ok, gate: {{ask: Done?, approvers: [boss]}}}}
"""
        )
        compiled = compile_text(text)
        assert compiled.definition is not None, compiled.problems
        assert Passing.of(compiled.definition).is_behind("ok", ["b"]) is behind
