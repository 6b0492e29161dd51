"""The board on the wall: what is stuck, what is late, which gates are due next. A few lines each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from dashboards.board.filters import OPEN, OPEN_VISITS
from dashboards.board.narrow import overdue
from dashboards.board.rows import Row, rows_of
from runs.models import Step
from runs.models.run import RunQuerySet

LINES = 7


@dataclass(frozen=True)
class Wall:
    attention: tuple[Row, ...]
    late: tuple[Row, ...]
    gates: tuple[Step, ...]


def read(runs: RunQuerySet, now: datetime) -> Wall:
    """Read the three lists of these (visible) runs. A fixed number of queries."""
    rows = runs.select_related("version", "started_by").defer("state", "version__source", "version__definition")
    stuck = rows.filter(status__in=OPEN, incident_count__gt=0).order_by("changed_at", "pk")[:LINES]
    late = rows.filter(overdue(now), incident_count=0).order_by(F("next_due_at").asc(nulls_last=True), "pk")[:LINES]
    gates = Step.objects.filter(kind="gate", status__in=OPEN_VISITS, run__in=runs.filter(status__in=OPEN))
    due = gates.filter(due_at__gte=now).select_related("run").defer("run__state").order_by("due_at", "pk")[:LINES]
    return Wall(rows_of(stuck, now), rows_of(late, now), tuple(due))
