"""What the clock does every minute: find runs that would stand still for ever (guarantees G5).

Compares each open run's state with its work: a timer or an attempt without a row gets one again. Where nothing can
be repaired (no worker knows the action, work that five workers could not apply) it opens an incident `stuck` on the
operators' board, and resolves it when the cause has gone. These incidents are the auditor's and not the machine's: they
stand beside the log, and only `audit` writes them. Whether people are there for the steps that are open is asked of
`runs.staffing`, about the same runs, read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import QuerySet

from engine.definition import ActionSpec, Definition
from engine.lifecycles import RUN_ENDED, IncidentStatus, RunStatus, WorkStatus
from engine.machine import endings
from engine.machine import state as states
from engine.machine.commands import Perform
from engine.machine.events import Signal
from engine.machine.state import State, Visit, step_of
from runs import definitions, doorbell, incidents, outbox, under_way
from runs.clock import database_clock
from runs.incidents import STUCK
from runs.models import Incident, Run, Work
from runs.providers import PROVIDERS
from runs.staffing import opened
from workflows.writing import writing

#: How long an action may wait for a worker that knows it before it is reported.
PATIENCE = timedelta(seconds=60)
_ALIVE = [WorkStatus.READY.value, WorkStatus.LEASED.value]

log = structlog.get_logger()


@dataclass(frozen=True)
class Lack:
    """What an open run lacks: rows of work, by key, and reasons why it is stuck, by visit (None: the run)."""

    rows: tuple[Work, ...]
    stuck: dict[int | None, str]


def audit() -> int:
    """Look at every open run; return how many had a flaw that was repaired or reported."""
    flaws = 0
    overtaken = _open_stuck().exclude(run__in=Run.objects.open())
    overtaken.update(status=IncidentStatus.RESOLVED.value, resolved_at=database_clock(), resolution="the run ended")
    for page in under_way.pages():
        read = {run.pk: states.load(run.state) for run in page}
        for pk in _suspects(page, read):
            flaws += _put_right(pk)
        flaws += opened.look([(run, read[run.pk]) for run in page])
    return flaws


def _suspects(page: list[Run], read: Mapping[UUID, State]) -> list[UUID]:
    """Return the runs of this page that need a closer look, found without any lock."""
    reported = set(_open_stuck().filter(run__in=page).values_list("run", flat=True))
    return [run.pk for run, lack in _lacks(page, read) if lack.rows or lack.stuck or run.pk in reported]


def _lacks(page: list[Run], read: Mapping[UUID, State]) -> list[tuple[Run, Lack]]:
    now = database_clock()
    work: dict[UUID, list[Work]] = {}
    for row in Work.objects.filter(run__in=page).exclude(status=WorkStatus.DONE.value).defer("payload"):
        work.setdefault(row.run_id, []).append(row)
    called = _called(read.values())
    return [(run, _lack(run, read[run.pk], work.get(run.pk, []), called, now)) for run in page]


def _called(read: Iterable[State]) -> dict[str, State]:
    """Return the states of the runs that these have called, by id; who was never begun is not there."""
    asked = [visit.called.run for state in read for visit in state.visits.values() if visit.called and visit.called.run]
    if not asked:
        return {}
    return {str(pk): states.load(state) for pk, state in Run.objects.filter(pk__in=asked).values_list("pk", "state")}


def _lack(
    run: Run,
    state: State,
    work: list[Work],
    called: dict[str, State],
    now: datetime,
) -> Lack:
    definition = definitions.by_digest(state.definition)
    alive = {row.key for row in work if row.status in _ALIVE}
    dead = {row.key for row in work if row.status == WorkStatus.DEAD.value}
    in_hand = {row.visit for row in work if row.kind == Work.Kind.ACTION}
    rows: list[Work] = []
    stuck: dict[int | None, str] = {}
    held = {one.visit for one in state.held if not isinstance(one, Signal)}
    for timer in () if state.paused else state.timers.values():
        key = outbox.timer_key(run.pk, timer.key)
        if key in dead:
            stuck[timer.visit] = "A time that was due could not be applied; the server's log says why."
        elif key not in alive:
            rows.append(outbox.timer_row(run.pk, timer))
    for visit in state.visits.values():
        is_held_up = visit.incident is not None and visit.incident.code != "escalated"
        is_attempt = visit.attempt is not None and visit.attempt.in_hand and not is_held_up
        if is_attempt and visit.number not in in_hand | held:
            rows.append(_again(run.pk, definition, visit, now))
        if visit.called is not None and visit.called.run and visit.number not in held:
            child = called.get(visit.called.run)
            told = {row.name for row in work if row.kind in (Work.Kind.START, Work.Kind.REPORT)}
            if child is not None and child.status in RUN_ENDED and visit.called.run not in told:
                rows.append(outbox.report_row(UUID(child.run), endings.report(child), now))
            elif child is None and visit.called.run not in told:
                stuck[visit.number] = "The run that it calls has never begun."
    for row in work:
        if row.kind != Work.Kind.ACTION:
            continue
        if row.status == WorkStatus.DEAD.value:
            stuck[row.visit] = "What came of the action could not be applied; the server's log says why."
        elif row.name not in PROVIDERS and row.due_at < now - PATIENCE and not state.paused:
            stuck[row.visit] = f"No worker here knows the action {row.name}."
    if not state.visits and not state.timers and state.status is not RunStatus.QUEUED:
        stuck[None] = "Nothing is left that could move this run on."
    return Lack(tuple(rows), stuck)


def _again(run: UUID, definition: Definition, visit: Visit, now: datetime) -> Work:
    """Make the row of an attempt again from the state, which has all of it."""
    does, attempt = step_of(definition, visit).does, visit.attempt
    assert isinstance(does, ActionSpec)
    assert attempt is not None
    perform = Perform(
        visit=visit.number,
        attempt=attempt.number,
        provider=does.provider,
        parameters=attempt.parameters,
        key=attempt.key,
        timeout_seconds=does.timeout.total_seconds(),
        due_at=now,
    )
    return outbox.action_row(run, f"again:{visit.number}:{attempt.number}:{now.timestamp()}", perform)


def _put_right(pk: UUID) -> int:
    """Look again with the run locked, and write; return 1 when something was lacking."""
    with writing():
        run = Run.objects.select_for_update(of=("self",)).get(pk=pk)
        if not run.is_open:
            return 0
        ((_, lack),) = _lacks([run], {pk: states.load(run.state)})
        for row in lack.rows:
            log.warning("work_was_missing", run=str(pk), key=row.key)
            Work.objects.update_or_create(
                key=row.key,
                defaults={
                    "run_id": pk,
                    "kind": row.kind,
                    "visit": row.visit,
                    "name": row.name,
                    "payload": row.payload,
                    "due_at": row.due_at,
                    "status": WorkStatus.READY.value,
                    "claims": 0,
                },
            )
        changed = incidents.put(run, STUCK, lack.stuck, "it can go on again")
        if lack.rows or changed:
            doorbell.after_commit([pk], due=bool(lack.rows))
    return int(bool(lack.rows or changed))


def _open_stuck() -> QuerySet[Incident]:
    return Incident.objects.filter(code=STUCK, status=IncidentStatus.OPEN.value)
