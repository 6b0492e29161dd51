"""The events of an iCalendar file: whom each may mean, when it is, and what of the file is not understood and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.error import BrokenCalendarProperty

from runs import periods
from runs.feed import repeating
from runs.feed.repeating import NotUnderstood
from workflows.models import Person

MOST_BYTES, MOST_EVENTS = 1_000_000, 5_000
_LONGEST_UID = 200


class FeedError(Exception):
    """Nothing of the file can be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of one event for one person. `uid` stays the same when the event is changed."""

    person: Person
    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event, or one time of it, that is not used."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    name: str
    occurrences: tuple[Occurrence, ...]
    skipped: tuple[Skipped, ...]


def read(raw: bytes, now: datetime, name: str = "") -> Feed:
    """Read a file: what is over already is left out. `name` goes before the calendar's own. Raises `FeedError`."""
    if len(raw) > MOST_BYTES:
        raise FeedError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        calendar = Calendar.from_ical(raw)
        events = [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]
        own = str(calendar.get("X-WR-CALNAME", ""))
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise FeedError("This is not an iCalendar file.") from error
    if not events:
        raise FeedError("There is no event in this file, and so nothing was done with it.")
    if len(events) > MOST_EVENTS:
        raise FeedError(f"There are more than {MOST_EVENTS:,} events in this file.")
    people = _People()
    moved = _moved(events)
    occurrences: list[Occurrence] = []
    skipped: list[Skipped] = []
    for event in events:
        title = _text(event, "SUMMARY")[:120] or "An event without a title"
        try:
            for person in people.of(event):
                occurrences += _times(event, person, title, moved, now)
        except NotUnderstood as reason:
            skipped.append(Skipped(title, str(reason)))
        except (BrokenCalendarProperty, AttributeError, ValueError, TypeError, OverflowError):
            skipped.append(Skipped(title, "When it is cannot be read."))
    return Feed((name or own or "calendar")[:100], *_once(occurrences, skipped))


def _once(
    occurrences: Iterable[Occurrence], skipped: list[Skipped]
) -> tuple[tuple[Occurrence, ...], tuple[Skipped, ...]]:
    """Of two events with one UID for one person the first counts."""
    found: dict[tuple[int, str], Occurrence] = {}
    for one in occurrences:
        if found.setdefault((one.person.pk, one.uid), one) is not one:
            skipped.append(Skipped(one.title, "Another event of this file has the same UID."))
    return tuple(found.values()), tuple(skipped)


class _People:
    """Who is meant, by username or e-mail address: one statement for the whole file."""

    def __init__(self) -> None:
        self._by_name: dict[str, Person] = {}
        self._by_mail: dict[str, list[Person]] = {}
        for person in Person.objects.filter(is_active=True, is_service=False):
            self._by_name[person.username] = person
            if person.email:
                self._by_mail.setdefault(person.email.lower(), []).append(person)

    def of(self, event: Event) -> list[Person]:
        """Return whom this event means: the one it names, else the attendees, else whose calendar it is in."""
        named = _text(event, "X-PENSTOCK-PERSON")
        if named:
            if named not in self._by_name:
                raise NotUnderstood(f"There is nobody called {named[:80]} who is active.")
            return [self._by_name[named]]
        attendees = _addresses(event, "ATTENDEE")
        addresses = attendees or _addresses(event, "ORGANIZER")
        if not addresses:
            raise NotUnderstood("It names nobody: it has no attendee and no organizer.")
        found = []
        for address in addresses:
            people = self._by_mail.get(address, [])
            if len(people) > 1:
                raise NotUnderstood(f"{address[:80]} is the address of more than one person.")
            found += people
        if not found:
            raise NotUnderstood(f"Nobody active has the address {' or '.join(addresses)[:120]}.")
        return list({person.pk: person for person in found}.values())


def _addresses(event: Event, key: str) -> list[str]:
    given = event.get(key, [])
    given = given if isinstance(given, list) else [given]
    return [str(one).lower().removeprefix("mailto:").strip() for one in given]


def _text(event: Event, key: str) -> str:
    return " ".join(str(event.get(key, "")).split())


def _moved(events: Iterable[Event]) -> dict[str, set[date]]:
    """Return for each UID the days of a repeating event that have an event of their own."""
    found: dict[str, set[date]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            at = getattr(event.get("RECURRENCE-ID"), "dt", None)
            if at is not None:
                found.setdefault(_text(event, "UID"), set()).add(_day(at))
    return found


def _times(
    event: Event, person: Person, title: str, moved: dict[str, set[date]], now: datetime
) -> Iterator[Occurrence]:
    uid = _text(event, "UID")
    if not uid:
        raise NotUnderstood("It has no UID, and so could not be recognised the next time.")
    if _text(event, "STATUS").upper() == "CANCELLED":
        return
    if "RDATE" in event:
        raise NotUnderstood("It repeats on single dates (RDATE), which is not understood here.")
    if "DTSTART" not in event:
        raise NotUnderstood("It has no beginning.")
    first = event["DTSTART"].dt
    length = _length(event, first)
    if length <= timedelta(0):
        raise NotUnderstood("It ends before it begins.")
    if length > periods.LONGEST:
        raise NotUnderstood("It is longer than a year.")
    if "RECURRENCE-ID" in event:
        found = [(f"{uid}#{_day(event['RECURRENCE-ID'].dt):%Y%m%d}", first)]
    elif "RRULE" in event:
        found = [
            (f"{uid}#{day:%Y%m%d}", _on(first, day)) for day in _days(event, first, length, moved.get(uid, set()), now)
        ]
    else:
        found = [(uid, first)]
    for name, start in found:
        starts_at = _instant(start, person)
        # days are counted on the calendar, hours by the clock
        ends_at = _instant(start + length, person) if not isinstance(start, datetime) else starts_at + length
        if ends_at > now:
            yield Occurrence(person, _short(name), title, starts_at, ends_at)
        elif len(found) == 1:
            raise NotUnderstood("It is over.")


def _length(event: Event, first: date | datetime) -> timedelta:
    if "DTEND" in event:
        end = event["DTEND"].dt
        if isinstance(first, datetime) and isinstance(end, datetime):
            if (first.tzinfo is None) != (end.tzinfo is None):
                raise NotUnderstood("Only one of its two times has a zone.")
            return (end.astimezone(UTC) - first.astimezone(UTC)) if first.tzinfo else end - first
        if isinstance(first, datetime) or isinstance(end, datetime):
            raise NotUnderstood("Of its beginning and its end one is a day and the other a time.")
        return end - first
    if "DURATION" in event:
        return event["DURATION"].dt
    return timedelta(days=1) if not isinstance(first, datetime) else timedelta(0)


def _days(event: Event, first: date | datetime, length: timedelta, moved: set[date], now: datetime) -> list[date]:
    rules = event["RRULE"]
    if isinstance(rules, list):
        raise NotUnderstood("It repeats by more than one rule.")
    given = event.get("EXDATE", [])
    lists = given if isinstance(given, list) else [given]
    but = {_day(one.dt) for dates in lists for one in dates.dts} | moved
    start = (now - length).date() - timedelta(days=1)
    found = repeating.days(dict(rules), _day(first), but, start, (now + periods.LONGEST).date() - timedelta(days=2))
    if not found:
        raise NotUnderstood("It does not take place within a year from now.")
    return found


def _day(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at


def _on(first: date | datetime, day: date) -> date | datetime:
    """The same on another day, at the same time on the wall."""
    return first.replace(year=day.year, month=day.month, day=day.day)


def _instant(at: date | datetime, person: Person) -> datetime:
    """What has no zone of its own is meant where the person is."""
    zone: ZoneInfo = person.zone
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), zone).astimezone(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _short(uid: str) -> str:
    if len(uid) <= _LONGEST_UID:
        return uid
    return hashlib.sha256(uid.encode()).hexdigest()
