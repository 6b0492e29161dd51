"""Lengths of time as a playbook writes them: `90s`, `15m`, `4h`, `2d`, `1w`, joined as in `1h30m`; `4bh`, `2bd`.

A day is 24 hours and a week 168; business hours and days are those of a calendar (semantics [units]), so how long
they take depends on when they begin, and they are joined with nothing but each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {"d": "d", "h": "h", "m": "min", "s": "s"}
#: Business units, with the most that may be asked for: ten years of full days.
_BUSINESS = {"bd": 2_600, "bh": 20_800}
#: The units as written, longest first: of plain time, and of business time.
PLAIN_UNITS, BUSINESS_UNITS = tuple(_SECONDS), tuple(_BUSINESS)
_PART = re.compile(r"([0-9]{1,9})([a-zA-Z]+)")
_WHOLE = re.compile(r"(?:[0-9]{1,9}[a-zA-Z]+)+")

LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class BusinessTime:
    """So many working days, then so many working hours, of the calendar that counts (`Calendar.add`)."""

    days: int = 0
    hours: int = 0

    def __bool__(self) -> bool:
        return bool(self.days or self.hours)


Length = timedelta | BusinessTime
"""What `due`, `after`, `sla` and `wait` take."""


def parse(text: str) -> timedelta:
    """Read a plain duration. Raises `ValueError` with a message for people."""
    parts = _parts(text)
    if any(unit in _BUSINESS for unit in parts):
        raise ValueError(
            f"`{_short(text.strip())}` counts by a calendar, which only `due`, `after`, `sla` and `wait` can: write"
            " hours or days."
        )
    return _plain(text, parts)


def parse_length(text: str) -> Length:
    """Read a duration, plain or in business time. Raises `ValueError` with a message for people."""
    parts = _parts(text)
    if not any(unit in _BUSINESS for unit in parts):
        return _plain(text, parts)
    if any(unit in _SECONDS for unit in parts):
        raise ValueError(f"`{_short(text.strip())}` mixes business time with plain time: write one or the other.")
    if any(count > _BUSINESS[unit] for unit, count in parts.items()):
        raise ValueError(f"`{_short(text.strip())}` is longer than ten years of work.")
    return BusinessTime(parts.get("bd", 0), parts.get("bh", 0))


def is_positive(length: Length) -> bool:
    """Tell whether this length takes any time at all, whenever it begins."""
    return bool(length) if isinstance(length, BusinessTime) else length > timedelta(0)


def roughly(length: Length) -> timedelta:
    """Return about how long it takes, for putting lengths in order: a working day is a day, a working hour three."""
    return timedelta(days=length.days, hours=3 * length.hours) if isinstance(length, BusinessTime) else length


def write(length: Length) -> str:
    """Write a duration as it is read, to the second: `1h30m`, `2bd`. Negative ones have a `-` in front."""
    if isinstance(length, BusinessTime):
        return (f"{length.days}bd" if length.days else "") + (f"{length.hours}bh" if length.hours else "") or "0bh"
    return _joined(length, {unit: unit for unit in "dhms"}, "")


def say(length: Length) -> str:
    """Write a duration for people, to the second: `1 h 30 min`, `2 business days`."""
    if isinstance(length, BusinessTime):
        counted = ((length.days, "business day"), (length.hours, "business hour"))
        said = [f"{count} {noun}" + ("" if count == 1 else "s") for count, noun in counted if count]
        return " ".join(said) or "0 business hours"
    return _joined(length, {unit: f" {word}" for unit, word in _WORDS.items()}, " ")


def _parts(text: str) -> dict[str, int]:
    """Return how many of each unit there are. Raises `ValueError`."""
    written = text.strip()
    if not _WHOLE.fullmatch(written):
        raise ValueError(f"`{_short(written)}` is not a duration: write for example 90s, 15m, 4h, 2d or 1h30m.")
    parts: dict[str, int] = {}
    for digits, unit in _PART.findall(written):
        if unit not in _SECONDS and unit not in _BUSINESS:
            raise ValueError(f"`{unit}` is not a unit of time: s, m, h, d and w are, and bh and bd for business time.")
        if unit in parts:
            raise ValueError(f"`{_short(written)}` names the unit `{unit}` twice.")
        parts[unit] = int(digits)
    return parts


def _plain(text: str, parts: dict[str, int]) -> timedelta:
    seconds = sum(count * _SECONDS[unit] for unit, count in parts.items())
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"`{_short(text.strip())}` is longer than a hundred years.")
    return timedelta(seconds=seconds)


def _joined(length: timedelta, units: dict[str, str], between: str) -> str:
    rest = round(abs(length.total_seconds()))
    parts = []
    for unit, word in units.items():
        count, rest = divmod(rest, _SECONDS[unit])
        if count:
            parts.append(f"{count}{word}")
    sign = "-" if length < timedelta(0) and parts else ""
    return sign + (between.join(parts) or f"0{units['m']}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
