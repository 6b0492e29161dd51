"""When schedules are due: the published table line by line, what is no schedule, and laws for all of them."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import schedules
from engine.definition import Schedule

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "schedule-table.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|\n").split("|"))
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| schedule ", "| catch_up "))
]
CASES = [row for row in ROWS if row[0].startswith("`")]
MISSED = [row for row in ROWS if not row[0].startswith("`")]


def moment(cell: str, zone: str) -> datetime:
    """Read `Mon 2026-03-02 09:00`, in this zone where no offset stands beside it."""
    weekday, day, clock, *offset = cell.split()
    at = datetime.fromisoformat(f"{day}T{clock}{''.join(offset)}")
    assert f"{at:%a}" == weekday, f"{day} is a {at:%A}"
    return (at if offset else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def moments(cell: str, zone: str) -> list[datetime]:
    return [] if cell == "–" else [moment(one.strip(), zone) for one in cell.split(",")]


@pytest.mark.parametrize("row", CASES, ids=lambda row: " ".join(row[:3]))
def test_the_line_of_the_table_holds(row: tuple[str, ...]) -> None:
    cron, zone, after, due, _ = row
    schedule = Schedule(cron.strip("`"), zone)
    assert schedules.trouble(schedule.cron) is None
    begin, expected = moment(after, zone), moments(due, zone)
    assert list(itertools.islice(schedules.ticks(schedule, begin), len(expected))) == expected
    assert schedules.after(schedule, begin) == expected[0]
    assert schedules.latest(schedule, begin, expected[-1]) == expected[-1]
    between = expected[-1] - timedelta(seconds=1)
    assert schedules.latest(schedule, begin, between) == (expected[-2] if expected[1:] else None)


@pytest.mark.parametrize("row", MISSED, ids=lambda row: " ".join(row[:3]))
def test_the_line_about_what_was_missed_holds(row: tuple[str, ...]) -> None:
    catch_up, done, now, starts, _ = row
    schedule = Schedule("0 3 * * *", catch_up=catch_up)
    found, up_to = schedules.due(schedule, moment(done, "UTC"), moment(now, "UTC"))
    assert list(found) == moments(starts, "UTC")
    assert schedules.due(schedule, up_to, moment(now, "UTC")) == ((), up_to), "done is done"


def test_the_table_is_as_long_and_as_wide_as_promised() -> None:
    assert len(CASES) == len(set(CASES)) >= 40
    assert len({row[1] for row in CASES}) >= 5
    assert {row[0] for row in MISSED} == {"once", "each", "skip"}


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("0 9 * *", "five fields"),
        ("0 9 * * MON 7", "five fields"),
        ("@daily", "five fields"),
        ("", "five fields"),
        ("61 * * * *", "`61` is no minute"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 9 32 * *", "`32` is no day of the month"),
        ("0 9 * 13 *", "`13` is no month"),
        ("0 9 * * 8", "`8` is no day of the week"),
        ("0 9 * * MONDAY", "`MONDAY` is no day of the week"),
        ("0 9 * foo *", "`foo` is no month"),
        ("R * * * *", "`R` is no minute"),
        ("H(0-10) 9 * * MON", "is no minute"),
        ("H * * * *", "`H` is no minute"),
        ("*/0 * * * *", "`*/0` is no minute"),
        ("0 9 ? * *", "`?` is no day of the month"),
        ("0 9 30 2 *", "never due"),
        ("0 9 31 4,6,9,11 *", "never due"),
        ("0,0," * 80 + "0 9 * * *", "at most 200 characters"),
    ],
)
def test_what_is_no_schedule_is_told(cron: str, says: str) -> None:
    assert says in (schedules.trouble(cron) or "nothing")


def test_so_many_of_each_at_a_time() -> None:
    schedule = Schedule("* * * * *", catch_up="each")
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    found, up_to = schedules.due(schedule, begin, begin + timedelta(days=1), most=10)
    assert (len(found), up_to) == (10, begin + timedelta(minutes=10))


def test_names_stay_when_the_inputs_change_and_tell_twins_apart() -> None:
    one, two = Schedule("0  9 * * MON", "UTC", given={"a": 1}), Schedule("0 9 * * MON", "UTC", given={"a": 2})
    assert list(schedules.names([one, two])) == ["0 9 * * MON UTC", "0 9 * * MON UTC (2)"]


ZONES = ["UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]
FIELDS = st.tuples(
    st.sampled_from(["*", "0", "30", "*/7", "15,45"]),
    st.sampled_from(["*", "0", "2", "1-3", "*/5"]),
    st.sampled_from(["*", "1", "29", "L"]),
    st.sampled_from(["*", "3", "10,11"]),
    st.sampled_from(["*", "SUN", "MON-FRI"]),
)


@settings(max_examples=75, deadline=None)
@given(FIELDS, st.sampled_from(ZONES), st.datetimes(datetime(2011, 1, 1), datetime(2037, 1, 1)))  # noqa: DTZ001
def test_times_rise_show_their_fields_and_none_lies_between(fields, zone, begin) -> None:
    schedule, begin = Schedule(" ".join(fields), zone), begin.replace(tzinfo=UTC)
    found = list(itertools.islice(schedules.ticks(schedule, begin), 20))
    assert all(before < after for before, after in itertools.pairwise([begin, *found]))
    for before, after in itertools.pairwise([begin, *found]):
        assert schedules.after(schedule, before) == after
        assert schedules.latest(schedule, before, after) == after
        assert schedules.latest(schedule, before, after - timedelta(microseconds=1)) is None
        wall = after.astimezone(ZoneInfo(zone))
        if (wall.utcoffset() or timedelta()) == (wall - timedelta(days=2)).utcoffset():
            minute = fields[0]
            assert minute in ("*", "*/7") or wall.minute in map(int, re.findall(r"\d+", minute))
