"""Incidents that stand beside the log: not the machine's, but of whoever looks after the runs (audit, staffing).

Each writer has a code of its own and opens and resolves only what has that code.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.lifecycles import INCIDENTS, IncidentStatus
from runs import definitions
from runs.clock import database_clock
from runs.lane import lane_of
from runs.models import Incident, Run, Step

#: The auditor's: a run stands still for a reason that nobody but an operator can put right.
STUCK = "stuck"
#: That of `runs.staffing`: the people of an open step are too few.
NOBODY_ELIGIBLE = "nobody-eligible"
#: What an operator reads, whoever opened the incident.
SENTENCES = {
    **INCIDENTS,
    STUCK: "it stands still",
    NOBODY_ELIGIBLE: "too few people are there who may answer",
}
#: Incidents that people can end: what is told of them says who would help.
OF_PEOPLE = ("roster", NOBODY_ELIGIBLE)


def put(run: Run, code: str, says: Mapping[int | None, str], resolution: str) -> bool:
    """Let the run's open incidents of this code be these, by visit (None: the run); return whether any changed.

    The run is locked by whoever calls. What is said anew of the same visit replaces the words.
    """
    now = database_clock()
    is_open = {"run": run, "status": IncidentStatus.OPEN.value}
    known = {
        incident.step.number if incident.step else None: incident
        for incident in Incident.objects.filter(**is_open, code=code).select_related("step")
    }
    steps = dict(Step.objects.filter(run=run, number__in=[n for n in says if n]).values_list("number", "pk"))
    new = [
        Incident(run=run, step_id=steps.get(number or 0), code=code, message=message, opened_at=now)
        for number, message in says.items()
        if number not in known
    ]
    gone = [incident.pk for number, incident in known.items() if number not in says]
    changed = [incident for number, incident in known.items() if says.get(number, incident.message) != incident.message]
    Incident.objects.bulk_create(new)
    Incident.objects.filter(pk__in=gone).update(
        status=IncidentStatus.RESOLVED.value, resolved_at=now, resolution=resolution
    )
    for incident in changed:
        step = incident.step
        Incident.objects.filter(pk=incident.pk).update(message=says[step.number if step else None])
    count = Incident.objects.filter(**is_open).count()
    if new or gone or changed or count != run.incident_count:
        state = definitions.state_of(run)
        lane = lane_of(state, definitions.by_digest(state.definition), count > 0)
        Run.objects.filter(pk=run.pk, seq=run.seq).update(incident_count=count, changed_at=now, lane=lane.value)
    return bool(new or gone or changed)
