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
from workflows.prepared import among, rows

Audience = Mapping[int, frozenset[UUID]]

#: Whoever oversees the unit, started it, is named by the version, was asked, or has voted for another. Without a run
#: stand those to whom somebody has handed something at some time: of them more is asked.
RULES = """
WITH asked AS (SELECT id, version_id, unit_id, started_by_id FROM runs_run WHERE id {runs}),
reader AS (SELECT id FROM workflows_person WHERE is_active AND id {people})
SELECT reader.id, asked.id FROM reader
  JOIN workflows_part part ON part.person_id = reader.id AND part.part {parts}
  JOIN workflows_unit above ON above.id = part.unit_id
  JOIN asked ON TRUE
  JOIN workflows_unit unit ON unit.id = asked.unit_id AND substr(unit.path, 1, length(above.path)) = above.path
UNION ALL SELECT reader.id, asked.id FROM asked JOIN reader ON reader.id = asked.started_by_id
UNION ALL SELECT reader.id, asked.id FROM asked
  JOIN workflows_version_role_people named ON named.version_id = asked.version_id
  JOIN reader ON reader.id = named.person_id
UNION ALL SELECT reader.id, asked.id FROM reader
  JOIN workflows_person_groups member ON member.person_id = reader.id
  JOIN workflows_version_role_groups named ON named.group_id = member.group_id
  JOIN asked ON asked.version_id = named.version_id
UNION ALL SELECT reader.id, asked.id FROM asked
  JOIN runs_step step ON step.run_id = asked.id
  JOIN runs_candidate candidate ON candidate.step_id = step.id
  JOIN reader ON reader.id = candidate.person_id
UNION ALL SELECT reader.id, asked.id FROM asked
  JOIN runs_step step ON step.run_id = asked.id
  JOIN runs_vote vote ON vote.gate_id = step.id AND vote.on_behalf_of_id IS NOT NULL
  JOIN reader ON reader.id = vote.person_id
UNION ALL SELECT reader.id, NULL FROM reader
  JOIN runs_delegation lent ON lent.to_id = reader.id AND lent.status = 'given'
"""


def audience(people: Collection[int], runs: Collection[UUID]) -> Audience:
    """Return the runs that each may see, by person. One statement; four more where somebody acts for somebody now."""
    seen: dict[int, set[UUID]] = defaultdict(set)
    substitutes: set[int] = set()
    for person, run in _by_themselves(people, runs) if people and runs else ():
        if run is None:
            substitutes.add(person)
        else:
            seen[person].add(run)
    for person, run in _for_others(substitutes, runs) if substitutes else ():
        seen[person].add(run)
    return {person: frozenset(found) for person, found in seen.items()}


def _by_themselves(people: Collection[int], runs: Collection[UUID]) -> list[tuple[int, UUID | None]]:
    known: dict[object, UUID | None] = {None: None}
    known |= {Run._meta.pk.get_db_prep_value(run, connection): run for run in runs}
    keys = [key for key in known if key is not None]
    written = [among(some) for some in (keys, [*people], [part.value for part in OVERSEEING])]
    marks = dict(zip(("runs", "people", "parts"), (text for text, _ in written), strict=True))
    found = rows(RULES.format(**marks), [value for _, values in written for value in values])
    return [(person, known[run]) for person, run in found]


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
