"""Runs of playbooks written as text, for tests of regions, calls, signals, windows and undoing; acts in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from engine.calendars import OFFICE_HOURS
from engine.compiler import compile_text, playbooks_of
from engine.definition import CallSpec, Definition
from engine.machine.commands import Advance, Command, Refusal
from engine.machine.events import Cancel, ChangeData, Child, Facts, Jump, Pause, Resume, Rollback, Signal, Start
from engine.rehearsal.play import Directory, Play
from tests.engine.machine.playing import BEGIN, OPERATOR, accepted

HEAD = """\
playbook: sample
title: Sample
kind: sop
owner: anybody
inputs:
  n: {type: integer, default: 1}
  items: {type: list, of: integer, default: [4, 5]}
roles: {red: {groups: [red]}, green: {groups: [green]}, blue: {groups: [blue]}}
steps:
"""
CHILD = """\
playbook: child
title: Child
kind: sop
owner: anybody
inputs: {n: {type: integer, required: false}}
steps: [{id: think, set: {n: "3"}}]
outputs: {n: steps.think.n}
"""
KNOWN = playbooks_of([compile_text(CHILD)])
PEOPLE = {"ann": "red", "bo": "green", "cy": "blue"}


def definition(steps: str) -> Definition:
    """Compile a playbook with these steps; what the proofs say of it does not matter."""
    compiled = compile_text(HEAD + steps, "sample.yaml", {"office-hours": OFFICE_HOURS}, playbooks=KNOWN)
    assert compiled.definition is not None, compiled.problems
    return compiled.definition


def run(
    steps: str | Definition, at: datetime = BEGIN, people: Mapping[str, str] = PEOPLE, begin: bool = True, **start: Any
) -> Play:
    """Start a run by sam of a playbook with these steps."""
    written = definition(steps) if isinstance(steps, str) else steps
    groups = {person: names.split() for person, names in people.items()}
    play = Play(written, Directory(written, groups), at)
    if begin:
        accepted(play.apply(start_of(play, **start)))
    return play


def start_of(play: Play, **fields: Any) -> Start:
    steps = play.definition.steps
    calls = {id: "digest" for id, step in steps.items() if isinstance(step.does, CallSpec)}
    return Start(**{"at": play.now, "actor": "sam", "run": "run", "calls": calls, **fields})


def addresses(play: Play) -> list[str]:
    """Return what is open, regions apart, by its addresses."""
    return sorted(visit.address for visit in play.current.visits.values() if visit.region is None)


def done(play: Play, *steps: str) -> None:
    """Complete these tasks, each by whoever may."""
    for step in steps:
        visit = play.current.visits[play.visit(step)]
        person = next((one for one, group in PEOPLE.items() if group == visit.assigned), "sam")
        accepted(play.complete(step, person, {}))


def status(play: Play) -> str:
    return play.current.status.value


def signal(play: Play, name: str = "ready", data: Any = None, actor: str = "engine") -> Advance | Refusal:
    return play.apply(Signal(at=play.now, actor=actor, facts=play.facts(actor), name=name, data=data))


Ending = Literal["completed", "failed", "cancelled", "rolled_back", "refused"]


def child(play: Play, step: str, status: Ending = "completed", nth: int = 1, **fields: Any) -> Advance | Refusal:
    return play.apply(Child(at=play.now, visit=play.visit(step), nth=nth, status=status, **fields))


def jump(play: Play, to: str, undo: bool = False, facts: Facts = OPERATOR) -> Advance | Refusal:
    return play.apply(Jump(at=play.now, actor="operator", facts=facts, to=to, reason="there", undo=undo))


def put(play: Play, values: Mapping[str, Any]) -> Advance | Refusal:
    return play.apply(ChangeData(at=play.now, actor="operator", facts=OPERATOR, values=values, reason="wrong"))


def pause(play: Play) -> Advance:
    return accepted(play.apply(Pause(at=play.now, actor="operator", facts=OPERATOR, reason="stop")))


def resume(play: Play) -> Advance:
    return accepted(play.apply(Resume(at=play.now, actor="operator", facts=OPERATOR, reason="on")))


def cancel(play: Play) -> Advance:
    return accepted(play.apply(Cancel(at=play.now, actor="operator", facts=OPERATOR, reason="no")))


def rollback(play: Play) -> Advance | Refusal:
    return play.apply(Rollback(at=play.now, actor="operator", facts=OPERATOR, reason="back"))


def sent(answer: Advance | Refusal, kind: type[Command]) -> list[Any]:
    return [command for command in accepted(answer).commands if isinstance(command, kind)]


def moved(answer: Advance | Refusal, kind: str) -> list[str | None]:
    """Return the steps of the moves of this kind, in order."""
    return [move.step for move in accepted(answer).moves if move.kind == kind]


def in_state(play: Play, **fields: Any) -> None:
    """Put the run into a state that would be long to reach."""
    play.state = replace(play.current, **fields)
