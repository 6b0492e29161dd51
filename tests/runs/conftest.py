"""The organisation of `house`, for tests that need no more."""

from __future__ import annotations

import threading

import pytest

from runs import definitions, providers
from tests.runs import house
from workflows.models import Person, Version


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    definitions.by_digest.cache_clear()
    return house.settle()


@pytest.fixture
def change(people: dict[str, Person]) -> Version:
    return house.publish(house.change())


@pytest.fixture
def provide(monkeypatch, db):
    """Offer `test.act`, doing what the test says. Asks for the database so that it ends before the database does."""

    def offer(act):
        monkeypatch.setitem(providers.PROVIDERS, "test.act", act)

    yield offer
    for thread in threading.enumerate():
        if thread.name.startswith("action "):
            thread.join(15)  # what comes late still writes
