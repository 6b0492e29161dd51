"""Death at every boundary (T4): before each statement, before and after the commit, all is there or nothing is.

A child process takes the act and dies at the n-th boundary; the parent looks, then delivers the same act
again and must find the same end.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from engine.machine.commands import Refusal
from engine.machine.events import Result
from runs import complete, definitions, doorbell, ledger, operate, start, vote
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Entry, Run, Step, Work
from runs.outcomes import is_accepted
from runs.work.claims import claim
from tests.runs import house
from workflows.models import Person, Version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

fork = multiprocessing.get_context("fork")
DEAD = 77


def dies_at(boundary: int, act: Callable[[], object]) -> bool:
    """Run the act in a child that dies at this boundary; return whether it came to that."""

    def child() -> None:
        passed = 0

        def cross() -> None:
            nonlocal passed
            passed += 1
            if passed == boundary:
                os._exit(DEAD)

        def around(execute, sql, params, many, context):
            cross()
            return execute(sql, params, many, context)

        commit = BaseDatabaseWrapper._commit

        def committing(self):
            cross()
            commit(self)
            cross()

        BaseDatabaseWrapper._commit = committing
        with connection.execute_wrapper(around):
            act()
        os._exit(0)

    connections.close_all()
    process = fork.Process(target=child)
    process.start()
    process.join(timeout=30)
    assert process.exitcode in {0, DEAD}, process.exitcode
    return process.exitcode == DEAD


def stored(run: Run | None) -> tuple[object, ...]:
    """What the database holds, as far as a half-done act could show in it."""
    if run is None:
        return (Run.objects.count(), Entry.objects.count(), Step.objects.count())
    fresh = Run.objects.get(pk=run.pk)
    assert ledger.verify(fresh) is None
    return (
        fresh.seq,
        fresh.entries.count(),
        list(fresh.steps.values_list("status", flat=True)),
        list(Work.objects.filter(run=run).order_by("pk").values_list("status", flat=True)),
    )


def check(begin: Callable[[], Run | None], act: Callable[[Run | None], object]) -> int:
    """Kill the act at each of its boundaries; return how many there were."""
    boundary = 0
    while True:
        boundary += 1
        run = begin()
        before = stored(run)
        died = dies_at(boundary, lambda run=run: act(run))
        after = stored(run)
        again = act(run)
        end = stored(run)
        assert after in (before, end), f"half done at boundary {boundary}"
        assert is_accepted(again), again
        assert again.repeated is (after == end)
        if not died:
            assert after == end
            return boundary - 1


@pytest.fixture
def version(monkeypatch) -> Version:
    definitions.by_digest.cache_clear()
    monkeypatch.setattr(doorbell, "ring", lambda: None)
    people = house.settle()
    assert people
    return house.publish(
        house.playbook("all", [house.task("a"), house.gate("b"), house.action("c"), house.task("d"), house.end()])
    )


def person(name: str) -> Person:
    return Person.objects.get(username=name)


def at_task(version: Version) -> Run:
    return house.begin(version, person("ann"))


def at_gate(version: Version) -> Run:
    run = at_task(version)
    assert is_accepted(complete.complete(run, 1, person("ben"), {}))
    return house.now(run)


def decide(run: Run | None) -> object:
    assert run is not None
    digest = definitions.state_of(run).visits[2].asking.digest
    return vote.vote(run, 2, person("mia"), "approve", "", digest, key="k")


def test_starting(version):
    count = 0

    def begin() -> None:
        nonlocal count
        count += 1

    assert check(begin, lambda _: start.start(version, person("ann"), {}, key=f"k{count}")) >= 12


def test_completing(version):
    assert check(lambda: at_task(version), lambda run: complete.complete(run, 1, person("ben"), {}, key="k")) >= 12


def test_deciding(version):
    assert check(lambda: at_gate(version), decide) >= 12


def test_cancelling(version):
    assert check(lambda: at_gate(version), lambda run: operate.cancel(run, person("olga"), "no", key="k")) >= 12


def test_delivering_a_result(version):
    def at_action() -> Run:
        run = at_gate(version)
        assert is_accepted(decide(run))
        (work,) = claim(50, ["debug.echo"])
        run.work_in_hand = work.handle
        return run

    def deliver(run: Run) -> object:
        event = Result(at=NOT_YET, visit=3, attempt=1, outcome="ok", data={})
        (answer,) = apply([Delivery(run.pk, event, key="result", work=run.work_in_hand)])
        assert not isinstance(answer, Refusal)
        return answer

    assert check(at_action, deliver) >= 12
