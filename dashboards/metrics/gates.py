"""Waiting at gates: how long each gate took to be decided, and what waits there now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from dashboards.metrics.asked import Asked
from dashboards.metrics.percentiles import Spread, spreads
from engine.lifecycles import GateStatus
from runs.models import Gate

DEFINITION = (
    "From the moment a gate was asked to the moment it was decided, for gates decided in the period: by votes or by "
    "a rule of the playbook. A gate that was asked again counts again. Gates that were cancelled, or that an "
    "operator passed over, do not count. "
    "Open now and oldest do not depend on the period."
)

DECIDED = [GateStatus.APPROVED, GateStatus.REJECTED, GateStatus.RETURNED]


@dataclass(frozen=True)
class Waiting:
    """One gate of one playbook. `wait` is None where none was decided in the period."""

    playbook: str
    step: str
    title: str
    wait: Spread | None
    open_now: int
    oldest: datetime | None


def measure(asked: Asked) -> tuple[Waiting, ...]:
    """Measure every gate of the visible runs, the slowest (p85) first. At most three queries."""
    gates = Gate.objects.filter(step__run__in=asked.runs)
    place = ["step__run__version__artifact__slug", "step__name"]
    decided = gates.filter(status__in=[status.value for status in DECIDED], decided_at__gte=asked.period.starts_at)
    waits = spreads(decided, "step__opened_at", "decided_at", by=place)
    pending = {
        (row[place[0]], row[place[1]]): row
        for row in gates.filter(status=GateStatus.OPEN.value)
        .values(*place)
        .annotate(gates=Count("pk"), oldest=Min("step__opened_at"))
    }
    places = {(str(slug), str(step)) for slug, step in [*waits, *pending]}
    titles = _titles(asked, places)
    found = [
        Waiting(
            playbook=slug,
            step=step,
            title=titles.get((slug, step), step),
            wait=waits.get((slug, step)),
            open_now=pending[slug, step]["gates"] if (slug, step) in pending else 0,
            oldest=pending[slug, step]["oldest"] if (slug, step) in pending else None,
        )
        for slug, step in places
    ]
    return tuple(sorted(found, key=_slowest_first))


def _slowest_first(gate: Waiting) -> tuple[float, float, str, str]:
    waiting_since = gate.oldest.timestamp() if gate.oldest else float("inf")
    return (-gate.wait.p85 if gate.wait else 0.0, waiting_since, gate.playbook, gate.step)


def _titles(asked: Asked, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return each gate's title. A title may hold `${…}`, so runs differ: any one of them names the gate."""
    if not places:
        return {}
    recent = Q(status=GateStatus.OPEN.value) | Q(decided_at__gte=asked.period.starts_at)
    rows = Gate.objects.filter(recent, step__run__in=asked.runs)
    named = rows.values_list("step__run__version__artifact__slug", "step__name").annotate(title=Max("step__title"))
    return {(slug, step): title for slug, step, title in named}
