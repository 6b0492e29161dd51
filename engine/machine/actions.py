"""The machine does it: attempts of an action, their results, the pauses between them and the last failure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.definition import ActionSpec
from engine.expressions import EvaluationError
from engine.machine import endings, undoing, windows
from engine.machine.commands import Perform, Refusal
from engine.machine.events import Result
from engine.machine.moments import after
from engine.machine.refusing import gone
from engine.machine.state import Attempt, Timer, Visit
from engine.machine.turn import Turn


def open_action(turn: Turn, visit: Visit, spec: ActionSpec) -> None:
    """Fill in the parameters once for all attempts, and ask for the first."""
    try:
        parameters = turn.resolved(dict(spec.parameters), visit)
        key = f"{turn.base.run}:{visit.step}:{visit.number}"
        if spec.idempotency_key is not None:
            key = str(turn.resolved(spec.idempotency_key, visit))
    except EvaluationError as error:
        turn.incident(visit, "expression", f"`with`: {error}")
        return
    ask(turn, turn.change(visit, attempt=Attempt(0, parameters, key)))


def ask(turn: Turn, visit: Visit, anew: bool = False) -> None:
    """Ask for the next attempt; `anew` starts the count of attempts again, as an operator's retry does."""
    assert visit.attempt is not None
    number = visit.attempt.number + 1
    first = number if anew else visit.attempt.first
    attempt = replace(visit.attempt, number=number, first=first, in_hand=True, error="")
    spec = turn.spec(visit).does
    assert isinstance(spec, ActionSpec)
    visit = turn.change(visit, attempt=attempt)
    turn.move("attempted", visit, attempt=number)
    turn.commands.append(
        Perform(
            visit=visit.number,
            attempt=number,
            provider=spec.provider,
            parameters=attempt.parameters,
            key=attempt.key,
            timeout_seconds=spec.timeout.total_seconds(),
            due_at=turn.at,
        )
    )


def again(turn: Turn, visit: Visit) -> None:
    """The pause between two attempts is over; the next one waits for the step's window."""
    if not windows.shuts(turn, visit):
        ask(turn, visit)


def result(turn: Turn, event: Result) -> Refusal | None:
    """Take what came of an attempt. An older attempt changes nothing, but for a late success after a time-out."""
    if event.visit in turn.draining:
        return undoing.take(turn, event)
    refusal = to_take(turn, event)
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    attempt = visit.attempt
    assert attempt is not None
    if event.outcome == "ok":
        turn.change(visit, attempt=replace(attempt, in_hand=False))
        endings.complete(turn, turn.visits[event.visit], _data(event.data))
    else:
        _failed(turn, visit, attempt, event)
    return None


def to_take(turn: Turn, event: Result) -> Refusal | None:
    """Say why this result changes nothing: the step is over, or it is not the attempt in hand."""
    visit = turn.visits.get(event.visit)
    if visit is None:
        return gone(turn.definition, turn.base, event.visit)
    attempt = visit.attempt
    if attempt is None:
        return Refusal("not-open", "No attempt of this step is under way.")
    timed_out = visit.incident is not None and visit.incident.code == "timed-out"
    late = timed_out and event.outcome == "ok" and event.attempt <= attempt.number
    if late or (attempt.in_hand and event.attempt == attempt.number):
        return None
    return Refusal("not-open", f"Attempt {event.attempt} is not the one in hand.")


def _data(data: Any) -> dict[str, Any]:
    """A result that is no mapping is read as `value`; no result at all leaves nothing to read."""
    if data is None:
        return {}
    return dict(data) if isinstance(data, dict) else {"value": data}


def _failed(turn: Turn, visit: Visit, attempt: Attempt, event: Result) -> None:
    spec = turn.spec(visit).does
    assert isinstance(spec, ActionSpec)
    error = event.error or {"timeout": "no answer in time", "lost": "the workers never came back"}.get(
        event.outcome, "failed without a message"
    )
    visit = turn.change(visit, attempt=replace(attempt, in_hand=False, error=error))
    tries = attempt.number - attempt.first + 1
    if tries < spec.retry.attempts and not event.permanent and event.outcome != "lost":
        next_at = after(turn.at, spec.retry.pause_after(tries))
        turn.set_timer(
            Timer(f"{visit.number}:retry:{attempt.number}:0", visit.number, "retry", next_at, attempt.number)
        )
        turn.move("attempt_failed", visit, attempt=attempt.number, error=error, next_at=next_at.isoformat())
        return
    turn.move("attempt_failed", visit, attempt=attempt.number, error=error, next_at=None)
    if event.outcome == "lost":
        turn.incident(visit, "lost")
    elif spec.on_error == "ignore":
        endings.complete(turn, visit, {})
    elif spec.on_error == "route":
        endings.fail(turn, visit, error, tries)
    else:
        turn.incident(visit, "timed-out" if event.outcome == "timeout" else "failed", error)
