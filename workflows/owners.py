"""Who answers for a plan or a milestone: a plan names a unit, a person or a group by a text, looked up here.

A unit comes before a person, and a person before a group of the same name. `user:` before a name means the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import Group

from workflows.models import Part, Person, Unit

USER = "user:"


@dataclass(frozen=True)
class Owner:
    """`kind` is empty where nobody is called so: then `title` is what the plan says."""

    name: str
    title: str
    kind: Literal["unit", "person", "group", ""] = ""
    unit: Unit | None = None
    person: Person | None = None

    @property
    def is_gone(self) -> bool:
        """Nobody answers: there is no such unit, group or person, or the person has left."""
        return self.kind == "" or (self.person is not None and not self.person.is_active)


def look_up(names: Iterable[str]) -> Mapping[str, Owner]:
    """Return who is meant by each of these names, in their order. Three statements for any number."""
    wanted = dict.fromkeys(names)
    plain = {name.removeprefix(USER) for name in wanted}
    units = {unit.slug: unit for unit in Unit.objects.filter(slug__in=wanted)}
    people = {person.username: person for person in Person.objects.filter(username__in=plain)}
    groups = set(Group.objects.filter(name__in=wanted).values_list("name", flat=True))
    return {name: _owner(name, units, people, groups) for name in wanted}


def _owner(name: str, units: Mapping[str, Unit], people: Mapping[str, Person], groups: set[str]) -> Owner:
    if name in units:
        return Owner(name, units[name].title, "unit", unit=units[name])
    person = people.get(name.removeprefix(USER))
    if person is not None:
        return Owner(name, str(person), "person", person=person)
    if name in groups:
        return Owner(name, name.replace("-", " ").capitalize(), "group")
    return Owner(name, name)


def is_owner(person: Person, owner: Owner) -> bool:
    """Say whether this person is the owner, is in the group, or is process owner of the unit or one above it."""
    if owner.kind == "person":
        return owner.person is not None and owner.person.pk == person.pk
    if owner.kind == "group":
        return person.groups.filter(name=owner.name).exists()
    if owner.unit is not None:
        return person.parts.filter(part=Part.Kind.PROCESS_OWNER, unit__path__in=owner.unit.paths).exists()
    return False
