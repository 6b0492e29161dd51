"""The roles of a run's playbook and who is in them now; a role nobody holds is said aloud."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.board.rows import group_name
from engine.definition import Definition
from runs import directory
from workflows.models import Person

MOST = 8


@dataclass(frozen=True)
class Role:
    """`more` people beyond those shown."""

    name: str
    people: tuple[Person, ...]
    more: int


def of(definition: Definition) -> tuple[Role, ...]:
    """Ask the directory who holds each role today. Three queries."""
    held = directory.people_of((definition, role) for role in definition.roles)
    shown = {username for people in held.values() for username in people[:MOST]}
    by_name = {person.username: person for person in Person.objects.filter(username__in=shown)}
    roles = []
    for role in definition.roles:
        people = held[definition.digest, role]
        named = tuple(by_name[username] for username in people[:MOST] if username in by_name)
        roles.append(Role(group_name(role), named, len(people) - len(named)))
    return tuple(roles)
