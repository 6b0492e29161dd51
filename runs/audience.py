"""Who of these people may see which of these runs: `Run.objects.visible_to` asked for many people at once.

The same rule from the runs' side, as one statement: news of a few runs are told to hundreds of people many times a
second, and would wait for a statement for each of them, and even for the ORM to write this one. A test holds the two
together, for every person and every run of a house.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import connection
from django.utils import timezone

from runs.models import Candidate, Delegation, Run
from runs.models.seeing import OVERSEEING
from workflows.models import Person

Audience = Mapping[int, frozenset[UUID]]

#: Whoever oversees the unit, started it, is named by the version, was asked, or has voted for another.
RULES = """
WITH asked AS (SELECT id, version_id, unit_id, started_by_id FROM runs_run WHERE id IN ({runs})),
seen AS (
    SELECT part.person_id, asked.id FROM asked
      JOIN workflows_unit unit ON unit.id = asked.unit_id
      JOIN workflows_unit above ON substr(unit.path, 1, length(above.path)) = above.path
      JOIN workflows_part part ON part.unit_id = above.id AND part.part IN ({parts})
    UNION SELECT started_by_id, id FROM asked
    UNION SELECT named.person_id, asked.id FROM asked
      JOIN workflows_version_role_people named ON named.version_id = asked.version_id
    UNION SELECT member.person_id, asked.id FROM asked
      JOIN workflows_version_role_groups named ON named.version_id = asked.version_id
      JOIN workflows_person_groups member ON member.group_id = named.group_id
    UNION SELECT candidate.person_id, asked.id FROM asked
      JOIN runs_step step ON step.run_id = asked.id
      JOIN runs_candidate candidate ON candidate.step_id = step.id AND candidate.person_id IS NOT NULL
    UNION SELECT vote.person_id, asked.id FROM asked
      JOIN runs_step step ON step.run_id = asked.id
      JOIN runs_vote vote ON vote.gate_id = step.id AND vote.on_behalf_of_id IS NOT NULL
)
SELECT seen.person_id, seen.id FROM seen JOIN workflows_person person ON person.id = seen.person_id
WHERE person.is_active AND person.id IN ({people})
"""


def audience(people: Collection[int], runs: Collection[UUID]) -> Audience:
    """Return the runs that each may see, by person. Two statements; five where somebody acts for somebody now."""
    seen: dict[int, set[UUID]] = defaultdict(set)
    if people and runs:
        for person, run in [*_by_themselves(people, runs), *_for_others(people, runs)]:
            seen[person].add(run)
    return {person: frozenset(found) for person, found in seen.items()}


def _by_themselves(people: Collection[int], runs: Collection[UUID]) -> list[tuple[int, UUID]]:
    key = Run._meta.pk
    values = [[key.get_db_prep_value(run, connection) for run in runs], [part.value for part in OVERSEEING], [*people]]
    marks = [", ".join(["%s"] * len(some)) for some in values]
    statement = RULES.format(runs=marks[0], parts=marks[1], people=marks[2])
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for some in values for value in some])
        return [(person, key.to_python(run)) for person, run in cursor.fetchall()]


def _for_others(people: Collection[int], runs: Collection[UUID]) -> list[tuple[int, UUID]]:
    """Return what those may see who act for somebody now: where that one, or a group of theirs, was asked."""
    lent = list(Delegation.objects.in_force(timezone.now()).filter(to__in=people).values_list("pk", "to", "person"))
    if not lent:
        return []
    playbooks: dict[int, set[int]] = defaultdict(set)
    of_lent = Delegation.playbooks.through.objects.filter(delegation__in=[pk for pk, _, _ in lent])
    for pk, artifact in of_lent.values_list("delegation", "artifact"):
        playbooks[pk].add(artifact)
    groups: dict[int, set[int]] = defaultdict(set)
    members = Person.groups.through.objects.filter(person__in={person for _, _, person in lent})
    for person, group in members.values_list("person", "group"):
        groups[person].add(group)
    candidates = Candidate.objects.filter(step__run__in=runs)
    asked = list(candidates.values_list("step__run", "version__artifact", "person", "group").distinct())
    return [
        (to, run)
        for pk, to, person in lent
        for run, artifact, by_name, by_group in asked
        if (by_name == person or by_group in groups[person]) and (not playbooks[pk] or artifact in playbooks[pk])
    ]
