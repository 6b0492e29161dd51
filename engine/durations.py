"""Lengths of time as a playbook writes them: `90s`, `15m`, `4h`, `2d`, `1w`, joined as in `1h30m`.

A day is 24 hours and a week 168 (semantics [units]). Business hours and days (`bh`, `bd`) need a calendar
and are refused here.
"""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {"d": "d", "h": "h", "m": "min", "s": "s"}
_PART = re.compile(r"([0-9]{1,9})([a-zA-Z]+)")
_WHOLE = re.compile(r"(?:[0-9]{1,9}[a-zA-Z]+)+")

LONGEST = timedelta(days=36_500)


def parse(text: str) -> timedelta:
    """Read a duration. Raises `ValueError` with a message for people."""
    written = text.strip()
    if not _WHOLE.fullmatch(written):
        raise ValueError(f"`{_short(written)}` is not a duration: write for example 90s, 15m, 4h, 2d or 1h30m.")
    seconds, seen = 0, set()
    for digits, unit in _PART.findall(written):
        if unit in ("bh", "bd"):
            raise ValueError(f"`{_short(written)}` counts business time, which needs a calendar: write hours or days.")
        if unit not in _SECONDS:
            raise ValueError(f"`{unit}` is not a unit of time: s, m, h, d and w are.")
        if unit in seen:
            raise ValueError(f"`{_short(written)}` names the unit `{unit}` twice.")
        seen.add(unit)
        seconds += int(digits) * _SECONDS[unit]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"`{_short(written)}` is longer than a hundred years.")
    return timedelta(seconds=seconds)


def write(length: timedelta) -> str:
    """Write a duration as `parse` reads it, to the second: `1h30m`. Negative ones have a `-` in front."""
    return _joined(length, {unit: unit for unit in "dhms"}, "")


def say(length: timedelta) -> str:
    """Write a duration for people, to the second: `1 h 30 min`."""
    return _joined(length, {unit: f" {word}" for unit, word in _WORDS.items()}, " ")


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
