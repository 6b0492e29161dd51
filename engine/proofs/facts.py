"""What a visit of a step gives and takes away, and what a condition proves: the facts of row 6.

A fact is a path: `("steps", "a")` says that the last visit of a completed, `("steps", "a", "f")` that f was given,
`("inputs", "f")` that the input was. A visit that completes gives facts, one that is skipped, failed or cancelled takes
all of its step's away. A set of facts is an `int`, one bit each, so that meeting ways is one `&`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from engine.definition import (
    MAIN,
    CallSpec,
    Definition,
    FieldSpec,
    GateSpec,
    SetSpec,
    StepSpec,
    TaskSpec,
    Transition,
    owner_of,
)
from engine.expressions import Call, Const, Has, Name, Node, spelt, walk
from engine.proofs.moves import Moves
from engine.proofs.passing import completes
from engine.proofs.readings import MATCH, Reading, readings

Path = tuple[str, ...]

_ALWAYS = frozenset(("by", "at", "outcome", "files", "checklist", "decision", "votes"))
"""What a task or a gate leaves besides its form, however it completes."""


def beginnings(path: Path) -> tuple[Path, ...]:
    """Return the facts that `has(path)` proves: the path, what it lies in, and its step."""
    if path[0] == "inputs":
        return tuple(path[:length] for length in range(2, len(path) + 1))
    if path[0] != "steps" or len(path) < 3:
        return (path,)
    inner = tuple(path[:length] for length in range(3, len(path) + 1))
    return inner if path[2] == "error" else (path[:2], *inner)


def is_given(spec: FieldSpec) -> bool:
    """Say whether a field always has a value: an empty optional one is unset."""
    return spec.required or spec.default is not None


class Facts:
    """The facts of one playbook that any of its expressions asks about. Where each holds is `flow`'s."""

    def __init__(self, definition: Definition, moves: Moves) -> None:
        self.moves, self.definition = moves, definition
        self.readings: tuple[Reading, ...] = tuple(readings(definition))
        self.bits: dict[Path, int] = {}
        for tree in self._trees():
            for node in walk(tree):
                if isinstance(node, Name | Has) and node.path[0] in ("steps", "inputs"):
                    for path in (node.path[:2], *beginnings(node.path)):
                        self.bits.setdefault(path, 1 << len(self.bits))
        for step in definition.steps:
            self.bits.setdefault(("steps", spelt(step)), 1 << len(self.bits))
        self._of_step: dict[str, dict[Path, int]] = {}
        for path, bit in self.bits.items():
            if path[0] == "steps":
                self._of_step.setdefault(path[1], {})[path] = bit
        self._taken = {step: sum(bits.values()) for step, bits in self._of_step.items()}
        self._steps = {spelt(step.id): step for step in definition.steps.values()}
        self._proven: dict[tuple[str, str, bool], int] = {}

    def _trees(self) -> Iterator[Node]:
        for reading in self.readings:
            if (tree := self.tree(reading)) is not None:
                yield tree
        for source in self.definition.outputs.values():
            if (tree := self.moves.tree(source)) is not None:
                yield tree

    def tree(self, reading: Reading) -> Node | None:
        """Return the tree of an expression where it stands, None where it cannot be read."""
        within = self.definition.steps[reading.step].within if reading.step else MAIN
        return self.moves.tree(reading.source, within, is_match=reading.moment == MATCH)

    def mask(self, paths: Iterable[Path]) -> int:
        found = 0
        for path in paths:
            found |= self.bits.get(path, 0)
        return found

    def proven(self, source: str | None, holds: bool, within: str = MAIN) -> int:
        """Return the facts that are certain where this expression of a list came out true (or false)."""
        if source is None:
            return 0
        key = (self.definition.eaches.get(within, ""), source, holds)
        if key not in self._proven:
            tree = self.moves.tree(source, within)
            self._proven[key] = 0 if tree is None else self.proven_by(tree, holds)
        return self._proven[key]

    def proven_by(self, node: Node, holds: bool) -> int:
        if isinstance(node, Has):
            return self._tested(node.path) if holds else 0
        if isinstance(node, Const) and isinstance(node.value, bool):
            return 0 if node.value is holds else -1
        if not isinstance(node, Call):
            return 0
        if node.op == "!_":
            return self.proven_by(node.args[0], not holds)
        if node.op in ("_&&_", "_||_"):
            sides = [self.proven_by(arg, holds) for arg in node.args]
            together = (node.op == "_&&_") is holds
            return sides[0] | sides[1] if together else sides[0] & sides[1]
        return 0

    def _tested(self, path: Path) -> int:
        """Return what `has(path)` proves: with a step that completed, also all that it always leaves."""
        parts = beginnings(path)
        found = self.mask(parts)
        if path[0] == "steps" and path[:2] in parts:
            for inner, bit in self._of_step.get(path[1], {}).items():
                if len(inner) == 3 and self.always_leaves(path[1], inner[2]):
                    found |= bit
        return found

    def guarded(self, step: StepSpec) -> int:
        """Return the facts that are certain where the guard of this step let it open."""
        return self.proven(step.when, True, step.within)

    def earlier(self, step: StepSpec, trigger: str) -> int:
        """Return the facts that are certain where the rules before this one came out false."""
        found = 0
        for way in self.definition.ways[step.id]:
            if way.trigger == trigger:
                break
            found |= self.proven(way.guard, False, step.within)
        return found

    def learnt(self, step: StepSpec, way: Transition) -> int:
        """Return the facts that taking this way proves, whatever the step does."""
        if way.trigger == "skip":
            return self.proven(step.when, False, step.within)
        found = self.guarded(step)
        if way.trigger.startswith("rule:") or way.trigger == "otherwise":
            found |= self.earlier(step, way.trigger) | self.proven(way.guard, True, step.within)
        elif way.trigger.startswith("rung:"):
            rung = step.escalate[int(way.trigger.partition(":")[2])]
            found |= self.proven(rung.when, True, step.within)
        return found

    @cached_property
    def inside_of(self) -> Mapping[str, int]:
        """For each region the facts about all that stands in it: entering it takes them away."""
        found: dict[str, int] = {}
        for step in self.definition.steps.values():
            for name in self.definition.around(step.within)[:-1]:
                region = owner_of(name)
                found[region] = found.get(region, 0) | self.taken(step)
        return found

    def taken(self, step: StepSpec) -> int:
        """Return the facts about the step itself: leaving it takes them away before it gives new ones."""
        return self._taken[spelt(step.id)]

    def given(self, step: StepSpec, way: Transition) -> int:
        """Return the facts that leaving the step by this way gives."""
        root = ("steps", spelt(step.id))
        if way.trigger == "error":
            return self.bits.get((*root, "error"), 0)
        if not completes(way.trigger):
            return 0
        found = 0
        for path, bit in self._of_step[root[1]].items():
            if len(path) == 2 or (len(path) == 3 and _leaves(step, way.trigger, path[2])):
                found |= bit
        return found

    def always_leaves(self, step: str, name: str) -> bool:
        """Say whether every way in which this step (spelt as in expressions) completes leaves this name."""
        spec = self._steps[step]
        ways = [way.trigger for way in self.definition.ways[spec.id]]
        return all(_leaves(spec, way, name) for way in ways if completes(way))

    @cached_property
    def entry(self) -> int:
        """The facts at the start: inputs that are required or have a default."""
        return self.mask(("inputs", spelt(spec.name)) for spec in self.definition.inputs if is_given(spec))


def _leaves(step: StepSpec, trigger: str, name: str) -> bool:
    """Say whether a visit that completes in this way always leaves `steps.<id>.<name>`."""
    does = step.does
    if isinstance(does, TaskSpec):
        field = next((spec for spec in does.form if spelt(spec.name) == name), None)
        by_rule = any(rung.outcome and trigger == f"outcome:{rung.outcome}" for rung in step.escalate)
        return (is_given(field) and not by_rule) if field is not None else name in _ALWAYS
    if isinstance(does, SetSpec):
        return name == "at" or any(spelt(given) == name for given in (*does.assign, *does.tables))
    if isinstance(does, CallSpec):
        return name != "error"
    return name in _ALWAYS if isinstance(does, GateSpec) else name == "at"
