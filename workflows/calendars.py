"""The calendars that a playbook may name: those of the shipped library, in `workflows/library/calendars/<name>.yaml`.

Each is read when it is first asked for: the public holidays of a country take a second to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from engine.calendars import Calendar
from engine.language.calendar import read_document

FOLDER = Path(__file__).parent / "library" / "calendars"


class BrokenCalendar(Exception):
    """A calendar of the shipped library cannot be read: the installation is broken."""


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
    calendar, problems = read_document(file.read_text(encoding="utf-8"), file.name)
    if calendar is None or calendar.name != name:
        said = problems[0].message if problems else "it has another name than its file."
        raise BrokenCalendar(f"{file.name}: {said}")
    return calendar


KNOWN = Shipped()
