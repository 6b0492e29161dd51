"""Operators take a run on at another step: semantics section 3, rule 17, in lists side by side, items and needs."""

from __future__ import annotations

import pytest

from engine.machine.commands import Perform
from engine.machine.events import Facts
from tests.engine.machine.playing import HOUR, accepted, answer, code, data, skip, vote
from tests.engine.machine.writing import addresses, done, jump, moved, pause, resume, run, sent, status

BRANCHES = """\
  - {id: plan, task: {assign: starter}}
  - id: both
    parallel:
      branches:
        one:
          - {id: a, action: debug.echo, undo: {action: debug.echo, with: {what: a}}}
          - {id: a2, task: {assign: red}, undo: {task: {assign: blue}}}
          - {id: a3, task: {assign: red}}
        two:
          - {id: b, action: debug.echo, undo: {action: debug.echo, with: {what: b}}}
          - {id: b2, task: {assign: green}}
  - {id: after, task: {assign: starter}}
"""
ITEMS = """\
  - id: roll
    each: inputs.items
    steps:
      - {id: first, task: {assign: red}}
      - {id: ok, gate: {ask: Go?, approvers: [green]}}
      - {id: last, task: {assign: blue}}
  - {id: after, task: {assign: starter}}
"""
NO_GLASS = Facts(operator=True, roles=("user:operator",))


def test_a_jump_within_a_branch_leaves_the_others_alone() -> None:
    """Rule 17: what is open in the list, and below it, is cancelled; nothing else."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(answer(play, "b"))
    assert addresses(play) == ["a", "b2"]
    answered = jump(play, "a3")
    assert moved(answered, "cancelled") == ["a"]
    assert addresses(play) == ["a3", "b2"]
    done(play, "a3", "b2")
    assert addresses(play) == ["after"]


def test_a_jump_within_an_item_leaves_the_others_alone_and_names_the_item() -> None:
    """Rule 17; semantics section 4: the gate of that item is overridden, that of the other is asked."""
    play = run(ITEMS)
    assert code(jump(play, "last")) == "field:to", "for several items it must be said which"
    assert code(jump(play, "last[2]")) == "field:to"
    assert code(jump(play, "last[1]", facts=NO_GLASS)) == "not-in-role"
    answered = jump(play, "last[1]")
    assert moved(answered, "cancelled") == ["first"]
    assert [move.step for move in accepted(answered).moves if move.kind == "decided"] == ["ok"]
    assert addresses(play) == ["first[0]", "last[1]"]
    done(play, "last[1]", "first[0]")
    assert addresses(play) == ["ok[0]"]
    accepted(vote(play, "bo", step="ok[0]"))
    done(play, "last[0]")
    assert addresses(play) == ["after"]
    assert [("ok" in item) for item in data(play, "roll")] == [True, False]


def test_a_jump_past_a_region_passes_over_the_gates_in_it_that_lie_ahead() -> None:
    """Section 4: a break-glass act for the open gate and for those still to come, and none for one that was passed."""
    play = run(ITEMS)
    done(play, "first[0]")
    accepted(vote(play, "bo", step="ok[0]"))
    assert code(jump(play, "after", facts=NO_GLASS)) == "not-in-role"
    done(play, "first[1]")
    accepted(vote(play, "bo", step="ok[1]"))
    answered = jump(play, "after", facts=NO_GLASS)
    assert accepted(answered).moves[0].data["over"] == []
    assert addresses(play) == ["after"]
    assert data(play, "roll") is None


def test_a_step_of_a_list_that_is_not_open_cannot_be_jumped_to() -> None:
    """Rule 17."""
    play = run(BRANCHES)
    for step in ("a", "b2"):
        assert code(jump(play, step)) == "field:to"
    assert code(jump(play, "nothing")) == "field:to"


def test_a_jump_back_with_undo_undoes_what_it_passes_newest_first_and_then_goes_on() -> None:
    """Rule 17, with rule 12's order; what other branches did stays."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(answer(play, "a"))
    accepted(answer(play, "b"))
    done(play, "a2")
    assert addresses(play) == ["a3", "b2"]
    accepted(jump(play, "a", undo=True))
    assert addresses(play) == ["a2.undo", "b2"]
    accepted(play.complete("a2.undo", "cy", {}))
    assert addresses(play) == ["a.undo", "b2"]
    (asked,) = sent(play.answers[-1], Perform)
    assert asked.parameters == {"what": "a"}
    done(play, "b2")
    assert addresses(play) == ["a.undo"], "the other branch went on, and has ended"
    accepted(answer(play, "a.undo"))
    assert addresses(play) == ["a"]
    assert [one.step for one in play.current.done] == ["b"]
    assert play.current.counts[""]["a"] == 2


def test_a_jump_back_waits_for_an_attempt_in_hand() -> None:
    """Rules 12 and 17: whatever may have happened is undone, what failed is not."""
    for outcome, undone in (("ok", True), ("error", False), ("timeout", True)):
        play = run(BRANCHES)
        done(play, "plan")
        accepted(jump(play, "plan", undo=True))
        assert addresses(play) == []
        assert len(play.current.draining) == 2
        accepted(answer(play, "b", "error", attempt=1))
        accepted(answer(play, "a", outcome, attempt=1))
        assert addresses(play) == (["a.undo"] if undone else ["plan"])
        if undone:
            accepted(answer(play, "a.undo"))
        assert addresses(play) == ["plan"]
        assert play.current.back is None


def test_an_attempt_that_never_answers_is_given_up_after_its_time() -> None:
    """Rule 12."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(jump(play, "plan", undo=True))
    play.advance(HOUR)
    assert addresses(play) == ["b.undo"]


def test_a_jump_back_without_undo_undoes_nothing() -> None:
    """Rule 17: only what was asked; the run still remembers what could be undone."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(answer(play, "a"))
    accepted(jump(play, "a"))
    assert addresses(play) == ["a", "b"]
    assert [one.visit for one in play.current.done] == [3]


def test_a_second_jump_takes_over_from_one_that_still_undoes() -> None:
    """One token a list: where the first would have gone on, nothing opens any more."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(answer(play, "a"))
    done(play, "a2")
    accepted(jump(play, "a", undo=True))
    accepted(jump(play, "a3"))
    assert addresses(play) == ["a3", "b"]
    assert play.current.back is None
    done(play, "a3")
    assert addresses(play) == ["b"]


def test_two_jumps_with_undo_do_not_cross() -> None:
    """One undo at a time over the whole run: the second in another list must wait."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(answer(play, "a"))
    accepted(answer(play, "b"))
    done(play, "a2")
    accepted(jump(play, "a", undo=True))
    assert code(jump(play, "b", undo=True)) == "not-open"
    assert addresses(play) == ["a2.undo", "b2"]
    accepted(jump(play, "b"))
    assert addresses(play) == ["a2.undo", "b"]


def test_a_jump_that_still_undoes_is_over_where_its_region_is_left() -> None:
    """Rule 7: nothing opens in a region that has been left."""
    play = run(BRANCHES)
    done(play, "plan")
    accepted(answer(play, "a"))
    done(play, "a2")
    accepted(jump(play, "a", undo=True))
    accepted(skip(play, "both"))
    assert addresses(play) == ["after"]
    assert play.current.back is None
    done(play, "after")
    assert status(play) == "completed"


def test_a_jump_in_a_pause_opens_a_step_whose_clocks_stand() -> None:
    """Rules 16 and 17."""
    play = run("  - {id: a, task: {assign: red}}\n  - {id: b, task: {assign: red}, due: 1h}\n")
    pause(play)
    accepted(jump(play, "b"))
    play.now += 5 * HOUR
    resume(play)
    play.advance(HOUR / 2)
    assert not play.current.visits[2].overdue
    play.advance(HOUR)
    assert play.current.visits[2].overdue


NEEDS = """\
  - id: build
    parallel:
      steps:
        - {id: a, task: {assign: red}}
        - {id: b, task: {assign: green}}
        - {id: ok, gate: {ask: Go?, approvers: [red]}, needs: [a]}
        - {id: c, task: {assign: red}, needs: [ok, b]}
        - {id: d, task: {assign: blue}, needs: [b]}
  - {id: after, task: {assign: starter}}
"""


@pytest.mark.parametrize(("to", "over", "then"), [("c", ["ok"], ["c"]), ("ok", [], ["ok"]), ("a", [], ["a"])])
def test_a_jump_in_a_list_with_needs_goes_on_at_that_step_alone(to: str, over: list[str], then: list[str]) -> None:
    """Rule 17: everything open in the list is cancelled."""
    play = run(NEEDS)
    answered = accepted(jump(play, to))
    assert answered.moves[0].data["over"] == over
    assert addresses(play) == then


def test_after_a_jump_the_list_with_needs_ends_as_ever() -> None:
    """Semantics, “needs lists”."""
    play = run(NEEDS)
    accepted(jump(play, "a"))
    done(play, "a")
    assert addresses(play) == ["ok"]
    accepted(vote(play, "ann", step="ok"))
    done(play, "c")
    assert addresses(play) == ["after"]
