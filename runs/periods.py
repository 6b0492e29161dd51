"""Times from and until, as people say them: whole days as days, everything else with the time of day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from workflows.models import Person

#: The longest that anything is handed over, or anybody away, at once.
LONGEST = timedelta(days=366)


def beginning(day: date, person: Person) -> datetime:
    """The first instant of this day where the person is."""
    return datetime.combine(day, time(), person.zone)


def after(day: date, person: Person) -> datetime:
    """The first instant after this day where the person is."""
    return beginning(day + timedelta(days=1), person)


def last_day(ends_at: datetime, person: Person) -> date:
    """The last day that has any of it, where the person is."""
    return (ends_at.astimezone(person.zone) - timedelta(microseconds=1)).date()


def until(ends_at: datetime, person: Person) -> str:
    """`Mon 22 Jun 2026` where it ends with that day, `Mon 22 Jun 2026, 14:00` where within one."""
    local = ends_at.astimezone(person.zone)
    words = _day(last_day(ends_at, person))
    return words if local.time() == time() else f"{words}, {local:%H:%M}"


def since(starts_at: datetime, person: Person) -> str:
    local = starts_at.astimezone(person.zone)
    return _day(local.date()) if local.time() == time() else f"{_day(local.date())}, {local:%H:%M}"


def said(starts_at: datetime, ends_at: datetime, person: Person) -> str:
    """The whole period in words for this person, in their zone."""
    first, last = since(starts_at, person), until(ends_at, person)
    return f"on {first}" if first == last else f"from {first} until {last}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def wrong(starts_at: datetime, ends_at: datetime, now: datetime) -> dict[str, str]:
    """Say by field what is wrong with a period that somebody wants from now on; nothing where it is right."""
    if ends_at <= starts_at:
        return {"ends_at": "It must end after it starts."}
    if ends_at <= now:
        return {"ends_at": "This is over already. Choose a day that is still to come."}
    if starts_at > now + LONGEST:
        return {"starts_at": "This starts more than a year from now."}
    if ends_at - max(starts_at, now) > LONGEST:
        return {"ends_at": "This is longer than a year. Choose an earlier end; it can be done again then."}
    return {}
