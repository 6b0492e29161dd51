"""Take a task for oneself, and give it back."""

from __future__ import annotations

from engine.machine.commands import Refusal
from engine.machine.events import Claim, Release
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Accepted, Stale
from workflows.models import Person


def claim(
    run: Run,
    visit: int,
    person: Person,
    key: str | None = None,
    clock: Clock = database_clock,
    on_behalf_of: str | None = None,
) -> Accepted | Refusal | Stale:
    """Claim an open task: until it is released only this person completes it.

    `on_behalf_of` is the username of whoever delegated to this person, where it is their task.
    """
    event = Claim(at=NOT_YET, actor=person.username, on_behalf_of=on_behalf_of or None, visit=visit)
    return apply([Delivery(run.pk, event, key=key)], clock)[0]


def release(
    run: Run, visit: int, person: Person, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Give a claimed task back to all who may do it."""
    event = Release(at=NOT_YET, actor=person.username, visit=visit)
    return apply([Delivery(run.pk, event, key=key)], clock)[0]
