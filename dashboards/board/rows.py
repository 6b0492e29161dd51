"""What one row of the Runs table says: where the run stands, who it waits for, since when and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from dashboards.board.reads import WORKING, Asked, Reads, Trouble, Visit
from dashboards.course.told import in_words
from dashboards.templatetags.times import ordinal
from engine.definition import Definition, WaitSpec
from engine.lifecycles import RunStatus
from runs import definitions, places
from runs.audience import audience
from runs.incidents import OF_PEOPLE, SENTENCES, STUCK
from runs.models import Run, Shortage
from workflows.models import Person

#: What is told by the steps inside it.
REGIONS = ("parallel", "each")
#: So many of the steps that are open are named.
NAMED = 3


@dataclass(frozen=True)
class Whom:
    """Who or what a run waits for: `kind` is person, group, machine, time, signal, run, place or operator."""

    kind: str
    name: str = ""
    person: Person | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Row:
    """`more` counts those waited for beyond the first; `done` of `steps` steps that take time have been completed.

    `caller` is the number of the run that called this one, where the reader may see it. `help` says who would help
    where people are too few.
    """

    run: Run
    stands: str
    whom: Whom | None
    more: int
    since: datetime | None
    until: datetime | None
    is_late: bool
    done: int
    steps: int
    caller: int | None = None
    help: str = ""


def rows_of(runs: Sequence[Run], now: datetime, reader: Person | None = None) -> tuple[Row, ...]:
    """Say a row for each run. At most five queries however many runs there are; one more where some wait for a place,
    one where some were called, and one where people are too few."""
    reads = Reads(run.pk for run in runs if run.is_open)
    visits, asked = reads.visits(), reads.asked()
    troubles = reads.troubles() if any(run.incident_count for run in runs) else {}
    times = reads.times() if any(visit.kind == "wait" for some in visits.values() for visit in some) else {}
    done = Reads(run.pk for run in runs if run.status != RunStatus.COMPLETED).done()
    queued = places.positions(run.pk for run in runs if run.status == RunStatus.QUEUED)
    rows = [
        _row(run, visits.get(run.pk, []), asked, troubles.get(run.pk), times, done.get(run.pk, 0), now) for run in runs
    ]
    callers = _callers(runs, reader) if reader is not None else {}
    helps = _helps([run for run, trouble in troubles.items() if trouble.code in OF_PEOPLE])
    for number, row in enumerate(rows):
        more: dict[str, Any] = {}
        if row.run.parent_id in callers:
            more["caller"] = callers[row.run.parent_id]
        if row.run.pk in helps:
            more["help"] = helps[row.run.pk]
        if row.run.pk in queued:
            more |= {"stands": _queues(*queued[row.run.pk]), "whom": Whom("place", "a place")}
        if more:
            rows[number] = replace(row, **more)
    return tuple(rows)


def _callers(runs: Sequence[Run], reader: Person) -> Mapping[UUID | None, int]:
    """Return the numbers of the runs that called these, of those that the reader may see."""
    parents = {run.parent_id for run in runs if run.parent_id is not None}
    # not by `visible_to`: to write that statement takes the ORM longer than all that is read for the rows
    seen = audience([reader.pk], parents).get(reader.pk) if parents else None
    return dict(Run.objects.filter(pk__in=seen).values_list("pk", "number")) if seen else {}


def _helps(keys: Sequence[UUID]) -> Mapping[UUID, str]:
    """Say who would help, of the oldest shortage of each run."""
    if not keys:
        return {}
    rows = Shortage.objects.filter(run__in=keys, resolved_at=None).order_by("-since", "-pk")
    return {run: f"{says} {helps}".strip() for run, says, helps in rows.values_list("run", "says", "help") if run}


def _queues(nth: int, key: str) -> str:
    return f"Waits for a place: {ordinal(nth)}{f' for “{key}”' if key else ''}"


def _row(
    run: Run,
    steps: list[Visit],
    candidates: Mapping[int, list[Asked]],
    incident: Trouble | None,
    times: Mapping[tuple[UUID, int], datetime],
    done: int,
    now: datetime,
) -> Row:
    definition = definitions.of_version(run.version)
    total = sum(step.kind in WORKING for step in definition.steps.values())
    steps = [step for step in steps if step.kind not in REGIONS] or steps
    whom, more = _whom(run.pk, definition, steps, candidates, incident, times)
    until = run.next_due_at
    since = incident.opened_at if incident else min((step.opened_at for step in steps), default=None)
    return Row(
        run=run,
        stands=_stands(run, steps, incident),
        whom=whom,
        more=more,
        since=since if run.is_open else run.ended_at,
        until=until,
        is_late=bool(until and until < now),
        done=total if run.status == RunStatus.COMPLETED else min(done, total),
        steps=total,
    )


def _stands(run: Run, steps: list[Visit], incident: Trouble | None) -> str:
    if incident is not None:
        where = incident.where or "The run"
        says = incident.message if incident.code == STUCK else SENTENCES.get(incident.code, incident.message)
        return f"{where}: {says}"
    if len(steps) == 1 and steps[0].kind == "gate":
        count = steps[0].votes
        return f"{steps[0].title}: {count} {'vote' if count == 1 else 'votes'} so far" if count else steps[0].title
    return _together(steps) or run.stands_at


def _together(steps: Iterable[Visit]) -> str:
    """Name the steps that are open; one that is open for several items once, with how many more there are."""
    by_name: dict[tuple[str, bool], list[Visit]] = {}
    for step in steps:
        by_name.setdefault((step.name, step.undoes is not None), []).append(step)
    said = [f"{many[0].title}{f' and {len(many) - 1} more' if len(many) > 1 else ''}" for many in by_name.values()]
    left = len(said) - NAMED
    return ", ".join(said[:NAMED]) + (f", and {left} more step{'s' if left > 1 else ''}" if left > 0 else "")


def _whom(
    run: UUID,
    definition: Definition,
    steps: list[Visit],
    candidates: Mapping[int, list[Asked]],
    incident: Trouble | None,
    times: Mapping[tuple[UUID, int], datetime],
) -> tuple[Whom | None, int]:
    if incident is not None:
        return Whom("operator", "an operator"), 0
    waited_for: list[Whom] = []
    for step in steps:
        if step.claimed_by is not None:
            waited_for.append(Whom("person", str(step.claimed_by), step.claimed_by))
        elif step.kind in ("task", "gate"):
            waited_for += [
                Whom("person", str(one.person), one.person) if one.person else Whom("group", group_name(one.group))
                for one in candidates.get(step.key, [])
            ]
        elif step.kind == "wait" and (signal := _signal(definition, step)):
            waited_for.append(Whom("signal", signal))
        elif step.kind == "call":
            waited_for.append(Whom("run", "the run it called"))
        elif step.kind == "wait":
            waited_for.append(Whom("time", "a time", until=times.get((run, step.number))))
        elif step.kind == "action":
            waited_for.append(Whom("machine", "machine"))
    named = sorted(set(waited_for), key=lambda whom: (whom.kind != "person", whom.name))
    return (named[0], len(named) - 1) if named else (None, 0)


def _signal(definition: Definition, step: Visit) -> str:
    does = definition.steps[step.name].does if step.name in definition.steps and step.undoes is None else None
    return in_words(does.signal or "") if isinstance(does, WaitSpec) else ""


def group_name(name: str) -> str:
    """Write a group's name for reading: `release-managers` as `Release managers`."""
    return name.replace("-", " ").replace("_", " ").capitalize()
