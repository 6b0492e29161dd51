"""Who may look at how the engine is: operators, auditors and administrators, whatever their unit."""

from __future__ import annotations

from workflows.models import Part, Person

PARTS = (Part.Kind.OPERATOR, Part.Kind.AUDITOR)


def may_see_health(person: Person) -> bool:
    """Say whether this person may. It is of the installation as a whole, and tells nothing of anybody's run."""
    if not person.is_authenticated or not person.is_active:
        return False
    return person.is_superuser or person.parts.filter(part__in=PARTS).exists()
