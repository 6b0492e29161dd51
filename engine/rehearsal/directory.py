"""Who is in which group, who is active, who is away, and who acts for whom, in a rehearsal.

`operator` may operate every run, and pass over its gates. Whoever is named exists: a scenario need not list somebody
whom the playbook names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.definition import Definition
from engine.machine.events import ENGINE
from engine.machine.exclusion import USER


@dataclass(frozen=True, slots=True)
class Lent:
    """`to` may act with the rights of `by` from `since`, in some playbooks or (none named) in all.

    It stands until `until`; None: until it is taken back, or, where `by` is only away meanwhile, until they are back.
    """

    by: str
    to: str
    since: datetime
    until: datetime | None = None
    playbooks: tuple[str, ...] = ()
    while_away: bool = False

    def is_in_force(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Away:
    """A person is away from `since` until `until`; None: until they are back."""

    person: str
    since: datetime
    until: datetime | None = None

    def is_now(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


@dataclass
class People:
    """What all playbooks see alike. `named` is everybody who was ever asked about."""

    groups: dict[str, set[str]] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    lent: list[Lent] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)


class Directory:
    """The people as one playbook sees them, by its roles. `under` gives the same people as another one sees them."""

    def __init__(self, definition: Definition, people: Mapping[str, Iterable[str]]) -> None:
        self.definition = definition
        self.people = People({person: set(groups) for person, groups in people.items()}, named=set(people))

    def under(self, definition: Definition) -> Directory:
        other = Directory(definition, {})
        other.people = self.people
        return other

    @property
    def groups(self) -> Mapping[str, set[str]]:
        return self.people.groups

    @property
    def inactive(self) -> set[str]:
        return self.people.inactive

    @property
    def named(self) -> set[str]:
        return self.people.named

    def join(self, person: str, groups: Iterable[str]) -> None:
        self.named.add(person)
        self.people.groups.setdefault(person, set()).update(groups)

    def leave(self, person: str, groups: Iterable[str]) -> None:
        """Leave these groups, or all where none is named."""
        self.named.add(person)
        left = set(groups) or set(self.groups.get(person, ()))
        self.people.groups.setdefault(person, set()).difference_update(left)

    def deactivate(self, person: str) -> None:
        self.named.add(person)
        self.inactive.add(person)

    def serve(self, name: str, groups: Iterable[str]) -> None:
        """Let this account be a program's, whatever groups it is in."""
        self.join(name, groups)
        self.people.services.add(name)

    def is_service(self, name: str) -> bool:
        return name in self.people.services

    # ---- who acts for whom

    def lend(self, lent: Lent) -> None:
        self.named.update((lent.by, lent.to))
        self.people.lent.append(lent)

    def take_back(self, person: str, *, while_away: bool = False) -> None:
        """End what this person has lent, to everybody: of their own accord, or as a substitute."""
        ends = [one for one in self.people.lent if (one.by, one.while_away) == (person, while_away)]
        self.people.lent[:] = [one for one in self.people.lent if one not in ends]

    def leave_for(self, person: str, since: datetime, until: datetime | None, substitute: str = "") -> None:
        """Be away; a substitute acts for them meanwhile."""
        self.named.add(person)
        self.people.away.append(Away(person, since, until))
        if substitute:
            self.lend(Lent(person, substitute, since, until, while_away=True))

    def come_back(self, person: str) -> None:
        """Be there again; no substitute acts for them any more."""
        self.people.away[:] = [one for one in self.people.away if one.person != person]
        self.take_back(person, while_away=True)

    def delegators_of(self, person: str, now: datetime) -> tuple[str, ...]:
        """Return whose rights this person may use now in this playbook: an active person's, as one."""
        if person == ENGINE or not self._is_there(person):
            return ()
        covers = [one for one in self.people.lent if not one.playbooks or self.definition.playbook in one.playbooks]
        found = [one.by for one in covers if one.to == person and one.is_in_force(now) and self._is_there(one.by)]
        return tuple(dict.fromkeys(found))

    def present(self, people: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Return these people without those who are away; all of them where nobody else is there."""
        everybody = tuple(people)
        gone = {one.person for one in self.people.away if one.is_now(now)}
        return tuple(person for person in everybody if person not in gone) or everybody

    # ---- who is what

    def _is_there(self, person: str) -> bool:
        return person not in self.inactive and not self.is_service(person)

    def roles_of(self, person: str) -> tuple[str, ...]:
        """Return the roles a person holds now and `user:<person>`; nothing for who is inactive, or a program."""
        if person == ENGINE:
            return ()
        self.named.add(person)
        if not self._is_there(person):
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
            return (person,) if self._is_there(person) else ()
        role = self.definition.roles.get(name)
        known = {*self.groups, *(role.users if role is not None else ())}
        return tuple(sorted(person for person in known if name in self.roles_of(person)))

    def meaning(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the groups and the people that a role, or `user:x`, stands for."""
        if name.startswith(USER):
            return (), (name.removeprefix(USER),)
        role = self.definition.roles.get(name)
        return (role.groups, role.users) if role is not None else ((), ())
