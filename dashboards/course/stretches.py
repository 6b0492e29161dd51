"""What happened in a visit, from when to when: waiting, worked, at a gate, machine, stuck, paused, and still to come.

Takes visits, incidents and pauses; leaves stretches of time. How they are drawn is `timeline`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.lifecycles import VISIT_OPEN
from runs.models import Incident, Step

Pause = tuple[datetime, datetime | None]

#: What each kind of stretch says, and what stands for it in the legend, in the legend's order.
WORDS = {
    "work": "worked",
    "current": "in work now",
    "wait": "waited",
    "gate": "gate open",
    "machine": "machine worked",
    "paused": "run paused",
    "failed": "needed an operator",
    "ahead": "waits on",
}
LEGEND = {
    "work": "working",
    "current": "in work now",
    "wait": "waiting",
    "gate": "at a gate",
    "machine": "machine",
    "paused": "paused",
    "failed": "needs an operator",
    "ahead": "to come",
}
#: In these somebody or something was at it.
_WORKING = frozenset({"work", "current", "machine"})


@dataclass(frozen=True)
class Stretch:
    kind: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Spent:
    """Where the time of a run went: the time in which anything was worked on, all other time, and its pauses."""

    worked: timedelta
    waited: timedelta
    paused: timedelta


def of(step: Step, troubles: Iterable[Incident], pauses: Iterable[Pause], until: datetime) -> tuple[Stretch, ...]:
    """Cut a visit into what happened in it up to a moment. `troubles` are all incidents that were there."""
    end = min(step.ended_at or until, until)
    found = list(_plain(step, end))
    for one in troubles:
        found = _cover(found, "failed", one.opened_at, one.resolved_at or end)
    for begin, stop in pauses:
        found = _cover(found, "paused", begin, stop or end)
    return tuple(found)


def _plain(step: Step, end: datetime) -> Iterator[Stretch]:
    kind = {"task": "wait", "gate": "gate", "action": "machine"}.get(step.kind, "wait")
    claimed = step.claimed_at if step.kind == "task" and step.claimed_at and step.claimed_at < end else None
    yield Stretch(kind, step.opened_at, claimed or end)
    if claimed:
        yield Stretch("current" if step.status in VISIT_OPEN else "work", claimed, end)


def _cover(found: Sequence[Stretch], kind: str, begin: datetime, end: datetime) -> list[Stretch]:
    """Let this time be of that kind, whatever it was."""
    left: list[Stretch] = []
    for one in found:
        if end <= one.begin or one.end <= begin:
            left.append(one)
            continue
        parts = (
            Stretch(one.kind, one.begin, max(one.begin, begin)),
            Stretch(kind, max(one.begin, begin), min(one.end, end)),
            Stretch(one.kind, min(one.end, end), one.end),
        )
        left += [part for part in parts if part.begin < part.end]
    return left


def spent(stretches: Iterable[Stretch], pauses: Iterable[Pause], begin: datetime, end: datetime) -> Spent:
    """Say where the time of a run went. What was worked on side by side counts once."""
    worked = _length((one.begin, one.end) for one in stretches if one.kind in _WORKING)
    paused = _length((max(start, begin), min(stop or end, end)) for start, stop in pauses)
    return Spent(worked, max(end - begin - worked - paused, timedelta(0)), paused)


def _length(times: Iterable[tuple[datetime, datetime]]) -> timedelta:
    total, reached = timedelta(0), None
    for begin, end in sorted(times):
        begin = max(begin, reached) if reached else begin
        if begin < end:
            total, reached = total + (end - begin), end
    return total
