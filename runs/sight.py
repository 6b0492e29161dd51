"""Through what one person sees runs, looked up: for lists and counts that follow indexes.

`Run.objects.visible_to` is the same as one condition. It is right for a run that is known; of a million it would have
to look at each. Here it is taken apart into grounds, each of which an index knows the runs of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from runs.models import Candidate, Delegation, Vote, seeing
from workflows.models import Person, Version


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
    """What a person sees runs through. `all`: every run there is, and then nothing else is asked."""

    person: Person
    all: bool = False
    units: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    grounds: tuple[Ground, ...] = ()

    @property
    def holds(self) -> Q:
        """What is true of every run that the person sees, in the values that were looked up."""
        return Q() if self.all else reduce(or_, (ground.holds for ground in self.grounds), Q(pk__in=[]))


def read(person: Person) -> Sight:
    """Look up what this person sees runs through. Two statements for who sees all, else six."""
    if not person.is_active:
        return Sight(person)
    sees = seeing.overseen(person)
    if sees.all:
        return Sight(person, all=True)
    units = tuple(sees.units().order_by("pk").values_list("pk", flat=True)) if sees.paths else ()
    lenders = list(Delegation.objects.in_force(timezone.now()).filter(to=person).values_list("person", flat=True))
    versions = tuple(seeing.naming(person).order_by("pk").values_list("pk", flat=True))
    return Sight(person, False, units, versions, tuple(_grounds(person, units, versions, lenders)))


def _grounds(person: Person, units: tuple[int, ...], versions: tuple[int, ...], lenders: list[int]) -> Iterator[Ground]:
    if units:
        yield Ground(Q(unit__in=units), "unit_id", units)
    if versions:
        yield Ground(Q(version__in=versions), "version_id", versions)
    yield Ground(Q(started_by=person), "started_by_id", (person.pk,))
    asked = Candidate.objects.filter(person=person)
    # asked of the few versions and not of the many steps: who is named by a playbook is asked in all of its runs
    beyond = Version.objects.filter(Exists(asked.filter(version=OuterRef("pk")))).exclude(pk__in=versions)
    if elsewhere := tuple(beyond.order_by("pk").values_list("pk", flat=True)):
        here = asked.filter(version__in=elsewhere)
        yield Ground(Q(Exists(asked.filter(step__run=OuterRef("pk")))), keys=_runs(here, "step__run"))
    votes = Vote.objects.filter(person=person, on_behalf_of__isnull=False)
    if votes.exists():
        answered = Exists(votes.filter(gate__step__run=OuterRef("pk")))
        yield Ground(Q(answered), keys=_runs(votes, "gate__step__run"))
    if lenders:
        theirs = Person.objects.filter(pk__in=lenders)
        named = [seeing.naming(one) for one in theirs]
        once = Version.objects.filter(Exists(Candidate.objects.filter(person__in=lenders, version=OuterRef("pk"))))
        lent = reduce(or_, (Q(pk__in=some.values("pk")) for some in (*named, once)))
        found = Version.objects.filter(lent).order_by("pk").values_list("pk", flat=True)
        yield Ground(seeing.lent_to(person), "version_id", tuple(found), is_narrow=True)


def _runs(rows: QuerySet, run: str) -> QuerySet:
    return rows.order_by().annotate(run_key=F(run)).values("run_key").distinct()
