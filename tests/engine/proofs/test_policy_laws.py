"""Proofs of policies against walks that know nothing of them: what is proven never happens, what is told can."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition, Quorum
from engine.language.policy import Approval, Before, Policy
from engine.proofs.policies import violations
from tests.engine.building import action, decide, end, gate, task
from tests.engine.proofs.region_runs import List, Run, Visit
from tests.engine.proofs.regions_by_chance import INPUTS, NAMES, definitions
from tests.engine.regions import book

POLICY = Policy("p", "P", "u", require=(Before(Approval(1, ("manager",), ("starter",)), action="debug.*"),))
RUNS, MOVES = 6, 120


class Watched(Run):
    """A random run that notes which actions opened before any gate had approved."""

    def __init__(self, definition: Definition, chance: random.Random) -> None:
        self.is_approved, self.bare = False, set[str]()
        super().__init__(definition, chance)

    def _arrive(self, id: str, one: List) -> None:
        was_approved, before = self.is_approved, self.visits.get(id, 0)
        super()._arrive(id, one)
        if self.definition.steps[id].kind == "action" and self.visits.get(id, 0) > before and not was_approved:
            self.bare.add(id)

    def _complete(self, visit: Visit, trigger: str) -> None:
        step = self.definition.steps[visit.step]
        self.is_approved = self.is_approved or (trigger == "approve" and step.kind == "gate" and step.when is None)
        super()._complete(visit, trigger)


@given(definitions(), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_with_regions_what_is_not_told_does_not_happen(definition: Definition, seed: int) -> None:
    told = {one.path[1] for one in violations(definition, POLICY)}
    for number in range(RUNS):
        run = Watched(definition, random.Random(seed + number))
        run.play(MOVES)
        assert run.bare <= told


@st.composite
def lists(draw: st.DrawFn) -> Definition:
    """Draw one list of steps that jump to each other."""
    ids = [f"s{number}" for number in range(draw(st.integers(2, 7)))]

    def target() -> Any:
        return draw(st.sampled_from([*ids, "leave", "fail"]))

    steps = []
    for id in ids:
        kind = draw(st.sampled_from(["task", "gate", "gate", "weak", "action", "action", "decide", "end"]))
        next = draw(st.sampled_from([None, None, *ids]))
        when = draw(st.sampled_from([None, None, None, "inputs.q"]))
        if kind == "task":
            steps.append(task(id, next, outcomes={"a": None, "b": target()}, when=when))
        elif kind == "gate":
            steps.append(gate(id, on_reject=target(), next=next, when=when, quorum=Quorum(count=1)))
        elif kind == "weak":
            steps.append(gate(id, on_reject=target(), next=next, exclude=(), quorum=Quorum(count=1)))
        elif kind == "action":
            steps.append(action(id, next, draw(st.sampled_from([None, target()])), when=when))
        elif kind == "decide":
            steps.append(decide(id, ("inputs.q", target()), otherwise=target()))
        else:
            steps.append(end(id))
    return book(*steps, inputs=INPUTS, names=NAMES)


def reached_bare(definition: Definition) -> set[str]:
    """Walk every way with whether somebody has approved since the last action: no regions, so that is all there is."""
    first = definition.ways[""][0].target
    seen, pending, bare = {(first, False)}, [(first, False)], set[str]()
    while pending:
        id, is_approved = pending.pop()
        step = definition.steps.get(id)
        if step is None:
            continue
        if step.kind == "action" and not is_approved:
            bare.add(id)
        for way in definition.ways[id]:
            if way.trigger == "skip" and step.when is None:
                continue
            after = is_approved
            if way.trigger == "approve" and step.when is None and "starter" in step.does.exclude:
                after = True
            elif step.kind == "action" and way.trigger != "skip":
                after = False
            if (way.target, after) not in seen:
                seen.add((way.target, after))
                pending.append((way.target, after))
    return bare


@given(lists())
@settings(max_examples=150, deadline=None)
def test_without_regions_exactly_what_can_happen_is_told(definition: Definition) -> None:
    assert {one.path[1] for one in violations(definition, POLICY)} == reached_bare(definition)


@given(lists())
@settings(max_examples=60, deadline=None)
def test_every_example_can_be_followed(definition: Definition) -> None:
    for found in violations(definition, POLICY):
        here = ""
        for step in found.way:
            assert step in {way.target for way in definition.ways[here]}
            here = step
        assert here == found.path[1]
