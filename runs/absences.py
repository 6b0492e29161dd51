"""Who is away: in a period, or now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from runs.models import Absence


def away(usernames: Iterable[str], start: datetime, end: datetime) -> list[Absence]:
    """Return the absences of these people that have any of this time in them, the first first."""
    wanted = set(usernames)
    if not wanted:
        return []
    rows = Absence.objects.between(start, end).filter(person__username__in=wanted)
    return list(rows.select_related("person", "substitute"))


def away_now(usernames: Iterable[str], now: datetime) -> dict[str, Absence]:
    """Return of these people who is away at this instant; of several absences the one that ends last."""
    found = away(usernames, now, now + timedelta(microseconds=1))
    return {absence.person.username: absence for absence in sorted(found, key=lambda one: one.ends_at)}


def present(usernames: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Return these people without those who are away; all of them where nobody else is there."""
    everybody = tuple(usernames)
    gone = away_now(everybody, now)
    return tuple(name for name in everybody if name not in gone) or everybody
