"""What every drawing with regions keeps: the laws of test_layout.py, in frames to any depth."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import example, given, settings

from engine.definition import Definition
from engine.diagrams import words
from engine.diagrams.drawing import Node, Region
from engine.diagrams.layout import Layout, lay_out
from engine.diagrams.shapes import NOTE, TITLE
from tests.engine.building import action, decide, end, gate, task
from tests.engine.diagrams.regions import build, call, each, graph, nested, parallel, rollback, signal, undoable

CHANGE = build(
    task("plan"),
    gate("board", on_reject="plan"),
    parallel(
        "prepare",
        {
            "database": [undoable("add-column"), action("backfill")],
            "customers": [action("tell")],
            "readers": [task("scale"), gate("load", on_reject="plan")],
        },
    ),
    action("ship"),
)

DEEP = build(
    each(
        "a",
        [
            each(
                "b",
                [
                    parallel(
                        "c",
                        {
                            "x": [parallel("d", {"y": [gate("g", on_reject="t0")], "z": [task("u", next="after")]})],
                            "w": [task("t1")],
                        },
                    ),
                    task("after"),
                ],
            ),
            task("t2"),
        ],
    ),
    task("t0", next="a"),
    task("t9"),
)


def _apart(one: Node | Region, other: Node | Region) -> bool:
    return (
        one.x + one.w <= other.x or other.x + other.w <= one.x or one.y + one.h <= other.y or other.y + other.h <= one.y
    )


def _holds(frame: Region, other: Node | Region) -> bool:
    return (
        frame.x < other.x
        and frame.y < other.y
        and other.x + other.w < frame.x + frame.w
        and other.y + other.h < frame.y + frame.h
    )


def _owners(definition: Definition, step: str) -> set[str]:
    """The regions around a step."""
    return {within.partition("/")[0] for within in definition.around(definition.steps[step].within) if within}


def _step_of(node: Node) -> str:
    """The step that a node is, or whose mark it is; empty for the start and the end of the main list."""
    return node.step or node.key.partition(":")[2]


@given(nested())
@example(CHANGE)
@example(DEEP)
@settings(max_examples=80, deadline=None)
def test_what_stands_in_a_region_stands_in_its_frame_and_all_else_outside(definition: Definition) -> None:
    layout = lay_out(definition)
    regions = {region.step: region for region in layout.regions}
    for node in layout.nodes:
        around = _owners(definition, _step_of(node)) if _step_of(node) else set()
        for owner, region in regions.items():
            assert _holds(region, node) if owner in around else _apart(region, node), (owner, node.key)
    for one, other in itertools.combinations(layout.regions, 2):
        if one.step in _owners(definition, other.step):
            assert _holds(one, other)
        else:
            assert _apart(one, other), (one.step, other.step)
    for one, other in itertools.combinations(layout.nodes, 2):
        assert _apart(one, other), (one.key, other.key)
    for shape in (*layout.nodes, *layout.regions):
        assert shape.x >= 0
        assert shape.y >= 0
        assert shape.x + shape.w <= layout.width
        assert shape.y + shape.h <= layout.height


@given(nested())
@example(CHANGE)
@example(DEEP)
@settings(max_examples=80, deadline=None)
def test_every_step_has_one_node_or_frame_and_every_way_one_arrow(definition: Definition) -> None:
    layout = lay_out(definition)
    drawn = [node.step for node in layout.nodes if node.step] + [region.step for region in layout.regions]
    assert sorted(drawn) == sorted(definition.steps)
    arrows = sorted((edge.source, edge.target, trigger) for edge in layout.edges for trigger in edge.triggers)
    ways = [
        (way.source, way.target, way.trigger)
        for way in definition.transitions
        if not (way.trigger == "skip" and definition.is_graph(definition.steps[way.source].within))
    ]
    assert arrows == sorted(ways)


@given(nested())
@example(CHANGE)
@example(DEEP)
@settings(max_examples=80, deadline=None)
def test_arrows_run_level_or_upright_and_cross_no_node_and_no_frame_but_their_own(definition: Definition) -> None:
    layout = lay_out(definition)
    regions = {region.step: region for region in layout.regions}
    for edge in layout.edges:
        ends = [step for step in (edge.source, edge.target) if step in definition.steps]
        own = {owner for step in ends for owner in _owners(definition, step)} | set(ends)
        foreign = [region for step, region in regions.items() if step not in own]
        for (ax, ay), (bx, by) in itertools.pairwise(edge.points):
            assert abs(ax - bx) < 0.1 or abs(ay - by) < 0.1 or not edge.source, edge
            left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            assert left >= 0
            assert right <= layout.width
            assert bottom <= layout.height
            for shape in (*layout.nodes, *foreign):
                inside = (
                    left < shape.x + shape.w - 1
                    and right > shape.x + 1
                    and top < shape.y + shape.h - 1
                    and bottom > shape.y + 1
                )
                assert not inside, (edge, shape)


@given(nested())
@example(CHANGE)
@example(DEEP)
@settings(max_examples=80, deadline=None)
def test_arrows_begin_and_end_at_their_nodes_bars_and_frames(definition: Definition) -> None:
    layout = lay_out(definition)
    shapes: dict[str, Node | Region] = {node.step: node for node in layout.nodes if node.step}
    regions = {region.step: region for region in layout.regions}
    shapes |= regions
    for edge in layout.edges:
        begin, finish = edge.points[0], edge.points[-1]
        if edge.source in regions and edge.triggers[0].startswith("enter:"):
            assert begin[0] == pytest.approx(regions[edge.source].x + 16)
        if edge.target == "leave" and edge.source and definition.steps[edge.source].within:
            owner = regions[definition.steps[edge.source].within.partition("/")[0]]
            assert finish[0] == pytest.approx(owner.x + owner.w - 16)
            assert owner.y < finish[1] < owner.y + owner.h
        for step, (x, y) in ((edge.source, begin), (edge.target, finish)):
            if step in shapes:
                shape = shapes[step]
                assert shape.x - 0.1 <= x <= shape.x + shape.w + 0.1
                assert shape.y - 0.1 <= y <= shape.y + shape.h + 0.1


@given(nested())
@example(CHANGE)
@settings(max_examples=60, deadline=None)
def test_a_way_out_passes_the_lower_edge_of_every_frame_it_leaves_at_an_exit(definition: Definition) -> None:
    layout = lay_out(definition)
    for edge in layout.edges:
        if edge.source not in definition.steps or edge.target not in definition.steps:
            continue
        if any(trigger.startswith("enter:") for trigger in edge.triggers):
            continue
        left_behind = _owners(definition, edge.source) - _owners(definition, edge.target)
        for region in layout.regions:
            passed = [(x, y) for x, y in region.exits if _on(edge.points, x, y)]
            assert bool(passed) == (region.step in left_behind), (edge, region.step)


def _on(points: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    return any(
        min(ax, bx) - 0.1 <= x <= max(ax, bx) + 0.1 and min(ay, by) - 0.1 <= y <= max(ay, by) + 0.1
        for (ax, ay), (bx, by) in itertools.pairwise(points)
    )


@given(nested())
@settings(max_examples=60, deadline=None)
def test_heads_fit_their_frames(definition: Definition) -> None:
    for region in lay_out(definition).regions:
        for rows, size in ((region.title_rows, TITLE), (region.note_rows, NOTE)):
            for y, line in rows:
                assert region.text_x + words.width(line, size) <= region.x + region.w
                assert region.y < y < region.y + region.h


def _nodes(layout: Layout) -> dict[str, Node]:
    return {node.step: node for node in layout.nodes if node.step}


def test_branches_stand_side_by_side_and_the_spine_runs_through_the_middle_one() -> None:
    layout = lay_out(CHANGE)
    nodes = _nodes(layout)
    (frame,) = layout.regions
    assert frame.note == ("all 3 branches",)
    assert nodes["add-column"].cy < nodes["tell"].cy < nodes["scale"].cy
    assert nodes["tell"].cy == nodes["board"].cy
    assert nodes["add-column"].cx == nodes["tell"].cx == nodes["scale"].cx
    labels = {edge.target: edge.label for edge in layout.edges if edge.source == "prepare"}
    assert (labels["add-column"], labels["tell"], labels["scale"]) == ("database", "customers", "readers")
    assert nodes["add-column"].undo == "can be undone: debug.echo"
    assert nodes["add-column"].undo_mark
    assert not nodes["backfill"].undo_mark


def test_a_head_says_how_the_lists_run_and_when_it_is_over() -> None:
    one, other = {"a": [task("x")], "b": [task("y")], "c": [task("z")]}, {"d": [task("v")], "e": [task("w")]}
    layout = lay_out(
        build(
            parallel("p", one, join=2),
            parallel("q", other, join="any"),
            each("r", [task("i")], at_most=2),
            each("s", [task("j")], over="steps.plan.hosts", name="", at_most=1, join=3),
            graph("g", (task("m"), ()), (task("n"), ("m",))),
        )
    )
    assert {region.step: " ".join(region.note) for region in layout.regions} == {
        "p": "2 of 3 branches",
        "q": "any of 2 branches",
        "r": "for each region of inputs.regions, at most 2 at once",
        "s": "for each item of steps.plan.hosts, one after the other, 3 must get done",
        "g": "each step as soon as what it needs is done",
    }


def test_what_is_needed_stands_left_of_what_needs_it() -> None:
    layout = lay_out(
        build(
            graph(
                "close",
                (task("books"), ()),
                (task("payroll"), ()),
                (gate("audit", "fail"), ("books", "payroll")),
                (action("report"), ("audit",)),
                (action("archive"), ("books", "audit")),
            )
        )
    )
    nodes = _nodes(layout)
    assert nodes["books"].cx == nodes["payroll"].cx
    assert nodes["books"].cx < nodes["audit"].cx < nodes["report"].cx
    assert {(edge.source, edge.target) for edge in layout.edges if edge.source == "close"} == {
        ("close", "books"),
        ("close", "payroll"),
        ("close", "leave"),
    }


def test_calls_signals_and_rollback_have_their_marks() -> None:
    layout = lay_out(
        build(
            call("open"),
            signal("paid", on_deadline="chase"),
            task("fine", next="leave"),
            task("chase"),
            rollback("undo"),
        )
    )
    nodes = _nodes(layout)
    assert nodes["open"].kind == "call"
    assert nodes["open"].inner
    assert nodes["undo"].kind == "rollback"
    (late,) = [edge for edge in layout.edges if "deadline" in edge.triggers]
    assert late.label == "no signal in 2 d"


def test_forty_branches_of_five_steps_are_drawn_quickly() -> None:
    branches = {f"b{at}": [task(f"s{at}-{number}") for number in range(5)] for at in range(40)}
    definition = build(parallel("all", branches), decide("ok", ("inputs.eu", "done"), otherwise="done"), end("done"))
    begin = time.process_time()
    layout = lay_out(definition)
    assert time.process_time() - begin < 1.5
    assert len(layout.nodes) == 203
