"""Playbooks and events by chance, for the laws of the machine.

A playbook is drawn as a `Definition`, not as a document, so that it may hold what the compiler would refuse:
endless loops, data read before it is set, quorums nobody can meet. Events are drawn as plain numbers and read
against the state at hand, so that many are legal, many late or doubled, and many nonsense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from engine.definition import (
    FAIL,
    LEAVE,
    ActionSpec,
    DecideSpec,
    Definition,
    EndSpec,
    FieldSpec,
    GateSpec,
    Quorum,
    Retry,
    RoleSpec,
    Rung,
    SetSpec,
    StepSpec,
    TaskSpec,
    Transition,
    WaitSpec,
    Work,
)
from engine.lifecycles import Choice
from engine.machine.advance import advance
from engine.machine.commands import Advance, Command, NeedRoster, Perform, Refusal
from engine.machine.events import (
    Cancel,
    CastVote,
    Claim,
    Complete,
    Event,
    Facts,
    Fire,
    Release,
    Result,
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
ROLES = ("red", "green", "blue")
HOUR = timedelta(hours=1)

Numbers = tuple[int, int, int]
Outcome = Literal["ok", "error", "timeout", "lost"]


class Dice:
    """Choices read from bytes, so that one draw makes a whole playbook and a failing one shrinks."""

    def __init__(self, rolled: bytes) -> None:
        self._rolled = iter(rolled)

    def number(self, below: int) -> int:
        return next(self._rolled, 0) % below

    def pick(self, *options: Any) -> Any:
        return options[self.number(len(options))]

    def some(self, most: int, *options: Any) -> tuple[Any, ...]:
        """Pick up to so many different ones."""
        return tuple(dict.fromkeys(self.pick(*options) for _ in range(self.number(most + 1))))


def definitions() -> st.SearchStrategy[Definition]:
    """Draw playbooks of 1 to 7 steps with ways in all directions."""
    return st.binary(min_size=150, max_size=150).map(definition)


def definition(rolled: bytes) -> Definition:
    dice = Dice(rolled)
    ids = tuple(f"s{number}" for number in range(1 + dice.number(7)))
    steps: dict[str, StepSpec] = {}
    ways = [Transition("", "start", ids[0])]
    names = {"inputs.n": "int"}
    for id in ids:
        names |= {f"steps.{id}.visits": "int", f"steps.{id}.n": "int", f"steps.{id}.by": "string"}
        names |= {f"steps.{id}.outcome": "string", f"steps.{id}.at": "timestamp"}
    for place, id in enumerate(ids):
        following = ids[place + 1] if place + 1 < len(ids) else LEAVE
        does, triggers = _work(dice, ids)
        ladder = [_rung(dice, ids, does.kind) for _ in range(dice.number(4))] if does.kind in _LADDERS else []
        triggers = [*triggers, *(f"rung:{number}" for number, rung in enumerate(ladder) if rung.go)]
        steps[id] = StepSpec(
            id,
            f"Step {id}",
            does,
            when=_condition(dice, ids) if does.kind not in ("decide", "end") and dice.number(3) == 2 else None,
            due=dice.pick(None, 2 * HOUR),
            escalate=tuple(ladder),
        )
        for trigger in triggers:
            guard = _condition(dice, ids) if trigger.startswith("rule:") else None
            target = dice.pick(following, following, *ids, LEAVE, FAIL) if trigger != "skip" else following
            ways.append(Transition(id, trigger, target, guard))
    return Definition(
        "chance",
        "By chance",
        "runbook",
        "nobody",
        run_title="Number ${inputs.n}",
        inputs=(FieldSpec("n", "integer", minimum=0, maximum=9),),
        roles={role: RoleSpec(groups=(role,)) for role in ROLES},
        steps=steps,
        lists={"": ids},
        transitions=tuple(ways),
        outputs={"n": f"steps.{ids[0]}.n"},
        names=names,
    )


_LADDERS = ("task", "gate", "action")
_KINDS = ("task", "task", "gate", "gate", "gate", "action", "action", "decide", "set", "wait", "end")


def _condition(dice: Dice, ids: tuple[str, ...]) -> str:
    id = dice.pick(*ids)
    return str(
        dice.pick(
            "inputs.n > 4",
            "true",
            "inputs.n / (inputs.n - 3) > 0",
            f"steps.{id}.visits < 3",
            f"has(steps.{id})",
            f"steps.{id}.n > 1",
            f"steps.{id}.outcome == 'yes'",
        )
    )


def _work(dice: Dice, ids: tuple[str, ...]) -> tuple[Work, list[str]]:
    """Return what a step does, with the triggers it can pull."""
    match dice.pick(*_KINDS):
        case "task":
            outcomes = dice.pick((), ("yes", "no"))
            task = TaskSpec(
                assign=dice.pick(*ROLES, "starter", f"${{steps.{ids[0]}.by}}", "user:di"),
                instructions="Do ${steps." + ids[-1] + ".n}",
                checklist=dice.pick((), ("one", "two")),
                form=dice.pick((), (FieldSpec("n", "integer", minimum=0, maximum=9),)),
                outcomes=outcomes,
            )
            return task, ["skip", *(f"outcome:{name}" for name in outcomes)] if outcomes else ["skip", "done"]
        case "gate":
            return _gate(dice, ids), ["skip", "approve", "reject", *dice.pick([], ["return"])]
        case "action":
            action = ActionSpec(
                provider="debug.echo",
                parameters=dice.pick({}, {"n": "${inputs.n}"}, {"n": f"${{steps.{ids[0]}.n}}"}),
                retry=Retry(1 + dice.number(3), "exponential", timedelta(seconds=2)),
                on_error=dice.pick("incident", "ignore", "route"),
            )
            return action, ["skip", "done", *(["error"] if action.on_error == "route" else [])]
        case "decide":
            rules = [f"rule:{number}" for number in range(1 + dice.number(2))]
            return DecideSpec(), [*rules, *dice.pick(["otherwise"], [])]
        case "set":
            return SetSpec(assign={"n": dice.pick("1 + inputs.n", f"steps.{ids[0]}.n", "9 / inputs.n")}), [
                "skip",
                "done",
            ]
        case "wait":
            until = dice.pick(None, "now + duration('90m')", f"steps.{ids[0]}.at")
            return WaitSpec(length=None if until else HOUR, until=until), ["skip", "done"]
    return EndSpec(status=dice.pick("completed", "failed"), message="It was ${steps." + ids[0] + ".n}"), []


def _gate(dice: Dice, ids: tuple[str, ...]) -> GateSpec:
    approvers = dice.some(2, *ROLES, "user:ed") or ("red",)
    order = dice.pick("any", "any", "sequential")
    quorums = [
        Quorum(count=1),
        Quorum(everyone=True),
        Quorum(per_role={role: 1 + dice.number(2) for role in approvers}),
    ]
    if order == "any":
        quorums += [Quorum(count=2), Quorum(percent=60)]
    return GateSpec(
        ask="May ${inputs.n}?",
        show=dice.pick((), ("inputs.n",), (f"steps.{ids[0]}",)),
        approvers=approvers,
        quorum=dice.pick(*quorums),
        order=order,
        reject=dice.pick("any", "majority", "impossible"),
        exclude=dice.some(2, "starter", ids[0], "user:cy", "blue"),
        require=dice.pick((), (), ("comment",)),
    )


def _rung(dice: Dice, ids: tuple[str, ...], kind: str) -> Rung:
    acts: list[dict[str, Any]] = [{"remind": ("assigned", "pending", "approvers", "red")}, {"go": LEAVE}]
    if kind != "action":
        acts += [
            {"add": "green"},
            {"add": "user:bo"},
            {"add": "blue", **({"stand_in": "red"} if kind == "gate" else {})},
        ]
    if kind == "gate":
        acts += [{"outcome": "approve"}, {"outcome": "reject"}, {"add": "blue", "stand_in": "red"}]
    act = dice.pick(*acts)
    return Rung(
        after=dice.number(5) * HOUR,
        when=_condition(dice, ids) if dice.number(3) == 2 else None,
        every=HOUR if "remind" in act and dice.number(2) else None,
        **act,
    )


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
            return CastVote(
                at=at, actor=actor, facts=facts, visit=visit, choice=choice, comment="c" * (two % 3), digest=digest
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
        if kind < 78:
            return Claim(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 81:
            return Release(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 85:
            if there is not None and there.asking is not None and there.asking.votes and two % 4:
                actor = there.asking.votes[0].person
                facts = self.facts(state, visit, actor, lost=False)
            return Withdraw(at=at, actor=actor, facts=facts, visit=visit)
        if kind < 91:
            return RetryStep(at=at, actor=actor, facts=facts, visit=visit, reason="again")
        if kind < 95:
            return SkipStep(at=at, actor=actor, facts=facts, visit=visit, reason="no")
        if kind < 97:
            return Roster(at=at, visit=visit, people={"red": PEOPLE}, rung=None if one % 2 else 0)
        if kind < 98:
            return Start(at=at, actor=actor, run="again")
        return Cancel(at=at, actor=actor, facts=facts, reason="enough")

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
        return Facts(roles=held[actor], operator=actor in ("ed", "ann"), voters=held)


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
