"""Percentiles as SQL's `percentile_cont`: linear between the two nearest values.

PostgreSQL computes them; elsewhere the values are fetched and the same formula is applied here. For n
values in order and a fraction p, the place is p * (n - 1) counted from 0, and the answer lies between its
neighbours in proportion (SQL:2003, `percentile_cont`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Aggregate, Count, Expression, F, FloatField
from django.db.models.functions import Extract


@dataclass(frozen=True)
class Spread:
    """How a duration is spread over `count` cases: p50, p85 and p95 in seconds."""

    count: int
    p50: float
    p85: float
    p95: float


FRACTIONS = {"p50": 0.50, "p85": 0.85, "p95": 0.95}


def percentile(ordered: Sequence[float], fraction: float) -> float:
    """Return the percentile of values in ascending order. Raises IndexError where there are none."""
    place = fraction * (len(ordered) - 1)
    low = math.floor(place)
    below, above = ordered[low], ordered[math.ceil(place)]
    return below + (place - low) * (above - below)


class PercentileCont(Aggregate):
    """`percentile_cont(fraction) WITHIN GROUP (ORDER BY expression)`: PostgreSQL only."""

    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Expression, fraction: float) -> None:
        super().__init__(expression, fraction=repr(float(fraction)))


def spreads(
    rows: models.QuerySet[Any], start: str, end: str, by: Sequence[str] = (), without: str = ""
) -> Mapping[tuple[Any, ...], Spread]:
    """Return the spread of the time from column `start` to column `end`, for each group of `by`.

    `by` names columns or annotations; without it there is one group, `()`. Groups without rows are absent. `without`
    is a column of seconds that do not count.
    One query, whatever the number of groups.
    """
    lasted = models.ExpressionWrapper(F(end) - F(start), output_field=models.DurationField())
    if connection.vendor == "postgresql":
        seconds: Any = Extract(lasted, "epoch", output_field=FloatField())
        return _in_sql(rows, seconds - F(without) if without else seconds, by)
    return _in_python(rows, lasted, by, without)


def _in_sql(rows: models.QuerySet[Any], seconds: Expression, by: Sequence[str]) -> dict[tuple[Any, ...], Spread]:
    measures = {name: PercentileCont(seconds, fraction) for name, fraction in FRACTIONS.items()}
    rows = rows.order_by()
    if not by:
        found = rows.aggregate(cases=Count("pk"), **measures)
        return {(): _spread(found)} if found["cases"] else {}
    grouped = rows.values(*by).annotate(cases=Count("pk"), **measures)
    return {tuple(found[name] for name in by): _spread(found) for found in grouped}


def _spread(found: Mapping[str, Any]) -> Spread:
    return Spread(count=found["cases"], **{name: found[name] for name in FRACTIONS})


def _in_python(
    rows: models.QuerySet[Any], lasted: Expression, by: Sequence[str], without: str
) -> dict[tuple[Any, ...], Spread]:
    seconds = defaultdict(list)
    less = F(without) if without else models.Value(0.0)
    timed = rows.order_by().annotate(lasted=lasted, less=less)
    for *group, length, stood in timed.values_list(*by, "lasted", "less"):
        seconds[tuple(group)].append(length.total_seconds() - stood)
    return {group: spread_of(values) for group, values in seconds.items()}


def spread_of(seconds: Sequence[float]) -> Spread:
    """Return the spread of these durations. Raises IndexError where there are none."""
    ordered = sorted(seconds)
    return Spread(count=len(ordered), **{name: percentile(ordered, fraction) for name, fraction in FRACTIONS.items()})
