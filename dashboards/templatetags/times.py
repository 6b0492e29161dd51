"""Times for people: relative in words, the exact one in the `title`, both in the reader's zone.

    {% ago at %}      3 h 37 min ago · just now
    {% lasting at %}  3 h 37 min (from then until now, or until a second time)
    {% due at %}      in 4 h 23 min · tomorrow, 17:00 · 17 h 42 min ago
    {% moment at %}   today, 10:36 · Thu 18 Jun, 10:36
    {% until at %}    in 23 min · nothing when it is past
    {% begins at %}   Thu 26 Nov 2026 · with the time of day where it is within that day
    {% ends at %}     Thu 31 Dec 2026, where it ends with that day · Thu 31 Dec 2026, 14:00
    {{ at|in_words }} a moment as plain text
    {{ length|span }} 1 h 30 min · 2 business days (a length, or seconds)

On a page that shows a moment of the past (`as_of` in its context) lengths are as they were then; days are named as the
reader knows them. The middleware `dashboards.frame.in_the_readers_zone` activates the zone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from engine import durations
from engine.durations import BusinessTime, Length
from runs import periods

register = template.Library()

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@register.filter
def span(length: Length | float | None) -> str:
    """Say a length in its two largest units; below a second as `0 s`, from two weeks on in days."""
    if length is None:
        return ""
    if isinstance(length, BusinessTime):
        return durations.say(length)
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    if seconds >= 14 * 86_400:
        return f"{seconds // 86_400} d"
    words: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if words and unit == "s":
            break
        if count:
            words.append(f"{count} {unit}")
        elif words:
            break
        if len(words) == 2:
            break
    return " ".join(words) or "0 s"


def exact(at: datetime) -> str:
    """Thu 18 Jun 2026, 07:05:12 in the reader's zone."""
    return _exact(at, timezone.get_current_timezone())


@lru_cache(20_000)
def _exact(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S}"


@register.filter
def exactly(at: datetime) -> str:
    """The same for a `title`."""
    return exact(at)


def day(at: date) -> str:
    """Thu 18 Jun, with the year only where it is another one."""
    return _day(at, timezone.localdate())


def _day(at: date, today: date) -> str:
    return f"{at:%a} {at.day} {at:%b}" + (f" {at.year}" if at.year != today.year else "")


def clock(at: datetime) -> str:
    """Today, tomorrow, yesterday or the day, and the time of day."""
    zone = timezone.get_current_timezone()
    return _clock(at, zone, timezone.now().astimezone(zone).date())


@lru_cache(20_000)
def _clock(at: datetime, zone: tzinfo, today: date) -> str:
    local = at.astimezone(zone)
    distance = (local.date() - today).days
    name = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(distance) or _day(local.date(), today)
    return f"{name}, {local:%H:%M}"


@register.filter
def in_words(at: datetime) -> str:
    """The day and the time of day, for texts that hold no markup."""
    return clock(at)


def _time(at: datetime, words: str, note: str = "") -> SafeString:
    # written without escaping, a third of a board's time: nothing in it is anybody's words
    return SafeString(f'<time datetime="{at.isoformat()}" title="{note}{exact(at)}">{words}</time>')


def _now(context: Context) -> datetime:
    as_of = context.get("as_of")
    now: datetime = as_of.at if as_of else timezone.now()
    return now


@register.simple_tag(takes_context=True)
def ago(context: Context, at: datetime | None) -> SafeString | str:
    """How long ago, up to a day; then the day."""
    if at is None:
        return ""
    length = _now(context) - at
    if length < timedelta(seconds=45):
        return _time(at, "just now")
    return _time(at, f"{span(_to_minutes(length))} ago" if length < timedelta(hours=20) else clock(at))


@register.simple_tag(takes_context=True)
def lasting(context: Context, at: datetime | None, until: datetime | None = None) -> SafeString | str:
    """How long from then until now, or until a second time."""
    if at is None:
        return ""
    length = (until or _now(context)) - at
    words = span(_to_minutes(length)) if until is None else span(length)
    return _time(at, words, "since ")


@register.simple_tag(takes_context=True)
def due(context: Context, at: datetime | None) -> SafeString | str:
    """When something is due: the length for the next hours, the day after that, how late when it is past."""
    if at is None:
        return ""
    left = at - _now(context)
    if left < timedelta(0):
        return SafeString(f'<span class="late">{_time(at, f"{span(_to_minutes(-left))} late")}</span>')
    if left < timedelta(hours=8):
        return _time(at, f"in {span(_to_minutes(left))}")
    return _time(at, clock(at))


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """The day and the time of day."""
    return "" if at is None else _time(at, clock(at))


@register.simple_tag(takes_context=True)
def begins(context: Context, at: datetime) -> SafeString:
    """The first day of a period."""
    return _time(at, periods.since(at, context["user"]))


@register.simple_tag(takes_context=True)
def ends(context: Context, at: datetime) -> SafeString:
    """The last day of a period."""
    return _time(at, periods.until(at, context["user"]))


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@register.simple_tag(takes_context=True)
def until(context: Context, at: datetime) -> str:
    """`in 23 min`, or nothing when it is past."""
    left = at - _now(context)
    return f"in {span(_to_minutes(left))}" if left > timedelta(0) else ""


def _to_minutes(length: timedelta) -> timedelta:
    """Drop the seconds from a minute on: nobody waits by the second."""
    return length if length < timedelta(minutes=1) else length - timedelta(seconds=length.seconds % 60)
