"""The playbook as a graph of moves, regions and all, and the questions the proofs ask of it. All in linear time.

A node is a step, or the far side of a region (`past`): a region leads to the first steps of its lists, the ends of the
lists to its far side, and from there its own `done` leads on, where the join can be met. What ends the run (`leave`
of the main list, `fail`, `rollback`) is no node. Guards are ignored, constants apart: a rule that is `false` is no
way, and after one that is `true` there is no other (semantics section 6, rows 2 and 3).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from engine.definition import LEAVE, MAIN, Definition, EachSpec, ParallelSpec, StepSpec, Transition, owner_of
from engine.expressions import Call, Const, ExpressionError, Node, parse
from engine.proofs.passing import DONE, ENTER, Passing, Ways

START = ""
_FAR = ">"
SIGNAL = {"signal": "dyn"}
"""What the `match` of a wait may read besides."""


def past(region: str) -> str:
    """Return the node behind a region."""
    return region + _FAR


def step_of(node: str) -> str:
    """Return the step that a node is, or is behind."""
    return node.removesuffix(_FAR)


def truth(tree: Node | None) -> bool | None:
    """Return what the expression always is, as far as its constants tell, else None."""
    if isinstance(tree, Const) and isinstance(tree.value, bool):
        return tree.value
    if isinstance(tree, Call):
        if tree.op == "!_":
            inner = truth(tree.args[0])
            return None if inner is None else not inner
        if tree.op in ("_&&_", "_||_"):
            decisive = tree.op == "_||_"
            sides = [truth(arg) for arg in tree.args]
            if decisive in sides:
                return decisive
            return None if None in sides else not decisive
    return None


class Moves:
    """The ways a run of this definition can go by itself and by its people; operators' acts are outside."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._names_of_matches: dict[str, Mapping[str, str]] = {}
        self._trees: dict[tuple[str, str, bool], Node | None] = {}
        self.entries: dict[str, tuple[str, ...]] = dict.fromkeys(definition.lists, ())
        self.entries[MAIN] = tuple(way.target for way in definition.ways[START])
        self.ways: dict[str, tuple[Transition, ...]] = {START: definition.ways[START]}
        self.bodies: dict[str, tuple[str, ...]] = {}
        for step in definition.steps.values():
            if bodies := definition.bodies(step.id):
                self.bodies[step.id] = bodies
                for name in bodies:
                    self.entries[name] = tuple(
                        way.target for way in definition.ways[step.id] if way.trigger == ENTER + name
                    )
            self.ways[step.id] = tuple(self._live(step))
        self.passing = self.passing_by(self.ways)
        self.onward = self.graph(self.ways, self.passing)

    def tree(self, source: str | None, within: str = MAIN, is_match: bool = False) -> Node | None:
        """Return the tree of an expression that stands in this list, None where there is none that can be read."""
        if source is None:
            return None
        around = self.definition.eaches.get(within, "")
        key = (around, source, is_match)
        if key not in self._trees:
            try:
                self._trees[key] = parse(source, self._names(within, is_match)).tree
            except ExpressionError:
                self._trees[key] = None
        return self._trees[key]

    def _names(self, within: str, is_match: bool) -> Mapping[str, str]:
        names = self.definition.names_in(within)
        if not is_match:
            return names
        around = self.definition.eaches.get(within, "")
        return self._names_of_matches.setdefault(around, {**names, **SIGNAL})

    def guard(self, step: StepSpec) -> Node | None:
        return self.tree(step.when, step.within)

    def _live(self, step: StepSpec) -> Iterable[Transition]:
        guard = truth(self.guard(step)) if step.when is not None else None
        certain = ""
        for way in self.definition.ways[step.id]:
            if way.trigger == "skip":
                if step.when is not None and guard is not True:
                    yield way
            elif (
                guard is False
                or way.trigger.startswith(ENTER)
                or (certain and certain != way.trigger)
                or (way.trigger.startswith("rung:") and self._is_never(step, way.trigger))
            ):
                continue
            elif way.guard is not None and way.trigger.startswith("rule:"):
                holds = truth(self.tree(way.guard, step.within))
                if holds is not False:
                    yield way
                if holds is True:
                    certain = way.trigger
            else:
                yield way

    def _is_never(self, step: StepSpec, trigger: str) -> bool:
        rung = step.escalate[int(trigger.partition(":")[2])]
        return truth(self.tree(rung.when, step.within)) is False

    def opens(self, step: StepSpec) -> bool:
        """Say whether the step may open at all, constants alone considered."""
        return step.when is None or truth(self.guard(step)) is not False

    def is_guarded(self, step: str) -> bool:
        """Say whether the step may be skipped by its `when`."""
        when = self.definition.steps[step].when
        return when is not None and truth(self.guard(self.definition.steps[step])) is not True

    def passing_by(self, ways: Ways) -> Passing:
        """Return what can be passed when only these ways are gone."""
        return Passing(self.definition, ways, self.entries, self.bodies)

    def node(self, source: str, target: str, passing: Passing) -> str | None:
        """Return the node that a way of this step leads to, None where it ends the run or leads nowhere."""
        within = self.definition.steps[source].within
        if target in self.definition.steps:
            around = self.definition.steps[target].within
            if around == within or not self.definition.is_graph(around) or self._is_needed(source, target):
                return None if target in passing.never else target
            target, within = LEAVE, around
        region = owner_of(within)
        return past(region) if target == LEAVE and within != MAIN and region in passing.met else None

    def _is_needed(self, source: str, target: str) -> bool:
        """Say whether a step of a list of needs needs the region that this way leaves for it."""
        region = self.region_in(source, self.definition.steps[target].within)
        does = self.definition.steps[owner_of(self.definition.steps[target].within)].does
        return isinstance(does, ParallelSpec) and region in does.needs.get(target, ())

    def region_in(self, step: str, within: str) -> str:
        """Return the step of this list in which a step stands: itself, or a region around it."""
        while self.definition.steps[step].within != within:
            step = owner_of(self.definition.steps[step].within)
        return step

    def graph(self, ways: Ways, passing: Passing) -> dict[str, tuple[str, ...]]:
        """Return for each node the nodes that follow it, on these ways."""
        found: dict[str, tuple[str, ...]] = {START: tuple(dict.fromkeys(self.entries[MAIN]))}
        for source in self.definition.steps:
            bodies = self.bodies.get(source)
            targets: list[str] = []
            beyond: list[str] = []
            if bodies is not None and self.opens(self.definition.steps[source]) and ways[source]:
                targets = [step for name in bodies for step in self.entries[name] if step not in passing.never]
                if source in passing.met and self.may_be_empty(source):
                    targets.append(past(source))
            for way in ways[source]:
                node = self.node(source, way.target, passing)
                if node is not None:
                    (beyond if bodies is not None and way.trigger == DONE else targets).append(node)
            found[source] = tuple(dict.fromkeys(targets))
            if bodies is not None:
                found[past(source)] = tuple(dict.fromkeys(beyond)) if source in passing.met else ()
        return found

    def may_be_empty(self, region: str) -> bool:
        """Say whether a list of this region may end without a step of it."""
        is_each = isinstance(self.definition.steps[region].does, EachSpec)
        return is_each or any(not self.entries[name] for name in self.bodies[region])

    @cached_property
    def in_order(self) -> tuple[str, ...]:
        """The steps in the order of the document: those of a region behind it."""
        return tuple(self._in_order(MAIN))

    def _in_order(self, name: str) -> Iterator[str]:
        for step in self.definition.lists.get(name, ()):
            yield step
            for body in self.bodies.get(step, ()):
                yield from self._in_order(body)

    @cached_property
    def came_from(self) -> Mapping[str, str]:
        """For every node that can be reached: the node before it on a shortest way, in the order of discovery."""
        found: dict[str, str] = {}
        queue = deque([START])
        while queue:
            here = queue.popleft()
            for target in self.onward[here]:
                if target not in found:
                    found[target] = here
                    queue.append(target)
        return found

    @cached_property
    def reached(self) -> tuple[str, ...]:
        """The steps that can be reached, in the order of discovery."""
        return tuple(node for node in self.came_from if not node.endswith(_FAR))

    def path(self, node: str) -> tuple[str, ...]:
        """Return a shortest way from the start to a step that can be reached."""
        found = []
        while node:
            found.append(node)
            node = self.came_from[node]
        return steps_of(reversed(found))


def steps_of(nodes: Iterable[str]) -> tuple[str, ...]:
    """Return the steps among the nodes: what a person reads of a way."""
    return tuple(node for node in nodes if not node.endswith(_FAR))
