"""Bring the absences of a calendar in: what has come is put down, what has changed is changed, what is gone is ended.

A calendar is known by its name: what it once said and says no more is over. What people and administrators put down
themselves is left alone, and where it lies in the way, the calendar's is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from engine.machine.commands import Refusal
from runs import absence_notices, appoint, appointing, be_away, periods
from runs.clock import Clock, database_clock
from runs.feed.reading import Feed, FeedError, Occurrence, read
from runs.guard import Verdict
from runs.models import Absence, Substitute
from runs.outcomes import FieldErrors
from workflows.models import Person
from workflows.writing import writing

#: So many absences one file may put down for one person.
MOST_OF_ONE = 500
NOT_YOURS = Verdict(False, "not-in-role", "Only administrators bring calendars in.")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one time of one event: `what` is put down, changed, ended or skipped; `words` say it."""

    what: str
    whom: str
    words: str


@dataclass
class Report:
    feed: str
    is_dry: bool
    lines: list[Line] = field(default_factory=list)
    kept: int = 0

    def add(self, what: str, whom: str, words: str) -> None:
        self.lines.append(Line(what, whom, words))

    def count(self, what: str) -> int:
        return sum(line.what == what for line in self.lines)

    @property
    def sentence(self) -> str:
        """`Calendar Leave: 3 absences put down, 1 changed, none ended; 2 events were skipped.`"""
        new, changed, ended, skipped = map(self.count, ("put down", "changed", "ended", "skipped"))
        done = f"{new or 'no'} absence{'' if new == 1 else 's'} put down"
        done += f", {changed or 'none'} changed, {ended or 'none'} ended"
        left = f", {self.kept} left as they were" if self.kept else ""
        over = f"; {skipped} event{' was' if skipped == 1 else 's were'} skipped" if skipped else ""
        would = " This was only a look: nothing was changed." if self.is_dry else ""
        return f"Calendar {self.feed}: {done}{left}{over}.{would}"


class _OnlyALook(Exception):
    """Take back what this transaction wrote."""


def bring_in(
    raw: bytes, by: Person, name: str = "", dry_run: bool = False, clock: Clock = database_clock
) -> Report | Refusal:
    """Bring this file in, one transaction a person. `dry_run`: say what would be done, and do nothing."""
    now = clock()
    if not appointing.is_administrator(by):
        appointing.write_down(by, "bring a calendar in", NOT_YOURS, now)
        return Refusal(NOT_YOURS.code, NOT_YOURS.sentence)
    try:
        feed = read(raw, now, name)
    except FeedError as error:
        return Refusal("field:file", str(error))
    report = Report(feed.name, dry_run)
    for skipped in feed.skipped:
        report.add("skipped", "", f"{skipped.title}: {skipped.reason}")
    for person, wanted in sorted(_by_person(feed, now).items(), key=lambda one: str(one[0])):
        _within(dry_run, lambda person=person, wanted=wanted: _of(person, wanted, feed.name, by, clock, report))
    return report


def _within(dry_run: bool, act: Callable[[], None]) -> None:
    try:
        with writing():
            act()
            if dry_run:
                raise _OnlyALook
    except _OnlyALook:
        pass


def _by_person(feed: Feed, now: datetime) -> dict[Person, list[Occurrence]]:
    """Return what each person's absences by this calendar are to be; of whom it speaks no more: none."""
    found: dict[Person, list[Occurrence]] = {}
    for one in feed.occurrences:
        found.setdefault(one.person, []).append(one)
    before = Absence.objects.standing().filter(feed=feed.name, ends_at__gt=now).values("person")
    for person in Person.objects.filter(pk__in=before):
        found.setdefault(person, [])
    return found


def _of(person: Person, wanted: Iterable[Occurrence], feed: str, by: Person, clock: Clock, report: Report) -> None:
    """Bring one person's absences in line: what is gone first, so that it is not in the way of what has moved."""
    appoint.locked(person)
    now = clock()
    events = {one.uid: one for one in wanted}
    standing = Absence.objects.standing().filter(person=person, feed=feed, ends_at__gt=now)
    there = {absence.uid: absence for absence in standing.select_related("person", "substitute")}
    for uid, absence in there.items():
        if uid not in events:
            _say(report, person, "ended", absence, be_away.end(absence, by, now, f"no longer in calendar {feed}"))
    usual = (
        Substitute.objects.filter(person=person, to__is_active=True, to__is_service=False).select_related("to").first()
    )
    new = []
    for count, one in enumerate(sorted(events.values(), key=lambda event: event.starts_at), 1):
        absence = there.get(one.uid)
        if absence is not None and (absence.starts_at, absence.ends_at) == (one.starts_at, one.ends_at):
            report.kept += 1
        elif absence is not None:
            still = absence.substitute
            kept = still if still and still.is_active and not still.is_service else None
            answer = be_away.put_down_anew(absence, one.starts_at, one.ends_at, by, now, kept, absence.reason)
            _say(report, person, "changed", one, answer)
        elif count > MOST_OF_ONE:
            report.add("skipped", str(person), f"{one.title}: more than {MOST_OF_ONE} absences of one person.")
        else:
            to = usual.to if usual else None
            # what the event is called stays in the calendar: it may be nobody else's business
            answer = be_away.put_down(
                person, one.starts_at, one.ends_at, by, now, to, feed=feed, uid=one.uid, tells=False
            )
            _say(report, person, "put down", one, answer)
            new += [answer.absence] if isinstance(answer, be_away.Away) else []
    if new:
        absence_notices.brought_in(new, by, feed)


def _say(
    report: Report,
    person: Person,
    what: str,
    about: Absence | Occurrence,
    answer: be_away.Away | Absence | Refusal | FieldErrors,
) -> None:
    when = periods.said(about.starts_at, about.ends_at, person)
    if isinstance(answer, be_away.Away | Absence):
        kept = answer.absence if isinstance(answer, be_away.Away) else answer
        acts = f"; {kept.substitute} acts" if kept.substitute and what != "ended" else ""
        report.add(what, str(person), f"away {when}{acts}")
        return
    reason = answer.sentence if isinstance(answer, Refusal) else " ".join(answer.values())
    report.add("skipped", str(person), f"away {when}: {reason}")
