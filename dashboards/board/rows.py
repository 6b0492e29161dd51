"""What one row of the Runs table says: where the run stands, who it waits for, since when and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from dashboards.board.filters import OPEN_VISITS
from dashboards.course.told import in_words
from dashboards.templatetags.times import ordinal
from engine.definition import Definition, WaitSpec
from engine.lifecycles import IncidentStatus, RunStatus, VisitStatus, WorkStatus
from runs import definitions, places
from runs.audience import audience
from runs.incidents import OF_PEOPLE, SENTENCES, STUCK
from runs.models import Candidate, Incident, Run, Shortage, Step, Vote, Work
from workflows.models import Person

#: Kinds of step that take time: what progress counts.
WORKING = ("task", "gate", "action", "wait", "call")
#: What is told by the steps inside it.
REGIONS = ("parallel", "each")
#: So many of the steps that are open are named.
NAMED = 3
#: What is read of a person to name them.
NAMES = ("username", "first_name", "last_name")


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
    """Say a row for each run. Five queries however many runs there are; one more where some wait for a place, one
    where some were called, and one where people are too few."""
    keys = [run.pk for run in runs if run.is_open]
    steps, candidates, incidents, times = _open_steps(keys), _candidates(keys), _incidents(keys), _times(keys)
    done = _done([run.pk for run in runs])
    queued = places.positions(run.pk for run in runs if run.status == RunStatus.QUEUED)
    rows = [
        _row(run, steps.get(run.pk, []), candidates, incidents.get(run.pk), times, done.get(run.pk, 0), now)
        for run in runs
    ]
    callers = _callers(runs, reader) if reader is not None else {}
    helps = _helps([run for run, incident in incidents.items() if incident.code in OF_PEOPLE])
    return tuple(
        replace(
            row,
            caller=callers.get(row.run.parent_id),
            help=helps.get(row.run.pk, ""),
            stands=_queues(*queued[row.run.pk]) if row.run.pk in queued else row.stands,
            whom=Whom("place", "a place") if row.run.pk in queued else row.whom,
        )
        for row in rows
    )


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


def _open_steps(keys: Sequence[UUID]) -> Mapping[UUID, list[Step]]:
    found = defaultdict(list)
    votes = Vote.objects.filter(gate=OuterRef("pk")).order_by().values("gate").annotate(count=Count("pk"))
    steps = Step.objects.filter(run__in=keys, status__in=OPEN_VISITS).select_related("claimed_by")
    steps = steps.annotate(vote_count=Coalesce(Subquery(votes.values("count")), 0)).only(
        *("run", "number", "name", "undoes", "kind", "title", "status", "opened_at"),
        *(f"claimed_by__{name}" for name in NAMES),
    )
    for step in steps.order_by("number"):
        found[step.run_id].append(step)
    return found


def _candidates(keys: Sequence[UUID]) -> Mapping[int, list[Candidate]]:
    found = defaultdict(list)
    open_ones = Candidate.objects.filter(step__run__in=keys, step__status__in=OPEN_VISITS)
    named = open_ones.select_related("person", "group").only(
        "step", "group__name", *(f"person__{name}" for name in NAMES)
    )
    for candidate in named.order_by("pk"):
        found[candidate.step_id].append(candidate)
    return found


def _incidents(keys: Sequence[UUID]) -> Mapping[UUID, Incident]:
    """Return the oldest open incident of each run."""
    found: dict[UUID, Incident] = {}
    for incident in Incident.objects.filter(run__in=keys, status=IncidentStatus.OPEN.value).select_related("step"):
        if incident.run_id not in found or incident.opened_at < found[incident.run_id].opened_at:
            found[incident.run_id] = incident
    return found


def _times(keys: Sequence[UUID]) -> Mapping[tuple[UUID, int], datetime]:
    """Return when each open wait will be over, by run and visit."""
    timers = Work.objects.filter(
        run__in=keys, kind=Work.Kind.TIMER, status=WorkStatus.READY.value, name__contains=":wait:"
    )
    return {(run, visit): due_at for run, visit, due_at in timers.values_list("run", "visit", "due_at")}


def _done(keys: Sequence[UUID]) -> Mapping[UUID, int]:
    ended = Step.objects.filter(run__in=keys, status=VisitStatus.COMPLETED.value, kind__in=WORKING, undoes=None)
    ended = ended.order_by()
    return dict(ended.values_list("run").annotate(steps=Count("name", distinct=True)))


def _row(
    run: Run,
    steps: list[Step],
    candidates: Mapping[int, list[Candidate]],
    incident: Incident | None,
    times: Mapping[tuple[UUID, int], datetime],
    done: int,
    now: datetime,
) -> Row:
    definition = definitions.of_version(run.version)
    total = sum(step.kind in WORKING for step in definition.steps.values())
    steps = [step for step in steps if step.kind not in REGIONS] or steps
    whom, more = _whom(definition, steps, candidates, incident, times)
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


def _stands(run: Run, steps: list[Step], incident: Incident | None) -> str:
    if incident is not None:
        where = incident.step.title if incident.step else "The run"
        says = incident.message if incident.code == STUCK else SENTENCES.get(incident.code, incident.message)
        return f"{where}: {says}"
    if len(steps) == 1 and steps[0].kind == "gate":
        count = steps[0].vote_count
        return f"{steps[0].title}: {count} {'vote' if count == 1 else 'votes'} so far" if count else steps[0].title
    return _together(steps) or run.stands_at


def _together(steps: Iterable[Step]) -> str:
    """Name the steps that are open; one that is open for several items once, with how many more there are."""
    by_name: dict[tuple[str, bool], list[Step]] = {}
    for step in steps:
        by_name.setdefault((step.name, step.undoes is not None), []).append(step)
    said = [f"{many[0].title}{f' and {len(many) - 1} more' if len(many) > 1 else ''}" for many in by_name.values()]
    left = len(said) - NAMED
    return ", ".join(said[:NAMED]) + (f", and {left} more step{'s' if left > 1 else ''}" if left > 0 else "")


def _whom(
    definition: Definition,
    steps: list[Step],
    candidates: Mapping[int, list[Candidate]],
    incident: Incident | None,
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
                Whom("person", str(one.person), one.person) if one.person else Whom("group", group_name(one.group.name))
                for one in candidates.get(step.pk, [])
            ]
        elif step.kind == "wait" and (signal := _signal(definition, step)):
            waited_for.append(Whom("signal", signal))
        elif step.kind == "call":
            waited_for.append(Whom("run", "the run it called"))
        elif step.kind == "wait":
            waited_for.append(Whom("time", "a time", until=times.get((step.run_id, step.number))))
        elif step.kind == "action":
            waited_for.append(Whom("machine", "machine"))
    named = sorted(set(waited_for), key=lambda whom: (whom.kind != "person", whom.name))
    return (named[0], len(named) - 1) if named else (None, 0)


def _signal(definition: Definition, step: Step) -> str:
    does = definition.steps[step.name].does if step.name in definition.steps and step.undoes is None else None
    return in_words(does.signal or "") if isinstance(does, WaitSpec) else ""


def group_name(name: str) -> str:
    """Write a group's name for reading: `release-managers` as `Release managers`."""
    return name.replace("-", " ").replace("_", " ").capitalize()
