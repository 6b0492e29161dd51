"""Lengths of time compared: plain ones exactly, business time among itself, and the two only where it is certain.

Business time is taken at its longest in the calendar's worst week (semantics section 6, row 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from engine.calendars import Calendar
from engine.definition import Definition, Rung, StepSpec
from engine.durations import BusinessTime, Length

_NOTHING = timedelta(0)
_NO_BUSINESS = BusinessTime()


@dataclass(frozen=True)
class Total:
    """Lengths added up: the plain ones, and the business time beside them."""

    plain: timedelta = _NOTHING
    business: BusinessTime = _NO_BUSINESS

    @classmethod
    def of(cls, lengths: Iterable[Length]) -> Total:
        plain, days, hours = _NOTHING, 0, 0
        for length in lengths:
            if isinstance(length, BusinessTime):
                days, hours = days + length.days, hours + length.hours
            else:
                plain += length
        return cls(plain, BusinessTime(days, hours))

    def longest(self, calendar: Calendar | None) -> timedelta:
        """Return how long this takes at most."""
        if calendar is None or not self.business:
            return self.plain
        return self.plain + calendar.slowest(self.business)


def longest(length: Length, calendar: Calendar | None) -> timedelta:
    return Total.of((length,)).longest(calendar)


def exceeds(total: Total, limit: Length, calendar: Calendar | None) -> bool:
    """Say whether the total is more than the limit."""
    if isinstance(limit, BusinessTime) and not total.plain:
        days, hours = total.business.days, total.business.hours
        if days <= limit.days and hours <= limit.hours:
            return False
        if days >= limit.days and hours >= limit.hours:
            return True
    return total.longest(calendar) > longest(limit, calendar)


def is_shorter(one: Length, other: Length, calendar: Calendar | None) -> bool:
    """Say whether one length is shorter than the other for certain, whenever both begin."""
    if isinstance(one, BusinessTime) and isinstance(other, BusinessTime):
        return one != other and one.days <= other.days and one.hours <= other.hours
    return longest(one, calendar) < _shortest(other)


def _shortest(length: Length) -> timedelta:
    """Return a time that this takes at least: of working days, the first may be short."""
    if isinstance(length, BusinessTime):
        return timedelta(days=max(0, length.days - 1), hours=length.hours)
    return length


def is_sooner(definition: Definition, step: StepSpec, one: Rung, other: Rung) -> bool:
    """Say whether one rung of a step comes before another for certain."""
    calendar = definition.calendar
    if one.after is not None and other.after is not None:
        return is_shorter(one.after, other.after, calendar)
    if one.before_due is not None and other.before_due is not None:
        return is_shorter(other.before_due, one.before_due, calendar)
    return _span(step, one, calendar)[1] < _span(step, other, calendar)[0]


def _span(step: StepSpec, rung: Rung, calendar: Calendar | None) -> tuple[timedelta, timedelta]:
    """Return the soonest and the latest that a rung comes, from the opening of the step."""
    if rung.after is not None:
        return _shortest(rung.after), longest(rung.after, calendar)
    assert step.due is not None
    assert rung.before_due is not None
    soonest = _shortest(step.due) - longest(rung.before_due, calendar)
    latest = longest(step.due, calendar) - _shortest(rung.before_due)
    return max(soonest, _NOTHING), max(latest, _NOTHING)
