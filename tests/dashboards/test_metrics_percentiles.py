"""Percentiles are `percentile_cont`, in Python and in SQL alike."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.metrics.percentiles import percentile, spread_of, spreads
from runs.models import Run
from tests.dashboards import rows


@pytest.mark.parametrize(
    ("ordered", "fraction", "expected"),
    [
        # Worked by hand from SQL's definition: place = fraction * (n - 1), linear between its neighbours.
        ([7.0], 0.95, 7.0),
        ([10.0, 20.0], 0.50, 15.0),
        ([10.0, 20.0], 0.85, 18.5),
        ([1.0, 2.0, 3.0, 4.0], 0.50, 2.5),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 0.50, 3.0),
        ([0.0, 100.0, 200.0, 300.0, 400.0], 0.85, 340.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.05),
    ],
)
def test_known_values(ordered: list[float], fraction: float, expected: float) -> None:
    assert percentile(ordered, fraction) == pytest.approx(expected)


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert spread_of([30, 10, 20]) == spread_of([10, 20, 30])


def _lengths(count: int) -> list[int]:
    dice = random.Random(count)
    return [dice.randrange(1, 40 * 86_400) for _ in range(count)]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_the_database_answers_as_python_does(count: int) -> None:
    version, starter = rows.version(), rows.person("ines")
    lengths = _lengths(count)
    for seconds in lengths:
        ended_at = rows.NOW + timedelta(seconds=seconds, microseconds=250_000)
        rows.run(version, starter, "completed", started_at=rows.NOW, ended_at=ended_at)

    found = spreads(Run.objects.all(), "started_at", "ended_at")[()]

    expected = spread_of([seconds + 0.25 for seconds in lengths])
    assert found.count == count
    assert (found.p50, found.p85, found.p95) == pytest.approx((expected.p50, expected.p85, expected.p95), abs=1e-3)


@pytest.mark.django_db
def test_groups_come_from_one_query(django_assert_num_queries: object) -> None:
    starter = rows.person("ines")
    for slug, hours in [("a", 1), ("a", 3), ("b", 10)]:
        version = rows.version(slug=slug, status="deprecated")
        rows.run(version, starter, "completed", started_at=rows.NOW, ended_at=rows.NOW + timedelta(hours=hours))

    with django_assert_num_queries(1):
        found = spreads(Run.objects.all(), "started_at", "ended_at", by=["version__artifact__slug"])

    assert found["a",].p50 == 2 * 3600
    assert found["b",].count == 1


@pytest.mark.django_db
def test_no_rows_is_no_spread() -> None:
    assert spreads(Run.objects.all(), "started_at", "ended_at") == {}


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgres_computes_in_the_database() -> None:
    """Where the database can, no value is fetched to be sorted here."""
    rows.run(rows.version(), rows.person("ines"), "completed", started_at=rows.NOW, ended_at=rows.NOW)
    with CaptureQueriesContext(connection) as queries:
        spreads(Run.objects.all(), "started_at", "ended_at")
    assert "percentile_cont" in queries[0]["sql"]
