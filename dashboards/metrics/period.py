"""Which days a figure covers: the last so many days up to today, as the reader's own clock cuts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Case, Expression, IntegerField, Value, When

LENGTHS = (7, 30, 90)
WEEKS_FROM = 90


@dataclass(frozen=True)
class Period:
    """`days` calendar days in `zone`; the last is the one that `now` (aware) lies in."""

    days: int
    now: datetime
    zone: ZoneInfo

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Every day of the period, oldest first."""
        return tuple(self.today - timedelta(days=back) for back in reversed(range(self.days)))

    @cached_property
    def starts_at(self) -> datetime:
        """The first instant of the first day, in UTC."""
        return self.opening(self.dates[0])

    def opening(self, day: date) -> datetime:
        """Return the first instant of a day in the reader's zone, in UTC; daylight saving is the zone's affair."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def part(self, column: str, begins: Sequence[date]) -> Expression:
        """Return which of the parts that begin on these days a time lies in: its number, in SQL.

        What is before the first lies in it, what is after the last in that. By comparing with a few instants:
        neither database asks a calendar of every row for it, and SQLite not Python.
        """
        edges = [self.opening(day) for day in begins]

        def among(low: int, high: int) -> Expression:
            if low == high:
                return Value(low)
            middle = (low + high + 1) // 2
            earlier = When(**{f"{column}__lt": edges[middle]}, then=among(low, middle - 1))
            return Case(earlier, default=among(middle, high), output_field=IntegerField())

        return among(0, len(edges) - 1)

    @property
    def by_week(self) -> bool:
        """Long periods are cut into weeks where a day holds too few runs to say anything."""
        return self.days >= WEEKS_FROM

    @cached_property
    def buckets(self) -> tuple[date, ...]:
        """The first day of each part: the days themselves, or the Mondays of the weeks they lie in."""
        if not self.by_week:
            return self.dates
        return tuple(sorted({monday(day) for day in self.dates}))

    def __str__(self) -> str:
        return f"the last {self.days} days"


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
