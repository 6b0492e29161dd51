"""Waiting at gates: how long each gate took to be decided, and what waits there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from dashboards.metrics.asked import Asked
from dashboards.metrics.percentiles import Spread, measured
from engine.lifecycles import GateStatus

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
    """Measure every gate of the visible runs, the slowest (p85) first. Two queries.

    A title may hold `${…}`, so runs differ: any one of them names the gate.
    """
    place = ["step__run__version", "step__name"]
    decided = asked.gates.filter(
        status__in=[status.value for status in DECIDED], decided_at__gte=asked.period.starts_at
    )
    title = {"title": Max("step__title")}
    waits = measured(decided, "step__opened_at", "decided_at", by=place, names=asked.names, also=title)
    pending = _pending(asked, place)
    found = []
    for slug, step in {*waits, *pending}:
        wait, said = waits.get((slug, step), (None, {}))
        now = pending.get((slug, step), _Pending())
        found.append(Waiting(slug, step, max(said.get("title", ""), now.title) or step, wait, now.gates, now.oldest))
    return tuple(sorted(found, key=_slowest_first))


@dataclass(frozen=True)
class _Pending:
    gates: int = 0
    oldest: datetime | None = None
    title: str = ""

    def with_those(self, gates: int, oldest: datetime, title: str) -> _Pending:
        return _Pending(self.gates + gates, min(self.oldest or oldest, oldest), max(self.title, title))


def _pending(asked: Asked, place: list[str]) -> Mapping[tuple[str, str], _Pending]:
    # an open gate has not been decided: said as well, as the index of when gates were decided holds them side by side
    still_open = asked.gates.filter(status=GateStatus.OPEN.value, decided_at__isnull=True).order_by().values(*place)
    counted = still_open.annotate(gates=Count("*"), oldest=Min("step__opened_at"), title=Max("step__title"))
    found: dict[tuple[str, str], _Pending] = {}
    for version, step, *those in counted.values_list(*place, "gates", "oldest", "title"):
        if version in asked.versions:
            key = asked.versions[version], step
            found[key] = found.get(key, _Pending()).with_those(*those)
    return found


def _slowest_first(gate: Waiting) -> tuple[float, float, str, str]:
    waiting_since = gate.oldest.timestamp() if gate.oldest else float("inf")
    return (-gate.wait.p85 if gate.wait else 0.0, waiting_since, gate.playbook, gate.step)
