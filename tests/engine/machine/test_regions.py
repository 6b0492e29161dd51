"""Branches and items side by side: semantics section 3, rules 2, 4, 7, 8, 11 and 17, and [each]."""

from __future__ import annotations

import pytest

from engine.machine import limits
from engine.machine.events import Facts
from tests.engine.machine.playing import HOUR, accepted, answer, code, data, incident, retry, skip, there, vote
from tests.engine.machine.writing import addresses, done, moved, put, run, status

BRANCHES = """\
  - id: both
    parallel:
      join: {join}
      branches:
        one: [{{id: a, task: {{assign: red}}}}, {{id: a2, task: {{assign: red}}}}]
        two: [{{id: b, task: {{assign: green}}}}]
        three: [{{id: c, task: {{assign: blue}}}}]
  - {{id: after, task: {{assign: starter}}}}
"""
ITEMS = """\
  - id: roll
    each: inputs.items
    as: item-of
    join: {join}
{more}    steps:
      - {{id: plan, set: {{n: "each.item + each.index"}}}}
      - {{id: do, task: {{assign: red}}}}
  - {{id: after, task: {{assign: starter}}}}
"""


def items(join: object = "all", more: str = "") -> str:
    return ITEMS.format(join=join, more=more)


def test_children_of_a_region_go_each_to_its_first_wait_in_the_order_of_the_document() -> None:
    """Rule 2."""
    play = run(
        """\
  - id: both
    parallel:
      branches:
        one: [{id: a, set: {n: "1"}}, {id: a2, set: {n: "2"}}, {id: a3, task: {assign: red}}]
        two: [{id: b, set: {n: "1"}}, {id: b2, task: {assign: red}}]
"""
    )
    assert moved(play.answers[0], "opened") == ["both", "a", "a2", "a3", "b", "b2"]


def test_all_branches_are_awaited() -> None:
    """Rule 8."""
    play = run(BRANCHES.format(join="all"))
    assert addresses(play) == ["a", "b", "c"]
    done(play, "b", "a", "a2")
    assert addresses(play) == ["c"]
    done(play, "c")
    assert addresses(play) == ["after"]
    assert data(play, "both").keys() == {"at"}


@pytest.mark.parametrize(("join", "first", "left"), [("any", ("c",), ["b", "a"]), (2, ("c", "b"), ["a"])])
def test_a_join_by_number_cancels_the_lists_still_open_newest_first(
    join: object, first: tuple[str, ...], left: list[str]
) -> None:
    """Rules 7 and 8."""
    play = run(BRANCHES.format(join=join))
    done(play, *first)
    assert moved(play.answers[-1], "cancelled") == left
    assert addresses(play) == ["after"]
    assert play.current.counts[""]["both"] == 1


def test_a_list_counts_for_any_only_when_a_step_in_it_has_completed() -> None:
    """Rule 8: a skipped branch does not meet the join, and a join that cannot be met waits for an operator."""
    play = run(BRANCHES.format(join="any"))
    for step in ("b", "c"):
        accepted(skip(play, step))
        assert incident(play, "both") is None
    accepted(skip(play, "a"))
    accepted(skip(play, "a2"))
    assert (addresses(play), incident(play, "both")) == ([], "join-unreachable")
    accepted(retry(play, "both"))
    assert addresses(play) == ["a", "b", "c"]
    assert incident(play, "both") is None
    done(play, "b")
    assert addresses(play) == ["after"]


def test_a_target_in_a_list_around_leaves_the_regions_between() -> None:
    """Rule 7: inside out, newest first; then the target opens."""
    play = run(
        """\
  - {id: plan, task: {assign: starter}}
  - id: outer
    parallel:
      branches:
        one:
          - id: inner
            parallel:
              branches:
                x: [{id: a, task: {assign: red, outcomes: [good, bad]}, on_outcome: {bad: plan}}]
                y: [{id: b, task: {assign: green}}]
        two: [{id: c, task: {assign: blue}}]
"""
    )
    done(play, "plan")
    assert addresses(play) == ["a", "b", "c"]
    accepted(play.complete("a", "ann", {}, outcome="bad"))
    assert moved(play.answers[-1], "cancelled") == ["c", "b", "inner", "outer"]
    assert addresses(play) == ["plan"]
    done(play, "plan")
    assert addresses(play) == ["a", "b", "c"]
    assert data(play, "a") is None, "entering a region unsets what stands in it"
    assert play.current.counts[""]["a"] == 2


@pytest.mark.parametrize(("ends", "expected"), [("end: completed", "completed"), ("end: failed", "failed")])
def test_an_end_within_a_region_ends_the_run(ends: str, expected: str) -> None:
    """Rule 11."""
    play = run(
        f"""\
  - id: both
    parallel:
      branches:
        one: [{{id: a, task: {{assign: red}}}}, {{id: stop, {ends}}}]
        two: [{{id: b, task: {{assign: green}}}}]
"""
    )
    done(play, "a")
    assert status(play) == expected
    assert moved(play.answers[-1], "cancelled") == ["b", "both"]
    assert play.current.visits == {}


def test_a_rejection_without_a_way_fails_the_run_from_within_an_item() -> None:
    """Rule 11."""
    play = run(
        "  - {id: roll, each: inputs.items, steps: [{id: ok, gate: {ask: Go?, approvers: [red]}, on_reject: fail}]}\n"
    )
    accepted(vote(play, "ann", "reject", step="ok[1]"))
    assert status(play) == "failed"


def test_every_item_has_its_own_data_and_leaves_it_in_a_list() -> None:
    """[each], [scope]."""
    play = run(items())
    assert addresses(play) == ["do[0]", "do[1]"]
    assert play.current.values["roll[0]"]["plan"]["n"] == 4
    assert play.current.values["roll[1]"]["plan"]["n"] == 6
    done(play, "do[1]", "do[0]")
    assert addresses(play) == ["after"]
    assert [item["plan"]["n"] for item in data(play, "roll")] == [4, 6]
    assert play.current.items == {}
    assert set(play.current.values) == {""}


@pytest.mark.parametrize("more", ["    mode: sequence\n", "    at_most: 1\n"])
def test_items_one_after_the_other(more: str) -> None:
    """Rule 4: as many lists as `at_most` allows; the next begins when one has ended."""
    play = run(items(more=more))
    assert addresses(play) == ["do[0]"]
    done(play, "do[0]")
    assert addresses(play) == ["do[1]"]
    done(play, "do[1]")
    assert addresses(play) == ["after"]


def test_items_are_not_begun_when_the_join_is_met() -> None:
    """Rule 4: lists are entered while the join is unmet."""
    play = run(items(join="any", more="    at_most: 1\n"))
    done(play, "do[0]")
    assert addresses(play) == ["after"]
    assert len(data(play, "roll")) == 2


def test_an_empty_list_passes_at_once() -> None:
    """[each]."""
    play = run(items(), inputs={"items": []})
    assert addresses(play) == ["after"]
    assert data(play, "roll") == []


def test_too_many_items_wait_for_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """[each]: at most 500 items."""
    monkeypatch.setattr(limits, "ITEMS", 1)
    play = run(items())
    assert (addresses(play), incident(play, "roll")) == (["roll"], "too-many-items")
    monkeypatch.undo()
    accepted(retry(play, "roll"))
    assert addresses(play) == ["do[0]", "do[1]"]


def test_a_list_that_cannot_be_evaluated_is_an_incident() -> None:
    """Rule 5."""
    play = run("  - {id: roll, each: '[1 / inputs.n]', steps: [{id: do, task: {assign: red}}]}\n", inputs={"n": 0})
    assert incident(play, "roll") == "expression"


def test_a_list_is_evaluated_once() -> None:
    """[each]."""
    play = run(items(more="    at_most: 1\n"))
    accepted(put(play, {"inputs.items": [7]}))
    done(play, "do[0]")
    assert addresses(play) == ["do[1]"]


def test_items_that_run_away_stop_at_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 2: after so many moves the incident `runaway`, and a retry goes on where it stopped."""
    monkeypatch.setattr(limits, "MOVES", 5)
    play = run(
        """\
  - id: roll
    each: "[1, 2, 3, 4]"
    steps: [{id: a, set: {n: each.item}}, {id: b, set: {n: each.item}}]
  - {id: after, task: {assign: starter}}
"""
    )
    assert incident(play, "roll") == "runaway"
    seen = there(play, "roll").region
    assert seen is not None
    assert 0 < seen.begun < 4
    for _ in range(4):
        if play.open_visit("roll"):
            accepted(retry(play, "roll"))
    assert addresses(play) == ["after"]
    assert [item["b"]["n"] for item in data(play, "roll")] == [1, 2, 3, 4]


def test_a_join_that_cannot_be_met_is_told_whatever_else_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 8: a region that ran away before would else stand still after a retry."""
    monkeypatch.setattr(limits, "MOVES", 4)
    play = run(
        """\
  - id: both
    parallel:
      join: 3
      branches:
        one: [{id: a, task: {assign: red}}]
        two: [{id: b, decide: [{otherwise: b}]}]
        three: [{id: c, task: {assign: red}}]
"""
    )
    assert incident(play, "both") == "runaway"
    accepted(skip(play, "a"))
    assert incident(play, "both") == "join-unreachable"


def test_a_rung_that_cannot_be_evaluated_keeps_no_item_from_beginning() -> None:
    """[error]: the incident is the ladder's, and a retry asks the rung again."""
    play = run(
        items(more="    at_most: 1\n    escalate: [{after: 1h, when: 1 / inputs.n > 0, remind: red}]\n"),
        inputs={"n": 0},
    )
    play.advance(HOUR)
    assert incident(play, "roll") == "expression"
    done(play, "do[0]")
    assert addresses(play) == ["do[1]"]


def test_skipping_a_region_with_a_gate_ahead_is_a_break_glass_act() -> None:
    """Rule 17: the gate is overridden, asked or not; one that was passed asks for nothing."""
    steps = """\
  - id: both
    parallel:
      branches:
        one: [{id: a, task: {assign: red}}, {id: ok, gate: {ask: Go?, approvers: [green], exclude: ["user:operator"]}}]
        two: [{id: open, gate: {ask: Go?, approvers: [green]}}, {id: b, task: {assign: blue}}]
  - {id: after, task: {assign: starter}}
"""
    play = run(steps)
    assert code(skip(play, "both")) == "excluded"
    assert code(skip(play, "both", "ed", Facts(operator=True, roles=("user:ed",)))) == "not-in-role"
    answered = accepted(skip(play, "both", "ed", Facts(operator=True, breaks_glass=True, roles=("user:ed",))))
    decided = [(move.step, move.data["status"]) for move in answered.moves if move.kind == "decided"]
    assert decided == [("open", "overridden"), ("ok", "overridden")]
    assert addresses(play) == ["after"]
    play = run(steps)
    done(play, "a")
    accepted(vote(play, "bo", step="ok"))
    accepted(vote(play, "bo", step="open"))
    accepted(skip(play, "both", "operator", Facts(operator=True)))
    assert addresses(play) == ["after"]


def test_skipping_a_region_cancels_what_is_in_it() -> None:
    """Rule 17."""
    play = run(items())
    accepted(skip(play, "roll"))
    assert addresses(play) == ["after"]
    assert data(play, "roll") is None
    assert play.current.items == {}


def test_a_late_answer_for_an_item_that_was_cancelled_is_refused() -> None:
    """Rule 9."""
    play = run("  - {id: roll, each: inputs.items, join: any, steps: [{id: do, action: debug.echo}]}\n")
    accepted(answer(play, "do[0]"))
    assert status(play) == "completed"
    assert code(answer(play, "do[1]", attempt=1)) == "already-ended"
