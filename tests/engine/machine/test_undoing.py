"""What was done is taken back: semantics section 3, rule 12."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.machine.commands import Perform, TellChild
from tests.engine.machine.playing import accepted, answer, code, data, incident, performs, retry, skip, there
from tests.engine.machine.writing import (
    addresses,
    cancel,
    done,
    jump,
    moved,
    pause,
    put,
    resume,
    rollback,
    run,
    sent,
    signal,
    status,
)

STEPS = """\
  - {id: a, task: {assign: red, form: {n: {type: integer}}}, undo: {action: debug.echo, with: {n: "${steps.a.n}"}}}
  - {id: b, set: {n: "steps.a.n + 1"}, undo: {action: debug.echo, with: {n: "${steps.b.n}"}}}
  - {id: again, task: {assign: red, outcomes: [more, enough]}, on_outcome: {more: a}}
  - {id: c, action: debug.echo, timeout: 2m, undo: {action: debug.echo, with: {n: "${steps.a.n}", what: c}}}
  - {id: back, rollback: true}
"""


def test_undos_run_one_at_a_time_in_reverse_with_the_data_as_it_was() -> None:
    """Rule 12: an undo for each completed visit, also two of one step, with what it left then."""
    play = run(STEPS)
    for n, outcome in ((1, "more"), (5, "enough")):
        accepted(play.complete("a", "ann", {"n": n}))
        accepted(play.complete("again", "ann", {}, outcome=outcome))
    accepted(answer(play, "c"))
    seen = []
    while status(play) == "rolling_back":
        (address,) = addresses(play)
        (asked,) = performs(play.answers[-1])
        seen.append((address, dict(asked.parameters)))
        accepted(answer(play, address))
    assert seen == [
        ("c.undo", {"n": 5, "what": "c"}),
        ("b.undo", {"n": 6}),
        ("a.undo", {"n": 5}),
        ("b.undo", {"n": 2}),
        ("a.undo", {"n": 1}),
    ]
    assert status(play) == "rolled_back"
    assert play.current.done == ()
    assert data(play, "a") is None


@pytest.mark.parametrize(
    ("outcome", "undone"), [("ok", True), ("error", False), ("timeout", True), ("lost", True), ("nothing", True)]
)
def test_an_attempt_in_hand_is_waited_for(outcome: str, undone: bool) -> None:
    """Rule 12: an action of unknown outcome is undone, one that failed is not; at the latest after its time-out."""
    play = run(STEPS)
    accepted(play.complete("a", "ann", {"n": 1}))
    accepted(play.complete("again", "ann", {}, outcome="enough"))
    accepted(rollback(play))
    assert (status(play), addresses(play), list(play.current.draining)) == ("rolling_back", [], [4])
    assert code(answer(play, "c", attempt=2)) == "not-open"
    if outcome == "nothing":
        play.advance(timedelta(seconds=119))
        assert addresses(play) == []
        play.advance(timedelta(seconds=1))
    else:
        accepted(answer(play, "c", outcome, attempt=1))
    assert addresses(play) == (["c.undo"] if undone else ["b.undo"])
    assert play.current.timers == {}
    assert code(answer(play, "c", attempt=1)) == "not-open"


def test_an_action_that_had_timed_out_may_have_happened_and_is_undone() -> None:
    """Rule 12: visits of unknown outcome."""
    play = run(STEPS)
    accepted(play.complete("a", "ann", {"n": 1}))
    accepted(play.complete("again", "ann", {}, outcome="enough"))
    accepted(answer(play, "c", "timeout"))
    assert incident(play, "c") == "timed-out"
    accepted(rollback(play))
    assert addresses(play) == ["c.undo"]


def test_an_undo_that_fails_waits_for_an_operator() -> None:
    """Rule 12: retry, or skip as undone by hand."""
    play = run(STEPS)
    accepted(play.complete("a", "ann", {"n": 1}))
    accepted(rollback(play))
    accepted(answer(play, "b.undo", "error", error="no"))
    assert incident(play, "b.undo") == "failed"
    accepted(retry(play, "b.undo"))
    assert incident(play, "b.undo") is None
    accepted(answer(play, "b.undo", "error", error="no"))
    answered = accepted(skip(play, "b.undo"))
    (undone,) = [move for move in answered.moves if move.kind == "undone"]
    assert (undone.data["by_hand"], undone.data["by"]) == (True, "operator")
    assert addresses(play) == ["a.undo"]


def test_an_undo_that_cannot_be_filled_in_is_an_incident_and_a_cancel_ends_it() -> None:
    """Rules 5 and 11."""
    play = run(
        """\
  - {id: a, set: {n: "1"}, undo: {action: debug.echo, with: {n: "${1 / inputs.n}"}}}
  - {id: b, task: {assign: red}}
""",
        inputs={"n": 0},
    )
    accepted(rollback(play))
    assert incident(play, "a.undo") == "expression"
    cancel(play)
    assert status(play) == "cancelled"


def test_an_undo_may_be_a_task() -> None:
    """Rule 12: in the visit's title and to whom it is assigned; whoever does it has undone it."""
    play = run(
        """\
  - {id: a, title: Order, task: {assign: red}, undo: {task: {assign: blue}}}
  - {id: b, task: {assign: red}}
"""
    )
    done(play, "a")
    accepted(rollback(play))
    assert there(play, "a.undo").title == "Undo: Order"
    assert code(play.complete("a.undo", "ann", {})) == "not-in-role"
    accepted(play.complete("a.undo", "cy", {}))
    assert status(play) == "rolled_back"


def test_an_undo_in_an_item_reads_that_item() -> None:
    """Rule 12 and [scope]."""
    play = run(
        """\
  - id: roll
    each: inputs.items
    steps: [{id: do, task: {assign: red}, undo: {action: debug.echo, with: {n: "${each.item}"}}}]
  - {id: after, task: {assign: starter}}
"""
    )
    done(play, "do[1]", "do[0]")
    accepted(rollback(play))
    for address, n in (("do[0].undo", 4), ("do[1].undo", 5)):
        (asked,) = sent(play.answers[-1], Perform)
        assert (addresses(play), asked.parameters) == ([address], {"n": n})
        accepted(answer(play, address))
    assert status(play) == "rolled_back"


def test_data_changed_later_does_not_change_what_an_undo_reads() -> None:
    """Rule 12: as it was when that visit ended."""
    play = run(STEPS)
    accepted(play.complete("a", "ann", {"n": 1}))
    accepted(put(play, {"steps.a.n": 8, "steps.b.n": 9}))
    accepted(rollback(play))
    (asked,) = sent(play.answers[-1], Perform)
    assert asked.parameters == {"n": 2}


def test_a_rollback_within_a_region_rolls_the_whole_run_back() -> None:
    """Rule 12: everything open is cancelled; what goes on in a child is told so."""
    play = run(
        """\
  - {id: first, set: {n: "1"}, undo: {task: {assign: red}}}
  - id: both
    parallel:
      branches:
        one: [{id: a, task: {assign: red}}, {id: back, rollback: true}]
        two: [{id: sub, call: child}]
"""
    )
    done(play, "a")
    assert moved(play.answers[-1], "cancelled") == ["sub", "both"]
    assert [command.act for command in sent(play.answers[-1], TellChild)] == ["cancel"]
    assert addresses(play) == ["first.undo"]
    assert code(rollback(play)) == "not-open"


def test_a_rollback_ends_a_pause_and_takes_what_was_held() -> None:
    """Rule 16: rollback is legal at once; a result that was held says what became of the attempt."""
    for outcome, undone in (("ok", ["a.undo"]), ("error", [])):
        play = run("  - {id: a, action: debug.echo, undo: {action: debug.echo}}\n")
        pause(play)
        accepted(answer(play, "a", outcome))
        accepted(rollback(play))
        assert not play.current.paused
        assert (addresses(play), play.current.held) == (undone, ())
        assert status(play) == ("rolling_back" if undone else "rolled_back")


def test_a_rollback_may_be_paused() -> None:
    """Rule 16: results are held, the time of an attempt in hand runs on."""
    play = run("  - {id: a, set: {n: '1'}, undo: {action: debug.echo}}\n  - {id: b, task: {assign: red}}\n")
    accepted(rollback(play))
    pause(play)
    accepted(answer(play, "a.undo"))
    assert status(play) == "rolling_back"
    resume(play)
    assert status(play) == "rolled_back"


def test_every_attempt_that_was_waited_for_leaves_its_line() -> None:
    """One accepted event is one entry, and an entry says something."""
    play = run(
        """\
  - id: both
    parallel:
      branches:
        one: [{id: a, action: debug.echo}]
        two: [{id: b, action: debug.echo}]
"""
    )
    accepted(rollback(play))
    for step, ended in (("b", "rolling_back"), ("a", "rolled_back")):
        answered = accepted(answer(play, step, "error", attempt=1))
        assert answered.moves[0].kind == "note"
        assert status(play) == ended


def test_what_takes_a_step_back_is_no_visit_of_that_step() -> None:
    """A jump back counts from the step's own last visit, and its data stand until it is undone."""
    play = run(
        """\
  - {id: a, set: {n: "1"}, undo: {task: {assign: blue}}}
  - {id: b, set: {n: "2"}, undo: {task: {assign: blue}}}
  - {id: c, task: {assign: red}}
"""
    )
    accepted(jump(play, "a", undo=True))
    accepted(jump(play, "c"))
    assert (addresses(play), data(play, "b")["n"]) == (["c"], 2)
    accepted(jump(play, "b", undo=True))
    assert addresses(play) == ["b.undo"]
    accepted(play.complete("b.undo", "cy", {}))
    assert addresses(play) == ["c"]
    assert [one.step for one in play.current.done] == ["a", "b"]


def test_what_a_pause_held_is_over_with_the_rollback_that_ends_it() -> None:
    """Rule 16: nothing waits for signals any more."""
    play = run(
        """\
  - {id: a, action: debug.echo, undo: {action: debug.echo}}
  - {id: hear, wait: {signal: ready}}
"""
    )
    pause(play)
    accepted(signal(play))
    accepted(rollback(play))
    assert (play.current.paused, play.current.held) == (False, ())


def test_a_jump_in_a_pause_knows_what_the_pause_held() -> None:
    """Rules 16 and 17: an attempt that has answered is not waited for."""
    for outcome, then in (("ok", ["a.undo"]), ("error", ["a"])):
        play = run("  - {id: a, action: debug.echo, undo: {action: debug.echo}}\n")
        pause(play)
        accepted(answer(play, "a", outcome))
        accepted(jump(play, "a", undo=True))
        assert (addresses(play), play.current.draining) == (then, {})
