"""Workers and clock as real processes, killed without warning (a small T5): nothing lost, nothing doubled inside."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from runs import ledger, providers
from runs.models import Entry, Run, Work
from runs.work import claims, perform
from runs.work.audit import audit
from runs.work.perform import work_until_idle
from runs.work.sweep import sweep
from tests.runs import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

fork = multiprocessing.get_context("fork")
RUNS, KILLS, WORKERS, SLOTS = 20, 6, 2, 4


@pytest.fixture
def world(tmp_path: Path, monkeypatch) -> Path:
    """What is outside: a file to which each call adds its idempotency key. Leases are short, so that deaths show."""
    outside = tmp_path / "calls"
    outside.touch()

    def act(parameters, key, seconds):
        with outside.open("a") as file:
            file.write(key + "\n")
        time.sleep(0.3)
        return {"ok": True}

    monkeypatch.setitem(providers.PROVIDERS, "test.act", act)
    monkeypatch.setattr(claims, "LEASE", timedelta(seconds=2.0))
    monkeypatch.setattr(perform, "SLOTS", SLOTS)
    return outside


def work_for_ever() -> None:
    while True:
        try:
            work_until_idle()
        except Exception:
            connections.close_all()
        time.sleep(0.02)


def begin_worker() -> multiprocessing.process.BaseProcess:
    connections.close_all()
    worker = fork.Process(target=work_for_ever, daemon=True)
    worker.start()
    return worker


def test_killed_workers_lose_nothing_and_double_nothing_inside(world: Path):
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    people = house.settle()
    steps = [house.action(name, "test.act") for name in ("one", "two", "three")]
    version = house.publish(house.playbook("chain", [*steps, house.end()]))
    runs = [house.begin(version, people["ann"]) for _ in range(RUNS)]
    workers = [begin_worker() for _ in range(WORKERS)]
    kills, end = 0, time.monotonic() + 40
    try:
        while Run.objects.open().exists():
            assert time.monotonic() < end, f"SEED={seed}: {Run.objects.open().count()} runs are still open"
            sweep()
            if kills < KILLS:
                time.sleep(chance.uniform(0.1, 0.4))
                place = chance.randrange(WORKERS)
                victim = workers[place]
                assert victim.pid is not None
                os.kill(victim.pid, signal.SIGKILL)
                victim.join()
                workers[place] = begin_worker()
                kills += 1
            else:
                time.sleep(0.1)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    connections.close_all()
    assert kills == KILLS
    assert audit() == 0
    keys = world.read_text().split()
    assert len(set(keys)) == RUNS * 3
    assert len(keys) <= RUNS * 3 + KILLS * SLOTS, "more calls than the deaths explain"
    for run in runs:
        fresh = Run.objects.get(pk=run.pk)
        assert (fresh.status, ledger.verify(fresh)) == ("completed", None)
    assert Entry.objects.filter(kind="result").count() == RUNS * 3
    assert not Work.objects.exclude(status="done").exists()
