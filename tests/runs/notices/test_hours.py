"""When a notice goes out: rhythm, quiet hours, time zones, and the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from runs.models import NoticeWish
from runs.notices import hours
from workflows.models import Person

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"quiet_from": time(22), "quiet_until": time(7)}
NOON = {"quiet_from": time(12), "quiet_until": time(13)}
DAILY = {"rhythm": "daily", "daily_at": time(8)}


@pytest.mark.parametrize(
    ("wish", "now", "due"),
    [
        ({}, "2026-06-18T10:00", "2026-06-18T10:01"),
        ({"rhythm": "hourly"}, "2026-06-18T10:00", "2026-06-18T11:00"),
        ({"rhythm": "hourly"}, "2026-06-18T10:59", "2026-06-18T11:00"),
        (DAILY, "2026-06-18T05:59", "2026-06-18T06:00"),  # 08:00 in Berlin
        (DAILY, "2026-06-18T06:00", "2026-06-19T06:00"),
        (NIGHT, "2026-06-18T19:58", "2026-06-18T19:59"),
        (NIGHT, "2026-06-18T19:59", "2026-06-19T05:00"),  # would go out at 22:00
        (NIGHT, "2026-06-18T22:30", "2026-06-19T05:00"),  # past midnight there
        (NIGHT, "2026-06-19T04:58", "2026-06-19T05:00"),
        (NIGHT, "2026-06-19T04:59", "2026-06-19T05:00"),
        (NOON, "2026-06-18T10:30", "2026-06-18T11:00"),
        (NOON, "2026-06-18T11:00", "2026-06-18T11:01"),
        ({**DAILY, **NIGHT, "daily_at": time(23)}, "2026-06-18T10:00", "2026-06-19T05:00"),
        ({"rhythm": "hourly"}, "2026-10-25T00:30", "2026-10-25T01:00"),  # 02:30 there, for the first time
        ({"rhythm": "hourly"}, "2026-10-25T01:30", "2026-10-25T02:00"),  # 02:30 there, for the second time
        ({**DAILY, "daily_at": time(2, 30)}, "2026-03-29T00:00", "2026-03-29T01:30"),  # a time that is not, that day
    ],
)
def test_when_it_goes_out(wish, now, due):
    found = hours.due(NoticeWish(**wish), BERLIN, at(now))
    assert found == at(due)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_zone_that_is_none_is_utc():
    assert Person(time_zone="Middle/Earth").zone == ZoneInfo("UTC") == Person(time_zone="../etc").zone
