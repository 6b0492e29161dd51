"""Times as a clock on the wall shows them, made instants of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return when the wall shows this time, in UTC: of two instants the first, of none the first after."""
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # The clocks go forward over it: after `low` and not after `found`, on a whole second.
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while found - low > timedelta(seconds=1):
        middle = low + (found - low) / 2
        if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
            low = middle
        else:
            found = middle
    return found.replace(microsecond=0)
