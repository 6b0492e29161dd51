"""Which gates a jump passes over, and which approvals a run still stands on: questions to the playbook's ways.

A gate is two places here: where it is asked, and beyond its approval; what leads on from a rejection leaves from the
first. One place stands before another where no way from the start reaches the other without it. Guards are ignored,
so that what the data might decide counts as possible.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from engine.definition import FAIL, LEAVE, ROLLBACK, Definition, GateSpec

#: Triggers that lead beyond a gate.
_BEYOND = frozenset({"approve", "skip"})
_START = ""


def beyond(step: str) -> str:
    return step + "+"


class Passing:
    """The ways of one definition as a graph, with what stands before what."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.gates = tuple(id for id, step in definition.steps.items() if isinstance(step.does, GateSpec))
        self.ways = _ways(definition, frozenset(self.gates))
        self.back = _turned(self.ways)
        self._before = _before(self.ways, self.back)

    @classmethod
    def of(cls, definition: Definition) -> Passing:
        """Return that of this definition; the last 64 are kept."""
        known = _KEPT.get(definition.digest)
        if known is None:
            known = _KEPT[definition.digest] = cls(definition)
            if len(_KEPT) > 64:
                _KEPT.popitem(last=False)
        return known

    def over(self, at: Iterable[str], to: str) -> tuple[str, ...]:
        """Return the gates that a jump from these open steps to another passes over, in the order of the playbook.

        Going back passes over none: what stands before a step was passed on the way to it. Going forward passes over
        the gates that may lie between the two. Where no way leads on to the step, it is a jump sideways: then these are
        the gates that may lie between the last place both have in common and the step, but for those whose approval
        every way to the open step needs. An open gate that is not left backwards is passed over in any case.
        """
        found: set[str] = set()
        for step in at:
            if to in self._before[step]:
                continue
            if step in self.gates:
                found.add(step)
            common = max(self._before[step] & self._before[to], key=lambda place: len(self._before[place]))
            forward = _reach(self.ways, step, (to, common))
            ahead = forward if to in forward else _reach(self.ways, common, (to,))
            ahead &= _reach(self.back, to, (common,))
            found |= {
                gate
                for gate in self.gates
                if gate != to and beyond(gate) in ahead and beyond(gate) not in self._before[step]
            }
        return tuple(gate for gate in self.gates if gate in found)

    def is_behind(self, gate: str, at: Iterable[str]) -> bool:
        """Whether the run has this gate behind it: none of the open steps stands before it on every way."""
        return not any(step in self._before[gate] for step in at)


def _ways(definition: Definition, gates: Collection[str]) -> dict[str, set[str]]:
    ways: dict[str, set[str]] = {_START: set()}
    for step in definition.steps:
        ways[step] = {beyond(step)} if step in gates else set()
        if step in gates:
            ways[beyond(step)] = set()
    for source, transitions in definition.ways.items():
        for way in transitions:
            if way.target not in (LEAVE, FAIL, ROLLBACK):
                ways[beyond(source) if source in gates and way.trigger in _BEYOND else source].add(way.target)
    for steps in definition.lists.values():
        for step, following in pairwise(steps):
            named = {way.trigger for way in definition.ways[step]}
            kind = definition.steps[step].kind
            ordinary = {"skip", "approve" if kind == "gate" else "done"}
            if kind not in ("decide", "end") and not named >= ordinary:
                ways[beyond(step) if step in gates else step].add(following)
    return ways


def _turned(ways: Mapping[str, set[str]]) -> dict[str, set[str]]:
    back: dict[str, set[str]] = {place: set() for place in ways}
    for source, targets in ways.items():
        for target in targets:
            back[target].add(source)
    return back


def _before(ways: Mapping[str, set[str]], back: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    """Return for each place those that every way from the start to it goes through, itself among them."""
    reached = _reach(ways, _START) | {_START}
    places = [place for place in ways if place in reached]
    bit = {place: 1 << nth for nth, place in enumerate(places)}
    whole = (1 << len(places)) - 1
    found = dict.fromkeys(places, whole) | {_START: bit[_START]}
    changed = True
    while changed:
        changed = False
        for place in places[1:]:
            common = whole
            for source in back[place]:
                common &= found.get(source, whole)
            if found[place] != common | bit[place]:
                found[place], changed = common | bit[place], True
    before = {place: frozenset(one for one in places if found[place] & bit[one]) for place in places}
    # what no way reaches has only itself and the start before it
    return {place: before.get(place, frozenset({_START, place})) for place in ways}


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


_KEPT: OrderedDict[str, Passing] = OrderedDict()
