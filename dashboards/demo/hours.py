"""The working week of Lindhaven Energy, so that the past looks like one."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.demo.organisation import ZONE

OPENS, CLOSES = timedelta(hours=8, minutes=30), timedelta(hours=17, minutes=45)


def at_work(moment: datetime) -> datetime:
    """Return this moment if people are at work, else one early on the next working day."""
    local = moment.astimezone(ZoneInfo(ZONE))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    since = local - midnight
    spread = timedelta(minutes=moment.minute + moment.second / 60)
    if since < OPENS and local.weekday() < 5:
        return (midnight + OPENS + spread).astimezone(moment.tzinfo)
    if since >= CLOSES or local.weekday() >= 5:
        midnight += timedelta(days=1)
        while midnight.weekday() >= 5:
            midnight += timedelta(days=1)
        return (midnight + OPENS + spread).astimezone(moment.tzinfo)
    return moment


def morning(day: datetime) -> datetime:
    """Return when the doors open on this day, by the clock on the wall."""
    local = day.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local + OPENS).astimezone(day.tzinfo)


def ago(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> timedelta:
    """Return a length of time that the demo counts back from now."""
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
