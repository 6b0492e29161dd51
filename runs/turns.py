"""Whose turn it is, and who has how much to do: what the directory says where a playbook picks one of a role.

Turns are counted for a step of a playbook, over all its runs and versions. Two transactions at the very same moment
do not see each other's picks and may pick the same person; within one transaction none is overlooked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Count, Max

from engine.definition import Definition
from engine.lifecycles import VisitStatus
from engine.machine.commands import Move, NeedPick
from engine.machine.events import Load
from engine.machine.state import Visit, step_of
from runs import directory
from runs.models import Candidate, Step
from runs.story import Story

_OPEN = [VisitStatus.OPEN.value, VisitStatus.ACTIVE.value]


class Turns:
    """The picks of one transaction, on top of what the database has; `stories` are the runs that it holds."""

    def __init__(self, stories: Mapping[UUID, Story]) -> None:
        self._stories = stories
        self._picked: list[tuple[int, str, str]] = []

    def take(self, story: Story, moves: Iterable[Move]) -> None:
        """Remember who was picked in this transaction: the tables do not know it yet."""
        for move in moves:
            if move.kind == "picked" and move.step is not None:
                self._picked.append((story.run.version.artifact_id, move.step, move.data["person"]))

    def loads(self, story: Story, need: NeedPick, people: Sequence[str]) -> Mapping[str, Load]:
        """Return what each of these people has: three statements for any number."""
        artifact = story.run.version.artifact_id
        past = dict(
            Step.objects.filter(run__version__artifact=artifact, name=need.step, picked__username__in=people)
            .values_list("picked__username")
            .annotate(last=Max("pk"))
        )
        here = [person for where, step, person in self._picked if (where, step) == (artifact, need.step)]
        turns = {person: turn for turn, person in enumerate([*sorted(past, key=past.__getitem__), *here], 1)}
        tasks = self._tasks(people)
        return {person: Load(tasks[person], turns.get(person, 0)) for person in people}

    def _tasks(self, people: Sequence[str]) -> Counter[str]:
        """Count the open tasks that are each one's alone. Runs of this transaction count as they are by now."""
        elsewhere = Step.objects.filter(kind="task", status__in=_OPEN).exclude(run__in=list(self._stories))
        claimed = elsewhere.filter(claimed_by__username__in=people)
        theirs = Candidate.objects.filter(person__username__in=people)
        alone = (
            elsewhere.filter(claimed_by=None, pk__in=theirs.values("step"))
            .annotate(asked=Count("candidates"), whose=Max("candidates__person__username"))
            .filter(asked=1, whose__in=people)
        )
        found = Counter(claimed.values_list("claimed_by__username", flat=True))
        found.update(alone.values_list("whose", flat=True))
        for story in self._stories.values():
            visits = story.state.visits.values() if story.state is not None else ()
            found.update(person for visit in visits if (person := _whose(story.definition, visit)))
        return found


def _whose(definition: Definition, visit: Visit) -> str | None:
    """Return the only person who may do this task now, if there is one."""
    if step_of(definition, visit).kind != "task" or visit.status is VisitStatus.WAITING:
        return None
    if visit.claimed_by:
        return visit.claimed_by
    meanings = [directory.meaning(definition, name) for name in (visit.assigned, *visit.added) if name]
    users = {user for _, named in meanings for user in named}
    return users.pop() if len(users) == 1 and not any(groups for groups, _ in meanings) else None
