"""A place under way: semantics section 3, “Locks”."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from engine.definition import Concurrency, Definition
from engine.machine.events import Admit
from tests.engine.machine.playing import HOUR, accepted, code
from tests.engine.machine.writing import addresses, cancel, definition, rollback, run, signal, start_of, status

STEPS = "  - {id: first, task: {assign: starter, instructions: 'Since ${run.started_at}'}}\n"


def limited(
    key: str = "${inputs.n}", when_full: Literal["queue", "refuse"] = "queue", steps: str = STEPS
) -> Definition:
    return replace(
        definition(steps),
        concurrency=Concurrency(key, 1, when_full),
        sla=timedelta(hours=2),
        run_title="No ${inputs.n}",
    )


def test_a_run_with_a_place_begins_and_remembers_its_key() -> None:
    play = run(limited())
    assert (status(play), play.current.place, addresses(play)) == ("running", "1", ["first"])


def test_a_run_without_a_place_waits_and_its_clock_begins_when_it_gets_one() -> None:
    play = run(limited(), has_place=False)
    assert (status(play), addresses(play), play.current.sla_at) == ("queued", [], None)
    assert play.current.title == "No 1"
    play.now += 5 * HOUR
    accepted(play.apply(Admit(at=play.now)))
    assert (status(play), addresses(play)) == ("running", ["first"])
    assert (play.current.started_at, play.current.sla_at) == (play.now, play.now + 2 * HOUR)
    assert there_instructions(play.current.visits[1].instructions) == play.now.isoformat()[:13]
    assert code(play.apply(Admit(at=play.now))) == "not-open"


def there_instructions(text: str) -> str:
    return text.removeprefix("Since ")[:13]


def test_a_queued_run_can_be_cancelled_and_told_signals_and_nothing_else() -> None:
    play = run(limited(steps="  - {id: hear, wait: {signal: ready}}\n"), has_place=False)
    assert code(play.complete("hear", "sam", {})) == "not-open"
    assert code(rollback(play)) == "not-open"
    accepted(signal(play, data={"n": 1}))
    assert len(play.current.kept) == 1
    accepted(play.apply(Admit(at=play.now)))
    assert status(play) == "completed", "the wait took the signal that was kept"
    play = run(limited(), has_place=False)
    cancel(play)
    assert status(play) == "cancelled"


def test_where_nobody_may_wait_the_start_is_refused() -> None:
    play = run(limited(when_full="refuse"), begin=False)
    answered = play.apply(start_of(play, has_place=False))
    assert code(answered) == "not-open"
    assert play.state is None


def test_a_key_that_cannot_be_computed_refuses_the_start() -> None:
    """[error]."""
    play = run(limited("${1 / inputs.n}"), begin=False)
    assert code(play.apply(start_of(play, inputs={"n": 0}))) == "not-open"
    accepted(play.apply(start_of(play, inputs={"n": 1})))
