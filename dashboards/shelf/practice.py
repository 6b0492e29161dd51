"""How a playbook does in practice: its runs of the last 90 days as the reader may see them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db.models import Count, Q, QuerySet

from dashboards.board.filters import ENDED
from dashboards.metrics.percentiles import Names, Spread, spreads
from engine.lifecycles import RunStatus
from runs.models import Run
from runs.models.run import RunQuerySet
from workflows.models import Artifact, Version

DAYS = 90
_COMPLETED = {"status": RunStatus.COMPLETED.value}


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
    """Measure these (visible) runs for each playbook, by its slug. Five queries."""
    names = Names(
        "artifact__slug", dict(Version.objects.playbooks().order_by("pk").values_list("pk", "artifact__slug"))
    )
    counted = _Counted(runs, names.of, now - timedelta(days=DAYS))
    cycles = counted.cycles(names)
    return {name: Practice(**counts, cycle=cycles.get(name)) for name, counts in counted.together(names.of).items()}


def of_playbook(runs: RunQuerySet, artifact: Artifact, now: datetime) -> tuple[Practice, Mapping[int, Practice]]:
    """Measure these (visible) runs of one playbook: of all its versions, and of each by its number. Six queries."""
    # not `artifact.versions`: of these a page may have read some
    versions = Version.objects.filter(artifact=artifact).order_by("pk")
    numbers = Names("number", dict(versions.values_list("pk", "number")))
    whole = Names("artifact__slug", dict.fromkeys(numbers.of, artifact.slug))
    counted = _Counted(runs, numbers.of, now - timedelta(days=DAYS))
    cycles = counted.cycles(numbers)
    by_number = {
        number: Practice(**counts, cycle=cycles.get(number)) for number, counts in counted.together(numbers.of).items()
    }
    all_of_it = counted.together(whole.of).get(artifact.slug, {})
    return Practice(**all_of_it, cycle=counted.cycles(whole).get(artifact.slug)), by_number


class _Counted:
    """Runs of some versions, counted for each by its key. What they ask for stands in two indexes: no run is read."""

    def __init__(self, runs: RunQuerySet, versions: Collection[int], since: datetime) -> None:
        runs = runs.filter(version__in=versions).order_by()
        # whatever started in these days has not ended, or has ended in them; an open incident has a lane of its own
        self._ended = runs.filter(ended_at__gte=since)
        still_open, stuck = runs.filter(ended_at__isnull=True), runs.filter(lane=Run.Lane.ATTENTION.value)
        started, ended = _how_many(started_at__gte=since), _how_many(status__in=ENDED)
        asked = (
            _by_version(self._ended, started=started, ended=ended, completed=_how_many(**_COMPLETED)),
            _by_version(still_open, started=started, open_now=Count("*")),
            _by_version(stuck, stuck=Count("*")),
        )
        self._counts = [(row.pop("version"), row) for row in chain(*asked)]

    def together(self, names: Mapping[int, Any]) -> Mapping[Any, Counter[str]]:
        """Return the counts of versions of one name, added up."""
        found: dict[Any, Counter[str]] = defaultdict(Counter)
        for version, counts in self._counts:
            found[names[version]].update(counts)
        return found

    def cycles(self, names: Names) -> Mapping[Any, Spread]:
        """Return the cycle times of versions of one name. One query."""
        completed = self._ended.filter(**_COMPLETED)
        spread = spreads(completed, "started_at", "ended_at", ["version"], without="paused_seconds", names=names)
        return {name: found for (name,), found in spread.items()}


def _by_version(runs: RunQuerySet, **counts: Count) -> QuerySet[Any, dict[str, Any]]:
    return runs.values("version").annotate(**counts)


def _how_many(**conditions: Any) -> Count:
    """Count the rows of which this is true, by a column that every index of figures begins with."""
    return Count("version", filter=Q(**conditions))
