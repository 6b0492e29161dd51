"""The verbs of scenarios as events: one function a verb, each answering with the refusal if there is one.

Those of operators are `engine.rehearsal.operating`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine import fields, triggers
from engine.language.scenario import raw
from engine.language.verbs import PUBLISHER, Act
from engine.lifecycles import Choice
from engine.machine import rights
from engine.machine.assigned import on_whose_behalf
from engine.machine.commands import Refusal
from engine.machine.events import (
    CastVote,
    Claim,
    Comment,
    Complete,
    Delegate,
    Facts,
    Release,
    Result,
    Signal,
    Tick,
    Withdraw,
)
from engine.machine.exclusion import USER
from engine.rehearsal.attaching import attached, uploaded
from engine.rehearsal.directory import Lent
from engine.rehearsal.operating import OPERATORS, Doing, Says, hide, run_of
from engine.rehearsal.world import NotThere, World


def perform(world: World, act: Act) -> Refusal | None:
    """Do what one line says, and return what refuses it."""
    try:
        return _VERBS[act.verb](world, act.says)
    except NotThere as error:
        return Refusal("not-open", str(error))


def begin(world: World, person: str, given: Mapping[str, Any]) -> Refusal | None:
    """Begin a run of the scenario's playbook with these raw inputs."""
    inputs, wrong = fields.read_all(world.definition.inputs, uploaded(world.definition.inputs, given), hide)
    for name, message in wrong.items():
        return Refusal(f"field:{name}", message)
    return world.start(world.definition, person, inputs)


def _trigger(world: World, says: Says) -> Refusal | None:
    """Begin a run as a schedule or a webhook does: its `with` gives the inputs, whoever published it is the starter."""
    definition = world.definition
    try:
        if "webhook" in says:
            webhook = next(one for one in definition.webhooks if one.name == says["webhook"])
            given = triggers.of_webhook(webhook, world.now, says.get("payload") or {})
        else:
            schedule = next(one for one in definition.schedules if one.cron == says["schedule"])
            given = triggers.of_schedule(schedule, world.now)
    except triggers.NotGiven as error:
        return Refusal("not-open", str(error))
    return begin(world, says.get("by", PUBLISHER), given)


def _complete(world: World, says: Says) -> Refusal | None:
    """Read the form as a page would; whether the person may comes before what the form says."""
    play, step = world.at(says["step"])
    visit, person, other = play.visit(step), says["by"], says.get("for")
    facts = play.facts(person, visit, *((other,) if other else ()))
    if other is None:
        other = on_whose_behalf(rights.to_complete, play.definition, play.current, visit, person, facts)
    refusal = rights.to_complete(play.definition, play.current, visit, person, facts, other)
    if refusal is not None:
        return refusal
    task = play.task(step)
    given = raw(says["form"]) if says.get("form") is not None else {}
    form, wrong = fields.read_all(task.form, uploaded(task.form, given), hide)
    for name, message in wrong.items():
        return Refusal(f"field:{name}", message)
    ticked = says.get("checklist", ())
    by = person if other in facts.delegators else other or person
    items = task.checklist if ticked == "all" else ticked
    event = Complete(
        at=world.now,
        actor=person,
        on_behalf_of=other,
        visit=visit,
        form=form,
        checklist={item: Tick(by=by, at=world.now) for item in items},
        outcome=says.get("outcome"),
        files=attached(says.get("files", ())),
    )
    return world.apply(play, event)


def _claim(world: World, says: Says) -> Refusal | None:
    play, step = world.at(says["step"])
    event = Claim(at=world.now, actor=says["by"], on_behalf_of=says.get("for"), visit=play.visit(step))
    return world.apply(play, event)


def _release(world: World, says: Says) -> Refusal | None:
    play, step = world.at(says["step"])
    return world.apply(play, Release(at=world.now, actor=says["by"], visit=play.visit(step)))


def _vote(world: World, says: Says) -> Refusal | None:
    play, gate = world.at(says["gate"])
    event = CastVote(
        at=world.now,
        actor=says["by"],
        on_behalf_of=says.get("for"),
        visit=play.visit(gate),
        choice=Choice(says["choice"]),
        comment=says.get("comment", ""),
        digest=play.digest(gate, says.get("seen") == "old"),
        evidence=attached(says.get("evidence", ())),
        facts=Facts(reauthenticated=says.get("reauthenticated") is True),
    )
    return world.apply(play, event)


def _withdraw(world: World, says: Says) -> Refusal | None:
    play, gate = world.at(says["gate"])
    return world.apply(play, Withdraw(at=world.now, actor=says["by"], visit=play.visit(gate)))


def _delegate(world: World, says: Says) -> Refusal | None:
    """Hand a vote at a gate to somebody, or without a `gate` everything until a time; without `to` take it back."""
    to = says.get("to", "").removeprefix(USER)
    if "gate" not in says:
        if to:
            world.directory.lend(Lent(says["by"], to, world.now, says.get("until"), says.get("playbooks", ())))
        else:
            world.directory.take_back(says["by"])
        return None
    play, gate = world.at(says["gate"])
    return world.apply(play, Delegate(at=world.now, actor=says["by"], visit=play.visit(gate), to=to))


def _absent(world: World, says: Says) -> Refusal | None:
    world.directory.leave_for(says["person"], world.now, says.get("until"), says.get("substitute", ""))
    return None


def _back(world: World, says: Says) -> Refusal | None:
    world.directory.come_back(says["person"])
    return None


def _comment(world: World, says: Says) -> Refusal | None:
    play, step = world.at(says["step"]) if "step" in says else (run_of(world, says), None)
    visit = None if step is None else play.visit(step)
    files = attached(says.get("files", ()))
    return world.apply(
        play, Comment(at=world.now, actor=says["by"], visit=visit, text=says.get("text", ""), files=files)
    )


def _result(
    world: World, says: Says, outcome: Literal["ok", "error", "timeout"], data: Any = None, error: str = ""
) -> Refusal | None:
    """Answer the attempt in hand, or one that a rollback waits for; in the pause between two there is none."""
    play, step = world.at(says["step"])
    number, visit = play.visit(step), play.open_visit(step)
    waited_for = play.current.draining.get(number)
    if waited_for is not None:
        attempt = waited_for.attempt
    elif visit is not None and visit.attempt is not None:
        attempt = visit.attempt.number
    else:
        return rights.gone(play.definition, play.current, number)
    return world.apply(
        play, Result(at=world.now, visit=number, attempt=attempt, outcome=outcome, data=data, error=error)
    )


def _succeed(world: World, says: Says) -> Refusal | None:
    return _result(world, says, "ok", says.get("result"))


def _fail(world: World, says: Says) -> Refusal | None:
    return _result(world, says, "error", error=says.get("error", ""))


def _timeout(world: World, says: Says) -> Refusal | None:
    return _result(world, says, "timeout")


def _signal(world: World, says: Says) -> Refusal | None:
    return world.apply(run_of(world, says), Signal(at=world.now, name=says["name"], data=says.get("data")))


def _people(world: World, says: Says) -> Refusal | None:
    for person, groups in says.get("join", {}).items():
        world.directory.join(person, groups)
    for person, groups in says.get("leave", {}).items():
        world.directory.leave(person, groups)
    for person in says.get("deactivate", {}):
        world.directory.deactivate(person)
    for name, groups in says.get("service", {}).items():
        world.directory.serve(name, groups)
    return None


def _advance(world: World, says: Says) -> Refusal | None:
    world.advance(says["length"])
    return None


_VERBS: Mapping[str, Doing] = {
    "complete": _complete,
    "claim": _claim,
    "release": _release,
    "vote": _vote,
    "withdraw": _withdraw,
    "delegate": _delegate,
    "absent": _absent,
    "back": _back,
    "comment": _comment,
    "succeed": _succeed,
    "fail": _fail,
    "timeout": _timeout,
    "signal": _signal,
    "trigger": _trigger,
    "people": _people,
    "advance": _advance,
    **OPERATORS,
}
