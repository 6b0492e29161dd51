"""Who of these people may see which of these runs: `Run.objects.visible_to` asked for many people at once.

The same rule, from the runs' side: news of a few runs are told to hundreds of people, and a statement for each of them
would be what the news wait for. A test holds the two together, for every person and every run of a house.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.utils import timezone

from runs.models import Candidate, Delegation, Run, Vote
from runs.models.seeing import OVERSEEING
from workflows.models import Part, Person, Version

Audience = Mapping[int, frozenset[UUID]]


def audience(people: Collection[int], runs: Collection[UUID]) -> Audience:
    """Return the runs that each may see, by person. Eight statements, and one for each who acts for somebody now."""
    active = set(Person.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    seen: dict[int, set[UUID]] = {person: set() for person in active}
    rows = list(Run.objects.filter(pk__in=runs).values_list("pk", "version", "unit__path", "started_by"))
    overseen = Part.objects.filter(person__in=active, part__in=OVERSEEING)
    units = list(overseen.values_list("person", "unit__path"))
    named = _named(active, {version for _, version, _, _ in rows})
    for run, version, path, starter in rows:
        for person in {
            *(person for person, above in units if path.startswith(above)),
            *named[version],
            *({starter} & active),
        }:
            seen[person].add(run)
    for person, run in _asked_or_voted(active, runs):
        seen[person].add(run)
    for person in _acting_for_somebody(active):
        seen[person.pk].update(Run.objects.visible_to(person).filter(pk__in=runs).values_list("pk", flat=True))
    return {person: frozenset(found) for person, found in seen.items()}


def _named(people: set[int], versions: set[int]) -> Mapping[int, set[int]]:
    """Return those whom the roles of each version name, by group or by username."""
    found: dict[int, set[int]] = defaultdict(set)
    by_name = Version.role_people.through.objects.filter(version__in=versions, person__in=people)
    for version, person in by_name.values_list("version", "person"):
        found[version].add(person)
    groups = list(Version.role_groups.through.objects.filter(version__in=versions).values_list("version", "group"))
    members: dict[int, set[int]] = defaultdict(set)
    of_groups = Person.groups.through.objects.filter(group__in={group for _, group in groups}, person__in=people)
    for group, person in of_groups.values_list("group", "person"):
        members[group].add(person)
    for version, group in groups:
        found[version] |= members[group]
    return found


def _asked_or_voted(people: set[int], runs: Collection[UUID]) -> Iterable[tuple[int, UUID]]:
    asked = Candidate.objects.filter(step__run__in=runs, person__in=people)
    voted = Vote.objects.filter(gate__step__run__in=runs, person__in=people, on_behalf_of__isnull=False)
    return [*asked.values_list("person", "step__run"), *voted.values_list("person", "gate__step__run")]


def _acting_for_somebody(people: set[int]) -> Iterable[Person]:
    return Person.objects.filter(pk__in=Delegation.objects.in_force(timezone.now()).filter(to__in=people).values("to"))
