"""Who is away, until when, and who acts for them meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runs import absences


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
    gone = absences.away_now(usernames, now)
    until = {username: absence.ends_at for username, absence in gone.items()}
    handed = {username: absence.substitute.username for username, absence in gone.items() if absence.substitute}
    return Presence(until, handed)
