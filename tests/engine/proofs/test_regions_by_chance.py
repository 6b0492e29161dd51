"""Proofs of random playbooks with regions against random runs: what is not told does not happen."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition
from engine.proofs.finding import Case
from engine.proofs.moves import START, Moves
from tests.engine.proofs.proving import Nowhere, problems
from tests.engine.proofs.region_runs import Run
from tests.engine.proofs.regions_by_chance import definitions

RUNS, MOVES = 6, 120
NEEDS_NO_WAY = ("unreachable-step", "dead-rule", "join-unreachable")


def played(definition: Definition, seed: int) -> list[Run]:
    runs = [Run(definition, random.Random(seed + number)) for number in range(RUNS)]
    for run in runs:
        run.play(MOVES)
    return runs


def can_follow(moves: Moves, path: tuple[str, ...]) -> bool:
    """Say whether each step of the way leads to the next, past ends of regions."""
    here = {START}
    for step in path:
        seen, pending = set[str](), list(here)
        found = False
        while pending:
            for target in moves.onward[pending.pop()]:
                found = found or target == step
                if target.endswith(">") and target not in seen:
                    seen.add(target)
                    pending.append(target)
        if not found:
            return False
        here = {step}
    return True


@given(definitions())
@settings(max_examples=300, deadline=None)
def test_every_example_can_be_followed(definition: Definition) -> None:
    moves = Case(definition, Nowhere()).moves
    for problem in problems(definition):
        assert problem.example or problem.code in NEEDS_NO_WAY, problem
        assert can_follow(moves, problem.example), problem


@given(definitions(), st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_what_is_told_unreachable_is_never_come_to(definition: Definition, seed: int) -> None:
    lost = {problem.message.split("`")[1] for problem in problems(definition, "unreachable-step")}
    for run in played(definition, seed):
        assert not run.arrived & lost


@given(definitions(), st.integers(0, 10**6))
@settings(max_examples=500, deadline=None)
def test_what_is_not_told_unset_is_set(definition: Definition, seed: int) -> None:
    told = set()
    for problem in problems(definition, "unset-data"):
        told.add((problem.example[-1], problem.message.split("`")[1].split(".")[1]))
    for run in played(definition, seed):
        assert run.unset <= told


@given(definitions(), st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_where_no_loop_is_told_no_run_goes_on_by_itself(definition: Definition, seed: int) -> None:
    if not problems(definition, "endless-loop"):
        for run in played(definition, seed):
            assert run.most_restless < 100


def test_chance_comes_to_every_kind_of_problem() -> None:
    seen: set[str] = set()

    @given(definitions())
    @settings(max_examples=400, deadline=None, database=None)
    def look(definition: Definition) -> None:
        seen.update(problem.code for problem in problems(definition))

    look()
    assert {"unreachable-step", "trap", "endless-loop", "unset-data", "join-unreachable", "sla-overrun"} <= seen
