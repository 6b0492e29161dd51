"""Rows 2, 3, 4 and 6 against runs: random walks over random small playbooks, and plain closures beside them."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition, EndSpec, FieldSpec, TaskSpec, Transition, WaitSpec
from engine.proofs import prove
from tests.engine.building import action, compute, decide, end, playbook, task, wait
from tests.engine.proofs.proving import Nowhere, problems
from tests.engine.proofs.runs import END, Walk, closure

IDS = [f"s{number}" for number in range(6)]
NAMES = {"inputs.q": "bool", **{f"steps.{id}.visits": "int" for id in IDS}, **{f"steps.{id}.v": "int" for id in IDS}}
INPUTS = (FieldSpec("q", "boolean"),)
TARGETS = st.sampled_from([*IDS, "leave", "fail"])
FORM = (FieldSpec("v", "integer"),)


@st.composite
def small(draw: st.DrawFn) -> Definition:
    steps = []
    for id in IDS:
        kind = draw(st.sampled_from(["task", "set", "set", "action", "decide", "decide", "end", "wait"]))
        when = draw(st.sampled_from([None, None, "inputs.q"]))
        if kind == "task":
            steps.append(task(id, draw(st.none() | TARGETS), form=FORM, when=when))
        elif kind == "set":
            source = draw(st.sampled_from(["1", *(f"steps.{other}.v" for other in IDS)]))
            steps.append(compute(id, draw(st.none() | TARGETS), v=source))
        elif kind == "action":
            steps.append(action(id, draw(st.none() | TARGETS), draw(st.none() | TARGETS), when=when))
        elif kind == "decide":
            counted = draw(st.sampled_from(IDS))
            rules = ["inputs.q", f"steps.{counted}.visits < 3", f"inputs.q && 2 >= steps.{counted}.visits"]
            rule = draw(st.sampled_from([*rules, f"has(steps.{counted}.v)", f"steps.{counted}.visits >= 4"]))
            steps.append(decide(id, (rule, draw(TARGETS)), otherwise=draw(TARGETS)))
        elif kind == "wait":
            steps.append(wait(id, WAITED, next=draw(st.none() | TARGETS)))
        else:
            steps.append(end(id))
    return playbook(*steps, inputs=INPUTS, names=NAMES)


WAITED = timedelta(minutes=5)


def told(definition: Definition, code: str) -> list[str]:
    """Return the steps named first by the problems of this code."""
    return [problem.message.split("`")[1] for problem in problems(definition, code)]


def graph(definition: Definition) -> dict[str, set[str]]:
    """Return the ways without guards, ends as one node."""
    found: dict[str, set[str]] = {step: set() for step in definition.steps}
    for way in definition.transitions:
        if way.source:
            found[way.source].add(way.target if way.target in definition.steps else END)
    for step in definition.steps.values():
        if isinstance(step.does, EndSpec):
            found[step.id].add(END)
    return found


@given(small())
@settings(max_examples=150, deadline=None)
def test_what_is_told_unreachable_is_what_no_way_reaches(definition: Definition) -> None:
    reached = closure(graph(definition), "s0") | {"s0"}
    assert sorted(told(definition, "unreachable-step")) == sorted(set(IDS) - reached)


@given(small(), st.integers())
@settings(max_examples=150, deadline=None)
def test_a_trap_is_told_where_the_run_cannot_end_and_only_there(definition: Definition, seed: int) -> None:
    ways = graph(definition)
    reached = closure(ways, "s0") | {"s0"}
    stuck = {step for step in reached - {END} if END not in closure(ways, step)}
    traps = problems(definition, "trap")
    assert bool(traps) == bool(stuck)
    for trap in traps:
        *_, last = trap.example
        assert last in stuck
        is_way(definition, trap.example)
        walk = Walk(definition, random.Random(seed), begin=last)
        assert all(step != END for step in walk.steps(200))


@given(small(), st.integers())
@settings(max_examples=250, deadline=None)
def test_what_is_not_told_endless_ends(definition: Definition, seed: int) -> None:
    loops = problems(definition, "endless-loop")
    for loop in loops:
        is_way(definition, loop.example)
        last = loop.example[-1]
        cycle = loop.example[loop.example.index(last) :]
        assert not any(waits(definition, step) for step in cycle)
    if not loops:
        for attempt in range(5):
            walk = Walk(definition, random.Random(seed + attempt), begin=None)
            restless = 0
            for step in walk.steps(600):
                restless = 0 if step != END and waits(definition, step) else restless + 1
                assert restless < 200, "a run went on by itself"


@given(small(), st.integers())
@settings(max_examples=250, deadline=None)
def test_what_is_not_told_unset_is_set(definition: Definition, seed: int) -> None:
    found = problems(definition, "unset-data")
    risky = {problem.example[-1] for problem in found}
    for attempt in range(8):
        walk = Walk(definition, random.Random(seed + attempt), begin=None)
        for step in walk.steps(60):
            if step != END and walk.reads(step) is False:
                assert step in risky, f"{step} read what was unset"
    for problem in found:
        is_way(definition, problem.example)
        name = problem.message.split("`")[1].split(".")[1]
        assert name in may_be_unset_after(definition, problem.example)


def waits(definition: Definition, step: str) -> bool:
    spec = definition.steps[step]
    return spec.when is None and isinstance(spec.does, TaskSpec | WaitSpec)


def is_way(definition: Definition, path: tuple[str, ...]) -> None:
    """Check that the example is a way of this playbook, from its start."""
    assert path[0] == definition.target("", "start")
    for here, there in itertools.pairwise(path):
        assert there in {way.target for way in definition.ways[here]}, path


def may_be_unset_after(definition: Definition, path: tuple[str, ...]) -> set[str]:
    """Return the steps that need not be set at the end of this way, whichever transitions it takes."""
    states: set[frozenset[str]] = {frozenset()}
    for here, there in itertools.pairwise(path):
        after: set[frozenset[str]] = set()
        for state in states:
            for way in definition.ways[here]:
                if way.target == there:
                    after.add(state | {here} if is_completed(way) else state - {here})
        states = after
    return {step for step in definition.steps if any(step not in state for state in states)} | {
        step.id for step in definition.steps.values() if not leaves_v(definition, step.id)
    }


def is_completed(way: Transition) -> bool:
    return way.trigger not in ("skip", "error")


def leaves_v(definition: Definition, step: str) -> bool:
    return definition.steps[step].kind in ("task", "set")


def test_problems_come_in_the_order_of_the_file() -> None:
    definition = playbook(task("s0", next="s0"), task("s1"), inputs=INPUTS, names=NAMES)
    assert [problem.code for problem in prove(definition, Nowhere())] == ["trap", "unreachable-step"]
