"""What is certainly set when a run comes to a step: definite assignment with kills (semantics section 6, row 6).

Facts flow along the moves. Where ways meet, what holds on both stays. Entering a region takes away what is known of
all its steps. Behind a join of all, what one of the branches certainly set is set; behind any other join, what each of
the branches that can end set. Of an `each` nothing is known behind it but that it is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.definition import LEAVE, MAIN, EachSpec, ParallelSpec, StepSpec, Transition, owner_of
from engine.proofs.facts import Facts
from engine.proofs.moves import START, Moves, past, step_of, steps_of
from engine.proofs.needing import Needing
from engine.proofs.passing import DONE


@dataclass(frozen=True)
class Effect:
    """One move as facts see it. `ends` is the list that it ends where all lists of the region must end.

    `into` is the target in a list of needs for which a region in that list is left.
    """

    target: str
    kept: int
    given: int
    ends: str = ""
    trigger: str = ""
    into: str = ""

    def after(self, facts: int) -> int:
        return (facts & self.kept) | self.given


class Flow:
    """Where the facts of one playbook hold."""

    def __init__(self, facts: Facts, moves: Moves) -> None:
        self.facts, self.moves, self.definition = facts, moves, moves.definition

    @cached_property
    def entry(self) -> int:
        return self.facts.entry

    @cached_property
    def effects(self) -> Mapping[str, tuple[Effect, ...]]:
        """The moves out of each node that can be reached; a way that ends the run has none, but `leave` of it all."""
        found: dict[str, list[Effect]] = {}
        for id in self.moves.reached:
            step = self.definition.steps[id]
            found[id] = []
            if id in self.moves.bodies:
                found[past(id)] = []
                found[id] += self._entering(step)
            given: dict[str, int] = {}
            for way in self.moves.ways[id]:
                is_behind = id in self.moves.bodies and way.trigger == DONE
                if way.trigger not in given:
                    given[way.trigger] = self.facts.given(step, way)
                    if not is_behind:
                        given[way.trigger] |= self.facts.learnt(step, way) & ~self.facts.taken(step)
                effect = self._effect(step, way, given[way.trigger], is_behind)
                if effect is not None:
                    found[past(id) if is_behind else id].append(effect)
        return {node: tuple(effects) for node, effects in found.items() if node in self.moves.came_from}

    def _effect(self, step: StepSpec, way: Transition, given: int, is_behind: bool) -> Effect | None:
        taken = self.facts.taken(step)
        lost = taken | self._left(step, way.target)
        if way.trigger != "skip" and not is_behind:
            lost |= self.facts.inside_of.get(step.id, 0)
        into = way.target if self._is_into_needs(step, way.target) else ""
        target = LEAVE if way.target == LEAVE and step.within == MAIN else None
        target = target or self.moves.node(step.id, way.target, self.moves.passing)
        if target is None and not into:
            return None
        return Effect(target or "", ~lost, given & ~(lost & ~taken), self._ended(step, way.target), way.trigger, into)

    def _is_into_needs(self, step: StepSpec, target: str) -> bool:
        if target not in self.definition.steps:
            return False
        within = self.definition.steps[target].within
        return within != step.within and self.definition.is_graph(within)

    def _entering(self, step: StepSpec) -> Iterable[Effect]:
        kept, given = ~self.facts.inside_of.get(step.id, 0), self.facts.guarded(step)
        if not self.moves.opens(step):
            return
        for name in self.moves.bodies[step.id]:
            entries = [entry for entry in self.moves.entries[name] if entry in self.moves.came_from]
            for entry in entries:
                yield Effect(entry, kept, given & kept)
            if step.id in self.moves.passing.met and (isinstance(step.does, EachSpec) or not entries):
                yield Effect(past(step.id), kept, given & kept, self._body(step, name))

    def _left(self, step: StepSpec, target: str) -> int:
        """Return the facts about the regions that this way leaves, and about the items of each `each` among them."""
        around = self.definition.around(step.within)
        lost = 0
        if target in self.definition.steps:
            around = around[: around.index(self.definition.steps[target].within)]
        else:
            around = around[:1] if step.within != MAIN else ()
        for name in around:
            region = self.definition.steps[owner_of(name)]
            if target != LEAVE:
                lost |= self.facts.taken(region)
            if isinstance(region.does, EachSpec):
                lost |= self.facts.inside_of.get(region.id, 0)
        return lost

    def _ended(self, step: StepSpec, target: str) -> str:
        if target != LEAVE or step.within == MAIN:
            return ""
        return self._body(self.definition.steps[owner_of(step.within)], step.within)

    @staticmethod
    def _body(region: StepSpec, name: str) -> str:
        return name if isinstance(region.does, ParallelSpec) and region.does.join == "all" else ""

    @cached_property
    def before(self) -> Mapping[str, int]:
        """What is certain on every way to each node that can be reached, and to the end of the playbook (`leave`)."""
        found: dict[str, int] = {}
        ends: dict[str, int] = {}
        open_lists = {region: len(lists) for region, lists in self.moves.bodies.items()}
        needing = {
            name: Needing(self.definition, name, self.moves.passing, self.facts)
            for name in self.definition.lists
            if self.definition.is_graph(name)
        }
        queue: deque[str] = deque()

        def meet(target: str, facts: int) -> None:
            known = found.get(target)
            merged = facts if known is None else known & facts
            if merged != known:
                found[target] = merged
                queue.append(target)

        def end(name: str, facts: int) -> None:
            region = owner_of(name)
            if name not in ends:
                open_lists[region] -= 1
            ends[name] = ends.get(name, -1) & facts
            if not open_lists[region]:
                together = 0
                for other in self.moves.bodies[region]:
                    together |= ends[other]
                meet(past(region), together)

        def decide(name: str) -> None:
            for opened, known in needing[name].opened():
                meet(opened, known)
            together = needing[name].end()
            if together is not None and owner_of(name) in self.moves.passing.met:
                meet(past(owner_of(name)), together)

        for target in self.moves.onward[START]:
            meet(target, self.entry)
        while queue:
            here = queue.popleft()
            facts, step = found[here], step_of(here)
            within = self.definition.steps[step].within if step in self.definition.steps else MAIN
            graph, settled = needing.get(within), list[tuple[str, str, int]]()
            for effect in self.effects.get(here, ()):
                after = effect.after(facts)
                if effect.into:
                    other = self.definition.steps[effect.into].within
                    region = self.moves.region_in(step, other)
                    needing[other].settle(region, f"{here} {effect.trigger}", [("", effect.into, after)])
                    decide(other)
                elif graph is not None and (effect.ends == within or effect.target in graph.members):
                    settled.append((effect.trigger, effect.target, after))
                elif effect.ends and effect.ends not in needing:
                    end(effect.ends, after)
                else:
                    meet(effect.target, after)
            if graph is not None:
                graph.settle(step, here, settled)
                decide(within)
        return found

    def inside(self, step: StepSpec) -> int:
        """Return the facts once the step is open."""
        return self.before.get(step.id, 0) | self.facts.guarded(step)

    def way_without(self, wanted: int, to: str, through: Iterable[str] = ()) -> tuple[str, ...] | None:
        """Return a shortest way to a step, or to `leave`, on which none of the wanted facts holds at its end.

        `through` are lists: where all lists of a region must end, the way goes through that one.
        """
        through = set(through)
        regions = {owner_of(name) for name in through}
        first = [(target, bool(self.entry & wanted)) for target in self.moves.onward[START]]
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
                return steps_of(node for node in reversed(path) if node != LEAVE)
            for effect in self.effects.get(here[0], ()):
                if effect.ends and owner_of(effect.ends) in regions and effect.ends not in through:
                    continue
                is_set = bool(effect.given & wanted) or (here[1] and bool(effect.kept & wanted))
                there = (effect.target, is_set or bool(self.before.get(effect.target, 0) & wanted))
                if there not in came_from:
                    came_from[there] = here
                    queue.append(there)
        return None
