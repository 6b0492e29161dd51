"""What groups are good for: the roles that published playbooks make of them, and who else is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet

from dashboards.board.rows import group_name
from engine.lifecycles import VersionStatus
from runs import definitions
from workflows.models import Person, Version

PLAIN = ("source", "definition", "proven")


@dataclass(frozen=True)
class Use:
    """One published playbook and its roles that are meant."""

    version: Version
    roles: tuple[str, ...]


def of_groups(groups: Collection[str], reader: Person | None = None) -> Mapping[str, list[Use]]:
    """Return by group where it is used, in what the reader finds; definitions come from memory.

    Without a reader, everywhere: what a change leads to is told whole. One statement.
    """
    found: dict[str, list[Use]] = defaultdict(list)
    for version in _published(Q(role_groups__name__in=groups), reader) if groups else ():
        roles = definitions.of_version(version).roles
        for group in groups:
            if names := tuple(group_name(role) for role, spec in roles.items() if group in spec.groups):
                found[group].append(Use(version, names))
    return found


def of_person(person: Person, groups: Collection[str], reader: Person) -> list[Use]:
    """Return the roles that this person holds, by groups or by name, in what the reader finds. One statement."""
    held, mine = [], set(groups)
    for version in _published(Q(role_groups__name__in=groups) | Q(role_people=person), reader):
        roles = definitions.of_version(version).roles.items()
        names = (role for role, spec in roles if person.username in spec.users or not mine.isdisjoint(spec.groups))
        held.append(Use(version, tuple(group_name(role) for role in names)))
    return held


def _published(used: Q, reader: Person | None) -> QuerySet[Version]:
    versions = (
        (Version.objects.visible_to(reader) if reader else Version.objects.all())
        .playbooks()
        .filter(used, status=VersionStatus.PUBLISHED)
    )
    return versions.distinct().select_related("artifact").defer(*PLAIN).order_by("title", "pk")


def alone_in(person: Person, groups: Collection[str]) -> list[str]:
    """Return those of the groups that hold nobody but this person who could act. One statement."""
    others = Count("user", filter=Q(user__is_active=True, user__is_service=False) & ~Q(user__pk=person.pk))
    counted = Group.objects.filter(name__in=groups).annotate(others=others)
    return sorted(counted.filter(others=0).values_list("name", flat=True))
