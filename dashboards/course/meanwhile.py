"""What other operators have done to a run since somebody had it before them, and what is left to do there now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.course import acts
from dashboards.course.acts import Act
from dashboards.course.reading import Seen
from runs import overtaking
from runs.models import Step
from workflows.models import Person


@dataclass(frozen=True)
class Done:
    """One act of another: who, what, when and why."""

    who: str
    what: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Meanwhile:
    """`left` are the acts that this person may still do where the form was about; empty: nothing is left."""

    done: tuple[Done, ...]
    left: tuple[Act, ...]


def of(person: Person, seen: Seen, step: Step | None, since: int) -> Meanwhile:
    """Say what was done since that entry by others, and what is left at this step, or to the run as a whole."""
    entries = [
        entry
        for entry in overtaking.since({seen.run.pk: since})
        if overtaking.concerns(entry, step.number if step else None, person.username)
    ]
    names = {one.username: str(one) for one in Person.objects.filter(username__in={entry.actor for entry in entries})}
    done = tuple(
        Done(names.get(entry.actor, entry.actor), overtaking.DONE[entry.kind], entry.at, overtaking.reason_of(entry))
        for entry in entries
    )
    return Meanwhile(done, _left(acts.of(person, seen), step))


def _left(offered: Sequence[Act], step: Step | None) -> tuple[Act, ...]:
    return tuple(act for act in offered if act.verdict and (act.step == step if step else act.step is None))
