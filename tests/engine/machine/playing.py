"""Runs for tests of the machine: definitions built by hand, people by group name, verbs in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from engine.definition import Definition, FieldSpec, GateSpec, Quorum, RoleSpec, Rung, StepSpec
from engine.lifecycles import Choice
from engine.machine.commands import Advance, Perform, Refusal
from engine.machine.events import CastVote, Delegate, Facts, Fire, Result, RetryStep, SkipStep, Withdraw
from engine.machine.state import Asking, Visit, dump, load
from engine.rehearsal.attaching import attached
from engine.rehearsal.play import Directory, Play
from tests.engine.building import end, gate, playbook, task

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = {"ann": "red", "bo": "red", "cy": "green", "di": "green", "ed": "blue"}
N = (FieldSpec("n", "integer"),)
NAMES = {"inputs.n": "int", "now": "timestamp"}
OPERATOR = Facts(operator=True, breaks_glass=True, roles=("user:operator",))


def began(definition: Definition, people: Mapping[str, str] | None = None, by: str = "sam", **inputs: Any) -> Play:
    """Start a run; `people` maps each person to their groups, words apart."""
    groups = {person: names.split() for person, names in (people or {}).items()}
    play = Play(definition, Directory(definition, groups), BEGIN)
    accepted(play.start(by, inputs))
    return play


def with_gate(definition: Definition, step: str = "gate", **fields: Any) -> Definition:
    """Change the gate of a definition."""
    spec = definition.steps[step]
    assert isinstance(spec.does, GateSpec)
    return with_step(definition, step, does=replace(spec.does, **fields))


def with_step(definition: Definition, step: str, **fields: Any) -> Definition:
    changed: StepSpec = replace(definition.steps[step], **fields)
    return replace(definition, steps={**definition.steps, step: changed})


def roles(*names: str) -> dict[str, RoleSpec]:
    return {name: RoleSpec(groups=(name,)) for name in names}


def accepted(answer: Advance | Refusal | None) -> Advance:
    """Take the answer as accepted; its state reads back from its bytes."""
    assert isinstance(answer, Advance), answer
    assert load(dump(answer.state)) == answer.state
    return answer


def code(answer: Advance | Refusal | None) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def vote(
    play: Play,
    person: str,
    choice: str = "approve",
    step: str = "gate",
    comment: str = "",
    digest: str | None = None,
    on_behalf_of: str | None = None,
    evidence: tuple[str, ...] = (),
    reauthenticated: bool = False,
) -> Advance | Refusal:
    visit = play.visit(step)
    facts = play.facts(person, visit, *((on_behalf_of,) if on_behalf_of else ()))
    seen = play.digests.get(step, [""])[-1] if digest is None else digest
    return play.apply(
        CastVote(
            at=play.now,
            actor=person,
            on_behalf_of=on_behalf_of,
            facts=replace(facts, reauthenticated=reauthenticated),
            visit=visit,
            choice=Choice(choice),
            comment=comment,
            digest=seen,
            evidence=attached(evidence),
        )
    )


def delegate(play: Play, person: str, to: str = "", step: str = "gate") -> Advance | Refusal:
    visit = play.visit(step)
    facts = play.facts(person, visit, *((to,) if to else ()))
    return play.apply(Delegate(at=play.now, actor=person, facts=facts, visit=visit, to=to))


def withdraw(play: Play, person: str, step: str = "gate") -> Advance | Refusal:
    visit = play.visit(step)
    return play.apply(Withdraw(at=play.now, actor=person, facts=play.facts(person, visit), visit=visit))


def answer(
    play: Play,
    step: str,
    outcome: Literal["ok", "error", "timeout", "lost"] = "ok",
    attempt: int | None = None,
    **fields: Any,
) -> Advance | Refusal:
    """Answer an attempt of an action, the last one unless told otherwise."""
    visit = play.visit(step)
    if attempt is None:
        there = play.current.visits.get(visit)
        attempt = there.attempt.number if there is not None and there.attempt is not None else 1
    return play.apply(Result(at=play.now, visit=visit, attempt=attempt, outcome=outcome, **fields))


def retry(play: Play, step: str, facts: Facts = OPERATOR) -> Advance | Refusal:
    return play.apply(RetryStep(at=play.now, actor="operator", facts=facts, visit=play.visit(step), reason="again"))


def skip(play: Play, step: str, actor: str = "operator", facts: Facts = OPERATOR) -> Advance | Refusal:
    return play.apply(SkipStep(at=play.now, actor=actor, facts=facts, visit=play.visit(step), reason="no"))


def fire(play: Play, timer: str) -> Advance | Refusal:
    return play.apply(Fire(at=play.now, timer=timer))


def there(play: Play, step: str) -> Visit:
    found = play.open_visit(step)
    assert found is not None, f"{step} is not open"
    return found


def asking(play: Play, step: str = "gate") -> Asking:
    found = there(play, step).asking
    assert found is not None
    return found


def data(play: Play, step: str) -> Any:
    """Return what `steps.<step>` holds, None where it is unset."""
    return play.current.values.get("", {}).get(step)


def open_steps(play: Play) -> list[str]:
    return sorted(visit.step for visit in play.current.visits.values())


def incident(play: Play, step: str) -> str | None:
    found = there(play, step).incident
    return None if found is None else found.code


def performs(answer: Advance) -> list[Perform]:
    return [command for command in answer.commands if isinstance(command, Perform)]


def kinds(answer: Advance) -> list[str]:
    return [move.kind for move in answer.moves]


def one_gate(quorum: Quorum | None = None, **fields: Any) -> Definition:
    """A gate of red and green, then the end; fields of the gate, and the ways out of it, as named."""
    ways = {key: fields.pop(key) for key in ("on_reject", "on_return", "escalate") if key in fields}
    built = playbook(
        gate("gate", approvers=("red", "green"), quorum=quorum, **ways),
        end("done"),
        end("other", "failed"),
        roles=roles("red", "green", "blue"),
    )
    return with_gate(built, **fields) if fields else built


def laddered(*rungs: Rung, **common: Any) -> Definition:
    """A task of red with these rungs, then the end."""
    return playbook(
        task("task", assign="red", outcomes={"yes": None, "no": None}, escalate=rungs, **common),
        end("done"),
        inputs=N,
        names=NAMES,
        roles=roles("red", "blue"),
    )
