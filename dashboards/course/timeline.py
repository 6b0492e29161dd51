"""The visits of a run over time, in percent of one common track: what happened in each, and how long it took.

Steps that take no time of their own (decide, set, end, and regions, whose steps are there) are left out; of very long
runs the newest visits are shown. Where one would go on by itself, at a time that its timer knows, is drawn ahead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.called import numbered
from dashboards.course import axis, stretches
from dashboards.course.axis import Scale, Shade, Tick
from dashboards.course.stretches import LEGEND, WORDS, Pause, Spent, Stretch
from dashboards.templatetags.times import clock, ordinal, span
from engine.machine.state import Timer
from runs.models import Incident, Run, Step

SHOWN = 60
TICKS = axis.TICKS
TIMELESS = frozenset({"decide", "set", "end", "rollback", "parallel", "each"})
#: Timers after which a visit goes on by itself; others only remind or escalate.
_GOES_ON = frozenset({"wait", "retry", "window", "deadline"})


@dataclass(frozen=True)
class Bar:
    """`x` and `width` in percent of the track; `kind`, `word` and the times for those who do not see it."""

    kind: str
    x: float
    width: float
    begin: datetime
    end: datetime

    @property
    def word(self) -> str:
        return WORDS[self.kind]

    @property
    def length(self) -> timedelta:
        return self.end - self.begin

    @property
    def says(self) -> str:
        return f"{self.word}, {clock(self.begin)} to {clock(self.end)}"


@dataclass(frozen=True)
class Track:
    """`nth` is said of the second visit of a step and later ones."""

    step: Step
    title: str
    nth: str
    bars: tuple[Bar, ...]
    took: str

    @property
    def name(self) -> str:
        return f"{self.title}, {self.nth}" if self.nth else self.title

    @property
    def says(self) -> str:
        return f"{self.name}: " + "; ".join(bar.says for bar in self.bars)


@dataclass(frozen=True)
class Timeline:
    """`now_x` and `due_x` are None where they do not lie on the track; `left_out` older visits are not shown.

    `kinds` are the kinds of bars there are with their words, for the legend.
    """

    tracks: tuple[Track, ...]
    ticks: tuple[Tick, ...]
    shades: tuple[Shade, ...]
    now_x: float | None
    due_x: float | None
    left_out: int
    kinds: Mapping[str, str]
    spent: Spent


def of(
    run: Run,
    steps: Sequence[Step],
    troubles: Iterable[Incident],
    now: datetime,
    name_of: Callable[[Step], str] = numbered,
    pauses: Sequence[Pause] = (),
    timers: Iterable[Timer] = (),
) -> Timeline:
    """Lay out the visits of a run. `troubles` are all its incidents; `name_of` says what a visit is called."""
    end = run.ended_at or now
    at = _by_visit(troubles)
    visits = [step for step in steps if step.kind not in TIMELESS]
    cut = {step.number: stretches.of(step, at.get(step.number, ()), pauses, end) for step in visits}
    goes_on = {} if run.paused else {timer.visit: timer.due_at for timer in timers if timer.kind in _GOES_ON}
    shown = visits[-SHOWN:]
    begin = shown[0].opened_at if len(shown) < len(visits) else run.started_at
    far = _far(begin, end, [*goes_on.values(), *([run.due_at] if run.due_at and run.is_open else [])])
    length = max(far - begin, timedelta(minutes=1))
    scale = Scale(begin - length * 0.015, length * (1.06 if run.is_open else 1.03))
    names = _names(visits, name_of)
    tracks = tuple(_track(step, names[step.number], cut[step.number], goes_on, scale, end) for step in shown)
    due = run.due_at if run.is_open and run.due_at and begin <= run.due_at <= far else None
    kinds = {bar.kind for track in tracks for bar in track.bars}
    return Timeline(
        tracks=tracks,
        ticks=tuple(tick for tick in axis.ticks(scale) if _is_free(tick.x, scale, now, due)),
        shades=axis.shades(scale),
        now_x=scale.x(now) if run.is_open else None,
        due_x=scale.x(due) if due else None,
        left_out=len(visits) - len(shown),
        kinds={kind: word for kind, word in LEGEND.items() if kind in kinds},
        spent=stretches.spent((one for many in cut.values() for one in many), pauses, run.started_at, end),
    )


def _by_visit(troubles: Iterable[Incident]) -> dict[int, list[Incident]]:
    found: dict[int, list[Incident]] = {}
    for one in troubles:
        if one.step is not None:
            found.setdefault(one.step.number, []).append(one)
    return found


def _far(begin: datetime, end: datetime, ahead: Iterable[datetime]) -> datetime:
    """Return up to when the track goes: to what is ahead, as long as what has been does not shrink to a sliver."""
    return max((at for at in ahead if end < at and at - begin < 4 * (end - begin)), default=end)


def _names(visits: Iterable[Step], name_of: Callable[[Step], str]) -> dict[int, tuple[str, str]]:
    """Name visits; the second of the same step says so."""
    numbers = Counter[tuple[str, str, bool]]()
    names = {}
    for step in visits:
        of = step.name, step.scope, step.undoes is not None
        numbers[of] += 1
        names[step.number] = name_of(step), ordinal(numbers[of]) if numbers[of] > 1 else ""
    return names


def _track(
    step: Step,
    name: tuple[str, str],
    cut: Sequence[Stretch],
    goes_on: Mapping[int, datetime],
    scale: Scale,
    end: datetime,
) -> Track:
    ahead = goes_on.get(step.number)
    bars = [_bar(one.kind, one.begin, one.end, scale) for one in cut]
    took = span((step.ended_at or end) - step.opened_at)
    if ahead is not None and ahead > end:
        bars.append(_bar("ahead", end, ahead, scale))
        took = f"until {clock(ahead).removeprefix('today, ')}"
    return Track(step, *name, tuple(bars), took)


def _bar(kind: str, begin: datetime, end: datetime, scale: Scale) -> Bar:
    x = scale.x(begin)
    return Bar(kind, x, min(scale.x(end), 100.0) - x, begin, end)


def _is_free(x: float, scale: Scale, now: datetime, due: datetime | None) -> bool:
    """Whether a label at this place leaves those of now and due readable."""
    return all(abs(x - scale.x(at)) > 6 for at in (now, due) if at is not None)
