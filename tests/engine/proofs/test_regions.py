"""Rows 2, 3, 4 and 7 where steps stand side by side: what is reached, what ends, what turns, what joins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.definition import Definition, FieldSpec, Rung
from engine.proofs import prove
from tests.engine.building import action, compute, decide, end, gate, playbook, task, wait
from tests.engine.proofs.proving import Nowhere, problems
from tests.engine.regions import book, call, each, needing, parallel, signal

MINUTE = timedelta(minutes=1)
INPUTS, NAMES = (FieldSpec("q", "boolean"),), {"inputs.q": "bool"}
Q: dict[str, Any] = {"inputs": INPUTS, "names": NAMES}


def told(definition: Definition) -> list[tuple[str, str]]:
    """Return every problem as (code, the step that its message names first)."""
    return [(problem.code, problem.message.split("`")[1]) for problem in problems(definition)]


def test_what_can_end_and_be_joined_is_clean() -> None:
    definition = book(
        task("plan"),
        parallel("ship", {"eu": [task("eu"), gate("eu-check")], "us": [action("us"), wait("rest", MINUTE)]}),
        each(
            "roll",
            [action("deploy"), decide("again", ("each.index > 3", "leave"), otherwise="verify"), task("verify")],
            names={"each.index": "int"},
        ),
        needing("mesh", [task("a"), task("b"), task("c")], {"b": ("a",), "c": ("a", "b")}),
        task("done"),
    )
    assert told(definition) == []


def test_a_branch_that_is_always_left_keeps_what_follows_from_being_reached() -> None:
    definition = book(parallel("ship", {"eu": [task("eu")], "us": [task("us", "stop")]}), task("after"), end("stop"))
    (lost,) = problems(definition)
    assert lost.code == "unreachable-step"
    assert "it follows `ship`, whose join can never be met" in lost.message


def test_a_branch_that_may_be_left_does_not() -> None:
    us = [decide("us", ("inputs.q", "stop"), otherwise="leave")]
    inner = parallel("ship", {"eu": [task("eu")], "us": us})
    definition = book(inner, task("after", "leave"), end("stop"), **Q)
    assert told(definition) == []


@pytest.mark.parametrize(("join", "clean"), [("all", True), ("any", True), (1, True), (2, True), (3, False)])
def test_a_number_joins_at_most_the_branches(join: object, clean: bool) -> None:
    region = parallel("ship", {"eu": [task("eu")], "us": [task("us")]}, join=join)
    assert told(book(task("plan"), region)) == ([] if clean else [("join-unreachable", "ship")])


def test_a_number_joins_at_most_the_branches_that_can_end() -> None:
    region = parallel("ship", {"eu": [task("eu")], "us": [task("us", "fail")]}, join=2)
    (problem,) = problems(book(task("plan"), region))
    assert problem.code == "join-unreachable"
    assert "only 1 of them can" in problem.message
    assert problem.example == ("plan", "ship")


def test_a_branch_in_which_nothing_can_complete_does_not_count() -> None:
    region = parallel("ship", {"eu": [task("eu")], "us": [task("us", when="false")]}, join=2)
    assert told(book(region)) == [("join-unreachable", "ship")]
    assert told(book(parallel("ship", {"eu": [task("eu")], "us": [task("us", when="false")]}))) == []


def test_a_circle_of_needs_is_named_and_told_once() -> None:
    mesh = needing("mesh", [task("a"), task("b"), task("c"), task("d")], {"b": ("d",), "c": ("b",), "d": ("c",)})
    (problem,) = problems(book(task("plan"), mesh))
    assert problem.code == "join-unreachable"
    assert "b → d → c → b" in problem.message
    assert problem.example == ("plan", "mesh", "b", "d", "c", "b")


def test_a_step_that_no_way_of_what_it_needs_names_is_not_reached() -> None:
    mesh = needing(
        "mesh", [decide("pick", ("true", "a"), otherwise="b"), task("a"), task("b")], {"a": ("pick",), "b": ("pick",)}
    )
    assert ("unreachable-step", "b") in told(book(mesh))


def test_a_step_behind_one_that_never_ends_is_not_reached() -> None:
    inner = parallel("inner", {"x": [task("x", "x")]})
    mesh = needing("mesh", [inner, task("a"), task("b")], {"b": ("inner", "a")})
    found = told(book(mesh))
    assert ("trap", "x") in found
    assert ("unreachable-step", "b") in found
    assert ("trap", "mesh") not in found


def test_a_trap_in_a_branch_is_told_there_and_nowhere_else() -> None:
    region = parallel("ship", {"eu": [task("one", "two"), task("two", "one")], "us": [task("us")]})
    found = problems(book(task("plan"), region))
    assert [(problem.code, problem.example) for problem in found] == [
        ("trap", ("plan", "ship", "one", "two", "one")),
    ]


def test_a_run_that_only_ever_leaves_a_region_backwards_is_trapped_through_it() -> None:
    region = parallel("ship", {"eu": [task("eu", "plan")], "us": [task("us")]})
    (problem,) = problems(book(task("plan"), region))
    assert problem.code == "trap"
    assert problem.example == ("plan", "ship", "eu", "plan")


def test_an_each_may_have_no_item_and_so_is_passed() -> None:
    definition = book(each("roll", [task("deploy", "stop")]), task("after", "leave"), end("stop"))
    assert told(definition) == []


def test_an_end_within_a_branch_ends_the_run() -> None:
    region = parallel(
        "ship", {"eu": [decide("eu", ("inputs.q", "stop"), otherwise="eu-2"), task("eu-2", "eu"), end("stop")]}
    )
    assert told(book(region, **Q)) == []


def loop(*pieces: object) -> list[tuple[str, ...]]:
    """Return the examples of the loops in a playbook that comes back to `top` as long as an input says so."""
    definition = book(
        compute("top"),
        *pieces,
        decide("again", ("inputs.q", "top"), otherwise="leave"),
        inputs=INPUTS,
        names={**NAMES, "steps.n.visits": "int"},
    )
    return [problem.example for problem in problems(definition, "endless-loop")]


def test_a_parallel_with_a_wait_on_every_way_of_one_branch_holds_a_loop_up() -> None:
    assert loop(parallel("ship", {"eu": [compute("n")], "us": [compute("m"), task("ask")]})) == []
    assert loop(parallel("ship", {"eu": [compute("n")], "us": [task("ask", when="inputs.q")]})) != []
    both = [decide("pick", ("inputs.q", "ask"), otherwise="leave"), task("ask")]
    assert loop(parallel("ship", {"eu": [compute("n")], "us": both})) != []


def test_of_any_and_numbers_every_branch_must_wait() -> None:
    one = {"eu": [compute("n")], "us": [task("ask")]}
    assert loop(parallel("ship", one, join="any")) == [("top", "ship", "n", "again", "top")]
    assert loop(parallel("ship", one, join=1)) != []
    assert loop(parallel("ship", {"eu": [signal("n")], "us": [task("ask")]}, join="any")) == []


def test_a_list_of_needs_is_held_up_by_any_step_of_it_that_surely_opens() -> None:
    steps = [compute("n"), task("ask"), compute("m")]
    assert loop(needing("mesh", steps, {"m": ("n",)})) == []
    pick = decide("n", ("inputs.q", "ask"), otherwise="m")
    assert loop(needing("mesh", [pick, task("ask"), compute("m")], {"ask": ("n",), "m": ("n",)})) != []


def test_an_each_never_counts() -> None:
    assert loop(each("roll", [task("ask")])) == [("top", "roll", "again", "top")]


def test_a_wait_for_a_signal_counts_and_one_that_is_over_at_once_does_not() -> None:
    assert loop(signal("n")) == []
    assert loop(signal("n", deadline=MINUTE, on_deadline="again")) == []
    assert loop(signal("n", deadline=timedelta(0), on_deadline="again")) != []


def test_leaving_a_region_does_not_wait_for_its_other_branches() -> None:
    region = parallel("ship", {"eu": [compute("n", next="top")], "us": [task("ask")]})
    found = problems(book(compute("top"), region), "endless-loop")
    assert [problem.example for problem in found] == [("top", "ship", "n", "top")]


def test_visits_bound_a_loop_from_within_a_branch_that_must_end() -> None:
    definition = book(
        compute("top"),
        parallel("ship", {"eu": [compute("n")], "us": [compute("m")]}),
        decide("again", ("steps.n.visits < 3", "top"), otherwise="leave"),
        names={"steps.n.visits": "int"},
    )
    assert problems(definition, "endless-loop") == []
    definition = book(
        compute("top"),
        parallel("ship", {"eu": [compute("n")], "us": [compute("m")]}, join="any"),
        decide("again", ("steps.n.visits < 3", "top"), otherwise="leave"),
        names={"steps.n.visits": "int"},
    )
    assert len(problems(definition, "endless-loop")) == 1


def test_a_call_counts_as_far_as_its_child_waits() -> None:
    definition = book(call("top"), decide("again", ("inputs.q", "top"), otherwise="leave"), **Q)
    ways = [decide("pick", ("inputs.q", "ask"), otherwise="leave"), task("ask")]
    children = {
        "waits": playbook(compute("n"), task("ask")),
        "may wait": playbook(*ways, **Q),
        "waits in a branch": book(parallel("ship", {"eu": [compute("n")], "us": [task("ask")]})),
        "waits in an each": book(each("roll", [task("ask")])),
        "calls itself": book(call("again")),
        "": None,
    }
    found = {
        name: [problem.code for problem in prove(definition, Nowhere(), called=lambda _, child=child: child)]
        for name, child in children.items()
    }
    assert found == {
        "waits": [],
        "may wait": ["endless-loop"],
        "waits in a branch": [],
        "waits in an each": ["endless-loop"],
        "calls itself": ["endless-loop"],
        "": ["endless-loop"],
    }


def test_a_rung_leads_out_of_a_region_too() -> None:
    rung = Rung(after=MINUTE, go="late")
    definition = book(parallel("ship", {"eu": [task("eu")]}, escalate=(rung,)), task("after", "leave"), task("late"))
    assert told(definition) == []
