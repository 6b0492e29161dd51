"""Routing: where each step of a playbook leads, as transitions.

Takes the steps as authored, checks every target (semantics [targets]) and writes out what is left unsaid: the
following step, the end of the list, a rejection that fails the run.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition import FAIL, LEAVE, ROLLBACK, TaskSpec, Transition
from engine.language.places import Path, Places
from engine.language.playbook import Playbook
from engine.language.section import NOT_YET, Reading
from engine.language.step import Step
from engine.problems import did_you_mean

#: Answers of `on_error` that name no way.
INCIDENT, IGNORE = "incident", "ignore"

_WRITTEN = {"outcome": "on_outcome", "value": "go"}


def route(playbook: Playbook, reading: Reading) -> tuple[Transition, ...]:
    """Return all transitions; a target that is none is reported and left out."""
    known = {step.id for step in playbook.steps}
    checked = _Checked(reading, known)
    found: list[Transition] = []
    if playbook.steps:
        found.append(Transition("", "start", playbook.steps[0].id))
    for index, step in enumerate(playbook.steps):
        following = playbook.steps[index + 1].id if index + 1 < len(playbook.steps) else LEAVE
        checked.check(step)
        found.extend(way for way in _ways(step, following) if way.target in known or way.target in (LEAVE, FAIL))
    return tuple(found)


def _ways(step: Step, following: str) -> Iterator[Transition]:
    """Give the ways out of a step. An operator may skip any step but an end, so each has its `skip`."""
    after = step.next or following
    if step.kind == "decide":
        for number, (when, target) in enumerate(step.rules):
            trigger = "otherwise" if when is None else f"rule:{number}"
            yield Transition(step.id, trigger, target, when)
        for trigger, target in step.routes.items():
            yield Transition(step.id, trigger, target)
    elif step.kind == "gate":
        yield Transition(step.id, "approve", after)
        yield Transition(step.id, "reject", step.routes.get("on_reject", FAIL))
        if "on_return" in step.routes:
            yield Transition(step.id, "return", step.routes["on_return"])
    elif isinstance(step.does, TaskSpec) and step.does.outcomes:
        for outcome in step.does.outcomes:
            yield Transition(step.id, f"outcome:{outcome}", step.routes.get(f"outcome:{outcome}", after))
    elif step.kind != "end":
        yield Transition(step.id, "done", after)
    on_error = step.routes.get("on_error", INCIDENT)
    if on_error not in (INCIDENT, IGNORE):
        yield Transition(step.id, "error", on_error)
    for number, rung in enumerate(step.escalate):
        if rung.go is not None:
            yield Transition(step.id, f"rung:{number}", rung.go)
    if step.kind != "end":
        yield Transition(step.id, "skip", after)


class _Checked:
    """The targets that one step names."""

    def __init__(self, reading: Reading, known: set[str]) -> None:
        self.reading, self.known = reading, known
        self.places = Places(reading.nodes)

    def check(self, step: Step) -> None:
        if step.next:
            self._target(step.next, (*step.path, "next"))
        for key, target in step.routes.items():
            kind, _, name = key.partition(":")
            below = (_WRITTEN[kind], name) if name else (key,)
            if step.kind == "decide":
                below = ("decide", *below)
            if key == "on_error" and target in (INCIDENT, IGNORE):
                continue
            self._target(target, (*step.path, *below))
        for number, (when, target) in enumerate(step.rules):
            key = "otherwise" if when is None else "go"
            self._target(target, (*step.path, "decide", number, key))
        for number, rung in enumerate(step.escalate):
            if rung.go is not None:
                self._target(rung.go, (*step.path, "escalate", number, "go"))

    def _target(self, target: str, path: Path) -> None:
        if target in self.known or target in (LEAVE, FAIL):
            return
        place = self.places.at(*path)
        if target == ROLLBACK:
            self.reading.problem("bad-target", "There is nothing yet that could be rolled back.", place, NOT_YET)
            return
        hint = did_you_mean(target, (*self.known, LEAVE, FAIL))
        self.reading.problem("unknown-step", f"There is no step `{target[:80]}`.", place, hint)
