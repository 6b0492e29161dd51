"""Which gates a jump passes over, and which approvals a run still stands on: questions to the playbook's ways.

A gate is two places here: where it is asked, and beyond its approval; what leads on from a rejection leaves from the
first. So is a call, which may hold gates of its own. A region is two as well: where its lists are entered, and beyond
their join. One place stands before another where no way from the start reaches the other without it; before the end of
a region with branches stands what stands in enough of them. Guards are ignored, so that what the data might decide
counts as possible.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping

from engine.definition import (
    FAIL,
    LEAVE,
    MAIN,
    ROLLBACK,
    CallSpec,
    Definition,
    EachSpec,
    GateSpec,
    ParallelSpec,
    owner_of,
)
from engine.machine import scopes
from engine.machine.state import State, Visit

#: Triggers that leave a step of two places from its second one.
_ONWARD = {"gate": ("approve", "skip"), "call": ("done", "skip"), "parallel": ("done",), "each": ("done",)}
_START = ""


def beyond(step: str) -> str:
    return step + "+"


class Passing:
    """The ways of one definition as a graph, with what stands before what."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.gates = tuple(id for id, step in definition.steps.items() if isinstance(step.does, GateSpec))
        doubled = frozenset(id for id, step in definition.steps.items() if step.kind in _ONWARD)
        self.ways = _ways(definition, doubled)
        self.back = _turned(self.ways)
        self._before = _before(self.ways, self.back, _joins(definition, self.ways))

    @classmethod
    def of(cls, definition: Definition) -> Passing:
        """Return that of this definition; the last 64 are kept."""
        known = _KEPT.get(definition.digest)
        if known is None:
            known = _KEPT[definition.digest] = cls(definition)
            if len(_KEPT) > 64:
                _KEPT.popitem(last=False)
        return known

    def over(self, at: Iterable[str], to: str, gated: Collection[str] = ()) -> tuple[str, ...]:
        """Return the gates that a jump from these open steps to another passes over, in the order of the playbook.

        Going back passes over none: what stands before a step was passed on the way to it. Going forward passes over
        the gates that may lie between the two. Where no way leads on to the step, it is a jump sideways: then these are
        the gates that may lie between the last place both have in common and the step, but for those whose approval
        every way to the open step needs. An open gate that is not left backwards is passed over in any case. Only gates
        of the list in which the step stands, and of those below, are passed over. `gated` are calls that count as
        gates.
        """
        gates = self._with(gated)
        below = self.definition.below[self.definition.steps[to].within]
        found: set[str] = set()
        for step in at:
            if to in self._before[step]:
                continue
            if step in gates:
                found.add(step)
            common = max(self._before[step] & self._before[to], key=lambda place: len(self._before[place]))
            forward = _reach(self.ways, step, (to, common, *self._regions(step)))
            ahead = forward if to in forward else _reach(self.ways, common, (to,))
            ahead &= _reach(self.back, to, (common,))
            found |= {
                gate
                for gate in gates
                if gate != to and beyond(gate) in ahead and beyond(gate) not in self._before[step]
            }
        return tuple(gate for gate in gates if gate in found and self.definition.steps[gate].within in below)

    def _with(self, gated: Collection[str]) -> tuple[str, ...]:
        """Return the gates, and these calls, in the order of the playbook."""
        return tuple(id for id in self.definition.steps if id in gated or id in self.gates)

    def _regions(self, step: str) -> list[str]:
        """Return the regions around a step: who enters one again begins it anew."""
        return [owner_of(within) for within in self.definition.around(self.definition.steps[step].within) if within]

    def inside(self, region: str, at: Iterable[str], gated: Collection[str] = ()) -> tuple[str, ...]:
        """Return the gates that skipping a region passes over, where the run stands at these steps: it, or in it."""
        lists = self.definition.inside(region)
        ahead: set[str] = set()
        for step in at:
            ahead |= {step} | _reach(self.ways, step, (beyond(region),))
        ahead &= _reach(self.back, beyond(region), (region,))
        gates = self._with(gated)
        return tuple(gate for gate in gates if self.definition.steps[gate].within in lists and gate in ahead)

    def needed(self, place: str) -> frozenset[str]:
        """Return the places that every way from the start to this one goes through, itself among them."""
        return self._before[place]

    def is_behind(self, gate: str, at: Iterable[str]) -> bool:
        """Whether the run has this gate behind it: none of the open steps stands before it on every way."""
        return not any(step in self._before[gate] for step in at)


def _ways(definition: Definition, doubled: Collection[str]) -> dict[str, set[str]]:
    """Return where each place leads; `doubled` are the steps that are two places."""
    ways: dict[str, set[str]] = {_START: set()}
    for step in definition.steps:
        ways[step] = set()
        if step in doubled:
            ways[beyond(step)] = set()
    for step, spec in definition.steps.items():
        if isinstance(spec.does, GateSpec | CallSpec | EachSpec):  # an each may have no items at all
            ways[step].add(beyond(step))
    for source, trigger, target in _triggers(definition):
        onward = _ONWARD[definition.steps[source].kind] if source in doubled else ()
        place = beyond(source) if trigger in onward else source
        if target == LEAVE:
            within = definition.steps[source].within
            if within:
                ways[place].add(beyond(owner_of(within)))
        elif target not in (FAIL, ROLLBACK):
            ways[place].add(target)
    return ways


def _triggers(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Give every way as (source, trigger, target), with those that a playbook leaves unsaid.

    That an operator may skip a region is left out: that is itself asked about.
    """
    for source, transitions in definition.ways.items():
        is_never_skipped = bool(source and definition.bodies(source)) and definition.steps[source].when is None
        for way in transitions:
            if way.trigger != "skip" or not is_never_skipped:
                yield source, way.trigger, way.target
    for within, steps in definition.lists.items():
        for step, following in zip(steps, (*steps[1:], LEAVE), strict=True):
            kind = definition.steps[step].kind
            named = {way.trigger for way in definition.ways[step]}
            if kind not in ("decide", "end", "rollback") and not definition.is_graph(within):
                unsaid = {"skip", "approve" if kind == "gate" else "done"} - named
                yield from ((step, trigger, following) for trigger in sorted(unsaid))


def _turned(ways: Mapping[str, set[str]]) -> dict[str, set[str]]:
    back: dict[str, set[str]] = {place: set() for place in ways}
    for source, targets in ways.items():
        for target in targets:
            back[target].add(source)
    return back


def _before(
    ways: Mapping[str, set[str]], back: Mapping[str, set[str]], joins: Mapping[str, tuple[list[list[str]], int]]
) -> dict[str, frozenset[str]]:
    """Return for each place those that every way from the start to it goes through, itself among them.

    `joins` has the ends of the regions with branches: the last places of each branch, and how many must end.
    """
    reached = _reach(ways, _START) | {_START}
    places = [place for place in ways if place in reached]
    bit = {place: 1 << nth for nth, place in enumerate(places)}
    whole = (1 << len(places)) - 1
    found = dict.fromkeys(places, whole) | {_START: bit[_START]}

    def common(sources: Iterable[str]) -> int:
        met = whole
        for source in sources:
            met &= found.get(source, whole)
        return met

    changed = True
    while changed:
        changed = False
        for place in places[1:]:
            if place in joins:
                branches, wanted = joins[place]
                met = _in_enough([common(ends) for ends in branches], wanted)
            else:
                met = common(back[place])
            if found[place] != met | bit[place]:
                found[place], changed = met | bit[place], True
    before = {place: frozenset(one for one in places if found[place] & bit[one]) for place in places}
    # what no way reaches has only itself and the start before it
    return {place: before.get(place, frozenset({_START, place})) for place in ways}


def _in_enough(sets: list[int], wanted: int) -> int:
    """Return what is in one of any so many of these sets: no more than `wanted - 1` of them are without it."""
    found = 0
    for chosen in sets:
        found |= chosen
    if wanted < len(sets):
        for bit in (1 << place for place in range(found.bit_length())):
            if found & bit and sum(not chosen & bit for chosen in sets) >= wanted:
                found &= ~bit
    return found


def _joins(definition: Definition, ways: Mapping[str, set[str]]) -> dict[str, tuple[list[list[str]], int]]:
    """Return for the end of each region with branches the places that end each branch, and how many must end."""
    found: dict[str, tuple[list[list[str]], int]] = {}
    for id, step in definition.steps.items():
        does = step.does
        if not isinstance(does, ParallelSpec) or not does.branches:
            continue
        wanted = len(does.branches) if does.join == "all" else 1 if does.join == "any" else does.join
        ends = [
            [place for place, targets in ways.items() if beyond(id) in targets and _stands_in(definition, place, body)]
            for body in definition.bodies(id)
        ]
        found[beyond(id)] = ends, wanted
    return found


def _stands_in(definition: Definition, place: str, within: str) -> bool:
    step = place.removesuffix("+")
    return bool(step) and definition.steps[step].within == within


def _reach(ways: Mapping[str, set[str]], begin: str, stops: Collection[str] = ()) -> set[str]:
    """Return what can be reached from a place, not through one of `stops` and not through itself again."""
    seen: set[str] = set()
    waiting = [begin]
    while waiting:
        for target in ways[waiting.pop()]:
            if target not in seen and target != begin:
                seen.add(target)
                if target not in stops:
                    waiting.append(target)
    return seen


def standing(definition: Definition, state: State, within: str = MAIN, scope: str = scopes.OUTSIDE) -> set[str]:
    """Return the steps at which the run stands in this list and those below it, as far as they belong to this item.

    A region stands for the lists of it that wait to be entered, or for itself where none is open. Where a jump waits
    until something is undone, the run stands where that leads.
    """
    lists = definition.below[within]
    return {
        step
        for step, at in _tokens(definition, state)
        if definition.steps[step].within in lists and scopes.is_within(at, scope)
    }


def standing_around(definition: Definition, state: State, scope: str) -> set[str]:
    """Return the steps at which the run stands, seen from an item: not those of items beside it, begun or not."""
    return {
        step
        for step, at in _tokens(definition, state)
        if scopes.is_within(at, scope) or (scopes.is_within(scope, at) and not scopes.is_item(scope, at, step))
    }


def standing_in(definition: Definition, state: State, region: Visit) -> set[str]:
    """Return the steps at which the run stands in this region; the region itself where lists wait to be entered."""
    lists = definition.inside(region.step)
    return {
        step
        for step, at in _tokens(definition, state)
        if (step, at) == (region.step, region.scope)
        or (definition.steps[step].within in lists and scopes.is_within(at, region.scope))
    }


def _tokens(definition: Definition, state: State) -> Iterator[tuple[str, str]]:
    for visit in state.visits.values():
        if stands(definition, visit):
            yield visit.step, visit.scope
    if state.back is not None:
        yield state.back.to, state.back.scope


def stands(definition: Definition, visit: Visit) -> bool:
    """Say whether the run stands at this visit itself, and not only in its lists."""
    if visit.undoes is not None:
        return False
    region, does = visit.region, definition.steps[visit.step].does
    if region is None or not region.open:
        return True
    return region.begun < (len(region.items) if isinstance(does, EachSpec) else len(definition.bodies(visit.step)))


_KEPT: OrderedDict[str, Passing] = OrderedDict()
