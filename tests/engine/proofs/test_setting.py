"""Row 6 where steps stand side by side: what is set behind a join, in a branch, in an item, on the way out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.definition import ActionSpec, Concurrency, FieldSpec, Join, Rung
from tests.engine.building import action, compute, decide, end, gate, task, wait
from tests.engine.proofs.proving import problems
from tests.engine.regions import Piece, book, call, each, needing, parallel, signal

HOUR = timedelta(hours=1)
FORM = (FieldSpec("v", "integer"),)
STEPS = ("top", "a", "b", "c", "d", "e", "pick", "ship", "inner", "roll", "mesh")
NAMES = {
    "inputs.q": "bool",
    "inputs.items": "list(string)",
    **{f"steps.{step}.visits": "int" for step in STEPS},
    **{f"steps.{step}.v": "int" for step in STEPS},
}
INPUTS = (FieldSpec("q", "boolean"), FieldSpec("items", "list"))


def filled(id: str, next: str | None = None, **common: object):
    """Return a task that always leaves `v`."""
    return task(id, next, form=FORM, **common)


def reads(id: str, *sources: str, next: str | None = None):
    return compute(id, next, **{f"x{number}": source for number, source in enumerate(sources)})


def unset(*pieces: Piece, outputs: dict[str, str] | None = None, **head: object) -> dict[str, tuple[str, ...]]:
    """Return what may be unset, by name, each with the way that is shown."""
    found = problems(book(*pieces, inputs=INPUTS, names=NAMES, outputs=outputs, **head), "unset-data")
    return {problem.message.split("`")[1]: problem.example for problem in found}


def beside(*pieces: Piece) -> set[str]:
    found = problems(book(*pieces, inputs=INPUTS, names=NAMES), "unset-data")
    return {problem.message.split("`")[1] for problem in found if "side by side" in problem.message}


TWO: dict[str, list[Piece]] = {"one": [filled("a")], "other": [filled("b")]}


def test_behind_a_join_of_all_what_each_branch_set_is_set() -> None:
    assert unset(parallel("ship", TWO), reads("top", "steps.a.v", "steps.b.v")) == {}


@pytest.mark.parametrize("join", ["any", 1, 2])
def test_behind_any_other_join_it_may_be_unset(join: Join) -> None:
    found = unset(filled("top"), parallel("ship", TWO, join=join), reads("c", "steps.a.v", "steps.b.v", "steps.top.v"))
    assert found == {"steps.a.v": ("top", "ship", "b", "c"), "steps.b.v": ("top", "ship", "a", "c")}
    assert unset(parallel("ship", TWO, join=join), reads("c", "has(steps.a.v) ? steps.a.v : 0")) == {}


def test_the_reason_names_the_region_that_does_not_wait() -> None:
    definition = book(parallel("ship", TWO, join="any"), reads("c", "steps.a.v"), inputs=INPUTS, names=NAMES)
    (problem,) = problems(definition, "unset-data")
    assert "`ship` may go on before `a` has completed" in problem.message


def test_what_one_way_of_a_branch_leaves_out_is_shown_through_that_branch() -> None:
    branches: dict[str, list[Piece]] = {
        "one": [decide("pick", ("inputs.q", "a"), otherwise="leave"), filled("a")],
        "other": [filled("b")],
    }
    assert unset(parallel("ship", branches), reads("c", "steps.a.v", "steps.b.v")) == {
        "steps.a.v": ("ship", "pick", "c")
    }


def test_entering_a_region_unsets_what_stands_in_it() -> None:
    region = parallel("ship", {"one": [reads("c", "steps.a.v"), filled("a")], "other": [filled("b")]})
    again = decide("pick", ("inputs.q", "ship"), otherwise="leave")
    assert unset(region, again) == {"steps.a.v": ("ship", "c")}
    region = parallel(
        "ship", {"one": [reads("c", "has(steps.a) ? steps.a.v : 0"), filled("a")], "other": [filled("b")]}
    )
    assert unset(region, again) == {}


def test_what_was_tested_before_a_region_is_unset_in_it() -> None:
    inside: dict[str, list[Piece]] = {"one": [reads("c", "steps.a.v"), filled("a")]}
    assert set(unset(parallel("ship", inside, when="has(steps.a.v)"))) == {"steps.a.v"}
    pick = decide("pick", ("has(steps.a.v)", "ship"), otherwise="leave")
    assert set(unset(pick, parallel("ship", inside))) == {"steps.a.v"}


def test_a_region_that_is_skipped_unsets_nothing_that_its_guard_could_read() -> None:
    first = decide("pick", ("inputs.q", "d"), otherwise="ship")
    region = parallel("ship", {"one": [filled("a")]}, when="has(steps.a.v) && steps.a.v > 1")
    assert unset(first, region, reads("d", "has(steps.a.v) ? steps.a.v : 0")) == {}
    assert "steps.a.v" in unset(first, region, reads("d", "steps.a.v"))


def test_a_step_of_a_branch_beside_is_not_read_tested_or_not() -> None:
    for source in ("steps.a.v", "has(steps.a) ? 1 : 0", "has(steps.a.v) ? steps.a.v : 0"):
        assert beside(parallel("ship", {"one": [filled("a")], "other": [reads("b", source)]})) != set()
    assert beside(parallel("ship", {"one": [filled("a")], "other": [reads("b", "steps.a.visits")]})) == set()


def test_beside_holds_through_regions_in_regions() -> None:
    inner = parallel("inner", {"x": [filled("a")]})
    nested = parallel(
        "ship", {"one": [inner, reads("c", "steps.a.v")], "other": [each("roll", [reads("b", "steps.a.v")])]}
    )
    assert beside(nested) == {"steps.a.v"}
    assert unset(nested) == {"steps.a.v": ("ship", "roll", "b")}


def test_a_gate_does_not_show_what_stands_beside_it() -> None:
    region = parallel("ship", {"one": [filled("a")], "other": [gate("b", show=("steps.a",))]})
    assert beside(region) == {"steps.a"}


def test_steps_before_and_around_are_read_from_within() -> None:
    inner = parallel(
        "ship", {"one": [filled("a"), reads("b", "steps.a.v", "steps.top.v")], "other": [reads("c", "steps.top.v")]}
    )
    assert unset(filled("top"), inner) == {}


def test_leaving_a_region_keeps_what_its_own_way_set() -> None:
    one = [filled("a"), filled("b", "d")]
    region = parallel("ship", {"one": one, "other": [filled("c")]})
    found = unset(region, end("e"), reads("d", "steps.a.v", "steps.b.v", "steps.c.v"))
    assert found == {"steps.c.v": ("ship", "a", "b", "d")}


def test_a_region_that_is_left_has_not_completed() -> None:
    region = parallel("ship", {"one": [filled("a", "d")], "other": [filled("c")]})
    assert unset(region, reads("d", "has(steps.ship) ? 1 : 2")) == {}
    escalated = parallel("ship", TWO, escalate=(Rung(after=HOUR, go="d"),))
    assert set(unset(escalated, end("e"), reads("d", "steps.a.v"))) == {"steps.a.v"}


def test_the_steps_of_an_item_are_read_inside_only() -> None:
    roll = each("roll", [filled("a"), reads("b", "steps.a.v", "steps.top.v")])
    assert unset(filled("top"), roll) == {}
    assert unset(filled("top"), roll, reads("c", "steps.a.v")) == {"steps.a.v": ("top", "roll", "c")}


def test_names_of_an_item_are_typed_where_they_stand() -> None:
    own = {"each.item": "string", "each.index": "int", "steps.a.v": "int", "steps.a.visits": "int"}
    outside = {name: kind for name, kind in NAMES.items() if name not in own}
    pick = decide("pick", ("each.index > 2", "a"), ("each.index < 2", "b"), otherwise="leave")
    roll = each("roll", [pick, reads("b", "steps.a.v"), filled("a")], names=own)
    found = problems(book(roll, inputs=INPUTS, names=outside))
    assert [(problem.code, problem.example) for problem in found] == [("unset-data", ("roll", "pick", "b"))]
    partial = decide("pick", ("each.index > 2", "leave"), ("each.index < 2", "leave"))
    (problem,) = problems(book(each("roll", [partial], names=own), inputs=INPUTS, names=outside))
    assert problem.code == "not-total"
    assert "each.index = 2" in problem.message


def test_an_each_has_its_list_behind_it() -> None:
    names = {**NAMES, "steps.roll": "list(map(string, dyn))"}
    roll, after = each("roll", [filled("a")]), reads("c", "steps.roll[0].a")
    assert problems(book(roll, after, inputs=INPUTS, names=names), "unset-data") == []
    pick = decide("pick", ("inputs.q", "c"), otherwise="roll")
    (problem,) = problems(book(pick, roll, after, inputs=INPUTS, names=names), "unset-data")
    assert problem.example == ("pick", "c")


def test_a_list_of_needs_knows_what_it_needs_and_nothing_else() -> None:
    steps: list[Piece] = [filled("a"), filled("b"), reads("c", "steps.a.v"), reads("d", "steps.b.v")]
    needs = {"c": ("a",), "d": ("c",)}
    assert unset(needing("mesh", steps, needs)) == {"steps.b.v": ("mesh", "a", "c", "d")}
    assert beside(needing("mesh", steps, needs)) == {"steps.b.v"}
    assert unset(needing("mesh", steps, {**needs, "d": ("c", "b")}), reads("e", "steps.a.v", "steps.b.v")) == {}
    far = [filled("a"), filled("b"), reads("c", "steps.a.v"), reads("d", "steps.a.v")]
    assert unset(needing("mesh", far, {"b": ("a",), "c": ("a",), "d": ("b", "c")})) == {}


def test_a_dead_path_may_have_passed_it_over() -> None:
    pick = decide("pick", ("inputs.q", "a"), otherwise="b")
    steps: list[Piece] = [pick, filled("a"), filled("b"), reads("c", "steps.a.v")]
    needs = {"a": ("pick",), "b": ("pick",), "c": ("a", "b")}
    assert unset(needing("mesh", steps, needs)) == {"steps.a.v": ("mesh", "pick", "b", "c")}
    alone: list[Piece] = [pick, filled("a"), filled("b"), reads("c", "steps.a.v")]
    assert unset(needing("mesh", alone, {**needs, "c": ("a",)})) == {}
    assert set(unset(needing("mesh", steps[:3], {"a": ("pick",), "b": ("pick",)}), reads("c", "steps.a.v"))) == {
        "steps.a.v"
    }


def test_what_is_needed_and_skipped_leaves_nothing() -> None:
    steps: list[Piece] = [filled("a", when="inputs.q"), filled("b"), reads("c", "steps.a.v", "steps.b.v")]
    assert set(unset(needing("mesh", steps, {"c": ("a", "b")}))) == {"steps.a.v"}
    alone: list[Piece] = [filled("a", when="inputs.q"), reads("c", "steps.a.v")]
    assert unset(needing("mesh", alone, {"c": ("a",)})) == {}


def test_regions_within_a_list_of_needs() -> None:
    steps: list[Piece] = [parallel("ship", TWO), reads("c", "steps.a.v", "steps.b.v"), reads("d", "steps.a.v")]
    assert unset(needing("mesh", steps, {"c": ("ship",), "d": ("c",)}), reads("e", "steps.a.v")) == {}
    assert beside(needing("mesh", steps, {"c": ("ship",)})) == {"steps.a.v"}


def test_signals_and_calls() -> None:
    assert unset(signal("a"), reads("c", "has(steps.a.v) ? steps.a.v : 0")) == {}
    assert set(unset(signal("a"), reads("c", "steps.a.v"))) == {"steps.a.v"}
    assert set(unset(signal("a", deadline=HOUR, on_deadline="c"), gate("c", show=("steps.a",)))) == {"steps.a"}
    assert unset(call("a"), reads("c", "steps.a.v")) == {}
    assert set(unset(call("a", on_error="c"), reads("c", "steps.a.v"))) == {"steps.a.v"}


def test_what_a_match_reads_is_set() -> None:
    waits = signal("a", match="signal.ref == 'x' && steps.b.v > 1")
    assert set(unset(decide("pick", ("inputs.q", "a"), otherwise="b"), filled("b"), waits)) == {"steps.b.v"}
    assert unset(filled("b"), waits) == {}


def test_an_undo_reads_what_there_was_when_the_visit_ended() -> None:
    undo = ActionSpec(provider="debug.echo", parameters={"of": "${steps.a.v}", "own": "${steps.b.v}"})
    assert unset(filled("a"), filled("b", undo=undo)) == {}
    assert unset(filled("b", undo=undo), filled("a")) == {"steps.a.v": ("b",)}
    assert unset(filled("a"), action("b", undo=undo)) == {"steps.b.v": ("a", "b")}


def test_outputs_are_read_at_every_completed_end_in_a_branch_too() -> None:
    stops: dict[str, list[Piece]] = {
        "one": [filled("a"), decide("pick", ("inputs.q", "e"), otherwise="leave"), end("e")],
        "other": [filled("b")],
    }
    found = unset(parallel("ship", stops), outputs={"a": "steps.a.v", "b": "steps.b.v"})
    assert found == {"steps.b.v": ("ship", "a", "pick", "e")}


def test_the_key_of_a_lock_is_read_at_the_start() -> None:
    lock = Concurrency(key="${inputs.note}")
    note = FieldSpec("note", "text", required=False)
    definition = book(wait("a", HOUR), inputs=(note,), names={"inputs.note": "string"}, concurrency=lock)
    assert [problem.code for problem in problems(definition)] == ["unset-data"]


def test_reading_the_same_many_times_is_told_once_at_each_place() -> None:
    size = 40
    branches: dict[str, list[Piece]] = {f"n{number}": [filled(f"a{number}")] for number in range(size)}
    names = {f"steps.a{number}.v": "int" for number in range(size)}
    everything = {f"x{number}": f"steps.a{number}.v" for number in range(size)}
    definition = book(parallel("ship", branches), compute("sum", **everything), names=names)
    assert problems(definition) == []
    definition = book(parallel("ship", branches, join=size - 1), compute("sum", **everything), names=names)
    assert len(problems(definition)) == size
