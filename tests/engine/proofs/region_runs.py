"""A run with regions in the plainest way: tokens that walk the transitions in any order, and what is set.

It knows nothing of the proofs and shares no code with them. Whether a way is taken is chance, but for guards that only
CEL can answer; an `each` has none, one or two items.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.definition import Definition, EachSpec, EndSpec, ParallelSpec, RollbackSpec, SetSpec, owner_of

AT_ONCE = ("set", "decide")


@dataclass(eq=False)
class List:
    """One list under way. `owner` is the visit of its region, None for the main list; `edges` only where steps need."""

    name: str
    owner: Visit | None
    item: str = ""
    is_over: bool = False
    did: bool = False
    edges: dict[tuple[str, str], bool] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Visit:
    step: str
    list: List
    lists: list[List] = field(default_factory=list)


class Run:
    """One random run. `unset` are the reads that found nothing, as (reader, step); `arrived` the steps come to."""

    def __init__(self, definition: Definition, chance: random.Random) -> None:
        self.definition, self.chance = definition, chance
        self.set: set[tuple[str, str]] = set()
        self.visits: dict[str, int] = {}
        self.open: list[Visit] = []
        self.arrived: set[str] = set()
        self.unset: set[tuple[str, str]] = set()
        self.is_over = False
        self.restless = self.most_restless = 0
        self.queue: list[tuple[str, List]] = []
        self._enter(List("", None))

    def play(self, moves: int) -> None:
        for _ in range(moves):
            if self.is_over:
                return
            if self.queue:
                self._arrive(*self.queue.pop(0))
            elif waiting := [visit for visit in self.open if not visit.lists]:
                self.restless = 0
                self._end(self.chance.choice(waiting))
            else:
                return

    # lists

    def _enter(self, one: List) -> None:
        source, trigger = (one.owner.step, f"enter:{one.name}") if one.owner else ("", "start")
        for way in self.definition.ways[source]:
            if way.trigger == trigger:
                self.queue.append((way.target, one))

    def _is_graph(self, one: List) -> bool:
        return one.owner is not None and self.definition.is_graph(one.name)

    def _list_over(self, one: List) -> None:
        one.is_over = True
        if one.owner is None:
            self.is_over = True
            return
        does = self.definition.steps[one.owner.step].does
        assert isinstance(does, ParallelSpec | EachSpec)
        ended = [other for other in one.owner.lists if other.is_over]
        wanted = len(one.owner.lists) if does.join == "all" else 1 if does.join == "any" else does.join
        if does.join != "all":
            ended = [other for other in ended if other.did]
        if len(ended) >= wanted:
            self._cancel_below(one.owner)
            self._complete(one.owner, "done")

    def _cancel_below(self, visit: Visit) -> None:
        for one in visit.lists:
            self._cancel(one)

    def _cancel(self, one: List) -> None:
        one.is_over = True
        self.queue = [(step, other) for step, other in self.queue if other is not one]
        for visit in [visit for visit in self.open if visit.list is one]:
            self._cancel_below(visit)
            self.open.remove(visit)
            self.set.discard((self._scope(one), visit.step))

    # steps

    def _arrive(self, id: str, one: List) -> None:
        if one.is_over:
            return
        self.arrived.add(id)
        self.restless += 1
        self.most_restless = max(self.restless, self.most_restless)
        step, visit = self.definition.steps[id], Visit(id, one)
        if step.when is not None and self.chance.random() < 0.4:
            self.set.discard((self._scope(one), id))
            self._route(visit, "skip")
            return
        self.visits[id] = self.visits.get(id, 0) + 1
        if isinstance(step.does, EndSpec | RollbackSpec):
            self.is_over = True
            return
        self.open.append(visit)
        if isinstance(step.does, ParallelSpec | EachSpec):
            self._open_region(visit)
        elif step.kind in AT_ONCE or (step.kind == "action" and self.chance.random() < 0.5):
            self._end(visit)

    def _open_region(self, visit: Visit) -> None:
        does = self.definition.steps[visit.step].does
        inside = {id for id, step in self.definition.steps.items() if self._is_inside(step.within, visit.step)}
        self.set = {(scope, id) for scope, id in self.set if id not in inside}
        if isinstance(does, EachSpec):
            items = self.chance.choice([0, 1, 2])
            visit.lists = [List(visit.step, visit, str(number)) for number in range(items)]
        else:
            visit.lists = [List(name, visit) for name in self.definition.bodies(visit.step)]
        if not visit.lists:
            self._complete(visit, "done")
        for one in visit.lists:
            self._enter(one)

    def _is_inside(self, within: str, region: str) -> bool:
        return any(owner_of(name) == region for name in self.definition.around(within)[:-1])

    def _end(self, visit: Visit) -> None:
        """Let an open visit end in one of the ways it can."""
        step = self.definition.steps[visit.step]
        if isinstance(step.does, SetSpec):
            for source in step.does.assign.values():
                if source.startswith("steps."):
                    self._read(visit, source.split(".")[1])
        ways = self.definition.ways[visit.step]
        triggers = [way.trigger for way in ways if way.trigger != "skip"]
        for way in ways:
            if way.guard is not None and not self._may_hold(way.guard, visit):
                triggers = [trigger for trigger in triggers if trigger != way.trigger]
        self._complete(visit, self.chance.choice(triggers) if triggers else "none")

    def _may_hold(self, guard: str, visit: Visit) -> bool:
        if guard.startswith("has("):
            return self._is_set(visit, guard.split(".")[1])
        if "visits" in guard:
            return self.visits.get(guard.split(".")[1], 0) < 3
        return True

    def _complete(self, visit: Visit, trigger: str) -> None:
        self.open.remove(visit)
        kind = self.definition.steps[visit.step].kind
        is_done = trigger not in ("skip", "error", "deadline") and not trigger.startswith("rung:")
        key = (self._scope(visit.list), visit.step)
        leaves = kind in ("task", "set", "call") or (kind in ("signal", "wait") and False)
        (self.set.add if is_done and leaves else self.set.discard)(key)
        visit.list.did = visit.list.did or is_done
        self._route(visit, trigger)

    def _route(self, visit: Visit, trigger: str) -> None:
        one, steps = visit.list, self.definition.steps
        targets = [way.target for way in self.definition.ways[visit.step] if way.trigger == trigger]
        for target in targets:
            if target in ("fail", "rollback"):
                self.is_over = True
                return
            if target in steps and steps[target].within != one.name:
                self._leave_for(target, one)
                return
        if self._is_graph(one):
            self._decide(one, visit.step, set(targets))
        elif "leave" in targets:
            self._list_over(one)
        else:
            self.queue += [(target, one) for target in targets]

    def _leave_for(self, target: str, one: List) -> None:
        while one.name != self.definition.steps[target].within:
            assert one.owner is not None
            region = one.owner
            self._cancel_below(region)
            self.open.remove(region)
            one = region.list
            self.set.discard((self._scope(one), region.step))
        if self._is_graph(one):
            self._decide(one, region.step, {target})
        else:
            self.queue.append((target, one))

    def _decide(self, one: List, step: str, targets: set[str]) -> None:
        """Settle the edges out of a step of a list of needs, and open or pass over what hangs on them."""
        assert one.owner is not None
        does = self.definition.steps[one.owner.step].does
        assert isinstance(does, ParallelSpec)
        one.decided.add(step)
        for other, needs in does.needs.items():
            if step in needs:
                one.edges[step, other] = other in targets
                edges = [one.edges.get((need, other)) for need in needs]
                if None in edges:
                    continue
                if any(edges):
                    self.queue.append((other, one))
                else:
                    self.set.discard((self._scope(one), other))
                    self._decide(one, other, set())
        if one.decided == set(self.definition.lists[one.name]) and not one.is_over:
            self._list_over(one)

    # data

    def _scopes(self, one: List | None) -> Iterator[str]:
        """Give the scope of a list and those around it."""
        while one is not None:
            yield self._scope(one)
            one = one.owner.list if one.owner else None

    def _scope(self, one: List) -> str:
        parts = []
        here: List | None = one
        while here is not None:
            parts.append(f"{here.name}:{here.item}" if here.item else "")
            here = here.owner.list if here.owner else None
        return "/".join(part for part in reversed(parts) if part)

    def _is_set(self, visit: Visit, step: str) -> bool:
        return any((scope, step) in self.set for scope in self._scopes(visit.list))

    def _read(self, visit: Visit, step: str) -> None:
        if not self._is_set(visit, step):
            self.unset.add((visit.step, step))
