"""One run within one batch: where it was, the events it takes, and all that followed from them.

Takes a locked run (or a new one), leaves entries, touched visits and commands for `runs.records` to write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from engine.definition import Definition
from engine.machine.commands import (
    Advance,
    Move,
    NeedPick,
    NeedRoster,
    Perform,
    Refusal,
    StartChild,
    TellChild,
    TellParent,
)
from engine.machine.events import Event
from engine.machine.state import State, Visit
from runs import definitions, ledger
from runs.models import Entry, Run
from workflows.models import Version

Asked = Perform | StartChild | TellChild | TellParent


@dataclass
class Happened:
    """One accepted event with its entry and its moves."""

    event: Event
    entry: Entry
    moves: tuple[Move, ...]


@dataclass
class Story:
    """`before` is None for a run that starts; `asked` are (entry's seq, place in it, command).

    `target` is the version that an event is about to move the run to.
    """

    run: Run
    definition: Definition
    unit_path: str
    before: State | None
    state: State | None
    head: str = ""
    happened: list[Happened] = field(default_factory=list)
    touched: dict[int, Visit] = field(default_factory=dict)
    asked: list[tuple[int, int, Asked]] = field(default_factory=list)
    target: Version | None = None

    @classmethod
    def of(cls, run: Run, state: State | None = None) -> Story:
        """Begin with a run as it is; `state` is its state, where that has been read already."""
        state = state or definitions.state_of(run)
        definition = definitions.by_digest(state.definition)
        return cls(run, definition, run.unit.path, before=state, state=state, head=run.head)

    @classmethod
    def new(cls, pk: UUID, version: Version, key: str | None) -> Story:
        unit = version.artifact.unit
        run = Run(pk=pk, version=version, unit=unit, start_key=key or "")
        return cls(run, definitions.of_version(version), unit.path, before=None, state=None)

    @property
    def defined_before(self) -> Definition:
        """The definition that `before` names: another one where an event has moved the run since."""
        return definitions.by_digest(self.before.definition) if self.before else self.definition

    @property
    def entries(self) -> list[Entry]:
        return [happening.entry for happening in self.happened]

    def take(self, event: Event) -> Advance | Refusal:
        """Let the machine decide; what it accepts becomes part of the story."""
        step = definitions.take(self.definition, self.state, event)
        if isinstance(step, Refusal):
            return step
        entry = ledger.entry(self.run, self.head, self.definition.digest, event, step)
        self.head = entry.hash
        self._follow(event, entry, step)
        return step

    def attempt(self, event: Event) -> Advance | Refusal:
        """Take it in memory alone, for whoever asks what would follow (`runs.trial`): no entry is sealed."""
        step = definitions.take(self.definition, self.state, event)
        if isinstance(step, Advance):
            entry = Entry(run=self.run, seq=step.state.seq, at=step.state.at, kind=event.kind, actor=event.actor)
            self._follow(event, entry, step)
        return step

    def _follow(self, event: Event, entry: Entry, step: Advance) -> None:
        self.state = step.state
        if step.state.definition != self.definition.digest:
            self.definition = definitions.by_digest(step.state.definition)
            self.run.version = self.target or self.run.version
        self.happened.append(Happened(event, entry, step.moves))
        self.touched |= {visit.number: visit for visit in step.touched}
        asked = [command for command in step.commands if not isinstance(command, NeedRoster | NeedPick)]
        self.asked += [(entry.seq, nth, command) for nth, command in enumerate(asked)]
