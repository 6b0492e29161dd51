"""Throughput: how many runs were started and how many completed, day by day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from dashboards.metrics.asked import Asked
from engine.lifecycles import RUN_ENDED, RunStatus
from runs.models.run import RunQuerySet

DEFINITION = (
    "Started: runs whose first event lies on that day. Completed: runs that reached a completed end on that day. "
    "Ended otherwise: failed, cancelled or rolled back. Days are those of your own time zone; today is not over yet."
)
_COMPLETED = Q(status=RunStatus.COMPLETED.value)


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
    days = asked.period.dates
    # whatever started in the period has not ended, or has ended in it: so both are found by when runs ended
    begun = [rows.filter(started_at__gte=asked.period.starts_at) for rows in (asked.under_way, asked.ended)]
    still, over = (_by_day(rows, "started_at", asked) for rows in begun)
    started: Counter[int] = Counter()
    for day, runs in still.union(over, all=True):
        started[day] += runs
    ended = asked.ended.filter(status__in=[status.value for status in RUN_ENDED])
    completed, otherwise = Counter[int](), Counter[int]()
    for day, runs, those in _by_day(ended, "ended_at", asked, completed=Count("status", filter=_COMPLETED)):
        completed[day], otherwise[day] = those, runs - those
    return Throughput(tuple(Day(day, started[nth], completed[nth], otherwise[nth]) for nth, day in enumerate(days)))


def _by_day(runs: RunQuerySet, column: str, asked: Asked, **more: Count) -> QuerySet[Any, tuple[int, ...]]:
    """Count these runs by the day of a column, as the day's number in the period."""
    days = runs.order_by().annotate(day=asked.period.part(column, asked.period.dates)).values("day")
    return days.annotate(runs=Count("*"), **more).values_list("day", "runs", *more)
