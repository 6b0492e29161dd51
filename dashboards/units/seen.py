"""One unit as its page shows it: where it stands, its people, its playbooks, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from dashboards.people.told import NOBODYS, part_name
from dashboards.units.tree import counts_by
from engine.lifecycles import VersionStatus
from workflows import guard
from workflows.models import Calendar, GovernanceEntry, Part, Person, Unit, Version

ENTRIES, MOST = 12, 200
Kind = GovernanceEntry.Kind


@dataclass(frozen=True)
class Holder:
    """Somebody who holds parts here; `above` is the unit whose part reaches down to here, None for the unit itself."""

    person: Person
    parts: tuple[str, ...]
    above: Unit | None


@dataclass(frozen=True)
class Line:
    """One entry of the log of governance as a sentence."""

    entry: GovernanceEntry
    sentence: str
    quote: str

    @property
    def is_refusal(self) -> bool:
        return self.entry.kind == Kind.REFUSED


@dataclass(frozen=True)
class Seen:
    """`calendar` is the one that counts, `is_inherited` where a unit above says so."""

    above: tuple[Unit, ...]
    below: tuple[Unit, ...]
    holders: tuple[Holder, ...]
    more_holders: bool
    versions: tuple[Version, ...]
    calendar: str
    is_inherited: bool
    calendars: tuple[Calendar, ...]
    lines: tuple[Line, ...]


def read(unit: Unit, reader: Person) -> Seen:
    """Read what the page says of it to this reader: five statements, two more for who may read the log."""
    family = Unit.objects.visible_to(reader).filter(Q(path__in=unit.paths) | Q(parent=unit)).order_by("path")
    by_path = {one.path: one for one in family}
    above = tuple(by_path[path] for path in unit.paths if path != unit.path)
    calendar, is_inherited = counts_by(unit, by_path)
    parts = Part.objects.filter(unit__path__in=unit.paths, person__is_active=True).select_related("person", "unit")
    held = list(parts.order_by("-unit__path", "person__first_name", "person__last_name", "person", "part")[: MOST + 1])
    published = Version.objects.visible_to(reader).filter(artifact__unit=unit, status=VersionStatus.PUBLISHED.value)
    return Seen(
        above=above,
        below=tuple(one for one in by_path.values() if one.parent_id == unit.pk),
        holders=tuple(_holders(held[:MOST], unit)),
        more_holders=len(held) > MOST,
        versions=tuple(published.select_related("artifact").defer("source", "definition", "proven").order_by("title")),
        calendar=calendar,
        is_inherited=is_inherited,
        calendars=tuple(unit.calendars.defer("source", "content")),
        lines=tuple(_lines(unit)) if guard.may_read_directory(reader) else (),
    )


def _holders(parts: Sequence[Part], unit: Unit) -> list[Holder]:
    found: dict[tuple[int, int], list[Part]] = {}
    for part in parts:
        found.setdefault((part.unit_id, part.person_id), []).append(part)
    return [
        Holder(held[0].person, tuple(part_name(part.part) for part in held), None if at == unit.pk else held[0].unit)
        for (at, _), held in found.items()
    ]


_SAYS = {
    Kind.UNIT_ADDED: "{by} added this unit.",
    Kind.UNIT_CHANGED: "{by} changed it.",
    Kind.UNIT_MOVED: "{by} moved it.",
    Kind.REFUSED: "{by} tried to change it, and was refused.",
}


def _lines(unit: Unit) -> list[Line]:
    entries = list(GovernanceEntry.objects.filter(unit=unit, artifact=None, kind__in=_SAYS).order_by("-pk")[:ENTRIES])
    names = {person.username: str(person) for person in Person.objects.filter(username__in={one.by for one in entries})}
    return [
        Line(one, _SAYS[Kind(one.kind)].format(by=names.get(one.by) or NOBODYS.get(one.by, one.by)), one.detail)
        for one in entries
    ]
