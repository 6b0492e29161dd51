"""Who may see which runs, asked for everybody at once, is what `visible_to` says of each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from runs import appoint
from runs.audience import audience
from runs.models import Run
from tests.runs import house
from workflows.models import Part, Person, Unit, Version

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def many(people: People, change: Version) -> list[Run]:
    """Runs that ann, zoe and otto started, one of them with a vote at a gate, of two versions."""
    for who in ("zoe", "otto"):
        Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people[who], part=Part.Kind.MEMBER)
    other = house.publish(house.playbook("other", [house.gate("board"), house.end()]))
    runs = [house.begin(change, people[who], service="shop") for who in ("ann", "zoe", "otto")]
    return [*runs, house.begin(other, people["zoe"])]


def seen_one_by_one(runs: list[Run]) -> dict[str, set[int]]:
    keys = [run.pk for run in runs]
    return {
        person.username: set(Run.objects.visible_to(person).filter(pk__in=keys).values_list("number", flat=True))
        for person in Person.objects.all()
    }


def seen_together(runs: list[Run]) -> dict[str, set[int]]:
    numbers = {run.pk: run.number for run in runs}
    found = audience(list(Person.objects.values_list("pk", flat=True)), list(numbers))
    names = dict(Person.objects.values_list("pk", "username"))
    return {who: {numbers[run] for run in found.get(pk, ())} for pk, who in names.items()}


def test_it_is_what_visible_to_says(people: People, many: list[Run]) -> None:
    now = timezone.now()
    until = now + timedelta(days=1)
    appoint.appoint(people["mia"], people["otto"], now, until, people["mia"])
    appoint.appoint(people["mo"], people["zoe"], now, until, people["mo"], playbooks=[many[3].version.artifact])
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["zoe"], part=Part.Kind.AUDITOR)
    many[1].version.role_people.add(people["max"])
    people["max"].groups.set([Group.objects.create(name="nobody-asks-us")])
    together = seen_together(many)
    assert together == seen_one_by_one(many)
    assert together["audrey"] == {run.number for run in many}
    assert together["otto"] != set()
    assert together["gus"] == set()


def test_however_many_they_are_it_takes_as_many_statements(
    people: People, many: list[Run], django_assert_num_queries
) -> None:
    everybody = list(Person.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        audience(everybody, [run.pk for run in many])
    now = timezone.now()
    appoint.appoint(people["mia"], people["otto"], now, now + timedelta(days=1), people["mia"])
    with django_assert_num_queries(5):
        audience(everybody, [run.pk for run in many])
    with django_assert_num_queries(0):
        assert audience([], [many[0].pk]) == audience(everybody, []) == {}
