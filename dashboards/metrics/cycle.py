"""Cycle time: how long completed runs took, as percentiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboards.metrics.asked import Asked
from dashboards.metrics.percentiles import Spread, spreads
from engine.lifecycles import RunStatus

DEFINITION = (
    "From the start of a run to its end, for runs that completed in the period, without the time in which the run "
    "was paused. p50: half of the runs were at most that long; p85 and p95: 85 and 95 of 100 were. Between two runs "
    "the value lies between theirs, in proportion."
)


@dataclass(frozen=True)
class Part:
    """One day or week. `spread` is None where no run completed in it."""

    starts_on: date
    spread: Spread | None


@dataclass(frozen=True)
class Cycle:
    whole: Spread | None
    parts: tuple[Part, ...]


def measure(asked: Asked) -> Cycle:
    """Measure the whole period and each of its days or weeks. Two queries."""
    begins = asked.period.buckets
    completed = asked.ended.filter(status=RunStatus.COMPLETED.value)
    whole = spreads(completed, "started_at", "ended_at", without="paused_seconds").get(())
    if whole is None:
        return Cycle(None, tuple(Part(starts_on, None) for starts_on in begins))
    parts = completed.annotate(part=asked.period.part("ended_at", begins))
    found = spreads(parts, "started_at", "ended_at", by=["part"], without="paused_seconds")
    return Cycle(whole, tuple(Part(starts_on, found.get((nth,))) for nth, starts_on in enumerate(begins)))
