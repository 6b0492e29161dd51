"""How far a run can come without passing a step: what stands behind that step on every way, and what does not.

The ways out of the step are taken away, and everything is asked again of those that are left: which regions can be
passed, what is reached. Guards are ignored, constants apart, as in all proofs of ways.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from engine.definition import LEAVE, MAIN, EndSpec
from engine.proofs.moves import START, Moves, past, step_of, steps_of
from engine.proofs.passing import DONE

#: Stands for the completed end of the run.
COMPLETED = "leave"


class Avoiding:
    """What is reached without one step; all of it where that step is `""`."""

    def __init__(self, moves: Moves, gone: str = "") -> None:
        self.moves, self.gone, self.definition = moves, gone, moves.definition
        self.ways = {**moves.ways, gone: ()} if gone else moves.ways
        self.passing = moves.passing_by(self.ways)
        self.onward = moves.graph(self.ways, self.passing)
        within = self.definition.steps[gone].within if gone else MAIN
        self._around = frozenset(self.definition.around(within)) - {MAIN}
        self.came_from: dict[str, str] = {}
        """For each node that is reached, and for the completed end: the node before it."""
        self._follow()

    @property
    def reached(self) -> list[str]:
        """The steps that are reached, and the completed end, in the order of discovery."""
        return [node for node in self.came_from if node == step_of(node)]

    def path(self, to: str) -> tuple[str, ...]:
        """Return a way to what is reached."""
        found = [to] if to != COMPLETED else []
        here = self.came_from[to]
        while here != START:
            found.append(here)
            here = self.came_from[here]
        return steps_of(reversed(found))

    def _follow(self) -> None:
        """Go wherever a way leads; out of a region rather by the list of the avoided step, which the way then shows."""
        pending, later = deque([START]), deque[tuple[str, str]]()
        while pending or later:
            if not pending:
                here, target = later.popleft()
                if target not in self.came_from:
                    self.came_from[target] = here
                    pending.append(target)
                continue
            here = pending.popleft()
            for target in self._onward(here):
                if target in self.came_from or target == self.gone:
                    continue
                if self._is_beside(here, target):
                    later.append((here, target))
                    continue
                self.came_from[target] = here
                pending.append(target)

    def _onward(self, node: str) -> Iterator[str]:
        yield from self.onward.get(node, ())
        if node in (COMPLETED, START):
            return
        step = self.definition.steps[step_of(node)]
        if isinstance(step.does, EndSpec) and step.does.status == "completed":
            yield COMPLETED
        if step.within == MAIN and any(
            way.target == LEAVE and self._leads(node, way.trigger) for way in self.ways[step.id]
        ):
            yield COMPLETED

    def _leads(self, node: str, trigger: str) -> bool:
        """Say whether a way of a step begins at this node: `done` of a region begins behind it."""
        is_far = node != step_of(node)
        return is_far == (trigger == DONE and step_of(node) in self.moves.bodies)

    def _is_beside(self, here: str, target: str) -> bool:
        """Say whether this leads out of a region that holds the avoided step, from another of its lists."""
        region = step_of(target)
        if target != past(region) or self._around.isdisjoint(self.moves.bodies[region]):
            return False
        within = self.definition.around(self.definition.steps[step_of(here)].within)
        return self._around.isdisjoint(set(within) & set(self.moves.bodies[region]))
