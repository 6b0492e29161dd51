"""What is certainly set when a run comes to a step: definite assignment with kills (semantics section 6, row 6).

A fact is a path: `("steps", "a")` says that the last visit of a completed, `("steps", "a", "f")` that f was given,
`("inputs", "f")` that the input was. A visit that completes gives facts, one that is skipped, failed or cancelled takes
all of its step's away. A set of facts is an `int`, one bit each, so that meeting ways is one `&`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property

from engine.definition import LEAVE, Definition, FieldSpec, GateSpec, SetSpec, StepSpec, TaskSpec, Transition
from engine.expressions import Call, Const, Has, Name, Node, spelt, walk
from engine.proofs.moves import START, Moves
from engine.proofs.readings import Reading, readings

Path = tuple[str, ...]

_ALWAYS = frozenset(("by", "at", "outcome", "files", "checklist", "decision", "votes"))
"""What a task or a gate leaves besides its form, however it completes."""


def beginnings(path: Path) -> tuple[Path, ...]:
    """Return the facts that `has(path)` proves: the path, what it lies in, and its step."""
    if path[0] != "steps" or len(path) < 3:
        return (path,)
    inner = tuple(path[:length] for length in range(3, len(path) + 1))
    return inner if path[2] == "error" else (path[:2], *inner)


def is_given(spec: FieldSpec) -> bool:
    """Say whether a field always has a value: an empty optional one is unset."""
    return spec.required or spec.default is not None


class Facts:
    """The facts of one playbook that any of its expressions asks about, and where each holds."""

    def __init__(self, definition: Definition, moves: Moves) -> None:
        self.moves, self.definition = moves, definition
        self.readings: tuple[Reading, ...] = tuple(readings(definition))
        self.trees: Mapping[str, Node] = {
            source: tree
            for source in (*(reading.source for reading in self.readings), *definition.outputs.values())
            if (tree := self.moves.tree(source)) is not None
        }
        self.bits: dict[Path, int] = {}
        for tree in self.trees.values():
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
        self._proven: dict[tuple[str, bool], int] = {}

    def mask(self, paths: Iterable[Path]) -> int:
        found = 0
        for path in paths:
            found |= self.bits.get(path, 0)
        return found

    def proven(self, source: str | None, holds: bool) -> int:
        """Return the facts that are certain where this expression came out true (or false)."""
        if source is None or source not in self.trees:
            return 0
        key = (source, holds)
        if key not in self._proven:
            self._proven[key] = self.proven_by(self.trees[source], holds)
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

    def inside(self, step: StepSpec) -> int:
        """Return the facts once the step is open."""
        return self.before.get(step.id, 0) | self.proven(step.when, True)

    def at_rule(self, step: StepSpec, trigger: str) -> int:
        """Return the facts where this rule of a decide is evaluated: those before it came out false."""
        return self.inside(step) | self._earlier(step.id, trigger)

    def _earlier(self, step: str, trigger: str) -> int:
        found = 0
        for way in self.definition.ways[step]:
            if way.trigger == trigger:
                break
            found |= self.proven(way.guard, False)
        return found

    def learnt(self, step: StepSpec, way: Transition) -> int:
        """Return the facts that taking this way proves, whatever the step does."""
        if way.trigger == "skip":
            return self.proven(step.when, False)
        found = self.proven(step.when, True)
        if way.trigger.startswith("rule:") or way.trigger == "otherwise":
            found |= self._earlier(step.id, way.trigger) | self.proven(way.guard, True)
        elif way.trigger.startswith("rung:"):
            found |= self.proven(step.escalate[int(way.trigger.partition(":")[2])].when, True)
        return found

    def taken(self, step: StepSpec) -> int:
        """Return the facts about the step itself: leaving it takes them away before it gives new ones."""
        return self._taken[spelt(step.id)]

    def given(self, step: StepSpec, way: Transition) -> int:
        """Return the facts that leaving the step by this way gives."""
        root = ("steps", spelt(step.id))
        if way.trigger == "skip" or way.trigger.startswith("rung:"):
            return 0
        if way.trigger == "error":
            return self.bits.get((*root, "error"), 0)
        found = 0
        for path, bit in self._of_step[root[1]].items():
            if len(path) == 2 or (len(path) == 3 and _leaves(step, way.trigger, path[2])):
                found |= bit
        return found

    def always_leaves(self, step: str, name: str) -> bool:
        """Say whether every way in which this step (spelt as in expressions) completes leaves this name."""
        spec = self._steps[step]
        ways = [way.trigger for way in self.definition.ways[spec.id]]
        done = [way for way in ways if way not in ("skip", "error") and not way.startswith("rung:")]
        return all(_leaves(spec, way, name) for way in done)

    @cached_property
    def entry(self) -> int:
        """The facts at the start: inputs that are required or have a default."""
        return self.mask(("inputs", spelt(spec.name)) for spec in self.definition.inputs if is_given(spec))

    @cached_property
    def effects(self) -> Mapping[str, tuple[tuple[str, int, int], ...]]:
        """For each step that can be reached, its ways: (target, facts kept, facts given)."""
        found = {}
        for id in self.moves.came_from:
            step = self.definition.steps[id]
            given: dict[str, int] = {}
            ways = []
            for way in self.moves.ways[id]:
                if way.trigger not in given:
                    given[way.trigger] = self.given(step, way)
                learnt = self.learnt(step, way) & ~self.taken(step)
                ways.append((way.target, ~self.taken(step), learnt | given[way.trigger]))
            found[id] = tuple(ways)
        return found

    @cached_property
    def before(self) -> Mapping[str, int]:
        """What is certain on every way to each step that can be reached."""
        found: dict[str, int] = {}
        queue: deque[str] = deque()

        def meet(target: str, facts: int) -> None:
            if target not in self.definition.steps:
                return
            known = found.get(target)
            merged = facts if known is None else known & facts
            if merged != known:
                found[target] = merged
                queue.append(target)

        for way in self.moves.ways[START]:
            meet(way.target, self.entry)
        while queue:
            here = queue.popleft()
            facts = found[here]
            for target, kept, given in self.effects[here]:
                meet(target, (facts & kept) | given)
        return found

    def way_without(self, wanted: int, to: str) -> tuple[str, ...] | None:
        """Return a shortest way to a step, or to `leave`, on which none of the wanted facts holds at its end."""
        first: list[tuple[str, bool]] = [(way.target, bool(self.entry & wanted)) for way in self.moves.ways[START]]
        came_from: dict[tuple[str, bool], tuple[str, bool] | None] = dict.fromkeys(first)
        queue = deque(first)
        while queue:
            here = queue.popleft()
            if here == (to, False):
                path: list[str] = []
                at: tuple[str, bool] | None = here
                while at is not None:
                    path.append(at[0])
                    at = came_from[at]
                return tuple(step for step in reversed(path) if step != LEAVE)
            for target, kept, given in self.effects.get(here[0], ()):
                there = (target, bool(given & wanted) or (here[1] and bool(kept & wanted)))
                if there not in came_from:
                    came_from[there] = here
                    queue.append(there)
        return None


def _leaves(step: StepSpec, trigger: str, name: str) -> bool:
    """Say whether a visit that completes in this way always leaves `steps.<id>.<name>`."""
    does = step.does
    if isinstance(does, TaskSpec):
        field = next((spec for spec in does.form if spelt(spec.name) == name), None)
        by_rule = any(rung.outcome and trigger == f"outcome:{rung.outcome}" for rung in step.escalate)
        return (is_given(field) and not by_rule) if field is not None else name in _ALWAYS
    if isinstance(does, SetSpec):
        return name == "at" or any(spelt(given) == name for given in (*does.assign, *does.tables))
    return name in _ALWAYS if isinstance(does, GateSpec) else name == "at"
