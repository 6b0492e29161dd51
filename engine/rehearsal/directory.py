"""Who is in which group, and who is active, in a rehearsal. `operator` may operate every run, and pass over its gates.

Whoever is named exists: a scenario need not list somebody whom the playbook names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.definition import Definition
from engine.machine.events import ENGINE
from engine.machine.exclusion import USER


class Directory:
    """The people as one playbook sees them, by its roles. `under` gives the same people as another playbook sees them.

    `named` is everybody who was ever asked about, by either.
    """

    def __init__(self, definition: Definition, people: Mapping[str, Iterable[str]]) -> None:
        self.definition = definition
        self.groups = {person: set(groups) for person, groups in people.items()}
        self.inactive: set[str] = set()
        self.named: set[str] = set(people)

    def under(self, definition: Definition) -> Directory:
        other = Directory(definition, {})
        other.groups, other.inactive, other.named = self.groups, self.inactive, self.named
        return other

    def join(self, person: str, groups: Iterable[str]) -> None:
        self.named.add(person)
        self.groups.setdefault(person, set()).update(groups)

    def leave(self, person: str, groups: Iterable[str]) -> None:
        """Leave these groups, or all where none is named."""
        self.named.add(person)
        left = set(groups) or set(self.groups.get(person, ()))
        self.groups.setdefault(person, set()).difference_update(left)

    def deactivate(self, person: str) -> None:
        self.named.add(person)
        self.inactive.add(person)

    def roles_of(self, person: str) -> tuple[str, ...]:
        """Return the roles a person holds now and `user:<person>`; nothing for an inactive one."""
        if person == ENGINE:
            return ()
        self.named.add(person)
        if person in self.inactive:
            return ()
        groups = self.groups.get(person, set())
        held = [
            role
            for role, spec in sorted(self.definition.roles.items())
            if person in spec.users or groups.intersection(spec.groups)
        ]
        return (*held, USER + person)

    def people_of(self, name: str) -> tuple[str, ...]:
        """Return whom a role, or `user:x`, means now."""
        if name.startswith(USER):
            person = name.removeprefix(USER)
            self.named.add(person)
            return () if person in self.inactive else (person,)
        role = self.definition.roles.get(name)
        known = {*self.groups, *(role.users if role is not None else ())}
        return tuple(sorted(person for person in known if name in self.roles_of(person)))

    def meaning(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the groups and the people that a role, or `user:x`, stands for."""
        if name.startswith(USER):
            return (), (name.removeprefix(USER),)
        role = self.definition.roles.get(name)
        return (role.groups, role.users) if role is not None else ((), ())
