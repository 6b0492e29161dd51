"""How far a plan has come, and whether it will be reached, told from the runs that deliver it.

Takes the plan as written and its runs as they stand; knows no database, and no clock but the instant it is given. Who
may see which run is for whoever shows it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from engine.language.plan import Delivery, Milestone, Plan
from engine.lifecycles import RUN_OPEN, RunStatus


@dataclass(frozen=True, slots=True)
class Going:
    """A run that was started for a milestone, or linked to it: for its run `nth` (from 0) of this playbook."""

    key: Hashable
    milestone: str
    nth: int
    playbook: str
    status: RunStatus
    needs_help: bool = False
    due_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in RUN_OPEN

    @property
    def is_done(self) -> bool:
        return self.status is RunStatus.COMPLETED


class Outlook(StrEnum):
    """Whether a milestone, or a plan, will be reached; the later the worse."""

    REACHED = "reached"
    ON_TIME = "on-time"
    AT_RISK = "at-risk"
    LATE = "late"


class Why(StrEnum):
    """What puts a milestone at risk."""

    NOTHING_DELIVERS = "nothing-delivers"
    TO_REPEAT = "to-repeat"
    NEEDS_HELP = "needs-help"
    OVERDUE = "overdue"
    DUE_TOO_LATE = "due-too-late"


@dataclass(frozen=True, slots=True)
class Risk:
    """`run` is the one that is concerned; None where there is none."""

    why: Why
    run: Going | None = None


@dataclass(frozen=True)
class Slot:
    """One run that the plan names, and those that were started for it, the first one first."""

    nth: int
    delivery: Delivery
    runs: tuple[Going, ...] = ()

    @property
    def run(self) -> Going | None:
        """The one that counts: what is done, else what is under way, else the last that was tried."""
        done = [run for run in self.runs if run.is_done]
        under_way = [run for run in self.runs if run.is_open]
        return next(reversed(done or under_way or self.runs or ()), None)

    @property
    def is_done(self) -> bool:
        return self.run is not None and self.run.is_done

    @property
    def is_startable(self) -> bool:
        """Nothing of it is done or under way: it waits to be started, or to be started again."""
        return self.run is None or not (self.run.is_done or self.run.is_open)


@dataclass(frozen=True)
class Stand:
    """A milestone as it stands. `besides` are runs linked to it that the plan does not name; `due_at` ends its day."""

    milestone: Milestone
    due_at: datetime
    slots: tuple[Slot, ...]
    besides: tuple[Going, ...]
    outlook: Outlook
    risks: tuple[Risk, ...] = ()

    @property
    def total(self) -> int:
        return len(self.slots) + sum(run.is_done or run.is_open for run in self.besides)

    @property
    def done(self) -> int:
        return sum(slot.is_done for slot in self.slots) + sum(run.is_done for run in self.besides)

    @property
    def reached_at(self) -> datetime | None:
        """When the last of its runs was done, where all are."""
        if self.outlook is not Outlook.REACHED:
            return None
        counting = [slot.run for slot in self.slots if slot.run] + [run for run in self.besides if run.is_done]
        return max((run.ended_at for run in counting if run.ended_at), default=None)


@dataclass(frozen=True)
class Progress:
    """The milestones in the order of time; `strays` are runs of milestones that the plan no longer has."""

    milestones: tuple[Stand, ...]
    strays: tuple[Going, ...] = ()

    @property
    def total(self) -> int:
        return sum(one.total for one in self.milestones)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.milestones)

    @property
    def outlook(self) -> Outlook:
        """The worst of its milestones'."""
        return max((one.outlook for one in self.milestones), key=list(Outlook).index, default=Outlook.ON_TIME)

    @property
    def next(self) -> Stand | None:
        """The first milestone that has not been reached."""
        return next((one for one in self.milestones if one.outlook is not Outlook.REACHED), None)

    @property
    def late(self) -> tuple[Stand, ...]:
        return tuple(one for one in self.milestones if one.outlook is Outlook.LATE)


def follow(plan: Plan, runs: Iterable[Going], now: datetime, zone: tzinfo) -> Progress:
    """Tell how the plan stands; `runs` in the order in which they began to count, `zone` is where its days end."""
    by_milestone: dict[str, list[Going]] = {}
    for run in runs:
        by_milestone.setdefault(run.milestone, []).append(run)
    stands = [_stand(one, by_milestone.pop(one.id, []), now, zone) for one in plan.milestones]
    stands.sort(key=lambda one: one.due_at)
    return Progress(tuple(stands), tuple(run for left in by_milestone.values() for run in left))


def end_of(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which this day is over."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _stand(milestone: Milestone, runs: list[Going], now: datetime, zone: tzinfo) -> Stand:
    slots, besides = slots_of(milestone, runs)
    due_at = end_of(milestone.due, zone)
    counting = [slot.run for slot in slots if slot.run] + [run for run in besides if run.is_open or run.is_done]
    is_reached = bool(counting) and all(run.is_done for run in counting) and all(slot.is_done for slot in slots)
    if is_reached:
        return Stand(milestone, due_at, slots, besides, Outlook.REACHED)
    risks = tuple(_risks(slots, counting, due_at, now))
    outlook = Outlook.LATE if now >= due_at else Outlook.AT_RISK if risks else Outlook.ON_TIME
    return Stand(milestone, due_at, slots, besides, outlook, risks)


def slots_of(milestone: Milestone, runs: Iterable[Going]) -> tuple[tuple[Slot, ...], tuple[Going, ...]]:
    """Return the runs that the plan names with those that deliver them, and what delivers the milestone besides.

    A newer version of a plan may name its runs in another order: one that stands where another playbook is named now
    counts for the first free place of its own playbook.
    """
    taken: dict[int, list[Going]] = {nth: [] for nth in range(len(milestone.runs))}
    moved: list[Going] = []
    besides: list[Going] = []
    for run in runs:
        fits = run.nth < len(milestone.runs) and milestone.runs[run.nth].playbook == run.playbook
        (taken[run.nth] if fits else moved).append(run)
    for run in moved:
        same = (nth for nth, one in enumerate(milestone.runs) if one.playbook == run.playbook)
        nth = next((nth for nth in same if not any(one.is_done or one.is_open for one in taken[nth])), None)
        (besides if nth is None else taken[nth]).append(run)
    slots = tuple(Slot(nth, one, tuple(taken[nth])) for nth, one in enumerate(milestone.runs))
    return slots, tuple(besides)


def _risks(slots: tuple[Slot, ...], counting: list[Going], due_at: datetime, now: datetime) -> Iterable[Risk]:
    if not slots and not counting:
        yield Risk(Why.NOTHING_DELIVERS)
    for run in counting:
        if run.is_done:
            continue
        if not run.is_open:
            yield Risk(Why.TO_REPEAT, run)
        elif run.needs_help:
            yield Risk(Why.NEEDS_HELP, run)
        elif run.due_at is not None and run.due_at <= now:
            yield Risk(Why.OVERDUE, run)
        elif run.due_at is not None and run.due_at > due_at:
            yield Risk(Why.DUE_TOO_LATE, run)
