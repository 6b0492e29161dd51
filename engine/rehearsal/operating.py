"""The verbs of operators as events: each in the name of `operator`, where a line names nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from engine import values
from engine.language.scenario import raw
from engine.language.verbs import OPERATOR
from engine.machine import changing, rights
from engine.machine.commands import Refusal
from engine.machine.events import (
    Cancel,
    ChangeData,
    Event,
    Jump,
    Migrate,
    Pause,
    Reassign,
    Resume,
    RetryStep,
    Rollback,
    SkipStep,
)
from engine.machine.exclusion import USER
from engine.migration import read_given, wrong_mapping
from engine.rehearsal.play import Play
from engine.rehearsal.world import World
from engine.values import Secret

Says = Mapping[str, Any]
Doing = Callable[[World, Says], Refusal | None]


def hide(name: str, clear: str) -> Secret:
    """Keep a secret of a rehearsal, where no action is performed: nobody ever asks for it again."""
    return Secret(f"rehearsal:{name}", values.digest([name, clear]))


def run_of(world: World, says: Says) -> Play:
    """Return the run that a verb means which is about a run: the first, or the one that `in` names."""
    return world.run(says["in"]) if "in" in says else world.main


def _operate(world: World, says: Says, make: Callable[..., Event], **more: Any) -> Refusal | None:
    """Apply an operator's act: on the visit of `step` where there is one, else on the run."""
    who = {"at": world.now, "actor": says.get("by", OPERATOR), "reason": says.get("reason", "")}
    if "step" not in says:
        return world.apply(run_of(world, says), make(**who, **more))
    play, step = world.at(says["step"])
    return world.apply(play, make(**who, visit=play.visit(step), **more))


def _cancel(world: World, says: Says) -> Refusal | None:
    return _operate(world, says, Cancel)


def _retry(world: World, says: Says) -> Refusal | None:
    return _operate(world, says, RetryStep)


def _skip(world: World, says: Says) -> Refusal | None:
    return _operate(world, says, SkipStep)


def _pause(world: World, says: Says) -> Refusal | None:
    return _operate(world, says, Pause)


def _resume(world: World, says: Says) -> Refusal | None:
    """Resume; a point in time that came meanwhile is due at once."""
    answer = _operate(world, says, Resume)
    world.advance(timedelta())
    return answer


def _rollback(world: World, says: Says) -> Refusal | None:
    return _operate(world, says, Rollback)


def _reassign(world: World, says: Says) -> Refusal | None:
    """Hand a task over; `to` is a role, else somebody's name."""
    play, _ = world.at(says["step"])
    to = says["to"].removeprefix(USER)
    return _operate(world, says, Reassign, to=to if to in play.definition.roles else USER + to)


def _jump(world: World, says: Says) -> Refusal | None:
    play, to = world.at(says["to"])
    who, why = says.get("by", OPERATOR), says.get("reason", "")
    return world.apply(play, Jump(at=world.now, actor=who, to=to, reason=why, undo=says.get("undo") is True))


def _data(world: World, says: Says) -> Refusal | None:
    play, person = run_of(world, says), says.get("by", OPERATOR)
    found, wrong = changing.read(play.definition, play.current, raw(says["set"]), hide)
    refusal = rights.to_change(play.definition, play.current, person, play.facts(person))
    for name, message in wrong.items():
        refusal = refusal or Refusal(f"field:{name}", message)
    return refusal or _operate(world, says, ChangeData, values=found)


def _migrate(world: World, says: Says) -> Refusal | None:
    """Move a run to the version of another file. A mapping or a value that cannot be is refused before all else."""
    play, after = run_of(world, says), world.versions[says["to"]]
    mapping = says.get("map", {})
    given, wrong = read_given(after, raw(says["set"]) if says.get("set") is not None else {}, hide)
    wrong = {f"map.{old}": why for old, why in wrong_mapping(play.definition, after, mapping).items()} | wrong
    person = says.get("by", OPERATOR)
    refusal = rights.to_migrate(play.definition, play.current, person, play.facts(person))
    for name, message in wrong.items():
        refusal = refusal or Refusal(f"field:{name}", message)
    return refusal or _operate(
        world,
        says,
        Migrate,
        to=after.digest,
        before=play.definition.digest,
        mapping=mapping,
        given=given,
        accepts=tuple(says.get("accept", ())),
        calls=world.calls(after),
        number=world.numbers.get(after.digest, 0),
        was=world.numbers.get(play.definition.digest, 0),
    )


OPERATORS: Mapping[str, Doing] = {
    "cancel": _cancel,
    "retry": _retry,
    "skip": _skip,
    "pause": _pause,
    "resume": _resume,
    "rollback": _rollback,
    "reassign": _reassign,
    "jump": _jump,
    "data": _data,
    "migrate": _migrate,
}
