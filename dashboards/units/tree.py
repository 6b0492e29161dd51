"""The tree of units as its reader sees it, each with its people, playbooks and calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.people.told import part_name
from engine.lifecycles import VersionStatus
from workflows.models import Part, Person, Unit, Version


@dataclass(frozen=True)
class Row:
    """`calendar` is the one that counts, `is_inherited` where a unit above says so; `level` is how far it is set in.

    `people` counts who holds a part in it itself, `parts` each part by its name.
    """

    unit: Unit
    level: int
    people: int
    parts: tuple[tuple[str, int], ...]
    playbooks: int
    calendar: str
    is_inherited: bool


DEEPEST = 6


def read(reader: Person) -> tuple[Row, ...]:
    """Read the tree, in its order: three statements."""
    units = list(Unit.objects.visible_to(reader).order_by("path"))
    held = Part.objects.filter(unit__in=[unit.pk for unit in units], person__is_active=True)
    rows = set(held.values_list("unit", "part", "person"))
    people = Counter(unit for unit, _ in {(unit, person) for unit, _, person in rows})
    parts = Counter((unit, part) for unit, part, _ in rows)
    published = Version.objects.visible_to(reader).filter(status=VersionStatus.PUBLISHED.value)
    books = Counter(published.order_by().values_list("artifact__unit", flat=True))
    by_path = {unit.path: unit for unit in units}
    return tuple(
        Row(
            unit,
            min(sum(path in by_path for path in unit.paths) - 1, DEEPEST),
            people[unit.pk],
            tuple((part_name(kind), parts[unit.pk, kind]) for kind in Part.Kind.values if parts[unit.pk, kind]),
            books[unit.pk],
            *counts_by(unit, by_path),
        )
        for unit in units
    )


def counts_by(unit: Unit, by_path: Mapping[str, Unit]) -> tuple[str, bool]:
    """Return the calendar by which it counts where a playbook names none, and whether that is said above it.

    Empty where no unit says any: office hours in UTC.
    """
    for path in reversed(unit.paths):
        if path in by_path and by_path[path].calendar:
            return by_path[path].calendar, path != unit.path
    return "", True
