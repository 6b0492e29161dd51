"""Who may look at how gates are staffed and what they cost: those who answer for a unit, operate or audit it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from runs.models import Shortage
from workflows.models import Part, Person, Unit

#: The parts that show the gates of a unit and those below.
PARTS = (Part.Kind.PROCESS_OWNER, Part.Kind.OPERATOR, Part.Kind.AUDITOR)
#: The parts that show, besides, how each person decides.
OF_PEOPLE = (Part.Kind.PROCESS_OWNER, Part.Kind.AUDITOR)


def paths(person: Person) -> tuple[str, ...]:
    """Return the units whose gates this person may look at, each with what stands below it. One statement."""
    return _paths(person, PARTS)


def may_see_people(person: Person, unit: Unit) -> bool:
    """Say whether this person may see who decides how quickly at the gates of this unit."""
    return bool(set(_paths(person, OF_PEOPLE)) & set(unit.paths))


def _paths(person: Person, kinds: tuple[Part.Kind, ...]) -> tuple[str, ...]:
    if not person.is_authenticated or not person.is_active:
        return ()
    return tuple(person.parts.filter(part__in=kinds).values_list("unit__path", flat=True).distinct())


def published_count(units_and_below: Collection[str]) -> int:
    """Count the steps of playbooks published in these units and below that have too few people in any case."""
    units = Q(pk__in=[])
    for path in units_and_below:
        units |= Q(version__artifact__unit__path__startswith=path)
    return Shortage.objects.filter(units, run=None, resolved_at=None, is_warning=False).count()
