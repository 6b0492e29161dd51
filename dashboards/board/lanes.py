"""One page of runs by keyset: no OFFSET, no count, a page that starts where the last one ended.

An order is one or two lanes, read one after the other, each along one column: "what needs somebody first" is
the runs with an incident, then the others. So every lane can follow an index, and a cursor names the lane, the
value and the key of the last row.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import F, Q

from dashboards.board.filters import Filters
from runs.models import Run
from runs.models.run import RunQuerySet

PAGE = 50
HEAVY = ("state", "version__source", "version__definition", "version__proven")


class BadCursor(ValueError):
    """The address names a place in the list that cannot be read."""


@dataclass(frozen=True)
class Lane:
    """Runs that `holds` is true of, along `column`; ties by primary key."""

    holds: Q
    column: str
    newest_first: bool = True

    def order(self) -> tuple[object, ...]:
        column = F(self.column)
        return (column.desc() if self.newest_first else column.asc(), "pk")

    def beyond(self, value: datetime, pk: UUID) -> Q:
        further = "lt" if self.newest_first else "gt"
        return Q(**{f"{self.column}__{further}": value}) | Q(**{self.column: value, "pk__gt": pk})


@dataclass(frozen=True)
class Page:
    """`after` is the cursor of the next page, empty on the last."""

    runs: tuple[Run, ...]
    after: str


def lanes_of(filters: Filters) -> tuple[Lane, ...]:
    if filters.order == "due" or filters.state == "overdue":
        return (
            Lane(Q(next_due_at__isnull=False), "next_due_at", newest_first=False),
            Lane(Q(next_due_at__isnull=True), "changed_at"),
        )
    if filters.order == "change" or filters.state in ("attention", "done", "ended", "all"):
        return (Lane(Q(), "changed_at"),)
    return (Lane(Q(incident_count__gt=0), "changed_at"), Lane(Q(incident_count=0), "changed_at"))


def page(runs: RunQuerySet, filters: Filters, size: int = PAGE) -> Page:
    """Return the page the filters' cursor asks for, with what a row needs of its version and starter.

    One query a lane. Raises BadCursor.
    """
    lanes = lanes_of(filters)
    first, beyond = _place(filters.after, lanes)
    found: list[tuple[int, Run]] = []
    for number, lane in enumerate(lanes[first:], start=first):
        rows = runs.filter(lane.holds)
        if number == first and beyond is not None:
            rows = rows.filter(beyond)
        rows = rows.select_related("version__artifact", "started_by", "unit").defer(*HEAVY).order_by(*lane.order())
        found += [(number, run) for run in rows[: size + 1 - len(found)]]
        if len(found) > size:
            break
    after = _write(*found[size - 1], lanes) if len(found) > size else ""
    return Page(tuple(run for _, run in found[:size]), after)


def _write(number: int, run: Run, lanes: tuple[Lane, ...]) -> str:
    value: datetime = getattr(run, lanes[number].column)
    written = json.dumps([number, value.isoformat(), str(run.pk)])
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _place(after: str, lanes: tuple[Lane, ...]) -> tuple[int, Q | None]:
    if not after:
        return 0, None
    try:
        number, value, pk = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        at = datetime.fromisoformat(value)
        if not 0 <= number < len(lanes) or at.tzinfo is None:
            raise BadCursor(after)
        return number, lanes[number].beyond(at.astimezone(UTC), UUID(pk))
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error, RecursionError) as problem:
        raise BadCursor(after) from problem
