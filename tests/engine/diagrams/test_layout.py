"""What every drawing keeps, whatever the playbook; and what small ones look like exactly."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from engine.definition import Definition, Transition
from engine.diagrams.layout import Layout, lay_out
from tests.engine.building import Rung, action, decide, end, gate, playbook, task, wait
from tests.engine.diagrams.graphs import playbooks


def nodes_of(layout: Layout) -> dict[str, object]:
    return {node.step: node for node in layout.nodes if node.step}


@given(playbooks())
@settings(max_examples=80, deadline=None)
def test_nodes_stand_apart_and_inside(definition: Definition) -> None:
    layout = lay_out(definition)
    for node in layout.nodes:
        assert node.x >= 0
        assert node.y >= 0
        assert node.x + node.w <= layout.width
        assert node.y + node.h <= layout.height
    for one, other in itertools.combinations(layout.nodes, 2):
        apart = (
            one.x + one.w <= other.x
            or other.x + other.w <= one.x
            or one.y + one.h <= other.y
            or other.y + other.h <= one.y
        )
        assert apart, (one.key, other.key)


@given(playbooks())
@settings(max_examples=80, deadline=None)
def test_every_step_has_one_node_and_every_transition_one_arrow(definition: Definition) -> None:
    layout = lay_out(definition)
    assert sorted(node.step for node in layout.nodes if node.step) == sorted(definition.steps)
    drawn = sorted((edge.source, edge.target, trigger) for edge in layout.edges for trigger in edge.triggers)
    assert drawn == sorted((way.source, way.target, way.trigger) for way in definition.transitions)


@given(playbooks())
@settings(max_examples=80, deadline=None)
def test_arrows_run_level_or_upright_and_cross_no_node(definition: Definition) -> None:
    layout = lay_out(definition)
    for edge in layout.edges:
        for (ax, ay), (bx, by) in itertools.pairwise(edge.points):
            if edge.source:
                assert abs(ax - bx) < 0.1 or abs(ay - by) < 0.1, edge
            left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            assert left >= 0
            assert right <= layout.width
            assert bottom <= layout.height
            for node in layout.nodes:
                inside = (
                    left < node.x + node.w - 1
                    and right > node.x + 1
                    and top < node.y + node.h - 1
                    and bottom > node.y + 1
                )
                assert not inside, (edge, node.key)


@given(playbooks())
@settings(max_examples=50, deadline=None)
def test_arrows_begin_and_end_at_their_nodes(definition: Definition) -> None:
    layout = lay_out(definition)
    nodes = nodes_of(layout)
    for edge in layout.edges:
        for step, (x, y) in ((edge.source, edge.points[0]), (edge.target, edge.points[-1])):
            if step in nodes:
                node = nodes[step]
                assert node.x - 0.1 <= x <= node.x + node.w + 0.1
                assert node.y - 0.1 <= y <= node.y + node.h + 0.1


def test_a_short_playbook_is_one_line_with_its_loop_underneath() -> None:
    layout = lay_out(
        playbook(
            task("plan"),
            gate("board", on_reject="plan"),
            action("ship", on_error="fail"),
        )
    )
    nodes = nodes_of(layout)
    middles = {nodes[step].cy for step in ("plan", "board", "ship")}
    assert len(middles) == 1
    assert nodes["plan"].x < nodes["board"].x < nodes["ship"].x
    labels = {(edge.source, edge.target): edge.label for edge in layout.edges}
    assert labels == {
        ("", "plan"): "",
        ("plan", "board"): "",
        ("board", "ship"): "approved",
        ("board", "plan"): "rejected",
        ("ship", "leave"): "",
        ("ship", "fail"): "on error",
    }
    (back,) = [edge for edge in layout.edges if edge.is_back]
    assert back.target == "plan"
    assert max(y for _, y in back.points) > nodes["board"].y + nodes["board"].h
    fail = next(node for node in layout.nodes if node.kind == "fail")
    assert fail.cx == nodes["ship"].cx
    assert fail.y > nodes["ship"].y
    assert [node.kind for node in layout.nodes if not node.step] == ["start", "leave", "fail"]


def test_a_way_past_steps_runs_above_them() -> None:
    layout = lay_out(
        playbook(decide("route", ("inputs.risk_score >= 7", "board"), otherwise="ship"), gate("board"), action("ship"))
    )
    nodes = nodes_of(layout)
    past = next(edge for edge in layout.edges if (edge.source, edge.target) == ("route", "ship"))
    assert min(y for _, y in past.points) < nodes["board"].y
    assert past.label == "otherwise"
    rule = next(edge for edge in layout.edges if edge.target == "board")
    assert rule.label == "risk score ≥ 7"


def test_all_goes_well_on_the_first_row() -> None:
    layout = lay_out(
        playbook(
            task("verify", outcomes={"degraded": "back-out", "healthy": "done"}),
            action("back-out"),
            action("tell"),
            end("failed", "failed"),
            end("done"),
        )
    )
    nodes = nodes_of(layout)
    assert nodes["verify"].cy == nodes["done"].cy
    assert nodes["back-out"].cy > nodes["done"].cy
    assert nodes["failed"].kind == "fail"


def test_a_long_playbook_is_wrapped_like_text() -> None:
    steps = [task(f"step-{number}", title=f"Do the thing number {number}") for number in range(40)]
    layout = lay_out(playbook(*steps))
    assert layout.width <= 1300
    nodes = nodes_of(layout)
    first, following = nodes["step-0"], nodes["step-1"]
    assert following.y == first.y
    below = [node for node in nodes.values() if node.y > first.y]
    assert min(node.x for node in below) <= first.x + 1


def test_labels_say_when_a_way_is_taken() -> None:
    layout = lay_out(
        playbook(
            task("wait-for-it", escalate=(Rung(after=timedelta(days=2), go="late"),), when="inputs.eu", next="late"),
            wait("pause", timedelta(hours=1)),
            task("late", outcomes={"all-good": "leave", "not_good": "pause"}),
        )
    )
    labels = {(edge.source, edge.target): edge.label for edge in layout.edges}
    assert labels["late", "leave"] == "all good"
    assert labels["late", "pause"] == "not good"
    merged = next(edge for edge in layout.edges if edge.source == "wait-for-it")
    assert set(merged.triggers) == {"done", "skip", "rung:0"}
    assert nodes_of(layout)["wait-for-it"].when == "eu"


def test_titles_are_broken_not_cut() -> None:
    title = "Rehearse the cut-over with the whole team twice"
    layout = lay_out(playbook(task("rehearse", title=title)))
    node = nodes_of(layout)["rehearse"]
    assert " ".join(node.lines) == title
    assert node.h > 46


def test_three_hundred_steps_are_drawn_once_and_quickly() -> None:
    steps = []
    for number in range(300):
        back = f"s{max(0, number - 3)}"
        steps.append(gate(f"s{number}", on_reject=back) if number % 3 == 2 else task(f"s{number}"))
    definition = playbook(*steps)
    begin = time.process_time()
    layout = lay_out(definition)
    assert time.process_time() - begin < 1.5
    assert lay_out(definition) is layout


def test_what_only_an_operator_does_is_not_drawn() -> None:
    sample = playbook(decide("route", ("inputs.eu", "ship"), otherwise="ship"), task("board"), task("ship"))
    skips = (Transition("route", "skip", "board"), Transition("board", "skip", "ship"))
    layout = lay_out(replace(sample, transitions=(*sample.transitions, *skips)))
    assert [edge for edge in layout.edges if "skip" in edge.triggers] == []
