"""What a second world must be able to do that is told the same as the rehearsal, line by line: that of real runs.

The rehearsal says what came from outside; its twin does that with what it is made of, and says whether it is where the
rehearsal is. `runs.rehearsal` is the one that there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from engine.machine.commands import Refusal
from engine.machine.events import Event
from engine.rehearsal.play import Play


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing in which the two worlds differ: `mine` is the rehearsal's."""

    message: str
    mine: Any
    other: Any


class Twin(Protocol):
    """Told after the rehearsal itself: `answer` is what it came to there, None for accepted."""

    def start(self, play: Play, event: Event, answer: Refusal | None) -> None:
        """Begin this run by this event."""

    def deliver(self, play: Play, event: Event, answer: Refusal | None) -> None:
        """Let this happen to this run."""

    def advance(self, until: datetime) -> None:
        """Let time pass, and do on the way what falls due."""

    def difference(self) -> Difference | None:
        """Return the first difference there is by now."""
