"""Inputs and data of a run that is moved: mapped to other names, given where lacking, refused where they do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine import values
from engine.compiler import compile_text
from engine.definition import Definition
from engine.machine.commands import Advance, Refusal
from engine.machine.events import Admit, Migrate
from engine.migration import Kind, assess, read_given
from engine.rehearsal.play import Play
from tests.engine.machine.playing import OPERATOR, accepted, code, vote
from tests.engine.machine.writing import addresses, done, run, status

HEAD = """\
playbook: sample
title: Sample
kind: sop
owner: anybody
inputs: {INPUTS}
roles: {red: {groups: [red]}, green: {groups: [green]}, blue: {groups: [blue]}}
steps:
"""
PLAN = "  - {id: plan, title: Plan, task: {assign: red, form: {ref: {type: text}}}}\n"
BOARD = (
    "  - {id: board, title: Board, gate: {ask: 'Go?', show: [steps.plan.ref], approvers: [green]}, on_reject: fail}\n"
)
SHIP = "  - {id: ship, title: Ship, task: {assign: blue, instructions: '${steps.plan.ref}'}}\n"


def written(steps: str, inputs: str = "size: {type: text}", more: str = "") -> Definition:
    compiled = compile_text(HEAD.replace("INPUTS", inputs).replace("steps:", f"{more}steps:") + steps)
    assert compiled.definition is not None, compiled.problems
    return compiled.definition


def begun(steps: str = PLAN + SHIP, inputs: str = "size: {type: text}", more: str = "", **given: Any) -> Play:
    return run(written(steps, inputs, more), inputs=given or {"size": "large"})


def move(
    play: Play, after: Definition, mapping: Mapping[str, str] | None = None, accepts: tuple[str, ...] = (), **given: Any
) -> Advance | Refusal:
    """Move it, with values as a person writes them; `inputs__cost` stands for `inputs.cost`."""
    raw = {name.replace("__", "."): value for name, value in given.items()}
    found, wrong = read_given(after, raw)
    if wrong:
        return Refusal(f"field:{next(iter(wrong))}", next(iter(wrong.values())))
    play.versions = {after.digest: after}
    return play.apply(
        Migrate(
            at=play.now,
            actor="operator",
            facts=OPERATOR,
            to=after.digest,
            mapping=mapping or {},
            given=found,
            accepts=accepts,
            reason="better",
        )
    )


def stands_against(play: Play, after: Definition, mapping: Mapping[str, str] | None = None) -> list[str]:
    return [one.sentence for one in assess(play.current, play.definition, after, mapping or {}).findings]


# ---- inputs


def test_a_new_required_input_is_asked_for_and_given() -> None:
    play, after = begun(), written(PLAN + SHIP, "size: {type: text}, cost: {type: integer, max: 9}")
    assert stands_against(play, after) == ["The input cost is required there, and this run does not have it."]
    assert code(move(play, after)) == "needs-mapping"
    for wrong, says in (("many", "This must be a whole number."), ("12", "This must be at most 9.")):
        answer = move(play, after, inputs__cost=wrong)
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.sentence) == ("field:inputs.cost", says)
    assert code(move(play, after, inputs__colour="red")) == "field:inputs.colour"
    answer = accepted(move(play, after, inputs__cost="8"))
    assert play.current.inputs == {"size": "large", "cost": 8}
    assert [one.data["new"] for one in answer.moves if one.kind == "changed"] == [8]
    assert play.current.doers["starter"] == ("operator",), "a gate that excludes who gave the inputs excludes them too"


def test_a_forged_value_is_refused_by_the_machine_itself() -> None:
    play, after = begun(), written(PLAN + SHIP, "size: {type: text}, cost: {type: integer}")
    play.versions = {after.digest: after}
    event = Migrate(at=play.now, actor="operator", facts=OPERATOR, to=after.digest, given={"inputs.cost": "much"})
    assert code(play.apply(event)) == "field:inputs.cost"


def test_what_the_run_has_is_not_replaced_and_a_default_is() -> None:
    after = written(PLAN + SHIP, "size: {type: text}, cost: {type: integer, default: 3}")
    play = begun()
    accepted(move(play, after, inputs__size="small"))
    assert play.current.inputs == {"size": "large", "cost": 3}
    play = begun()
    accepted(move(play, after, inputs__cost="4"))
    assert play.current.inputs["cost"] == 4


def test_an_input_with_another_name_is_mapped_and_must_fit() -> None:
    text, number = (written(PLAN + SHIP, f"weight: {{type: {kind}}}") for kind in ("text", "integer"))
    assert stands_against(begun(), text) == ["The input weight is required there, and this run does not have it."]
    play = begun()
    accepted(move(play, text, {"inputs.size": "inputs.weight"}))
    assert play.current.inputs == {"weight": "large"}
    says = ["The input size of this run is “large”; for weight there: This must be a whole number."]
    assert stands_against(begun(), number, {"inputs.size": "inputs.weight"}) == says
    assert code(move(begun(), number, {"inputs.size": "inputs.weight"})) == "needs-mapping"
    same = written(PLAN + SHIP, "size: {type: integer}")
    assert stands_against(begun(), same) == [
        "The input size of this run is “large”; for size there: This must be a whole number."
    ]
    play = begun()
    accepted(move(play, same, inputs__size="5"))
    assert play.current.inputs == {"size": 5}


OTHER = "it would be left by another step."


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"inputs.nothing": "inputs.size"}, "The version that it is on has no inputs.nothing."),
        ({"inputs.size": "inputs.nothing"}, "The other version has no inputs.nothing."),
        ({"steps.plan.ref": "steps.ship.at"}, f"steps.plan.ref cannot go on as steps.ship.at: {OTHER}"),
        ({"inputs.size": "steps.plan.ref"}, f"inputs.size cannot go on as steps.plan.ref: {OTHER}"),
        (
            {"inputs.size": "inputs.size", "inputs.n": "inputs.size"},
            "inputs.size would stand for inputs.n as well: one value for one.",
        ),
    ],
)
def test_a_mapping_that_cannot_be_is_said_so(mapping: dict[str, str], says: str) -> None:
    play = begun(PLAN + SHIP, "size: {type: text}, n: {type: integer, default: 1}")
    after = written(PLAN + SHIP, "size: {type: text}, w: {type: text, required: false}")
    assert says in stands_against(play, after, mapping)


# ---- data of steps that have ended


def planned(steps: str = PLAN + SHIP) -> Play:
    play = begun(steps)
    accepted(play.complete("plan", "ann", {"ref": "A-1"}))
    return play


def test_data_with_another_name_is_mapped_and_must_fit() -> None:
    renamed = (PLAN + SHIP).replace("ref", "code")
    assert stands_against(planned(), written(renamed)) == ["“Ship” needs “Plan”, code, which this run does not have."]
    same = {"steps.plan.ref": "steps.plan.code"}
    play = planned()
    accepted(move(play, written(renamed), same))
    assert play.current.values[""]["plan"]["code"] == "A-1"
    assert play.current.visits[play.visit("ship")].instructions == "A-1"
    number = written(renamed.replace("type: text", "type: integer"))
    says = "ref of “Plan” is not what code must be there. This must be a whole number."
    assert stands_against(planned(), number, same) == [says]
    also = (PLAN + SHIP).replace("id: plan", "id: draft").replace("plan.ref", "draft.code").replace("{ref", "{code")
    play = planned()
    accepted(move(play, written(also), {"plan": "draft", "steps.plan.ref": "steps.draft.code"}))
    assert play.current.values[""]["draft"]["code"] == "A-1"


def test_data_that_is_read_later_and_lacking_is_given() -> None:
    more = PLAN.replace("}}}}", "}, cost: {type: integer}}}}") + SHIP.replace("plan.ref", "plan.cost")
    play = planned()
    assert stands_against(play, written(more)) == ["“Ship” needs “Plan”, cost, which this run does not have."]
    assert code(move(play, written(more), steps__plan__cost="a lot")) == "field:steps.plan.cost"
    accepted(move(play, written(more), steps__plan__cost="7"))
    assert play.current.values[""]["plan"]["cost"] == 7
    assert play.current.doers["plan"] == ("ann", "operator")
    play = begun()
    accepted(move(play, written(more.replace("id: plan", "id: plan")), {"plan": "plan"}, steps__plan__cost="7"))
    assert "plan" not in play.current.values.get("", {}), "what is not done yet is left to whoever does it"


def test_a_gate_that_would_have_shown_what_is_given_was_not_passed() -> None:
    gate = BOARD.replace("show: [steps.plan.ref], ", "")
    play = begun(gate + SHIP.replace("'${steps.plan.ref}'", "Go"))
    accepted(vote(play, "bo", step="board"))
    after = written(gate + SHIP.replace("'${steps.plan.ref}'", "Go"), "size: {type: text}, cost: {type: integer}")
    given = {"inputs.cost": 8}
    found = assess(play.current, play.definition, after, {}, given)
    assert [(one.kind, one.step, one.sentence) for one in found.findings] == [
        (Kind.SKIPS_GATE, "board", "“Board” was passed without Cost, which it shows there.")
    ]
    assert code(move(play, after, inputs__cost="8")) == "would-skip-gate"
    assert code(move(play, after, accepts=("skips-gate",), inputs__cost="8")) == "excluded", "nobody approves their own"
    free = gate.replace("approvers: [green]", "approvers: [green], exclude: []")
    play = begun(free + SHIP.replace("'${steps.plan.ref}'", "Go"))
    accepted(vote(play, "bo", step="board"))
    after = written(free + SHIP.replace("'${steps.plan.ref}'", "Go"), "size: {type: text}, cost: {type: integer}")
    answer = accepted(move(play, after, accepts=("skips-gate",), inputs__cost="8"))
    assert [one.data["status"] for one in answer.moves if one.kind == "decided"] == ["overridden"]


def test_an_open_gate_that_shows_what_is_given_is_asked_anew() -> None:
    gate = BOARD.replace("show: [steps.plan.ref], approvers: [green]", "approvers: [green, blue], quorum: 2")
    play = begun(gate)
    accepted(vote(play, "bo", step="board"))
    answer = accepted(move(play, written(gate, "size: {type: text}, cost: {type: integer}"), inputs__cost="8"))
    assert [one.data["people"] for one in answer.moves if one.kind == "voided"] == [["bo"]]
    (there,) = play.current.visits.values()
    assert there.asking is not None
    assert there.asking.votes == ()
    assert code(vote(play, "cy", step="board", digest="stale")) == "old-digest"


def test_votes_stay_where_the_same_value_is_shown_under_another_name() -> None:
    gate = BOARD.replace("steps.plan.ref", "inputs.size, inputs.n").replace("[green]", "[green, blue], quorum: 2")
    play = begun(gate, "size: {type: text}, n: {type: integer, default: 3}")
    accepted(vote(play, "bo", step="board"))
    after = written(gate.replace("inputs.size", "inputs.a"), "a: {type: text}, n: {type: integer, default: 3}")
    accepted(move(play, after, {"inputs.size": "inputs.a"}))
    (there,) = play.current.visits.values()
    assert there.asking is not None
    assert [one.person for one in there.asking.votes] == ["bo"]


def test_files_and_open_secrets_are_refused_by_name() -> None:
    after = written(PLAN + SHIP, "size: {type: text}, paper: {type: file}, word: {type: text, secret: true}")
    assert stands_against(begun(), after)[0].endswith("leave it on its version, or start it anew there.")
    assert code(move(begun(), after, inputs__paper="x")) == "field:inputs.paper"
    assert code(move(begun(), after, inputs__word="open")) == "field:inputs.word"
    hidden, wrong = read_given(after, {"inputs.word": "shut"}, lambda name, clear: values.Secret(name, "digest"))
    assert (wrong, values.decode(hidden["inputs.word"])) == ({}, values.Secret("inputs.word", "digest"))


def test_what_an_undo_reads_is_carried_and_what_a_new_one_reads_besides_is_kept_then() -> None:
    undo = PLAN.replace("}}}}", "}}}, undo: {task: {assign: red, instructions: '${inputs.size} ${steps.plan.ref}'}}}")
    renamed = (undo.replace("inputs.size", "inputs.weight").replace("ref", "code")) + SHIP.replace("ref", "code")
    more = renamed.replace("${inputs.weight}", "${inputs.weight} ${inputs.cost}")
    play = planned(undo + SHIP)
    after = written(more, "weight: {type: text}, cost: {type: integer}")
    accepted(move(play, after, {"inputs.size": "inputs.weight", "steps.plan.ref": "steps.plan.code"}, inputs__cost="8"))
    (one,) = play.current.done
    assert one.snapshot.inputs == {"weight": "large", "cost": 8}
    assert one.snapshot.steps["plan"]["code"] == "A-1"


# ---- places


ONE = "concurrency: {key: '${inputs.size}', limit: 1, when_full: queue}\n"


def test_a_queued_run_moves_and_begins_on_the_other_version() -> None:
    play = run(written(PLAN + SHIP, more=ONE), inputs={"size": "large"}, has_place=False)
    assert status(play) == "queued"
    after = written(
        SHIP.replace("'${steps.plan.ref}'", "Go").replace("id: ship", "id: send"),
        "weight: {type: text}",
        "sla: 4h\nrun_title: 'Send ${inputs.weight}'\n" + ONE.replace("size", "weight").replace("limit: 1", "limit: 2"),
    )
    accepted(move(play, after, {"inputs.size": "inputs.weight"}))
    assert (status(play), play.current.title, play.current.sla_at) == ("queued", "Send large", None)
    accepted(play.apply(Admit(at=play.now)))
    assert (status(play), addresses(play)) == ("running", ["send"])
    assert play.current.sla_at is not None
    done(play, "send")
    assert status(play) == "completed"


@pytest.mark.parametrize("more", ["", "concurrency: {key: all, limit: 1, when_full: queue}\n"])
def test_a_place_that_is_counted_otherwise_there_keeps_the_run(more: str) -> None:
    play = run(written(PLAN + SHIP, more=ONE), inputs={"size": "large"})
    says = (
        "Places under way are counted in another way there, and this run has one: let it end, or start it anew there."
    )
    assert stands_against(play, written(PLAN + SHIP, more=more)) == [says]
    free = run(written(PLAN + SHIP), inputs={"size": "large"})
    assert stands_against(free, written(PLAN + SHIP, more=ONE)) == [says.replace("has one", "has none")]
    assert stands_against(play, written(PLAN + SHIP, more=ONE.replace("limit: 1", "limit: 3"))) == []
