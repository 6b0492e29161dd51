"""What is not news any more: the gate is decided, the task done or taken, the run over, the review closed. Asked when
it is shown and again immediately before it is sent, never remembered."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from engine.lifecycles import RUN_ENDED, VISIT_ENDED, ExceptionStatus, GateStatus, IncidentStatus, ReviewStatus
from runs.models import Incident, Matter, Notice, Vote
from runs.notices import sight
from workflows.models import Opinion

_WORDS = {
    GateStatus.APPROVED: "approved meanwhile",
    GateStatus.REJECTED: "rejected meanwhile",
    GateStatus.RETURNED: "sent back meanwhile",
    GateStatus.OVERRIDDEN: "passed over meanwhile",
}
_REVIEWS = {
    ReviewStatus.APPROVED: "approved meanwhile",
    ReviewStatus.CHANGES_WANTED: "sent back meanwhile",
    ReviewStatus.REJECTED: "rejected meanwhile",
    ReviewStatus.WITHDRAWN: "taken back meanwhile",
}
_EXCEPTIONS = {
    ExceptionStatus.GRANTED: "granted meanwhile",
    ExceptionStatus.REFUSED: "refused meanwhile",
    ExceptionStatus.REVOKED: "ended meanwhile",
}
#: What the reader did themself: nothing for the others in their role.
_VOTED, _SPOKEN = "you have voted", "you have reviewed it"
_ENDED = [status.value for status in VISIT_ENDED]
_OVER = [status.value for status in RUN_ENDED]

#: Notices that ask for an act at what is over: cheap to ask in bulk, where `words` looks closer.
IS_OVER = Q(kind__in=Notice.ASKING) & (
    Q(step__status__in=_ENDED)
    | Q(run__status__in=_OVER)
    | Q(matter__review__status__in=[status.value for status in _REVIEWS])
    | Q(matter__exception__status__in=[status.value for status in _EXCEPTIONS])
)


def with_what_became(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    """Read with these notices all that `words` asks of them."""
    incident = Incident.objects.filter(step=OuterRef("step"), status=IncidentStatus.OPEN.value)
    voted = Vote.objects.filter(gate=OuterRef("step"), person=OuterRef("person"))
    spoken = Opinion.objects.filter(review=OuterRef("matter__review"), person=OuterRef("person"))
    related = (
        "person",
        "run__unit",
        "run__version",
        "step__run__unit",
        "step__gate",
        "step__claimed_by",
        "step__ended_by",
        "matter__review",
        "matter__exception",
    )
    return notices.select_related(*related).annotate(
        incident_stands=Exists(incident), has_voted=Exists(voted), has_spoken=Exists(spoken)
    )


def words(notice: Notice) -> str:
    """Say why this notice asks for nothing any more, or nothing. Its row was read by `with_what_became`."""
    step, run = notice.step, notice.run
    if notice.kind not in Notice.ASKING:
        return ""
    if (matter := sight.matter(notice)) is not None:
        return _of_governance(matter, notice.has_spoken)
    if run is None:
        return ""
    if step is None or step.status not in _ENDED:
        if run.status in _OVER:
            return "the run has ended"
        return _while_open(notice)
    if step.kind == "gate":
        return _WORDS.get(GateStatus(step.gate.status), "closed meanwhile")
    by = step.ended_by
    return "done" if by == notice.person else f"done by {by}" if by is not None else "closed meanwhile"


def _of_governance(matter: Matter, has_spoken: bool) -> str:
    if matter.review is not None:
        closed = _REVIEWS.get(ReviewStatus(matter.review.status), "")
        return closed or (_SPOKEN if has_spoken else "")
    return _EXCEPTIONS.get(ExceptionStatus(matter.exception.status), "") if matter.exception else ""


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
    return "" if said in (_VOTED, _SPOKEN) else said
