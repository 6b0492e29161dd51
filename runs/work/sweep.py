"""What the clock does every half second: fire the timers that are due, start what a schedule starts, let in who waits
for a place that is free, ask whether people are still enough where they may not be, tell of what governance has done,
sort what people are to be told, ring where actions, letters and acts on many runs are.

Any number of clocks may run: a timer is claimed like all work, a bell too many finds nothing. Nothing is
remembered between two sweeps, so there is nothing to restore after a crash.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import OperationalError
from django_q.brokers import get_broker
from structlog.contextvars import bound_contextvars

from runs import bulk_acts, doorbell, trigger
from runs.apply import BATCH, admit
from runs.clock import Clock, database_clock
from runs.models import Work
from runs.notices import governance, sending, sorting
from runs.staffing.check import check
from runs.work.claims import claim, is_due
from runs.work.perform import Done, at_once, deliver

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: so many timers delivered, runs let in and started by a schedule; whether it rang."""

    timers: int
    rang: bool
    admitted: int = 0
    started: int = 0


def sweep() -> Swept:
    """Deliver what is due by the database's clock, however long ago it was due."""
    with bound_contextvars(request_id=f"sweep-{uuid.uuid4().hex}"):
        return _sweep()


def _sweep() -> Swept:
    timers = fire()
    started, admitted = _apart(trigger.follow_and_fire), _apart(admit)
    _apart(check)
    _apart(governance.tell)
    _apart(sorting.sort)
    has_work = is_due([Work.Kind.ACTION]) or bool(_apart(lambda: int(sending.is_due())))
    has_work = has_work or bool(_apart(lambda: int(bulk_acts.is_due())))
    rings = has_work and get_broker().queue_size() < settings.Q_CLUSTER["workers"]
    if rings:
        doorbell.ring()
    return Swept(timers, rings, admitted, started)


def _apart(part: Callable[[], int]) -> int:
    """Do one part of the sweep; what goes wrong in it keeps no other from being done, unless the database is away."""
    try:
        return part()
    except OperationalError:
        raise
    except Exception:
        log.exception("sweep_part_failed", part=part.__qualname__)
        return 0


def fire(clock: Clock = database_clock, kinds: Collection[str] = Work.AT_ONCE) -> int:
    """Deliver what is due and needs no performing, timers above all, and return how much it was."""
    timers = 0
    # asked first, so that a quiet half second takes no lock
    while is_due(kinds, clock) and (claimed := claim(BATCH, (), kinds, clock)):
        deliver([done for done in map(at_once, claimed) if isinstance(done, Done)], clock)
        timers += len(claimed)
    return timers
