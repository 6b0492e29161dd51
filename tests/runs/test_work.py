"""Actions are performed side by side, tried again after their pauses, and become incidents when they fail."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from engine.definition import Retry
from runs import ledger, operate
from runs.models import Incident, Run, Step, Work
from runs.outcomes import is_accepted
from runs.providers.errors import ActionError
from runs.work import ring
from runs.work.perform import work_until_idle
from runs.work.sweep import sweep
from tests.runs import house

pytestmark = pytest.mark.django_db


def test_a_worker_performs_and_delivers(people, provide):
    provide(lambda parameters, key, seconds: {"seen": parameters["n"], "key": key})
    run = house.acting(people)
    ring()
    assert house.now(run).status == "completed"
    assert Work.objects.get(run=run).status == "done"
    assert ledger.verify(house.now(run)) is None


def test_retries_come_after_their_pauses_and_keep_one_idempotency_key(people, provide):
    keys = []

    def act(parameters, key, seconds):
        keys.append(key)
        if len(keys) < 3:
            raise ActionError("not yet")
        return {}

    provide(act)
    retry = Retry(attempts=3, backoff="exponential", first=timedelta(seconds=40))
    run = house.acting(people, retry=retry)
    for pause in (40, 80):
        ring()
        row = Work.objects.get(run=run, status="ready")
        assert row.kind == "timer"
        assert abs((row.due_at - timezone.now()).total_seconds() - pause) < 5
        assert sweep().timers == 0, "never early"
        house.shift(run, -pause)
        assert sweep().timers == 1
    ring()
    assert house.now(run).status == "completed"
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert Step.objects.get(run=run, name="act").attempt == 3


def test_a_time_out_is_an_incident_and_skipping_goes_on(transactional_db, people, provide):
    stop = threading.Event()
    provide(lambda *_: stop.wait(10) and {})
    run = house.acting(people, seconds=0.2)
    try:
        ring()
        assert Incident.objects.get(run=run).code == "timed-out"
        assert is_accepted(operate.skip(run, 1, people["olga"], "done by hand"))
    finally:
        stop.set()
    assert house.now(run).status == "completed"


def test_a_success_after_the_time_out_closes_the_incident(transactional_db, people, provide):
    stop = threading.Event()
    provide(lambda *_: stop.wait(10) and {"late": True})
    run = house.acting(people, seconds=0.2)
    ring()
    assert house.now(run).incident_count == 1
    stop.set()
    house.wait_until(lambda: house.now(run).status == "completed")
    incident = Incident.objects.get(run=run)
    assert (incident.code, incident.status) == ("timed-out", "resolved")
    assert ledger.verify(house.now(run)) is None


@pytest.mark.parametrize("fault", [ActionError("gone", permanent=True), RuntimeError("bug"), ValueError()])
def test_what_fails_for_good_is_an_incident(people, provide, fault):
    def act(*_):
        raise fault

    provide(act)
    run = house.acting(people)
    ring()
    assert (Incident.objects.get(run=run).code, house.now(run).incident_count) == ("failed", 1)


@pytest.mark.parametrize("answer", [object(), {"x": "y" * 70_000}, {1, 2}])
def test_a_result_that_cannot_be_kept_is_a_failure(people, provide, answer):
    provide(lambda *_: answer)
    run = house.acting(people)
    ring()
    assert Incident.objects.get(run=run).code == "failed"


def test_actions_wait_for_the_network_side_by_side(people, provide):
    provide(lambda *_: time.sleep(0.3) or {})
    runs = [house.acting_again(people, number) for number in range(8)]
    began = time.monotonic()
    work_until_idle()
    assert time.monotonic() - began < 8 * 0.3 / 2
    assert {house.now(run).status for run in runs} == {"completed"}


def test_one_bad_run_stops_no_other(people, provide, monkeypatch):
    provide(lambda *_: {})
    bad, good = house.acting_again(people, 1), house.acting_again(people, 2)
    Run.objects.filter(pk=bad.pk).update(state="{}")
    work_until_idle()
    assert house.now(good).status == "completed"
    assert Work.objects.get(run=bad).last_error
