"""The work that follows from a transition, written in its transaction: actions to perform, timers to fire.

A timer's home is the run's state; its row here is a projection (guarantees 7.1), named `<run>:<timer key>`. While a
run is paused its timers have no rows that could be claimed, and its actions are not (`runs.work.claims`).
An action's row is named `<run>:<seq>:<n>`: the entry that asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from engine import values
from engine.lifecycles import VISIT_ENDED, WorkStatus
from engine.machine.commands import Perform
from engine.machine.state import State, Timer
from runs.bulk import set_update
from runs.models import Work
from runs.story import Story


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
        visits = [number for number, visit in story.touched.items() if visit.attempt and visit.status in VISIT_ENDED]
        if visits:
            ended |= Q(run=story.run.pk, kind=Work.Kind.ACTION, visit__in=visits)
    if ended:
        Work.objects.filter(ended, status__in=["ready", "leased"]).update(status=done, lease_until=None)
    new = [row for story in stories for row in _new_actions(story)]
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


def dump(perform: Perform) -> str:
    return values.canonical({**asdict(perform), "due_at": perform.due_at.isoformat()}).decode()


def load(payload: str) -> Perform:
    """Read what `dump` wrote. Raises `ValueError` or `TypeError` on anything else."""
    stored: dict[str, Any] = json.loads(payload)
    return Perform(**{**stored, "due_at": datetime.fromisoformat(stored["due_at"])})


def _timers(state: State | None) -> dict[str, datetime]:
    """Return the timers that run, with when they are due; in a pause there are none."""
    return {} if state is None or state.paused else {key: timer.due_at for key, timer in state.timers.items()}


def _new_timers(story: Story) -> list[Work]:
    assert story.state is not None
    new = sorted(_timers(story.state).keys() - _timers(story.before).keys())
    return [timer_row(story.run.pk, story.state.timers[key]) for key in new]


def _new_actions(story: Story) -> list[Work]:
    """What is to be performed, but for what a later event of the same batch has closed again."""
    assert story.state is not None
    return [
        action_row(story.run.pk, f"{seq}:{nth}", perform)
        for seq, nth, perform in story.performs
        if perform.visit in story.state.visits
    ]
