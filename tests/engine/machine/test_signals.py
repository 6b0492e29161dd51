"""Signals from outside: semantics section 3, rules 15 and 16, [error] for `match`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.machine import limits
from tests.engine.machine.playing import HOUR, accepted, code, data
from tests.engine.machine.writing import addresses, cancel, done, pause, resume, run, signal, status

WAITS = """\
  - {id: first, task: {assign: red}}
  - {id: hear, wait: {signal: ready, match: "signal.n > 3"}}
  - {id: again, wait: {signal: ready}}
  - {id: after, task: {assign: starter}}
"""
LATE = """\
  - {id: hear, wait: {signal: ready, deadline: 2h, on_deadline: late}}
  - {id: after, task: {assign: starter}}
  - {id: late, task: {assign: red}}
"""


def test_a_signal_is_taken_where_it_matches_and_its_data_are_read_as_the_steps() -> None:
    play = run(WAITS)
    done(play, "first")
    accepted(signal(play, data={"n": 3}))
    assert addresses(play) == ["hear"]
    assert [kept.data for kept in play.current.kept] == [{"n": 3}]
    accepted(signal(play, data={"n": 4}))
    assert (addresses(play), data(play, "hear")["n"]) == (["after"], 4)
    assert data(play, "again")["n"] == 3, "the next wait took the one that was kept"
    assert play.current.kept == ()


def test_a_signal_that_comes_early_is_kept_and_the_oldest_that_matches_is_taken() -> None:
    play = run(WAITS)
    for n in (1, 5, 6):
        accepted(signal(play, data={"n": n}))
    done(play, "first")
    assert (data(play, "hear")["n"], data(play, "again")["n"]) == (5, 1)
    assert [kept.data for kept in play.current.kept] == [{"n": 6}]
    done(play, "after")
    assert (status(play), play.current.kept) == ("completed", ())


def test_a_match_that_cannot_be_evaluated_does_not_take_it_and_leaves_a_note() -> None:
    """[error]."""
    play = run(WAITS)
    done(play, "first")
    answered = accepted(signal(play, data={"m": 4}))
    assert [move.kind for move in answered.moves] == ["signalled", "note", "kept"]
    assert addresses(play) == ["hear"]


def test_a_signal_is_taken_by_one_wait_the_first_that_opened() -> None:
    play = run(
        """\
  - id: both
    parallel:
      branches:
        one: [{id: a, wait: {signal: ready}}]
        two: [{id: b, wait: {signal: ready}}]
"""
    )
    accepted(signal(play))
    assert addresses(play) == ["b"]
    assert data(play, "a").keys() == {"at"}
    accepted(signal(play, data="now"))
    assert data(play, "b")["value"] == "now"
    assert status(play) == "completed"


def test_a_name_that_nothing_waits_for_is_refused_and_so_is_who_may_not() -> None:
    play = run(WAITS)
    assert code(signal(play, "nonsense")) == "not-open"
    assert code(signal(play, actor="ann")) == "not-in-role"
    accepted(signal(play, data={"n": 9}, actor="operator"))


def test_a_run_keeps_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIGNALS", 2)
    play = run(WAITS)
    accepted(signal(play))
    pause(play)
    accepted(signal(play))
    assert code(signal(play)) == "not-open"
    resume(play)
    assert code(signal(play)) == "not-open"
    assert len(play.current.kept) == 2


def test_a_deadline_leads_on_by_its_way() -> None:
    """Rules 13 and 14."""
    play = run(LATE)
    play.advance(2 * HOUR)
    assert (addresses(play), data(play, "hear")) == (["late"], None)
    play = run(LATE)
    play.advance(HOUR)
    accepted(signal(play))
    assert (addresses(play), play.current.timers) == (["after"], {})


def test_signals_of_a_pause_are_held_and_given_in_order_and_the_deadline_stands() -> None:
    """Rule 16."""
    play = run(WAITS)
    done(play, "first")
    pause(play)
    for n in (2, 7):
        accepted(signal(play, data={"n": n}))
    assert addresses(play) == ["hear"]
    resume(play)
    assert (data(play, "hear")["n"], data(play, "again")["n"]) == (7, 2)
    play = run(LATE)
    play.advance(HOUR)
    pause(play)
    play.now += timedelta(days=9)
    resume(play)
    play.advance(HOUR - timedelta(seconds=1))
    assert addresses(play) == ["hear"]
    play.advance(timedelta(seconds=1))
    assert addresses(play) == ["late"]


def test_what_a_pause_held_goes_with_the_run() -> None:
    """Rules 11 and 15: kept until the run ends."""
    play = run(WAITS)
    pause(play)
    accepted(signal(play, data={"n": 2}))
    cancel(play)
    assert (play.current.held, play.current.kept) == ((), ())


def test_in_an_item_a_match_reads_that_item() -> None:
    """[scope]."""
    play = run(
        """\
  - id: roll
    each: inputs.items
    steps: [{id: hear, wait: {signal: ready, match: signal.n == each.item}}]
"""
    )
    accepted(signal(play, data={"n": 5}))
    assert addresses(play) == ["hear[0]"]
    accepted(signal(play, data={"n": 4}))
    assert status(play) == "completed"
