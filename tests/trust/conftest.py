"""The organisation of `world`, and the entrances with sessions of their own."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from runs import definitions
from tests.trust import world
from tests.trust.entrances import ENTRANCES, Entrance


@pytest.fixture
def people(db: None) -> world.People:
    definitions.by_digest.cache_clear()
    cache.clear()
    return world.settle()


@pytest.fixture
def entrances() -> dict[str, Entrance]:
    return {kind.name: kind() for kind in ENTRANCES}
