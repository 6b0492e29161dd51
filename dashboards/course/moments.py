"""The moments of a run that one may go back to: what the slider runs over, what is marked on it, what was asked for.

Takes the run as it is; leaves numbers of entries. The log is the only clock: a run stands as it is from one entry to
the next, so a date means the last entry before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dashboards.course.reading import Seen, back
from dashboards.templatetags.times import clock
from runs.models import Run
from runs.past import Broken

log = structlog.get_logger()

Pause = tuple[datetime, datetime | None]
"""From when to when a run stood still; None: it still does."""

#: So many of each kind are marked, the newest.
MARKED = 100
#: So many of them are links besides.
LISTED = 8

#: What each kind of mark says.
WORDS = {
    "gate": "A gate opened",
    "decided": "A gate was decided",
    "incident": "An operator was needed",
    "pause": "The run was paused",
    "resume": "The run was resumed",
}
ICONS = {"gate": "gate", "decided": "done", "incident": "attention", "pause": "pause", "resume": "play"}


@dataclass(frozen=True)
class Mark:
    """`x` in percent of the slider."""

    seq: int
    kind: str
    at: datetime
    x: float

    @property
    def word(self) -> str:
        return WORDS[self.kind]

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def says(self) -> str:
        return f"Event {self.seq}, {clock(self.at)}: {self.word}"


@dataclass(frozen=True)
class Moments:
    """Entries 1 to `newest`, those that matter most marked, and when the run stood still."""

    newest: int
    marks: tuple[Mark, ...]
    pauses: tuple[Pause, ...]

    @property
    def latest(self) -> tuple[Mark, ...]:
        """The newest marks, for a list of links."""
        return self.marks[: -LISTED - 1 : -1]


@dataclass(frozen=True)
class Asked:
    """`seq` is the entry whose moment is asked for, 0: as it is now. `problem` says what could not be used of it."""

    seq: int = 0
    problem: str = ""


def turn(today: Seen, asked: Asked) -> tuple[Seen, Asked]:
    """Return the run as it is asked for, and what became of the question."""
    if not asked.seq:
        return today, asked
    try:
        return back(today, asked.seq), asked
    except Broken as fault:
        log.error("log_does_not_fold", run=str(today.run.pk), seq=asked.seq, fault=str(fault))
        why = "The log of this run does not lead there: something in it is not as it was written. Tell an administrator"
        return today, Asked(
            problem=f"{why}, who finds the place with verify_log. What you see is the run as it is now."
        )


def of(today: Seen) -> Moments:
    """Mark the gates, the incidents and the pauses. One query."""
    gates = [step for step in today.steps if step.kind == "gate"][-MARKED:]
    kinds: dict[datetime, str] = {step.opened_at: "gate" for step in gates}
    kinds |= {step.ended_at: "decided" for step in gates if step.ended_at is not None}
    kinds |= {one.opened_at: "incident" for one in today.troubles[-MARKED:]}
    wanted = Q(kind__in=("pause", "resume")) | Q(at__in=list(kinds))
    found = today.run.entries.filter(wanted).order_by("seq").values_list("seq", "at", "kind")
    # what follows from an event in the same moment is part of it: the last entry of a moment stands for it
    newest, marks, pauses = today.run.seq, dict[datetime, Mark](), list[Pause]()
    for seq, at, kind in found:
        name = kind if kind in ("pause", "resume") else kinds[at]
        marks[at] = Mark(seq, name, at, 100 * (seq - 1) / max(newest - 1, 1))
        if kind == "pause":
            pauses.append((at, None))
        elif kind == "resume" and pauses:
            pauses[-1] = (pauses[-1][0], at)
    return Moments(newest, tuple(marks.values()), tuple(pauses))


def until(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    """Return the pauses as they were at a moment."""
    return tuple((begin, end if end and end <= at else None) for begin, end in pauses if begin <= at)


def asked(address: Mapping[str, str], run: Run) -> Asked:
    """Read from the address as of which entry the run is asked for. One query where a date is given."""
    written, moment = address.get("seq", "").strip(), address.get("at", "").strip()
    if written:
        return _numbered(written, number(address), run.seq)
    return _dated(moment, run) if moment else Asked()


def number(address: Mapping[str, str]) -> int:
    """The entry that is asked for, whether there is one; 0 where none is."""
    text = address.get("seq", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _numbered(text: str, seq: int, newest: int) -> Asked:
    if 1 <= seq <= newest:
        return Asked(seq)
    there = f"The events of this run are numbered from 1 to {newest}" if newest > 1 else "This run has one event, 1"
    return Asked(problem=f"“{text[:40]}” is no event of this run. {there}. What you see is the run as it is now.")


def _dated(text: str, run: Run) -> Asked:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        now = "What you see is the run as it is now."
        return Asked(problem=f"“{text[:40]}” is no date with a time, such as 2026-11-25T14:30. {now}")
    at = timezone.make_aware(at) if timezone.is_naive(at) else at
    if at >= timezone.now():
        words = clock(at)
        now = "What you see is the run as it is now."
        return Asked(problem=f"{words[:1].upper()}{words[1:]} is still to come. {now}")
    # a minute that was asked for is meant whole
    within = run.entries.filter(at__lt=at if at.second else at.replace(second=59, microsecond=999_999))
    last = within.order_by("-seq").values_list("seq", flat=True).first()
    if last is not None:
        return Asked(last)
    begun = f"Before {clock(run.started_at)} there was nothing of this run."
    return Asked(1, f"{begun} What you see is its beginning.")
