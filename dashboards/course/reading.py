"""A run with all that its pages need, or 404 where it is not the reader's to see."""

from __future__ import annotations

from dataclasses import dataclass

from django.shortcuts import get_object_or_404

from engine.definition import Definition
from engine.lifecycles import IncidentStatus
from engine.machine.state import State
from runs import definitions
from runs.models import Incident, Run, Step
from workflows.models import Person


@dataclass(frozen=True)
class Seen:
    """A run that the reader may see, with all its visits and its open incidents."""

    run: Run
    state: State
    definition: Definition
    steps: tuple[Step, ...]
    incidents: tuple[Incident, ...]

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
    return Seen(run, state, definitions.by_digest(state.definition), tuple(steps), tuple(incidents))
