"""What an operator may do to a run, each with a reason. To complete a task for somebody is `runs.complete`'s."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.machine import changing
from engine.machine.commands import Refusal
from engine.machine.events import Cancel, ChangeData, Event, Jump, Pause, Reassign, Resume, RetryStep, SkipStep
from runs import definitions, guard
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Accepted, FieldErrors, Stale
from runs.secrets import Vault
from workflows.models import Person

#: What is said to whoever gives no reason: the log must tell a later reader why.
NO_REASON = Refusal("field:reason", "Say why: whoever reads the log later will want to know.")
NOBODY = Refusal("field:to", "Choose who is to do it: a role of the playbook, or a person.")
NOWHERE = Refusal("field:to", "Choose the step to go to.")


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


def pause(
    run: Run, person: Person, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Let the run stand still until somebody resumes it."""
    return _operate(run, Pause(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock)


def resume(
    run: Run, person: Person, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Let the run go on: what was held is applied, clocks run on."""
    return _operate(run, Resume(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock)


def reassign(
    run: Run, visit: int, person: Person, to: str, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Hand a task to a role of the playbook, or to `user:<name>`."""
    event = Reassign(at=NOT_YET, actor=person.username, visit=visit, to=to.strip(), reason=reason.strip())
    if not event.to:
        return NOBODY
    return _operate(run, event, reason, key, clock)


def jump(
    run: Run, person: Person, to: str, reason: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Go on at another step. Past a gate this breaks the glass."""
    event = Jump(at=NOT_YET, actor=person.username, to=to.strip(), reason=reason.strip())
    if not event.to:
        return NOWHERE
    return _operate(run, event, reason, key, clock)


def change(
    run: Run,
    person: Person,
    given: Mapping[str, Any],
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
) -> Accepted | Refusal | Stale | FieldErrors:
    """Put values right: `inputs.<field>` or `steps.<id>.<name>` to natural values or a form's texts."""
    vault = Vault()
    values, wrong = changing.read(definitions.of(run), definitions.state_of(run), given, vault.hide)
    if not reason.strip():
        wrong["reason"] = NO_REASON.sentence
    verdict = guard.may(person, "change", run=run)
    if wrong and verdict:
        return FieldErrors(wrong)
    event = ChangeData(at=NOT_YET, actor=person.username, values=values, reason=reason.strip())
    return _operate(run, event, reason, key, clock, vault.kept)


def _operate(
    run: Run,
    event: Event,
    reason: str,
    key: str | None,
    clock: Clock,
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> Accepted | Refusal | Stale:
    if not reason.strip():
        return NO_REASON
    return apply([Delivery(run.pk, event, key=key, secrets=secrets)], clock)[0]
