"""Row 9, of the whole run: the longest way by due times fits in the `sla`. A warning, with that way.

Added up are the `due` of each step and the length of each `wait`, along the way on which they are most; in a loop every
step counts once, as in a run that comes round it once (semantics section 6, row 9). Guards are ignored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from engine import durations
from engine.definition import StepSpec, WaitSpec
from engine.durations import Length
from engine.proofs.finding import Case, names
from engine.proofs.graphs import knots
from engine.proofs.lengths import Total, exceeds
from engine.proofs.moves import START, Moves


def prove(case: Case) -> None:
    """Report a longest way that takes more than the whole run should."""
    sla, calendar = case.definition.sla, case.definition.calendar
    if sla is None:
        return
    lengths = {step.id: length for step in case.definition.steps.values() if (length := _takes(step)) is not None}
    way = _Ways(case.moves, lengths).longest()
    timed = [step for step in dict.fromkeys(way) if step in lengths]
    total = Total.of(lengths[step] for step in timed)
    if not exceeds(total, sla, calendar):
        return
    takes = " and ".join(durations.say(part) for part in (total.plain, total.business) if part)
    case.report(
        "sla-overrun",
        ("sla",),
        f"By their due times the steps on the longest way take {takes}, and the run should be over in"
        f" {durations.say(sla)}.",
        f"Raise `sla`, or give less time to {names(timed)}.",
        way,
    )


def _takes(step: StepSpec) -> Length | None:
    if isinstance(step.does, WaitSpec) and step.does.length is not None:
        return step.does.length
    return step.due


class _Ways:
    """The playbook with each loop drawn together to one node: no way through it passes a node twice."""

    def __init__(self, moves: Moves, lengths: Mapping[str, Length]) -> None:
        self.moves, self.lengths = moves, lengths
        reached = list(moves.came_from)
        self.members: dict[str, list[str]] = {step: [step] for step in reached}
        self.node = {step: step for step in reached}
        for knot in knots(reached, {step: moves.onward[step] for step in reached}):
            for step in knot:
                self.members.pop(step, None)
                self.node[step] = knot[0]
            self.members[knot[0]] = knot

    def longest(self) -> tuple[str, ...]:
        """Return the way from the start on which the lengths are most, each loop walked through once."""
        best: dict[str, timedelta] = {}
        came: dict[str, tuple[str, str]] = {}
        for node in self._in_order():
            before = best.get(node, timedelta(0))
            best[node] = before + sum((self._weight(step) for step in self.members[node]), timedelta(0))
            for source, target in self._out(node):
                there = self.node[target]
                if there not in came or best[node] > best[there]:
                    best[there], came[there] = best[node], (source, target)
        if not best:
            return ()
        node = max(best, key=best.__getitem__)
        edges: list[tuple[str, str]] = []
        while node in came:
            edges.append(came[node])
            node = self.node[came[node][0]]
        entry = next(way.target for way in self.moves.ways[START] if way.target in self.node)
        found: list[str] = []
        for source, target in reversed(edges):
            found += self._through(entry, source)
            entry = target
        return (*found, *self._through(entry, None))

    def _weight(self, step: str) -> timedelta:
        return durations.roughly(self.lengths[step]) if step in self.lengths else timedelta(0)

    def _out(self, node: str) -> Iterator[tuple[str, str]]:
        for step in self.members[node]:
            for target in self.moves.onward[step]:
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

    def _through(self, entry: str, leaving: str | None) -> list[str]:
        """Return a walk through one node from where it is entered: past all that takes time, then to the way out."""
        members = self.members[self.node[entry]]
        left = {step for step in members if step in self.lengths} - {entry}
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
            for target in self.moves.onward[here]:
                if target in inside and target not in came:
                    came[target] = here
                    queue.append(target)
        raise AssertionError("the steps of a loop all lead to each other")
