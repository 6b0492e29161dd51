"""A run in memory: the machine, a directory of people and a clock that only moves when told to.

It does what the server does around `advance`: writes into each event what the directory says, answers what the
machine asks of the directory, and fires due timers in their order. No provider is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.definition import Definition, StepSpec, TaskSpec
from engine.language.verbs import OPERATOR
from engine.lifecycles import RUN_ENDED
from engine.machine import ladder
from engine.machine.advance import advance
from engine.machine.commands import Advance, Move, NeedPick, NeedRoster, Refusal
from engine.machine.events import Complete, Event, Facts, Fire, Load, Pick, Roster, Start, Tick
from engine.machine.exclusion import USER
from engine.machine.state import State, Visit
from engine.machine.turn import after


class Directory:
    """Who is in which group, and who is active. `operator` may operate every run, and pass over its gates."""

    def __init__(self, definition: Definition, people: Mapping[str, Iterable[str]]) -> None:
        self.definition = definition
        self.groups = {person: set(groups) for person, groups in people.items()}
        self.inactive: set[str] = set()

    def join(self, person: str, groups: Iterable[str]) -> None:
        self.groups.setdefault(person, set()).update(groups)

    def leave(self, person: str, groups: Iterable[str]) -> None:
        """Leave these groups, or all where none is named."""
        left = set(groups) or set(self.groups.get(person, ()))
        self.groups.setdefault(person, set()).difference_update(left)

    def deactivate(self, person: str) -> None:
        self.inactive.add(person)

    def roles_of(self, person: str) -> tuple[str, ...]:
        """Return the roles a person holds now and `user:<person>`; nothing for an inactive one."""
        if person in self.inactive:
            return ()
        groups = self.groups.get(person, set())
        held = [
            role
            for role, spec in sorted(self.definition.roles.items())
            if person in spec.users or groups.intersection(spec.groups)
        ]
        return (*held, USER + person)

    def people_of(self, name: str) -> tuple[str, ...]:
        """Return whom a role, or `user:x`, means now."""
        if name.startswith(USER):
            person = name.removeprefix(USER)
            return () if person in self.inactive else (person,)
        role = self.definition.roles.get(name)
        known = {*self.groups, *(role.users if role is not None else ())}
        return tuple(sorted(person for person in known if name in self.roles_of(person)))


@dataclass
class Play:
    """One run. `events` holds what was accepted; `path`, `reminded` and `moves` what came of it."""

    definition: Definition
    directory: Directory
    now: datetime
    state: State | None = None
    events: list[Event] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    reminded: set[str] = field(default_factory=set)
    visit_of: dict[str, int] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)
    picked: list[tuple[str, str]] = field(default_factory=list)

    # ---- asking

    @property
    def current(self) -> State:
        assert self.state is not None
        return self.state

    def open_visit(self, step: str) -> Visit | None:
        """Return the open visit of a step."""
        return next((visit for visit in self.current.visits.values() if visit.step == step), None)

    def visit(self, step: str) -> int:
        """Return the number of the step's last visit, 0 where there was none."""
        return self.visit_of.get(step, 0)

    def facts(self, person: str, visit: int = 0, *others: str) -> Facts:
        """Return what the directory says about somebody who is about to act on a visit."""
        there = self.current.visits.get(visit) if self.state is not None else None
        voters = {person, *others}
        if there is not None and there.asking is not None:
            voters.update(there.asking.concerned)
        operates = person == OPERATOR and person not in self.directory.inactive
        return Facts(
            roles=self.directory.roles_of(person),
            operator=operates,
            breaks_glass=operates,
            voters={voter: self.directory.roles_of(voter) for voter in sorted(voters)},
        )

    # ---- acting

    def start(self, person: str, inputs: Mapping[str, Any], run: str = "rehearsal") -> Advance | Refusal:
        """Start the run; `inputs` are encoded values."""
        return self.apply(Start(at=self.now, actor=person, facts=self.facts(person), run=run, inputs=inputs))

    def apply(self, event: Event) -> Advance | Refusal:
        """Apply one event and what the machine asks of the directory thereupon."""
        answer = advance(self.definition, self.state, event)
        if isinstance(answer, Refusal):
            return answer
        self.state = answer.state
        self.events.append(event)
        self._remember(answer)
        for command in answer.commands:
            if isinstance(command, NeedRoster):
                people = {name: self.directory.people_of(name) for name in command.names}
                self.apply(Roster(at=self.now, visit=command.visit, people=people, rung=command.rung))
            elif isinstance(command, NeedPick):
                loads = {person: self._load(person, command.step) for person in self.directory.people_of(command.role)}
                self.apply(Pick(at=self.now, visit=command.visit, people=loads))
        return answer

    def _load(self, person: str, step: str) -> Load:
        """Return what a person has to do in this run, the only one, and when they were last picked for this step."""
        mine = [
            visit
            for visit in self.current.visits.values()
            if (USER + visit.claimed_by if visit.claimed_by else visit.assigned) == USER + person
        ]
        turns = [turn for turn, picked in enumerate(self.picked, 1) if picked == (step, person)]
        return Load(len(mine), turns[-1] if turns else 0)

    def _remember(self, answer: Advance) -> None:
        self.moves.extend(answer.moves)
        for visit in answer.touched:
            self.visit_of[visit.step] = max(visit.number, self.visit_of.get(visit.step, 0))
        for move in answer.moves:
            if move.kind == "completed" and move.step is not None:
                self.path.append(move.step)
            elif move.kind == "asked" and move.step is not None:
                self.digests.setdefault(move.step, []).append(move.data["digest"])
            elif move.kind == "picked" and move.step is not None:
                self.picked.append((move.step, move.data["person"]))
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
        does = self.spec(step).does
        return does if isinstance(does, TaskSpec) else TaskSpec()

    def spec(self, step: str) -> StepSpec:
        return self.definition.steps[step]

    def advance(self, length: timedelta) -> None:
        """Let time pass; each timer fires at its own time, in order."""
        until = after(self.now, length)
        while self.state is not None and self.state.status not in RUN_ENDED and not self.state.paused:
            due = ladder.due(self.state.timers.values(), until)
            if not due:
                break
            self.now = max(self.now, due[0].due_at)
            if isinstance(self.apply(Fire(at=self.now, timer=due[0].key)), Refusal):
                break
        self.now = until
