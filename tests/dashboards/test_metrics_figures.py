"""Throughput, cycle time, work in progress and waiting at gates, against runs counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboards.metrics import asked, cycle, gates, progress, throughput
from dashboards.metrics.period import Period
from runs.models import Run
from tests.dashboards import rows
from tests.dashboards.rows import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def ask(person: object, zone: str = "UTC", **address: str) -> asked.Asked:
    return asked.read(person, address, NOW, ZoneInfo(zone))


def test_a_day_is_the_readers_day() -> None:
    """Half past eleven at night in UTC is tomorrow in Amsterdam."""
    ines = rows.person("ines")
    late = datetime(2026, 6, 16, 23, 30, tzinfo=UTC)
    rows.run(rows.version(), ines, started_at=late)

    def started(zone: str) -> dict[date, int]:
        return {day.date: day.started for day in throughput.measure(ask(ines, zone, days="7")).days if day.started}

    assert started("UTC") == {date(2026, 6, 16): 1}
    assert started("Europe/Amsterdam") == {date(2026, 6, 17): 1}


def test_a_day_of_daylight_saving_has_its_own_length() -> None:
    period = Period(7, datetime(2026, 3, 30, 12, tzinfo=UTC), ZoneInfo("Europe/Amsterdam"))
    sunday = date(2026, 3, 29)
    assert period.opening(sunday + timedelta(days=1)) - period.opening(sunday) == timedelta(hours=23)


def test_throughput_counts_starts_ends_and_other_ends() -> None:
    ines, version = rows.person("ines"), rows.version()
    for status, days_ago in [("completed", 1), ("completed", 1), ("cancelled", 1), ("failed", 2), ("running", 0)]:
        at = NOW - timedelta(days=days_ago)
        rows.run(version, ines, status, started_at=at, ended_at=None if status == "running" else at)
    rows.run(version, ines, "completed", started_at=NOW - timedelta(days=60), ended_at=NOW - timedelta(days=50))

    found = throughput.measure(ask(ines, days="7"))

    assert len(found.days) == 7
    assert (found.started, found.completed, found.ended_otherwise) == (5, 2, 2)
    assert [day.completed for day in found.days][-2:] == [2, 0]


def test_work_in_progress_is_what_started_and_has_not_ended() -> None:
    ines, version = rows.person("ines"), rows.version()

    def lived(start: int, end: int | None) -> None:
        ended_at = None if end is None else NOW - timedelta(days=end)
        rows.run(
            version, ines, "running" if end is None else "completed",
            started_at=NOW - timedelta(days=start), ended_at=ended_at,
        )  # fmt: skip

    lived(30, None)
    lived(30, 20)
    lived(10, 3)
    lived(2, None)
    lived(1, 1)
    question = ask(ines, days="7")

    levels = progress.measure(question, throughput.measure(question))

    assert [level.under_way for level in levels] == [2, 2, 2, 1, 2, 2, 2]


def test_cycle_time_is_of_completed_runs_only() -> None:
    ines, version = rows.person("ines"), rows.version()
    for hours in (2, 4):
        rows.run(version, ines, "completed", started_at=NOW - timedelta(hours=hours), ended_at=NOW)
    rows.run(version, ines, "failed", started_at=NOW - timedelta(days=5), ended_at=NOW)
    rows.run(version, ines, started_at=NOW - timedelta(days=5))

    found = cycle.measure(ask(ines, days="7"))

    assert found.whole is not None
    assert (found.whole.count, found.whole.p50) == (2, 3 * 3600)
    assert [part.spread is not None for part in found.parts] == [False] * 6 + [True]


def test_cycle_time_leaves_out_the_time_in_which_a_run_was_paused() -> None:
    ines, version = rows.person("ines"), rows.version()
    run = rows.run(version, ines, "completed", started_at=NOW - timedelta(hours=10), ended_at=NOW)
    Run.objects.filter(pk=run.pk).update(paused_seconds=4 * 3600.0)
    whole = cycle.measure(ask(ines, days="7")).whole
    assert whole is not None
    assert whole.p50 == 6 * 3600


def test_ninety_days_are_cut_into_weeks() -> None:
    ines, version = rows.person("ines", zone="America/New_York"), rows.version()
    sunday_evening_there = datetime(2026, 6, 15, 1, 0, tzinfo=UTC)  # Monday in UTC
    rows.run(
        version, ines, "completed", started_at=sunday_evening_there - timedelta(hours=1), ended_at=sunday_evening_there
    )

    found = cycle.measure(ask(ines, "America/New_York", days="90"))

    assert [part.starts_on for part in found.parts if part.spread] == [date(2026, 6, 8)]
    assert all(part.starts_on.weekday() == 0 for part in found.parts)


def test_nothing_completed_is_no_cycle_time() -> None:
    ines = rows.person("ines")
    rows.version()
    assert cycle.measure(ask(ines)).whole is None


def test_waiting_at_gates() -> None:
    ines, version = rows.person("ines"), rows.version()

    def asked_gate(hours: float, status: str, name: str = "board") -> None:
        opened_at = NOW - timedelta(hours=hours)
        run = rows.run(version, ines, started_at=opened_at)
        step = rows.step(run, name, "gate", title=name.title(), opened_at=opened_at)
        rows.gate(step, status, decided_at=None if status == "open" else NOW)

    asked_gate(1, "approved")
    asked_gate(3, "rejected")
    asked_gate(100, "cancelled")
    asked_gate(9, "open")
    asked_gate(12, "open")
    asked_gate(1, "open", "budget")

    slowest, other = gates.measure(ask(ines))

    assert (slowest.title, slowest.playbook) == ("Board", "change")
    assert slowest.wait is not None
    assert (slowest.wait.count, slowest.wait.p50) == (2, 2 * 3600)
    assert (slowest.open_now, slowest.oldest) == (2, NOW - timedelta(hours=12))
    assert (other.step, other.wait, other.open_now) == ("budget", None, 1)


def test_only_what_the_reader_may_see_is_counted() -> None:
    ines, stranger = rows.person("ines"), rows.person("stranger")
    run = rows.run(rows.version(), ines, "completed", started_at=NOW - timedelta(hours=1), ended_at=NOW)
    rows.gate(rows.step(run, "board", "gate"), "open")

    question = ask(stranger)
    counted = throughput.measure(question)

    assert (counted.started, counted.completed) == (0, 0)
    assert gates.measure(question) == ()
    assert cycle.measure(question).whole is None
    assert progress.measure(question, counted)[-1].under_way == 0


def test_one_playbook_alone() -> None:
    ines = rows.person("ines")
    rows.run(rows.version(slug="a"), ines, started_at=NOW)
    rows.run(rows.version(slug="b"), ines, started_at=NOW)
    assert throughput.measure(ask(ines, playbook="a")).started == 1
    assert throughput.measure(ask(ines)).started == 2


def test_a_bad_address_says_so_and_shows_what_it_can() -> None:
    ines = rows.person("ines")
    question = ask(ines, days="12; drop", playbook="no-such")
    assert question.period.days == asked.DAYS
    assert question.playbook is None
    assert len(question.problems) == 2
