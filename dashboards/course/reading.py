"""A run with all that its pages need, as it is or as it was after an entry; 404 where it is not the reader's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from dashboards.course import children
from engine.definition import Definition
from engine.lifecycles import Choice, IncidentStatus
from engine.machine.state import State
from runs import definitions, moving, past
from runs.models import Incident, Run, Step, Vote
from runs.models.run import RunQuerySet
from workflows.models import Person, Version


@dataclass(frozen=True)
class AsOf:
    """A moment of the past: after entry `seq` of the `newest` there are now, at `at`, and so until `until` (None: now).

    What was asked for is never quite the moment: a run stands as it is from one entry to the next.
    """

    seq: int
    newest: int
    at: datetime
    until: datetime | None = None

    @property
    def before(self) -> int:
        """The entry before; 0 where there is none."""
        return self.seq - 1

    @property
    def next(self) -> int:
        """The entry after; 0 where there is none."""
        return self.seq + 1 if self.seq < self.newest else 0


@dataclass(frozen=True)
class Seen:
    """A run that the reader may see, with its visits, its open incidents, and the runs it called by the visit.

    `troubles` are the incidents that are over too. With `as_of`, everything is as it was then, and nothing of it is a
    row of the database: there is nothing to do to it.
    """

    run: Run
    state: State
    definition: Definition
    steps: tuple[Step, ...]
    incidents: tuple[Incident, ...]
    called: Mapping[int, Run] = field(default_factory=dict)
    troubles: tuple[Incident, ...] = ()
    as_of: AsOf | None = None

    @cached_property
    def newer(self) -> Version | None:
        """The version that is published, where it is newer than the run's."""
        return moving.newer(self.run)

    @property
    def stuck(self) -> dict[int, Incident]:
        """The open incidents by the visit they are at."""
        return {incident.step.number: incident for incident in self.incidents if incident.step}


def fetch(person: Person, number: int, among: RunQuerySet | None = None) -> Seen:
    """Read the run, or raise Http404: absent and foreign look alike. `among`: what the person sees, if known."""
    related = ("version__artifact__unit", "started_by", "unit")
    among = Run.objects.visible_to(person) if among is None else among
    run = get_object_or_404(among.select_related(*related), number=number)
    state = definitions.state_of(run)
    steps = run.steps.select_related("claimed_by", "ended_by", "gate").annotate(approvals=_approvals())
    troubles = tuple(run.incidents.select_related("step").order_by("opened_at", "pk"))
    definition = definitions.by_digest(state.definition)
    called = children.of(run, definition, person)
    return Seen(run, state, definition, tuple(steps.order_by("number")), _open(troubles), called, troubles)


def back(today: Seen, seq: int) -> Seen:
    """Return the run as it was after this entry, which its log has. Five statements, whatever the log holds."""
    then = past.after(today.run, seq)
    at = then.state.at
    called = {visit: child for visit, child in today.called.items() if child.started_at <= at}
    until = today.run.entries.filter(seq=seq + 1).values_list("at", flat=True).first()
    return Seen(
        run=then.run,
        state=then.state,
        definition=then.definition,
        steps=then.steps,
        incidents=_open(then.incidents),
        called=called,
        troubles=then.incidents,
        as_of=AsOf(seq, today.run.seq, at, until),
    )


def _open(troubles: tuple[Incident, ...]) -> tuple[Incident, ...]:
    return tuple(one for one in troubles if one.status == IncidentStatus.OPEN)


def _approvals() -> Coalesce:
    """How many have approved at a gate."""
    votes = Vote.objects.filter(gate=OuterRef("pk"), choice=Choice.APPROVE.value).order_by().values("gate")
    counted = votes.annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
