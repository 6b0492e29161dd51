"""Whether this organisation has the people for a playbook (row 8 of the proofs), asked where it is published.

Takes the active people with their groups, and who may start runs of a unit, from the database: three statements for
any number of people.
"""

from __future__ import annotations

from engine.compiler import Compiled
from engine.definition import Definition
from engine.problems import Problem
from engine.proofs import prove_people
from workflows.models import Part, Person, Unit

STARTERS = (Part.Kind.MEMBER, Part.Kind.AUTHOR, Part.Kind.PROCESS_OWNER, Part.Kind.OPERATOR)
"""The parts that allow to start runs of a unit and of those below; whoever is in a role of the playbook may too."""


def too_few(compiled: Compiled, definition: Definition, unit: Unit) -> tuple[Problem, ...]:
    """Return the tasks and gates of a playbook of this unit for which there are too few people now."""
    active = Person.objects.filter(is_active=True, is_service=False)
    people: dict[str, list[str]] = {username: [] for username in active.values_list("username", flat=True)}
    for username, group in active.filter(groups__isnull=False).values_list("username", "groups__name"):
        people[username].append(group)
    groups = {group for role in definition.roles.values() for group in role.groups}
    starters = {user for role in definition.roles.values() for user in role.users}
    starters |= {username for username, held in people.items() if not groups.isdisjoint(held)}
    parts = Part.objects.filter(part__in=STARTERS, unit__path__in=unit.paths, person__is_active=True)
    starters |= set(parts.values_list("person__username", flat=True))
    return prove_people(definition, compiled.places, people, compiled.file, starters & people.keys())
