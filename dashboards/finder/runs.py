"""Runs that were asked for, where each stands, and what the reader may do there: vote, do a task, retry a step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from dashboards import worklist
from dashboards.board import lanes
from dashboards.board.filters import Filters
from dashboards.board.rows import rows_of
from dashboards.finder.entries import MOST, Entry
from engine.lifecycles import VISIT_OPEN, IncidentStatus
from runs import guard, search
from runs.models import Incident, Run
from runs.sight import Sight
from workflows.models import Person

#: What may be done at one run, at most.
ACTS = 2


def found(person: Person, seen: Sight, text: str, now: datetime) -> tuple[Entry, ...]:
    """The run of this number or id first, then those whose words fit, the newest first."""
    number = search.exact(text)
    named = _newest(seen, Q(number=number), 1) if number is not None else []
    fits = Q(number__in=search.numbers(text)) & ~Q(number=number or 0)
    runs = lanes.with_names([*named, *_newest(seen, fits, MOST - len(named))])
    return _entries(runs, _acts(person, runs), now)


def recent(person: Person, seen: Sight, now: datetime) -> tuple[Entry, ...]:
    """What waits for the reader first, then what they have started."""
    waiting = lanes.page(person, Filters(mine="waiting"), now, seen, size=MOST + 2).runs
    acts = _acts(person, waiting)
    runs = [run for run in waiting if run.pk in acts][:MOST]
    if len(runs) < MOST:
        others = Q(started_by=person) & ~Q(pk__in=[run.pk for run in runs])
        runs += lanes.with_names(_newest(seen, others, MOST - len(runs)))
    return _entries(runs, acts, now)


def _entries(runs: Sequence[Run], acts: Mapping[UUID, list[Entry]], now: datetime) -> tuple[Entry, ...]:
    """Say of each run where it stands, and put what the reader may do there under it."""
    if not runs:
        return ()
    shown: list[Entry] = []
    for row in rows_of(runs, now):
        run = row.run
        note = row.stands or "Between two steps" if run.is_open else f"Ended, {run.version.title}"
        shown.append(Entry(run.title, reverse("run", args=[run.number]), "runs", note, str(run.number), run))
        shown += acts.get(run.pk, [])[:ACTS]
    return tuple(shown)


def _newest(seen: Sight, holds: Q, most: int) -> list[UUID]:
    """Return the keys of the newest runs that the reader sees and of which this is true."""
    runs = Run.objects.filter(seen.holds, holds).order_by("-number")
    return list(runs.values_list("pk", flat=True)[:most])


def _acts(person: Person, runs: Sequence[Run]) -> Mapping[UUID, list[Entry]]:
    """What waits for the reader in these runs, and what they may retry there."""
    open_ones = [run.pk for run in runs if run.is_open]
    if not open_ones:
        return {}
    found: dict[UUID, list[Entry]] = defaultdict(list)
    work = worklist.of(person, open_ones)
    for item in work.gates:
        address = reverse("gate", args=[item.step.run.number, item.step.number])
        found[item.step.run_id].append(Entry(f"Vote: {item.title}", address, "gate", _for(item), is_act=True))
    for verb, items in (("Do", work.mine), ("Take", work.open)):
        for item in items:
            address = reverse("task", args=[item.step.run.number, item.step.number])
            found[item.step.run_id].append(Entry(f"{verb}: {item.title}", address, "task", _for(item), is_act=True))
    for run, entry in _repairs(person, [run.pk for run in runs if run.is_open and run.incident_count]):
        found[run].append(entry)
    return found


def _for(item: worklist.Item) -> str:
    return f"for {item.lender.person}" if item.lender else ""


def _repairs(person: Person, stuck: Sequence[UUID]) -> list[tuple[UUID, Entry]]:
    """Retry what went wrong, where the guard lets the reader."""
    if not stuck:
        return []
    open_ones = Q(status=IncidentStatus.OPEN.value, step__status__in=[status.value for status in VISIT_OPEN])
    incidents = list(
        Incident.objects.filter(open_ones, run__in=stuck).select_related("step", "run__unit").order_by("pk")
    )
    allowed = guard.may_at(person, "retry", [(incident.run, incident.step.number) for incident in incidents])
    return [
        (
            incident.run_id,
            Entry(
                f"Retry: {incident.step.title}",
                reverse("run-retry", args=[incident.run.number, incident.step.number]),
                "retry",
                is_act=True,
            ),
        )
        for incident, verdict in zip(incidents, allowed, strict=True)
        if verdict
    ]
