"""Which regions can be passed: lists that can end, joins that can be met, one region after the other, inside out.

The same question is asked of all ways (rows 2, 3 and 7) and of those ways on which nothing is waited for (row 4), so
the ways are given. Of a list whose steps say what they need each step is asked alone: that two steps can only be
taken or left together is not seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.definition import (
    LEAVE,
    MAIN,
    Definition,
    EachSpec,
    EndSpec,
    ParallelSpec,
    RollbackSpec,
    Transition,
    owner_of,
)
from engine.proofs.graphs import in_order

Ways = Mapping[str, Sequence[Transition]]

ENTER = "enter:"
DONE = "done"


def completes(trigger: str) -> bool:
    """Say whether a visit that goes on this way has completed: not skipped, failed, cancelled, or out of time."""
    return trigger not in ("skip", "error", "deadline") and not trigger.startswith("rung:")


@dataclass
class Lane:
    """One list, entered once.

    `reached` are its steps that a token may come to, `onward` their ways within the list. `exits` are the steps from
    which the list may be left for good: at its end, by a way to a list around, or as the whole run ends; where steps
    say what they need, all that end. `away` are the targets in lists around. `ends`: the list can come to its end,
    `counts`: with a step in it completed. `never` are the steps that needs keep closed for ever, `ring` those on a
    circle of needs or behind one.
    """

    reached: dict[str, None] = field(default_factory=dict)
    onward: dict[str, list[str]] = field(default_factory=dict)
    exits: set[str] = field(default_factory=set)
    away: dict[str, None] = field(default_factory=dict)
    ends: bool = False
    counts: bool = False
    never: set[str] = field(default_factory=set)
    ring: tuple[str, ...] = ()


class Passing:
    """What holds of every list and region, when only these ways are gone. The order of `lanes` is inside out."""

    def __init__(
        self,
        definition: Definition,
        ways: Ways,
        entries: Mapping[str, Sequence[str]],
        bodies: Mapping[str, Sequence[str]],
    ) -> None:
        self.definition, self.ways, self.entries, self.bodies = definition, ways, entries, bodies
        self._untold = {region: len(lists) for region, lists in bodies.items()}
        self.lanes: dict[str, Lane] = {}
        self.met: set[str] = set()
        self._aways: dict[str, dict[str, None]] = {}
        self._stops: set[str] = set()
        for name in sorted(definition.lists, key=lambda name: -len(definition.around(name))):
            self.lanes[name] = self._needs(name) if definition.is_graph(name) else self._sequence(name)
            if name != MAIN:
                self._tell(owner_of(name), self.lanes[name])
        self.never = frozenset(step for lane in self.lanes.values() for step in lane.never)

    def counting(self, step: str) -> int:
        """Return how many lists of this region can end so that its join counts them."""
        is_all = getattr(self.definition.steps[step].does, "join", "all") == "all"
        lanes = [self.lanes[name] for name in self.bodies[step] if name in self.lanes]
        return sum(lane.ends if is_all else lane.counts for lane in lanes)

    def _tell(self, region: str, lane: Lane) -> None:
        """Let the region know what its list can do, once all its lists are known."""
        self._aways.setdefault(region, {}).update(lane.away)
        if any(self._stops_at(step) for step in lane.reached):
            self._stops.add(region)
        self._untold[region] -= 1
        if not self._untold[region] and self._is_met(region, len(self.bodies[region])):
            self.met.add(region)

    def _is_met(self, region: str, lists: int) -> bool:
        does = self.definition.steps[region].does
        if isinstance(does, EachSpec):
            return True  # there may be no item
        assert isinstance(does, ParallelSpec)
        return self.counting(region) >= wanted(does, lists)

    def _stops_at(self, step: str) -> bool:
        """Say whether the whole run may end at this step, or inside it."""
        if isinstance(self.definition.steps[step].does, EndSpec | RollbackSpec) or step in self._stops:
            return True
        return any(way.target not in self.definition.steps and way.target != LEAVE for way in self.ways[step])

    def _steps(self, step: str) -> Iterator[tuple[str, str]]:
        """Give (trigger, target) of the ways out of this step; what leaves a region from inside has no trigger."""
        is_region = step in self.bodies
        for way in self.ways[step]:
            if not is_region or way.trigger != DONE or step in self.met:
                yield way.trigger, way.target
        if is_region:
            for target in self._aways.get(step, ()):
                yield "", target

    def _sequence(self, name: str) -> Lane:
        lane, inside = Lane(), set(self.definition.lists[name])
        first = [step for step in self.entries.get(name, ()) if step in inside]
        pending = deque((step, False) for step in first)
        seen = set(pending)
        lane.ends = not first
        while pending:
            here, did = pending.popleft()
            is_new = here not in lane.reached
            if is_new:
                lane.reached[here] = None
                lane.onward[here] = []
                if self._stops_at(here):
                    lane.exits.add(here)
            for trigger, target in self._steps(here):
                does = did or (trigger != "" and completes(trigger))
                if target in inside:
                    if is_new and target not in lane.onward[here]:
                        lane.onward[here].append(target)
                    if (target, does) not in seen and (target, True) not in seen:
                        seen.add((target, does))
                        pending.append((target, does))
                elif target == LEAVE and trigger:
                    lane.ends, lane.counts = True, lane.counts or does
                    lane.exits.add(here)
                elif target in self.definition.steps:
                    lane.away[target] = None
                    lane.exits.add(here)
        return lane

    def _needs(self, name: str) -> Lane:
        lane, steps = Lane(), self.definition.lists[name]
        owner = self.definition.steps[owner_of(name)].does
        needs = owner.needs if isinstance(owner, ParallelSpec) else {}
        behind: dict[str, set[str]] = {step: set() for step in steps}
        for step in steps:
            for other in needs.get(step, ()):
                behind.setdefault(other, set()).add(step)
        leads: dict[str, list[set[str]]] = {}
        may_miss: set[str] = set()
        order = in_order(steps, needs)
        for step in order:
            before = [other for other in needs.get(step, ()) if other in behind]
            if before and all(other in may_miss or _misses(leads.get(other, ()), step) for other in before):
                may_miss.add(step)
            settles = all(other in may_miss or leads.get(other) for other in before)
            if settles and (not before or any(step in targets for other in before for targets in leads.get(other, ()))):
                leads[step] = self._open(step, set(steps), behind[step], lane)
        lane.never = set(steps).difference(lane.reached)
        lane.ring = tuple(step for step in steps if step not in set(order))
        lane.ends = not lane.ring and all(step in may_miss or leads.get(step) for step in steps)
        lane.counts = lane.ends
        return lane

    def _open(self, step: str, inside: set[str], behind: set[str], lane: Lane) -> list[set[str]]:
        """Take in a step that opens, and return for every trigger by which the list goes on where it leads."""
        found: dict[str, set[str]] = {}
        if self._stops_at(step):
            lane.exits.add(step)
        for trigger, target in self._steps(step):
            lane.exits.add(step)
            if target in inside or target == LEAVE:
                key = trigger or f"away to {target}"
                found.setdefault(key, set()).update((target,) if target in behind else ())
            elif target in self.definition.steps:
                lane.away[target] = None
        lane.reached[step] = None
        lane.onward[step] = list(dict.fromkeys(target for targets in found.values() for target in sorted(targets)))
        return list(found.values())


def _misses(leads: Iterable[set[str]], step: str) -> bool:
    return any(step not in targets for targets in leads)


def wanted(does: ParallelSpec | EachSpec, lists: int) -> int:
    """Return how many of the lists must end."""
    return lists if does.join == "all" else 1 if does.join == "any" else does.join
