"""What an operator may do to a run, each with a reason: cancel it, retry a step, skip a step."""

from __future__ import annotations

from engine.machine.commands import Refusal
from engine.machine.events import Cancel, Event, RetryStep, SkipStep
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Accepted, Stale
from workflows.models import Person

#: What is said to whoever gives no reason: the log must tell a later reader why.
NO_REASON = Refusal("field:reason", "Say why: whoever reads the log later will want to know.")


def cancel(
    run: Run, person: Person, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """End the run: everything open in it is cancelled."""
    return _operate(run, Cancel(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock)


def retry(
    run: Run, visit: int, person: Person, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Try a step with an incident again, its attempts counted anew."""
    event = RetryStep(at=NOT_YET, actor=person.username, visit=visit, reason=reason.strip())
    return _operate(run, event, reason, key, clock)


def skip(
    run: Run, visit: int, person: Person, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Go on without a step. At a gate this breaks the glass: an approval for nobody."""
    event = SkipStep(at=NOT_YET, actor=person.username, visit=visit, reason=reason.strip())
    return _operate(run, event, reason, key, clock)


def _operate(run: Run, event: Event, reason: str, key: str | None, clock: Clock) -> Accepted | Refusal | Stale:
    if not reason.strip():
        return NO_REASON
    return apply([Delivery(run.pk, event, key=key)], clock)[0]
