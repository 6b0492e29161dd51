"""Parts: what a person is in a unit and everything below it, from viewer to auditor."""

from __future__ import annotations

from datetime import datetime

from workflows import guard
from workflows.directory.changing import By, Kind, Made, NotChanged, Outcome, make
from workflows.models import Part, Person, Unit


def give(person: Person, part: str, unit: Unit, by: By, at: datetime | None = None) -> Outcome:
    """Give somebody a part in a unit. A service account takes no run past a gate."""

    def write(person: Person) -> Made | NotChanged | None:
        if problem := _unknown(part):
            return problem
        if person.is_service and part == Part.Kind.BREAK_GLASS:
            return NotChanged("service", says := "A service account takes no run past a gate.", {"part": says})
        _, is_new = Part.objects.get_or_create(unit=unit, person=person, part=part)
        return Made(Kind.PART_GIVEN, about(part, unit)) if is_new else None

    return make("give-part", person, by, write, about=about(part, unit), at=at)


def take(person: Person, part: str, unit: Unit, by: By, at: datetime | None = None) -> Outcome:
    """Take a part in a unit away from somebody. Parts in units above it are not touched."""

    def write(person: Person) -> Made | NotChanged | None:
        if problem := _unknown(part):
            return problem
        if part == Part.Kind.PROCESS_OWNER and not (verdict := guard.may_lose_a_process_owner(person, unit)):
            return NotChanged(verdict.code, verdict.sentence)
        taken, _ = Part.objects.filter(unit=unit, person=person, part=part).delete()
        return Made(Kind.PART_TAKEN, about(part, unit)) if taken else None

    return make("take-part", person, by, write, about=about(part, unit), at=at)


def about(part: str, unit: Unit) -> str:
    """How the log names it, such as `operator in /company/platform/`."""
    return f"{part} in {unit.path}"


def _unknown(part: str) -> NotChanged | None:
    if part in Part.Kind.values:
        return None
    says = f"There is no part `{part}`: {', '.join(Part.Kind.values)}."
    return NotChanged("unknown-name", says, {"part": says})
