"""A run of the office's playbook at its plan, for the tests of pages."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from runs import definitions
from runs.models import Run
from tests.dashboards import office
from tests.runs import house
from workflows.models import Part, Person, Unit


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    definitions.by_digest.cache_clear()
    cache.clear()
    people = house.settle()
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["zoe"], part=Part.Kind.MEMBER)
    return people


@pytest.fixture
def run(people: dict[str, Person]) -> Run:
    """Started by zoe of the platform, who is in no role; ann and ben may plan, mia, max and mo decide."""
    return house.begin(house.publish(office.board()), people["zoe"], service="shop")
