"""Events by chance, for the laws of the machine.

They are drawn as plain numbers and read against the state at hand, so that many are legal, many late or
doubled, and many nonsense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

from hypothesis import strategies as st

from engine.attachments import Attachment
from engine.definition import (
    CallSpec,
    Definition,
    TaskSpec,
    WaitSpec,
)
from engine.lifecycles import RUN_ENDED, Choice, RunStatus
from engine.machine.advance import advance
from engine.machine.commands import Advance, Command, NeedPick, NeedRoster, Refusal
from engine.machine.events import (
    Admit,
    Cancel,
    CastVote,
    ChangeData,
    Child,
    Claim,
    Comment,
    Complete,
    Delegate,
    Event,
    Facts,
    Fire,
    Jump,
    Load,
    Parent,
    Pause,
    Pick,
    Reassign,
    Release,
    Result,
    Resume,
    RetryStep,
    Rollback,
    Roster,
    Signal,
    SkipStep,
    Start,
    Tick,
    Withdraw,
)
from engine.machine.state import State, Visit, dump, step_of

FILE = {"name": "drawing.svg", "size": 7, "type": "image/svg+xml", "sha256": "b" * 64}
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = ("ann", "bo", "cy", "di", "ed")
#: An account of a program, of which a careless directory says that it is in a role.
SERVICE = "bot"

#: What is still tried once a run has ended.
LATE = 6
#: Numbers of kinds of event. Those from 100 on say what only playbooks with regions and the like have a use for.
KINDS = 124

Numbers = tuple[int, int, int]
Outcome = Literal["ok", "error", "timeout", "lost"]
Ending = Literal["completed", "failed", "cancelled", "rolled_back", "refused"]


def scripts(longest: int = 40) -> st.SearchStrategy[list[Numbers]]:
    """Draw events as numbers, to be read against a state by `Chance.event`."""
    return st.binary(min_size=15, max_size=5 * longest).map(script)


def script(rolled: bytes) -> list[Numbers]:
    chunks = (rolled[at : at + 5] for at in range(0, len(rolled) - 4, 5))
    return [(a % KINDS, (b << 8 | c) % 1000, (d << 8 | e) % 1000) for a, b, c, d, e in chunks]


@dataclass(frozen=True)
class Stored:
    """A state, and its bytes as they were when it was made."""

    state: State
    bytes: bytes


@dataclass
class Chance:
    """One run by chance: applies events and remembers every state, as the server would."""

    definition: Definition
    state: State | None = None
    stored: Stored | None = None
    now: datetime = BEGIN
    log: list[Event] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    history: list[tuple[Event, Stored | None, Advance | Refusal]] = field(default_factory=list)

    @property
    def answers(self) -> list[Advance | Refusal]:
        return [answer for _, _, answer in self.history]

    @property
    def accepted(self) -> list[Advance]:
        return [answer for answer in self.answers if isinstance(answer, Advance)]

    def play(self, script: list[Numbers]) -> Self:
        rolled = (script or [(0, 3, 0)])[0]
        calls = [id for id, step in self.definition.steps.items() if isinstance(step.does, CallSpec)]
        self.apply(
            Start(
                at=BEGIN,
                actor="ann",
                run="run",
                inputs={"n": rolled[1] % 10},
                calls=dict.fromkeys(calls if rolled[2] % 9 else calls[1:], "digest"),
                parent=Parent("parent", 7) if rolled[2] % 3 == 0 else None,
                has_place=self.definition.concurrency is None or rolled[2] % 2 == 0,
            )
        )
        late = 0
        for numbers in script:
            if self.state is None:
                break
            late += self.state.status in RUN_ENDED
            if late > LATE:
                break
            self.apply(self.event(*numbers))
        return self

    def apply(self, event: Event) -> Advance | Refusal:
        answer = advance(self.definition, self.state, event)
        self.history.append((event, self.stored, answer))
        if isinstance(answer, Advance):
            self.state = answer.state
            self.stored = Stored(answer.state, dump(answer.state))
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

    def event(self, kind: int, one: int, two: int) -> Event:
        """Read three numbers as an event that is likely, but not certain, to mean something now."""
        state = self.state
        assert state is not None
        visit = _visit(state, two)
        there = state.visits.get(visit)
        actor = self._meant(there, one) if one % 4 else (*PEOPLE, SERVICE)[one % 6]
        facts = self.facts(state, visit, actor, lost=kind % 7 == 0)
        at = self.now = self.now + timedelta(minutes=one % 50) - timedelta(minutes=20 if one % 11 == 0 else 0)
        if state.status is RunStatus.QUEUED and kind % 3:
            return Admit(at=at)
        if state.draining and kind % 3 == 0:
            visit = sorted(state.draining)[two % len(state.draining)]
            return self._result(at, visit, state.draining[visit].attempt, one, two)
        if there is not None and there.incident is not None and kind % 4 == 0:
            facts = self.facts(state, visit, "ed", lost=False)
            again = RetryStep if one % 3 else SkipStep
            return again(at=at, actor="ed", facts=facts, visit=visit, reason="again")
        act = ["vote", "complete", "result"][kind % 3] if kind < 6 or there is None else _meant(self.definition, there)
        if kind < 54 and act == "vote":
            digest = there.asking.digest if there is not None and there.asking is not None and two % 13 else "old"
            yes, no = Choice.APPROVE, Choice.REJECT
            choice = (yes, yes, yes, no, Choice.ABSTAIN, Choice.RETURN)[one % 6]
            asking = there.asking if there is not None else None
            handed = asking.delegations[-1] if asking is not None and asking.delegations else None
            for_another = handed.by if handed is not None and two % 3 else None
            if handed is not None and for_another:
                actor, facts = handed.to, self.facts(state, visit, handed.to, lost=kind % 7 == 0)
            elif facts.delegators and kind % 5 < 3:
                for_another = facts.delegators[two % len(facts.delegators)]
            return CastVote(
                at=at,
                actor=actor,
                on_behalf_of=for_another,
                facts=facts,
                visit=visit,
                choice=choice,
                comment="c" * (two % 3),
                digest=digest,
                evidence=(Attachment("https://example.org/minutes"),) if two % 4 else (),
            )
        if kind < 54 and act == "result":
            attempt = there.attempt.number if there is not None and there.attempt is not None else 1
            return self._result(at, visit, attempt, one, two)
        if kind < 54 and act == "signal":
            return self._signal(at, actor, facts, one, two)
        if kind < 54 and act == "child":
            return self._child(at, visit, one, two)
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
            lent = facts.delegators[two % len(facts.delegators)] if facts.delegators and one % 3 else None
            return Claim(at=at, actor=actor, on_behalf_of=lent, facts=facts, visit=visit)
        if kind < 81:
            claimed = [one for one in state.visits.values() if one.claimed_by]
            if claimed and two % 3:
                visit, actor = claimed[0].number, claimed[0].claimed_by or ""
                facts = self.facts(state, visit, actor, lost=False)
            return Release(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 85:
            if there is not None and there.asking is not None and there.asking.votes and two % 4:
                actor = there.asking.votes[0].person
                facts = self.facts(state, visit, actor, lost=False)
            return Withdraw(at=at, actor=actor, facts=facts, visit=visit)
        if two % 3 and kind not in (96, 97):
            actor = "ed"
            facts = self.facts(state, visit, actor, lost=False)
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
        if kind < 100 and two % 3 == 0:
            return Cancel(at=at, actor=actor, facts=facts, reason="enough")
        return self._beside(kind, at, actor, facts, visit, one, two)

    def _beside(self, kind: int, at: datetime, actor: str, facts: Facts, visit: int, one: int, two: int) -> Event:
        """Let something happen that has to do with signals, calls, places, items and undoing."""
        state = self.state
        assert state is not None
        if kind < 106 and two % 3:
            return self._signal(at, actor, facts, one, two)
        if kind < 110:
            called = [number for number, there in state.visits.items() if there.called is not None]
            return self._child(at, called[two % len(called)] if called and one % 5 else visit, one, two)
        if state.paused and kind % 2:
            return Resume(at=at, actor="ed", facts=self.facts(state, visit, "ed", lost=False), reason="go on")
        if kind < 113 and two % 3 == 0:
            return Rollback(at=at, actor=actor, facts=facts, reason="back")
        if kind == 114:
            return Admit(at=at)
        if kind == 113:
            return Comment(at=at, actor=actor, facts=facts, visit=visit if one % 2 else None, text="c" * (two % 3))
        if kind < 120:
            steps = list(self.definition.steps)
            to = steps[two % len(steps)] + ("", "", "[0]", "[1]", "[0][1]")[one % 5]
            who = "ed" if one % 3 else actor
            facts = self.facts(state, visit, who, lost=False)
            return Jump(at=at, actor=who, facts=facts, to=to, reason="there", undo=two % 2 == 0)
        names = [f"steps.{step}[{one % 3}].n" for step in self.definition.steps] + ["steps.s0[0]", "steps.s9[9].n"]
        return ChangeData(at=at, actor="ed", facts=facts, values={names[two % len(names)]: two % 12}, reason="wrong")

    def _result(self, at: datetime, visit: int, attempt: int, one: int, two: int) -> Result:
        outcomes: tuple[Outcome, ...] = ("ok", "ok", "error", "timeout", "error", "ok", "lost")
        return Result(
            at=at,
            visit=visit,
            attempt=attempt - (one % 7 == 0),
            outcome=outcomes[two % 7],
            data=({"n": two % 9}, 7, None, [1])[one % 4],
            permanent=not one % 6,
        )

    def _signal(self, at: datetime, actor: str, facts: Facts, one: int, two: int) -> Signal:
        name = ("ready", "ready", "other", "nonsense")[one % 4]
        data = ({"n": two % 9}, {"n": 5}, None, "five")[two % 4]
        return Signal(at=at, actor="engine" if one % 3 else actor, facts=facts, name=name, data=data)

    def _child(self, at: datetime, visit: int, one: int, two: int) -> Child:
        there = self.state.visits.get(visit) if self.state is not None else None
        nth = there.called.nth if there is not None and there.called is not None else 1
        ends: tuple[Ending, ...] = ("completed", "completed", "failed", "cancelled", "rolled_back", "refused")
        outputs = {"n": two % 9} if two % 3 else {}
        return Child(at=at, visit=visit, nth=nth + (one % 7 == 0), status=ends[two % 6], outputs=outputs, message="so")

    def _meant(self, visit: Visit | None, number: int) -> str:
        """Return somebody whom this visit waits for."""
        people = PEOPLE
        if visit is not None and visit.asking is not None:
            voted = {vote.person for vote in visit.asking.votes}
            people = tuple(seat.person for seat in visit.asking.seats or () if seat.person not in voted)
        elif visit is not None and visit.assigned:
            named = {visit.assigned, *visit.added}
            people = tuple(person for person in PEOPLE if named.intersection(roles_of(person, self.now)))
            people = (visit.claimed_by,) if visit.claimed_by else people
        return people[number % len(people)] if people else PEOPLE[number % 5]

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
        does = step_of(self.definition, there).does if there is not None else None
        if isinstance(does, TaskSpec):
            form = {spec.name: FILE if spec.type == "file" else two % 11 for spec in does.form}
            items = does.checklist if one % 9 else does.checklist[:1]
            outcome = does.outcomes[two % 2] if does.outcomes else ("maybe" if one % 17 == 0 else None)
        other = PEOPLE[two % 5] if one % 8 == 0 else None
        if facts.delegators and one % 3 == 0:
            other = facts.delegators[two % len(facts.delegators)]
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
            files=(Attachment("plan.pdf", 3, "application/pdf", "a" * 64),) if two % 4 else (),
        )

    def facts(self, state: State, visit: int, actor: str, lost: bool) -> Facts:
        """Say what everybody holds; where `lost`, the directory has taken a role from somebody."""
        there = state.visits.get(visit)
        voted = [vote.person for vote in there.asking.votes] if there is not None and there.asking is not None else []
        held = {person: roles_of(person, self.now) for person in {actor, *voted, *PEOPLE}}
        if lost and voted:
            held[voted[0]] = ()
        return Facts(
            roles=held[actor],
            operator=actor in ("ed", "ann"),
            breaks_glass=actor == "ed",
            voters=held,
            delegators=delegators_of(actor, self.now),
            reauthenticated=self.now.minute % 4 > 0,
            service=actor == SERVICE,
        )


def _meant(definition: Definition, visit: Visit | None) -> str:
    """Return the act that moves this visit on."""
    if visit is None:
        return "complete"
    if visit.asking is not None:
        return "vote"
    if visit.attempt is not None:
        return "result"
    if visit.called is not None:
        return "child"
    does = step_of(definition, visit).does
    return "signal" if isinstance(does, WaitSpec) and does.signal is not None else "complete"


def _visit(state: State, number: int) -> int:
    """Return an open visit mostly, seldom a region's, else one that has ended or never was."""
    if state.visits and number % 8:
        plain = [one for one, visit in sorted(state.visits.items()) if visit.region is None or number % 5 == 0]
        found = plain or sorted(state.visits)
        return found[number % len(found)]
    return number % (state.last_visit + 2)


def roles_of(person: str, now: datetime) -> tuple[str, ...]:
    """Say who holds what; ed leaves blue in the afternoon."""
    held = {
        "ann": ("red", "green"),
        "bo": ("red",),
        "cy": ("green", "blue"),
        "di": ("blue", "red"),
        "ed": ("blue",) if now.hour < 13 else (),
        SERVICE: ("red", "blue"),
    }
    return (*held[person], f"user:{person}")


def delegators_of(person: str, now: datetime) -> tuple[str, ...]:
    """Say who has delegated to whom beforehand: others in the first half of an hour than in the second."""
    lent = (
        {"ed": ("bo", "ann"), "di": ("cy",), "cy": ("ann",)} if now.minute < 30 else {"di": ("bo",), "bo": ("cy", "di")}
    )
    return lent.get(person, ())


def people_of(name: str, now: datetime) -> tuple[str, ...]:
    return tuple(person for person in PEOPLE if name in roles_of(person, now))
