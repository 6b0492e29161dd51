"""Playbooks by chance, drawn as definitions: they may hold what the compiler would refuse.

Endless loops, data read before it is set, quorums nobody can meet.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from engine.calendars import OFFICE_HOURS
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
from engine.durations import BusinessTime

ROLES = ("red", "green", "blue")
HOUR = timedelta(hours=1)


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
        due = dice.pick(None, 2 * HOUR, BusinessTime(hours=2))
        rungs = range(dice.number(4)) if does.kind in _LADDERS else ()
        ladder = [_rung(dice, ids, does.kind, is_due=due is not None) for _ in rungs]
        triggers = [*triggers, *(f"rung:{number}" for number, rung in enumerate(ladder) if rung.go)]
        steps[id] = StepSpec(
            id,
            f"Step {id}",
            does,
            when=_condition(dice, ids) if does.kind not in ("decide", "end") and dice.number(3) == 2 else None,
            due=due,
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
        sla=dice.pick(None, 5 * HOUR, BusinessTime(days=1)),
        run_title="Number ${inputs.n}",
        calendar=OFFICE_HOURS,
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
            pick = dice.pick(None, None, "round-robin", "least-busy")
            task = TaskSpec(
                assign=dice.pick(*ROLES, *(() if pick else ("starter", f"${{steps.{ids[0]}.by}}", "user:di"))),
                pick=pick,
                instructions="Do ${steps." + ids[-1] + ".n}",
                checklist=dice.pick((), ("one", "two")),
                form=dice.pick((), (FieldSpec("n", "integer", minimum=0, maximum=9),), (FieldSpec("f", "file"),)),
                outcomes=outcomes,
                require=dice.pick((), (), ("evidence",)),
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
            return WaitSpec(length=None if until else dice.pick(HOUR, BusinessTime(hours=1)), until=until), [
                "skip",
                "done",
            ]
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
        quorums += [Quorum(count=2), Quorum(percent=60), Quorum(by_data="${inputs.n}")]
    return GateSpec(
        ask="May ${inputs.n}?",
        show=dice.pick((), ("inputs.n",), (f"steps.{ids[0]}",), (f"steps.{ids[0]}.files",)),
        approvers=approvers,
        quorum=dice.pick(*quorums),
        order=order,
        reject=dice.pick("any", "majority", "impossible"),
        exclude=dice.some(2, "starter", ids[0], "user:cy", "blue"),
        require=dice.pick((), (), (), ("comment",), ("evidence",), ("reauthenticate", "evidence")),
    )


def _rung(dice: Dice, ids: tuple[str, ...], kind: str, is_due: bool) -> Rung:
    acts: list[dict[str, Any]] = [
        {"remind": ("assigned", "pending", "approvers", "red")},
        {"go": LEAVE},
        {"incident": True},
    ]
    if kind == "task":
        acts += [{"reassign": "blue"}, {"reassign": "user:ed"}]
    if kind != "action":
        acts += [
            {"add": "green"},
            {"add": "user:bo"},
            {"add": "blue", **({"stand_in": "red"} if kind == "gate" else {})},
        ]
    if kind == "gate":
        acts += [{"outcome": "approve"}, {"outcome": "reject"}, {"add": "blue", "stand_in": "red"}]
    act = dice.pick(*acts)
    back = is_due and dice.number(3) == 2
    time = dice.pick(*(number * HOUR for number in range(5)), BusinessTime(hours=3), BusinessTime(days=1))
    return Rung(
        after=None if back else time,
        before_due=time if back else None,
        when=_condition(dice, ids) if dice.number(3) == 2 else None,
        every=HOUR if "remind" in act and dice.number(2) else None,
        **act,
    )
