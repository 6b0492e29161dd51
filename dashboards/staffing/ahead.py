"""Who is away in the next two weeks, and on which of those days too few are left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.definition import StepSpec
from engine.proofs import spare
from engine.proofs.eligible import Staff
from runs import absences
from runs.models import Absence

DAYS = 14
#: Whoever is away from nine to five is not there that day.
FROM, TO = time(9), time(17)

Away = Mapping[str, Sequence[Absence]]


@dataclass(frozen=True)
class Ahead:
    """The days that are looked at, in the reader's zone, and the absences in them by username."""

    days: tuple[date, ...]
    zone: ZoneInfo
    away: Away

    def of(self, people: Collection[str]) -> tuple[Absence, ...]:
        """Return the absences of these people, the first first."""
        found = [absence for person in people for absence in self.away.get(person, ())]
        return tuple(sorted(found, key=lambda absence: (absence.starts_at, absence.pk)))

    def unmet(self, staff: Staff, step: StepSpec, people: frozenset[str]) -> tuple[date, ...]:
        """Return the days on which too few are there, substitutes from outside counted.

        Empty where there are too few anyway.
        """
        known: dict[frozenset[str], bool] = {frozenset(): spare.spare(staff, step) < 0}
        if known[frozenset()]:
            return ()
        found = []
        for day in self.days:
            gone = frozenset(person for person in people if self._is_gone(person, day, people))
            if gone not in known:
                known[gone] = spare.spare(staff.without(gone), step) < 0
            if known[gone]:
                found.append(day)
        return tuple(found)

    def _is_gone(self, person: str, day: date, people: frozenset[str]) -> bool:
        begins, ends = (datetime.combine(day, at, self.zone) for at in (FROM, TO))
        absence = next((a for a in self.away.get(person, ()) if a.starts_at <= begins and a.ends_at >= ends), None)
        if absence is None:
            return False
        to = absence.substitute
        # whoever has a vote here has no second one to cast
        return to is None or not to.is_active or to.username in people


def read(people: Iterable[str], now: datetime, zone: ZoneInfo) -> Ahead:
    """Read who of these people is away from today on. One statement."""
    today = now.astimezone(zone).date()
    days = tuple(today + timedelta(days=ahead) for ahead in range(DAYS))
    end = datetime.combine(days[-1] + timedelta(days=1), time(), zone)
    away: dict[str, list[Absence]] = defaultdict(list)
    for absence in absences.away(people, now, end):
        away[absence.person.username].append(absence)
    return Ahead(days, zone, away)


def stretches(days: Sequence[date]) -> tuple[tuple[date, date], ...]:
    """Join days that follow one another: the first and the last of each stretch."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)
