"""One run in memory: the machine, a directory of people and the time that it is told.

It does what the server does around `advance`: writes into each event what the directory says, and answers what the
machine asks of the directory. What concerns other runs it leaves, in `unheard`, to whoever holds several
(`engine.rehearsal.world`). No provider is called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from engine.definition import Definition, StepSpec, TaskSpec
from engine.language.verbs import OPERATOR
from engine.lifecycles import RUN_ENDED, VisitStatus
from engine.machine import called_gates, ladder
from engine.machine.advance import advance
from engine.machine.commands import Advance, Command, Move, NeedPick, NeedRoster, Perform, Refusal
from engine.machine.concerning import meant, others_of, visit_of, voters_of
from engine.machine.events import ENGINE, Complete, Event, Facts, Fire, Load, Migrate, Pick, Roster, Start, Tick
from engine.machine.moments import after
from engine.machine.state import State, Visit
from engine.rehearsal.addresses import Called, address_of, spot_of
from engine.rehearsal.directory import Directory as Directory


@dataclass
class Play:
    """One run. `events` and `answers` hold what was accepted; the rest what came of it.

    Steps are named by their addresses (`engine.rehearsal.addresses.Spot`); `spots` has them by visit. `picked` is
    whose turn it was, by playbook and step, and `beside` the runs that are played together: shared by all of them.
    `versions` are the definitions that it may be moved to, by digest, and `left` what it took in those that it was
    moved from.
    """

    definition: Definition
    directory: Directory
    now: datetime
    state: State | None = None
    events: list[Event] = field(default_factory=list)
    answers: list[Advance] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    completed: list[int] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)
    reminded: set[str] = field(default_factory=set)
    spots: dict[int, str] = field(default_factory=dict)
    visit_of: dict[str, int] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    unheard: list[Command] = field(default_factory=list)
    picked: list[tuple[str, str, str]] = field(default_factory=list)
    beside: list[Play] = field(default_factory=list)
    called: Called = field(default_factory=dict)
    versions: Mapping[str, Definition] = field(default_factory=dict)
    left: list[tuple[Definition, Counter[tuple[str, str]]]] = field(default_factory=list)

    # ---- asking

    @property
    def path(self) -> list[str]:
        """The visits that completed and were not undone, in that order."""
        return [self.spots[visit] for visit in self.completed if visit not in self.undone]

    @property
    def current(self) -> State:
        assert self.state is not None
        return self.state

    def open_visit(self, step: str) -> Visit | None:
        """Return the open visit of a step."""
        return next((visit for visit in self.current.visits.values() if str(spot_of(visit)) == step), None)

    def visit(self, step: str) -> int:
        """Return the number of the step's last visit, 0 where there was none."""
        return self.visit_of.get(step, 0)

    def digest(self, gate: str, old: bool = False) -> str:
        """Return the digest of what a gate shows, or the last one that is no longer true."""
        known = self.digests.get(gate, [""])
        return next((digest for digest in reversed(known) if digest != known[-1]), "old") if old else known[-1]

    def facts(self, person: str, visit: int | None = None, *others: str) -> Facts:
        """Return what the directory says about somebody who is about to act on a visit, and whom it concerns too."""
        there = self.state.visits.get(visit) if self.state is not None and visit is not None else None
        at_gate = {*voters_of(self.state, visit), person} if there is not None and there.asking is not None else set()
        operates = person == OPERATOR and person not in self.directory.inactive
        lent = self.directory.delegators_of(person, self.now) if visit is not None else ()
        voters = sorted(at_gate.union(others, lent) - {ENGINE})
        return Facts(
            roles=self.directory.roles_of(person),
            operator=operates,
            breaks_glass=operates,
            voters={voter: self.directory.roles_of(voter) for voter in voters},
            delegators=lent,
            service=self.directory.is_service(person),
            gated=called_gates.gated(self.state, self._by_digest) if operates else (),
        )

    def _by_digest(self, digest: str) -> Definition:
        return next(one for one in self.called.values() if one.digest == digest)

    def facts_of(self, event: Event) -> Facts:
        """Return the facts that the server would write into this event; who they are, the actor proves themselves."""
        facts = self.facts(event.actor, visit_of(self.state, event), *others_of(event))
        return replace(facts, reauthenticated=event.facts.reauthenticated)

    # ---- acting

    def start(self, person: str, inputs: Mapping[str, Any], run: str = "rehearsal") -> Advance | Refusal:
        """Start the run; `inputs` are encoded values."""
        return self.apply(Start(at=self.now, actor=person, facts=self.facts(person), run=run, inputs=inputs))

    def apply(self, event: Event) -> Advance | Refusal:
        """Apply one event and what the machine asks of the directory thereupon."""
        event = meant(self.definition, self.state, event)
        after = self.versions.get(event.to) if isinstance(event, Migrate) else None
        answer = advance(self.definition, self.state, event, after)
        if isinstance(answer, Refusal):
            return answer
        self.state = answer.state
        if after is not None:
            self._go_on_in(after)
        self.events.append(event)
        self.answers.append(answer)
        self._remember(answer)
        for command in answer.commands:
            if isinstance(command, NeedRoster):
                people = {name: self.directory.people_of(name) for name in command.names}
                self.apply(Roster(at=self.now, visit=command.visit, people=people, rung=command.rung))
            elif isinstance(command, NeedPick):
                self.apply(Pick(at=self.now, visit=command.visit, people=self._loads(command)))
            elif not isinstance(command, Perform):
                self.unheard.append(command)
        return answer

    def _go_on_in(self, after: Definition) -> None:
        """Follow a move to another version. Where votes stay at a gate, what is shown has a new digest."""
        self.left.append((self.definition, self.taken))
        self.taken = Counter()
        self.definition, self.directory = after, self.directory.under(after)
        for visit in self.current.visits.values():
            if visit.asking is not None:
                self.digests.setdefault(str(spot_of(visit)), []).append(visit.asking.digest)

    def _loads(self, need: NeedPick) -> dict[str, Load]:
        """Return what each of the role has to do, and whose turn at this step was when: the latest is the greatest."""
        people = self.directory.present(self.directory.people_of(need.role), self.now)
        here = (self.definition.playbook, need.step)
        last = {person: turn for turn, (*where, person) in enumerate(self.picked) if tuple(where) == here}
        past = sorted((person for person in people if person in last), key=last.__getitem__)
        open_ones = [(play, visit) for play in self.beside or [self] for visit in play.current.visits.values()]
        tasks = Counter(person for play, visit in open_ones for person in play.only(visit))
        turns = {person: turn for turn, person in enumerate(past, 1)}
        return {person: Load(tasks[person], turns.get(person, 0)) for person in people}

    def only(self, visit: Visit) -> tuple[str, ...]:
        """Return the only person who may do this task now, if there is one."""
        if self.spec(visit.step).kind != "task" or visit.status is VisitStatus.WAITING:
            return ()
        if visit.claimed_by:
            return (visit.claimed_by,)
        meanings = [self.directory.meaning(name) for name in (visit.assigned, *visit.added) if name]
        users = {user for _, named in meanings for user in named}
        return tuple(users) if len(users) == 1 and not any(groups for groups, _ in meanings) else ()

    def _remember(self, answer: Advance) -> None:
        self.moves.extend(answer.moves)
        self.taken.update(answer.taken)
        for visit in answer.touched:
            spot = self.spots[visit.number] = str(spot_of(visit))
            self.visit_of[spot] = max(visit.number, self.visit_of.get(spot, 0))
        for move in answer.moves:
            if move.visit is None or move.step is None:
                continue
            if move.kind == "completed":
                self.completed.append(move.visit)
            elif move.kind == "undone":
                self.undone.add(move.data["of"])
            elif move.kind == "asked":
                self.digests.setdefault(self.spots[move.visit], []).append(move.data["digest"])
            elif move.kind == "picked":
                self.picked.append((self.definition.playbook, move.step, move.data["person"]))
            elif move.kind == "reminded":
                people = {*move.data["people"]}.union(*map(self.directory.people_of, move.data["roles"]))
                self.reminded |= people - self.directory.inactive

    def complete(
        self,
        step: str,
        person: str,
        form: Mapping[str, Any],
        ticked: Iterable[str] | None = (),
        outcome: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Advance | Refusal:
        """Complete a task; `form` holds encoded values, `ticked` None means the whole checklist."""
        visit = self.visit(step)
        items = self.task(step).checklist if ticked is None else ticked
        others = () if on_behalf_of is None else (on_behalf_of,)
        return self.apply(
            Complete(
                at=self.now,
                actor=person,
                on_behalf_of=on_behalf_of,
                facts=self.facts(person, visit, *others),
                visit=visit,
                form=form,
                checklist={item: Tick(by=on_behalf_of or person, at=self.now) for item in items},
                outcome=outcome,
            )
        )

    def task(self, step: str) -> TaskSpec:
        """Return what the task is; an empty one for a step of another kind, which will be refused."""
        spot = address_of(step).spot
        spec = self.spec(spot.step)
        does = spec.undo if spot.undo else spec.does
        return does if isinstance(does, TaskSpec) else TaskSpec()

    def spec(self, step: str) -> StepSpec:
        return self.definition.steps[step]

    @property
    def is_under_way(self) -> bool:
        return self.state is not None and self.state.status not in RUN_ENDED

    def advance(self, length: timedelta) -> None:
        """Let time pass; each timer fires at its own time, in order."""
        until = after(self.now, length)
        while self.is_under_way and not self.current.paused:
            due = ladder.due(self.current.timers.values(), until)
            if not due:
                break
            self.now = max(self.now, due[0].due_at)
            if isinstance(self.apply(Fire(at=self.now, timer=due[0].key)), Refusal):
                break
        self.now = until
