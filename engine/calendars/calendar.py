"""A calendar: a time zone, the hours of each day of the week, the days off and the days with hours of their own.

Takes moments with a zone and gives them in UTC. All of it is plain data: a holiday is a date in it, so what a run
counts by does not change with the world (semantics [units]). Hours are wall-clock time; how long they last is
what the zone makes of them, 23 or 25 hours for a whole day on which the clocks change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from engine import values
from engine.calendars import walls
from engine.durations import BusinessTime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Hours = tuple[int, int]
"""From and until, in minutes from midnight on the wall: `(540, 1020)` is 09:00-17:00, 1440 the end of the day."""

#: How far ahead is looked for the next opening, in days: a hundred years.
FURTHEST = 36_525
_NO = timedelta(0)
#: What lies beyond that, or beyond the year 9999.
END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Calendar:
    """When there is work. An office is open from the first minute of its hours and closed from the last on.

    `week` maps `mon` … `sun` to hours, in order and without overlap; a day that is not there is closed. `closed`
    are days off. `opened` are days with hours of their own, whatever the week and `closed` say of them.
    """

    timezone: str
    week: Mapping[str, tuple[Hours, ...]]
    closed: tuple[date, ...] = ()
    opened: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)
    name: str = ""
    title: str = ""

    @cached_property
    def digest(self) -> str:
        return values.digest(to_json(self))

    def is_open(self, moment: datetime) -> bool:
        at = moment.astimezone(UTC)
        return any(opens <= at < closes for opens, closes in self._times(at, days=1))

    def next_opening(self, moment: datetime) -> datetime:
        """Return the moment itself while it is inside the hours, else the first opening after it."""
        at = moment.astimezone(UTC)
        return next((max(at, opens) for opens, closes in self._times(at) if at < closes), END)

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Return the time inside the hours from one moment to another; negative where `end` comes first."""
        # Two times of one zone would be subtracted as the wall shows them, without the hour that the clocks skip.
        begin, end = begin.astimezone(UTC), end.astimezone(UTC)
        if end < begin:
            return -self.between(end, begin)
        inside = timedelta(0)
        for opens, closes in self._times(begin):
            if opens >= end:
                break
            inside += max(timedelta(0), min(closes, end) - max(opens, begin))
        return inside

    def add(self, moment: datetime, length: BusinessTime) -> datetime:
        """Return the moment that much business time later, in UTC: first the days, then the hours.

        From outside the hours it counts from the next opening, also where there is nothing to add. So many days
        later means the same time of day that many working days on; past that day's closing it is the closing, and
        before its opening the opening. So many hours later means that much time inside the hours; where they are
        used up at a closing, it is that closing. A time that a change of clocks leaves out is the first instant
        after, one that comes twice the first.
        """
        later = self._days_later(self.next_opening(moment), length.days)
        return self._hours_later(later, timedelta(hours=length.hours))

    def later(self, moment: datetime, inside: timedelta) -> datetime:
        """Return the moment by which that much more time inside the hours has passed, in UTC."""
        return self._hours_later(self.next_opening(moment), inside)

    def slowest(self, length: BusinessTime) -> timedelta:
        """Return how long this takes where it begins at the worst closing time of a week, or of those before days off.

        A day off is looked back from for at most two weeks.
        """
        if length not in self._slowest:
            self._slowest[length] = max(
                (self.add(closing, length) - closing for closing in self._closings), default=_NO
            )
        return self._slowest[length]

    @cached_property
    def _slowest(self) -> dict[BusinessTime, timedelta]:
        return {}

    @cached_property
    def _closings(self) -> tuple[datetime, ...]:
        """Return the closing times of an ordinary week, and of the last working day before each day off."""
        special = (*self.closed, *self.opened)
        ordinary = max(special, default=date(2001, 1, 1)) + timedelta(days=14)
        days = [ordinary + timedelta(days=ahead) for ahead in range(7)]
        for off in self.closed:
            back = (off - timedelta(days=behind) for behind in range(1, 15))
            days += [day for day in back if self.hours_of(day)][:1]
        return tuple(closes for day in dict.fromkeys(days) for _, closes in self._open_on(day))

    def _days_later(self, moment: datetime, count: int) -> datetime:
        if not count or moment >= END:
            return moment
        local = moment.astimezone(self._zone)
        day = next((day for nth, day in enumerate(self._working_days(local.date())) if nth == count), None)
        if day is None:
            return END
        times = list(self._open_on(day))
        same = self._instant(day, datetime.combine(day, local.time()) - datetime.combine(day, time()))
        return min(max(same, times[0][0]), times[-1][1])

    def _hours_later(self, moment: datetime, left: timedelta) -> datetime:
        if not left:
            return moment
        for opens, closes in self._times(moment):
            room = closes - max(opens, moment)
            if left <= room:
                return closes - room + left
            left -= max(room, timedelta(0))
        return END

    # ---- the days as the zone has them

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def _weekdays(self) -> tuple[tuple[Hours, ...], ...]:
        return tuple(self.week.get(day, ()) for day in DAYS)

    @cached_property
    def _closed(self) -> frozenset[date]:
        return frozenset(self.closed)

    def hours_of(self, day: date) -> tuple[Hours, ...]:
        """Return the hours of a date as they stand on the wall; none on a day off."""
        own = self.opened.get(day)
        if own is not None:
            return own
        return () if day in self._closed else self._weekdays[day.weekday()]

    def _times(self, moment: datetime, days: int = FURTHEST) -> Iterator[tuple[datetime, datetime]]:
        """Give opening and closing times in order, from the local day of this moment on, until the calendar ends."""
        try:
            first = moment.astimezone(self._zone).date()
            for ahead in range(days):
                yield from self._open_on(first + timedelta(days=ahead))
        except OverflowError:
            return

    def _working_days(self, first: date) -> Iterator[date]:
        """Give this day, which has hours, and the days after it that do."""
        try:
            for ahead in range(FURTHEST):
                day = first + timedelta(days=ahead)
                if any(self._open_on(day)):
                    yield day
        except OverflowError:
            return

    def _open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give opening and closing times of a date; hours that a change of clocks swallows are not there."""
        for begin, end in self.hours_of(day):
            opens, closes = (self._instant(day, timedelta(minutes=minutes)) for minutes in (begin, end))
            if opens < closes:
                yield opens, closes

    def _instant(self, day: date, since_midnight: timedelta) -> datetime:
        return walls.instant(self._zone, datetime.combine(day, time()) + since_midnight)


#: What counts where nothing else is said.
OFFICE_HOURS = Calendar("UTC", dict.fromkeys(DAYS[:5], ((540, 1020),)), title="Monday to Friday, 09:00 to 17:00 UTC")

_ADAPTER: TypeAdapter[Calendar] = TypeAdapter(Calendar)


def to_json(calendar: Calendar) -> dict[str, Any]:
    document: dict[str, Any] = _ADAPTER.dump_python(calendar, mode="json")
    return document


def from_json(document: Mapping[str, Any]) -> Calendar:
    """Read a calendar back. Raises `pydantic.ValidationError` on anything that `to_json` did not write."""
    return _ADAPTER.validate_python(document)
