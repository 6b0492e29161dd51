from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from workflows.models import Part, Person, Unit


@pytest.fixture
def company(db: None) -> Unit:
    return Unit.objects.create(slug="company", title="Company")


@pytest.fixture
def people(company: Unit) -> Unit:
    """The unit `people` below the company, with the group that the playbooks of these tests name, and two in it."""
    bosses = Group.objects.create(name="bosses")
    bosses.user_set.add(*(Person.objects.create(username=name, first_name=name.title()) for name in ("bo", "bea")))
    return Unit.objects.create(slug="people", title="People", parent=company)


@pytest.fixture
def author(people: Unit) -> Person:
    person = Person.objects.create(username="aiko", first_name="Aiko")
    Part.objects.create(unit=people, person=person, part=Part.Kind.AUTHOR)
    return person
