"""Work in progress: how many runs were under way at the end of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    """Count what is under way now, and take it back day by day by what started and ended. One query."""
    under_way = asked.under_way.count() - sum(day.started - day.ended for day in throughput.days)
    levels = []
    for day in throughput.days:
        under_way += day.started - day.ended
        levels.append(Level(day.date, under_way))
    return tuple(levels)
