"""Parts: what a person is in a unit and everything below it, from viewer to auditor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from workflows import guard
from workflows.directory.changing import BATCH, By, Kind, Made, Many, NotChanged, Outcome, make, make_many
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


def give_many(wanted: Mapping[str, Collection[tuple[str, str]]], by: By) -> Many:
    """Give people parts, by username with the part and the unit's slug of each."""

    def write(people: Mapping[str, Person]) -> Mapping[str, Sequence[Made]] | NotChanged:
        units = {unit.slug: unit for unit in Unit.objects.filter(slug__in={slug for _, slug in _each(wanted)})}
        for part, slug in _each(wanted):
            if problem := _unknown(part):
                return problem
            if slug not in units:
                return NotChanged("unknown-name", says := f"No unit is called `{slug}`.", {"unit": says})
        held = Part.objects.filter(person__username__in=people).values_list("person__username", "part", "unit__slug")
        there, rows, made = set(held), [], {}
        for name, person in people.items():
            for part, slug in dict.fromkeys(wanted[name]):
                if person.is_service and part == Part.Kind.BREAK_GLASS:
                    return NotChanged("service", says := "A service account takes no run past a gate.", {"part": says})
                if (name, part, slug) not in there:
                    rows.append(Part(unit=units[slug], person=person, part=part))
                    made.setdefault(name, []).append(Made(Kind.PART_GIVEN, about(part, units[slug])))
        Part.objects.bulk_create(rows, batch_size=BATCH)
        return made

    return make_many("give-part", list(Person.objects.filter(username__in=wanted)), by, write)


def _each(wanted: Mapping[str, Collection[tuple[str, str]]]) -> set[tuple[str, str]]:
    return {one for given in wanted.values() for one in given}


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
