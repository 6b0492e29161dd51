"""Through what one person sees runs, looked up: for lists and counts that follow indexes.

`Run.objects.visible_to` is the same as one condition. It is right for a run that is known; of a million it would have
to look at each. Here it is taken apart into grounds, each of which an index knows the runs of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from runs.models import Candidate, Delegation, Run, Vote, seeing
from runs.models.run import RunQuerySet
from workflows.models import Part, Person, Version
from workflows.prepared import rows


@dataclass(frozen=True)
class Ground:
    """Runs that are seen for one reason: those whose `column` is one of `values`, or those of `keys`, by id.

    `holds` is the same as a condition; with `is_narrow`, only some of those runs are seen, and it says which.
    """

    holds: Q
    column: str = ""
    values: tuple[int, ...] = ()
    keys: QuerySet | None = None
    is_narrow: bool = False


@dataclass(frozen=True)
class Sight:
    """What a person sees runs through. `all`: every run there is, and then nothing else is asked.

    `operates`: some of them may be theirs to act on as an operator (`runs.guard.may_operate` says of which).
    """

    person: Person
    all: bool = False
    units: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    grounds: tuple[Ground, ...] = ()
    operates: bool = False

    @property
    def holds(self) -> Q:
        """What is true of every run that the person sees, in the values that were looked up."""
        return Q() if self.all else reduce(or_, (ground.holds for ground in self.grounds), Q(pk__in=[]))

    @property
    def runs(self) -> RunQuerySet:
        """Every run that the person sees: those of `visible_to`, for statements that follow an index to many of them.

        What an index has of a run, its version above all, is asked before what the run must be read for.
        """
        return Run.objects.filter(self.holds)


#: Everything by which somebody sees runs, as pairs of what it is and a key; written out, as it comes before every list.
#: Units that they oversee, by themselves or from above; roots of the tree that they do not; versions that name them;
#: other versions in whose runs they were asked; whether they have voted for somebody, and operate any unit; who
#: has ever lent them rights.
GROUNDS = """
WITH overseen AS (
    SELECT unit.path FROM workflows_part part JOIN workflows_unit unit ON unit.id = part.unit_id
    WHERE part.person_id = %s AND part.part IN ({parts})
),
named AS (
    SELECT role.version_id FROM workflows_person_groups member
    JOIN workflows_version_role_groups role ON role.group_id = member.group_id WHERE member.person_id = %s
    UNION SELECT version_id FROM workflows_version_role_people WHERE person_id = %s
)
SELECT 'unit' AS ground, unit.id AS found FROM workflows_unit unit
    WHERE EXISTS (SELECT 1 FROM overseen WHERE substr(unit.path, 1, length(overseen.path)) = overseen.path)
UNION ALL SELECT 'beyond', unit.id FROM workflows_unit unit
    WHERE unit.parent_id IS NULL AND NOT EXISTS (SELECT 1 FROM overseen WHERE overseen.path = unit.path)
UNION ALL SELECT 'named', version_id FROM named
UNION ALL SELECT 'asked', version.id FROM workflows_version version
    WHERE version.id NOT IN (SELECT version_id FROM named) AND EXISTS (
        SELECT 1 FROM runs_candidate asked WHERE asked.person_id = %s AND asked.version_id = version.id
    )
UNION ALL SELECT 'voted', 0 WHERE EXISTS (
    SELECT 1 FROM runs_vote vote WHERE vote.person_id = %s AND vote.on_behalf_of_id IS NOT NULL
)
UNION ALL SELECT 'operates', 0 WHERE EXISTS (
    SELECT 1 FROM workflows_part part WHERE part.person_id = %s AND part.part = %s
)
UNION ALL SELECT 'lent', lent.person_id FROM runs_delegation lent WHERE lent.to_id = %s AND lent.status = 'given'
ORDER BY 1, 2
"""


def read(person: Person) -> Sight:
    """Look up what this person sees runs through. One statement; two more where others have lent them rights."""
    if not person.is_active:
        return Sight(person)
    found: dict[str, list[int]] = defaultdict(list)
    parts = [part.value for part in seeing.OVERSEEING]
    statement = GROUNDS.format(parts=", ".join(["%s"] * len(parts)))
    for ground, key in rows(statement, [person.pk, *parts, *[person.pk] * 5, Part.Kind.OPERATOR.value, person.pk]):
        found[ground].append(key)
    if found["unit"] and not found["beyond"]:
        return Sight(person, all=True, operates=bool(found["operates"]))
    units, versions = tuple(found["unit"]), tuple(found["named"])
    return Sight(person, False, units, versions, tuple(_grounds(person, found)), bool(found["operates"]))


def _grounds(person: Person, found: Mapping[str, list[int]]) -> Iterator[Ground]:
    if units := tuple(found["unit"]):
        yield Ground(Q(unit__in=units), "unit_id", units)
    if versions := tuple(found["named"]):
        yield Ground(Q(version__in=versions), "version_id", versions)
    yield Ground(Q(started_by=person), "started_by_id", (person.pk,))
    if found["asked"]:
        # asked of the few versions and not of the many steps: who is named by a playbook is asked in all of its runs
        asked = Candidate.objects.filter(person=person, version__in=found["asked"])
        yield Ground(Q(Exists(asked.filter(step__run=OuterRef("pk")))), keys=_runs(asked, "step__run"))
    if found["voted"]:
        votes = Vote.objects.filter(person=person, on_behalf_of__isnull=False)
        answered = Exists(votes.filter(gate__step__run=OuterRef("pk")))
        yield Ground(Q(answered), keys=_runs(votes, "gate__step__run"))
    lenders = list(_lenders(person)) if found["lent"] else []
    if lenders:
        theirs = Person.objects.filter(pk__in=lenders)
        named = [seeing.naming(one) for one in theirs]
        once = Version.objects.filter(Exists(Candidate.objects.filter(person__in=lenders, version=OuterRef("pk"))))
        lent = reduce(or_, (Q(pk__in=some.values("pk")) for some in (*named, once)))
        of_these = Version.objects.filter(lent).order_by("pk").values_list("pk", flat=True)
        yield Ground(seeing.lent_to(person), "version_id", tuple(of_these), is_narrow=True)


def _lenders(person: Person) -> QuerySet:
    """Return the keys of those whose rights this person has now."""
    return Delegation.objects.in_force(timezone.now()).filter(to=person).values_list("person", flat=True)


def _runs(rows: QuerySet, run: str) -> QuerySet:
    return rows.order_by().annotate(run_key=F(run)).values("run_key").distinct()
