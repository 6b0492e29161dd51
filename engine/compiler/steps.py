"""What a step's parts must have in common: outcomes, rungs, what a gate shows; and the step as compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from engine.compiler.scopes import Scopes
from engine.compiler.targets import IGNORE, INCIDENT
from engine.definition import MAIN, ActionSpec, CallSpec, EachSpec, GateSpec, Rung, StepSpec, TaskSpec, Work
from engine.expressions import spelt
from engine.expressions.types import DYN
from engine.language.places import Path, Places
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.language.step import Step
from engine.problems import did_you_mean


def check_step(step: Step, reading: Reading) -> None:
    """Report outcomes that nobody can choose, and rungs that this step cannot climb."""
    places = Places(reading.nodes)
    outcomes = step.does.outcomes if isinstance(step.does, TaskSpec) else ()
    if step.does is not None:
        for key in step.routes:
            name = key.partition(":")[2]
            if key.startswith("outcome:") and name not in outcomes:
                hint = did_you_mean(name, outcomes) or "Name it under the task's `outcomes`."
                place = places.at(*step.path, "on_outcome", name)
                reading.problem("bad-value", f"The task has no outcome `{name[:80]}`.", place, hint)
    for number, rung in enumerate(step.escalate):
        if rung.outcome is None or step.does is None:
            continue
        known = ("approve", "reject") if step.kind == "gate" else outcomes
        if rung.outcome not in known:
            place = places.at(*step.path, "escalate", number, "outcome")
            hint = did_you_mean(rung.outcome, known) or (f"One of: {', '.join(known)}." if known else "")
            message = f"This step cannot end as `{rung.outcome[:80]}`."
            reading.problem("bad-value", message, place, hint)
    for number, rung in enumerate(step.escalate):
        for where, code, message, hint in _wrong_with(step, rung):
            reading.problem(code, message, places.at(*step.path, "escalate", number, *where), hint)


_GATES_ONLY = ("pending", "approvers")


def _wrong_with(step: Step, rung: Rung) -> Iterator[tuple[Path, str, str, str]]:
    """Give what is wrong with a rung at this step: where in the rung, code, message and hint."""
    if rung.before_due is not None and step.due is None:
        message = f"The step `{step.id}` needs `due` for a rung that counts back from it."
        yield ("before_due",), "missing-key", message, "Give the step a `due`, or count from its opening by `after`."
    elif isinstance(rung.before_due, timedelta) and isinstance(step.due, timedelta) and rung.before_due > step.due:
        yield ("before_due",), "bad-value", "This is before the step opens: it is due sooner.", ""
    if step.does is None:
        return
    if rung.add is not None and step.kind not in ("task", "gate"):
        yield ("add",), "bad-value", f"Nobody can be added to a step of the kind `{step.kind}`.", ""
    if rung.reassign is not None and step.kind != "task":
        hint = "At a gate, `add` lets somebody stand in." if step.kind == "gate" else ""
        yield ("reassign",), "bad-value", f"Only a task is reassigned, and `{step.id}` is a {step.kind}.", hint
    if rung.stand_in is not None and rung.add is not None and step.kind == "task":
        yield ("for",), "bad-value", "Only at a gate does somebody stand in for a role.", ""
    for index, name in enumerate(rung.remind):
        if name in _GATES_ONLY and step.kind != "gate":
            yield ("remind", index), "bad-value", f"`{name}` are those of a gate, and `{step.id}` is a {step.kind}.", ""
        elif name == "assigned" and step.kind != "task":
            hint = "At a gate, remind `pending` or `approvers`." if step.kind == "gate" else ""
            yield ("remind", index), "bad-value", f"Nobody is assigned to a step of the kind `{step.kind}`.", hint


class Showing:
    """What the gates of one playbook may show: what their expressions may read."""

    def __init__(self, playbook: Playbook, scopes: Scopes) -> None:
        self.scopes, self.reading = scopes, scopes.reading
        self.names = scopes.names_in(MAIN)
        self.inputs = {spelt(spec.name): spec.name for spec in playbook.inputs}
        self.steps = {spelt(step.id): step.id for step in playbook.steps}
        self.fields = {
            (spelt(step.id), spelt(spec.name)): spec.name
            for step in playbook.steps
            if isinstance(step.does, TaskSpec)
            for spec in step.does.form
        }

    def shown(self, gate: GateSpec, step: Step) -> tuple[str, ...]:
        """Return what the gate shows, with ids as declared; report what is not there."""
        found = []
        self.names = self.scopes.names_in(step.within)
        for index, written in enumerate(gate.show):
            name = self._declared(spelt(written.strip()).split("."))
            if name:
                found.append(name)
                continue
            offered = ["inputs", *self.names, *(f"steps.{other}" for other in self.steps if self._is_known(other))]
            hint = did_you_mean(spelt(written.strip()), offered)
            hint = hint or "Show `inputs`, `inputs.name`, `steps.id` or `steps.id.name`."
            place = Places(self.reading.nodes).at(*step.path, "gate", "show", index)
            self.reading.problem("unknown-name", f"There is nothing called `{written[:80]}` to show.", place, hint)
        return tuple(found)

    def _declared(self, path: list[str]) -> str:
        if path[0] == "inputs" and len(path) <= 2 and all(name in self.inputs for name in path[1:]):
            return ".".join(["inputs", *(self.inputs[name] for name in path[1:])])
        if path[0] != "steps" or len(path) < 2 or not self._is_known(path[1]):
            return ""
        is_known = len(path) == 2 or ".".join(path) in self.names
        if not is_known and self.names.get(".".join(path[:2])) != DYN:
            return ""
        rest = [self.fields.get((path[1], path[2]), path[2]), *path[3:]] if len(path) > 2 else []
        return ".".join(["steps", self.steps[path[1]], *rest])

    def _is_known(self, step: str) -> bool:
        return step in self.steps and f"steps.{step}.visits" in self.names


def compiled(step: Step, work: Work, show: tuple[str, ...], names: Mapping[str, str]) -> StepSpec:
    """Return the state that a step becomes; `work` is what it does. `names` are what an each adds."""
    if isinstance(work, GateSpec):
        work = replace(work, show=show)
    elif isinstance(work, EachSpec):
        work = replace(work, names=names)
    elif isinstance(work, ActionSpec | CallSpec):
        (on_error,) = step.routes.get("on_error", (INCIDENT,))
        if on_error == IGNORE:
            work = replace(work, on_error="ignore")
        elif on_error != INCIDENT:
            work = replace(work, on_error="route")
    return StepSpec(
        step.id,
        step.title,
        work,
        within=step.within,
        when=step.when,
        due=step.due,
        escalate=step.escalate,
        window=step.window or None,
        undo=step.undo,
        tags=step.tags,
        locked=step.locked,
    )
