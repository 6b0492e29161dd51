"""What the clock does every minute: find runs that would stand still for ever (guarantees G5).

Compares each open run's state with its work: a timer or an attempt without a row gets one again. Where
nothing can be repaired (nobody may do the step, no worker knows the action, work that five workers could not
apply) it opens an incident `stuck` on the operators' board, and resolves it when the cause has gone. These
incidents are the auditor's and not the machine's: they stand beside the log, and only `audit` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Q, QuerySet

from engine.definition import ActionSpec, Definition
from engine.lifecycles import RUN_ENDED, IncidentStatus, RunStatus, VisitStatus, WorkStatus
from engine.machine import endings
from engine.machine import state as states
from engine.machine.commands import Perform
from engine.machine.events import Signal
from engine.machine.state import State, Visit, step_of
from runs import definitions, doorbell, outbox
from runs.clock import database_clock
from runs.models import Candidate, Incident, Run, Step, Work
from runs.providers import PROVIDERS
from runs.work.rosters import short_of_people
from runs.writing import writing

STUCK = "stuck"
#: How long an action may wait for a worker that knows it before it is reported.
PATIENCE = timedelta(seconds=60)
_ALIVE = [WorkStatus.READY.value, WorkStatus.LEASED.value]
_PAGE = 200

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
    for page in _pages():
        for pk in _suspects(page):
            flaws += _put_right(pk)
    return flaws


def _pages() -> Iterator[list[Run]]:
    last: UUID | None = None
    while True:
        runs = Run.objects.open().order_by("pk")
        page = list((runs.filter(pk__gt=last) if last else runs)[:_PAGE])
        if not page:
            return
        yield page
        last = page[-1].pk


def _suspects(page: list[Run]) -> list[UUID]:
    """Return the runs of this page that need a closer look, found without any lock."""
    reported = set(_open_stuck().filter(run__in=page).values_list("run", flat=True))
    return [run.pk for run, lack in _lacks(page) if lack.rows or lack.stuck or run.pk in reported]


def _lacks(page: list[Run]) -> list[tuple[Run, Lack]]:
    now = database_clock()
    work: dict[UUID, list[Work]] = {}
    for row in Work.objects.filter(run__in=page).exclude(status=WorkStatus.DONE.value).defer("payload"):
        work.setdefault(row.run_id, []).append(row)
    awaited, read = _awaited(page), {run.pk: states.load(run.state) for run in page}
    short, called = short_of_people(read.items()), _called(read.values())
    return [
        (run, _lack(run, read[run.pk], work.get(run.pk, []), awaited.get(run.pk, set()), short, called, now))
        for run in page
    ]


def _called(read: Iterable[State]) -> dict[str, State]:
    """Return the states of the runs that these have called, by id; who was never begun is not there."""
    asked = [visit.called.run for state in read for visit in state.visits.values() if visit.called and visit.called.run]
    if not asked:
        return {}
    return {str(pk): states.load(state) for pk, state in Run.objects.filter(pk__in=asked).values_list("pk", "state")}


def _awaited(page: list[Run]) -> dict[UUID, set[int]]:
    """Return the visits of these runs for which some active person is a candidate."""
    somebody = Q(person__is_active=True) | Q(group__user__is_active=True)
    rows = Candidate.objects.filter(somebody, step__run__in=page, step__ended_at=None)
    awaited: dict[UUID, set[int]] = {}
    for run, number in rows.values_list("step__run", "step__number").distinct():
        awaited.setdefault(run, set()).add(number)
    return awaited


def _lack(
    run: Run,
    state: State,
    work: list[Work],
    awaited: set[int],
    short: set[tuple[UUID, int]],
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
        kind = step_of(definition, visit).kind
        is_held_up = visit.incident is not None and visit.incident.code != "escalated"
        is_attempt = visit.attempt is not None and visit.attempt.in_hand and not is_held_up
        if is_attempt and visit.number not in in_hand | held:
            rows.append(_again(run.pk, definition, visit, now))
        is_shut = visit.status is VisitStatus.WAITING
        if kind in {"task", "gate"} and visit.incident is None and not is_shut and visit.number not in awaited:
            stuck[visit.number] = "Nobody is there who may do this step."
        elif (run.pk, visit.number) in short and visit.incident is None:
            stuck[visit.number] = "Too few of those who were asked may still vote to meet the quorum."
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
        ((_, lack),) = _lacks([run])
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
        changed = _report(run, lack)
        if lack.rows or changed:
            doorbell.after_commit([pk], due=bool(lack.rows))
    return int(bool(lack.rows or changed))


def _report(run: Run, lack: Lack) -> bool:
    """Open an incident for each new reason, resolve those whose reason has gone; return whether any changed."""
    now = database_clock()
    known = {
        incident.step.number if incident.step else None: incident
        for incident in _open_stuck().filter(run=run).select_related("step")
    }
    steps = dict(Step.objects.filter(run=run, number__in=[n for n in lack.stuck if n]).values_list("number", "pk"))
    new = [
        Incident(run=run, step_id=steps.get(number or 0), code=STUCK, message=says, opened_at=now)
        for number, says in lack.stuck.items()
        if number not in known
    ]
    gone = [incident.pk for number, incident in known.items() if number not in lack.stuck]
    Incident.objects.bulk_create(new)
    Incident.objects.filter(pk__in=gone).update(
        status=IncidentStatus.RESOLVED.value, resolved_at=now, resolution="it can go on again"
    )
    count = len(lack.stuck) + sum(1 for visit in states.load(run.state).visits.values() if visit.incident)
    if new or gone or count != run.incident_count:
        Run.objects.filter(pk=run.pk, seq=run.seq).update(incident_count=count, changed_at=now)
    return bool(new or gone)


def _open_stuck() -> QuerySet[Incident]:
    return Incident.objects.filter(code=STUCK, status=IncidentStatus.OPEN.value)
