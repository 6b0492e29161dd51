"""Groups: who is in which. Playbooks give roles to groups, so a membership is a right to decide and to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import Group

from engine.problems import did_you_mean
from workflows.directory.changing import BATCH, By, Kind, Made, Many, NotChanged, Outcome, make, make_many
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


def join_many(wanted: Mapping[str, Collection[str]], by: By) -> Many:
    """Take people into groups, by username with the groups of each. Groups that are not there come to be."""
    names = {group for groups in wanted.values() for group in groups}

    def write(people: Mapping[str, Person]) -> Mapping[str, Sequence[Made]] | NotChanged:
        known = {group.name: group for group in Group.objects.filter(name__in=names)}
        new = sorted(names - known.keys())
        if problem := next((problem for group in new if (problem := _unknown(group, is_new=True))), None):
            return problem
        Group.objects.bulk_create([Group(name=name) for name in new])
        known = {group.name: group for group in Group.objects.filter(name__in=names)}
        members = Person.groups.through
        held = members.objects.filter(person__username__in=people, group__name__in=names)
        there = set(held.values_list("person__username", "group__name"))
        joining = [
            (name, group) for name in people for group in dict.fromkeys(wanted[name]) if (name, group) not in there
        ]
        rows = [members(person_id=people[name].pk, group_id=known[group].pk) for name, group in joining]
        members.objects.bulk_create(rows, batch_size=BATCH)
        made: dict[str, list[Made]] = {}
        for name, group in joining:
            made.setdefault(name, []).append(Made(Kind.JOINED, group, "a new group" if group in new else ""))
        return made

    return make_many("join", list(Person.objects.filter(username__in=wanted)), by, write)


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
