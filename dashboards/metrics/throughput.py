"""Throughput: how many runs were started and how many completed, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.db.models.functions import TruncDate

from dashboards.metrics.asked import Asked
from engine.lifecycles import RUN_ENDED, RunStatus
from runs.models.run import RunQuerySet

DEFINITION = (
    "Started: runs whose first event lies on that day. Completed: runs that reached a completed end on that day. "
    "Ended otherwise: failed, cancelled or rolled back. Days are those of your own time zone; today is not over yet."
)


@dataclass(frozen=True)
class Day:
    date: date
    started: int
    completed: int
    ended_otherwise: int

    @property
    def ended(self) -> int:
        return self.completed + self.ended_otherwise


@dataclass(frozen=True)
class Throughput:
    days: tuple[Day, ...]

    @property
    def started(self) -> int:
        return sum(day.started for day in self.days)

    @property
    def completed(self) -> int:
        return sum(day.completed for day in self.days)

    @property
    def ended_otherwise(self) -> int:
        return sum(day.ended_otherwise for day in self.days)


def measure(asked: Asked) -> Throughput:
    """Count the runs that started and ended on each day of the period. Two queries."""
    period = asked.period
    started = _by_day(asked.runs.filter(started_at__gte=period.starts_at), "started_at", asked)
    ended = asked.runs.filter(status__in=[status.value for status in RUN_ENDED], ended_at__gte=period.starts_at)
    by_status: dict[tuple[date, bool], int] = {}
    counted = ended.order_by().annotate(day=TruncDate("ended_at", tzinfo=period.zone)).values("day", "status")
    for row in counted.annotate(runs=Count("pk")):
        key = row["day"], row["status"] == RunStatus.COMPLETED
        by_status[key] = by_status.get(key, 0) + row["runs"]
    return Throughput(
        tuple(
            Day(day, started.get(day, 0), by_status.get((day, True), 0), by_status.get((day, False), 0))
            for day in period.dates
        )
    )


def _by_day(runs: RunQuerySet, column: str, asked: Asked) -> Mapping[date, int]:
    days = runs.order_by().annotate(day=TruncDate(column, tzinfo=asked.period.zone)).values("day")
    return {row["day"]: row["runs"] for row in days.annotate(runs=Count("pk"))}
