"""The runs of one scenario: those that it begins and those that these call, on one clock, with one directory.

Carries out what a run asks of other runs, fires due timers in their order, and gives places to those that wait for
one. Whatever comes from outside goes through here, so that a twin can be told the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from engine.definition import CallSpec, Definition
from engine.language.scenario import Scenario
from engine.machine import children, ladder
from engine.machine.commands import Command, Refusal, StartChild, TellChild, TellParent
from engine.machine.events import Admit, Event, Fire, Start
from engine.machine.moments import after
from engine.machine.state import Timer, Visit
from engine.rehearsal.addresses import Called, address_of
from engine.rehearsal.places import Places
from engine.rehearsal.play import Directory, Play
from engine.rehearsal.twin import Difference, Twin


class NotThere(LookupError):
    """An address leads to a run that has not begun."""


@dataclass
class World:
    """`plays` are the runs in the order in which they began, `begun` those that the scenario itself began.

    `definition` is the playbook that the scenario is about, `library` what it calls, `versions` what its runs are moved
    to, by name as the scenario writes it. `completed` are the visits
    that did, of all runs; `where` maps a run to what stands before the addresses in it.
    """

    definition: Definition
    library: Called
    directory: Directory
    now: datetime
    plays: list[Play] = field(default_factory=list)
    begun: list[Play] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)
    completed: list[tuple[Play, int]] = field(default_factory=list)
    picked: list[tuple[str, str, str]] = field(default_factory=list)
    unheard: deque[tuple[Play, Command]] = field(default_factory=deque)
    twin: Twin | None = None
    versions: Mapping[str, Definition] = field(default_factory=dict)

    @cached_property
    def places(self) -> Places:
        return Places(self.plays)

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        definition: Definition,
        library: Called,
        versions: Mapping[str, Definition] = MappingProxyType({}),
    ) -> World:
        directory = Directory(definition, scenario.people)
        return cls(definition, library, directory, scenario.start.at, versions=versions)

    @cached_property
    def published(self) -> Mapping[str, tuple[int, ...]]:
        """The numbers of each playbook that the scenario begins or calls, as calls write them, by its id."""
        found: dict[str, set[int]] = {self.definition.playbook: {1}}
        for playbook, version in self.library:
            found.setdefault(playbook, set()).add(int(version.removeprefix("^") or 1))
        return {playbook: tuple(sorted(numbers)) for playbook, numbers in found.items()}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """What people call each version, by digest: those that runs are moved to come after the others."""
        known = [self.definition, *self.library.values()]
        last = {playbook: numbers[-1] for playbook, numbers in self.published.items()}
        found = {one.digest: last[one.playbook] for one in known}
        for version in self.versions.values():
            if version.digest not in found:
                found[version.digest] = last[version.playbook] = last.get(version.playbook, 0) + 1
        return found

    # ---- asking

    @property
    def main(self) -> Play:
        if not self.begun:
            raise NotThere("No run has begun.")
        return self.begun[0]

    def at(self, address: str) -> tuple[Play, str]:
        """Return the run that an address leads to, and the address within it. Raises `NotThere`."""
        meant = address_of(address)
        if not 1 <= meant.run <= len(self.begun):
            raise NotThere(f"Run {meant.run} has not begun.")
        play = self.begun[meant.run - 1]
        for call in meant.calls:
            where = f"{self.where[play.current.run]}{call}/"
            found = [child for child in self.plays if self.where[child.current.run] == where]
            if not found:
                raise NotThere(f"`{call}` has called no run.")
            play = found[-1]
        play.now = self.now
        return play, str(meant.spot)

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

    @property
    def path(self) -> list[str]:
        """The addresses of the visits that completed and were not undone, of all runs, in that order."""
        return [self.address(play, visit) for play, visit in self.completed if visit not in play.undone]

    def reminded(self) -> set[str]:
        """Return who was reminded since this was last asked."""
        found = set().union(*(play.reminded for play in self.plays))
        for play in self.plays:
            play.reminded.clear()
        return found

    # ---- acting

    def start(self, definition: Definition, person: str, inputs: Mapping[str, Any]) -> Refusal | None:
        """Begin a run; `inputs` are encoded values."""
        nth = len(self.begun) + 1
        event = Start(at=self.now, actor=person, run=str(UUID(int=nth)), inputs=inputs, calls=self.calls(definition))
        play = self._play(definition)
        self.begun.append(play)
        answer = self._begin(play, event, f"{nth}/" if nth > 1 else "")
        if answer is not None:
            self.begun.remove(play)
        self._follow()
        if self.twin is not None:
            self.twin.start(play, event, answer)
        return answer

    def apply(self, play: Play, event: Event) -> Refusal | None:
        """Let this happen to a run, with the facts that the directory has now, and all that follows from it."""
        answer = self._apply(play, event)
        self._follow()
        if self.twin is not None:
            self.twin.deliver(play, event, answer)
        return answer

    def _play(self, definition: Definition) -> Play:
        directory = self.directory.under(definition)
        versions = {one.digest: one for one in (self.definition, *self.library.values(), *self.versions.values())}
        return Play(
            definition,
            directory,
            self.now,
            picked=self.picked,
            beside=self.plays,
            called=self.library,
            versions=versions,
        )

    def calls(self, definition: Definition) -> dict[str, str]:
        """Return which definitions the calls of a playbook mean."""
        works = ((step.id, step.does) for step in definition.steps.values() if isinstance(step.does, CallSpec))
        meant = {step: self.library.get((does.playbook, does.version)) for step, does in works}
        return {step: child.digest for step, child in meant.items() if child is not None}

    def _begin(self, play: Play, event: Start, where: str) -> Refusal | None:
        placed = self.places.ask(play.definition, event)
        if isinstance(placed, Refusal):
            return placed
        self.where[event.run] = where
        self.plays.append(play)
        answer = self._apply(play, placed)
        if answer is not None:
            self.plays.remove(play)
        return answer

    def _apply(self, play: Play, event: Event) -> Refusal | None:
        play.now = self.now
        answer = play.apply(replace(event, facts=play.facts_of(event)))
        if isinstance(answer, Refusal):
            return answer
        known = sum(one is play for one, _ in self.completed)
        self.completed += [(play, visit) for visit in play.completed[known:]]
        self.unheard += [(play, command) for command in play.unheard]
        play.unheard.clear()
        return None

    # ---- between the runs

    def _follow(self) -> None:
        """Carry over what runs say to each other, first said first, and let in who waits for a place that is free."""
        while True:
            while self.unheard:
                self._carry(*self.unheard.popleft())
            waiting = self.places.next_in()
            if waiting is None or self._apply(waiting, Admit(at=self.now)) is not None:
                return

    def _carry(self, play: Play, command: Command) -> None:
        match command:
            case StartChild():
                self._begin_child(play, command)
            case TellChild():
                self._apply(self._of(command.run), children.told(command, self.now))
            case TellParent():
                self._apply(self._of(command.run), children.ended(command, self.now))

    def _begin_child(self, parent: Play, command: StartChild) -> None:
        definition = next(one for one in self.library.values() if one.digest == command.digest)
        above = parent.current
        answer = children.start_of(command, above.run, above.started_by, definition, self.now)
        if isinstance(answer, Start):
            start = replace(answer, calls=self.calls(definition))
            begun = self._begin(self._play(definition), start, f"{self.address(parent, command.visit)}/")
        else:
            begun = answer
        if begun is not None:
            self._apply(parent, children.refused(command, begun, self.now))

    def _of(self, run: str) -> Play:
        return next(play for play in self.plays if play.current.run == run)

    # ---- time

    def advance(self, length: timedelta) -> None:
        """Let time pass; timers fire at their own times, those of one time by run, and in their order."""
        until = after(self.now, length)
        while (due_at := self._next_due()) is not None and due_at <= until:
            self.now = max(self.now, due_at)
            fired = [self._apply(play, Fire(at=self.now, timer=timer.key)) is None for play, timer in self._due()]
            if not any(fired):
                break
            self._follow()
        self.now = until
        if self.twin is not None:
            self.twin.advance(until)

    def _next_due(self) -> datetime | None:
        running = (play for play in self.plays if play.is_under_way and not play.current.paused)
        return min((timer.due_at for play in running for timer in play.current.timers.values()), default=None)

    def _due(self) -> list[tuple[Play, Timer]]:
        running = [play for play in self.plays if play.is_under_way and not play.current.paused]
        return [(play, timer) for play in running for timer in ladder.due(play.current.timers.values(), self.now)]

    def difference(self) -> Difference | None:
        """Return in what the twin, if there is one, is not where this world is."""
        return None if self.twin is None else self.twin.difference()


Twinning = Callable[[World], Twin]
