"""How a playbook does in practice: its runs of the last 90 days as the reader may see them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db.models import Count, Q, QuerySet

from dashboards.metrics.percentiles import Names, Spread, measured, spreads
from engine.lifecycles import RunStatus
from runs.models import Run
from runs.models.run import RunQuerySet
from workflows.models import Artifact, Version

DAYS = 90
_COMPLETED = Q(status=RunStatus.COMPLETED.value)


@dataclass(frozen=True)
class Practice:
    """`started` and `completed` and the others count the last 90 days; `open_now` and `stuck` are of now."""

    started: int = 0
    completed: int = 0
    ended: int = 0
    open_now: int = 0
    stuck: int = 0
    cycle: Spread | None = None

    @property
    def open_words(self) -> str:
        return f"{self.open_now} running"

    @property
    def stuck_words(self) -> str:
        return f"{self.stuck} of {self.open_now} need attention"

    @property
    def completed_percent(self) -> float | None:
        """Of the runs that ended, how many completed; None where none ended."""
        return 100 * self.completed / self.ended if self.ended else None


def of_many(runs: RunQuerySet, now: datetime) -> Mapping[str, Practice]:
    """Measure these (visible) runs for each playbook, by its slug. Four queries."""
    versions = Version.objects.playbooks().order_by("pk")
    return _measure(runs, Names("artifact__slug", dict(versions.values_list("pk", "artifact__slug"))), now)


def of_playbook(runs: RunQuerySet, artifact: Artifact, now: datetime) -> tuple[Practice, Mapping[int, Practice]]:
    """Measure these (visible) runs of one playbook: of all its versions, and of each by its number. Five queries."""
    # not `artifact.versions`: of these a page may have read some
    versions = Version.objects.filter(artifact=artifact).order_by("pk")
    numbers = Names("number", dict(versions.values_list("pk", "number")))
    by_number = _measure(runs, numbers, now)
    completed = _ended(runs, numbers, now).filter(_COMPLETED)
    cycle = spreads(completed, "started_at", "ended_at", without="paused_seconds").get(())
    counts = ("started", "completed", "ended", "open_now", "stuck")
    added_up = {name: sum(getattr(one, name) for one in by_number.values()) for name in counts}
    return Practice(**added_up, cycle=cycle), by_number


def _ended(runs: RunQuerySet, versions: Names, now: datetime) -> RunQuerySet:
    return runs.filter(version__in=versions.of, ended_at__gte=now - timedelta(days=DAYS))


def _measure(runs: RunQuerySet, names: Names, now: datetime) -> Mapping[Any, Practice]:
    """Measure the runs of these versions, for each name. Three queries, in two indexes: no run itself is read."""
    since = now - timedelta(days=DAYS)
    # whatever started in these days has not ended, or has ended in them; an open incident has a lane of its own
    started = Count("started_at", filter=Q(started_at__gte=since))
    ended = measured(
        _ended(runs, names, now),
        "started_at",
        "ended_at",
        ["version"],
        "paused_seconds",
        names,
        only=_COMPLETED,
        also={"ended": Count("*"), "started": started},
    )
    runs = runs.filter(version__in=names.of)
    still_open = _by_version(runs.filter(ended_at__isnull=True), started=started, open_now=Count("*"))
    stuck = _by_version(runs.filter(lane=Run.Lane.ATTENTION.value), stuck=Count("*"))
    counts: dict[Any, Counter[str]] = defaultdict(Counter)
    for (name,), (cycle, those) in ended.items():
        counts[name].update({**those, "completed": cycle.count if cycle else 0})
    for row in chain(still_open, stuck):
        counts[names.of[row.pop("version")]].update(row)
    return {name: Practice(**count, cycle=ended.get((name,), (None,))[0]) for name, count in counts.items()}


def _by_version(runs: RunQuerySet, **counts: Count) -> QuerySet[Any, dict[str, Any]]:
    return runs.order_by().values("version").annotate(**counts)
