"""So much later, and so much before: plain time and business time on one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.calendars import Calendar
from engine.durations import BusinessTime, Length

_TICK = timedelta(microseconds=1)


def after(moment: datetime, length: Length, calendar: Calendar | None = None) -> datetime:
    """Return the moment that much later, business time by this calendar; beyond the year 9999, its end."""
    if isinstance(length, BusinessTime):
        assert calendar is not None, "the compiler pins a calendar where there is business time"
        return calendar.add(moment, length)
    try:
        return moment + length
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def before(moment: datetime, length: Length, earliest: datetime, calendar: Calendar | None = None) -> datetime:
    """Return the last moment from which that much time fits before this one, but none before the earliest.

    Business time is that of the calendar, to the microsecond; what does not fit at all gives the earliest.
    """
    if not isinstance(length, BusinessTime):
        return max(earliest, moment - min(length, moment - earliest))
    if after(earliest, length, calendar) > moment:
        return earliest
    fits, too_late = timedelta(0), max(moment - earliest, timedelta(0)) + _TICK
    while too_late - fits > _TICK:
        middle = (fits + too_late) // 2
        if after(earliest + middle, length, calendar) <= moment:
            fits = middle
        else:
            too_late = middle
    return earliest + fits
