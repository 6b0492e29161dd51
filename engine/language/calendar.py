"""A calendar as written: in a file of its own (`calendar: office-hours-eu`), or in a scenario.

    timezone: Europe/Amsterdam       default UTC
    hours: "09:00-17:00"             or a list of them, or a mapping from days to either
    days: [mon, tue, wed, thu, fri]  default; not beside a mapping of hours, which names the days itself
    country: NL                      its public holidays are days off; `part:` adds those of a part of it
    holidays: [2026-12-24]           further days off
    working_days: [2026-12-19]       days on which there is work all the same; or a mapping from dates to hours

Leaves an `engine.calendars.Calendar` in which every day off is written down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from engine import documents
from engine.calendars import DAYS, Calendar, Hours, public
from engine.documents import Node, Scalar
from engine.expressions.names import trouble_with_id
from engine.language.section import Reading, Section
from engine.problems import Problem, did_you_mean

KEYS = ("timezone", "hours", "days", "country", "part", "holidays", "working_days")

_HOURS = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])\s*-\s*([01][0-9]|2[0-4]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_USUAL: Hours = (540, 1020)
_END_OF_DAY = 1440


def is_calendar(root: Node) -> bool:
    return (
        isinstance(root, documents.Mapping)
        and bool(root.entries)
        and root.entries[0].key == "calendar"
        and "steps" not in root.by_key
    )


def read_document(text: str, file: str = "") -> tuple[Calendar | None, tuple[Problem, ...]]:
    """Read a calendar's own file; None where anything in it is wrong. Never raises."""
    document = documents.parse(text, file)
    if document.root is None:
        return None, document.problems
    reading = Reading(file)
    calendar = read_whole(document.root, reading)
    return calendar, tuple(sorted(dict.fromkeys(reading.problems), key=lambda problem: problem.place))


def read_whole(root: Node, reading: Reading) -> Calendar | None:
    """Read the whole document; None where anything in it is wrong, which is told."""
    section = reading.section(root, (), "A calendar")
    if section is None:
        return None
    section.require("calendar")
    name = section.filled("calendar")
    if name and (wrong := trouble_with_id(name)):
        section.bad("calendar", wrong)
    calendar = read_calendar(section, name, section.text("title"), ("calendar", "title"))
    return None if reading.problems else calendar


def country_of(text: str) -> tuple[str, str]:
    """Return the country and the part of it whose holidays a calendar's own file takes; empty where it takes none."""
    root = documents.parse(text, "").root
    found = [root.get(key) if isinstance(root, documents.Mapping) else None for key in ("country", "part")]
    country, part = (node.text.strip() if isinstance(node, Scalar) else "" for node in found)
    return country, part


def read_calendar(section: Section, name: str = "", title: str = "", beside: tuple[str, ...] = ()) -> Calendar | None:
    """Read the keys of a calendar; None where anything is wrong, which has been told then."""
    before = len(section.reading.problems)
    section.only((*beside, *KEYS))
    zone = read_zone(section)
    week = _week(section)
    closed = {*_public(section), *_dates(section, "holidays")}
    opened = _opened(section, week)
    for day in sorted(opened.keys() & set(_dates(section, "holidays"))):
        section.bad("working_days", f"{day} cannot be a working day and a holiday.")
    if not any(week.values()) and len(section.reading.problems) == before:
        section.bad("days", "This calendar never opens: at least one day of the week needs hours.")
    if len(section.reading.problems) > before:
        return None
    return Calendar(zone, week, tuple(sorted(closed)), dict(sorted(opened.items())), name, title)


def read_zone(section: Section) -> str:
    """Return the `timezone`, UTC where none is named; one that nobody knows is reported."""
    name = section.filled("timezone") or "UTC"
    if not _is_zone(name):
        hint = did_you_mean(name, available_timezones()) or "Write for example Europe/Amsterdam."
        section.bad("timezone", f"`{name[:80]}` is not a time zone.", hint)
    return name


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def _week(section: Section) -> dict[str, tuple[Hours, ...]]:
    node = section.node.get("hours")
    if isinstance(node, documents.Mapping):
        if "days" in section:
            section.bad("days", "`hours` names the days already.", "Leave `days` out.")
        inner = section.inner("hours", "`hours`")
        assert inner is not None
        inner.only(DAYS)
        return {day: _hours(inner, day, inner.node.by_key[day].value) for day in DAYS if day in inner}
    hours = (_USUAL,) if node is None else _hours(section, "hours", node)
    named = section.texts("days", DAYS[:5])
    for day in named:
        if day not in DAYS:
            section.bad("days", f"`{day[:40]}` is not a day of the week.", f"One of: {', '.join(DAYS)}.")
    return {day: hours for day in DAYS if day in named}


def _hours(section: Section, key: str, node: Node) -> tuple[Hours, ...]:
    """Read `09:00-17:00`, or several of them in their order."""
    items = node.items if isinstance(node, documents.Sequence) else (node,)
    found: list[Hours] = []
    for item in items:
        text = item.text.strip() if isinstance(item, Scalar) else ""
        hours = _span(text)
        if hours is None:
            message = f"`{text[:40]}` are no hours." if text else "Hours are a text."
            section.reading.problem("bad-value", message, item.place, 'Write "09:00-17:00"; the day ends at 24:00.')
        elif found and hours[0] < found[-1][1]:
            message = "Hours stand in their order and do not overlap."
            section.reading.problem("bad-value", message, item.place)
        else:
            found.append(hours)
    if not items:
        section.bad(key, f"`{key}` has no hours.", "Leave the day out when it is closed.")
    return tuple(found)


def _span(text: str) -> Hours | None:
    match = _HOURS.fullmatch(text)
    if match is None:
        return None
    hour, minute, until_hour, until_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, until_hour * 60 + until_minute
    return (begin, end) if begin < end <= _END_OF_DAY else None


def _public(section: Section) -> tuple[date, ...]:
    country, part = section.filled("country"), section.filled("part")
    if not country:
        if part:
            section.bad("part", "`part` says of which `country`.")
        return ()
    try:
        public.days(country)
    except ValueError as error:
        section.bad("country", str(error))
        return ()
    try:
        return public.days(country, part)
    except ValueError as error:
        section.bad("part", str(error))
        return ()


def _dates(section: Section, key: str) -> tuple[date, ...]:
    found = (_date(section, key, text) for text in section.texts(key))
    return tuple(day for day in found if day is not None)


def _date(section: Section, key: str, text: str) -> date | None:
    try:
        if _DATE.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    section.bad(key, f"`{text[:40]}` is not a date.", "Write for example 2026-12-24.")
    return None


def _opened(section: Section, week: Mapping[str, tuple[Hours, ...]]) -> dict[date, tuple[Hours, ...]]:
    """Read the days with hours of their own; those in a list have the hours that all days of the week have."""
    if isinstance(section.node.get("working_days"), documents.Mapping):
        inner = section.inner("working_days", "`working_days`")
        assert inner is not None
        read = ((_date(inner, entry.key, entry.key), entry) for entry in inner.node.entries)
        return {day: _hours(inner, entry.key, entry.value) for day, entry in read if day is not None}
    days = _dates(section, "working_days")
    kinds = set(week.values())
    if days and len(kinds) > 1:
        hint = 'Write `{2026-12-19: "10:00-14:00"}`.'
        section.bad("working_days", "The days of this week differ: say which hours these days have.", hint)
    return dict.fromkeys(days, next(iter(kinds), ()))
