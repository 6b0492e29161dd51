"""The steps that a step names: as targets of its ways (semantics [targets]), and as what it needs."""

from __future__ import annotations

from engine import documents
from engine.definition import FAIL, LEAVE, MAIN, ROLLBACK, owner_of
from engine.language.places import Path, Places
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.language.step import Step
from engine.problems import did_you_mean

WORDS = (LEAVE, FAIL, ROLLBACK)
#: Answers of `on_error` that name no way.
INCIDENT, IGNORE = "incident", "ignore"

_WRITTEN = {"outcome": "on_outcome", "value": "go"}


class Targets:
    """The targets of one playbook."""

    def __init__(self, playbook: Playbook, reading: Reading) -> None:
        self.playbook, self.reading = playbook, reading
        self.places = Places(reading.nodes)

    def check(self, step: Step) -> None:
        """Report every step that this one names and cannot lead to, or cannot need."""
        if step.next:
            self._target(step, step.next, (*step.path, "next"))
        for key, targets in step.routes.items():
            kind, _, name = key.partition(":")
            below: Path = (_WRITTEN[kind], name) if name else (key,)
            if step.kind in ("decide", "wait"):
                below = (step.kind, *below)
            if key == "on_error" and targets[0] in (INCIDENT, IGNORE):
                continue
            self._targets(step, targets, (*step.path, *below))
        for number, (when, targets) in enumerate(step.rules):
            key = "otherwise" if when is None else "go"
            self._targets(step, targets, (*step.path, "decide", number, key))
        for number, rung in enumerate(step.escalate):
            if rung.go is not None:
                self._target(step, rung.go, (*step.path, "escalate", number, "go"))
        for number, needed in enumerate(step.needs):
            self._needed(step, needed, (*step.path, "needs", number))

    def _targets(self, step: Step, targets: tuple[str, ...], path: Path) -> None:
        node = self.reading.nodes.get(path)
        if not isinstance(node, documents.Sequence):
            self._target(step, targets[0], path)
            return
        if not self.playbook.is_graph(step.within):
            hint = "Several steps at once are a `parallel`; this may name several where steps say what they need."
            self.reading.problem("bad-value", "One way leads to one step here.", node.place, hint)
            return
        for index, target in enumerate(targets):
            self._target(step, target, (*path, index))

    def _target(self, step: Step, target: str, path: Path) -> None:
        other = self.playbook.by_id.get(target)
        is_graph = self.playbook.is_graph(step.within)
        if other is None:
            if target in WORDS and not (is_graph and target == LEAVE):
                return
            if target == LEAVE:
                hint = "Steps that no way takes are skipped by themselves; `when` at such a step skips it too."
                self._bad("bad-target", "A list with `needs` is not left in its middle.", path, hint)
                return
            hint = did_you_mean(target, (*self.playbook.by_id, *WORDS))
            self._bad("unknown-step", f"There is no step `{target[:80]}`.", path, hint)
        elif other.within == step.within:
            if is_graph and step.id not in other.needs:
                self._unneeded(step, other, path)
        elif other.within not in self.playbook.around(step.within):
            message, hint = self._beyond(step, other)
            self._bad("bad-target", message, path, hint)
        elif self.playbook.is_graph(other.within):
            region = self._region_in(other.within, step)
            if region.id not in other.needs:
                self._unneeded(region, other, path)

    def _region_in(self, within: str, step: Step) -> Step:
        """Return the region of this list that the step lies in."""
        owners = (self.playbook.by_id[owner_of(name)] for name in self.playbook.around(step.within) if name != MAIN)
        return next(owner for owner in owners if owner.within == within)

    def _unneeded(self, step: Step, other: Step, path: Path) -> None:
        if other is step:
            hint = "A list with `needs` has no loops: put the loop around it, or in a branch."
            self._bad("bad-target", f"`{step.id}` cannot be done again from here.", path, hint)
            return
        message = f"`{other.id}` does not need `{step.id}`, which cannot choose it then."
        self._bad("bad-target", message, path, f"Add `{step.id}` to the `needs` of `{other.id}`.")

    def _beyond(self, step: Step, other: Step) -> tuple[str, str]:
        """Return why no way leads from one step to another, and what can be done."""
        around = self.playbook.around(step.within)
        entered = next(name for name in self.playbook.around(other.within) if self._within(name) in around)
        region = owner_of(entered)
        beside = next((name for name in around if name != MAIN and owner_of(name) == region), None)
        if beside is None:
            message = f"`{other.id}` stands inside `{region}`, and no way leads into it from outside."
            return message, f"Lead to `{region}` itself."
        here, there = (name.partition("/")[2] for name in (beside, entered))
        message = f"`{other.id}` stands in the branch `{there}`, and no way leads there from `{here}` beside it."
        return message, "Steps of several branches that wait for each other are written as `parallel: {steps: …}`."

    def _within(self, name: str) -> str | None:
        """Return the list that the region stands in which this list belongs to."""
        return None if name == MAIN else self.playbook.by_id[owner_of(name)].within

    def _needed(self, step: Step, needed: str, path: Path) -> None:
        other = self.playbook.by_id.get(needed)
        if needed == step.id:
            self._bad("bad-value", f"`{step.id}` cannot need itself.", path, "")
        elif other is None:
            hint = did_you_mean(needed, self.playbook.lists.get(step.within, ()))
            self._bad("unknown-step", f"There is no step `{needed[:80]}`.", path, hint)
        elif other.within != step.within:
            message = f"`{needed}` is not in this list: a step needs steps of its own list."
            self._bad("bad-target", message, path, "What stands before the region has ended anyway.")

    def _bad(self, code: str, message: str, path: Path, hint: str) -> None:
        self.reading.problem(code, message, self.places.at(*path), hint)
