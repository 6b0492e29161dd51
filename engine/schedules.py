"""When a schedule is due: five cron fields, read as the clock on the wall of a time zone shows them.

Takes moments with a zone and gives them in UTC. A local time that the clocks leave out is due at the first instant
after, together with whatever else falls there; one that comes twice is due at the first (semantics [triggers]).
Cron is that of Vixie: where both days of the month and days of the week are given, either will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from engine.calendars import walls
from engine.definition import Schedule

FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
#: So late is still on time; what is later was missed (`catch_up`).
GRACE = timedelta(minutes=1)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WORDS = frozenset((*_MONTHS, *_DAYS, "l"))
_CHARACTERS = re.compile(r"[0-9a-zA-Z*/,#-]+")
_LONGEST = 200
#: Beyond the leap years that a century leaves out.
_FURTHEST_YEARS = 12


def trouble(cron: str) -> str | None:
    """Say what is wrong with these five fields, or None. That they are never due is wrong too."""
    fields = cron.split()
    if len(cron) > _LONGEST:
        return f"A schedule has at most {_LONGEST} characters."
    if len(fields) != len(FIELDS):
        return f"A schedule has five fields ({', '.join(FIELDS)}), and `{cron[:80]}` has {len(fields)}."
    for name, field in zip(FIELDS, fields, strict=True):
        words = re.findall(r"[a-z]+", field.lower())
        if not _CHARACTERS.fullmatch(field) or not _WORDS.issuperset(words):
            return f"`{field[:40]}` is no {name} of a schedule."
        try:
            croniter(" ".join(field if one == name else "*" for one in FIELDS))
        except (CroniterError, ValueError):
            return f"`{field[:40]}` is no {name} of a schedule."
    try:
        _first(cron, datetime(2026, 1, 1))  # noqa: DTZ001  a time on the wall
    except (CroniterError, ValueError):
        return f"`{cron[:80]}` is never due."
    return None


def after(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return the first time that is due after this moment, in UTC; None where there is none any more."""
    return next(ticks(schedule, moment), None)


def ticks(schedule: Schedule, moment: datetime, until: datetime | None = None) -> Iterator[datetime]:
    """Give the times that are due after this moment, in order, up to and with `until`."""
    zone = _zone(schedule.timezone)
    last = moment.astimezone(UTC)
    wall = last.astimezone(zone).replace(tzinfo=None)
    while True:
        try:
            wall = _first(schedule.cron, wall)
        except (CroniterBadDateError, OverflowError, ValueError):
            return
        tick = walls.instant(zone, wall)
        if until is not None and tick > until:
            return
        # Times that the clocks leave out fall on one instant; those that come twice have been there already.
        if tick > last:
            last = tick
            yield tick


def latest(schedule: Schedule, moment: datetime, until: datetime) -> datetime | None:
    """Return the last time that is due after this moment and not after `until`."""
    zone = _zone(schedule.timezone)
    # Looked for backwards: after a year's rest a schedule of every minute has half a million. The clocks that
    # go back hide later times behind earlier ones on the wall, so it begins some hours on.
    wall = until.astimezone(zone).replace(tzinfo=None) + timedelta(hours=3)
    backwards = croniter(schedule.cron, wall, max_years_between_matches=_FURTHEST_YEARS)
    while True:
        try:
            tick = walls.instant(zone, backwards.get_prev(datetime))
        except (CroniterBadDateError, OverflowError, ValueError):
            return None
        if tick <= moment.astimezone(UTC):
            return None
        if tick <= until:
            return tick


def names(schedules: Iterable[Schedule]) -> dict[str, Schedule]:
    """Name each schedule of a playbook by its fields and its time zone, so that it is known again in the next version.

    Of those that have both in common the second is called `… (2)`.
    """
    found: dict[str, Schedule] = {}
    for schedule in schedules:
        name = first = f"{' '.join(schedule.cron.split())} {schedule.timezone}"
        nth = 1
        while name in found:
            nth += 1
            name = f"{first} ({nth})"
        found[name] = schedule
    return found


def due(schedule: Schedule, moment: datetime, now: datetime, most: int = 50) -> tuple[tuple[datetime, ...], datetime]:
    """Return the times at which runs are to start now, and up to when everything is done with them.

    `moment` is up to when it was done before. Of what was missed `once` keeps the last, `each` all (so many at a
    time, the earliest first) and `skip` nothing.
    """
    if schedule.catch_up == "each":
        found = []
        for tick in ticks(schedule, moment, now):
            found.append(tick)
            if len(found) == most:
                return tuple(found), tick
        return tuple(found), found[-1] if found else moment
    last = latest(schedule, moment, now)
    if last is None:
        return (), moment
    is_missed = now - last > GRACE
    return () if schedule.catch_up == "skip" and is_missed else (last,), last


def _first(cron: str, wall: datetime) -> datetime:
    """Return the first time on the wall after this one. Raises `CroniterBadDateError` where there is none."""
    found: datetime = croniter(cron, wall, max_years_between_matches=_FURTHEST_YEARS).get_next(datetime)
    return found


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
