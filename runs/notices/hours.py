"""When a notice goes out: by the rhythm a person chose, and never in their quiet hours. All in their time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runs.models import NoticeWish

#: What happens within a minute is one message.
GATHER = timedelta(minutes=1)
Rhythm = NoticeWish.Rhythm


def due(wish: NoticeWish, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when something that is news now should go out."""
    local = now.astimezone(zone)
    match wish.rhythm:
        case Rhythm.HOURLY:
            # in absolute time: in the hour that comes twice a year the wall clock is no help
            past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            at = now - past + timedelta(hours=1)
        case Rhythm.DAILY:
            at = _next(wish.daily_at, zone, now)
        case _:
            at = now + GATHER
    return after_quiet(wish, zone, at)


def after_quiet(wish: NoticeWish, zone: ZoneInfo, at: datetime) -> datetime:
    """Return this time, or the end of the quiet hours that it falls into."""
    start, end = wish.quiet_from, wish.quiet_until
    if start is None or end is None or start == end:
        return at
    clock = at.astimezone(zone).time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    return _next(end, zone, at) if is_quiet else at


def _next(clock: time, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the next time it is so late, after now."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(3))
    times = (datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) for day in days)
    return next(at for at in times if at > now)
