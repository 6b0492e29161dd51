"""The calendars that a playbook may name: those of the shipped library, and those that the organisation keeps.

The shipped ones are `workflows/library/calendars/<name>.yaml`; they are all that a file knows which is only compiled or
rehearsed. What is published may name those of the organisation too, and counts by the calendar of its unit where it
names none. Each is read when it is first asked for: the public holidays of a country take a second to find.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from engine.calendars import OFFICE_HOURS, Calendar
from engine.calendars import calendar as stored
from engine.language.calendar import read_document
from workflows import models
from workflows.models import Unit

FOLDER = Path(__file__).parent / "library" / "calendars"


class BrokenCalendar(Exception):
    """A calendar of the shipped library cannot be read, or a unit counts by one that is not there."""


class Shipped(Mapping[str, Calendar]):
    """The shipped calendars by name."""

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())

    def __contains__(self, name: object) -> bool:
        return name in _names()

    def __getitem__(self, name: str) -> Calendar:
        if name not in self:
            raise KeyError(name)
        return _read(name)


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def _read(name: str) -> Calendar:
    file = FOLDER / f"{name}.yaml"
    calendar, problems = read_document(source(name), file.name)
    if calendar is None or calendar.name != name:
        said = problems[0].message if problems else "it has another name than its file."
        raise BrokenCalendar(f"{file.name}: {said}")
    return calendar


def source(name: str) -> str:
    """Return a shipped calendar as written."""
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


#: The shipped calendars: all that may be named where there is no organisation.
KNOWN = Shipped()


class Known(Mapping[str, Calendar]):
    """The shipped calendars and those of the organisation, as they were when this was made. One query."""

    def __init__(self) -> None:
        self._own = dict(models.Calendar.objects.values_list("name", "digest"))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*KNOWN, *self._own}))

    def __len__(self) -> int:
        return len({*KNOWN, *self._own})

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in KNOWN

    def __getitem__(self, name: str) -> Calendar:
        return by_digest(self._own[name]) if name in self._own else KNOWN[name]


@lru_cache(maxsize=256)
def by_digest(digest: str) -> Calendar:
    """Return the calendar of the organisation with this digest. Raises `LookupError` when none has it."""
    content = models.Calendar.objects.filter(digest=digest).values_list("content", flat=True).first()
    if content is None:
        raise LookupError(f"no calendar has the digest {digest}")
    return stored.from_json(json.loads(content))


def usual(unit: Unit) -> Calendar:
    """Return what business time of this unit's playbooks counts by where they name no calendar.

    That of the unit, of the nearest unit above it that has one, or office hours in UTC.
    """
    names = Unit.objects.filter(path__in=unit.paths).exclude(calendar="").order_by("path")
    name = names.values_list("calendar", flat=True).last()
    if name is None:
        return OFFICE_HOURS
    try:
        return Known()[name]
    except KeyError:
        raise BrokenCalendar(f"{unit.title} counts by the calendar `{name}`, which is not there.") from None


def usual_of(units: Iterable[Unit]) -> Mapping[int, Calendar]:
    """Return the same for many units, by their keys; office hours where a calendar is not there. Two statements."""
    own = dict(Unit.objects.exclude(calendar="").values_list("path", "calendar"))
    known = Known()
    found = {}
    for unit in units:
        name = next((own[path] for path in reversed(unit.paths) if path in own), "")
        found[unit.pk] = known.get(name, OFFICE_HOURS)
    return found
