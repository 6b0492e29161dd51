"""Where one person has thousands of runs and another three, PostgreSQL's one plan for all values still finds the three.

Each statement of the board is asked as a connection asks it when it has prepared it, and tells what it passed by.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from dashboards.board import lanes, tiles
from dashboards.board.branches import Scope
from dashboards.board.filters import Filters
from runs import sight
from runs.models import Run
from tests.dashboards import rows
from tests.dashboards.plans import statements
from workflows.models import Person, Version

# SQLite plans each statement with its values
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases, pytest.mark.postgres]
NOW = timezone.now()
MANY, FEW = 6_000, 3
TYPES = {bool: "boolean", int: "bigint", str: "text", datetime: "timestamptz", UUID: "uuid", list: "uuid[]"}


def ended(runs: Iterable[tuple[Version, Person]]) -> None:
    """Runs that have ended, one a minute."""
    one, made = None, []
    for nth, (version, person) in enumerate(runs):
        at = NOW - timedelta(days=9) + timedelta(minutes=nth)
        one = one or rows.run(version, person, "completed", changed_at=at, ended_at=at)
        run = copy(one)
        run.pk, run.number = uuid4(), next(rows._numbers)
        run.version, run.started_by, run.changed_at, run.ended_at = version, person, at, at
        made.append(run)
    Run.objects.bulk_create(made[1:])


@pytest.fixture
def people() -> dict[str, Person]:
    """`few` has started three runs long ago, `named` is named by the version of those, `all` sees everything."""
    chance = random.Random(7)
    rare, common = rows.version(slug="rare"), [rows.version(slug=f"common-{nth}") for nth in range(4)]
    for version in (rare, *common):
        version.role_groups.clear()
    found = {name: rows.person(name) for name in ("few", "named")}
    rare.role_people.set([found["named"]])
    others = [rows.person(f"other-{nth}") for nth in range(8)]
    ended([(rare, found["few"])] * FEW + [(chance.choice(common), chance.choice(others)) for _ in range(MANY)])
    found["all"] = rows.operator("all")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return found


def passed_over(sql: str, parameters: Any) -> int:
    """How many rows the plan for all values reads and does not want."""
    values = list(parameters or ())
    places = iter(range(1, len(values) + 1))
    numbered = re.sub(r"%s", lambda _: f"${next(places)}", sql).replace("%%", "%")
    types = ", ".join(TYPES[type(value)] for value in values)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE asked{f' ({types})' if types else ''} AS " + numbered.replace("%", "%%"))
        marks = f" ({', '.join(['%s'] * len(values))})" if values else ""
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{marks}", values)
        (plan,) = cursor.fetchone()
        cursor.execute("DEALLOCATE asked")
    found = plan if isinstance(plan, list) else json.loads(plan)
    return sum(_removed(one["Plan"]) for one in found)


def _removed(node: dict[str, Any]) -> int:
    own = node.get("Rows Removed by Filter", 0) * node.get("Actual Loops", 1)
    return int(own) + sum(_removed(below) for below in node.get("Plans", ()))


def test_one_plan_for_all_values_finds_three_among_thousands(people: dict[str, Person]) -> None:
    ways = [Filters(state="all"), Filters(state="all", order="change"), Filters(state="ended"), Filters(order="due")]
    asked_by = [(who, filters) for who in people for filters in ways]
    asked_by += [("all", Filters(playbook="rare", state="all"))]
    asked_by += [("all", Filters(mine="started", person="few", state="all"))]
    for who, filters in asked_by:
        with statements() as asked:
            seen = sight.read(people[who])
            tiles.count(seen, Scope(), NOW, lanes.today(NOW))
            page = lanes.page(people[who], filters, NOW, seen)
        those = lanes.PAGE if who == "all" and filters in ways else FEW
        assert len(page.runs) == (those if filters.state != "running" else 0), (who, filters)
        wasteful = [(who, filters, sql) for sql, values in asked if passed_over(sql, values) > MANY / 20]
        assert wasteful == []
