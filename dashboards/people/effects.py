"""What a change of somebody's memberships will lead to, said before it is made."""

from __future__ import annotations

from collections.abc import Collection

from django.http import QueryDict

from dashboards.board.rows import group_name
from dashboards.people import roles
from dashboards.shelf.names import listed
from engine.lifecycles import VISIT_OPEN
from runs.models import Step
from workflows.models import Person


def of_joining(person: Person, asked: QueryDict) -> list[str]:
    said = [
        "Playbooks give roles to groups: whoever is in one may do its tasks and decide at its gates, in runs too that "
        "are under way."
    ]
    if group := asked.get("group", ""):
        said += _roles(group)
    if person.is_service:
        said.append("A service account sees their runs by this, and decides and does nothing.")
    return said


def of_leaving(person: Person, asked: QueryDict) -> list[str]:
    said = [
        f"From now on {person} may not do or decide what this group may, in runs too that are under way. What they "
        "decided stays decided."
    ]
    if (group := asked.get("group", "")) and person.groups.filter(name=group).exists():
        said += [*_roles(group), *_alone(person, [group])]
    return [*said, *_tasks(person)]


def of_shutting_out(person: Person, _: QueryDict) -> list[str]:
    """Their tasks are not taken from them here: an operator of the run knows whom to give them to."""
    said = [
        f"{person} cannot sign in any more, and open sessions end at once. Groups and parts stay for when they come "
        "back, and count for nothing until then."
    ]
    return [*said, *_tasks(person), *_alone(person, list(person.groups.values_list("name", flat=True)))]


def open_tasks(person: Person) -> int:
    """Count the tasks that they have taken and not handed in."""
    return Step.objects.filter(claimed_by=person, status__in=VISIT_OPEN).count()


def _tasks(person: Person) -> list[str]:
    count = open_tasks(person)
    if not count:
        return []
    are = "open task is" if count == 1 else "open tasks are"
    return [f"{count} {are} theirs, and stay so until an operator of the run reassigns them."]


def _alone(person: Person, groups: Collection[str]) -> list[str]:
    used = roles.of_groups(roles.alone_in(person, groups))
    if not used:
        return []
    titles = sorted({use.version.title for uses in used.values() for use in uses})
    left = listed([group_name(name) for name in sorted(used)])
    return [f"Nobody else is in {left}: {listed(titles)} would have nobody for it."]


def _roles(group: str) -> list[str]:
    uses = roles.of_groups([group]).get(group, [])
    if not uses:
        return [f"No published playbook uses {group_name(group)} yet."]
    said = [f"{listed(list(use.roles)).lower()} in {use.version.title}" for use in uses]
    return [f"{group_name(group)} is {listed(said)}."]
