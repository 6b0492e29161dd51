"""Through what a person sees runs: units that they oversee, versions that name them, and what was theirs.

Conditions on runs, without joins, so that they fit every statement that asks for runs. `runs.sight` holds the same
looked up, for lists that follow indexes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from runs.models.delegation import Delegation
from workflows.models import Part, Person, Unit
from workflows.models.walls import naming

#: Whoever has one of these parts in a unit oversees its runs and those of the units below.
OVERSEEING = (Part.Kind.OPERATOR, Part.Kind.AUDITOR)


@dataclass(frozen=True)
class Overseen:
    """The paths of the units that somebody oversees with all below; `all`: that is every unit there is."""

    paths: tuple[str, ...]
    all: bool

    def units(self) -> QuerySet[Unit]:
        return Unit.objects.filter(reduce(or_, (Q(path__startswith=path) for path in self.paths), Q(pk__in=[])))


def overseen(person: Person, parts: Collection[str] = OVERSEEING) -> Overseen:
    """Look up what the person oversees by these parts. One statement."""
    held = Part.objects.filter(unit=OuterRef("pk"), person=person, part__in=parts)
    units = Unit.objects.annotate(held=Exists(held)).filter(Q(held=True) | Q(parent=None))
    rows = list(units.values_list("path", "held"))
    paths = tuple(path for path, is_held in rows if is_held)
    return Overseen(paths, bool(rows) and all(path.startswith(paths) for path, _ in rows))


def lent_to(person: Person) -> Q:
    """Runs with a step that waits, or waited, for somebody who has delegated to this person for now."""
    candidates = apps.get_model("runs", "Candidate").objects.filter(step__run=OuterRef("pk"))
    lent = Delegation.objects.in_force(timezone.now()).filter(to=person)
    here = lent.filter(Q(playbooks=None) | Q(playbooks=OuterRef("version__artifact")))
    by_name = candidates.filter(Exists(here.filter(person=OuterRef("person"))))
    by_group = candidates.filter(Exists(here.filter(person__groups=OuterRef("group"))))
    # the first is asked once and not of each run, and is nearly always the answer
    return Q(Exists(lent)) & (Q(Exists(by_name)) | Q(Exists(by_group)))


def answered_for(person: Person) -> Q:
    """Runs in which the person has voted for somebody: they stay theirs to see."""
    votes = apps.get_model("runs", "Vote").objects.filter(person=person, on_behalf_of__isnull=False)
    return Q(pk__in=votes.values("gate__step__run"))


def visible_to(person: Person) -> Q | None:
    """Return what is true of every run that the person may see; None for who may see them all. One statement."""
    sees = overseen(person)
    return None if sees.all else _through(person, sees)


def taking_part(person: Person) -> Q:
    """Return what is true of the runs that the person sees by more than auditing their unit. One statement."""
    sees = overseen(person, [Part.Kind.OPERATOR])
    return Q() if sees.all else _through(person, sees)


def _through(person: Person, sees: Overseen) -> Q:
    asked = apps.get_model("runs", "Candidate").objects.filter(person=person, step__run=OuterRef("pk"))
    mine = Q(started_by=person) | Q(version__in=naming(person)) | Exists(asked)
    if sees.paths:
        mine |= Q(unit__in=sees.units())
    return mine | lent_to(person) | answered_for(person)
