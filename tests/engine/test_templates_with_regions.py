"""Templates whose steps stand in branches, in items, and in lists with `needs`: changing them, and going around."""

from __future__ import annotations

import pytest

from engine.compiler import Compiled, Files, compile_text
from tests.engine.test_templates import edited

HEAD = """\
playbook: parent
template: true
title: Parent
kind: sop
owner: platform
inputs: {risk: {type: integer}, regions: {type: list, of: text}}
parameters: {who: {type: text, default: starter}}
steps:
"""
BRANCHES = """\
  - {id: plan, task: {assign: starter}}
  - id: checks
    parallel:
      join: JOIN
      branches:
        with:
          - {id: legal, locked: true, gate: {approvers: [user:lea]}}
        money:
          - {id: count, task: {assign: "${parameters.who}"}, when: parameters.who != 'x'}
          - {id: agree, task: {assign: starter}}
  - {id: ship, task: {assign: starter}}
"""
NEEDS = """\
  - id: all
    parallel:
      steps:
        - {id: a, task: {assign: starter}}
        - {id: b, LOCK task: {assign: starter}, needs: [a]}
        - {id: c, task: {assign: starter}, needs: [b]}
        - {id: d, task: {assign: starter}, needs: [a, c]}
        - {id: e, task: {assign: starter, outcomes: [x, y]}, needs: [a], on_outcome: {x: f}}
        - {id: f, task: {assign: starter}, needs: [e]}
        - {id: g, task: {assign: starter}, needs: [e]}
  - {id: ship, task: {assign: starter}}
"""
EACH = """\
  - id: roll
    each: inputs.regions
    steps:
      - {id: deploy, LOCK task: {assign: starter}}
      - {id: look, task: {assign: starter}, next: fine}
      - {id: fix, task: {assign: starter}}
      - {id: fine, task: {assign: starter}}
  - {id: ship, task: {assign: starter}}
"""


def child(steps: str, *changes: str) -> Compiled:
    text = "playbook: child\nextends: parent\nchange:\n" + "".join(f"  - {change}\n" for change in changes)
    return compile_text(text, "child.yaml", parents=Files((("parent.yaml", HEAD + steps),)))


def lists(compiled: Compiled) -> dict[str, tuple[str, ...]]:
    assert compiled.definition is not None, compiled.problems
    return dict(compiled.definition.lists)


def needs(compiled: Compiled) -> dict[str, tuple[str, ...]]:
    assert compiled.definition is not None, compiled.problems
    return dict(compiled.definition.steps["all"].does.needs)


@pytest.mark.parametrize(
    "steps", [BRANCHES.replace("JOIN", "all"), NEEDS.replace("LOCK ", ""), EACH.replace("LOCK ", "")]
)
def test_the_parents_of_these_tests_compile(steps: str) -> None:
    assert [one for one in compile_text(HEAD + steps).problems if one.code != "unreachable-step"] == []


def test_steps_of_a_branch_are_changed_like_others() -> None:
    compiled = child(
        BRANCHES.replace("JOIN", "all"),
        "{after: count, insert: [{id: again, task: {assign: starter}}]}",
        "{remove: agree}",
    )

    assert lists(compiled)["checks/money"] == ("count", "again")
    assert compiled.definition is not None
    assert compiled.definition.steps["count"].when == "'starter' != 'x'"


def test_a_region_that_holds_a_locked_step_stays() -> None:
    (problem,) = child(BRANCHES.replace("JOIN", "all"), "{remove: checks}").problems

    assert (problem.code, problem.place.line) == ("locked-step", 4)
    assert "`legal`" in problem.message


def test_what_stands_in_a_locked_region_stays() -> None:
    locked = BRANCHES.replace("JOIN", "all").replace("  - id: checks\n", "  - id: checks\n    locked: true\n")

    for change in ("{remove: agree}", "{after: count, insert: [{id: x, task: {assign: starter}}]}"):
        assert [one.code for one in child(locked, change).problems] == ["locked-step"]


AROUND = "{before: agree, insert: [{id: quick, decide: [{when: inputs.risk < 3, go: ship}, {otherwise: agree}]}]}"


def test_leaving_a_branch_goes_around_what_another_branch_locks() -> None:
    (problem,) = child(BRANCHES.replace("JOIN", "all"), AROUND).problems

    assert problem.code == "locked-step"
    assert problem.example == ("plan", "checks", "count", "quick", "ship")


def test_where_one_branch_is_enough_nothing_stands_behind_the_other() -> None:
    """In the parent already `ship` is reached without `legal`."""
    assert child(BRANCHES.replace("JOIN", "any"), AROUND).ok


def test_within_a_branch_a_locked_step_stands_before_those_after_it() -> None:
    steps = (
        BRANCHES.replace("JOIN", "all")
        .replace(", locked: true", "")
        .replace("{id: count,", "{id: count, locked: true,")
    )
    compiled = child(
        steps,
        "{before: count, insert: [{id: quick, decide: [{when: inputs.risk < 3, go: agree}, {otherwise: count}]}]}",
    )

    (problem,) = compiled.problems
    assert problem.code == "locked-step"
    assert problem.example == ("plan", "checks", "quick", "agree")


def test_nothing_stands_behind_a_step_of_an_each_but_what_follows_it_there() -> None:
    """There may be no items at all."""
    locked = EACH.replace("LOCK ", "locked: true, ").replace(", next: fine", "")
    quick = "{before: deploy, insert: [{id: q, decide: [{when: inputs.risk > 0, go: fix}, {otherwise: deploy}]}]}"
    (problem,) = child(locked, quick).problems
    assert (problem.code, problem.example) == ("locked-step", ("roll", "q", "fix"))


def test_a_step_removed_from_an_item_gives_its_routes_on() -> None:
    compiled = child(EACH.replace("LOCK ", ""), "{remove: look}", "{remove: fix}")

    assert compiled.ok
    assert lists(compiled)["roll"] == ("deploy", "fine")


class TestNeeds:
    def test_what_needed_a_removed_step_needs_what_that_needed(self) -> None:
        compiled = child(NEEDS.replace("LOCK ", ""), "{remove: c}")

        assert needs(compiled) == {"a": (), "b": ("a",), "d": ("a", "b"), "e": ("a",), "f": ("e",), "g": ("e",)}

    def test_the_first_one_removed_lets_those_after_it_begin(self) -> None:
        compiled = child(NEEDS.replace("LOCK ", ""), "{remove: a}")

        assert needs(compiled) == {"b": (), "c": ("b",), "d": ("c",), "e": (), "f": ("e",), "g": ("e",)}

    def test_a_way_to_a_removed_step_leads_to_what_needed_it(self) -> None:
        compiled = child(
            NEEDS.replace("LOCK ", ""),
            "{after: f, insert: [{id: h, task: {assign: starter}, needs: [f]}]}",
            "{after: f, insert: [{id: i, task: {assign: starter}, needs: [f]}]}",
            "{remove: f}",
        )

        assert compiled.definition is not None, compiled.problems
        led = {way.target for way in compiled.definition.ways["e"] if way.trigger == "outcome:x"}
        assert led == {"h", "i"}

    def test_replacing_hands_the_needs_on(self) -> None:
        compiled = child(NEEDS.replace("LOCK ", ""), "{replace: c, with: {id: k, task: {assign: starter}, needs: [b]}}")

        assert needs(compiled)["d"] == ("a", "k")

    def test_a_locked_step_that_needs_another_keeps_it(self) -> None:
        assert [one.code for one in child(NEEDS.replace("LOCK ", "locked: true, "), "{remove: a}").problems] == [
            "locked-step"
        ]

    def test_whatever_opens_in_every_run_is_waited_for(self) -> None:
        """`d` needs `c`, which needs the locked `b`; so does what follows the list."""
        locked = NEEDS.replace("LOCK ", "locked: true, ")
        assert child(locked, "{remove: g}").ok
        (problem,) = child(locked, "{replace: d, with: {id: d, task: {assign: starter}, needs: [a]}}").problems
        assert (problem.code, problem.example) == ("locked-step", ("all", "a", "d"))
        (left,) = child(
            locked,
            "{replace: g, with: {id: g, task: {assign: starter, outcomes: [p, q]}, on_outcome: {p: ship}, needs: [e]}}",
        ).problems
        assert (left.code, left.example[-2:]) == ("locked-step", ("g", "ship"))


@pytest.mark.parametrize("steps", [BRANCHES.replace("JOIN", "all"), NEEDS.replace("LOCK", "locked: true,"), EACH])
def test_random_edits_of_the_parent_never_raise(steps: str) -> None:
    changes = "{remove: plan}", "{remove: a}", "{after: look, insert: [{id: z, task: {assign: starter}}]}"
    for text in edited((HEAD + steps).splitlines()):
        parents = Files((("parent.yaml", text),))
        for change in changes:
            compiled = compile_text(f"playbook: child\nextends: parent\nchange: [{change}]\n", parents=parents)
            assert compiled.ok or compiled.problems
        alone = compile_text(text)
        assert alone.ok or alone.problems
