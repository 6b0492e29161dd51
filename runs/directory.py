"""Who holds which role at this instant: the organisation as the machine needs it.

Takes people, groups and parts from the database (a fixed number of statements for any number of people)
and leaves `Facts` for the machine and full names for sentences. Nothing is remembered between two
questions: rights that were lost a moment ago are lost here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import Group

from engine.definition import Definition
from engine.machine import called_gates
from engine.machine.concerning import meant as meant
from engine.machine.concerning import others_of as others_of
from engine.machine.concerning import visit_of as visit_of
from engine.machine.concerning import voters_of as voters_of
from engine.machine.events import ENGINE, Facts
from engine.machine.state import State
from runs import delegations
from runs.delegations import Hand
from workflows.models import Part, Person
from workflows.playbooks import by_digest

USER = "user:"


@dataclass(frozen=True)
class Member:
    """One person as the directory knows them.

    `operates` and `breaks_glass` are the paths of the units whose runs they may operate, and take past a gate.
    `service`: no person but a program's account, which holds no role and decides nothing.
    """

    pk: int
    username: str
    name: str
    active: bool
    groups: frozenset[str]
    operates: tuple[str, ...] = ()
    breaks_glass: tuple[str, ...] = ()
    service: bool = False


@dataclass(frozen=True)
class Directory:
    """The people that were asked about, and what they hold of others. Whoever is not in it does not exist."""

    members: Mapping[str, Member] = field(default_factory=dict)
    hands: Mapping[str, tuple[Hand, ...]] = field(default_factory=dict)

    def roles(self, definition: Definition, username: str) -> tuple[str, ...]:
        """Return the roles of this playbook that the person holds now, and `user:<name>`; inactive: none."""
        member = self.members.get(username)
        if member is None or not member.active or member.service:
            return ()
        held = [
            role
            for role, spec in definition.roles.items()
            if username in spec.users or not member.groups.isdisjoint(spec.groups)
        ]
        return (*sorted(held), USER + username)

    def is_service(self, username: str) -> bool:
        member = self.members.get(username)
        return bool(member and member.service)

    def operates(self, username: str, unit_path: str) -> bool:
        member = self.members.get(username)
        return bool(member and member.active and any(unit_path.startswith(path) for path in member.operates))

    def breaks_glass(self, username: str, unit_path: str) -> bool:
        member = self.members.get(username)
        return bool(member and member.active and any(unit_path.startswith(path) for path in member.breaks_glass))

    def facts(
        self,
        definition: Definition,
        unit_path: str,
        state: State | None,
        actor: str,
        visit: int | None,
        others: Collection[str] = (),
    ) -> Facts:
        """Return what an act of this actor at this visit needs to know, and who of its voters holds what now.

        `others` are people whom the act concerns beside the actor.
        """
        voted = voters_of(state, visit)
        at_gate = visit is not None and state is not None and visit in state.visits and state.visits[visit].asking
        handed = self.delegators(definition, actor) if visit is not None else ()
        voters = sorted(({*voted, actor} if at_gate else set()).union(others, handed) - {ENGINE})
        operates = self.operates(actor, unit_path)
        return Facts(
            roles=self.roles(definition, actor),
            operator=operates,
            breaks_glass=self.breaks_glass(actor, unit_path),
            voters={name: self.roles(definition, name) for name in voters},
            service=self.is_service(actor),
            delegators=handed,
            gated=called_gates.gated(state, by_digest) if operates else (),
        )

    def delegators(self, definition: Definition, username: str) -> tuple[str, ...]:
        """Return whose rights in this playbook the person may use, themselves no service and active."""
        return delegations.delegators_of(self.hands.get(username, ()), definition.playbook)

    def name(self, username: str) -> str:
        """Return the full name, or the username of whoever is not known."""
        member = self.members.get(username)
        return member.name if member else username


def look_up(
    usernames: Iterable[str], acting: Iterable[str] = (), now: datetime | None = None, hold: bool = False
) -> Directory:
    """Read these people, with groups and the units they operate: two statements for any number.

    Of those who are `acting`, `now`, also what they hold of whom, and these people: one statement more. `hold` as in
    `delegations.hands`.
    """
    hands = delegations.hands(acting, now, hold) if now is not None else {}
    lenders = {hand.delegator for held in hands.values() for hand in held}
    wanted = sorted(lenders.union(usernames) - {ENGINE, ""})
    if not wanted:
        return Directory()
    found: dict[str, Person] = {}
    groups: dict[str, set[str]] = {}
    columns = ("pk", "username", "first_name", "last_name", "is_active", "is_service", "groups__name")
    for pk, username, first, last, active, service, group in Person.objects.filter(username__in=wanted).values_list(
        *columns
    ):
        found[username] = Person(
            pk=pk, username=username, first_name=first, last_name=last, is_active=active, is_service=service
        )
        groups.setdefault(username, set()).add(group or "")
    held: dict[tuple[str, str], tuple[str, ...]] = {}
    parts = Part.objects.filter(person__username__in=wanted, part__in=[Part.Kind.OPERATOR, Part.Kind.BREAK_GLASS])
    for username, path, part in parts.values_list("person__username", "unit__path", "part"):
        held[username, part] = (*held.get((username, part), ()), path)
    return Directory(
        {
            username: Member(
                pk=person.pk,
                username=username,
                name=str(person),
                active=person.is_active,
                groups=frozenset(groups[username]) - {""},
                operates=held.get((username, Part.Kind.OPERATOR.value), ()),
                breaks_glass=held.get((username, Part.Kind.BREAK_GLASS.value), ()),
                service=person.is_service,
            )
            for username, person in found.items()
        },
        hands,
    )


def people_of(asked: Iterable[tuple[Definition, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return who each name (a role of the definition, or `user:x`) means now: active people, by username; no services.

    The result is keyed by (digest of the definition, name). Two statements for any number of names.
    """
    asked = list(asked)
    groups: set[str] = set()
    users: set[str] = set()
    for definition, name in asked:
        named_groups, named_users = meaning(definition, name)
        groups.update(named_groups)
        users.update(named_users)
    in_group: dict[str, set[str]] = {}
    members = Group.objects.filter(name__in=groups, user__is_active=True, user__is_service=False)
    for group, username in members.values_list("name", "user__username"):
        in_group.setdefault(group, set()).add(username)
    people = Person.objects.filter(username__in=users, is_active=True, is_service=False)
    active = set(people.values_list("username", flat=True))
    answer: dict[tuple[str, str], tuple[str, ...]] = {}
    for definition, name in asked:
        named_groups, named_users = meaning(definition, name)
        meant = active.intersection(named_users).union(*(in_group.get(group, set()) for group in named_groups))
        answer[definition.digest, name] = tuple(sorted(meant))
    return answer


def meaning(definition: Definition, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the groups and the usernames that a role id or `user:<name>` stands for."""
    if name.startswith(USER):
        return (), (name.removeprefix(USER),)
    role = definition.roles.get(name)
    return (role.groups, role.users) if role else ((), ())
