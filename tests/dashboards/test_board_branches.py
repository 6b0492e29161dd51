"""The board's lists: what is put together of branches is what one sees by the condition, and every branch has an index.

The plans are asked for on small tables, where both databases would as soon go through the whole: what they would do
with a million rows is told by what they say they look up (SQLite decides without figures about the table; PostgreSQL
is told to go through no table if it can help it).
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dashboards.board import branches, lanes, narrow, tiles, wall
from dashboards.board.branches import Scope
from dashboards.board.filters import Filters
from runs import sight
from runs.models import Delegation, Run, Vote
from runs.models.run import RunQuerySet
from tests.dashboards import rows
from tests.dashboards.plans import goes_through, plans, statements
from workflows.models import Part, Person, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NOW = timezone.now()
FILTERS = (
    Filters(),
    Filters(state="all", called="1"),
    Filters(state="all", order="change"),
    Filters(state="ended"),
    Filters(state="done"),
    Filters(state="attention"),
    Filters(state="overdue"),
    Filters(state="paused", overdue="1"),
    Filters(state="attention", overdue="1", order="due"),
    Filters(state="ended", mine="waiting"),
    Filters(order="due"),
    Filters(order="change"),
    Filters(playbook="change"),
    Filters(playbook="change", order="due"),
    Filters(unit="east"),
    Filters(unit="platform", state="overdue"),
    Filters(risk="low", state="all"),
    Filters(risk="critical"),
    Filters(mine="started", state="all"),
    Filters(mine="started", person="ines", state="all"),
    Filters(text="ship", state="all"),
)


@pytest.fixture
def people() -> dict[str, Person]:
    """Everybody who sees runs on a ground of their own, and runs that some of them see on several."""
    chance = random.Random(7)
    west, east = Unit.objects.create(slug="west", title="West"), Unit.objects.create(slug="east", title="East")
    top = rows.unit()
    inner = Unit.objects.create(slug="inner", title="Inner", parent=east)
    found = {name: rows.person(name) for name in ("tom", "ann", "max")} | {"ines": rows.person("ines", "engineers")}
    found["all"] = rows.operator("all", top)
    for unit in (west, east):
        Part.objects.create(unit=unit, person=found["all"], part=Part.Kind.AUDITOR)
    found["two"] = rows.operator("two", west)
    Part.objects.create(unit=east, person=found["two"], part=Part.Kind.AUDITOR)
    versions = [rows.version(), rows.version(status="deprecated"), rows.version(slug="buy", risk="low")]
    versions[1].role_groups.clear()
    versions[2].role_groups.clear()
    versions[2].role_people.set([found["tom"]])
    lent = {"starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=1), "made_at": NOW}
    Delegation.objects.create(person=found["ines"], to=found["max"], made_by=found["ines"], **lent)
    for nth in range(45):
        ended = nth % 5 == 0
        at = NOW - timedelta(minutes=chance.randrange(9))
        run = rows.run(
            chance.choice(versions),
            found[chance.choice(["ines", "tom", "all"])],
            "completed" if ended else "running",
            title=f"{'Ship' if nth % 2 else 'Buy'} {nth}",
            changed_at=at,
            ended_at=at if ended else None,
            next_due_at=None if ended or nth % 3 else NOW + timedelta(minutes=chance.randrange(-30, 30)),
            incident_count=0 if nth % 7 else 1,
        )
        Run.objects.filter(pk=run.pk).update(unit=chance.choice([west, east, inner, top]))
        kind = chance.choice(["gate", "action", "task"])
        step = rows.step(run, "board", kind, status="completed" if ended else "open")
        rows.waits_for(step, *chance.sample([found["ann"], found["ines"], "engineers"], 1))
        if kind == "gate" and nth % 4 == 0:
            vote = {"choice": "approve", "digest": "", "at": NOW}
            Vote.objects.create(gate=rows.gate(step), person=found["ann"], on_behalf_of=found["tom"], **vote)
    return found


def asked_for(person: Person, filters: Filters) -> RunQuerySet:
    """The same list by conditions alone."""
    asked = narrow.asked(filters, person, NOW, lanes.today(NOW))
    runs = Run.objects.visible_to(person).filter(asked.holds, asked.scope.holds, lanes.text_of(filters))
    runs = runs.filter(lane__in={lane for stretch in asked.stretches for lane in stretch.lanes})
    return runs.filter(next_due_at__lt=NOW) if filters.overdue or filters.state == "overdue" else runs


def all_of(person: Person, filters: Filters, size: int = 24) -> list[int]:
    """The numbers of the whole list, page by page."""
    found: list[int] = []
    while True:
        page = lanes.page(person, filters, NOW, size=size)
        found += [run.number for run in page.runs]
        if not page.after:
            return found
        filters = replace(filters, after=page.after)


@pytest.mark.parametrize("most", [branches.MOST, 0], ids=["by branches", "by going through"])
def test_a_list_holds_what_one_may_see_once_each(
    people: dict[str, Person], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "MOST", most)
    sizes = set()
    for name, person in people.items():
        for filters in FILTERS if most else FILTERS[:2]:
            found = all_of(person, filters)
            assert sorted(found) == sorted(asked_for(person, filters).values_list("number", flat=True)), (name, filters)
            sizes.add(len(found))
    assert max(sizes) >= 40, "some see nearly all"


def test_a_page_is_in_its_order(people: dict[str, Person]) -> None:
    there = {run.number: run for run in Run.objects.all()}
    for person in (people["all"], people["two"], people["ines"]):
        changed = [there[number] for number in all_of(person, Filters(state="all", order="change"))]
        assert changed == sorted(changed, key=lambda run: (-run.changed_at.timestamp(), run.pk.hex))
        needed = [there[number] for number in all_of(person, Filters(called="1"))]
        assert [run.lane for run in needed] == sorted((run.lane for run in needed), key=narrow.OPEN_LANES.index)
        due = [there[number].next_due_at for number in all_of(person, Filters(state="overdue"))]
        assert due == sorted(due)


def test_what_is_looked_up_is_what_one_may_see(people: dict[str, Person]) -> None:
    for name, person in people.items():
        there = sorted(Run.objects.visible_to(person).values_list("number", flat=True))
        assert sorted(sight.read(person).runs.values_list("number", flat=True)) == there, name


def test_tiles_count_what_their_lists_hold(people: dict[str, Person]) -> None:
    for name, person in people.items():
        found = tiles.count(sight.read(person), Scope(), NOW, lanes.today(NOW))
        lists = {tile.state: len(all_of(person, Filters(state=tile.state))) for tile in found}
        assert {tile.state: tile.count.number for tile in found} == lists, name


def test_a_count_stops(people: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST", 10)
    found = {tile.state: tile.shown for tile in tiles.count(sight.read(people["all"]), Scope(), NOW, lanes.today(NOW))}
    assert found["running"] == "10+"
    assert found["attention"] == str(len(all_of(people["all"], Filters(state="attention"))))


def test_a_cursor_of_another_list_or_of_nobody_is_refused(people: dict[str, Person]) -> None:
    after = lanes.page(people["all"], Filters(), NOW, size=3).after
    for wrong in ("x", "W10", "WzksMSwyXQ", after[:-6], lanes._token([0, 9, NOW.isoformat(), "0" * 32])):
        with pytest.raises(lanes.BadCursor):
            lanes.page(people["all"], Filters(after=wrong), NOW)
    with pytest.raises(lanes.BadCursor):
        lanes.page(people["all"], Filters(text="ship", after=after), NOW)


@pytest.mark.parametrize("who", ["all", "two", "ann", "max"])
def test_no_statement_of_the_board_goes_through_a_table(people: dict[str, Person], who: str) -> None:
    person = people[who]
    with statements() as found:
        seen = sight.read(person)
        tiles.count(seen, Scope(), NOW, lanes.today(NOW))
        wall.read(person, Filters(), NOW, seen)
        for filters in FILTERS:
            page = lanes.page(person, filters, NOW, seen, size=2)
            if page.after:
                lanes.page(person, replace(filters, after=page.after), NOW, seen, size=2)
    asked = plans(found)
    assert len(asked) > 55
    wrong = [(sql, line) for sql, lines, _ in asked for line in lines if goes_through(line)]
    assert wrong == []
    if connection.vendor == "sqlite":
        # what is sorted is what the branches gave, a page each, or what was somebody's own; never a lane
        parts = [(sql, part) for sql, _, parts in asked if " AS at " in sql for part in parts]
        branch = [(sql, part) for sql, part in parts if any("SEARCH runs_run" in line for line in part)]
        assert branch
        # of what somebody started in one playbook, what is due there may be sorted: open runs alone have a date
        parted = ("run_version_due",)
        own = ("SCAN k", "run_starter_lane")
        sorts = [one for one in branch if any("B-TREE" in line for line in one[1])]
        sorted_ones = [
            (sql, part)
            for sql, part in sorts
            if not any(name in line for line in part for name in own + parted * ("started_by_id = " in sql))
        ]
        assert sorted_ones == []


def test_the_newest_change_of_all_is_one_step_along_an_index() -> None:
    with statements() as found:
        Run.objects.order_by("-changed_at", "pk").values_list("pk", "seq", "changed_at").first()
    ((_, plan, _),) = plans(found)
    assert any("run_newest_change" in line for line in plan)
    assert not any("B-TREE" in line or "Sort" in line for line in plan)
