"""The board on the wall: what is stuck, what is late, which gates are due next. A few lines each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dashboards.board import narrow
from dashboards.board.branches import branches
from dashboards.board.filters import Filters
from dashboards.board.lanes import text_of, today, with_names
from dashboards.board.narrow import ATTENTION, MACHINE, PEOPLE
from dashboards.board.rows import Row, rows_of
from dashboards.board.stretches import along, first
from engine.lifecycles import VISIT_OPEN
from runs.models import Run, Step
from runs.sight import Sight
from workflows.models import Person

LINES = 7
#: Gates due next are looked for in the runs of which something is due next.
LOOKED_THROUGH = 200


@dataclass(frozen=True)
class Wall:
    attention: tuple[Row, ...]
    late: tuple[Row, ...]
    gates: tuple[Step, ...]


def read(person: Person, filters: Filters, now: datetime, seen: Sight) -> Wall:
    """Read the three lists of what this person sees and the filters leave. A fixed number of queries."""
    asked = narrow.asked(filters, person, now, today(now))
    found = branches(seen, asked.scope, asked.holds & text_of(filters))
    stuck = _runs(first(found, along(ATTENTION, newest_first=False), LINES))
    late = _runs(first(found, along(PEOPLE, MACHINE, column="next_due_at", newest_first=False, until=now), LINES))
    soon = first(found, along(PEOPLE, column="next_due_at", newest_first=False, since=now), LOOKED_THROUGH)
    gates = Step.objects.filter(run__in=[key for _, key in soon], kind="gate", status__in=VISIT_OPEN, due_at__gte=now)
    due = gates.select_related("run").defer("run__state").order_by("due_at", "pk")[:LINES]
    return Wall(rows_of(stuck, now), rows_of(late, now), tuple(due))


def _runs(found: Sequence[tuple[int, UUID]]) -> list[Run]:
    return with_names(key for _, key in found)
