"""The reader's day, for what is asked of today."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def today(now: datetime) -> datetime:
    """Return the first instant of the reader's day."""
    local = timezone.localtime(now)
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    return datetime(local.year, local.month, local.day, tzinfo=zone)
