"""The visits of a run over time: waiting, working, at a gate, machine, failed. In percent of one common track.

Steps that take no time of their own (decide, set, end, and regions, whose steps are there) are left out; of very long
runs the newest visits are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboards.called import numbered
from dashboards.templatetags.times import clock, ordinal, span
from engine.lifecycles import VISIT_OPEN
from runs.models import Incident, Run, Step

SHOWN = 60
TIMELESS = frozenset({"decide", "set", "end", "rollback", "parallel", "each"})
TICKS = 6
_MIN, _HOUR, _DAY = 60, 3_600, 86_400
EVERY = (
    *(_MIN * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 5, 7, 14, 30, 60, 120, 365)),
)

#: What each kind of bar says.
WORDS = {
    "wait": "waited",
    "work": "worked",
    "current": "in work now",
    "gate": "gate open",
    "machine": "machine worked",
    "failed": "failed, waits for an operator",
}


@dataclass(frozen=True)
class Bar:
    """`x` and `width` in percent of the track."""

    kind: str
    x: float
    width: float
    says: str


@dataclass(frozen=True)
class Track:
    step: Step
    name: str
    bars: tuple[Bar, ...]
    took: str

    @property
    def says(self) -> str:
        return f"{self.name}: " + "; ".join(bar.says for bar in self.bars)


@dataclass(frozen=True)
class Tick:
    x: float
    words: str


@dataclass(frozen=True)
class Timeline:
    """`now_x` and `due_x` are None where they do not lie on the track; `left_out` older visits are not shown."""

    tracks: tuple[Track, ...]
    ticks: tuple[Tick, ...]
    now_x: float | None
    due_x: float | None
    left_out: int
    kinds: frozenset[str]


@dataclass(frozen=True)
class _Scale:
    begin: datetime
    length: timedelta

    def x(self, at: datetime) -> float:
        return 100 * ((at - self.begin) / self.length)


def of(
    run: Run,
    steps: Sequence[Step],
    incidents: Mapping[int, Incident],
    now: datetime,
    name_of: Callable[[Step], str] = numbered,
) -> Timeline:
    """Lay out the visits of a run. `incidents` are the open ones by visit; `name_of` says what a visit is called."""
    visits = [step for step in steps if step.kind not in TIMELESS]
    shown = visits[-SHOWN:]
    end = run.ended_at or now
    begin = shown[0].opened_at if len(shown) < len(visits) else run.started_at
    far = max(end, run.due_at) if run.due_at and run.is_open and run.due_at - begin < 4 * (end - begin) else end
    length = max(far - begin, timedelta(minutes=1))
    scale = _Scale(begin - length * 0.015, length * (1.06 if run.is_open else 1.03))
    numbers = Counter[tuple[str, str, bool]]()
    drawn = {step.number for step in shown}
    tracks = []
    for step in visits:
        of = step.name, step.scope, step.undoes is not None
        numbers[of] += 1
        if step.number in drawn:
            name = name_of(step) if numbers[of] == 1 else f"{name_of(step)}, {ordinal(numbers[of])}"
            tracks.append(_track(step, name, incidents.get(step.number), scale, end))
    due = run.due_at if run.is_open and run.due_at and begin <= run.due_at <= far else None
    return Timeline(
        tracks=tuple(tracks),
        ticks=tuple(tick for tick in _ticks(scale) if _is_free(tick.x, scale, now, due)),
        now_x=scale.x(now) if run.is_open else None,
        due_x=scale.x(due) if due else None,
        left_out=len(visits) - len(shown),
        kinds=frozenset(bar.kind for track in tracks for bar in track.bars),
    )


def _track(step: Step, name: str, incident: Incident | None, scale: _Scale, end: datetime) -> Track:
    until = step.ended_at or end
    stretches = list(_stretches(step, incident, until))
    bars = tuple(
        Bar(kind, scale.x(begin), scale.x(stop) - scale.x(begin), f"{WORDS[kind]}, {clock(begin)} to {clock(stop)}")
        for kind, begin, stop in stretches
    )
    return Track(step, name, bars, span(until - step.opened_at))


def _stretches(step: Step, incident: Incident | None, until: datetime) -> list[tuple[str, datetime, datetime]]:
    """Cut a visit into what happened in it: (kind of bar, from, to)."""
    stop = min(incident.opened_at, until) if incident else until
    if step.kind == "task":
        claimed = step.claimed_at if step.claimed_at and step.claimed_at < stop else None
        work = "current" if step.status in VISIT_OPEN and not incident else "work"
        found = [("wait", step.opened_at, claimed or stop)] + ([(work, claimed, stop)] if claimed else [])
    else:
        found = [({"gate": "gate", "action": "machine"}.get(step.kind, "wait"), step.opened_at, stop)]
    return [*found, ("failed", stop, until)] if incident else found


def _ticks(scale: _Scale) -> list[Tick]:
    seconds = scale.length.total_seconds()
    every = next((size for size in EVERY if seconds / size <= TICKS), EVERY[-1])
    local = timezone.localtime(scale.begin)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks, nth = [], 0
    while len(ticks) <= TICKS:
        # Wall-clock arithmetic: a day of daylight saving keeps its midnight.
        at = midnight + timedelta(seconds=every * nth)
        nth += 1
        if at <= local:
            nth = max(nth, int((local - midnight).total_seconds() // every))
            continue
        x = scale.x(at)
        if x > 98:
            break
        is_day = every >= _DAY or at.hour == at.minute == 0
        words = f"{at.day} {at:%b}" if every >= 5 * _DAY else f"{at:%a} {at.day}" if is_day else f"{at:%H:%M}"
        ticks.append(Tick(x, words))
    return ticks


def _is_free(x: float, scale: _Scale, now: datetime, due: datetime | None) -> bool:
    """Whether a label at this place leaves those of now and due readable."""
    return all(abs(x - scale.x(at)) > 6 for at in (now, due) if at is not None)
