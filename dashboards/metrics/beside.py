"""Versions of one playbook beside each other: how the runs did that began on each since the same moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from dashboards.metrics.percentiles import Spread, spreads
from engine.lifecycles import RUN_ENDED, RUN_OPEN, GateStatus, RunStatus, VisitStatus
from runs.models import Gate, Step
from runs.models.run import RunQuerySet
from workflows.models import Version

DEFINITION = (
    "Lead time: from the start of a run to its end, for those "
    "that completed, without pauses. Failed: ended as failed, cancelled or rolled back. Rework: runs in which some "
    "step was done more than once. Rejections: gates that were rejected or sent back for changes."
)
_TURNED_DOWN = (GateStatus.REJECTED.value, GateStatus.RETURNED.value)


@dataclass(frozen=True)
class Course:
    """Counts of runs but for `rejections`, which are gates; of `decided` gates in all."""

    started: int = 0
    completed: int = 0
    failed: int = 0
    open_now: int = 0
    stuck: int = 0
    reworked: int = 0
    decided: int = 0
    rejections: int = 0
    lead: Spread | None = None


def measure(runs: RunQuerySet, versions: Iterable[Version], since: datetime) -> Mapping[int, Course]:
    """Measure these runs for each of the versions, by its key: numbers alone, of no run by name. Four queries."""
    keys = [version.pk for version in versions]
    began = runs.filter(version__in=keys, started_at__gte=since)
    completed = Q(status=RunStatus.COMPLETED.value)
    failed = Q(status__in=[status.value for status in RUN_ENDED]) & ~completed
    is_open = Q(status__in=[status.value for status in RUN_OPEN])
    counted = began.order_by().values("version").annotate(
        started=Count("pk"),
        completed=Count("pk", filter=completed),
        failed=Count("pk", filter=failed),
        open_now=Count("pk", filter=is_open),
        stuck=Count("pk", filter=is_open & Q(incident_count__gt=0)),
    )  # fmt: skip
    leads = spreads(began.filter(completed), "started_at", "ended_at", by=["version"], without="paused_seconds")
    ids = began.order_by().values("pk")
    done = Step.objects.filter(run__in=ids, undoes=None, status=VisitStatus.COMPLETED.value).order_by()
    again = done.values("run", "run__version", "name", "scope").annotate(visits=Count("pk")).filter(visits__gt=1)
    reworked: dict[int, set[object]] = {key: set() for key in keys}
    for run, version in again.values_list("run", "run__version"):
        reworked[version].add(run)
    decided = Gate.objects.filter(step__run__in=ids, decided_at__isnull=False).order_by().values("step__run__version")
    gates = decided.annotate(decided=Count("pk"), rejections=Count("pk", filter=Q(status__in=_TURNED_DOWN)))
    by_gates = {row.pop("step__run__version"): row for row in gates}
    found = {key: Course() for key in keys}
    for row in counted:
        key = row.pop("version")
        found[key] = Course(**row, **by_gates.get(key, {}), reworked=len(reworked[key]), lead=leads.get((key,)))
    return found
