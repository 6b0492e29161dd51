"""What is read later in a version and would not be there, in a run that comes to it half way.

The proofs know what is certainly set where a run comes to a step (row 6). What of that this run does not hold is looked
for on all ways on from where it stands: whoever reads it before something sets it reads nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definition import LEAVE, Definition, EndSpec, GateSpec, owner_of
from engine.expressions import spelt
from engine.machine import knowledge
from engine.machine.state import State, Visit
from engine.proofs.facts import Facts, Path
from engine.proofs.flow import Flow
from engine.proofs.moves import Moves, past, steps_of
from engine.proofs.readings import WHEN, Reading
from engine.proofs.setting import known_at, unset

_KEPT: OrderedDict[str, Reads] = OrderedDict()


@dataclass(frozen=True)
class Lacking:
    """`reader` reads `name` on this way, and nothing has set it."""

    name: str
    reader: str
    way: tuple[str, ...]


class Reads:
    """The reads of one definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition, self.moves = definition, Moves(definition)
        self.facts = Facts(definition, self.moves)
        self.flow = Flow(self.facts, self.moves)
        self.by_step: dict[str, list[Reading]] = {}
        for reading in self.facts.readings:
            self.by_step.setdefault(reading.step, []).append(reading)

    @classmethod
    def of(cls, definition: Definition) -> Reads:
        """Return those of this definition; the last 64 are kept."""
        known = _KEPT.get(definition.digest)
        if known is None:
            known = _KEPT[definition.digest] = cls(definition)
            if len(_KEPT) > 64:
                _KEPT.popitem(last=False)
        return known

    def lacking(self, state: State, visits: Iterable[Visit]) -> Iterator[Lacking]:
        """Give what is read on a way on from these visits, or behind a region that they stand for, and is not there."""
        for visit in visits:
            held = self._held(state, visit.scope)
            yield from self._ahead(visit.step, held, self.facts.taken(self.definition.steps[visit.step]))
            if visit.region is None:
                continue
            coming = self._coming(visit)
            if self.definition.is_graph(visit.step):
                for step in visit.region.open:
                    yield from self._ahead(step, held, coming)
            yield from self._ahead(past(visit.step), held, coming)

    def _coming(self, visit: Visit) -> int:
        """Return the facts about all that is still to be done in the lists of a region."""
        assert visit.region is not None
        found = self.facts.taken(self.definition.steps[visit.step])
        for step in self.definition.steps.values():
            for name in self.definition.around(step.within)[:-1]:
                branch = name.partition("/")[2]
                inner = step.id if self.definition.is_graph(visit.step) else branch
                if owner_of(name) == visit.step and (not inner or inner in visit.region.open):
                    found |= self.facts.taken(step)
        return found

    def _held(self, state: State, scope: str) -> int:
        """Return the facts that the run holds in this item."""
        steps = {spelt(step): data for step, data in knowledge.visible(state.values, scope).items()}
        inputs = {spelt(name): value for name, value in state.inputs.items()}
        return self.facts.mask(path for path in self.facts.bits if _is_there(path, steps, inputs))

    def _ahead(self, begin: str, held: int, coming: int) -> Iterator[Lacking]:
        missing = self.flow.before.get(begin, 0) & ~held & ~coming
        for path, bit in self.facts.bits.items():
            if missing & bit:
                yield from self._without(begin, path, bit)

    def _without(self, begin: str, path: Path, bit: int) -> Iterator[Lacking]:
        """Give the reads of one fact on the ways on that do not set it."""
        came_from: dict[str, str] = {begin: ""}
        queue = deque([begin])
        while queue:
            here = queue.popleft()
            if self._is_read(here, bit, path, is_open=here == begin):
                yield Lacking(".".join(path), here, self._way(came_from, here))
            for effect in self.flow.effects.get(here, ()):
                target = effect.target or effect.into
                if target not in came_from and not effect.given & bit and effect.kept & bit:
                    came_from[target] = here
                    queue.append(target)

    def _is_read(self, node: str, bit: int, path: Path, is_open: bool) -> bool:
        step = self.definition.steps.get(node)
        for reading in self.by_step.get(node, ()):
            tree = self.facts.tree(reading)
            if tree is None or (is_open and reading.moment == WHEN):
                continue
            known = known_at(self.facts, self.flow, reading)
            if len(unset(self.facts, tree, known & ~bit)) > len(unset(self.facts, tree, known)):
                return True
        if step is not None and isinstance(step.does, GateSpec) and path[0] == "steps" and len(path) == 2:
            shown = (name.split(".")[1] for name in step.does.show if name.startswith("steps."))
            if path[1] in map(spelt, (*shown, *step.does.exclude)):
                return True
        if node == LEAVE or (step is not None and isinstance(step.does, EndSpec) and step.does.status == "completed"):
            return any(self._puts_out(source, node, bit) for source in self.definition.outputs.values())
        return False

    def _puts_out(self, source: str, node: str, bit: int) -> bool:
        tree, known = self.moves.tree(source), self.flow.before.get(node, 0)
        return tree is not None and len(unset(self.facts, tree, known & ~bit)) > len(unset(self.facts, tree, known))

    def _way(self, came_from: Mapping[str, str], to: str) -> tuple[str, ...]:
        found = []
        while to:
            found.append(to)
            to = came_from[to]
        return steps_of(node for node in reversed(found) if node != LEAVE)


def _is_there(path: Path, steps: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    value: Any = inputs if path[0] == "inputs" else steps
    for name in path[1:]:
        if not isinstance(value, Mapping):
            return path[0] == "steps" and isinstance(value, list)
        there = {spelt(key): inner for key, inner in value.items()}
        if name not in there:
            return False
        value = there[name]
    return not isinstance(value, Mapping) or len(path) > 2 or path[0] == "inputs" or "at" in value
