"""Percentiles as SQL's `percentile_cont`: linear between the two nearest values.

PostgreSQL computes them. SQLite measures each row, to the millisecond, and hands over the values of a group as one
text, and the same formula is applied here. For n values in order and a fraction p, the place is p * (n - 1) counted
from 0, and the answer lies between its neighbours in proportion (SQL:2003, `percentile_cont`).
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Aggregate, Count, Expression, F, FloatField, Q
from django.db.models.functions import Extract

from dashboards.metrics.lasting import Milliseconds, Packed


@dataclass(frozen=True)
class Spread:
    """How a duration is spread over `count` cases: p50, p85 and p95 in seconds."""

    count: int
    p50: float
    p85: float
    p95: float


@dataclass(frozen=True)
class Names:
    """What the values of a column are called: rows whose values have one name are one group.

    `path` leads from the column to the name, and `of` says the same of each value. PostgreSQL goes along the path;
    SQLite groups by the column, in whose order an index has the rows, and the names are put to the groups here. Both
    leave out what `of` does not know.
    """

    path: str
    of: Mapping[Any, Any]


Measured = tuple[Spread | None, Mapping[str, Any]]
FRACTIONS = {"p50": 0.50, "p85": 0.85, "p95": 0.95}
_MILLI = 1000


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

    def __init__(self, expression: Expression, fraction: float, filter: Q | None = None) -> None:
        super().__init__(expression, filter=filter, fraction=repr(float(fraction)))


def spreads(
    rows: models.QuerySet[Any],
    start: str,
    end: str,
    by: Sequence[str] = (),
    without: str = "",
    names: Names | None = None,
) -> Mapping[tuple[Any, ...], Spread]:
    """Return the spread of the time from column `start` to column `end`, for each group of `by`.

    `by` names columns or annotations; without it there is one group, `()`. Groups without rows are absent. `without`
    is a column of seconds that do not count. `names` are those of the first of `by`.
    One query, whatever the number of groups.
    """
    found = measured(rows, start, end, by, without, names)
    return {group: spread for group, (spread, _) in found.items() if spread is not None}


def measured(
    rows: models.QuerySet[Any],
    start: str,
    end: str,
    by: Sequence[str] = (),
    without: str = "",
    names: Names | None = None,
    *,
    only: Q | None = None,
    also: Mapping[str, Aggregate] | None = None,
) -> Mapping[tuple[Any, ...], Measured]:
    """Return the same as `spreads`, of those rows alone of which `only` is true; and of all of them what `also` counts.

    What it counts is added up where groups have one name; of texts the last one stands. In the same one query.
    """
    asked = _Asked(rows.order_by(), start, end, by, without, names, only, also or {})
    return _in_sql(asked) if connection.vendor == "postgresql" else _in_python(asked)


@dataclass(frozen=True)
class _Asked:
    """The arguments of `measured`."""

    rows: models.QuerySet[Any]
    start: str
    end: str
    by: Sequence[str]
    without: str
    names: Names | None
    only: Q | None
    also: Mapping[str, Aggregate]

    def groups(self, by: Sequence[str], measures: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """Return a row of these measures for each group."""
        return self.rows.values(*by).annotate(**measures) if by else [self.rows.aggregate(**measures)]


def _in_sql(asked: _Asked) -> dict[tuple[Any, ...], Measured]:
    names, only = asked.names, asked.only
    lasted = models.ExpressionWrapper(F(asked.end) - F(asked.start), output_field=models.DurationField())
    seconds: Any = Extract(lasted, "epoch", output_field=FloatField())
    seconds = seconds - F(asked.without) if asked.without else seconds
    measures: dict[str, Any] = {name: PercentileCont(seconds, at, filter=only) for name, at in FRACTIONS.items()}
    measures |= {"cases": Count(asked.start, filter=only), **asked.also}
    columns = [f"{asked.by[0]}__{names.path}", *asked.by[1:]] if names else asked.by
    known = set(names.of.values()) if names else set()
    found = {}
    for row in asked.groups(columns, measures):
        group = tuple(row[column] for column in columns)
        spread = Spread(row["cases"], **{name: row[name] for name in FRACTIONS}) if row["cases"] else None
        if names is None or group[0] in known:
            found[group] = spread, {name: row[name] for name in asked.also}
    return found


def _in_python(asked: _Asked) -> dict[tuple[Any, ...], Measured]:
    names = asked.names
    values: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    beside: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    packed = Packed(Milliseconds(asked.end, asked.start, asked.without), filter=asked.only)
    for row in asked.groups(asked.by, {"packed": packed, **asked.also}):
        group = tuple(row[column] for column in asked.by)
        if names is not None:
            if group[0] not in names.of:
                continue
            group = (names.of[group[0]], *group[1:])
        values[group] += json.loads(f"[{row['packed'] or ''}]")
        there = beside[group]
        for name in asked.also:
            there[name] = _together(there[name], row[name]) if name in there else row[name]
    return {group: (spread_of(found, _MILLI) if found else None, beside[group]) for group, found in values.items()}


def _together(one: Any, other: Any) -> Any:
    return max(one, other) if isinstance(one, str) else one + other


def spread_of(lengths: Sequence[float], unit: int = 1) -> Spread:
    """Return the spread of these durations, of which `unit` make a second. Raises IndexError where there are none."""
    ordered = sorted(lengths)
    found = {name: percentile(ordered, fraction) / unit for name, fraction in FRACTIONS.items()}
    return Spread(count=len(ordered), **found)
