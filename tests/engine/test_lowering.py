"""From what is written to states and transitions: what is left unsaid is written out, exactly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.compiler import Compiled, compile_text, compile_together
from engine.definition import (
    FAIL,
    LEAVE,
    MAIN,
    ActionSpec,
    CallSpec,
    Definition,
    EndSpec,
    GateSpec,
    Quorum,
    Retry,
    Rung,
    TaskSpec,
    WaitSpec,
)
from engine.problems import Place

HEAD = """\
playbook: sample
title: Sample
kind: sop
owner: team
inputs: {score: {type: integer}, when-due: {type: datetime}}
roles: {writer: {groups: [writers]}, boss: {users: [dana]}}
steps:
"""


def compiled(steps: str) -> Compiled:
    found = compile_text(HEAD + steps, "sample.yaml")
    assert found.definition is not None, found.problems
    return found


def definition(steps: str) -> Definition:
    found = compiled(steps).definition
    assert found is not None
    return found


def ways(steps: str, source: str) -> dict[str, str]:
    return {way.trigger: way.target for way in definition(steps).ways[source]}


def test_the_run_starts_at_the_first_step() -> None:
    steps = "  - {id: b, wait: 1h}\n  - {id: a, wait: 1h}\n"
    assert ways(steps, "") == {"start": "b"}
    assert definition(steps).lists == {MAIN: ("b", "a")}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{id: a, wait: 1h}", {"done": "b", "skip": "b"}),
        ("{id: a, wait: 1h, next: a}", {"done": "a", "skip": "a"}),
        ("{id: a, wait: 1h, next: leave}", {"done": LEAVE, "skip": LEAVE}),
        ("{id: a, set: {x: '1'}}", {"done": "b", "skip": "b"}),
        ("{id: a, task: {assign: writer}}", {"done": "b", "skip": "b"}),
        (
            "{id: a, task: {assign: writer, outcomes: [good, bad]}, on_outcome: {bad: fail}, next: a}",
            {"outcome:good": "a", "outcome:bad": FAIL, "skip": "a"},
        ),
        ("{id: a, gate: {approvers: [boss]}}", {"approve": "b", "reject": FAIL, "skip": "b"}),
        (
            "{id: a, gate: {approvers: [boss]}, on_reject: a, on_return: b, next: leave}",
            {"approve": LEAVE, "reject": "a", "return": "b", "skip": LEAVE},
        ),
        ("{id: a, action: debug.echo}", {"done": "b", "skip": "b"}),
        ("{id: a, action: debug.echo, on_error: ignore}", {"done": "b", "skip": "b"}),
        ("{id: a, action: debug.echo, on_error: fail}", {"done": "b", "error": FAIL, "skip": "b"}),
        (
            "{id: a, task: {assign: writer}, escalate: [{after: 1h, remind: boss}, {after: 2h, go: a}]}",
            {"done": "b", "rung:1": "a", "skip": "b"},
        ),
        (
            "{id: a, decide: [{when: inputs.score > 1, go: b}, {otherwise: fail}]}",
            {"rule:0": "b", "otherwise": FAIL, "skip": "b"},
        ),
        ("{id: a, end: failed}", {}),
    ],
)
def test_the_ways_out_of_a_step(step: str, expected: dict[str, str]) -> None:
    found = compile_text(f"{HEAD}  - {step}\n  - {{id: b, wait: 1h}}\n").definition
    assert found is not None
    assert {way.trigger: way.target for way in found.ways["a"]} == expected


def test_rules_carry_their_guards_in_order() -> None:
    found = definition(
        "  - {id: a, decide: [{when: inputs.score > 1, go: b}, {otherwise: b}]}\n  - {id: b, wait: 1h}\n"
    )
    assert [way.guard for way in found.ways["a"]] == ["inputs.score > 1", None, None]


def test_a_task_and_a_gate_as_compiled() -> None:
    found = definition(
        "  - id: plan-it\n"
        "    task: {assign: '${run.started_by}', form: {ref-no: {type: text}}, checklist: [one, two]}\n"
        "    when: inputs.score > 3\n"
        "    due: 1d\n"
        "  - id: board\n"
        "    gate:\n"
        "      show: [inputs, steps.plan_it, steps.plan-it.ref_no, inputs.when_due]\n"
        "      approvers: [boss, 'user:ann']\n"
        "      quorum: 60%\n"
        "      order: sequential\n"
        "      reject: majority\n"
        "      exclude: []\n"
        "      require: [comment]\n"
        "    escalate:\n"
        "      - {after: 4h, remind: [pending, boss]}\n"
        "      - {after: 8h, add: boss}\n"
        "      - {after: 2d, outcome: approve}\n"
    )
    plan, board = found.steps["plan-it"], found.steps["board"]
    assert isinstance(plan.does, TaskSpec)
    assert (plan.title, plan.when, plan.due) == ("Plan it", "inputs.score > 3", timedelta(days=1))
    assert (plan.does.assign, plan.does.checklist) == ("${run.started_by}", ("one", "two"))
    assert board.does == GateSpec(
        ask="Board",
        show=("inputs", "steps.plan-it", "steps.plan-it.ref-no", "inputs.when-due"),
        approvers=("boss", "user:ann"),
        quorum=Quorum(percent=60),
        order="sequential",
        reject="majority",
        exclude=(),
        require=("comment",),
    )
    assert board.escalate == (
        Rung(after=timedelta(hours=4), remind=("pending", "boss")),
        Rung(after=timedelta(hours=8), add="boss"),
        Rung(after=timedelta(days=2), outcome="approve"),
    )


@pytest.mark.parametrize(
    ("written", "quorum"),
    [
        ("any", Quorum(count=1)),
        ("all", Quorum(everyone=True)),
        ("3", Quorum(count=3)),
        ("60%", Quorum(percent=60)),
        ("{boss: 1}", Quorum(per_role={"boss": 1})),
        ("'${inputs.score}'", Quorum(by_data="${inputs.score}")),
    ],
)
def test_every_form_of_quorum(written: str, quorum: Quorum) -> None:
    text = f"{HEAD}  - {{id: a, gate: {{approvers: [boss], quorum: {written}}}}}\n"
    found = compile_text(text).definition
    assert found is not None
    assert found.steps["a"].does.quorum == quorum


def test_actions_waits_and_ends_as_compiled() -> None:
    found = definition(
        "  - id: call\n"
        "    action: http.request\n"
        "    with: {method: POST, url: 'https://example.org/${inputs.score}', json: {n: 1, ok: true, v: no}}\n"
        "    timeout: 10s\n"
        "    retry: {attempts: 5, backoff: exponential, first: 2s, max: 1m}\n"
        "    on_error: stop\n"
        "  - {id: rest, wait: 1h30m}\n"
        "  - {id: until, wait: {until: inputs.when_due}}\n"
        "  - {id: done, end: completed, message: 'Score ${inputs.score}'}\n"
        "  - {id: stop, end: failed}\n"
    )
    assert found.steps["call"].does == ActionSpec(
        provider="http.request",
        parameters={
            "method": "POST",
            "url": "https://example.org/${inputs.score}",
            "json": {"n": 1, "ok": True, "v": "no"},
        },
        timeout=timedelta(seconds=10),
        retry=Retry(5, "exponential", timedelta(seconds=2), timedelta(minutes=1)),
        on_error="route",
    )
    assert found.steps["rest"].does == WaitSpec(length=timedelta(minutes=90))
    assert found.steps["until"].does == WaitSpec(until="inputs.when_due")
    assert found.steps["done"].does == EndSpec(message="Score ${inputs.score}")
    assert found.steps["stop"].does == EndSpec(status="failed")


def test_names_of_computed_values_follow_in_chains_and_loops() -> None:
    chain = "".join(f"  - {{id: s{n}, set: {{x: steps.s{n + 1}.x}}}}\n" for n in range(12))
    found = compile_text(f"{HEAD}{chain}  - {{id: s12, set: {{x: inputs.score, y: steps.s12.y}}}}\n")
    assert {problem.code for problem in found.problems} == {"unset-data"}
    assert found.definition is not None
    assert found.definition.names["steps.s0.x"] == "int"
    assert found.definition.names["steps.s12.y"] == "dyn"


def test_places_lead_to_the_nearest_thing_written() -> None:
    places = compiled("  - id: a\n    decide:\n      - {when: inputs.score > 1, go: b}\n      - {otherwise: b}\n"
                      "  - {id: b, wait: 1h}\n").places  # fmt: skip
    assert places.at("steps", "a") == Place(8, 9)
    assert places.at("steps", "a", "decide", 0, "when") == Place(10, 16)
    assert places.at("steps", "a", "decide", 0, "nothing", "here") == Place(10, 9)
    assert places.at("inputs", "score") == Place(5, 10)
    assert places.at("roles", "boss") == Place(6, 38)
    assert places.at("nothing") == Place()


def test_a_flood_of_mistakes_is_cut_short() -> None:
    text = HEAD + "".join(f"  - {{id: a{n}, wait: 1h, next: b{n}, when: steps.c{n}.x}}\n" for n in range(900))
    found = compile_text(text)
    assert found.definition is None
    assert len(found.problems) == 100


def test_the_same_text_gives_the_same_digest() -> None:
    steps = "  - {id: a, wait: 1h}\n"
    assert definition(steps).digest == definition(steps).digest
    assert definition(steps).digest != definition("  - {id: a, wait: 2h}\n").digest


def test_a_number_in_a_place_for_text_is_its_source_text() -> None:
    """`1.10` is a version, a code, a room, and never 1.1; where no text is wanted it is the number it looks like."""
    child = (
        "playbook: child\ntitle: Child\nkind: sop\nowner: me\n"
        'inputs: {ref: {type: text, pattern: "1[.]10"}, n: {type: number}, all: {type: list, of: text}}\n'
        "steps: [{id: done, end: completed}]\n"
    )
    text = (
        "playbook: parent\ntitle: Parent\nkind: sop\nowner: me\ninputs: {ref: {type: text}}\n"
        "triggers: [{webhook: go, with: {ref: 007}}]\n"
        "steps:\n  - id: sub\n    call: child\n    with: {ref: 1.10, n: 1.10, all: [1.0, x]}\n"
        "  - id: ask\n    action: http.request\n    with: {method: GET, url: 1.10, body: 2.50, json: {n: 2.50}}\n"
        "    undo: {action: http.request, with: {method: GET, url: 1.10}}\n"
    )

    called, whole = compile_together([("child.yaml", child), ("parent.yaml", text)])

    assert (called.problems, whole.problems) == ((), ())
    assert whole.definition is not None
    sub, ask = whole.definition.steps["sub"], whole.definition.steps["ask"]
    assert isinstance(sub.does, CallSpec)
    assert isinstance(ask.does, ActionSpec)
    assert isinstance(ask.undo, ActionSpec)
    assert sub.does.parameters == {"ref": "1.10", "n": 1.1, "all": ["1.0", "x"]}
    assert ask.does.parameters == {"method": "GET", "url": "1.10", "body": "2.50", "json": {"n": 2.5}}
    assert ask.undo.parameters["url"] == "1.10"
    assert whole.definition.webhooks[0].given == {"ref": "007"}
