"""Events by chance, for the laws of the machine.

They are drawn as plain numbers and read against the state at hand, so that many are legal, many late or
doubled, and many nonsense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from engine.definition import (
    Definition,
    TaskSpec,
)
from engine.lifecycles import Choice
from engine.machine.advance import advance
from engine.machine.commands import Advance, Command, NeedPick, NeedRoster, Perform, Refusal
from engine.machine.events import (
    Cancel,
    CastVote,
    ChangeData,
    Claim,
    Complete,
    Delegate,
    Event,
    Facts,
    Fire,
    Jump,
    Load,
    Pause,
    Pick,
    Reassign,
    Release,
    Result,
    Resume,
    RetryStep,
    Roster,
    SkipStep,
    Start,
    Tick,
    Withdraw,
)
from engine.machine.state import State, Visit

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = ("ann", "bo", "cy", "di", "ed")

Numbers = tuple[int, int, int]
Outcome = Literal["ok", "error", "timeout", "lost"]


def scripts(longest: int = 40) -> st.SearchStrategy[list[Numbers]]:
    """Draw events as numbers, to be read against a state by `Chance.event`."""
    return st.binary(min_size=15, max_size=5 * longest).map(script)


def script(rolled: bytes) -> list[Numbers]:
    chunks = (rolled[at : at + 5] for at in range(0, len(rolled) - 4, 5))
    return [(a % 100, (b << 8 | c) % 1000, (d << 8 | e) % 1000) for a, b, c, d, e in chunks]


@dataclass
class Chance:
    """One run by chance: applies events and remembers every state, as the server would."""

    definition: Definition
    state: State | None = None
    now: datetime = BEGIN
    log: list[Event] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    answers: list[Advance | Refusal] = field(default_factory=list)

    def play(self, script: list[Numbers]) -> Chance:
        self.apply(Start(at=BEGIN, actor="ann", run="run", inputs={"n": (script or [(0, 3, 0)])[0][1] % 10}))
        for numbers in script:
            self.apply(self.event(*numbers))
        return self

    def apply(self, event: Event) -> Advance | Refusal:
        answer = advance(self.definition, self.state, event)
        self.answers.append(answer)
        if isinstance(answer, Advance):
            self.state = answer.state
            self.states.append(answer.state)
            self.log.append(event)
            for command in answer.commands:
                self._answer(command)
        return answer

    def _answer(self, command: Command) -> None:
        if isinstance(command, NeedRoster):
            people = {name: people_of(name, self.now) for name in command.names}
            self.apply(Roster(at=self.now, visit=command.visit, people=people, rung=command.rung))
        elif isinstance(command, NeedPick):
            people = people_of(command.role, self.now)
            loads = {person: Load(self.now.minute % 3, turn) for turn, person in enumerate(people)}
            self.apply(Pick(at=self.now, visit=command.visit, people=loads))
        else:
            assert isinstance(command, Perform)

    def event(self, kind: int, one: int, two: int) -> Event:
        """Read three numbers as an event that is likely, but not certain, to mean something now."""
        state = self.state
        assert state is not None
        actor = PEOPLE[one % 5]
        visit = _visit(state, two)
        facts = self.facts(state, visit, actor, lost=kind % 7 == 0)
        there = state.visits.get(visit)
        at = self.now = self.now + timedelta(minutes=one % 50) - timedelta(minutes=20 if one % 11 == 0 else 0)
        act = ["vote", "complete", "result"][kind % 3] if kind < 12 else _meant(there)
        if kind < 54 and act == "vote":
            digest = there.asking.digest if there is not None and there.asking is not None and two % 13 else "old"
            yes, no = Choice.APPROVE, Choice.REJECT
            choice = (yes, yes, yes, no, Choice.ABSTAIN, Choice.RETURN)[one % 6]
            asking = there.asking if there is not None else None
            handed = asking.delegations[-1] if asking is not None and asking.delegations else None
            for_another = handed.by if handed is not None and two % 3 else None
            if handed is not None and for_another:
                actor, facts = handed.to, self.facts(state, visit, handed.to, lost=kind % 7 == 0)
            return CastVote(
                at=at,
                actor=actor,
                on_behalf_of=for_another,
                facts=facts,
                visit=visit,
                choice=choice,
                comment="c" * (two % 3),
                digest=digest,
            )
        if kind < 54 and act == "result":
            attempt = there.attempt.number if there is not None and there.attempt is not None else 1
            outcomes: tuple[Outcome, ...] = (
                "ok",
                "error",
                "error",
                "timeout",
                "lost",
            )
            return Result(
                at=at,
                visit=visit,
                attempt=attempt - (one % 7 == 0),
                outcome=outcomes[two % 5],
                data=({"n": two % 9}, 7, None, [1])[one % 4],
                permanent=not one % 6,
            )
        if kind < 54:
            return self._complete(at, actor, facts, visit, one, two)
        if kind < 74:
            timers = sorted(state.timers.values(), key=lambda timer: (timer.due_at, timer.key))
            if not timers:
                return Fire(at=at, timer=f"{visit}:rung:0:0")
            timer = timers[two % len(timers)] if two % 3 == 0 else timers[0]
            if one % 4:
                at = self.now = max(at, timer.due_at)
            return Fire(at=at, timer=timer.key)
        if kind in (81, 82) or (kind in (74, 76, 78, 80) and there is not None and there.asking is not None):
            to = PEOPLE[two % 5]
            if there is not None and there.asking is not None and there.asking.delegations and one % 2:
                actor, to = there.asking.delegations[0].by, ""
                facts = self.facts(state, visit, actor, lost=False)
            return Delegate(at=at, actor=actor, facts=facts, visit=visit, to=to)
        if kind < 78:
            return Claim(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 81:
            return Release(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 85:
            if there is not None and there.asking is not None and there.asking.votes and two % 4:
                actor = there.asking.votes[0].person
                facts = self.facts(state, visit, actor, lost=False)
            return Withdraw(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 88:
            return RetryStep(at=at, actor=actor, facts=facts, visit=visit, reason="again")
        if kind < 91:
            return SkipStep(at=at, actor=actor, facts=facts, visit=visit, reason="no")
        if kind < 96:
            return self._operated(at, actor, facts, visit, one, two)
        if kind < 97:
            return Roster(at=at, visit=visit, people={"red": PEOPLE}, rung=None if one % 2 else 0)
        if kind == 97 and one % 2:
            return Pick(at=at, visit=visit, people={"ann": Load(), "cy": Load(1, 2)} if one % 3 else {})
        if kind < 98:
            return Start(at=at, actor=actor, run="again")
        return Cancel(at=at, actor=actor, facts=facts, reason="enough")

    def _operated(self, at: datetime, actor: str, facts: Facts, visit: int, one: int, two: int) -> Event:
        """Act as an operator would to a run that is not as it should be."""
        state, step = self.state, f"s{two % 8}"
        assert state is not None
        if state.paused and two % 2:
            facts = self.facts(state, visit, "ed", lost=False)
            return Resume(at=at, actor="ed", facts=facts, reason="go on")
        in_hand = any(one.attempt is not None and one.attempt.in_hand for one in state.visits.values())
        if in_hand and two % 3:
            facts = self.facts(state, visit, "ed", lost=False)
            return Pause(at=at, actor="ed", facts=facts, reason="stop")
        match one % 9:
            case 0:
                return Pause(at=at, actor=actor, facts=facts, reason="stop")
            case 1:
                return Resume(at=at, actor=actor, facts=facts, reason="go on")
            case 2 | 3:
                to = ("red", "green", "blue", "user:di", "user:nobody", "grey")[two % 6]
                return Reassign(at=at, actor=actor, facts=facts, visit=visit, to=to, reason="ill")
            case 4 | 5 | 6:
                return Jump(at=at, actor=actor, facts=facts, to=step, reason="there")
        known = sorted(state.values.get("", {})) or [step]
        name = "inputs.n" if one % 2 else f"steps.{known[two % len(known)]}.n"
        return ChangeData(
            at=at, actor=actor, facts=facts, values={name: (two % 12, None, "x")[two % 3]}, reason="wrong"
        )

    def _complete(self, at: datetime, actor: str, facts: Facts, visit: int, one: int, two: int) -> Complete:
        form: dict[str, Any] = {}
        items: tuple[str, ...] = ()
        outcome = None
        there = self.state.visits.get(visit) if self.state is not None else None
        does = self.definition.steps[there.step].does if there is not None else None
        if isinstance(does, TaskSpec):
            form = {spec.name: two % 11 for spec in does.form}
            items = does.checklist if one % 9 else does.checklist[:1]
            outcome = does.outcomes[two % 2] if does.outcomes else ("maybe" if one % 17 == 0 else None)
        other = PEOPLE[two % 5] if one % 8 == 0 else None
        ticked = {item: Tick(by=actor, at=at) for item in items}
        return Complete(
            at=at,
            actor=actor,
            on_behalf_of=other,
            facts=facts,
            visit=visit,
            form=form,
            checklist=ticked,
            outcome=outcome,
        )

    def facts(self, state: State, visit: int, actor: str, lost: bool) -> Facts:
        """Say what everybody holds; where `lost`, the directory has taken a role from somebody."""
        there = state.visits.get(visit)
        voted = [vote.person for vote in there.asking.votes] if there is not None and there.asking is not None else []
        held = {person: roles_of(person, self.now) for person in {actor, *voted, *PEOPLE}}
        if lost and voted:
            held[voted[0]] = ()
        return Facts(roles=held[actor], operator=actor in ("ed", "ann"), breaks_glass=actor == "ed", voters=held)


def _meant(visit: Visit | None) -> str:
    """Return the act that moves this visit on."""
    if visit is None or (visit.asking is None and visit.attempt is None):
        return "complete"
    return "result" if visit.asking is None else "vote"


def _visit(state: State, number: int) -> int:
    """Return an open visit mostly, else one that has ended or never was."""
    if state.visits and number % 8:
        return sorted(state.visits)[number % len(state.visits)]
    return number % (state.last_visit + 2)


def roles_of(person: str, now: datetime) -> tuple[str, ...]:
    """Say who holds what; ed leaves blue in the afternoon."""
    held = {
        "ann": ("red", "green"),
        "bo": ("red",),
        "cy": ("green", "blue"),
        "di": ("blue", "red"),
        "ed": ("blue",) if now.hour < 13 else (),
    }
    return (*held[person], f"user:{person}")


def people_of(name: str, now: datetime) -> tuple[str, ...]:
    return tuple(person for person in PEOPLE if name in roles_of(person, now))
