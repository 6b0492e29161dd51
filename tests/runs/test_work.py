"""Work: claimed once, kept by a heartbeat, taken over when its worker dies, given up when it kills five."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from django_q.models import OrmQ

from engine.definition import Retry
from engine.machine import state as states
from engine.machine.events import Complete, Result
from runs import ledger, operate, providers
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Incident, Refused, Run, Step, Work
from runs.outcomes import Stale, is_accepted
from runs.providers.errors import ActionError
from runs.work import ring
from runs.work.audit import audit
from runs.work.claims import LEASE, Heart, claim
from runs.work.perform import work_until_idle
from runs.work.sweep import sweep
from tests.runs import house

pytestmark = pytest.mark.django_db

ECHO = ["debug.echo"]


@pytest.fixture
def provide(monkeypatch):
    """Offer `test.act`, doing what the test says."""

    def offer(act):
        monkeypatch.setitem(providers.PROVIDERS, "test.act", act)

    return offer


def acting(people, **more) -> Run:
    version = house.publish(house.playbook("acting", [house.action("act", "test.act", n=1, **more), house.end()]))
    return house.begin(version, people["ann"])


def now(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def expire(run: Run) -> None:
    Work.objects.filter(run=run, status="leased").update(lease_until=timezone.now() - timedelta(seconds=1))


def be_due(run: Run) -> None:
    Work.objects.filter(run=run, status="ready").update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_worker_performs_and_delivers(people, provide):
    provide(lambda parameters, key, seconds: {"seen": parameters["n"], "key": key})
    run = acting(people)
    ring()
    assert now(run).status == "completed"
    assert Work.objects.get(run=run).status == "done"
    assert ledger.verify(now(run)) is None


def test_nobody_claims_what_is_claimed(people, provide):
    provide(lambda *_: {})
    acting(people)
    assert len(claim(10, ["test.act"])) == 1
    assert claim(10, ["test.act"]) == []


def test_what_no_worker_knows_stays_where_it_is_and_is_reported(people, provide):
    run = acting(people)
    assert claim(10, ECHO) == []
    assert audit() == 0
    Work.objects.filter(run=run).update(due_at=timezone.now() - timedelta(minutes=2))
    assert audit() == 1
    assert audit() == 0
    incident = Incident.objects.get(run=run)
    assert (incident.code, incident.step.name) == ("stuck", "act")
    assert "test.act" in incident.message
    assert (now(run).incident_count, Work.objects.get(run=run).status) == (1, "ready")
    provide(lambda *_: {})
    assert audit() == 1
    assert (Incident.objects.get(run=run).status, now(run).incident_count) == ("resolved", 0)
    ring()
    assert now(run).status == "completed"


def test_a_lease_that_ends_is_taken_over_and_the_late_result_changes_nothing(people, provide):
    provide(lambda *_: {"by": "second"})
    run = acting(people)
    (first,) = claim(1, ["test.act"])
    expire(run)
    (second,) = claim(1, ["test.act"])
    assert (second.pk, second.token, second.claims) == (first.pk, first.token + 1, 2)
    late = Result(at=NOT_YET, visit=1, attempt=1, outcome="ok", data={"by": "first"})
    before = now(run).state
    assert isinstance(apply([Delivery(run.pk, late, work=first.handle)])[0], Stale)
    assert now(run).state == before
    assert Refused.objects.get().code == "stale-result"
    good = Result(at=NOT_YET, visit=1, attempt=1, outcome="ok", data={"by": "second"})
    assert is_accepted(apply([Delivery(run.pk, good, work=second.handle)])[0])
    assert isinstance(apply([Delivery(run.pk, good, work=second.handle)])[0], Stale)
    assert now(run).status == "completed"


def test_a_heart_renews_the_lease_and_notices_its_loss(transactional_db, people, provide):
    provide(lambda *_: {})
    run = acting(people)
    (work,) = claim(1, ["test.act"])
    Work.objects.filter(pk=work.pk).update(lease_until=timezone.now() + timedelta(seconds=3))
    with Heart(beat_seconds=0.05) as heart:
        heart.hold(work)
        wait_until(lambda: Work.objects.get(run=run).lease_until > timezone.now() + LEASE / 2)
        assert not heart.lost
        Work.objects.filter(pk=work.pk).update(token=F("token") + 1)
        wait_until(lambda: work.handle in heart.lost)


def wait_until(holds, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come to pass in time"
        time.sleep(0.02)


def test_five_claims_without_a_result_are_an_incident_that_an_operator_retries(people, provide):
    calls = []
    provide(lambda *_: calls.append(1) or {})
    run = acting(people)
    for _ in range(5):
        assert len(claim(1, ["test.act"])) == 1  # the worker dies here
        expire(run)
    ring()
    assert not calls
    assert Incident.objects.get(run=run).code == "lost"
    assert now(run).incident_count == 1
    assert is_accepted(operate.retry(run, 1, people["olga"], "the host has more memory now"))
    ring()
    assert len(calls) == 1
    assert now(run).status == "completed"


def test_retries_come_after_their_pauses_and_keep_one_idempotency_key(people, provide):
    keys = []

    def act(parameters, key, seconds):
        keys.append(key)
        if len(keys) < 3:
            raise ActionError("not yet")
        return {}

    provide(act)
    retry = Retry(attempts=3, backoff="exponential", first=timedelta(seconds=40))
    run = acting(people, retry=retry)
    for pause in (40, 80):
        ring()
        row = Work.objects.get(run=run, status="ready")
        assert row.kind == "timer"
        assert abs((row.due_at - timezone.now()).total_seconds() - pause) < 5
        assert sweep().timers == 0, "never early"
        shift(run, -pause)
        assert sweep().timers == 1
    ring()
    assert now(run).status == "completed"
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert Step.objects.get(run=run, name="act").attempt == 3


def shift(run: Run, seconds: float) -> None:
    """Let time pass for one run: what is due later in its state and its work is due now."""
    state = states.load(now(run).state)
    moved = {
        key: dataclasses.replace(timer, due_at=timer.due_at + timedelta(seconds=seconds))
        for key, timer in state.timers.items()
    }
    Run.objects.filter(pk=run.pk).update(state=states.dump(dataclasses.replace(state, timers=moved)).decode())
    Work.objects.filter(run=run, status="ready").update(due_at=F("due_at") + timedelta(seconds=seconds))


def test_a_time_out_is_an_incident_and_skipping_goes_on(transactional_db, people, provide):
    stop = threading.Event()
    provide(lambda *_: stop.wait(10) and {})
    run = acting(people, seconds=0.2)
    try:
        ring()
        assert Incident.objects.get(run=run).code == "timed-out"
        assert is_accepted(operate.skip(run, 1, people["olga"], "done by hand"))
    finally:
        stop.set()
    assert now(run).status == "completed"


def test_a_success_after_the_time_out_closes_the_incident(transactional_db, people, provide):
    stop = threading.Event()
    provide(lambda *_: stop.wait(10) and {"late": True})
    run = acting(people, seconds=0.2)
    ring()
    assert now(run).incident_count == 1
    stop.set()
    wait_until(lambda: now(run).status == "completed")
    incident = Incident.objects.get(run=run)
    assert (incident.code, incident.status) == ("timed-out", "resolved")
    assert ledger.verify(now(run)) is None


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
    assert {now(run).status for run in runs} == {"completed"}
    OrmQ.objects.all().delete()
    assert not sweep().rang


@pytest.mark.parametrize("fault", [ActionError("gone", permanent=True), RuntimeError("bug"), ValueError()])
def test_what_fails_for_good_is_an_incident(people, provide, fault):
    def act(*_):
        raise fault

    provide(act)
    run = acting(people)
    ring()
    assert (Incident.objects.get(run=run).code, now(run).incident_count) == ("failed", 1)


@pytest.mark.parametrize("answer", [object(), {"x": "y" * 70_000}, {1, 2}])
def test_a_result_that_cannot_be_kept_is_a_failure(people, provide, answer):
    provide(lambda *_: answer)
    run = acting(people)
    ring()
    assert Incident.objects.get(run=run).code == "failed"


def test_actions_wait_for_the_network_side_by_side(people, provide):
    provide(lambda *_: time.sleep(0.3) or {})
    runs = [acting_again(people, number) for number in range(8)]
    began = time.monotonic()
    work_until_idle()
    assert time.monotonic() - began < 8 * 0.3 / 2
    assert {now(run).status for run in runs} == {"completed"}


def acting_again(people, number: int) -> Run:
    return house.begin(
        house.publish(house.playbook(f"acting-{number}", [house.action("act", "test.act"), house.end()])), people["ann"]
    )


def test_one_bad_run_stops_no_other(people, provide, monkeypatch):
    provide(lambda *_: {})
    bad, good = acting_again(people, 1), acting_again(people, 2)
    Run.objects.filter(pk=bad.pk).update(state="{}")
    work_until_idle()
    assert now(good).status == "completed"
    assert Work.objects.get(run=bad).last_error


def test_cancelled_work_is_given_to_nobody(people, provide):
    provide(lambda *_: {})
    run = acting(people)
    (work,) = claim(1, ["test.act"])
    assert is_accepted(operate.cancel(run, people["olga"], "not needed"))
    expire(run)
    assert claim(1, ["test.act"]) == []
    late = Result(at=NOT_YET, visit=1, attempt=1, outcome="ok")
    assert isinstance(apply([Delivery(run.pk, late, work=work.handle)])[0], Stale)


def test_timers_fire_once_and_after_a_long_downtime(people):
    version = house.publish(house.playbook("waiting", [house.wait("rest", timedelta(hours=1)), house.end()]))
    past = timezone.now() - timedelta(days=3)
    runs = [house.begin(version, people["ann"], clock=lambda: past) for _ in range(60)]
    future = house.begin(version, people["ann"])
    assert sweep().timers == 60
    assert sweep().timers == 0
    assert {now(run).status for run in runs} == {"completed"}
    assert now(future).status == "running"


def test_the_auditor_makes_a_lost_timer_and_a_lost_attempt_again(people, provide):
    provide(lambda *_: {})
    version = house.publish(house.playbook("waiting", [house.wait("rest", timedelta(hours=1)), house.end()]))
    waits, acts = house.begin(version, people["ann"]), acting(people)
    assert audit() == 0
    Work.objects.all().delete()
    assert audit() == 2
    assert audit() == 0
    assert Work.objects.get(run=waits).kind == "timer"
    ring()
    assert now(acts).status == "completed"


def test_a_task_that_nobody_may_do_any_more_is_reported(people):
    version = house.publish(house.playbook("asking", [house.task("plan"), house.end()]))
    run = house.begin(version, people["ann"])
    assert audit() == 0
    people["ann"].groups.clear()
    people["ben"].groups.clear()
    assert audit() == 1
    assert Incident.objects.get(run=run).code == "stuck"
    assert now(run).incident_count == 1
    assert is_accepted(operate.skip(run, 1, people["olga"], "nobody is left"))
    assert Incident.objects.get(run=run).status == "resolved"
