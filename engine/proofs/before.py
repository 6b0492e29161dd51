"""That every way to some steps passes a gate: once for the first of them, and again for each that follows another.

The ways by which satisfying gates approve are taken away. What is left must lead to no such step from the start, nor
from behind one (semantics section 6, row 10). Of a called playbook four answers count, its summary: whether such a
step is reached in it, whether one after another, and whether it can be left from its start, or from such a step,
without an approval. Branches are side by side, and so are the items of an each: one gate before a region is a gate
before all that stands in it once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from engine.definition import LEAVE, MAIN, ActionSpec, CallSpec, EndSpec, GateSpec, StepSpec, Transition
from engine.language.policy import Before
from engine.proofs.moves import START, Moves, past, step_of, steps_of
from engine.proofs.passing import DONE
from engine.proofs.satisfying import shortcoming
from engine.proofs.waiting import DEEPEST, Called

Came = Mapping[str, str]
"""For each node that is reached the node before it; `""` where the walk began."""


@dataclass(frozen=True)
class Lacking:
    """A step that is reached without an approval, and a way that shows it. `after` is the step it follows, if any."""

    step: str
    way: tuple[str, ...]
    after: str = ""
    inner: tuple[str, ...] = ()
    """Within a called playbook: the way there."""
    is_undo: bool = False

    @property
    def shown(self) -> tuple[str, ...]:
        """The way as an example: steps of a called playbook stand behind the step that calls it."""
        return (*self.way, *(f"{self.step}/{inner}" for inner in self.inner))


class Guarded:
    """One playbook under one demand."""

    def __init__(self, moves: Moves, demand: Before, called: Called, depth: int = 0) -> None:
        self.moves, self.demand, self.called, self.depth = moves, demand, called, depth
        self.definition = moves.definition
        steps = [step for step in self.definition.steps.values() if moves.opens(step)]
        self.wanted = {step.id for step in steps if self._is_wanted(step)}
        self.undone = {step.id for step in steps if self._is_such(step.undo)} - self.wanted
        self.children = {step.id: child for step in steps if (child := self._child(step)) is not None}
        self.short: dict[str, str] = {}
        """What keeps a gate from counting, by its id."""
        self.ways = {step: tuple(self._left(step)) for step in moves.ways}
        passing = moves.passing_by(self.ways)
        self.passing, self.onward = passing, moves.graph(self.ways, passing)
        self.from_start = self._walk(self.onward[START])

    @property
    def acts(self) -> bool:
        """Whether a run may come to such a step at all, itself or in what it calls."""
        reached = self.moves.came_from
        return any(step in reached for step in self.wanted) or any(
            child.acts for step, child in self.children.items() if step in reached
        )

    @cached_property
    def lacking(self) -> tuple[Lacking, ...]:
        """Each step that can be reached without an approval, once, in the order of the document."""
        found: dict[str, Lacking] = {}
        for one in (*self._from_start(), *self._from_each()):
            found.setdefault(one.step, one)
        return tuple(found[step] for step in self.moves.in_order if step in found)

    @property
    def passes(self) -> bool:
        """Whether a run can complete without an approval."""
        return self._completes(self.from_start)

    @property
    def leaves(self) -> bool:
        """Whether a run can complete without an approval after such a step."""
        return any(
            any(way.target == LEAVE and self.definition.steps[step].within == MAIN for way in self._exits(step))
            or self._completes(self._walk(self._behind(step)))
            for step in self._doing()
        )

    def _is_wanted(self, step: StepSpec) -> bool:
        return self.demand.tag in step.tags if self.demand.tag else self._is_such(step.does)

    def _is_such(self, work: object) -> bool:
        is_action = isinstance(work, ActionSpec) and bool(self.demand.action)
        return is_action and fnmatchcase(getattr(work, "provider", ""), self.demand.action)

    def _child(self, step: StepSpec) -> Guarded | None:
        if not isinstance(step.does, CallSpec) or self.depth >= DEEPEST:
            return None
        child = self.called(step.does)
        return None if child is None else Guarded(Moves(child), self.demand, self.called, self.depth + 1)

    def _left(self, id: str) -> Iterator[Transition]:
        """Give the ways out of a step by which nobody has approved."""
        step = self.definition.steps.get(id)
        is_gate = step is not None and isinstance(step.does, GateSpec)
        if is_gate and step is not None:
            self.short[id] = shortcoming(self.definition, step, self.demand.gate)
        child = self.children.get(id)
        for way in self.moves.ways[id]:
            approves = way.trigger == "approve" and is_gate and not self.short[id]
            if not approves and not (way.trigger == DONE and child is not None and not child.passes):
                yield way

    def _doing(self) -> list[str]:
        """Return the steps behind which such a thing has been done."""
        reached = self.moves.came_from
        calls = (step for step, child in self.children.items() if child.acts and step not in self.wanted)
        return [step for step in (*self.wanted, *calls) if step in reached]

    def _exits(self, id: str) -> Iterator[Transition]:
        """Give the ways out of a step on which it has been done, or may have been."""
        child = self.children.get(id) if id not in self.wanted else None
        for way in self.moves.ways[id]:
            is_done = child is None or way.trigger != DONE or child.leaves
            if way.trigger != "skip" and is_done:
                yield way

    def _behind(self, id: str) -> list[str]:
        """Return the nodes that follow a step once it has been done; of a region also what a way out of it leads to."""
        is_region = id in self.moves.bodies
        ways = [way for way in self._exits(id) if not is_region or way.trigger != DONE or id in self.passing.met]
        nodes = [self.moves.node(id, way.target, self.passing) for way in ways]
        inside = self.onward.get(id, ()) if is_region else ()
        return [*(node for node in nodes if node is not None), *(node for node in inside if node != past(id))]

    def _from_start(self) -> Iterator[Lacking]:
        for step, inner in self._bad(self.from_start):
            yield Lacking(step, _way(self.from_start, step), inner=inner)
        for step in self.undone:
            if step in self.from_start:
                yield Lacking(step, _way(self.from_start, step), is_undo=True)
        for step, child in self.children.items():
            again = next((one for one in child.lacking if one.after), None)
            if again is not None and step in self.moves.came_from:
                yield Lacking(step, self.moves.path(step), after=f"{step}/{again.after}", inner=again.way)

    def _from_each(self) -> Iterator[Lacking]:
        for step in sorted(self._doing(), key=self.moves.in_order.index):
            came = self._walk(self._behind(step))
            inside = self.definition.inside(step)
            for other, inner in self._bad(came):
                if self.definition.steps[other].within not in inside:
                    way = (*self.moves.path(step), *_way(came, other))
                    yield Lacking(other, way, after=step, inner=inner)

    def _bad(self, came: Came) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Give the steps among the reached that must not be, with the way there in a called playbook."""
        for step in self.moves.in_order:
            if step not in came:
                continue
            if step in self.wanted:
                yield step, ()
            elif step in self.children:
                first = next((one for one in self.children[step].lacking if not one.after), None)
                if first is not None:
                    yield step, first.shown

    def _walk(self, first: Iterable[str]) -> Came:
        came: dict[str, str] = dict.fromkeys(first, "")
        pending = deque(came)
        while pending:
            here = pending.popleft()
            for target in self.onward.get(here, ()):
                if target not in came:
                    came[target] = here
                    pending.append(target)
        return came

    def _completes(self, came: Came) -> bool:
        """Say whether one of these nodes leads to the completed end of the run."""
        return any(self._is_last(node) for node in came if step_of(node) in self.definition.steps)

    def _is_last(self, node: str) -> bool:
        step = self.definition.steps[step_of(node)]
        if isinstance(step.does, EndSpec):
            return step.does.status == "completed"
        is_far = node != step.id
        return step.within == MAIN and any(
            way.target == LEAVE and is_far == (way.trigger == DONE and step.id in self.moves.bodies)
            for way in self.ways[step.id]
        )


def _way(came: Came, to: str) -> tuple[str, ...]:
    found = [to]
    while came[found[-1]]:
        found.append(came[found[-1]])
    return steps_of(reversed(found))
