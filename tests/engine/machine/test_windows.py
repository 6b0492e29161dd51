"""Change windows: semantics section 3, rule 4, and [window]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.lifecycles import VisitStatus
from tests.engine.machine.playing import HOUR, accepted, answer, code, data, performs, skip, there
from tests.engine.machine.writing import addresses, done, pause, resume, run

STEPS = """\
  - {id: ship, task: {assign: red}, window: office-hours, due: 1h, escalate: [{after: 30m, remind: red}]}
  - {id: after, task: {assign: starter}}
"""
NIGHT, MORNING = datetime(2026, 3, 2, 20, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_inside_its_hours_a_step_opens_at_once() -> None:
    assert there(run(STEPS), "ship").status is VisitStatus.OPEN


def test_outside_it_waits_for_the_next_opening_and_its_clocks_begin_there() -> None:
    play = run(STEPS, at=NIGHT)
    assert there(play, "ship").status is VisitStatus.WAITING
    assert [timer.due_at for timer in play.current.timers.values()] == [MORNING]
    assert play.current.counts == {}
    assert code(play.complete("ship", "ann", {})) == "not-open"
    play.advance(MORNING - NIGHT - timedelta(seconds=1))
    assert there(play, "ship").status is VisitStatus.WAITING
    play.advance(timedelta(seconds=1))
    assert (there(play, "ship").opened_at, there(play, "ship").due_at) == (MORNING, MORNING + HOUR)
    play.advance(HOUR / 2)
    assert play.reminded == {"ann"}


def test_the_guard_comes_before_the_window() -> None:
    play = run(STEPS.replace("window", "when: inputs.n > 5, window"), at=NIGHT)
    assert addresses(play) == ["after"]


def test_a_step_that_waits_may_be_skipped() -> None:
    play = run(STEPS, at=NIGHT)
    accepted(skip(play, "ship"))
    assert (addresses(play), data(play, "ship")) == (["after"], None)
    assert play.current.timers == {}


def test_what_is_open_stays_open_past_the_end_of_the_window() -> None:
    play = run(STEPS)
    play.advance(timedelta(hours=12))
    done(play, "ship")
    assert addresses(play) == ["after"]


def test_an_opening_is_a_point_in_time_that_a_pause_does_not_move() -> None:
    """Rule 16."""
    play = run(STEPS, at=NIGHT)
    pause(play)
    play.now = MORNING - HOUR
    resume(play)
    play.advance(HOUR)
    assert there(play, "ship").opened_at == MORNING


def test_a_retry_of_an_action_waits_for_the_window_again() -> None:
    """[window]."""
    begin = datetime(2026, 3, 2, 16, 59, 30, tzinfo=UTC)
    play = run("  - {id: ship, action: debug.echo, window: office-hours, retry: {attempts: 3, first: 1m}}\n", at=begin)
    accepted(answer(play, "ship", "error"))
    play.advance(timedelta(minutes=1))
    attempt = there(play, "ship").attempt
    assert attempt is not None
    assert (attempt.number, attempt.in_hand) == (1, False)
    play.advance(timedelta(hours=16))
    assert [(asked.attempt, asked.due_at) for asked in performs(play.answers[-1])] == [(2, MORNING)]
    accepted(answer(play, "ship", "error"))
    play.advance(timedelta(minutes=1))
    assert performs(play.answers[-1])[0].attempt == 3
