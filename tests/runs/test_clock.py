"""What the clock does: timers fired once, bells rung again where they were lost, standing runs found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from engine.machine.events import Complete
from runs import complete, operate
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Incident, Work
from runs.outcomes import is_accepted
from runs.work import ring
from runs.work.audit import audit
from runs.work.claims import claim
from runs.work.sweep import sweep
from tests.runs import house

pytestmark = pytest.mark.django_db

ECHO = ["debug.echo"]


def test_timers_fire_once_and_after_a_long_downtime(people):
    version = house.publish(house.playbook("waiting", [house.wait("rest", timedelta(hours=1)), house.end()]))
    past = timezone.now() - timedelta(days=3)
    runs = [house.begin(version, people["ann"], clock=lambda: past) for _ in range(60)]
    future = house.begin(version, people["ann"])
    assert sweep().timers == 60
    assert sweep().timers == 0
    assert {house.now(run).status for run in runs} == {"completed"}
    assert house.now(future).status == "running"


def test_a_bell_rings_once_a_batch_and_the_sweep_rings_where_it_was_lost(transactional_db, people, provide):
    provide(lambda *_: {})
    version = house.publish(house.playbook("tasks", [house.task("a"), house.action("b", "test.act"), house.end()]))
    runs = [house.begin(version, people["ann"]) for _ in range(5)]
    assert OrmQ.objects.count() == 0
    apply([Delivery(run.pk, Complete(at=NOT_YET, actor="ben", visit=1)) for run in runs])
    assert OrmQ.objects.count() == 1
    OrmQ.objects.all().delete()  # the bell is lost
    assert [sweep().rang for _ in range(5)] == [True, True, False, False, False], "no more bells than workers"
    ring()
    assert {house.now(run).status for run in runs} == {"completed"}
    OrmQ.objects.all().delete()
    assert not sweep().rang


def test_what_no_worker_knows_stays_where_it_is_and_is_reported(people, provide):
    run = house.acting(people)
    assert claim(10, ECHO) == []
    assert audit() == 0
    Work.objects.filter(run=run).update(due_at=timezone.now() - timedelta(minutes=2))
    assert audit() == 1
    assert audit() == 0
    incident = Incident.objects.get(run=run)
    assert (incident.code, incident.step.name) == ("stuck", "act")
    assert "test.act" in incident.message
    assert (house.now(run).incident_count, Work.objects.get(run=run).status) == (1, "ready")
    provide(lambda *_: {})
    assert audit() == 1
    assert (Incident.objects.get(run=run).status, house.now(run).incident_count) == ("resolved", 0)
    ring()
    assert house.now(run).status == "completed"


def test_the_auditor_makes_a_lost_timer_and_a_lost_attempt_again(people, provide):
    provide(lambda *_: {})
    version = house.publish(house.playbook("waiting", [house.wait("rest", timedelta(hours=1)), house.end()]))
    waits, acts = house.begin(version, people["ann"]), house.acting(people)
    assert audit() == 0
    Work.objects.all().delete()
    assert audit() == 2
    assert audit() == 0
    assert Work.objects.get(run=waits).kind == "timer"
    ring()
    assert house.now(acts).status == "completed"


def test_a_task_that_nobody_may_do_any_more_is_reported(people):
    version = house.publish(house.playbook("asking", [house.task("plan"), house.end()]))
    run = house.begin(version, people["ann"])
    assert audit() == 0
    people["ann"].groups.clear()
    people["ben"].groups.clear()
    assert audit() == 1
    assert Incident.objects.get(run=run).code == "nobody-eligible"
    assert house.now(run).incident_count == 1
    assert is_accepted(operate.skip(run, 1, people["olga"], "nobody is left"))
    assert Incident.objects.get(run=run).status == "resolved"


def test_a_gate_that_too_few_may_still_vote_at_is_reported(people):
    version = house.publish(house.playbook("asked", [house.gate("board", quorum=3), house.end()]))
    run = house.begin(version, people["ann"])
    assert audit() == 0
    people["mo"].groups.clear()
    assert audit() == 1
    assert "only Max Mill and Mia Moss may vote now" in Incident.objects.get(run=run).message
    people["mo"].groups.add(*people["mia"].groups.all())
    assert audit() == 1
    assert Incident.objects.get(run=run).status == "resolved"


def test_time_never_goes_back_in_a_run(people):
    version = house.publish(house.playbook("tasks", [house.task("a"), house.task("b"), house.end()]))
    run = house.begin(version, people["ann"])
    early = timezone.now() - timedelta(hours=1)
    assert is_accepted(complete.complete(run, 1, people["ben"], {}, clock=lambda: early))
    assert [entry.at for entry in run.entries.all()] == [run.started_at] * 2
