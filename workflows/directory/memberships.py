"""Groups: who is in which. Playbooks give roles to groups, so a membership is a right to decide and to do."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group

from engine.problems import did_you_mean
from workflows.directory.changing import By, Kind, Made, NotChanged, Outcome, make
from workflows.models import Person

LONGEST_NAME = 150


def join(person: Person, group: str, by: By, is_new: bool = False, at: datetime | None = None) -> Outcome:
    """Take somebody into a group. A group comes to be with its first member, if `is_new` says that this is meant.

    A group is never renamed or removed: playbooks and logs name it.
    """
    group = group.strip()

    def write(person: Person) -> Made | NotChanged | None:
        found = Group.objects.filter(name=group).first()
        if found is None and (problem := _unknown(group, is_new)):
            return problem
        if found is not None and person.groups.filter(pk=found.pk).exists():
            return None
        person.groups.add(found or Group.objects.create(name=group))
        return Made(Kind.JOINED, group, "" if found else "a new group")

    return make("join", person, by, write, about=group, at=at)


def leave(person: Person, group: str, by: By, at: datetime | None = None) -> Outcome:
    """Take somebody out of a group. What they decided stays decided; what they may still vote on they may not now."""
    group = group.strip()

    def write(person: Person) -> Made | NotChanged | None:
        found = Group.objects.filter(name=group).first()
        if found is None:
            return _unknown(group, is_new=False)
        if not person.groups.filter(pk=found.pk).exists():
            return None
        person.groups.remove(found)
        return Made(Kind.LEFT, group)

    return make("leave", person, by, write, about=group, at=at)


def _unknown(group: str, is_new: bool) -> NotChanged | None:
    """Say what is wrong with a name that no group has; nothing where a new one of this name may come to be."""
    if not group:
        return NotChanged("bad-value", says := "Name a group.", {"group": says})
    if not is_new:
        hint = did_you_mean(group, Group.objects.values_list("name", flat=True)) or ""
        says = f"No group is called `{group}`. {hint}".strip()
        return NotChanged("unknown-name", says, {"group": says})
    if len(group) > LONGEST_NAME:
        says = f"A group's name has {LONGEST_NAME} characters at most."
        return NotChanged("bad-value", says, {"group": says})
    return None
