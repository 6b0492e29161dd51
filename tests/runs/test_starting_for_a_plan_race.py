"""Several people press “Start this run” of a plan at once: one run is started, and the others are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from engine.machine.commands import Refusal
from runs import definitions, start
from runs.deliveries import Serves
from runs.models import Delivery, Run
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Part, Person, Unit, Version
from workflows.publish import publish

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TEXT = "plan: p\nobjective: O\nowner: ann\nmilestones: [{id: a, due: 2026-06-30, runs: [{playbook: launch}]}]\n"
PRESSING = ("ann", "ben", "mia", "max")


def test_of_those_who_press_at_once_one_starts_the_run() -> None:
    definitions.by_digest.cache_clear()
    people, platform = house.settle(), Unit.objects.get(slug="platform")
    for username in PRESSING:
        Part.objects.create(unit=platform, person=people[username], part=Part.Kind.MEMBER)
    version = house.publish(house.playbook("launch", [house.task("meet"), house.end()]))
    plan = publish(TEXT, platform, None)
    assert isinstance(plan, Version)
    together = Barrier(len(PRESSING))

    def press(username: str) -> object:
        try:
            person = Person.objects.get(username=username)
            together.wait(10)
            return start.start(version, person, {}, username, serves=Serves(plan.artifact_id, "a", 0))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(PRESSING)) as pool:
        answers = list(pool.map(press, PRESSING))
    assert sum(is_accepted(answer) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"delivered"}
    assert Run.objects.count() == Delivery.objects.count() == 1
