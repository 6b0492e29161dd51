"""Places: how many runs of a playbook with `concurrency` are under way with one key, and who gets in next.

A place is held from the start of a run to its end, over all versions of the playbook; first come, first served
(semantics, Locks). Who asks for one, and who is let in, stands behind a lock of that playbook and key until its
transaction ends, so nobody counts what another is about to take. Giving a place back takes no lock; whoever is next
is let in by a transaction of its own, right after (`runs.apply`) or, where that was lost, by the sweep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, OuterRef, Q, Subquery

from engine.lifecycles import RUN_ENDED, RunStatus
from engine.machine import queueing, tasks
from engine.machine.commands import Refusal
from engine.machine.events import Admit, Start
from runs import definitions
from runs.bulk import set_update
from runs.models import Place, Run
from runs.story import Story

ABOVE = "A run above this one has the place{of} that it asks for: both would wait for ever."
_AT = tuple[int, str]


@dataclass
class _Room:
    """What one key has in this transaction: places that are held, and the runs that wait, the first first."""

    held: int
    queue: list[UUID]


class Places:
    """The places of one transaction, on top of what the database has; `stories` are the runs that it holds."""

    def __init__(self, stories: Mapping[UUID, Story], asking: Iterable[tuple[UUID, Start | Admit]]) -> None:
        self._stories = stories
        self._rooms: dict[_AT, _Room] = {}
        self._keys: dict[UUID, str | Refusal] = {}
        for run, event in asking:
            if stories[run].definition.concurrency is not None:
                self._keys[run] = _key(stories[run], event)
        asked = {(stories[run].run.version.artifact_id, key) for run, key in self._keys.items() if isinstance(key, str)}
        _lock(asked)
        # counted before the batch reads its clock: who takes a place that was given back begins later, in the log too
        for artifact, key in asked:
            self._room(artifact, key)

    def ask(self, story: Story, event: Start) -> Start | Refusal:
        """Say whether there is a place for this run, or why there can be none."""
        wants = story.definition.concurrency
        if wants is None:
            return event
        key, artifact = self._keys[story.run.pk], story.run.version.artifact_id
        if isinstance(key, Refusal):
            return key
        if event.parent is not None and self._is_held_above(UUID(event.parent.run), artifact, key):
            return Refusal("not-open", ABOVE.format(of=f" for “{key}”" if key else ""))
        room = self._room(artifact, key)
        return replace(event, has_place=room.held < wants.limit and not room.queue)

    def may_enter(self, story: Story) -> Refusal | None:
        """Say why a run that waits cannot be let in now."""
        wants = story.definition.concurrency
        if wants is None or story.state is None or story.state.status is not RunStatus.QUEUED:
            return Refusal("not-open", "This run waits for no place.")
        room = self._room(story.run.version.artifact_id, story.state.place)
        if room.queue[:1] != [story.run.pk]:
            return Refusal("not-open", "Another run is first in the queue.")
        return None if room.held < wants.limit else Refusal("not-open", "There is no place yet.")

    def took(self, story: Story) -> None:
        """Count what the machine has just decided of a run that asked, or was let in."""
        state = story.state
        if state is None or story.definition.concurrency is None:
            return
        # the compiler lets a key read the inputs alone, so it is now what it was when its lock was taken
        assert state.place == self._keys[story.run.pk]
        room = self._room(story.run.version.artifact_id, state.place)
        if state.status is RunStatus.QUEUED:
            room.queue.append(story.run.pk)
            return
        room.queue = [run for run in room.queue if run != story.run.pk]
        # one that has ended already still counts until the transaction ends: a place too few for a moment
        room.held += 1

    def _room(self, artifact: int, key: str) -> _Room:
        if (artifact, key) not in self._rooms:
            here = Place.objects.filter(artifact=artifact, key=key)
            queue = here.filter(taken_at=None).order_by("pk").values_list("run", flat=True)
            self._rooms[artifact, key] = _Room(here.exclude(taken_at=None).count(), list(queue[:50]))
        return self._rooms[artifact, key]

    def _is_held_above(self, run: UUID | None, artifact: int, key: str) -> bool:
        """Say whether this run or one that it descends from has or awaits that place."""
        while run is not None:
            story = self._stories.get(run)
            if story is not None and story.state is not None:
                state, of = story.state, story.run.version.artifact_id
            else:
                stored = Run.objects.select_related("version").only("state", "version__artifact_id").get(pk=run)
                state, of = definitions.state_of(stored), stored.version.artifact_id
            if of == artifact and state.place == key and definitions.by_digest(state.definition).concurrency:
                return True
            run = UUID(state.parent.run) if state.parent else None
        return False


def _key(story: Story, event: Start | Admit) -> str | Refusal:
    if isinstance(event, Admit):
        return story.state.place if story.state is not None else ""
    inputs = tasks.filled(story.definition.inputs, event.inputs)
    return inputs if isinstance(inputs, Refusal) else queueing.key_of(story.definition, event, inputs)


def _lock(keys: Iterable[_AT]) -> None:
    """Hold these places until the transaction ends; on SQLite it holds the only right to write anyway."""
    if connection.vendor != "postgresql":
        return
    names = {hashlib.sha256(f"place {artifact} {key}".encode()).digest()[:8] for artifact, key in keys}
    with connection.cursor() as cursor:
        # in one order for everybody
        for name in sorted(int.from_bytes(digest, signed=True) for digest in names):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [name])


def write(stories: Sequence[Story]) -> set[int]:
    """Write the rows of what has changed; return the playbooks where somebody may have to be let in."""
    concerned = [story for story in stories if story.definition.concurrency and story.state is not None]
    new, entered, ended, limited, moved = [], [], [], [], set()
    for story in concerned:
        before, state = story.before, story.state
        assert state is not None
        assert story.definition.concurrency is not None
        is_queued = state.status is RunStatus.QUEUED
        if before is None and state.status not in RUN_ENDED:
            artifact, limit = story.run.version.artifact_id, story.definition.concurrency.limit
            taken = None if is_queued else state.at
            new.append(
                Place(
                    run_id=story.run.pk,
                    artifact_id=artifact,
                    key=state.place,
                    limit=limit,
                    asked_at=state.at,
                    taken_at=taken,
                )
            )
        elif before is not None and state.status in RUN_ENDED and before.status not in RUN_ENDED:
            ended.append(story.run.pk)
        elif before is not None and before.status is RunStatus.QUEUED and not is_queued:
            entered.append((story.run.pk, state.at))
        is_elsewhere = before is not None and before.definition != state.definition
        if is_elsewhere and state.status not in RUN_ENDED:  # another version may let more of them in
            limited.append((story.run.pk, story.definition.concurrency.limit))
        if is_queued or is_elsewhere or state.status in RUN_ENDED:
            moved.add(story.run.version.artifact_id)
    if new:
        Place.objects.bulk_create(new)
    set_update(Place, ("run",), ("taken_at",), entered)
    set_update(Place, ("run",), ("limit",), limited)
    if ended:
        Place.objects.filter(run__in=ended).delete()
    return moved


def before(run: Run) -> tuple[int, list[UUID]]:
    """Return how many stand before this run in its queue, and the runs that hold the places it waits for."""
    place = Place.objects.filter(run=run, taken_at=None).first()
    if place is None:
        return 0, []
    here = Place.objects.filter(artifact=place.artifact_id, key=place.key).order_by("pk")
    return here.filter(taken_at=None, pk__lt=place.pk).count(), list(
        here.exclude(taken_at=None).values_list("run", flat=True)
    )


def positions(runs: Iterable[UUID]) -> dict[UUID, tuple[int, str]]:
    """Return of those of these runs that wait for a place which they are in their queue, from 1, and its key."""
    wanted = list(runs)
    if not wanted:
        return {}
    same = {"artifact": OuterRef("artifact"), "key": OuterRef("key"), "pk__lte": OuterRef("pk")}
    ahead = Place.objects.filter(**same, taken_at=None).order_by().values("key").annotate(nth=Count("pk")).values("nth")
    waiting = Place.objects.filter(run__in=wanted, taken_at=None).annotate(nth=Subquery(ahead))
    return {place.run_id: (place.nth, place.key) for place in waiting}


def next_in(artifacts: Iterable[int] | None = None, most: int = 50) -> list[UUID]:
    """Return the runs that wait for a place which is free, each the first in its queue; of these playbooks, or all."""
    waiting = Place.objects.filter(taken_at=None)
    if artifacts is not None:
        waiting = waiting.filter(artifact__in=list(artifacts))
    first = {row["first"]: row for row in waiting.order_by().values("artifact", "key").annotate(first=Min("pk"))}
    if not first:
        return []
    keys = [Q(artifact=row["artifact"], key=row["key"]) for row in first.values()]
    found: list[UUID] = []
    for begin in range(0, len(keys), most):
        held = Place.objects.filter(Q.create(keys[begin : begin + most], connector=Q.OR)).order_by()
        counts = {
            (row["artifact"], row["key"]): row["held"]
            for row in held.values("artifact", "key").annotate(held=Count("taken_at"))
        }
        rows = Place.objects.filter(pk__in=list(first)[begin : begin + most]).order_by("pk")
        for row in rows:
            if counts.get((row.artifact_id, row.key), 0) < row.limit:
                found.append(row.run_id)
        if len(found) >= most:
            break
    return found[:most]
