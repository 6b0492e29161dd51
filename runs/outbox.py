"""The work that follows from a transition, written in its transaction: actions, timers, and what runs tell each other.

A timer's home is the run's state; its row here is a projection (guarantees 7.1), named `<run>:<timer key>`. While a
run is paused its timers have no rows that could be claimed, and its actions are not (`runs.work.claims`).
The row of a command is named `<run>:<seq>:<n>`: the entry that asked for it. What a run tells another lies with that
other run, so that it is delivered in the order of that one's locks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q
from pydantic import TypeAdapter

from engine import values
from engine.lifecycles import VISIT_ENDED, WorkStatus
from engine.machine import children
from engine.machine.commands import Perform, StartChild, TellChild, TellParent
from engine.machine.events import Child, Start
from engine.machine.state import State, Timer, Visit
from runs.bulk import set_update
from runs.clock import NOT_YET
from runs.models import Run, Work
from runs.story import Asked, Story


def write(stories: Sequence[Story], answered: Sequence[tuple[int, int]]) -> bool:
    """Close what was answered or is overtaken, add what is new; return whether some of it is due at once."""
    done = WorkStatus.DONE.value
    rows = [(pk, token, done) for pk, token in answered]
    if set_update(Work, ("id", "token"), ("status",), rows, only="t.status = 'leased'") != len(rows):
        raise RuntimeError("the token of a locked work changed: somebody writes around the claim")
    gone = [
        timer_key(story.run.pk, key)
        for story in stories
        for key in _timers(story.before).keys() - _timers(story.state).keys()
    ]
    ended = Q(key__in=gone) if gone else Q()
    for story in stories:
        visits = [number for number, visit in story.touched.items() if visit.status in VISIT_ENDED and _asks(visit)]
        if visits:
            kinds = [Work.Kind.ACTION, Work.Kind.START, Work.Kind.WITHDRAWN]
            ended |= Q(run=story.run.pk, kind__in=kinds, visit__in=visits)
    _withdraw(stories)
    if ended:
        kept = reduce(or_, (Q(run=story.run.pk, visit__in=draining) for story, draining in _draining(stories)), Q())
        rows_left = Work.objects.filter(ended, status__in=["ready", "leased"])
        (rows_left.exclude(kept) if kept else rows_left).update(status=done, lease_until=None)
    new = [row for story in stories for row in _new_commands(story)]
    new = _that_may_be_told(new)
    if new:
        Work.objects.bulk_create(new)
    timers = [row for story in stories for row in _new_timers(story)]
    if timers:
        # one that stood still in a pause comes back under its own key, and keeps the token it had
        again = ("visit", "name", "due_at", "status", "claims")
        Work.objects.bulk_create(timers, update_conflicts=True, unique_fields=["key"], update_fields=again)
    new += timers
    latest = max((story.state.at for story in stories if story.state), default=None)
    resumed = any(story.before and story.before.paused for story in stories)
    return resumed or (latest is not None and any(row.due_at <= latest for row in new))


def timer_key(run: UUID, timer: str) -> str:
    return f"{run}:{timer}"


def timer_row(run: UUID, timer: Timer) -> Work:
    return Work(
        key=timer_key(run, timer.key),
        run_id=run,
        kind=Work.Kind.TIMER,
        visit=timer.visit,
        name=timer.key[:100],
        due_at=timer.due_at,
    )


def order(row: Work) -> tuple[datetime, int, bool, int, int]:
    """Return the key by which due work is done: that of the machine's timers, whose keys say kind and place."""
    if row.kind != Work.Kind.TIMER:
        return row.due_at, row.visit, False, 0, row.pk
    _, kind, index, _ = row.name.split(":")
    return row.due_at, row.visit, kind == "rung", int(index), row.pk


def action_row(run: UUID, key: str, perform: Perform) -> Work:
    return Work(
        key=f"{run}:{key}",
        run_id=run,
        kind=Work.Kind.ACTION,
        visit=perform.visit,
        name=perform.provider[:100],
        payload=dump(perform),
        due_at=perform.due_at,
    )


def report_row(child: UUID, tell: TellParent, at: datetime) -> Work:
    return Work(
        key=f"{child}:report",
        run_id=UUID(tell.run),
        kind=Work.Kind.REPORT,
        visit=tell.visit,
        name=str(child),
        payload=dump(tell),
        due_at=at,
    )


def refused_row(start: Start, sentence: str, at: datetime) -> Work:
    """Return the row that tells a run that the child it called could not begin."""
    above = start.parent
    assert above is not None
    event = Child(at=at, visit=above.visit, nth=above.nth, status="refused", message=sentence)
    return Work(
        key=f"{start.run}:report",
        run_id=UUID(above.run),
        kind=Work.Kind.REPORT,
        visit=above.visit,
        name=start.run,
        payload=dump(event),
        due_at=at,
    )


def dump(command: Asked | Child) -> str:
    return values.canonical(_ADAPTER.dump_python(command, mode="json")).decode()


def load(payload: str) -> Perform:
    """Read an action's payload. Raises `ValueError` on anything else."""
    return _PERFORM.validate_json(payload)


def load_start(payload: str) -> StartChild:
    return _START.validate_json(payload)


def load_relay(payload: str) -> TellChild:
    return _RELAY.validate_json(payload)


def load_report(payload: str) -> Child:
    """Read what a run is told of a child that has ended, or could not begin."""
    found = _REPORT.validate_json(payload)
    return found if isinstance(found, Child) else children.ended(found, NOT_YET)


_ADAPTER: TypeAdapter[Any] = TypeAdapter(Perform | StartChild | TellChild | TellParent | Child)
_PERFORM: TypeAdapter[Perform] = TypeAdapter(Perform)
_START: TypeAdapter[StartChild] = TypeAdapter(StartChild)
_RELAY: TypeAdapter[TellChild] = TypeAdapter(TellChild)
_REPORT: TypeAdapter[TellParent | Child] = TypeAdapter(TellParent | Child)


def _asks(visit: Visit) -> bool:
    """Whether a visit may have rows of its own."""
    return visit.attempt is not None or visit.called is not None


def _draining(stories: Sequence[Story]) -> list[tuple[Story, list[int]]]:
    """Return the runs that wait for attempts in hand before they undo anything, with those visits."""
    return [(story, list(story.state.draining)) for story in stories if story.state and story.state.draining]


def _withdraw(stories: Sequence[Story]) -> None:
    """What a rollback waits for and no worker has taken is not begun any more: whoever claims it says so."""
    waiting = [
        Q(run=story.run.pk, visit__in=draining)
        for story, draining in _draining(stories)
        if not (story.before and story.before.draining)
    ]
    if waiting:
        rows = Work.objects.filter(reduce(or_, waiting), kind=Work.Kind.ACTION, status=WorkStatus.READY.value)
        rows.update(kind=Work.Kind.WITHDRAWN)


def _timers(state: State | None) -> dict[str, datetime]:
    """Return the timers that run, with when they are due; in a pause there are none."""
    return {} if state is None or state.paused else {key: timer.due_at for key, timer in state.timers.items()}


def _new_timers(story: Story) -> list[Work]:
    assert story.state is not None
    before = _timers(story.before)
    new = sorted(key for key, due_at in _timers(story.state).items() if before.get(key) != due_at)
    return [timer_row(story.run.pk, story.state.timers[key]) for key in new]


def _new_commands(story: Story) -> Iterator[Work]:
    """What is to be done, but for what a later event of the same batch has closed again."""
    state = story.state
    assert state is not None
    for seq, nth, command in story.asked:
        key = f"{seq}:{nth}"
        if isinstance(command, TellParent):
            yield report_row(story.run.pk, command, state.at)
        elif isinstance(command, TellChild):
            yield _row(story, key, command, Work.Kind.RELAY, UUID(command.run), command.act)
        elif command.visit not in state.visits:
            continue
        elif isinstance(command, Perform):
            yield action_row(story.run.pk, key, command)
        else:
            yield _row(story, key, command, Work.Kind.START, story.run.pk, command.run)


def _row(story: Story, key: str, command: Asked, kind: Work.Kind, run: UUID, name: str) -> Work:
    assert story.state is not None
    return Work(
        key=f"{story.run.pk}:{key}",
        run_id=run,
        kind=kind,
        visit=command.visit,
        name=name,
        payload=dump(command),
        due_at=story.state.at,
    )


def _that_may_be_told(rows: list[Work]) -> list[Work]:
    """Leave out what would be told to a run that has not begun, or has ended: there is nobody to hear it."""
    told = {row.run_id for row in rows if row.kind in Work.IN_A_PAUSE}
    if not told:
        return rows
    there = set(Run.objects.open().filter(pk__in=told).values_list("pk", flat=True))
    return [row for row in rows if row.kind not in Work.IN_A_PAUSE or row.run_id in there]
