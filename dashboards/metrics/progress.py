"""Work in progress: how many runs were under way at the end of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from dashboards.metrics.asked import Asked
from dashboards.metrics.throughput import Throughput

DEFINITION = (
    "Runs that had started and not ended when that day was over; for today, right now. "
    "It grows while more is started than ended."
)


@dataclass(frozen=True)
class Level:
    date: date
    under_way: int


def measure(asked: Asked, throughput: Throughput) -> tuple[Level, ...]:
    """Add each day's starts and ends to what was under way when the period began. One query."""
    begins = asked.period.starts_at
    under_way = asked.runs.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=begins), started_at__lt=begins).count()
    levels = []
    for day in throughput.days:
        under_way += day.started - day.ended
        levels.append(Level(day.date, under_way))
    return tuple(levels)
