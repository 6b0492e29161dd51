"""What is not news any more: the gate is decided, the task done or taken, the run over. Asked when it is shown and
again immediately before it is sent, never remembered."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from engine.lifecycles import RUN_ENDED, VISIT_ENDED, GateStatus, IncidentStatus
from runs.models import Incident, Notice, Vote

_WORDS = {
    GateStatus.APPROVED: "approved meanwhile",
    GateStatus.REJECTED: "rejected meanwhile",
    GateStatus.RETURNED: "sent back meanwhile",
    GateStatus.OVERRIDDEN: "passed over meanwhile",
}
_VOTED = "you have voted"
_ENDED = [status.value for status in VISIT_ENDED]
_OVER = [status.value for status in RUN_ENDED]

#: Notices that ask for an act at a step or run that is over: cheap to ask in bulk, where `words` looks closer.
IS_OVER = Q(kind__in=Notice.ASKING) & (Q(step__status__in=_ENDED) | Q(run__status__in=_OVER))


def with_what_became(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    """Read with these notices all that `words` asks of them."""
    incident = Incident.objects.filter(step=OuterRef("step"), status=IncidentStatus.OPEN.value)
    voted = Vote.objects.filter(gate=OuterRef("step"), person=OuterRef("person"))
    related = (
        "person",
        "run__unit",
        "run__version",
        "step__run__unit",
        "step__gate",
        "step__claimed_by",
        "step__ended_by",
    )
    return notices.select_related(*related).annotate(incident_stands=Exists(incident), has_voted=Exists(voted))


def words(notice: Notice) -> str:
    """Say why this notice asks for nothing any more, or nothing. Its row was read by `with_what_became`."""
    step, run = notice.step, notice.run
    if notice.kind not in Notice.ASKING or run is None:
        return ""
    if step is None or step.status not in _ENDED:
        if run.status in _OVER:
            return "the run has ended"
        return _while_open(notice)
    if step.kind == "gate":
        return _WORDS.get(GateStatus(step.gate.status), "closed meanwhile")
    by = step.ended_by
    return "done" if by == notice.person else f"done by {by}" if by is not None else "closed meanwhile"


def _while_open(notice: Notice) -> str:
    step = notice.step
    if step is None:
        return ""
    if notice.kind == Notice.Kind.INCIDENT:
        return "" if notice.incident_stands else "resolved meanwhile"
    if notice.kind == Notice.Kind.OVERDUE:
        return "" if step.overdue else "not overdue any more"
    if notice.has_voted:
        return _VOTED
    if step.claimed_by is not None and step.claimed_by != notice.person:
        return f"taken by {step.claimed_by}"
    return ""


def for_a_role(notice: Notice) -> str:
    """The same for everybody in a role: what one of them has voted or read says nothing for the others."""
    said = words(notice)
    return "" if said == _VOTED else said
