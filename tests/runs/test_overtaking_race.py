"""Two operators repair one incident at the very same moment: one does it, the other is told (guarantee G3).

Only PostgreSQL can show it: on SQLite one writer is let in at a time.
"""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from engine.machine.commands import Refusal
from runs import bulk_acts, ledger, operate
from runs.bulk_acts import Target
from runs.models import BulkAct, Entry, Run
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Part, Person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 12


def together(*acts) -> list[object]:
    """Do these at once, each in a thread and on a connection of its own; return what each came to."""
    barrier, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def one(place: int) -> None:
        try:
            barrier.wait(30)
            answers[place] = acts[place]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def people() -> dict[str, Person]:
    people = house.settle()
    platform = Part.objects.get(person=people["olga"], part=Part.Kind.OPERATOR).unit
    Part.objects.create(unit=platform, person=people["mo"], part=Part.Kind.OPERATOR)
    return people


def begun(people: dict[str, Person], count: int) -> list[Run]:
    steps = [house.task("plan"), house.task("check"), house.end()]
    return house.begin_many(house.publish(house.playbook("raced", steps)), people["ann"], count)


def test_of_two_at_once_one_repairs_and_the_other_is_told(people: dict[str, Person]) -> None:
    for run in begun(people, ROUNDS):
        came = together(
            lambda run=run: operate.skip(run, 1, people["olga"], "by hand", seen=run.seq),
            lambda run=run: operate.cancel(run, people["mo"], "not needed", seen=run.seq),
        )
        assert sum(is_accepted(one) for one in came) == 1, came
        (refusal,) = [one for one in came if isinstance(one, Refusal)]
        assert refusal.code == "overtaken"
        assert "was faster" in refusal.sentence
        assert Entry.objects.filter(run=run).count() == 2
        assert ledger.verify(house.now(run)) is None


def test_two_workers_at_one_act_on_many_runs_do_each_once(people: dict[str, Person]) -> None:
    runs = begun(people, 120)
    bulk = bulk_acts.order(people["olga"], "pause", "", [Target(run.number, 0, run.seq) for run in runs], "closed", "k")
    assert isinstance(bulk, BulkAct)
    together(*[bulk_acts.perform_until_idle] * 3)
    assert set(bulk.lines.values_list("status", "seq")) == {("done", 2)}
    assert Entry.objects.filter(kind="pause").count() == 120


def test_a_form_sent_twice_at_once_is_one_act(people: dict[str, Person]) -> None:
    (run,) = begun(people, 1)
    target = [Target(run.number, 0, run.seq)]
    came = together(*[lambda: bulk_acts.order(people["olga"], "pause", "", target, "closed", "k")] * 3)
    assert len({one.pk for one in came}) == BulkAct.objects.count() == 1
