"""Doing what was claimed: timers are fired at once, actions performed side by side, results delivered together.

Each action has a thread, as it waits for the network; the thread touches no database. What comes of it
goes to `apply` with the token of the claim, in batches: whatever has come back while the last was committed.
"""

from __future__ import annotations

import json
import queue
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal
from uuid import UUID

import structlog
from django.db import connection
from structlog.contextvars import bound_contextvars, get_contextvars

from engine.lifecycles import WorkStatus
from engine.machine import children
from engine.machine.commands import Perform
from engine.machine.events import ENGINE, Event, Fire, Result, Start
from runs import calls, doorbell, outbox, secrets
from runs.apply import BATCH, Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Work
from runs.providers import PROVIDERS, ActionError
from runs.work.claims import MOST_CLAIMS, Claimed, Heart, claim
from workflows.models import Version

#: Actions in hand at once, in one process.
SLOTS = 16
#: An attempt is given up after so long whatever its playbook says, within the queue's own `timeout`.
LONGEST_SECONDS = 240.0
#: After so long no more is claimed: a worker returns to its queue now and then.
SHIFT_SECONDS = 30.0
#: More than this of a result is not kept in a run (guarantees G10), in bytes.
LARGEST_RESULT = 64_000

NO_SECRETS: Mapping[str, str] = MappingProxyType({})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InHand:
    """An action that is being performed. Its time is up at `until`, on the monotonic clock."""

    claimed: Claimed
    perform: Perform
    until: float
    given_up: threading.Event


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a claim, ready to be delivered."""

    claimed: Claimed
    event: Event
    version: Version | None = None
    """What a called run starts on: then the event begins that run."""


def work_until_idle() -> None:
    """Claim, perform and deliver until nothing is due, or the shift is over: then somebody else is rung."""
    over = time.monotonic() + SHIFT_SECONDS
    answers: queue.SimpleQueue[Done] = queue.SimpleQueue()
    in_hand: dict[int, InHand] = {}
    with doorbell.quiet(), Heart() as heart:
        while True:
            is_over = time.monotonic() >= over
            claimed = [] if is_over else claim(SLOTS - len(in_hand), sorted(PROVIDERS))
            deliver([done for done in map(at_once, claimed) if done])
            for work in claimed:
                if work.kind == Work.Kind.ACTION and work.claims <= MOST_CLAIMS:
                    heart.hold(work)
                    in_hand[work.pk] = _begin(work, answers)
            if not in_hand and not claimed:
                break
            done = _gather(answers, in_hand) if in_hand else []
            deliver([result for result in done if result.claimed.handle not in heart.lost])
            for result in done:
                heart.drop(result.claimed)
    if is_over:
        doorbell.ring()


def at_once(work: Claimed) -> Done | None:
    """Return what needs no performing: timers, what runs tell each other, an action that five workers have lost."""
    match work.kind:
        case Work.Kind.TIMER:
            return Done(work, Fire(at=NOT_YET, timer=work.name))
        case Work.Kind.START:
            return Done(work, *calls.start_of(work.run_id, outbox.load_start(work.payload)))
        case Work.Kind.RELAY:
            return Done(work, children.told(outbox.load_relay(work.payload), NOT_YET))
        case Work.Kind.REPORT:
            return Done(work, outbox.load_report(work.payload))
        case Work.Kind.WITHDRAWN:
            return Done(work, _without(work, "error", "It was withdrawn before it began."))
    return Done(work, _without(work, "lost")) if work.claims > MOST_CLAIMS else None


def _without(work: Claimed, outcome: Literal["error", "lost"], error: str = "") -> Result:
    perform = outbox.load(work.payload)
    return Result(at=NOT_YET, visit=perform.visit, attempt=perform.attempt, outcome=outcome, error=error)


def _begin(work: Claimed, answers: queue.SimpleQueue[Done]) -> InHand:
    perform = outbox.load(work.payload)
    seconds = min(perform.timeout_seconds, LONGEST_SECONDS)
    given_up = threading.Event()
    kept = secrets.kept_for(perform.parameters)
    bound = get_contextvars()

    def run() -> None:
        # a thread knows nothing of what its process has bound
        with bound_contextvars(
            **bound, run=str(work.run_id), step=perform.visit, actor=ENGINE, attempt=perform.attempt
        ):
            done = Done(work, attempt(perform, seconds, kept))
            log.info("action_performed", provider=perform.provider, outcome=_outcome(done))
            if given_up.is_set():
                deliver_late(done)
                return
        answers.put(done)

    threading.Thread(target=run, name=f"action {work.pk}", daemon=True).start()
    return InHand(work, perform, time.monotonic() + seconds, given_up)


def _outcome(done: Done) -> str:
    return done.event.outcome if isinstance(done.event, Result) else ""


def deliver_late(done: Done) -> None:
    """Deliver what came after its time: a success closes the incident “timed out”, anything else says nothing new.

    Stands in the action's own thread. It holds no work any more, so the machine alone judges it, by its attempt.
    """
    if not (isinstance(done.event, Result) and done.event.outcome == "ok"):
        return
    try:
        apply([Delivery(done.claimed.run_id, done.event)])
    except Exception:
        log.exception("late_result_failed", run=str(done.claimed.run_id), work=done.claimed.pk)
    finally:
        connection.close()


def attempt(perform: Perform, seconds: float, kept: Mapping[str, str] = NO_SECRETS) -> Result:
    """Call the provider once; never raises. It alone sees secrets: what it says of them is masked."""
    clear: frozenset[str] = frozenset()

    def failed(error: str, *, permanent: bool = False) -> Result:
        return Result(
            at=NOT_YET,
            visit=perform.visit,
            attempt=perform.attempt,
            outcome="error",
            error=secrets.masked(error, clear)[:2000],
            permanent=permanent,
        )

    try:
        parameters, clear = secrets.opened(perform.parameters, kept)
        data = secrets.masked(PROVIDERS[perform.provider](parameters, perform.key, seconds), clear)
        size = len(json.dumps(data).encode())
    except ActionError as fault:
        return failed(str(fault), permanent=fault.permanent)
    except Exception as fault:  # a provider is a plug-in: what it raises is the action's failure, never the worker's
        trace = secrets.masked(traceback.format_exc(), clear)
        log.error("provider_failed", provider=perform.provider, exception=trace)
        return failed(f"{type(fault).__name__}: {fault}")
    if size > LARGEST_RESULT:
        return failed(f"The result is {size} bytes long; a run keeps {LARGEST_RESULT}.", permanent=True)
    return Result(at=NOT_YET, visit=perform.visit, attempt=perform.attempt, outcome="ok", data=data)


def _gather(answers: queue.SimpleQueue[Done], in_hand: dict[int, InHand]) -> list[Done]:
    """Wait for the first answer, a time-out or half a second; return all that is there by then."""
    done: list[Done] = []
    soonest = min(item.until for item in in_hand.values())
    wait = max(0.0, min(0.5, soonest - time.monotonic()))
    while len(done) < BATCH:
        try:
            answer = answers.get(timeout=wait) if not done else answers.get_nowait()
        except queue.Empty:
            break
        in_hand.pop(answer.claimed.pk, None)
        done.append(answer)
    now = time.monotonic()
    for item in [item for item in in_hand.values() if item.until <= now]:
        item.given_up.set()
        del in_hand[item.claimed.pk]
        perform = item.perform
        done.append(
            Done(
                item.claimed,
                Result(
                    at=NOT_YET,
                    visit=perform.visit,
                    attempt=perform.attempt,
                    outcome="timeout",
                    error=f"No answer within {min(perform.timeout_seconds, LONGEST_SECONDS):g} s.",
                ),
            )
        )
    return done


def deliver(done: Iterable[Done], clock: Clock = database_clock) -> None:
    """Deliver in one transaction; where that fails, one by one, so that one bad run stops no other."""
    batch = list(done)
    for first in range(0, len(batch), BATCH):
        part = batch[first : first + BATCH]
        try:
            apply([_delivery(item) for item in part], clock)
        except Exception:
            log.exception("batch_failed", size=len(part))
            for item in part:
                _deliver_one(item, clock)


def _deliver_one(item: Done, clock: Clock) -> None:
    try:
        apply([_delivery(item)], clock)
    except Exception as fault:
        log.exception("delivery_failed", run=str(item.claimed.run_id), work=item.claimed.pk)
        # left to its lease; past its claims it is set aside for the auditor to report, never thrown away
        status = WorkStatus.DEAD if item.claimed.claims > MOST_CLAIMS else WorkStatus.LEASED
        Work.objects.filter(pk=item.claimed.pk, token=item.claimed.token).update(
            last_error=f"{type(fault).__name__}: {fault}"[:2000], status=status.value
        )


def _delivery(item: Done) -> Delivery:
    if isinstance(item.event, Start):
        run = UUID(item.event.run)
        return Delivery(run, item.event, key=f"call:{run}", work=item.claimed.handle, version=item.version)
    return Delivery(item.claimed.run_id, item.event, work=item.claimed.handle)
