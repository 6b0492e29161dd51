"""Whether this organisation has the people for a playbook (row 8 of the proofs), asked where it is published.

Takes the active people with their groups, and who may start runs of a unit, from the database: three statements for
any number of people, and of playbooks. `runs.staffing` asks the same of what is published already.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.compiler import Compiled
from engine.definition import Definition
from engine.problems import Problem
from engine.proofs import prove_people
from workflows.models import Part, Person, Unit

STARTERS = (Part.Kind.MEMBER, Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER, Part.Kind.OPERATOR)
"""The parts that allow to start runs of a unit and of those below; whoever is in a role of the playbook may too."""


@dataclass(frozen=True)
class Organisation:
    """Everybody who is active and no service account, with their groups; and who may start runs of which units."""

    people: Mapping[str, Collection[str]]
    parts: tuple[tuple[str, str], ...]

    def starters(self, definition: Definition, unit: Unit) -> frozenset[str]:
        """Return who may start runs of this playbook of this unit."""
        groups = {group for role in definition.roles.values() for group in role.groups}
        named = {user for role in definition.roles.values() for user in role.users}
        named |= {username for username, held in self.people.items() if not groups.isdisjoint(held)}
        named |= {username for path, username in self.parts if unit.path.startswith(path)}
        return frozenset(named & self.people.keys())


def organisation() -> Organisation:
    """Read the people there are now. Three statements."""
    active = Person.objects.filter(is_active=True, is_service=False)
    people: dict[str, list[str]] = {username: [] for username in active.values_list("username", flat=True)}
    for username, group in active.filter(groups__isnull=False).values_list("username", "groups__name"):
        people[username].append(group)
    parts = Part.objects.filter(part__in=STARTERS, person__is_active=True)
    return Organisation(people, tuple(parts.values_list("unit__path", "person__username")))


def too_few(compiled: Compiled, definition: Definition, unit: Unit) -> tuple[Problem, ...]:
    """Return the tasks and gates of a playbook of this unit for which there are too few people now."""
    there = organisation()
    return prove_people(definition, compiled.places, there.people, compiled.file, there.starters(definition, unit))
