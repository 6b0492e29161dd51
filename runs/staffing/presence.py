"""Who is away, until when, and who acts for them meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec


@dataclass(frozen=True)
class Presence:
    """`until`: whoever is away, and when they are back; `handed`: their substitutes, where they have one."""

    until: Mapping[str, datetime] = field(default_factory=dict)
    handed: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_order(self) -> tuple[str, ...]:
        """Those away, the first to be back first."""
        return tuple(sorted(self.until, key=lambda person: (self.until[person], person)))


def at(usernames: Iterable[str], now: datetime) -> Presence:
    """Say who of these people is away now."""
    wanted = sorted(set(usernames))
    if not wanted or find_spec("runs.absences") is None:
        return Presence()
    until: dict[str, datetime] = {}
    handed: dict[str, str] = {}
    for absence in import_module("runs.absences").away(wanted, now, now):
        until[absence.person] = max(absence.ends_at, until.get(absence.person, now))
        if absence.substitute:
            handed[absence.person] = absence.substitute
    return Presence(until, handed)
