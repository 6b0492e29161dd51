"""Attempts of actions: parameters, results, pauses, the last failure and what an operator does then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.definition import ActionSpec, Definition, FieldSpec, Retry
from engine.machine.commands import Advance
from tests.engine.building import action, playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    accepted,
    answer,
    began,
    code,
    data,
    fire,
    incident,
    kinds,
    open_steps,
    performs,
    retry,
    skip,
    there,
    with_step,
)

SECOND = timedelta(seconds=1)


def built(on_error: str | None = None, **fields: Any) -> Definition:
    definition = playbook(
        action("ship", on_error=on_error, with_={"to": "${inputs.n}", "text": "n is ${inputs.n}", "list": [1]}),
        task("after"),
        task("repair"),
        inputs=(FieldSpec("n", "integer"),),
        names={"inputs.n": "int"},
    )
    spec = definition.steps["ship"].does
    assert isinstance(spec, ActionSpec)
    return with_step(definition, "ship", does=replace(spec, **fields))


def started(definition: Definition) -> Advance:
    from engine.machine.advance import advance
    from engine.machine.events import Start

    return accepted(advance(definition, None, Start(at=BEGIN, actor="sam", run="r7", inputs={"n": 3})))


def test_the_first_attempt_has_its_parameters_a_stable_key_and_a_time_limit() -> None:
    (perform,) = performs(started(built(timeout=30 * SECOND)))
    assert perform.parameters == {"to": 3, "text": "n is 3", "list": [1]}
    assert (perform.visit, perform.attempt, perform.key) == (1, 1, "r7:ship:1")
    assert (perform.provider, perform.timeout_seconds, perform.due_at) == ("debug.echo", 30, BEGIN)
    (perform,) = performs(started(built(idempotency_key="order-${inputs.n}")))
    assert perform.key == "order-3"


@pytest.mark.parametrize(
    ("result", "left"), [({"a": 1}, {"a": 1}), (7, {"value": 7}), ([1], {"value": [1]}), (None, {}), ({}, {})]
)
def test_a_result_is_what_the_step_leaves(result: Any, left: dict[str, Any]) -> None:
    play = began(built(), n=3)
    accepted(answer(play, "ship", data=result))
    assert {key: value for key, value in data(play, "ship").items() if key != "at"} == left
    assert open_steps(play) == ["after"]


@pytest.mark.parametrize(
    ("rule", "pauses"),
    [
        (Retry(5, "fixed", 3 * SECOND), [3, 3, 3, 3]),
        (Retry(5, "exponential", 2 * SECOND), [2, 4, 8, 16]),
        (Retry(5, "exponential", 2 * SECOND, 5 * SECOND), [2, 4, 5, 5]),
    ],
)
def test_pauses_between_attempts(rule: Retry, pauses: list[int]) -> None:
    play = began(built(retry=rule), n=3)
    for number, pause in enumerate(pauses, 1):
        assert "incident" not in kinds(accepted(answer(play, "ship", "error", error="no")))
        assert code(answer(play, "ship", attempt=number)) == "not-open", "no attempt is in hand"
        play.now += pause * SECOND - SECOND / 2
        assert code(fire(play, f"1:retry:{number}:0")) == "not-open", "not due yet"
        play.now += SECOND / 2
        (perform,) = performs(accepted(fire(play, f"1:retry:{number}:0")))
        assert (perform.attempt, perform.key) == (number + 1, "rehearsal:ship:1")
    accepted(answer(play, "ship", "error"))
    assert incident(play, "ship") == "failed"


def test_pauses_do_not_overflow() -> None:
    rule = Retry(10_000, "exponential", timedelta(days=2))
    assert rule.pause_after(9_000) == timedelta.max
    play = began(built(retry=replace(rule, first=timedelta(days=36_500))), n=3)
    for _ in range(3):
        accepted(answer(play, "ship", "error"))
        play.advance(timedelta(days=1_000_000))
    assert there(play, "ship").attempt is not None


def test_only_the_attempt_in_hand_is_answered() -> None:
    play = began(built(retry=Retry(3, first=SECOND)), n=3)
    accepted(answer(play, "ship", "timeout"))
    play.advance(SECOND)
    assert code(answer(play, "ship", attempt=1)) == "not-open"
    assert code(answer(play, "ship", "error", attempt=1)) == "not-open"
    assert code(answer(play, "ship", attempt=3)) == "not-open"
    accepted(answer(play, "ship", attempt=2))
    assert code(answer(play, "ship", attempt=2)) == "not-open"


def test_a_permanent_error_is_not_tried_again() -> None:
    play = began(built(retry=Retry(3)), n=3)
    accepted(answer(play, "ship", "error", error="HTTP 404", permanent=True))
    assert incident(play, "ship") == "failed"
    found = there(play, "ship").incident
    assert found is not None
    assert found.message == "HTTP 404"


@pytest.mark.parametrize(("outcome", "expected"), [("error", "failed"), ("timeout", "timed-out"), ("lost", "lost")])
def test_the_last_failure_is_an_incident_of_its_kind_and_a_retry_counts_anew(outcome: Any, expected: str) -> None:
    play = began(built(retry=Retry(2, first=SECOND)), n=3)
    if outcome != "lost":
        accepted(answer(play, "ship", outcome))
        play.advance(SECOND)
    accepted(answer(play, "ship", outcome))
    assert incident(play, "ship") == expected
    (perform,) = performs(accepted(retry(play, "ship")))
    assert incident(play, "ship") is None
    accepted(answer(play, "ship", "error"))
    assert incident(play, "ship") is None, "the count starts anew"
    play.advance(SECOND)
    accepted(answer(play, "ship", "error"))
    assert incident(play, "ship") == "failed"
    assert perform.attempt in (2, 3)


def test_lost_goes_to_an_operator_whatever_on_error_says() -> None:
    for on_error in ("ignore", "repair"):
        play = began(built(on_error), n=3)
        accepted(answer(play, "ship", "lost"))
        assert incident(play, "ship") == "lost"


def test_a_late_success_closes_a_visit_that_timed_out_and_no_other() -> None:
    play = began(built(), n=3)
    accepted(answer(play, "ship", "timeout"))
    assert incident(play, "ship") == "timed-out"
    assert code(answer(play, "ship", "error", attempt=1)) == "not-open"
    assert code(answer(play, "ship", attempt=2)) == "not-open"
    late = accepted(answer(play, "ship", attempt=1, data={"id": 9}))
    assert kinds(late)[:2] == ["completed", "resolved"]
    assert late.moves[1].data == {"code": "timed-out", "how": "answered"}
    assert data(play, "ship")["id"] == 9
    play = began(built(), n=3)
    accepted(answer(play, "ship", "timeout"))
    accepted(retry(play, "ship"))
    assert code(answer(play, "ship", attempt=1)) == "not-open"
    play = began(built(), n=3)
    accepted(answer(play, "ship", "error"))
    assert code(answer(play, "ship", attempt=1)) == "not-open"


def test_an_error_may_be_ignored_or_lead_elsewhere() -> None:
    play = began(built("ignore"), n=3)
    accepted(answer(play, "ship", "error"))
    assert set(data(play, "ship")) == {"at"}
    assert play.path == ["ship"]
    play = began(built("repair", retry=Retry(2, first=SECOND)), n=3)
    accepted(answer(play, "ship", "error", error="first"))
    play.advance(SECOND)
    accepted(answer(play, "ship", "timeout", error="second"))
    assert data(play, "ship") == {"error": {"message": "second", "attempts": 2}}
    assert (open_steps(play), play.path) == (["repair"], [])
    play = began(built("fail"), n=3)
    accepted(answer(play, "ship", "error", error="HTTP 500"))
    assert (play.current.status.value, play.current.message) == ("failed", "HTTP 500")


def test_an_operator_skips_an_action_and_its_late_result_is_stale() -> None:
    play = began(built(), n=3)
    accepted(skip(play, "ship"))
    assert open_steps(play) == ["after"]
    assert code(answer(play, "ship")) == "not-open"
    assert data(play, "ship") is None


def test_parameters_that_cannot_be_filled_in_wait_for_an_operator() -> None:
    definition = built(parameters={"to": "${1 / (inputs.n - 3)}"})
    answered = started(definition)
    assert performs(answered) == []
    play = began(definition, n=3)
    assert incident(play, "ship") == "expression"
    assert code(answer(play, "ship")) == "not-open"
    accepted(retry(play, "ship"))
    assert incident(play, "ship") == "expression"
