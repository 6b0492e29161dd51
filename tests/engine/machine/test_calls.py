"""Another playbook as a child run: semantics section 3, rules 9, 13 and 16, and “Children”."""

from __future__ import annotations

import pytest

from engine.machine import limits
from engine.machine.commands import StartChild, TellChild, TellParent
from engine.machine.events import Parent
from tests.engine.machine.playing import accepted, code, data, incident, retry, skip, there
from tests.engine.machine.writing import (
    Ending,
    addresses,
    cancel,
    child,
    done,
    jump,
    pause,
    resume,
    run,
    sent,
    signal,
    status,
)

CALL = """\
  - {{id: sub, call: child, with: {{n: "${{inputs.n}}"}}{more}}}
  - {{id: after, task: {{assign: starter}}}}
  - {{id: mend, task: {{assign: red}}}}
"""


def calling(more: str = "") -> str:
    return CALL.format(more=more)


def test_a_call_sends_for_its_child_and_completes_with_its_outputs() -> None:
    """Rule 13: by a run id that follows from this one, on the definition that was pinned."""
    play = run(calling())
    (sent_for,) = sent(play.answers[0], StartChild)
    assert (sent_for.digest, dict(sent_for.inputs), sent_for.nth, sent_for.depth) == ("digest", {"n": 1}, 1, 1)
    assert there(play, "sub").called.run == sent_for.run
    accepted(child(play, "sub", outputs={"n": 3}))
    assert (addresses(play), data(play, "sub")["n"]) == (["after"], 3)
    assert code(child(play, "sub")) == "not-open", "the same answer again changes nothing"
    assert run(calling()).answers[0].commands == play.answers[0].commands, "sending twice starts one"


@pytest.mark.parametrize("ended", ["failed", "cancelled", "rolled_back", "refused"])
def test_anything_but_completed_goes_by_on_error(ended: Ending) -> None:
    """Rule 13."""
    play = run(calling())
    accepted(child(play, "sub", ended, message="so"))
    assert incident(play, "sub") == "child-failed"
    assert code(child(play, "sub")) == "not-open", "it waits for no child any more"
    play = run(calling(", on_error: ignore"))
    accepted(child(play, "sub", ended))
    assert (addresses(play), data(play, "sub").keys()) == (["after"], {"at"})
    play = run(calling(", on_error: mend"))
    accepted(child(play, "sub", ended, message="so"))
    assert addresses(play) == ["mend"]
    assert data(play, "sub")["error"]["message"].endswith(": so")
    play = run(calling(", on_error: fail"))
    accepted(child(play, "sub", ended))
    assert status(play) == "failed"


def test_a_retry_sends_for_another_child_and_the_first_comes_too_late() -> None:
    """Rules 13 and 17."""
    play = run(calling())
    (first,) = sent(play.answers[0], StartChild)
    accepted(child(play, "sub", "failed"))
    (second,) = sent(retry(play, "sub"), StartChild)
    assert second.run != first.run
    assert second.nth == 2
    assert code(child(play, "sub", nth=1)) == "not-open"
    accepted(child(play, "sub", nth=2))
    assert addresses(play) == ["after"]


def test_a_call_that_could_not_be_resolved_waits_for_an_operator() -> None:
    """“Children”: pinned when the parent starts."""
    play = run(calling(), calls={})
    assert incident(play, "sub") == "child-failed"
    accepted(skip(play, "sub"))
    assert addresses(play) == ["after"]


def test_calls_lie_only_so_deep_in_each_other() -> None:
    """“Children”: depth above 8 is an incident."""
    play = run(calling(), parent=Parent("above", 1, depth=limits.CALLS - 1))
    assert sent(play.answers[0], StartChild)[0].depth == limits.CALLS
    play = run(calling(), parent=Parent("above", 1, depth=limits.CALLS))
    assert incident(play, "sub") == "child-failed"


def test_the_child_is_told_what_is_done_to_the_call() -> None:
    """Rules 9 and 16: cancel, pause and resume go down; a cancel by whatever ends the call."""
    play = run(calling())
    (started,) = sent(play.answers[0], StartChild)
    told = [(command.act, command.run) for command in sent(pause(play), TellChild)]
    told += [(command.act, command.run) for command in sent(resume(play), TellChild)]
    assert told == [("pause", started.run), ("resume", started.run)]
    for end in (skip(play, "sub"), jump(run(calling()), "after"), cancel(run(calling()))):
        assert [command.act for command in sent(end, TellChild)] == ["cancel"]
    assert code(child(play, "sub")) == "not-open"


def test_a_child_of_an_event_that_cancels_it_again_is_never_sent_for() -> None:
    """Rule 4: work opened and cancelled in one event is never queued."""
    play = run(
        """\
  - id: both
    parallel:
      join: any
      branches:
        one: [{id: sub, call: child}]
        two: [{id: b, set: {n: "1"}}]
  - {id: after, task: {assign: starter}}
"""
    )
    assert addresses(play) == ["after"]
    assert play.answers[0].commands == ()


def test_what_a_child_answers_in_a_pause_is_held_and_applied_in_order_with_the_rest() -> None:
    """Rule 16."""
    play = run(
        """\
  - {id: sub, call: child}
  - {id: hear, wait: {signal: ready}}
  - {id: after, task: {assign: starter}}
"""
    )
    pause(play)
    accepted(child(play, "sub"))
    assert code(child(play, "sub")) == "not-open", "it has answered already"
    accepted(signal(play, data={"n": 1}))
    assert (addresses(play), len(play.current.held)) == (["sub"], 2)
    resume(play)
    assert (addresses(play), play.current.held) == (["after"], ())


def test_a_held_answer_goes_with_its_step() -> None:
    """Rule 16: operators' acts are legal in a pause."""
    play = run(calling())
    pause(play)
    accepted(child(play, "sub", "failed"))
    accepted(skip(play, "sub"))
    assert play.current.held == ()
    resume(play)
    assert addresses(play) == ["after"]


def test_a_child_tells_its_parent_how_it_ended() -> None:
    """Rule 11: also where it ends in its very first entry, and with its outputs."""
    parent = Parent("above", 7, 2)
    play = run("  - {id: a, task: {assign: red}}\n", parent=parent)
    done(play, "a")
    (told,) = sent(play.answers[-1], TellParent)
    assert (told.run, told.visit, told.nth, told.status) == ("above", 7, 2, "completed")
    play = run("  - {id: a, end: failed, message: no}\n", parent=parent)
    (told,) = sent(play.answers[0], TellParent)
    assert (told.status, told.message) == ("failed", "no")


def test_an_answer_for_a_step_that_calls_nothing_is_refused() -> None:
    play = run("  - {id: a, task: {assign: red}}\n")
    assert code(child(play, "a")) == "not-open"
