"""What a batch of stories leaves in the database, in a fixed number of statements however many they are.

The runs by compare-and-set, their words (`runs.search`), the log, the projections (`runs.projections`), the notices
(`runs.notices`), the work (`runs.outbox`).
Stands inside `runs.apply`'s transaction and is called by nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from engine.lifecycles import RUN_ENDED, RunStatus
from engine.machine import state as states
from engine.machine.state import State
from runs import notices, outbox, projections, search
from runs.bulk import set_update
from runs.lane import lane_of
from runs.models import Entry, Receipt, Refused, Run
from runs.numbers import next_numbers
from runs.story import Story

_COLUMNS = (
    "status",
    "paused",
    "paused_at",
    "paused_seconds",
    "seq",
    "state",
    "head",
    "title",
    "started_at",
    "ended_at",
    "due_at",
    "changed_at",
    "incident_count",
    "waiting",
    "next_due_at",
    "stands_at",
    "lane",
)


class Overtaken(RuntimeError):
    """A run's `seq` moved although it was locked: somebody writes around `apply`. Nothing is committed."""


def write(
    stories: Sequence[Story],
    answered: Sequence[tuple[int, int]],
    receipts: Sequence[Receipt],
    refused: Sequence[Refused],
) -> bool:
    """Write it all; return whether some work is due at once. `answered` is the work that was delivered."""
    due = False
    if stories:
        people = projections.names(stories)
        _write_new_runs([story for story in stories if story.before is None], people)
        _write_old_runs([story for story in stories if story.before is not None])
        search.write(stories)
        Entry.objects.bulk_create([entry for story in stories for entry in story.entries])
        notices.write(stories, projections.write(stories, people))
    if stories or answered:
        due = outbox.write(stories, answered)
    if receipts:
        Receipt.objects.bulk_create(receipts)
    if refused:
        Refused.objects.bulk_create(refused)
    return due


def _write_new_runs(stories: Sequence[Story], people: projections.Names) -> None:
    if not stories:
        return
    runs = []
    for story, number in zip(stories, next_numbers(len(stories)), strict=True):
        state = _state(story)
        starter = people.people[state.started_by]
        story.run.number = number
        runs.append(
            Run(
                pk=story.run.pk,
                number=number,
                version=story.run.version,
                unit=story.run.unit,
                start_key=story.run.start_key,
                parent_id=UUID(state.parent.run) if state.parent else None,
                parent_visit=state.parent.visit if state.parent else None,
                started_by_id=starter,
                **dict(zip(_COLUMNS, _columns(story), strict=True)),
            )
        )
    Run.objects.bulk_create(runs)


def _write_old_runs(stories: Sequence[Story]) -> None:
    rows = [(story.run.pk, story.before.seq, *_columns(story)) for story in stories if story.before is not None]
    if set_update(Run, ("id", "seq"), _COLUMNS, rows) != len(rows):
        raise Overtaken
    for story in stories:
        if story.before is not None and story.before.definition != _state(story).definition:
            Run.objects.filter(pk=story.run.pk).update(version=story.run.version)


def _columns(story: Story) -> tuple[object, ...]:
    state = _state(story)
    is_open = state.status not in RUN_ENDED
    visits = sorted(state.visits.values(), key=lambda visit: visit.number)
    in_hand = [visit for visit in visits if visit.attempt and visit.attempt.in_hand and not visit.incident]
    dues = [due_at for due_at in (state.sla_at, *(visit.due_at for visit in visits)) if due_at is not None]
    incident_count = sum(1 for visit in visits if visit.incident)
    is_waiting = state.status == RunStatus.RUNNING and not state.paused
    return (
        state.status.value,
        state.paused,
        state.paused_at,
        state.paused_seconds,
        state.seq,
        states.dump(state).decode(),
        story.head,
        (state.title or story.definition.title)[:300],
        state.started_at,
        None if is_open else state.at,
        state.sla_at,
        state.at,
        incident_count,
        is_waiting and not in_hand and any(not visit.incident for visit in visits),
        min(dues, default=None) if is_open and not state.paused else None,
        ", ".join(visit.title or visit.step for visit in visits if visit.region is None)[:300] if is_open else "",
        lane_of(state, story.definition, bool(incident_count)).value,
    )


def as_columns(story: Story) -> dict[str, object]:
    """Return what stands beside a run's state for asking, by name: of a story that need not be written."""
    return dict(zip(_COLUMNS, _columns(story), strict=True))


def _state(story: Story) -> State:
    assert story.state is not None, "only stories in which something happened are written"
    return story.state
