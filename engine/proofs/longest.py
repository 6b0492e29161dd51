"""The longest way through a playbook by the time that its steps may take, one list after the other, inside out.

In a loop every step counts once. Of branches side by side the longest counts where all must end, of any number the one
that ends as that many have; an `each` counts once. What a region is given as a whole counts where it is more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from engine import durations
from engine.definition import LEAVE, MAIN, ParallelSpec
from engine.durations import Length
from engine.proofs.graphs import knots
from engine.proofs.moves import Moves
from engine.proofs.passing import DONE, Lane, wanted

STOP = ""
_NOTHING = timedelta(0)


@dataclass(frozen=True)
class Way:
    """A way, step by step, each with what it counts (None: nothing). `time` is the sum, as near as it can be told."""

    time: timedelta = _NOTHING
    steps: tuple[tuple[str, Length | None], ...] = ()


@dataclass
class Through:
    """The longest ways through one step. `done` is how it goes on by itself, `cut` how a region is skipped or cut off;
    `away` are the ways that leave a region, by where they lead, and `stop` is the longest of all."""

    done: Way = field(default_factory=Way)
    cut: Way = field(default_factory=Way)
    away: dict[str, Way] = field(default_factory=dict)
    stop: Way = field(default_factory=Way)

    @property
    def most(self) -> timedelta:
        return max(self.done.time, self.stop.time)


def longest(moves: Moves, lengths: Mapping[str, Length]) -> Way:
    """Return the longest way from the start. Nothing, where the playbook has no step."""
    through: dict[str, Through] = {}
    found: dict[str, dict[str, Way]] = {}
    for name, lane in moves.passing.lanes.items():
        for step in lane.reached:
            through[step] = _region(moves, step, lengths, found) if step in moves.bodies else _plain(step, lengths)
        found[name] = _Lane(moves, name, lane, through).ways()
    return found[MAIN].get(STOP, Way())


def _plain(step: str, lengths: Mapping[str, Length]) -> Through:
    length = lengths.get(step)
    way = Way(durations.roughly(length) if length is not None else _NOTHING, ((step, length),))
    return Through(way, way, {}, way)


def _region(moves: Moves, step: str, lengths: Mapping[str, Length], found: Mapping[str, Mapping[str, Way]]) -> Through:
    does, alone = moves.definition.steps[step].does, Way(steps=((step, None),))
    lists = [found[name] for name in moves.bodies[step] if name in found]
    through = Through(alone, alone, {}, alone)
    ends = sorted((ways[LEAVE] for ways in lists if LEAVE in ways), key=lambda way: way.time)
    if ends:
        number = wanted(does, len(ends)) if isinstance(does, ParallelSpec) else len(ends)
        through.done = _after(alone, ends[max(0, min(number, len(ends)) - 1)])
    for ways in lists:
        for target, way in ways.items():
            if target == STOP:
                through.stop = _longer(through.stop, _after(alone, way))
            elif target != LEAVE:
                through.away[target] = _longer(through.away.get(target), _after(alone, way))
    through.stop = _longer(through.stop, through.done)
    if step in lengths and durations.roughly(lengths[step]) > through.done.time:
        counted = tuple((id, lengths[step] if id == step else None) for id, _ in through.done.steps)
        through.done = Way(durations.roughly(lengths[step]), counted)
        through.stop = _longer(through.stop, through.done)
        through.cut = Way(durations.roughly(lengths[step]), ((step, lengths[step]),))
    return through


def _after(one: Way, other: Way) -> Way:
    return Way(one.time + other.time, (*one.steps, *other.steps))


def _longer(one: Way | None, other: Way) -> Way:
    return other if one is None or other.time > one.time else one


class _Lane:
    """One list, with each loop drawn together to one node: no way through it passes a node twice."""

    def __init__(self, moves: Moves, name: str, lane: Lane, through: Mapping[str, Through]) -> None:
        self.moves, self.name, self.lane, self.through = moves, name, lane, through
        self.onward = {step: [one for one in lane.onward[step] if one in lane.reached] for step in lane.reached}
        self.members: dict[str, list[str]] = {step: [step] for step in lane.reached}
        self.node = {step: step for step in lane.reached}
        for knot in knots(list(lane.reached), self.onward):
            for step in knot:
                self.members.pop(step, None)
                self.node[step] = knot[0]
            self.members[knot[0]] = knot
        self.best: dict[str, timedelta] = {}
        self.came: dict[str, tuple[str, str]] = {}

    def ways(self) -> dict[str, Way]:
        """Return the longest way to each target that leaves the list, and under `STOP` the longest of all."""
        ends: dict[str, tuple[timedelta, str]] = {}
        for node in self._in_order():
            before = self.best.setdefault(node, _NOTHING)
            for source, target in self._out(node):
                time, there = before + self._time(node, source, target), self.node[target]
                if there not in self.came or time > self.best[there]:
                    self.best[there], self.came[there] = time, (source, target)
            for step in self.members[node]:
                for target in (STOP, *self._leaving(step)):
                    time = before + self._time(node, step, target)
                    if target not in ends or time > ends[target][0]:
                        ends[target] = time, step
        found = {target: self._way(step, target) for target, (_, step) in ends.items()}
        if not self.moves.entries[self.name]:
            found.setdefault(LEAVE, Way())
        return found

    def _leaving(self, step: str) -> Iterator[str]:
        """Give the targets outside the list to which this step leads, or which its region is left for."""
        steps = self.moves.definition.steps
        for way in self.moves.ways[step]:
            is_gone = step in self.moves.bodies and way.trigger == DONE and step not in self.moves.passing.met
            if not is_gone and way.target not in self.lane.reached and (way.target == LEAVE or way.target in steps):
                yield way.target
        yield from (target for target in self.through[step].away if target not in self.lane.reached)

    def _time(self, node: str, step: str, target: str) -> timedelta:
        if len(self.members[node]) > 1:
            return sum((self.through[one].most for one in self.members[node]), _NOTHING)
        return self._passed(step, target).time

    def _passed(self, step: str, target: str) -> Way:
        """Return the way through one step to what comes next."""
        through = self.through[step]
        if target == STOP:
            return through.stop
        if step not in self.moves.bodies:
            return through.done
        found = through.away.get(target)
        for way in self.moves.ways[step]:
            if way.target == target and (way.trigger != DONE or step in self.moves.passing.met):
                found = _longer(found, through.done if way.trigger == DONE else through.cut)
        return through.done if found is None else found

    def _out(self, node: str) -> Iterator[tuple[str, str]]:
        for step in self.members[node]:
            for target in self.onward[step]:
                if self.node[target] != node:
                    yield step, target

    def _in_order(self) -> list[str]:
        """Return the nodes so that each stands before all it leads to."""
        open_edges = dict.fromkeys(self.members, 0)
        for node in self.members:
            for _, target in self._out(node):
                open_edges[self.node[target]] += 1
        ready = deque(node for node, edges in open_edges.items() if not edges)
        found = []
        while ready:
            node = ready.popleft()
            found.append(node)
            for _, target in self._out(node):
                open_edges[self.node[target]] -= 1
                if not open_edges[self.node[target]]:
                    ready.append(self.node[target])
        return found

    def _way(self, last: str, target: str) -> Way:
        """Return the way whose last step in this list is `last`, as it leaves for the target."""
        node, edges = self.node[last], list[tuple[str, str]]()
        while node in self.came:
            edges.append(self.came[node])
            node = self.node[self.came[node][0]]
        entry = next((step for step in self.moves.entries[self.name] if self.node.get(step) == node), node)
        walk: list[str] = []
        for source, onward in reversed(edges):
            walk += self._through_node(entry, source)
            entry = onward
        walk += self._through_node(entry, None if target == STOP else last)
        found = Way()
        for at, step in enumerate(walk):
            found = _after(found, self._passed(step, walk[at + 1] if at + 1 < len(walk) else target))
        return found

    def _through_node(self, entry: str, leaving: str | None) -> list[str]:
        """Return a walk through one node from where it is entered: past all that takes time, then to the way out."""
        members = self.members[self.node[entry]]
        left = {step for step in members if self.through[step].most} - {entry}
        walk = [entry]
        while left:
            walk += self._hop(walk[-1], left, members)
            left.discard(walk[-1])
        if leaving is not None and walk[-1] != leaving:
            walk += self._hop(walk[-1], {leaving}, members)
        return walk

    def _hop(self, begin: str, goals: set[str], members: Sequence[str]) -> list[str]:
        """Return the steps of a shortest way to one of the goals, among the members, without the first."""
        inside, came, queue = set(members), {begin: begin}, deque([begin])
        while queue:
            here = queue.popleft()
            if here in goals:
                steps = []
                while here != begin:
                    steps.append(here)
                    here = came[here]
                return steps[::-1]
            for target in self.onward[here]:
                if target in inside and target not in came:
                    came[target] = here
                    queue.append(target)
        raise AssertionError("the steps of a loop all lead to each other")
