"""How far a run can come without passing a step: what stands behind that step on every way, and what does not.

Guards are ignored, constants apart. A region is passed without the step where its join can be met by lists that end
without it: all of them, or so many; an `each` may have no items at all. In a list whose steps say what they need, a
step that opens in every run is waited for by whatever needs it, however indirectly.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from engine.definition import LEAVE, MAIN, EachSpec, EndSpec, ParallelSpec, Transition
from engine.proofs.moves import START, Moves

#: Stands for the completed end of the run.
COMPLETED = "leave"


class Avoiding:
    """What is reached without one step; all of it where that step is `""`."""

    def __init__(self, moves: Moves, gone: str = "") -> None:
        self.moves, self.gone = moves, gone
        self.definition = moves.definition
        self.came_from: dict[str, str] = {}
        """For each step that is reached, and for the completed end: the step before it."""
        self._steps: list[str] = []
        self._ended: dict[str, str] = {}
        """For each list that has come to its end: the step that ended it."""
        self._gone_in = self._lists_around(gone)
        self._follow()

    def path(self, to: str) -> tuple[str, ...]:
        """Return a way to what is reached."""
        found = [to] if to != COMPLETED else []
        here = self.came_from[to]
        while here != START and here not in found:
            found.append(here)
            here = self.came_from[here]
        return tuple(reversed(found))

    def _follow(self) -> None:
        self._go(START, self.moves.ways[START])
        size = -1
        while size != len(self.came_from) + len(self._ended):
            size = len(self.came_from) + len(self._ended)
            for step in self._steps:
                self._go(step, self.moves.ways[step])

    def _go(self, source: str, ways: tuple[Transition, ...]) -> None:
        steps = self.definition.steps
        if source and isinstance(does := steps[source].does, EndSpec) and does.status == "completed":
            self.came_from.setdefault(COMPLETED, source)
        if source:
            empty = (body for body in self.definition.bodies(source) if not self.definition.lists.get(body))
            self._ended.update(dict.fromkeys(empty, source))
        for way in ways:
            if way.trigger == "done" and source and not self._is_passed(source):
                continue
            if way.target == LEAVE:
                within = steps[source].within if source else MAIN
                self._ended.setdefault(within, source)
                if within == MAIN:
                    self.came_from.setdefault(COMPLETED, source)
            elif self._is_new(way.target) and self._opens(source, way.target):
                self._steps.append(way.target)
                self.came_from[way.target] = self._last_before(source) if way.trigger == "done" else source

    def _is_new(self, target: str) -> bool:
        return target in self.definition.steps and target != self.gone and target not in self.came_from

    def _lists_around(self, step: str) -> tuple[str, ...]:
        known = self.definition.steps.get(step)
        return self.definition.around(known.within) if known else ()

    def _last_before(self, region: str) -> str:
        """Return the last step on a way through a region: it shows how the list of the avoided step was ended."""
        bodies = self.definition.bodies(region) if region else ()
        body = next((body for body in bodies if body in self._gone_in), "")
        ender = self._ended.get(body, region) if body else region
        return ender if ender == region else self._last_before(ender)

    def _is_passed(self, step: str) -> bool:
        """Say whether this step can complete; a region only when its join can be met."""
        does = self.definition.steps[step].does
        if isinstance(does, EachSpec) or not isinstance(does, ParallelSpec):
            return True
        if does.branches:
            ended = sum(within in self._ended for within in self.definition.bodies(step))
            needed = len(does.branches) if does.join == "all" else 1 if does.join == "any" else does.join
            return ended >= needed
        return not any(self._is_held_up(inner) for inner in self._certain.get(step, ()))

    def _is_held_up(self, step: str) -> bool:
        """Say whether a step that opens in every run cannot complete without the one that is avoided."""
        return step == self.gone or not self._is_passed(step)

    def _opens(self, source: str, target: str) -> bool:
        """Say whether the target opens when the source leads there: what it needs must all be decided."""
        within = self.definition.steps[target].within
        if not source or self.definition.steps[source].within != within or not self.definition.is_graph(within):
            return True
        certain = self._certain[within]
        return not any(self._is_held_up(step) for step in self._needed[target] if step in certain)

    @cached_property
    def _needed(self) -> Mapping[str, set[str]]:
        """For every step of such a list: all that it needs, however indirectly."""
        found: dict[str, set[str]] = {}
        for step in self.definition.steps.values():
            if isinstance(step.does, ParallelSpec) and not step.does.branches:
                needs = step.does.needs
                for inner in needs:
                    pending, seen = list(needs[inner]), set[str]()
                    while pending:
                        one = pending.pop()
                        if one not in seen:
                            seen.add(one)
                            pending.extend(needs.get(one, ()))
                    found[inner] = seen
        return found

    @cached_property
    def _certain(self) -> Mapping[str, set[str]]:
        """For every such list: the steps that open whatever happens in it."""
        found: dict[str, set[str]] = {}
        for step in self.definition.steps.values():
            if isinstance(step.does, ParallelSpec) and not step.does.branches:
                needs, certain = step.does.needs, set[str]()
                size = -1
                while size != len(certain):
                    size = len(certain)
                    for inner in self.definition.lists.get(step.id, ()):
                        wanted = needs.get(inner, ())
                        if not wanted or any(one in certain and self._always(one, inner) for one in wanted):
                            certain.add(inner)
                found[step.id] = certain
        return found

    def _always(self, source: str, target: str) -> bool:
        """Say whether the edge between two steps is live however the first ends, as long as the list goes on."""
        within = self.definition.steps[source].within
        targets: dict[str, set[str]] = {}
        for way in self.moves.ways[source]:
            here = way.target == LEAVE or (way.target in self.definition.steps and self._is_in(way.target, within))
            if here and not way.trigger.startswith("enter:"):
                targets.setdefault(way.trigger, set()).add(way.target)
        return all(target in led for led in targets.values())

    def _is_in(self, step: str, within: str) -> bool:
        return self.definition.steps[step].within == within
