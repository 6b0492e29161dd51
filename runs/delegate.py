"""Hand the vote at one gate to somebody, and take it back, while the gate is open."""

from __future__ import annotations

from engine.machine.commands import Refusal
from engine.machine.events import Delegate
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Accepted, Stale
from runs.vote import NUL
from workflows.models import Person

NOBODY = Refusal("field:to", "Choose who is to vote for you.")


def delegate(
    run: Run, visit: int, person: Person, to: str, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Let `to` (a username) vote with this person's right; before that, the person may still vote."""
    to = to.replace(NUL, "").strip()
    if not to:
        return NOBODY
    return _deliver(run, Delegate(at=NOT_YET, actor=person.username, visit=visit, to=to), key, clock)


def take_back(
    run: Run, visit: int, person: Person, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """End this person's delegation at the gate: the vote is theirs alone again."""
    return _deliver(run, Delegate(at=NOT_YET, actor=person.username, visit=visit), key, clock)


def _deliver(run: Run, event: Delegate, key: str | None, clock: Clock) -> Accepted | Refusal | Stale:
    return apply([Delivery(run.pk, event, key=key)], clock)[0]
