"""A hundred uses of one person's links at once, four at a time, are one decision (guarantees S2)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from runs import decision_links
from runs.models import Entry, Run, Step, Vote
from tests.dashboards import office
from workflows.models import Person, Unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def post_many(address: str, choice: str) -> list[int]:
    try:
        return [Client().post(address, {"choice": choice}).status_code for _ in range(25)]
    finally:
        connections.close_all()


def test_a_hundred_posts_of_two_links_are_one_entry(
    people: dict[str, Person], run: Run, threads: ThreadPoolExecutor
) -> None:
    Unit.objects.update(decision_links=True)
    asked = office.plan(run, people["ann"])
    step = Step.objects.get(run=run, number=asked.number)
    addresses = [decision_links.address(step, people["mia"]) for _ in range(2)]
    before = Entry.objects.filter(run=run).count()
    tasks = [
        threads.submit(post_many, address, choice)
        for address in addresses
        for choice in ("approve", "abstain")
        if address
    ]
    answers = [code for task in tasks for code in task.result()]
    assert answers == [200] * 100
    assert Entry.objects.filter(run=run).count() == before + 1
    assert Vote.objects.count() == 1
