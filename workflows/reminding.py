"""What becomes due without anybody doing anything: an exception that is about to end, what is to be looked at again.

Asked by the clock once a minute. What was found is an entry of the log, once: the row that it is about remembers it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.lifecycles import ExceptionStatus, VersionStatus
from workflows.clock import Clock, database_clock
from workflows.confirming import due_at
from workflows.governing import Kind, note
from workflows.models import Artifact, PolicyException, Version
from workflows.policies.exceptions import named
from workflows.writing import writing

#: Who is in the log as having said it.
CLOCK = "penstock"
#: So long before its end whoever needs an exception is told; of a short one, in its last quarter.
AHEAD = timedelta(days=7)


def remind(clock: Clock = database_clock) -> int:
    """Write down what has become due; return how much that was. Two statements where nothing has."""
    now = clock()
    return sum(_exception(pk, now) for pk in _ending(now)) + sum(_artifact(pk, now) for pk in _to_look_at(now))


def ends_soon(exception: PolicyException, now: datetime) -> bool:
    """Say whether its people should know now that it ends."""
    ahead = min(AHEAD, (exception.ends_at - exception.starts_at) / 4)
    return exception.ends_at - ahead <= now < exception.ends_at


def _ending(now: datetime) -> list[int]:
    granted = PolicyException.objects.filter(status=ExceptionStatus.GRANTED, reminded_at=None)
    soon = granted.filter(ends_at__gt=now, ends_at__lte=now + AHEAD).only("starts_at", "ends_at")
    return [one.pk for one in soon if ends_soon(one, now)]


def _exception(pk: int, now: datetime) -> int:
    with writing():
        rows = PolicyException.objects.select_for_update(of=("self",)).select_related("policy", "playbook__unit")
        found = rows.filter(pk=pk, status=ExceptionStatus.GRANTED, reminded_at=None).first()
        if found is None:
            return 0
        found.reminded_at = now
        found.save()
        note(Kind.EXCEPTION_ENDING, CLOCK, found.playbook, of=found, says=named(found), at=now)
    return 1


def _to_look_at(now: datetime) -> list[int]:
    """Return what has an owner who was not told yet; without an owner nobody is, until there is one."""
    asked = Version.objects.filter(
        status=VersionStatus.PUBLISHED, review_days__isnull=False, artifact__owner__is_active=True
    )
    columns = ("published_at", "review_days", "artifact__reviewed_at", "artifact__reminded_at")
    return [
        one.artifact_id
        for one in asked.select_related("artifact").only("artifact_id", *columns).order_by("artifact")
        if _is_due(one.artifact, one, now)
    ]


def _artifact(pk: int, now: datetime) -> int:
    with writing():
        artifact = Artifact.objects.select_for_update(of=("self",)).select_related("unit").get(pk=pk)
        published = artifact.published
        if published is None or artifact.owner_id is None or not _is_due(artifact, published, now):
            return 0
        artifact.reminded_at = now
        artifact.save()
        note(Kind.REVIEW_DUE, CLOCK, published, at=now)
    return 1


def _is_due(artifact: Artifact, published: Version, now: datetime) -> bool:
    due = due_at(artifact, published)
    return due is not None and due <= now and (artifact.reminded_at is None or artifact.reminded_at < due)
