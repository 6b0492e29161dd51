"""Who is away, and who acts, over the next weeks: bars in percent of one common track, for the timeline component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from runs import periods
from runs.models import Absence, Delegation
from workflows.models import Person

WEEKS = 6


@dataclass(frozen=True)
class Bar:
    """`x` and `width` in percent of the track; `kind` is a class of the timeline's."""

    kind: str
    x: float
    width: float
    says: str


@dataclass(frozen=True)
class Track:
    name: str
    bars: tuple[Bar, ...]

    @property
    def says(self) -> str:
        return f"{self.name}: " + "; ".join(bar.says for bar in self.bars)


@dataclass(frozen=True)
class Ahead:
    """`ticks` are (place, words): the Mondays."""

    tracks: tuple[Track, ...]
    ticks: tuple[tuple[float, str], ...]
    now_x: float


def of(absences: Sequence[Absence], delegations: Sequence[Delegation], reader: Person, now: datetime) -> Ahead | None:
    """Lay out what lies within the next weeks, one track a person who is away and one a pair; None without any."""
    zone = reader.zone
    today = now.astimezone(zone).date()
    begin = datetime.combine(today - timedelta(days=today.weekday()), time(), zone)
    end = begin + timedelta(weeks=WEEKS)

    def x(at: datetime) -> float:
        return 100 * ((min(max(at, begin), end) - begin) / (end - begin))

    def bar(kind: str, one: Absence | Delegation, words: str) -> Bar:
        return Bar(kind, x(one.starts_at), max(x(one.ends_at) - x(one.starts_at), 0.6), words)

    tracks: dict[str, list[Bar]] = {}
    for absence in absences:
        if absence.starts_at < end and absence.ends_at > begin:
            says = f"away {periods.said(absence.starts_at, absence.ends_at, reader)}"
            tracks.setdefault(_named(absence.person, reader, "away"), []).append(bar("wait", absence, says))
    for one in delegations:
        if one.starts_at < end and one.ends_at > begin:
            says = f"{one.to} acts for {one.person} {periods.said(one.starts_at, one.ends_at, reader)}"
            name = f"{'You' if one.to == reader else one.to} for {'you' if one.person == reader else one.person}"
            tracks.setdefault(name, []).append(bar("current" if reader in (one.to, one.person) else "gate", one, says))
    if not tracks:
        return None
    mondays = [begin + timedelta(weeks=week) for week in range(1, WEEKS)]
    ticks = tuple((x(at), f"{at.day} {at:%b}") for at in mondays if abs(x(at) - x(now)) > 6)
    return Ahead(tuple(Track(name, tuple(bars)) for name, bars in tracks.items()), ticks, x(now))


def _named(person: Person, reader: Person, words: str) -> str:
    return f"{'You' if person == reader else person}, {words}"
