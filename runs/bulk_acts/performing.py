"""Perform acts on many runs: a lease on the whole, 50 lines a transaction, each with a key of its own.

A line is written after its event. Who dies in between leaves it waiting; the next one delivers it once more, and its
key finds the entry that it made. What was done is never overwritten by a refusal, so two who believe that they hold
the lease write the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from engine.machine.commands import Refusal
from runs import guard, orders
from runs.apply import BATCH, Delivery, apply
from runs.bulk import set_update
from runs.bulk_acts.ordering import GONE
from runs.clock import Clock, database_clock
from runs.models import BulkAct, BulkLine, Refused, Run
from runs.outcomes import Accepted, Outcome
from workflows.models import Person
from workflows.writing import writing

LEASE = timedelta(seconds=30)
#: What is said of a run that made the machine fail; the server's log has the rest.
FAILED = Refusal("failed", "Something went wrong on our side. It is in the log of the server; nothing was done here.")
INACTIVE = Refusal(guard.NOT_ACTIVE.code, guard.NOT_ACTIVE.sentence)
Status = BulkLine.Status

log = structlog.get_logger()


def is_due(clock: Clock = database_clock) -> bool:
    """Say whether one waits that nobody performs."""
    return _unheld(clock()).exists()


def perform_until_idle(clock: Clock = database_clock) -> int:
    """Perform all that nobody else performs, oldest first; return how many lines were answered."""
    count = 0
    while (bulk := _claim(None, clock)) is not None:
        count += _perform(bulk, clock)
    return count


def perform(bulk: BulkAct, clock: Clock = database_clock) -> int:
    """Perform this one now, unless somebody does; return how many lines were answered."""
    held = _claim(bulk.pk, clock)
    return _perform(held, clock) if held is not None else 0


def _unheld(now: datetime):
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return BulkAct.objects.filter(free, ended_at=None)


def _claim(pk: int | None, clock: Clock) -> BulkAct | None:
    with writing():
        now = clock()
        rows = _unheld(now) if pk is None else _unheld(now).filter(pk=pk)
        bulk = rows.select_for_update(skip_locked=True).order_by("pk").first()
        if bulk is not None:
            bulk.token += 1
            bulk.lease_until = now + LEASE
            bulk.save(update_fields=["token", "lease_until"])
    return bulk


def _perform(bulk: BulkAct, clock: Clock) -> int:
    count = 0
    while (answered := batch(bulk, clock)) is not None:
        count += answered
    return count


def batch(bulk: BulkAct, clock: Clock = database_clock) -> int | None:
    """Answer the next lines; return how many, or None where none waits or somebody else holds it now.

    A fixed number of statements, however many lines and runs there are.
    """
    lines = list(bulk.lines.filter(status=Status.WAITING).order_by("pk")[:BATCH])
    if not lines:
        _end(bulk, clock)
        return None
    person = Person.objects.get(pk=bulk.by_id)
    found = Run.objects.visible_to(person).filter(pk__in={line.run_id for line in lines})
    visible = set(found.values_list("pk", flat=True))
    if not person.is_active:
        answers: list[Outcome] = [INACTIVE] * len(lines)
    else:
        asked = [line for line in lines if line.run_id in visible]
        came = iter(_deliver(bulk, person, asked, clock))
        answers = [next(came) if line.run_id in visible else GONE for line in lines]
    return len(lines) if _keep(bulk, person, lines, answers, clock) else None


def _deliver(bulk: BulkAct, person: Person, lines: Sequence[BulkLine], clock: Clock) -> list[Outcome]:
    """Deliver in one transaction; where that fails, one by one, so that one bad run stops no other."""
    deliveries = [_delivery(bulk, person, line) for line in lines]
    try:
        return apply(deliveries, clock)
    except Exception:
        log.exception("bulk_batch_failed", bulk=bulk.pk, size=len(deliveries))
    return [_deliver_one(bulk, delivery, clock) for delivery in deliveries]


def _deliver_one(bulk: BulkAct, delivery: Delivery, clock: Clock) -> Outcome:
    try:
        return apply([delivery], clock)[0]
    except Exception:
        log.exception("bulk_line_failed", bulk=bulk.pk, run=str(delivery.run_id))
        return FAILED


def _delivery(bulk: BulkAct, person: Person, line: BulkLine) -> Delivery:
    event = orders.order(bulk.act, person.username, bulk.reason, line.visit, bulk.to)
    assert not isinstance(event, Refusal), "what lacks something is not kept"
    return Delivery(line.run_id, event, key=f"bulk:{bulk.pk}:{line.pk}", seen=line.seen)


def _keep(bulk: BulkAct, person: Person, lines: Sequence[BulkLine], answers: Sequence[Outcome], clock: Clock) -> bool:
    """Write what came of each; return whether the lease is still held."""
    pairs = list(zip(lines, answers, strict=True))
    with writing():
        now = clock()
        done = [
            (line.pk, Status.DONE, "", "", answer.seq, now) for line, answer in pairs if isinstance(answer, Accepted)
        ]
        refusals = [(line, one) for line, answer in pairs if (one := _refusal(answer))]
        refused = [(line.pk, Status.REFUSED, one.code, one.sentence, now) for line, one in refusals]
        set_update(BulkLine, ("id",), ("status", "code", "sentence", "seq", "at"), done)
        set_update(BulkLine, ("id",), ("status", "code", "sentence", "at"), refused, only="t.status = 'waiting'")
        Refused.objects.bulk_create(
            # what comes to `apply` is written into the security log there
            Refused(
                at=now,
                person=person.username,
                act=bulk.act,
                run_id=line.run_id,
                code=one.code,
                sentence=one.sentence,
            )
            for line, one in refusals
            if one in (GONE, INACTIVE)
        )
        held = BulkAct.objects.filter(pk=bulk.pk, token=bulk.token)
        return bool(held.update(lease_until=now + LEASE))


def _refusal(answer: Outcome) -> Refusal | None:
    if isinstance(answer, Accepted):
        return None
    return answer if isinstance(answer, Refusal) else Refusal("not-open")


def _end(bulk: BulkAct, clock: Clock) -> None:
    with writing():
        if not bulk.lines.filter(status=Status.WAITING).exists():
            BulkAct.objects.filter(pk=bulk.pk, ended_at=None).update(ended_at=clock(), lease_until=None)
