"""The axis of a time line: from when to when, ticks that fall on round times of the reader's, nights or weekends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

TICKS = 6
_MIN, _HOUR, _DAY = 60, 3_600, 86_400
EVERY = (
    *(_MIN * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 5, 7, 14, 30, 60, 120, 365)),
)
#: A day of work for the eye, where the track is short enough to see one; of longer tracks the weekends are shaded.
DAYLIGHT = timedelta(hours=8), timedelta(hours=18)
NIGHTS_UP_TO, WEEKENDS_UP_TO = timedelta(days=8), timedelta(days=100)


@dataclass(frozen=True)
class Tick:
    x: float
    words: str


@dataclass(frozen=True)
class Shade:
    """A night or a weekend, in percent of the track."""

    x: float
    width: float


@dataclass(frozen=True)
class Scale:
    begin: datetime
    length: timedelta

    def x(self, at: datetime) -> float:
        return 100 * ((at - self.begin) / self.length)

    @property
    def end(self) -> datetime:
        return self.begin + self.length


def ticks(scale: Scale) -> list[Tick]:
    """Mark round times, as many as are readable."""
    seconds = scale.length.total_seconds()
    every = next((size for size in EVERY if seconds / size <= TICKS), EVERY[-1])
    local = timezone.localtime(scale.begin)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found, nth = list[Tick](), 0
    while len(found) <= TICKS:
        # Wall-clock arithmetic: a day of daylight saving keeps its midnight.
        at = midnight + timedelta(seconds=every * nth)
        nth += 1
        if at <= local:
            nth = max(nth, int((local - midnight).total_seconds() // every))
            continue
        x = scale.x(at)
        if x > 98:
            break
        is_day = every >= _DAY or at.hour == at.minute == 0
        words = f"{at.day} {at:%b}" if every >= 5 * _DAY else f"{at:%a} {at.day}" if is_day else f"{at:%H:%M}"
        found.append(Tick(x, words))
    return found


def shades(scale: Scale) -> tuple[Shade, ...]:
    """Shade the nights of a few days, the weekends of some weeks, and nothing of longer."""
    if scale.length > WEEKENDS_UP_TO:
        return ()
    found = []
    for begin, end in _nights(scale) if scale.length <= NIGHTS_UP_TO else _weekends(scale):
        left, right = max(scale.x(begin), 0.0), min(scale.x(end), 100.0)
        if left < right:
            found.append(Shade(left, right - left))
    return tuple(found)


def _midnights(scale: Scale) -> Iterator[datetime]:
    local = timezone.localtime(scale.begin)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while midnight < scale.end:
        yield midnight
        midnight += timedelta(days=1)


def _nights(scale: Scale) -> Iterator[tuple[datetime, datetime]]:
    morning, evening = DAYLIGHT
    for midnight in _midnights(scale):
        yield midnight + evening, midnight + timedelta(days=1) + morning


def _weekends(scale: Scale) -> Iterator[tuple[datetime, datetime]]:
    for midnight in _midnights(scale):
        if midnight.weekday() >= 5:
            yield midnight, midnight + timedelta(days=1)
