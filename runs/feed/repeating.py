"""The days on which an event that repeats takes place: simple rules, within bounds; all else is not understood.

A rule is unrolled by its days alone, at the time of day on the wall, so that daylight saving moves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from dateutil import rrule

#: More days than this no absence repeats on within a year.
MOST = 366
#: How far back a rule may begin: it is unrolled from there.
OLDEST = timedelta(days=366 * 10)
_EVERY = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_DAY = re.compile(r"(?P<nth>[+-]?[1-4])?(?P<day>MO|TU|WE|TH|FR|SA|SU)")
_DAYS = {"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU}


class NotUnderstood(Exception):
    """The reason, as a sentence."""


def days(rule: Mapping[str, Any], first: date, but: Iterable[date], start: date, end: date) -> list[date]:
    """Return the days from `start` to `end` on which something takes place that began on the day `first`."""
    unknown = sorted(set(rule) - _KNOWN)
    if unknown:
        raise NotUnderstood(f"It repeats by {', '.join(unknown)}, which is not understood here.")
    every = str(_one(rule, "FREQ", ""))
    if every not in _EVERY:
        raise NotUnderstood("It repeats more often than daily.")
    if start - first > OLDEST:
        raise NotUnderstood("It began to repeat more than ten years ago.")
    until, interval = _one(rule, "UNTIL", None), int(_one(rule, "INTERVAL", 1))
    if not 1 <= interval <= MOST:
        raise NotUnderstood("It repeats at an interval that is not understood here.")
    last = min(until.date() if isinstance(until, datetime) else until or end, end)
    found = rrule.rrule(
        _EVERY[every],
        dtstart=datetime.combine(first, time()),
        interval=interval,
        byweekday=_weekdays(rule, every),
        wkst=_DAYS.get(str(_one(rule, "WKST", "MO")), rrule.MO),
        until=datetime.combine(last, time()),
    )
    count = _one(rule, "COUNT", None)
    left_out = set(but)
    at = (moment.date() for moment in islice(found, int(count) if count is not None else None))
    return list(islice((day for day in at if day >= start and day not in left_out), MOST))


def _one(rule: Mapping[str, Any], key: str, default: Any) -> Any:
    value = rule.get(key, default)
    return value[0] if isinstance(value, list) else value


def _weekdays(rule: Mapping[str, Any], every: str) -> list[Any] | None:
    if "BYDAY" not in rule:
        return None
    found = []
    given = rule["BYDAY"]
    for text in given if isinstance(given, list) else [given]:
        match = _DAY.fullmatch(str(text))
        if match is None or every == "YEARLY" or (match["nth"] and every != "MONTHLY"):
            raise NotUnderstood("It repeats on days of the week in a way that is not understood here.")
        day = _DAYS[match["day"]]
        found.append(day(int(match["nth"])) if match["nth"] else day)
    return found
