"""A calendar on a page: its hours by weekday, the days off and the special days to come, and who counts by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.calendars import DAYS, Calendar, Hours, public
from engine.language.calendar import country_of
from engine.lifecycles import VersionStatus
from runs import definitions
from workflows import calendars, models
from workflows.models import Person, Unit, Version

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AHEAD = timedelta(days=365)


@dataclass(frozen=True)
class Kept:
    """A calendar with what is kept about it; `row` is empty for one that is shipped."""

    name: str
    calendar: Calendar
    source: str
    row: models.Calendar | None = None

    @property
    def title(self) -> str:
        return self.calendar.title or self.name


@dataclass(frozen=True)
class Day:
    """One day that is unlike the week says. `hours` are its own; none on a day off. `changes`: it would be open."""

    on: date
    name: str
    hours: str = ""
    changes: bool = True


@dataclass(frozen=True)
class User:
    """A published playbook that counts by the calendar, or opens a step in its hours; `is_current`: as it is now."""

    version: Version
    is_current: bool


def find(name: str) -> Kept | None:
    """Return the calendar of this name, of the organisation's own or shipped."""
    row = models.Calendar.objects.select_related("unit", "changed_by").filter(name=name).first()
    if row is not None:
        return Kept(name, calendars.by_digest(row.digest), row.source, row)
    if name in calendars.KNOWN:
        return Kept(name, calendars.KNOWN[name], calendars.source(name))
    return None


def all_of_them() -> tuple[Kept, ...]:
    """Return every calendar that a playbook may name, by title."""
    rows = {row.name: row for row in models.Calendar.objects.select_related("unit", "changed_by")}
    own = [Kept(name, calendars.by_digest(row.digest), row.source, row) for name, row in rows.items()]
    shipped = [Kept(name, calendar, "") for name, calendar in calendars.KNOWN.items() if name not in rows]
    return tuple(sorted([*own, *shipped], key=lambda kept: kept.title.lower()))


def week(calendar: Calendar) -> tuple[tuple[str, str], ...]:
    """Return each weekday with its hours in words."""
    return tuple((word, hours_in_words(calendar.week.get(day, ()))) for word, day in zip(WEEKDAYS, DAYS, strict=True))


def in_short(calendar: Calendar) -> str:
    """Say the hours in a line: “Mon–Fri 09:00–17:00”, “Mon–Thu 09:00–17:00, Fri 09:00–13:00”."""
    groups: list[tuple[list[str], str]] = []
    for word, hours in week(calendar):
        if groups and groups[-1][1] == hours:
            groups[-1][0].append(word[:3])
        else:
            groups.append(([word[:3]], hours))
    told = [(names, hours) for names, hours in groups if hours != "closed"]
    return ", ".join(f"{_between(names)} {hours}" for names, hours in told)


def _between(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"


def hours_in_words(hours: tuple[Hours, ...]) -> str:
    return ", ".join(f"{_wall(begin)}–{_wall(end)}" for begin, end in hours) or "closed"


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def days_ahead(kept: Kept, now: datetime) -> tuple[Day, ...]:
    """Return the days of the next 12 months that are unlike the week, in order."""
    calendar = kept.calendar
    first = now.astimezone(ZoneInfo(calendar.timezone)).date()
    last = first + AHEAD
    names = _names(kept, tuple(range(first.year, last.year + 1)))
    found = [
        Day(day, names.get(day, ""), changes=bool(calendar.week.get(DAYS[day.weekday()])))
        for day in calendar.closed
        if day not in calendar.opened
    ]
    found += [Day(day, names.get(day, ""), hours_in_words(hours)) for day, hours in calendar.opened.items()]
    return tuple(sorted((day for day in found if first <= day.on < last), key=lambda day: day.on))


def _names(kept: Kept, years: tuple[int, ...]) -> Mapping[date, str]:
    country, part = country_of(kept.source)
    if not country:
        return {}
    try:
        return public.names(country, part, years)
    except ValueError:  # the library has dropped a country that it knew when the calendar was read
        return {}


def used_by(reader: Person, kept: Kept) -> tuple[User, ...]:
    """Return the published playbooks that count by it or open a step in its hours."""
    published = Version.objects.visible_to(reader).playbooks().filter(status=VersionStatus.PUBLISHED.value)
    naming = published.filter(definition__contains=f'"name":{json.dumps(kept.name)}').select_related("artifact")
    found = []
    for version in naming.order_by("title"):
        definition = definitions.of_version(version)
        pinned = [one for one in (definition.calendar, *definition.windows.values()) if one and one.name == kept.name]
        if pinned:
            found.append(User(version, all(one.digest == kept.calendar.digest for one in pinned)))
    return tuple(found)


def units_of(reader: Person, kept: Kept) -> tuple[Unit, ...]:
    """Return the units that count by it where a playbook names no calendar; those below them do too."""
    return tuple(Unit.objects.visible_to(reader).filter(calendar=kept.name).order_by("title"))
