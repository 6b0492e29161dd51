"""Playbooks with regions built by hand, and random ones: lists within lists, ways out to every list around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from engine.definition import (
    ActionSpec,
    CallSpec,
    Definition,
    EachSpec,
    Join,
    ParallelSpec,
    RollbackSpec,
    StepSpec,
    Transition,
    WaitSpec,
)
from tests.engine.building import Ways, _step, action, decide, end, gate, playbook, task


@dataclass(frozen=True)
class Region:
    """A region step with its ways, and its lists by their ids."""

    step: tuple[StepSpec, Ways]
    lists: Mapping[str, Sequence[Any]]


Item = tuple[StepSpec, Ways] | Region


def parallel(
    id: str, branches: Mapping[str, Sequence[Item]], join: Join = "all", next: str | None = None, **common: Any
) -> Region:
    step = _step(id, ParallelSpec(branches=tuple(branches), join=join), [("done", next, None)], **common)
    return Region(step, {f"{id}/{name}": items for name, items in branches.items()})


def graph(id: str, *steps: tuple[Item, tuple[str, ...]], next: str | None = None, **common: Any) -> Region:
    """Steps with what they need."""
    needs = {_id(item): wanted for item, wanted in steps}
    step = _step(id, ParallelSpec(needs=needs), [("done", next, None)], **common)
    return Region(step, {id: [item for item, _ in steps]})


def each(
    id: str,
    steps: Sequence[Item],
    over: str = "inputs.regions",
    name: str = "region",
    at_most: int | None = None,
    join: Join = "all",
    next: str | None = None,
    **common: Any,
) -> Region:
    does = EachSpec(over=over, name=name, at_most=at_most, join=join)
    return Region(_step(id, does, [("done", next, None)], **common), {id: steps})


def call(id: str, playbook: str = "region-launch", next: str | None = None, on_error: str | None = None, **common: Any):
    ways: Ways = [("done", next, None)] + ([("error", on_error, None)] if on_error else [])
    return _step(
        id, CallSpec(playbook=playbook, version="^2", on_error="route" if on_error else "incident"), ways, **common
    )


def signal(id: str, name: str = "payment-received", on_deadline: str | None = None, next: str | None = None):
    ways: Ways = [("done", next, None)] + ([("deadline", on_deadline, None)] if on_deadline else [])
    return _step(id, WaitSpec(signal=name, deadline=timedelta(days=2) if on_deadline else None), ways)


def rollback(id: str) -> tuple[StepSpec, Ways]:
    return _step(id, RollbackSpec(), [])


def undoable(id: str, next: str | None = None, **common: Any) -> tuple[StepSpec, Ways]:
    return action(id, next, undo=ActionSpec(provider="debug.echo"), **common)


def build(*items: Item, **head: Any) -> Definition:
    """A definition of these steps, each region with its lists."""
    first = [item.step if isinstance(item, Region) else item for item in items]
    definition = playbook(*first, **head)
    found: dict[str, StepSpec] = dict(definition.steps)
    lists: dict[str, tuple[str, ...]] = dict(definition.lists)
    transitions = list(definition.transitions)
    waiting: list[Region] = [item for item in items if isinstance(item, Region)]
    while waiting:
        region = waiting.pop(0)
        owner = region.step[0]
        for within, inner in region.lists.items():
            steps = [item.step if isinstance(item, Region) else item for item in inner]
            waiting += [item for item in inner if isinstance(item, Region)]
            order = [step.id for step, _ in steps]
            lists[within] = tuple(order)
            found |= {step.id: replace(step, within=within) for step, _ in steps}
            needs = owner.does.needs if isinstance(owner.does, ParallelSpec) else {}
            if needs:
                transitions += _graph(owner.id, steps, needs)
                continue
            transitions.append(Transition(owner.id, f"enter:{within}", order[0] if order else "leave"))
            for at, (step, ways) in enumerate(steps):
                following = order[at + 1] if at + 1 < len(order) else "leave"
                transitions += [Transition(step.id, trigger, to or following, guard) for trigger, to, guard in ways]
    return replace(definition, steps=found, lists=lists, transitions=tuple(transitions))


def _graph(
    owner: str, steps: Sequence[tuple[StepSpec, Ways]], needs: Mapping[str, tuple[str, ...]]
) -> list[Transition]:
    found = [Transition(owner, f"enter:{owner}", step.id) for step, _ in steps if not needs[step.id]]
    for step, ways in steps:
        behind = [other for other, wanted in needs.items() if step.id in wanted]
        for trigger, to, guard in ways:
            if trigger == "skip":
                found.append(Transition(step.id, "skip", "leave"))
            else:
                targets = [to] if to else behind or ["leave"]
                found += [Transition(step.id, trigger, target, guard) for target in targets]
    return found


def _id(item: Item) -> str:
    return (item.step if isinstance(item, Region) else item)[0].id


@st.composite
def nested(draw: st.DrawFn, most: int = 4, deepest: int = 3) -> Definition:
    """Any regions in each other, to any depth up to this one; every step may lead to any list around it."""
    counter = iter(range(10_000))

    def names(count: int) -> list[str]:
        return [f"s{next(counter)}" for _ in range(count)]

    def items(around: Sequence[str], depth: int, least: int = 1) -> list[Item]:
        ids = names(draw(st.integers(least, most)))
        return [item(id, [*ids, *around], depth) for id in ids]

    def item(id: str, reachable: Sequence[str], depth: int) -> Item:
        target = st.sampled_from([*reachable, "leave", "fail", "rollback"])
        regions = ["parallel", "each", "graph"] if depth < deepest else []
        kind = draw(st.sampled_from(["task", "gate", "action", "decide", "end", "call", "signal", *regions]))
        title = draw(st.text('abc <>&"|]é', max_size=40))
        when = draw(st.none() | st.just("inputs.eu"))
        if kind == "parallel":
            branches = {f"b{at}": items(reachable, depth + 1) for at in range(draw(st.integers(1, 3)))}
            return parallel(id, branches, "all", draw(st.none() | target), title=title, when=when)
        if kind == "each":
            return each(id, items(reachable, depth + 1), title=title, next=draw(st.none() | target))
        if kind == "graph":
            return graph(id, *acyclic(reachable, depth + 1), title=title)
        if kind == "task":
            outcomes = {name: draw(target) for name in draw(st.lists(st.sampled_from(["good", "bad"]), unique=True))}
            return task(id, draw(st.none() | target), outcomes, title=title, when=when)
        if kind == "gate":
            return gate(id, draw(target), draw(st.none() | target), draw(st.none() | target), title=title)
        if kind == "decide":
            return decide(id, ("inputs.score > 1", draw(target)), otherwise=draw(target))
        if kind == "end":
            return end(id, draw(st.sampled_from(["completed", "failed"])))
        if kind == "call":
            return call(id, on_error=draw(st.none() | target), title=title)
        if kind == "signal":
            return signal(id, on_deadline=draw(st.none() | target))
        return action(id, draw(st.none() | target), draw(st.none() | target), title=title, when=when)

    def acyclic(around: Sequence[str], depth: int) -> list[tuple[Item, tuple[str, ...]]]:
        ids = names(draw(st.integers(1, most + 1)))
        found: list[tuple[Item, tuple[str, ...]]] = []
        for at, id in enumerate(ids):
            needs = tuple(draw(st.lists(st.sampled_from(ids[:at]), unique=True, max_size=3))) if at else ()
            way_out = draw(st.sampled_from(["fail", "rollback", *around]))
            step: Item = draw(st.sampled_from([task(id), gate(id, way_out), action(id, on_error=way_out)]))
            found.append((step, needs))
        return found

    return build(*items([], 0))
