"""How a playbook does in practice: its runs of the last 90 days as the reader may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from dashboards.board.filters import ENDED, OPEN
from dashboards.metrics.percentiles import Spread, spreads
from engine.lifecycles import RunStatus
from runs.models.run import RunQuerySet

DAYS = 90


@dataclass(frozen=True)
class Practice:
    """`started` and `completed` and the others count the last 90 days; `open_now` and `stuck` are of now."""

    started: int = 0
    completed: int = 0
    ended: int = 0
    open_now: int = 0
    stuck: int = 0
    cycle: Spread | None = None

    @property
    def open_words(self) -> str:
        return f"{self.open_now} running"

    @property
    def stuck_words(self) -> str:
        return f"{self.stuck} of {self.open_now} need attention"

    @property
    def completed_percent(self) -> float | None:
        """Of the runs that ended, how many completed; None where none ended."""
        return 100 * self.completed / self.ended if self.ended else None


def of_many(runs: RunQuerySet, now: datetime, by: str = "version__artifact__slug") -> Mapping[str, Practice]:
    """Measure these (visible) runs for each value of `by`. Two queries."""
    since = now - timedelta(days=DAYS)
    completed = runs.filter(status=RunStatus.COMPLETED.value, ended_at__gte=since)
    cycles = spreads(completed, "started_at", "ended_at", by=[by], without="paused_seconds")
    recent = runs.filter(Q(status__in=OPEN) | Q(ended_at__gte=since) | Q(started_at__gte=since))
    counts = recent.order_by().values(by).annotate(
        started=Count("pk", filter=Q(started_at__gte=since)),
        completed=Count("pk", filter=Q(status=RunStatus.COMPLETED.value, ended_at__gte=since)),
        ended=Count("pk", filter=Q(status__in=ENDED, ended_at__gte=since)),
        open_now=Count("pk", filter=Q(status__in=OPEN)),
        stuck=Count("pk", filter=Q(status__in=OPEN, incident_count__gt=0)),
    )  # fmt: skip
    found = {}
    for row in counts:
        key = row.pop(by)
        found[key] = Practice(**row, cycle=cycles.get((key,)))
    return found
