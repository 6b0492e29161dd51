"""The runs of one scenario: those that it begins and those that these call, on one clock, with one directory.

Carries out what a run asks of other runs, fires due timers in their order, and gives places to those that wait for
one. Whatever comes from outside goes through here, so that a twin can be told the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from engine.definition import Definition
from engine.language.scenario import Scenario
from engine.machine import ladder
from engine.machine.commands import Refusal
from engine.machine.events import Event, Fire, Start
from engine.machine.state import Timer, Visit
from engine.machine.turn import after
from engine.rehearsal.addresses import address_of
from engine.rehearsal.play import Directory, Play
from engine.rehearsal.twin import Difference, Twin


class NotThere(LookupError):
    """An address leads to a run that has not begun."""


@dataclass
class World:
    """`plays` are the runs in the order in which they began, `begun` those that the scenario itself began.

    `path` are the visits that completed, of all runs; `where` maps a run to what stands before the addresses in it.
    """

    library: Mapping[str, Definition]
    directory: Directory
    now: datetime
    plays: list[Play] = field(default_factory=list)
    begun: list[Play] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    picked: list[tuple[str, str, str]] = field(default_factory=list)
    twin: Twin | None = None

    @classmethod
    def of(cls, scenario: Scenario, definition: Definition, library: Mapping[str, Definition]) -> World:
        return cls(library, Directory(definition, scenario.people), scenario.start.at)

    # ---- asking

    @property
    def main(self) -> Play:
        if not self.begun:
            raise NotThere("No run has begun.")
        return self.begun[0]

    def at(self, address: str) -> tuple[Play, str]:
        """Return the run that an address leads to, and the address within it. Raises `NotThere`."""
        meant = address_of(address)
        if meant.run > len(self.begun):
            raise NotThere(f"Run {meant.run} has not begun.")
        return self.begun[meant.run - 1], str(meant.spot)

    def run(self, name: str) -> Play:
        """Return the run with this number (`2`), or that which a call began (`sub/deeper`). Raises `NotThere`."""
        return self.at(f"{name}/x")[0]

    def visits(self) -> Iterator[tuple[str, Play, Visit]]:
        """Give every open visit with its address and its run."""
        for play in self.plays:
            for visit in play.current.visits.values():
                yield self.address(play, visit), play, visit

    def address(self, play: Play, visit: Visit | int) -> str:
        """Return how a scenario names this visit."""
        number = visit if isinstance(visit, int) else visit.number
        return self.where[play.current.run] + play.spots[number]

    def reminded(self) -> set[str]:
        """Return who was reminded since this was last asked."""
        found = set().union(*(play.reminded for play in self.plays))
        for play in self.plays:
            play.reminded.clear()
        return found

    # ---- acting

    def start(self, definition: Definition, person: str, inputs: Mapping[str, Any]) -> Refusal | None:
        """Begin a run; `inputs` are encoded values."""
        run = str(UUID(int=len(self.begun) + 1))
        play = self._play(definition)
        event = Start(at=self.now, actor=person, run=run, inputs=inputs)
        answer = self._begin(play, event, f"{len(self.begun) + 1}/" if self.begun else "")
        if answer is None:
            self.begun.append(play)
            self._gather(play)
        if self.twin is not None:
            self.twin.start(play, event, answer)
        return answer

    def _play(self, definition: Definition) -> Play:
        directory = self.directory.under(definition)
        return Play(definition, directory, self.now, picked=self.picked, beside=self.plays)

    def _begin(self, play: Play, event: Start, where: str) -> Refusal | None:
        self.plays.append(play)
        answer = play.apply(replace(event, facts=play.facts_of(event)))
        if isinstance(answer, Refusal):
            self.plays.remove(play)
            return answer
        self.where[event.run] = where
        return None

    def apply(self, play: Play, event: Event) -> Refusal | None:
        """Let this happen to a run, with the facts that the directory has now, and all that follows from it."""
        answer = self._apply(play, event)
        if self.twin is not None:
            self.twin.deliver(play, event, answer)
        return answer

    def _apply(self, play: Play, event: Event) -> Refusal | None:
        play.now = self.now
        answer = play.apply(replace(event, facts=play.facts_of(event)))
        if isinstance(answer, Refusal):
            return answer
        self._gather(play)
        return None

    def _gather(self, play: Play) -> None:
        where = self.where[play.current.run]
        self.path += [where + spot for spot in play.path]
        play.path.clear()

    def advance(self, length: timedelta) -> None:
        """Let time pass; each timer fires at its own time, in order: due, then run, then as within one run."""
        until = after(self.now, length)
        while (found := self._due(until)) is not None:
            play, timer = found
            self.now = max(self.now, timer.due_at)
            if self._apply(play, Fire(at=self.now, timer=timer.key)) is not None:
                break
        self.now = until
        if self.twin is not None:
            self.twin.advance(until)

    def _due(self, until: datetime) -> tuple[Play, Timer] | None:
        found = [
            (play, timer)
            for play in self.plays
            if play.is_under_way and not play.current.paused
            for timer in ladder.due(play.current.timers.values(), until)[:1]
        ]
        return min(found, key=lambda one: one[1].due_at, default=None)

    def difference(self) -> Difference | None:
        """Return in what the twin, if there is one, is not where this world is."""
        return None if self.twin is None else self.twin.difference()


Twinning = Callable[[World], Twin]
