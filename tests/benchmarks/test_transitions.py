"""How fast runs move: transitions a second one commit each, and many in one commit.

The figure that must hold is the ratio: it is the design's reason for batches, and it does not depend on
how busy the machine is. The rates are printed (`-s`).
"""

from __future__ import annotations

import time

import pytest

from engine.machine.events import Complete
from runs import definitions, ledger
from runs.apply import BATCH, Delivery, apply
from runs.clock import NOT_YET
from runs.models import Run
from runs.outcomes import is_accepted
from tests.runs import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 3


def test_a_batch_moves_runs_at_four_times_the_rate_of_single_commits():
    definitions.by_digest.cache_clear()
    people = house.settle()
    version = house.publish(
        house.playbook("steps", [*(house.task(f"t{number}") for number in range(2 * ROUNDS)), house.end()])
    )
    runs = house.begin_many(version, people["ann"], BATCH)
    single, batch = [], []
    visit = 0
    for _ in range(ROUNDS):
        visit += 1
        single.append(_rate([[_complete(run, visit)] for run in runs]))
        visit += 1
        batch.append(_rate([[_complete(run, visit) for run in runs]]))
    ratio = max(batch) / max(single)
    print(f"single {max(single):.0f}/s, in batches of {BATCH} {max(batch):.0f}/s: {ratio:.1f} times")
    assert ratio >= 4
    assert ledger.verify(Run.objects.get(pk=runs[0].pk)) is None


def _complete(run: Run, visit: int) -> Delivery:
    return Delivery(run.pk, Complete(at=NOT_YET, actor="ben", visit=visit))


def _rate(batches: list[list[Delivery]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        assert all(is_accepted(outcome) for outcome in apply(batch))
    return sum(map(len, batches)) / (time.perf_counter() - began)
