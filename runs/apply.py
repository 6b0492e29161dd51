"""The only place that changes a run: `apply(deliveries)`.

In one transaction: lock the runs in the order of their keys, read the clock and the directory, let the
machine decide each event, answer what it asks of the directory by events of their own, and write state,
log, projections and work in a fixed number of statements however many runs the batch holds (`runs.records`).
A refusal is an outcome, never an exception. Nothing outside happens here; after the commit the doorbells ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog
from django.db import IntegrityError, OperationalError

from engine.machine.events import Admit
from runs import places
from runs.batch import Batch
from runs.clock import NOT_YET, Clock, database_clock
from runs.deliveries import Delivery as Delivery
from runs.deliveries import Tick as Tick
from runs.outcomes import Outcome, is_accepted
from workflows.writing import writing

log = structlog.get_logger()

#: The most deliveries that one transaction takes; callers with more call again.
BATCH = 50


def apply(deliveries: Sequence[Delivery], clock: Clock = database_clock) -> list[Outcome]:
    """Apply the events, in order, and return what came of each. Raises `Run.DoesNotExist` for an unknown run."""
    outcomes, playbooks = _apply_again(deliveries, clock)
    if playbooks:
        try:
            admit(playbooks, clock)
        except Exception:  # what was asked for is done; the sweep lets in who is next
            log.exception("admission_failed")
    return outcomes


def admit(playbooks: Iterable[int] | None = None, clock: Clock = database_clock) -> int:
    """Let in the runs that are next where a place is free, of these playbooks or all; return how many were."""
    count = 0
    while runs := places.next_in(playbooks, BATCH):
        outcomes, _ = _apply_again([Delivery(run, Admit(at=NOT_YET)) for run in runs], clock)
        admitted = sum(is_accepted(outcome) for outcome in outcomes)
        count += admitted
        if not admitted:
            break
    return count


def _apply_again(deliveries: Sequence[Delivery], clock: Clock) -> tuple[list[Outcome], set[int]]:
    """Apply in one transaction, and once more where that failed for a reason that goes by."""
    try:
        return _apply(deliveries, clock)
    except OperationalError as fault:
        # 40001, 40P01: rolled back for certain. A lost connection leaves it open whether the commit
        # arrived, so only what can be recognised may be delivered again.
        state = getattr(fault.__cause__, "sqlstate", None)
        again = state in {"40001", "40P01"} or (
            (state or "").startswith(("08", "57P")) and all(d.key or d.work for d in deliveries)
        )
        if not again:
            raise
    except IntegrityError:
        # two starts with one key at once: the loser finds the winner's run
        if not any(delivery.version and delivery.key for delivery in deliveries):
            raise
    return _apply(deliveries, clock)


def _apply(deliveries: Sequence[Delivery], clock: Clock) -> tuple[list[Outcome], set[int]]:
    """Return the outcomes, and the playbooks where somebody may have to be let in now."""
    with writing():
        batch = Batch(deliveries)
        now = clock()  # after the locks: whoever waited must not be given a time from before the winner's
        for wave in batch.waves(now):
            batch.deliver(wave, now)
        playbooks = batch.write()
    _tell_the_log(batch)
    return [outcome for outcome in batch.outcomes if outcome is not None], playbooks


def _tell_the_log(batch: Batch) -> None:
    """Write a line for each accepted event. What a request or a worker has bound (its id, its step) is in it too."""
    for story in batch.stories.values():
        for happening in story.happened:
            event, visit = happening.event, getattr(happening.event, "visit", None)
            about = {"act": event.kind, "actor": event.actor, "seq": happening.entry.seq}
            about |= {"step": visit} if visit is not None else {}
            about |= {"on_behalf_of": event.on_behalf_of} if event.on_behalf_of else {}
            log.info("run_moved", run=str(story.run.pk), **about)
