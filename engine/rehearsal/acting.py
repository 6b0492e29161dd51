"""The verbs of scenarios as events: one function a verb, each answering with what the machine said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

from engine import fields
from engine.language.scenario import raw
from engine.language.verbs import OPERATOR, Act
from engine.lifecycles import Choice
from engine.machine import changing, rights
from engine.machine.commands import Advance, Refusal
from engine.machine.events import (
    Cancel,
    CastVote,
    ChangeData,
    Claim,
    Delegate,
    Jump,
    Pause,
    Reassign,
    Release,
    Result,
    Resume,
    RetryStep,
    SkipStep,
    Withdraw,
)
from engine.machine.exclusion import USER
from engine.rehearsal.play import Play

Answer = Advance | Refusal | None


def perform(play: Play, act: Act) -> Answer:
    """Do what one line says. None where nothing can refuse it (the clock, the directory)."""
    return _VERBS[act.verb](play, act.says)


def _complete(play: Play, says: Mapping[str, Any]) -> Answer:
    """Read the form as a page would; whether the person may comes before what the form says."""
    step, person, other = says["step"], says["by"], says.get("for")
    visit = play.visit(step)
    facts = play.facts(person, visit, *((other,) if other else ()))
    refusal = rights.to_complete(play.definition, play.current, visit, person, facts, other)
    if refusal is not None:
        return refusal
    given = raw(says["form"]) if says.get("form") is not None else {}
    form, wrong = fields.read_all(play.task(step).form, given)
    for name, message in wrong.items():
        return Refusal(f"field:{name}", message)
    checklist = says.get("checklist", ())
    return play.complete(step, person, form, None if checklist == "all" else checklist, says.get("outcome"), other)


def _claim(play: Play, says: Mapping[str, Any]) -> Answer:
    visit = play.visit(says["step"])
    return play.apply(Claim(at=play.now, actor=says["by"], facts=play.facts(says["by"], visit), visit=visit))


def _release(play: Play, says: Mapping[str, Any]) -> Answer:
    visit = play.visit(says["step"])
    return play.apply(Release(at=play.now, actor=says["by"], facts=play.facts(says["by"], visit), visit=visit))


def _vote(play: Play, says: Mapping[str, Any]) -> Answer:
    gate, person, other = says["gate"], says["by"], says.get("for")
    visit = play.visit(gate)
    return play.apply(
        CastVote(
            at=play.now,
            actor=person,
            on_behalf_of=other,
            facts=play.facts(person, visit, *((other,) if other else ())),
            visit=visit,
            choice=Choice(says["choice"]),
            comment=says.get("comment", ""),
            digest=_digest(play, gate, says.get("seen") == "old"),
        )
    )


def _digest(play: Play, gate: str, old: bool) -> str:
    """Return the digest the voter saw: the last one, or the last that is no longer true."""
    known = play.digests.get(gate, [""])
    return next((digest for digest in reversed(known) if digest != known[-1]), "old") if old else known[-1]


def _withdraw(play: Play, says: Mapping[str, Any]) -> Answer:
    visit = play.visit(says["gate"])
    return play.apply(Withdraw(at=play.now, actor=says["by"], facts=play.facts(says["by"], visit), visit=visit))


def _delegate(play: Play, says: Mapping[str, Any]) -> Answer:
    """Hand a vote to somebody; without `to` take it back."""
    person, visit, to = says["by"], play.visit(says["gate"]), says.get("to", "").removeprefix(USER)
    facts = play.facts(person, visit, *((to,) if to else ()))
    return play.apply(Delegate(at=play.now, actor=person, facts=facts, visit=visit, to=to))


def _result(
    play: Play, step: str, outcome: Literal["ok", "error", "timeout"], data: Any = None, error: str = ""
) -> Answer:
    """Answer the attempt in hand; in the pause between two there is none."""
    visit = play.open_visit(step)
    if visit is None or visit.attempt is None:
        return rights.gone(play.definition, play.current, play.visit(step))
    return play.apply(
        Result(at=play.now, visit=visit.number, attempt=visit.attempt.number, outcome=outcome, data=data, error=error)
    )


def _succeed(play: Play, says: Mapping[str, Any]) -> Answer:
    return _result(play, says["step"], "ok", says.get("result"))


def _fail(play: Play, says: Mapping[str, Any]) -> Answer:
    return _result(play, says["step"], "error", error=says.get("error", ""))


def _timeout(play: Play, says: Mapping[str, Any]) -> Answer:
    return _result(play, says["step"], "timeout")


def _cancel(play: Play, says: Mapping[str, Any]) -> Answer:
    person = says.get("by", OPERATOR)
    return play.apply(Cancel(at=play.now, actor=person, facts=play.facts(person), reason=says.get("reason", "")))


def _retry(play: Play, says: Mapping[str, Any]) -> Answer:
    person, visit = says.get("by", OPERATOR), play.visit(says["step"])
    facts = play.facts(person, visit)
    return play.apply(RetryStep(at=play.now, actor=person, facts=facts, visit=visit, reason=says.get("reason", "")))


def _skip(play: Play, says: Mapping[str, Any]) -> Answer:
    person, visit = says.get("by", OPERATOR), play.visit(says["step"])
    facts = play.facts(person, visit)
    return play.apply(SkipStep(at=play.now, actor=person, facts=facts, visit=visit, reason=says.get("reason", "")))


def _pause(play: Play, says: Mapping[str, Any]) -> Answer:
    person = says.get("by", OPERATOR)
    return play.apply(Pause(at=play.now, actor=person, facts=play.facts(person), reason=says.get("reason", "")))


def _resume(play: Play, says: Mapping[str, Any]) -> Answer:
    """Resume; a point in time that came meanwhile is due at once."""
    person = says.get("by", OPERATOR)
    answer = play.apply(Resume(at=play.now, actor=person, facts=play.facts(person), reason=says.get("reason", "")))
    play.advance(timedelta())
    return answer


def _reassign(play: Play, says: Mapping[str, Any]) -> Answer:
    """Hand a task over; `to` is a role, else somebody's name."""
    person, visit, to = says.get("by", OPERATOR), play.visit(says["step"]), says["to"].removeprefix(USER)
    facts = play.facts(person, visit, *(() if to in play.definition.roles else (to,)))
    to = to if to in play.definition.roles else USER + to
    return play.apply(
        Reassign(at=play.now, actor=person, facts=facts, visit=visit, to=to, reason=says.get("reason", ""))
    )


def _jump(play: Play, says: Mapping[str, Any]) -> Answer:
    person = says.get("by", OPERATOR)
    return play.apply(
        Jump(at=play.now, actor=person, facts=play.facts(person), to=says["to"], reason=says.get("reason", ""))
    )


def _data(play: Play, says: Mapping[str, Any]) -> Answer:
    person = says.get("by", OPERATOR)
    values, wrong = changing.read(play.definition, play.current, raw(says["set"]))
    facts = play.facts(person)
    refusal = rights.to_change(play.definition, play.current, person, facts)
    for name, message in wrong.items():
        refusal = refusal or Refusal(f"field:{name}", message)
    return refusal or play.apply(
        ChangeData(at=play.now, actor=person, facts=facts, values=values, reason=says.get("reason", ""))
    )


def _people(play: Play, says: Mapping[str, Any]) -> Answer:
    for person, groups in says.get("join", {}).items():
        play.directory.join(person, groups)
    for person, groups in says.get("leave", {}).items():
        play.directory.leave(person, groups)
    for person in says.get("deactivate", {}):
        play.directory.deactivate(person)
    return None


def _advance(play: Play, says: Mapping[str, Any]) -> Answer:
    play.advance(says["length"])
    return None


_VERBS: Mapping[str, Callable[[Play, Mapping[str, Any]], Answer]] = {
    "complete": _complete,
    "claim": _claim,
    "release": _release,
    "vote": _vote,
    "withdraw": _withdraw,
    "delegate": _delegate,
    "succeed": _succeed,
    "fail": _fail,
    "timeout": _timeout,
    "cancel": _cancel,
    "retry": _retry,
    "skip": _skip,
    "pause": _pause,
    "resume": _resume,
    "reassign": _reassign,
    "jump": _jump,
    "data": _data,
    "people": _people,
    "advance": _advance,
}
