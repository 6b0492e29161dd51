"""Where each step of a playbook leads, as transitions.

Takes the steps as authored and writes out what is left unsaid: the following step, the end of the list, a rejection
that fails the run; in a list with `needs`, the steps that wait for this one. Targets are checked in `targets`.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.compiler.targets import IGNORE, INCIDENT, WORDS, Targets
from engine.definition import FAIL, LEAVE, MAIN, ParallelSpec, TaskSpec, Transition, branch_of
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.language.step import Step


def route(playbook: Playbook, reading: Reading) -> tuple[Transition, ...]:
    """Return all transitions; a target that is none is reported and left out."""
    targets, ways = Targets(playbook, reading), _Ways(playbook)
    found: list[Transition] = []
    main = playbook.lists.get(MAIN, ())
    if main:
        found.append(Transition("", "start", main[0]))
    for step in playbook.steps:
        targets.check(step)
        found.extend(way for way in ways.of(step) if way.target in playbook.by_id or way.target in WORDS)
    return tuple(found)


class _Ways:
    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.following: dict[str, str] = {}
        self.needed_by: dict[str, list[str]] = {}
        for steps in playbook.lists.values():
            self.following.update(zip(steps, (*steps[1:], LEAVE), strict=False))
        for step in playbook.steps:
            for needed in step.needs:
                self.needed_by.setdefault(needed, []).append(step.id)

    def of(self, step: Step) -> Iterator[Transition]:
        """Give the ways out of a step. An operator may skip any step but an end, so each has its `skip`."""
        if step.kind in ("end", "rollback"):
            return
        yield from self._into(step)
        onward = self._onward(step)
        for trigger, targets in _ordinary(step, onward):
            yield from (Transition(step.id, trigger, target) for target in targets)
        for number, (when, targets) in enumerate(step.rules):
            trigger = "otherwise" if when is None else f"rule:{number}"
            yield from (Transition(step.id, trigger, target, when) for target in targets)
        for trigger, targets in _aside(step):
            yield from (Transition(step.id, trigger, target) for target in targets)
        skipped = (LEAVE,) if self._is_graph(step) else onward
        yield from (Transition(step.id, "skip", target) for target in skipped)

    def _into(self, step: Step) -> Iterator[Transition]:
        """Give the ways into the lists of a region: to the first step, or to each that needs nothing."""
        does = step.does
        branches = does.branches if isinstance(does, ParallelSpec) else ()
        for body in [branch_of(step.id, name) for name in branches] or [step.id]:
            steps = self.playbook.lists.get(body, ())
            if isinstance(does, ParallelSpec) and not branches:
                first = tuple(inner for inner in steps if not does.needs[inner])
            else:
                first = steps[:1]
            yield from (Transition(step.id, f"enter:{body}", target) for target in first)

    def _onward(self, step: Step) -> tuple[str, ...]:
        """Return where a step leads that ends without a routing key."""
        if not self._is_graph(step):
            return (step.next or self.following[step.id],)
        named = {target for targets in step.routes.values() for target in targets}
        named |= {target for _, targets in step.rules for target in targets}
        named |= {rung.go for rung in step.escalate if rung.go is not None}
        return tuple(inner for inner in self.needed_by.get(step.id, ()) if inner not in named) or (LEAVE,)

    def _is_graph(self, step: Step) -> bool:
        return self.playbook.is_graph(step.within)


def _ordinary(step: Step, onward: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what ends a step in the ordinary way, and where that leads."""
    if step.kind == "decide":
        return
    if step.kind == "gate":
        yield "approve", onward
        yield "reject", step.routes.get("on_reject", (FAIL,))
        if "on_return" in step.routes:
            yield "return", step.routes["on_return"]
    elif isinstance(step.does, TaskSpec) and step.does.outcomes:
        for outcome in step.does.outcomes:
            yield f"outcome:{outcome}", step.routes.get(f"outcome:{outcome}", onward)
    else:
        yield "done", onward


def _aside(step: Step) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the ways by a table's answers, by an error, by a deadline and by rungs."""
    if step.kind == "decide":
        yield from step.routes.items()
    if "on_error" in step.routes and step.routes["on_error"][0] not in (INCIDENT, IGNORE):
        yield "error", step.routes["on_error"]
    if "on_deadline" in step.routes:
        yield "deadline", step.routes["on_deadline"]
    for number, rung in enumerate(step.escalate):
        if rung.go is not None:
            yield f"rung:{number}", (rung.go,)
