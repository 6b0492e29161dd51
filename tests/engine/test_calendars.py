"""Business time: the published table line by line, and the laws that hold for every calendar."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import durations
from engine.calendars import DAYS, OFFICE_HOURS, Calendar, public
from engine.calendars import calendar as calendars
from engine.durations import BusinessTime
from engine.language.calendar import read_document

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "calendar-table.md").read_text(encoding="utf-8")


def published() -> dict[str, Calendar]:
    """The calendars of the page, by name."""
    found = {}
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        calendar, problems = read_document(block)
        assert calendar is not None, problems
        found[calendar.name] = calendar
    return found


CALENDARS = published()
ROWS = [
    tuple(cell.strip() for cell in line.strip("|\n").split("|"))
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| calendar ")
]


def moment(cell: str, calendar: Calendar) -> datetime:
    """Read `Mon 2026-03-02 09:00`, in the calendar's zone where no offset stands beside it."""
    weekday, day, clock, *offset = cell.split()
    at = datetime.fromisoformat(f"{day}T{clock}{''.join(offset)}")
    assert f"{at:%a}" == weekday, f"{day} is a {at:%A}"
    return at if offset else at.replace(tzinfo=ZoneInfo(calendar.timezone))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:3]))
def test_the_line_of_the_table_holds(row: tuple[str, ...]) -> None:
    name, starts, after, ends, _ = row
    calendar = CALENDARS[name]
    length = durations.parse_length(after)
    assert isinstance(length, BusinessTime)
    begin, end = moment(starts, calendar), moment(ends, calendar)

    assert calendar.add(begin, length) == end.astimezone(UTC)
    if not length.days:
        assert calendar.between(begin, end) == timedelta(hours=length.hours)


def test_the_table_is_as_long_and_as_wide_as_promised() -> None:
    assert len(ROWS) == len(set(ROWS)) >= 60
    assert {row[0] for row in ROWS} == set(CALENDARS)
    assert len({calendar.timezone for calendar in CALENDARS.values()}) >= 4


def test_what_counts_where_nothing_is_named_is_in_the_table() -> None:
    assert (CALENDARS["utc"].timezone, CALENDARS["utc"].week) == (OFFICE_HOURS.timezone, OFFICE_HOURS.week)


# ---- open and closed


@pytest.mark.parametrize(
    ("name", "at", "is_open", "next_opening"),
    [
        ("utc", "Mon 2026-03-02 09:00", True, "Mon 2026-03-02 09:00"),
        ("utc", "Mon 2026-03-02 08:59", False, "Mon 2026-03-02 09:00"),
        ("utc", "Mon 2026-03-02 17:00", False, "Tue 2026-03-03 09:00"),
        ("utc", "Sat 2026-03-07 12:00", False, "Mon 2026-03-09 09:00"),
        ("clinic", "Mon 2026-03-02 12:00", False, "Mon 2026-03-02 13:00"),
        ("clinic", "Mon 2026-03-02 11:59", True, "Mon 2026-03-02 11:59"),
        ("amsterdam", "Mon 2026-04-27 12:00", False, "Tue 2026-04-28 09:00"),
        ("shop", "Sat 2026-12-19 12:00", True, "Sat 2026-12-19 12:00"),
        ("amsterdam-nights", "Sun 2026-03-29 00:30", False, "Sun 2026-03-29 03:00"),
        ("amsterdam-nights", "Sun 2026-10-25 02:30 +01:00", True, "Sun 2026-10-25 02:30 +01:00"),
        ("amsterdam-always", "Sun 2026-03-29 03:00", True, "Sun 2026-03-29 03:00"),
        ("mumbai", "Mon 2026-03-02 20:00 +00:00", False, "Tue 2026-03-03 10:00"),
    ],
)
def test_it_is_open_inside_its_hours(name: str, at: str, is_open: bool, next_opening: str) -> None:
    calendar = CALENDARS[name]
    assert calendar.is_open(moment(at, calendar)) is is_open
    assert calendar.next_opening(moment(at, calendar)) == moment(next_opening, calendar)


def test_hours_that_a_change_of_clocks_swallows_are_no_working_day() -> None:
    calendar = Calendar("Europe/Amsterdam", dict.fromkeys(DAYS, ((125, 175),)))
    saturday = datetime(2026, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert calendar.add(saturday, BusinessTime(days=1)) == saturday + timedelta(days=2)
    assert not calendar.is_open(datetime(2026, 3, 29, 1, tzinfo=UTC))


def test_a_day_may_have_no_hours_of_its_own() -> None:
    calendar = replace(OFFICE_HOURS, opened={date(2026, 3, 3): ()})
    assert calendar.add(datetime(2026, 3, 2, 10, tzinfo=UTC), BusinessTime(days=1)) == datetime(
        2026, 3, 4, 10, tzinfo=UTC
    )


def test_time_ends_with_the_calendar_of_the_machine_and_a_century_ahead() -> None:
    late = datetime(9999, 12, 31, 16, 30, tzinfo=UTC)
    for length in (BusinessTime(hours=1), BusinessTime(days=1), BusinessTime(days=2_600, hours=20_800)):
        assert OFFICE_HOURS.add(late, length) == calendars.END
    assert OFFICE_HOURS.next_opening(calendars.END) == calendars.END
    for zone in ("Pacific/Auckland", "America/New_York"):
        assert Calendar(zone, OFFICE_HOURS.week).add(calendars.END, BusinessTime(days=1)) == calendars.END
    never = Calendar("UTC", {}, opened={date(2026, 3, 2): ((540, 1020),)})
    after = datetime(2026, 3, 3, tzinfo=UTC)
    assert never.next_opening(after) == never.add(after, BusinessTime(hours=1)) == calendars.END
    assert never.add(datetime(2026, 3, 2, 9, tzinfo=UTC), BusinessTime(days=1)) == calendars.END


# ---- pinned


def test_a_calendar_is_plain_data_and_has_a_digest() -> None:
    for calendar in CALENDARS.values():
        again = calendars.from_json(calendars.to_json(calendar))
        assert again == calendar
        assert again.digest == calendar.digest
    assert len({calendar.digest for calendar in CALENDARS.values()}) == len(CALENDARS)


def test_the_holidays_of_a_country_are_written_down_as_days() -> None:
    closed = CALENDARS["amsterdam"].closed
    assert [day for day in closed if day.year == 2026] == [
        *(date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 5), date(2026, 4, 6), date(2026, 4, 27)),
        *(date(2026, 5, 14), date(2026, 5, 24), date(2026, 5, 25), date(2026, 12, 25), date(2026, 12, 26)),
    ]
    assert {day.year for day in closed} == set(public.YEARS)


def test_a_part_of_a_country_has_more_of_them() -> None:
    bavaria, germany = set(public.days("DE", "BY")), set(public.days("DE"))
    assert date(2026, 1, 6) in bavaria - germany
    assert germany < bavaria


# ---- laws


def minutes(low: int = 0) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """One or two stretches of hours, in order."""
    edges = st.lists(st.integers(low, 1440), min_size=2, max_size=4, unique=True).map(sorted)
    return edges.map(lambda found: tuple(zip(found[0::2], found[1::2], strict=False)))


ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo")
SOME_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def any_calendar(draw: st.DrawFn, earliest: int = 0) -> Calendar:
    named = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    return Calendar(
        draw(st.sampled_from(ZONES)),
        {day: draw(minutes(earliest)) for day in named},
        tuple(sorted(draw(st.sets(SOME_DAYS, max_size=8)))),
        draw(st.dictionaries(SOME_DAYS, minutes(earliest), max_size=3)),
    )


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=364)).map(lambda ahead: datetime(2026, 1, 1, tzinfo=UTC) + ahead)
HOURS = st.integers(0, 60).map(lambda count: BusinessTime(hours=count))
DAYS_OR_BOTH = st.builds(BusinessTime, days=st.integers(0, 30), hours=st.integers(0, 20))


@settings(deadline=None)
@given(any_calendar(), MOMENTS, HOURS)
def test_what_is_added_lies_between(calendar: Calendar, begin: datetime, length: BusinessTime) -> None:
    end = calendar.add(begin, length)
    assert calendar.between(begin, end) == timedelta(hours=length.hours)
    assert calendar.between(end, begin) == -timedelta(hours=length.hours)


@settings(deadline=None)
@given(any_calendar(), MOMENTS, st.integers(0, 30), st.integers(0, 30))
def test_hours_in_two_parts_are_the_same_hours(calendar: Calendar, begin: datetime, one: int, other: int) -> None:
    """The parts may meet at a closing; the second then begins at the next opening, which is no time away."""
    middle = calendar.add(begin, BusinessTime(hours=one))
    end = calendar.add(middle, BusinessTime(hours=other))
    whole = calendar.add(begin, BusinessTime(hours=one + other))
    assert end == whole if other else end == calendar.next_opening(whole)


@settings(deadline=None)
@given(any_calendar(), MOMENTS, MOMENTS, HOURS)
def test_whoever_starts_later_has_hours_that_end_no_sooner(
    calendar: Calendar, one: datetime, other: datetime, length: BusinessTime
) -> None:
    assert calendar.add(min(one, other), length) <= calendar.add(max(one, other), length)


@settings(deadline=None)
@given(any_calendar(earliest=240), MOMENTS, MOMENTS, DAYS_OR_BOTH)
def test_whoever_starts_later_has_days_that_end_no_sooner(
    calendar: Calendar, one: datetime, other: datetime, length: BusinessTime
) -> None:
    """In the hour that comes twice a time of day is not in order, so the hours begin at 04:00 here."""
    assert calendar.add(min(one, other), length) <= calendar.add(max(one, other), length)


@settings(deadline=None)
@given(any_calendar(), MOMENTS, DAYS_OR_BOTH)
def test_more_is_never_sooner_and_it_ends_where_there_is_work(
    calendar: Calendar, begin: datetime, length: BusinessTime
) -> None:
    end = calendar.add(begin, length)
    assert calendar.next_opening(begin) <= end
    assert end <= calendar.add(begin, BusinessTime(length.days, length.hours + 1))
    assert end <= calendar.add(begin, BusinessTime(length.days + 1, length.hours)) or length.hours
    day = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(calendar.timezone)).date()
    assert calendar.hours_of(day) or calendar.is_open(end)


@settings(deadline=None)
@given(any_calendar(), MOMENTS)
def test_the_next_opening_is_open_and_nothing_is_open_before_it(calendar: Calendar, begin: datetime) -> None:
    opening = calendar.next_opening(begin)
    assert calendar.is_open(opening)
    assert calendar.between(begin, opening) == timedelta(0)
    assert calendar.is_open(begin) == (opening == begin)
