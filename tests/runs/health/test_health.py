"""What the engine says of itself: who lives, what is late, and what to do about it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from runs.health import beats, judging
from runs.health.judging import Level
from runs.health.reading import MOST, Reading, in_figures, read
from runs.management.commands import clock as clock_command
from runs.models import Beat, ChannelFault, Incident, Refused, Step, Work
from tests.runs import house
from workflows.models import GovernanceEntry, Untold

pytestmark = pytest.mark.django_db


def heard(kind: str, ago: float = 0, count: int = 1) -> None:
    at = timezone.now() - timedelta(seconds=ago)
    Beat.objects.bulk_create(Beat(kind=kind, host="h", started_at=at, beat_at=at) for _ in range(count))


def judged(found: Reading | None = None) -> dict[str, judging.Vital]:
    return {vital.key: vital for vital in judging.judge(found or read())}


def test_nothing_is_late_where_clock_and_workers_live() -> None:
    heard("clock")
    heard("worker", count=2)
    vitals = judged()
    assert {vital.level for vital in vitals.values()} == {Level.FINE}, vitals
    assert vitals["workers"].says == "2 workers at hand."
    assert not any(vital.do for vital in vitals.values())


@pytest.mark.parametrize(("ago", "level"), [(2, "fine"), (25, "watch"), (190, "wrong")])
def test_a_silent_clock_is_said_and_what_follows(ago: float, level: str) -> None:
    heard("clock", ago)
    clock = judged()["clock"]
    assert clock.level == level
    if level == "wrong":
        assert clock.says == "The clock has not been heard for 3 min: nothing that is due happens."
        assert "manage.py clock" in clock.do
        assert [vital.key for vital in judging.standing_still(read())] == ["clock", "workers"]


def test_a_worker_that_went_without_a_word_is_gone_after_half_a_minute() -> None:
    heard("worker", 31)
    assert judged()["workers"].level is Level.WRONG
    heard("worker", 3)
    assert judged()["workers"].says == "1 worker at hand."


def test_a_process_beats_and_takes_its_row_along_when_it_ends() -> None:
    heart = beats.Heartbeat(Beat.Kind.CLOCK, beat_seconds=0)
    heart.beat()
    (row,) = Beat.objects.all()
    assert (row.kind, row.version) == ("clock", beats.program_version())
    heart.beat()
    assert Beat.objects.get().beat_at > row.beat_at
    calm = beats.Heartbeat(Beat.Kind.WEB)
    calm.beat()
    with CaptureQueriesContext(connection) as asked:
        calm.beat()
    assert len(asked) == 0, "not more often than every five seconds"
    heart.stop()
    assert Beat.objects.get().kind == "web"
    heard("worker", ago=3_700)
    assert beats.forget() == 1


def test_the_clock_beats_after_each_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, heart = threading.Event(), beats.Heartbeat(Beat.Kind.CLOCK)
    monkeypatch.setattr(stopped, "wait", lambda _: stopped.set())
    monkeypatch.setattr(clock_command, "close_old_connections", lambda: None)
    clock_command.tick_until(stopped, heart)
    assert Beat.objects.get().pk == heart.id


def test_late_work_and_lost_leases_are_found(people) -> None:
    run = house.acting(people)
    now = timezone.now()
    assert read().actions.count == 1
    Work.objects.update(due_at=now - timedelta(minutes=7))
    found = judged()
    assert found["actions"].level is Level.WRONG
    assert found["actions"].says == "1 action due and in nobody's hand, the oldest for 7 min."
    Work.objects.update(status="leased", lease_until=now + timedelta(seconds=20))
    assert judged()["leases"].says == "1 action in hand."
    Work.objects.update(lease_until=now - timedelta(minutes=2))
    assert judged()["leases"].level is Level.WATCH
    # what is paused is not late
    Work.objects.update(status="ready")
    type(run).objects.update(paused=True, paused_at=now)
    assert read().actions.count == 0


def test_late_timers_old_gates_incidents_and_refusals_are_found(people) -> None:
    now = timezone.now()
    board = house.publish(house.playbook("deciding", [house.gate("board"), house.end()]))
    runs = [house.begin(board, people["ann"]) for _ in range(3)]
    for run, days in zip(runs, (0, 2, 9), strict=True):
        Step.objects.filter(run=run).update(opened_at=now - timedelta(days=days, minutes=1))
    Work.objects.create(key="t", run=runs[0], kind="timer", visit=1, name="x", due_at=now - timedelta(minutes=1))
    step = Step.objects.get(run=runs[0])
    Incident.objects.create(run=runs[0], step=step, code="failed", message="m", opened_at=now - timedelta(hours=5))
    Refused.objects.bulk_create(
        Refused(at=at, person="p", act="vote", code="c", sentence="s")
        for at in [now - timedelta(hours=2)] * 5 + [now] * judging.MANY_REFUSALS
    )
    ChannelFault.objects.create(message="m", opened_at=now, failed_at=now)
    found = read()
    assert found.gates == (1, 0, 1, 0, 1)
    vitals = judged(found)
    assert vitals["gates"].says == "3 gates open, 1 of them for more than a week."
    assert vitals["timers"].says.startswith("1 timer late, the oldest by 1 min")
    assert vitals["incidents"].says == "1 incident open, the oldest for 5 h."
    assert vitals["refusals"].says == "100 refusals in the last hour."
    assert vitals["notices"].says == "1 way of sending does not deliver."
    watched = {key for key, vital in vitals.items() if vital.level is Level.WATCH}
    assert watched == {"gates", "timers", "incidents", "refusals", "notices"}
    assert all(vital.do for vital in vitals.values() if vital.level is not Level.FINE)
    Incident.objects.update(code="stuck")
    assert judged()["incidents"].level is Level.WRONG


@pytest.mark.parametrize(("minutes", "level"), [(1, "fine"), (7, "watch"), (70, "wrong")])
def test_what_governance_has_not_told_is_found(minutes: int, level: str) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    entry = GovernanceEntry.objects.create(kind=GovernanceEntry.Kind.SUBMITTED, at=at)
    Untold.objects.create(entry=entry, due_at=timezone.now() + timedelta(minutes=5))  # tried, and put off since
    assert read().untold.count == 1
    notices = judged()["notices"]
    assert notices.level == level
    if level == "watch":
        assert notices.says == "1 change of governance that nobody has been told of, the oldest for 7 min."


def test_a_bell_that_nobody_answers_is_late() -> None:
    OrmQ.objects.create(key="penstock", payload="x", lock=timezone.now() - timedelta(minutes=2))
    assert judged()["actions"].level is Level.WATCH


def test_it_asks_little_however_much_there_is(people, django_assert_num_queries) -> None:
    now = datetime.now(tz=timezone.get_default_timezone())
    run = house.acting(people)
    few = 15 if connection.vendor == "sqlite" else 17
    with django_assert_num_queries(few):
        read()
    row = Work(run=run, kind="action", visit=1, name="test.act", due_at=now)
    Work.objects.bulk_create(
        Work(key=f"k{nth}", run=row.run, kind=row.kind, visit=1, name=row.name, due_at=now) for nth in range(MOST + 50)
    )
    with django_assert_num_queries(few):
        found = read()
    assert found.actions.count == MOST + 1
    assert in_figures(found.actions.count) == "1,000+"
    assert judged(found)["actions"].says.startswith("1,000+ actions due")
