"""One person as their page shows them: groups, parts, what these let them do, what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.board.rows import group_name
from dashboards.people import effects, roles, told
from dashboards.people.roles import Use
from dashboards.people.told import Line
from runs.models import Absence
from workflows.models import Part, Person

ENTRIES = 12
AHEAD = timedelta(days=90)


@dataclass(frozen=True)
class Held:
    """One part: what it is called, and what it lets its holder do."""

    part: Part
    name: str
    allows: str

    @property
    def key(self) -> str:
        """How the form that takes it away names it."""
        return f"{self.part.part}:{self.part.unit.slug}"


@dataclass(frozen=True)
class Seen:
    groups: tuple[tuple[str, str], ...]
    parts: tuple[Held, ...]
    uses: tuple[Use, ...]
    open_tasks: int
    absences: tuple[Absence, ...]
    lines: tuple[Line, ...]
    has_more: bool


def read(person: Person, reader: Person, now: datetime) -> Seen:
    """Read what the page says of them to this reader: seven statements, for auditors and process owners eight."""
    names = sorted(person.groups.values_list("name", flat=True))
    held = person.parts.select_related("unit").order_by("unit__path", "part")
    away = Absence.objects.visible_to(reader).between(now, now + AHEAD).filter(person=person)
    entries = list(person.directory_entries.select_related("person").order_by("-pk")[: ENTRIES + 1])
    return Seen(
        groups=tuple((name, group_name(name)) for name in names),
        parts=tuple(Held(part, part.get_part_display().capitalize(), told.ALLOWS[part.part]) for part in held),
        uses=() if person.is_service else tuple(roles.of_person(person, names, reader)),
        open_tasks=effects.open_tasks(person),
        absences=tuple(away.select_related("substitute").order_by("starts_at", "pk")),
        lines=tuple(told.lines(entries[:ENTRIES])),
        has_more=len(entries) > ENTRIES,
    )
