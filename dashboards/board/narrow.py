"""What the filters of the Runs page leave, as conditions on runs."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboards.board.filters import ENDED, OPEN, OPEN_VISITS, WITH_CALLED, Filters
from engine.lifecycles import RunStatus
from runs.models import Step
from runs.models.run import RunQuerySet
from workflows.models import Person, Unit


def overdue(now: datetime) -> Q:
    """Open runs of which a step, or the whole, should have ended; a paused one stands still."""
    return Q(status__in=OPEN, paused=False) & (Q(next_due_at__lt=now) | Q(due_at__lt=now))


def narrow(runs: RunQuerySet, filters: Filters, person: Person, now: datetime, today: datetime) -> RunQuerySet:
    """Return those runs that the filters leave. `today` is the first instant of the reader's day.

    A run that another called is a part of that one: it is left out unless it is asked or searched for.
    """
    runs = runs.filter(_state(filters.state, now, today))
    if not (filters.called or filters.text or filters.mine == "waiting" or filters.state in WITH_CALLED):
        runs = runs.filter(parent=None)
    if filters.playbook:
        runs = runs.filter(version__artifact__slug=filters.playbook)
    if filters.version:
        runs = runs.filter(version__number=filters.version)
    if filters.unit:
        path = Unit.objects.values_list("path", flat=True).get(slug=filters.unit)
        runs = runs.filter(unit__in=Unit.objects.filter(path__startswith=path))
    if filters.overdue:
        runs = runs.filter(overdue(now))
    if filters.risk:
        runs = runs.filter(version__risk=filters.risk)
    if filters.text:
        runs = runs.filter(_text(filters.text))
    whose = Person.objects.get(username=filters.person) if filters.person else person
    if filters.mine == "started":
        runs = runs.filter(started_by=whose)
    elif filters.mine == "waiting":
        runs = runs.filter(Exists(waiting_for(whose)))
    return runs


def waiting_for_people() -> Q:
    """Runs with an open task or gate that are not paused: `Run.waiting` is also true of those that wait for a time."""
    asked = Step.objects.filter(run=OuterRef("pk"), status__in=OPEN_VISITS, kind__in=["task", "gate"])
    return Q(Exists(asked), paused=False)


def waiting_for(person: Person) -> QuerySet[Step]:
    """Open steps, of the run that is asked about, that this person has claimed or may take."""
    mine = Q(candidates__person=person) | Q(candidates__group__in=person.groups.all())
    steps = Step.objects.filter(run=OuterRef("pk"), status__in=OPEN_VISITS)
    return steps.filter(Q(claimed_by=person) | (Q(claimed_by__isnull=True) & mine))


def _state(state: str, now: datetime, today: datetime) -> Q:
    return {
        "running": Q(status__in=OPEN),
        "waiting": Q(status__in=OPEN) & waiting_for_people(),
        "attention": Q(status__in=OPEN, incident_count__gt=0),
        "overdue": overdue(now),
        "paused": Q(status__in=OPEN, paused=True),
        "done": Q(status=RunStatus.COMPLETED.value, ended_at__gte=today),
        "ended": Q(status__in=ENDED),
        "all": Q(),
    }[state]


def _text(text: str) -> Q:
    """Match the title, where it stands, the starter; a number matches the run's own."""
    named = Q(started_by__first_name__icontains=text) | Q(started_by__last_name__icontains=text)
    found = Q(title__icontains=text) | Q(stands_at__icontains=text) | Q(started_by__username=text) | named
    digits = text.removeprefix("#").removeprefix("run ").strip()
    return found | Q(number=int(digits)) if digits.isdecimal() and len(digits) < 19 else found
