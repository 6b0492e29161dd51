"""Figures follow indexes: what is asked of many runs stands in one, and gates are found by when they were decided.

Beside it, what makes that possible: parts of a period told by comparing, lengths measured by SQLite itself, and
playbooks put together of their versions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Count, Max, Q

from dashboards.metrics import asked, cycle, gates, progress, throughput
from dashboards.metrics.percentiles import Names, measured, spread_of, spreads
from dashboards.metrics.period import Period
from dashboards.shelf import practice
from runs import sight
from runs.models import Gate, Run
from tests.dashboards import rows
from tests.dashboards.plans import goes_through, plans, statements
from tests.dashboards.rows import NOW
from workflows.models import Artifact, Part, Person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def ask(person: Person, **address: str) -> asked.Asked:
    return asked.read(person, address, NOW, ZoneInfo("Europe/Amsterdam"))


def overseer() -> Person:
    """Make somebody who sees every run."""
    return rows.operator("olga")


def fill(starter: Person) -> Artifact:
    """Make two versions of a playbook: one run completed on each, one failed, one open; each asked the board."""
    for nth, status in enumerate(["deprecated", "published"]):
        version = rows.version(status=status)
        for hours, outcome in ((2 + 2 * nth, "completed"), (1, "failed"), (3, "running")):
            started_at = NOW - timedelta(days=1, hours=hours)
            ended_at = None if outcome == "running" else NOW - timedelta(days=1)
            run = rows.run(version, starter, outcome, started_at=started_at, ended_at=ended_at)
            step = rows.step(run, "board", "gate", title=f"Board {nth}", opened_at=started_at)
            rows.gate(step, "open" if ended_at is None else "approved", decided_at=ended_at)
    return version.artifact


def figures(question: asked.Asked) -> None:
    progress.measure(question, throughput.measure(question))
    cycle.measure(question)
    gates.measure(question)


def shelf(person: Person) -> None:
    practice.of_many(sight.read(person).runs, NOW)


def test_no_figure_goes_through_a_table() -> None:
    olga = overseer()
    artifact = fill(olga)
    with statements() as asked:
        for days in ("7", "30", "90"):
            figures(ask(olga, days=days))
        figures(ask(olga, playbook="change"))
        shelf(olga)
        practice.of_playbook(sight.read(olga).runs, artifact, NOW)
    found = plans(asked)
    assert [(sql, line) for sql, lines, _ in found for line in lines if goes_through(line)] == []
    if connection.vendor == "postgresql":
        return  # which index it takes of several it says by how much is there
    alone = [lines for sql, lines, _ in found if 'FROM "runs_run"' in sql and "runs_gate" not in sql]
    assert len(alone) > 20
    for lines in alone:
        of_runs = [line for line in lines if "runs_run" in line]
        assert of_runs
        assert all("USING COVERING INDEX run_version_" in line for line in of_runs), of_runs
    waiting = [lines for sql, lines, _ in found if 'FROM "runs_gate"' in sql]
    assert len(waiting) == 8
    for lines in waiting:
        assert "SEARCH runs_gate USING COVERING INDEX gate_decided_how (decided_at" in lines[0], lines


@pytest.mark.parametrize(
    ("measure", "count"),
    [(throughput.measure, 2), (cycle.measure, 2), (gates.measure, 2), (lambda q: progress.measure(q, FLOW), 1)],
)
def test_how_many_statements_a_figure_takes(
    measure: Callable[[asked.Asked], object], count: int, django_assert_num_queries: Callable
) -> None:
    olga = overseer()
    fill(olga)
    question = ask(olga)
    with django_assert_num_queries(count):
        measure(question)


FLOW = throughput.Throughput(())


def test_how_many_statements_the_shelf_takes(django_assert_num_queries: Callable) -> None:
    olga = overseer()
    artifact, runs = fill(olga), sight.read(olga).runs
    with django_assert_num_queries(4):
        practice.of_many(runs, NOW)
    with django_assert_num_queries(5):
        practice.of_playbook(runs, artifact, NOW)


def test_versions_of_a_playbook_are_one_in_its_figures() -> None:
    ines = rows.person("ines")
    artifact = fill(ines)
    (board,) = gates.measure(ask(ines))
    assert board.title == "Board 1"
    assert board.wait is not None
    assert (board.wait.count, board.wait.p50, board.open_now) == (4, 1.5 * 3600, 2)
    assert board.oldest == NOW - timedelta(days=1, hours=3)
    whole = practice.of_many(sight.read(ines).runs, NOW)["change"]
    assert (whole.started, whole.completed, whole.ended, whole.open_now, whole.stuck) == (6, 2, 4, 2, 0)
    assert whole.cycle is not None
    assert (whole.cycle.count, whole.cycle.p50) == (2, 3 * 3600)
    together, by_number = practice.of_playbook(sight.read(ines).runs, artifact, NOW)
    assert together == whole
    assert [(number, one.cycle.p50) for number, one in sorted(by_number.items()) if one.cycle] == [
        (1, 2 * 3600),
        (2, 4 * 3600),
    ]


def test_a_gate_counts_for_whoever_sees_its_run_and_no_other() -> None:
    ines, nora, olga = rows.person("ines"), rows.person("nora"), overseer()
    fill(ines)
    rows.version(slug="other")
    Part.objects.create(unit=rows.unit(), person=ines, part=Part.Kind.VIEWER)
    assert gates.measure(ask(nora)) == ()
    assert gates.measure(ask(ines)) == gates.measure(ask(olga)) == gates.measure(ask(olga, playbook="change")) != ()
    assert gates.measure(ask(ines, playbook="other")) == ()


@pytest.mark.parametrize(
    ("zone", "last"),
    [
        ("UTC", datetime(2026, 6, 18, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 6, 18, tzinfo=UTC)),
        ("Europe/Amsterdam", datetime(2026, 3, 31, tzinfo=UTC)),  # a day of 23 hours
        ("Australia/Lord_Howe", datetime(2026, 10, 6, tzinfo=UTC)),  # half an hour is left out
        ("America/Havana", datetime(2026, 11, 3, tzinfo=UTC)),  # midnight comes twice
        ("Africa/Cairo", datetime(2026, 4, 26, tzinfo=UTC)),  # there is no midnight
    ],
)
def test_a_part_of_a_period_is_the_readers_day(zone: str, last: datetime) -> None:
    period, ines, version = Period(7, last, ZoneInfo(zone)), rows.person("ines"), rows.version()
    moments = [period.starts_at + timedelta(minutes=30 * nth) for nth in range(2 * 24 * 6)]
    moments += [period.opening(day) - timedelta(microseconds=1) for day in period.dates[1:]]
    for at in moments:
        rows.run(version, ines, started_at=at)
    there = Run.objects.annotate(part=period.part("started_at", period.dates)).values_list("started_at", "part")
    wrong = [(at, part) for at, part in there if period.dates[part] != at.astimezone(period.zone).date()]
    assert wrong == []
    assert len(there) == len(moments)


def test_what_is_later_than_the_last_part_lies_in_it() -> None:
    period = Period(7, NOW, ZoneInfo("UTC"))
    rows.run(rows.version(), rows.person("ines"), started_at=NOW + timedelta(days=9))
    parts = Run.objects.annotate(part=period.part("started_at", [date(2026, 6, 1), date(2026, 6, 8)]))
    assert [run.part for run in parts] == [1]


def test_lengths_are_right_to_the_millisecond() -> None:
    """Also where a fraction is near the next second, or there is none."""
    ines, version = rows.person("ines"), rows.version()
    at = datetime(2026, 6, 1, 23, 59, 58, tzinfo=UTC)
    ends = [(0, 0), (0, 999_999), (999_999, 0), (1, 999_999), (999_600, 999_500), (250_000, 125_000)]
    for began, ended in ends:
        ended_at = at + timedelta(days=40, seconds=1, microseconds=ended)
        rows.run(version, ines, "completed", started_at=at + timedelta(microseconds=began), ended_at=ended_at)
    Run.objects.filter(started_at=at + timedelta(microseconds=250_000)).update(paused_seconds=0.125)
    exact = [40 * 86_400 + 1 + (ended - began) / 1e6 for began, ended in ends[:-1]] + [40 * 86_400 + 0.75]

    found = spreads(Run.objects.all(), "started_at", "ended_at", without="paused_seconds")[()]

    expected = spread_of(exact)
    assert found.count == 6
    assert (found.p50, found.p85, found.p95) == pytest.approx((expected.p50, expected.p85, expected.p95), abs=1e-3)


def test_names_put_groups_together_and_leave_out_what_has_none() -> None:
    ines = rows.person("ines")
    fill(ines)
    elsewhere = rows.version(slug="other")
    rows.run(elsewhere, ines, "completed", started_at=NOW - timedelta(hours=1), ended_at=NOW)
    of = {run.version_id: "change" for run in Run.objects.exclude(version=elsewhere)}
    completed = Run.objects.filter(status="completed")
    found = spreads(completed, "started_at", "ended_at", ["version"], names=Names("artifact__slug", of))
    assert {group: spread.count for group, spread in found.items()} == {("change",): 2}
    of_gates = Gate.objects.filter(status="approved")
    ((spread, said),) = measured(
        of_gates, "step__opened_at", "decided_at", also={"title": Max("step__title"), "there": Count("*")}
    ).values()
    assert spread is not None
    assert (spread.count, said) == (4, {"title": "Board 1", "there": 4})


def test_what_does_not_count_in_a_spread_is_counted_beside_it() -> None:
    ines = rows.person("ines")
    fill(ines)
    names = Names("artifact__slug", {run.version_id: "change" for run in Run.objects.all()})
    ended = Run.objects.filter(ended_at__isnull=False)
    args = ended, "started_at", "ended_at", ["version"], "", names
    found = measured(*args, only=Q(status="completed"), also={"ended": Count("*")})
    assert [(group, spread.count if spread else 0, said) for group, (spread, said) in found.items()] == [
        (("change",), 2, {"ended": 4})
    ]
    found = measured(*args, only=Q(status="cancelled"), also={"ended": Count("*")})
    assert found == {("change",): (None, {"ended": 4})}
