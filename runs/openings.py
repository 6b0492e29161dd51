"""Remember who has opened a gate with what it shows now, and say who has."""

from __future__ import annotations

from collections.abc import Iterable

from runs import definitions
from runs.clock import Clock, database_clock
from runs.models import Opening, Step
from workflows.models import Person
from workflows.writing import writing


def note(step: Step, person: Person, digest: str, clock: Clock = database_clock) -> bool:
    """Keep that the person has this gate with this digest before them; False where it shows something else now.

    Only the first time counts; whether the person may see the gate is for whoever calls.
    """
    if digest != digest_of(step):
        return False
    if not Opening.objects.filter(step=step, person=person, digest=digest).exists():
        with writing():
            row = Opening(step=step, person=person, digest=digest, at=clock())
            Opening.objects.bulk_create([row], ignore_conflicts=True)  # two tabs at once are one opening
    return True


def opened(person: Person, steps: Iterable[Step]) -> frozenset[tuple[int, str]]:
    """Return which of these steps the person has opened, each with the digests it had then. One statement."""
    found = Opening.objects.filter(person=person, step__in=[step.pk for step in steps])
    return frozenset(found.values_list("step", "digest"))


def digest_of(step: Step) -> str:
    """Return the digest of what an open gate shows now; empty where it is not open or not prepared."""
    visit = definitions.state_of(step.run).visits.get(step.number)
    return visit.asking.digest if visit is not None and visit.asking is not None else ""
