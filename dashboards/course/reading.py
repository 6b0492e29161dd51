"""A run with all that its pages need, or 404 where it is not the reader's to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.shortcuts import get_object_or_404

from dashboards.course import children
from engine.definition import Definition
from engine.lifecycles import IncidentStatus
from engine.machine.state import State
from runs import definitions
from runs.models import Incident, Run, Step
from workflows.models import Person


@dataclass(frozen=True)
class Seen:
    """A run that the reader may see, with its visits, its open incidents, and the runs it called by the visit."""

    run: Run
    state: State
    definition: Definition
    steps: tuple[Step, ...]
    incidents: tuple[Incident, ...]
    called: Mapping[int, Run] = field(default_factory=dict)

    @property
    def stuck(self) -> dict[int, Incident]:
        """The open incidents by the visit they are at."""
        return {incident.step.number: incident for incident in self.incidents if incident.step}


def fetch(person: Person, number: int) -> Seen:
    """Read the run, or raise Http404: absent and foreign look alike."""
    related = ("version__artifact__unit", "started_by", "unit")
    run = get_object_or_404(Run.objects.visible_to(person).select_related(*related), number=number)
    state = definitions.state_of(run)
    steps = run.steps.select_related("claimed_by", "ended_by", "gate").order_by("number")
    incidents = run.incidents.filter(status=IncidentStatus.OPEN.value).select_related("step").order_by("opened_at")
    definition = definitions.by_digest(state.definition)
    called = children.of(run, definition, person)
    return Seen(run, state, definition, tuple(steps), tuple(incidents), called)
