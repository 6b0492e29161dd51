"""Which step of a version goes on as which of another (semantics [migrate]).

A counterpart has the same id, kind and chain of regions. Where a run stands at a step, the counterpart has also the
same form field types and shows and asks the same; a mapping says that it is one nevertheless, or which one is, where
the id is another. What kind it is and where it stands no mapping can change.

A mapping names values too, by their whole names: `inputs.size: inputs.count`, `steps.plan.ref: steps.draft.code`, the
old one first. What is not mapped is called the same there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.definition import (
    ActionSpec,
    CallSpec,
    Definition,
    EachSpec,
    GateSpec,
    ParallelSpec,
    StepSpec,
    TaskSpec,
    WaitSpec,
    branch_of,
    owner_of,
)
from engine.expressions import spelt


@dataclass(frozen=True)
class Counterparts:
    """From `before` to `after`; `mapping` has steps and values of the one to those of the other, as somebody says.

    Ids have no dots, so that a step and a value are told apart by their names.
    """

    before: Definition
    after: Definition
    mapping: Mapping[str, str] = field(default_factory=dict)

    def meant(self, step: str) -> str:
        """Return the id that the step would have, whether it is there or not."""
        return self.mapping.get(step, step)

    def of(self, step: str) -> str | None:
        """Return the step as which what this one has left goes on; None where it has no counterpart."""
        return self.meant(step) if not self.lacks(step) else None

    def input_of(self, name: str) -> str | None:
        """Return the old input that goes on as this one; None where there can be none."""
        new = f"inputs.{name}"
        mapped = next((old for old, other in self.mapping.items() if other == new), None)
        if mapped is not None:
            return mapped.partition(".")[2]
        return None if new in self.mapping else name

    def value_of(self, step: str, name: str) -> str:
        """Return what is called there what this step has left under this name."""
        return self.mapping.get(f"steps.{step}.{name}", name).rpartition(".")[2]

    def lacks(self, step: str) -> str:
        """Say why the step has no counterpart, as words after “because”; nothing where it has one."""
        old, new = self.before.steps[step], self.after.steps.get(self.meant(step))
        if new is None:
            return f"the other version has no step {self.meant(step)}"
        if new.kind != old.kind:
            return f"it is a {old.kind} here and a {new.kind} there"
        if self._chain(old) != self.after.around(new.within):
            return "it stands in another place there"
        owners = [owner_of(within) for within in self.before.around(old.within) if within]
        if any(self.after.steps[self.meant(one)].kind != self.before.steps[one].kind for one in owners):
            return "what it stands in is of another kind there"
        return ""

    def lacks_open(self, step: str) -> str:
        """Say the same of a step at which a run stands: what people see there is the same as well, or is mapped."""
        return self.lacks(step) or self.other_shape(step) or ("" if step in self.mapping else self.differs(step))

    def differs(self, step: str) -> str:
        """Say what of a step people would see changed; the step has a counterpart."""
        old, new = self.before.steps[step].does, self.after.steps[self.meant(step)].does
        if isinstance(old, TaskSpec) and isinstance(new, TaskSpec):
            types = [{(one.name, one.type, one.of, one.required) for one in spec.form} for spec in (old, new)]
            return "its form has other fields there" if types[0] != types[1] else ""
        if isinstance(old, GateSpec) and isinstance(new, GateSpec):
            return "it asks or shows something else there" if (old.ask, old.show) != (new.ask, self._shows(new)) else ""
        if isinstance(old, ActionSpec) and isinstance(new, ActionSpec):
            return "it does another action there" if old.provider != new.provider else ""
        if isinstance(old, CallSpec) and isinstance(new, CallSpec):
            return "it calls another playbook there" if old.playbook != new.playbook else ""
        if isinstance(old, WaitSpec) and isinstance(new, WaitSpec):
            return "it waits for something else there" if old.signal != new.signal else ""
        return ""

    def _shows(self, gate: GateSpec) -> tuple[str, ...]:
        """Return what the other version's gate shows, in the words of this one."""
        return tuple(map(self.said_before, gate.show))

    def said_before(self, name: str) -> str:
        """Return how this version calls what the other one shows under this name."""
        return _said_before(name, {new: old for old, new in self.mapping.items()})

    def is_same_rule(self, gate: str) -> bool:
        """Say whether what passes the gate passes its counterpart: the same people are asked, and as many of them."""
        old, new = self.before.steps[gate].does, self.after.steps[self.meant(gate)].does
        assert isinstance(old, GateSpec)
        assert isinstance(new, GateSpec)
        excluded = tuple(self.mapping.get(one, one) for one in old.exclude)
        rule = (old.approvers, old.quorum, old.order, old.reject, excluded, old.require)
        same = rule == (new.approvers, new.quorum, new.order, new.reject, new.exclude, new.require)
        named = (*new.approvers, *new.exclude)
        return same and all(self.before.roles.get(one) == self.after.roles.get(one) for one in named)

    def other_shape(self, step: str) -> str:
        """Say what keeps a region that is under way from being counted on: its lists, its join."""
        old, new = self.before.steps[step].does, self.after.steps[self.meant(step)].does
        if isinstance(old, EachSpec) and isinstance(new, EachSpec):
            return "" if (old.name, old.join) == (new.name, new.join) else "its items are counted in another way there"
        if isinstance(old, ParallelSpec) and isinstance(new, ParallelSpec):
            needs = {self.meant(one): tuple(map(self.meant, needed)) for one, needed in old.needs.items()}
            same = (old.branches, old.join, needs) == (new.branches, new.join, dict(new.needs))
            return "" if same else "it has other branches, or another join, there"
        return ""

    def within(self, name: str) -> str:
        """Return a list as the other version calls it."""
        if not name:
            return name
        branch = name.partition("/")[2]
        return branch_of(self.meant(owner_of(name)), branch) if branch else self.meant(name)

    def _chain(self, step: StepSpec) -> tuple[str, ...]:
        return tuple(self.within(name) for name in self.before.around(step.within))

    def keeps(self, step: str, name: str) -> bool:
        """Say whether a value that this step has left, `steps.<step>.<name>`, is of the same type there."""
        old = self.before.names_in(self.before.steps[step].within).get(f"steps.{spelt(step)}.{spelt(name)}")
        target, called = self.meant(step), self.value_of(step, name)
        new = self.after.names_in(self.after.steps[target].within).get(f"steps.{spelt(target)}.{spelt(called)}")
        return old is None or new is None or old == new


def wrong_mapping(before: Definition, after: Definition, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return a message for each old step of a mapping that cannot be so."""
    found: dict[str, str] = {}
    parts = Counterparts(before, after, mapping)
    for old, new in mapping.items():
        if "." in old:
            found |= _wrong_value(parts, old, new)
            continue
        twice = [other for other in before.steps if other != old and parts.meant(other) == new]
        if old not in before.steps:
            found[old] = f"The version that it is on has no step {old[:64]}."
        elif new not in after.steps:
            found[old] = f"The other version has no step {new[:64]}."
        elif why := parts.lacks(old) or parts.other_shape(old):
            found[old] = f"{old} cannot go on as {new}: {why}."
        elif any(other in mapping or not parts.lacks(other) for other in twice):
            found[old] = f"{new[:64]} would stand for {twice[0]} as well: one step for one."
    return found


def concerning(before: Definition, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return what of a mapping for many runs concerns those of this version."""
    return {old: new for old, new in mapping.items() if old in before.steps or named(before, old) is not None}


def _said_before(name: str, back: Mapping[str, str]) -> str:
    """Return how the old version calls a value; `back` is a mapping turned round."""
    if name in back:
        return back[name]
    root, _, rest = name.partition(".")
    step, dot, inner = rest.partition(".")
    return f"steps.{back.get(step, step)}{dot}{inner}" if root == "steps" and rest else name


def _wrong_value(parts: Counterparts, old: str, new: str) -> dict[str, str]:
    """Say what is wrong with a value that is to go on as another one."""
    was, now = named(parts.before, old), named(parts.after, new)
    twice = [other for other, meant in parts.mapping.items() if meant == new and other != old]
    if was is None:
        return {old: f"The version that it is on has no {old[:120]}."}
    if now is None:
        return {old: f"The other version has no {new[:120]}."}
    if was[0] != now[0] and (not was[0] or not now[0] or parts.meant(was[0]) != now[0]):
        return {old: f"{old[:120]} cannot go on as {new[:120]}: it would be left by another step."}
    if twice:
        return {old: f"{new[:120]} would stand for {twice[0][:120]} as well: one value for one."}
    return {}


def named(definition: Definition, name: str) -> tuple[str, str] | None:
    """Return the step and the field of a value by its whole name, an empty step for an input; None where there is none.

    Of what a step leaves these are the fields of its form, and what else the playbook can read of it by name.
    """
    root, _, rest = name.partition(".")
    if root == "inputs":
        return ("", rest) if any(spec.name == rest for spec in definition.inputs) else None
    step, _, inner = rest.partition(".")
    if root != "steps" or step not in definition.steps or not inner:
        return None
    known = definition.names_in(definition.steps[step].within)
    return (step, inner) if f"steps.{spelt(step)}.{spelt(inner)}" in known else None
