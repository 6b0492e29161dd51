"""Where runs end and how far they go: limits, the clock, outputs, texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.definition import Definition, Rung
from engine.lifecycles import VisitStatus
from engine.machine import limits
from engine.machine.advance import advance
from engine.machine.events import Cancel, Fire, Start
from tests.engine.building import compute, end, playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    NAMES,
    OPERATOR,
    N,
    accepted,
    began,
    code,
    fire,
    incident,
    laddered,
    open_steps,
    retry,
    there,
    with_step,
)

PEOPLE = {"ann": "red", "bo": "red", "cy": "blue"}


def endless() -> Definition:
    return playbook(compute("a", n="1"), compute("b", next="a", n="2"), names=NAMES)


def test_a_thousand_steps_in_one_go_stop_before_the_next() -> None:
    play = began(endless())
    (visit,) = play.current.visits.values()
    assert (visit.step, visit.status, incident(play, "a")) == ("a", VisitStatus.WAITING, "runaway")
    assert sum(play.current.counts[""].values()) == limits.MOVES == 1_000
    accepted(retry(play, "a"))
    assert sum(play.current.counts[""].values()) == 2_001, "the one that waited, and a thousand more"
    accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR)))


def test_a_run_is_as_long_as_a_run_may_be_and_can_then_only_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENTRIES", 4)
    play = began(laddered(Rung(after=HOUR, remind=("red",), every=HOUR)), PEOPLE, n=1)
    play.advance(10 * HOUR)
    assert (play.current.seq, play.current.timers, incident(play, "task")) == (4, {}, "runaway")
    assert code(play.complete("task", "ann", {}, outcome="yes")) == "too-long"
    assert code(retry(play, "task")) == "too-long"
    accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR)))


def test_time_never_runs_backwards_in_a_run() -> None:
    play = began(laddered(Rung(after=HOUR, remind=("red",))), PEOPLE, n=1)
    play.now = BEGIN + HOUR
    accepted(fire(play, "1:rung:0:0"))
    earlier = advance(play.definition, play.current, Cancel(at=BEGIN, actor="operator", facts=OPERATOR))
    assert accepted(earlier).state.at == BEGIN + HOUR


def test_times_past_the_end_of_the_calendar_stay_at_its_end() -> None:
    late = datetime(9999, 12, 31, tzinfo=UTC)
    built = laddered(Rung(after=10 * HOUR, remind=("red",)), due=timedelta(days=300))
    answered = accepted(advance(built, None, Start(at=late, actor="sam", run="r", inputs={"n": 1})))
    assert max(timer.due_at for timer in answered.state.timers.values()).year == 9999
    assert code(advance(built, answered.state, Fire(at=late, timer="1:due:0:0"))) == "not-open"


def test_a_run_that_ends_evaluates_its_outputs_and_an_error_leaves_one_unset() -> None:
    built = playbook(end("done"), inputs=N, names=NAMES, outputs={"a": "inputs.n + 1", "b": "1 / inputs.n"})
    play = began(built, n=0)
    assert play.current.outputs == {"a": 1}
    assert [move.kind for move in play.moves][-2:] == ["note", "ended"]
    failed = began(playbook(end("done", "failed"), inputs=N, names=NAMES, outputs={"a": "1"}), n=0)
    assert (failed.current.outputs, failed.current.status.value) == ({}, "failed")


def test_texts_that_cannot_be_filled_in_say_so_and_go_on() -> None:
    built = playbook(task("task", instructions="So ${1 / inputs.n}."), inputs=N, names=NAMES)
    built = replace(built, run_title="Run ${inputs.n / 0}")
    play = began(with_step(built, "task", title="Task ${inputs.n}"), n=0)
    assert (play.current.title, there(play, "task").title, there(play, "task").instructions) == (
        "Run [?]",
        "Task 0",
        "So [?].",
    )
    assert [move.kind for move in play.moves].count("note") == 2


def test_infinite_numbers_survive_their_bytes() -> None:
    built = playbook(compute("sum", a="1.0 / 0.0"), task("after"), names=NAMES)
    play = began(built)
    assert open_steps(play) in (["after"], ["sum"])
