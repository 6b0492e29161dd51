"""Data put right: semantics section 3, rule 18, also in items; what a passed gate showed stays."""

from __future__ import annotations

from engine.machine import changing
from engine.rehearsal.play import Play
from tests.engine.machine.playing import accepted, answer, asking, code, retry, vote
from tests.engine.machine.writing import addresses, child, done, jump, put, run, signal

ITEMS = """\
  - {id: plan, task: {assign: red, form: {n: {type: integer, max: 9}}}}
  - id: roll
    each: inputs.items
    steps:
      - {id: sum, set: {n: "each.item + 1", late: "false"}}
      - {id: do, task: {assign: red, form: {note: {type: text, required: false}}}}
      - {id: ok, gate: {ask: "Go with ${steps.do.note}?", show: [steps.sum.n, steps.plan], approvers: [green]}}
      - {id: inner, each: "[1]", steps: [{id: deep, set: {n: "1"}}, {id: rest, task: {assign: blue}}]}
  - {id: after, task: {assign: starter}}
"""


def listed_run() -> Play:
    """Plan, and do the second item: it is at its gate then, the first at its task."""
    play = run(ITEMS)
    accepted(play.complete("plan", "ann", {"n": 1}))
    accepted(play.complete("do[1]", "ann", {"note": "so"}))
    return play


def test_what_steps_of_an_item_left_is_listed_and_changed_by_its_item() -> None:
    play = listed_run()
    found = {one.name: one.value for one in changing.changeable(play.definition, play.current)}
    assert list(found) == [
        "inputs.n",
        "inputs.items",
        "steps.plan.n",
        "steps.sum[0].late",
        "steps.sum[0].n",
        "steps.sum[1].late",
        "steps.sum[1].n",
        "steps.do[1].note",
    ]
    assert (found["steps.sum[1].n"], found["steps.do[1].note"]) == (6, "so")
    answered = accepted(put(play, {"steps.sum[1].n": 9, "steps.sum[0].late": True}))
    assert [dict(move.data) for move in answered.moves if move.kind == "changed"] == [
        {"name": "steps.sum[0].late", "old": False, "new": True, "by": "operator", "reason": "wrong"},
        {"name": "steps.sum[1].n", "old": 6, "new": 9, "by": "operator", "reason": "wrong"},
    ]
    assert play.current.values["roll[0]"]["sum"]["n"] == 5
    assert play.current.values["roll[1]"]["sum"]["n"] == 9


def test_a_new_value_fits_its_field() -> None:
    play = listed_run()
    for values in ({"steps.sum[0].n": "x"}, {"steps.sum[2].n": 1}, {"steps.sum.n": 1}, {"steps.sum[0].by": "ann"}):
        assert code(put(play, values)) == f"field:{next(iter(values))}"
    assert code(put(play, {"steps.sum[0].n": 5})) == "field:values"
    given = {"steps.sum[0].n": "7", "steps.sum[1].late": "x", "steps.do[0].note": "no"}
    found, wrong = changing.read(play.definition, play.current, given)
    assert found == {"steps.sum[0].n": 7}
    assert set(wrong) == {"steps.sum[1].late", "steps.do[0].note"}


def test_an_open_gate_of_that_item_is_asked_anew_and_no_other() -> None:
    """[digest]."""
    play = listed_run()
    done(play, "do[0]")
    first, second = asking(play, "ok[0]").digest, asking(play, "ok[1]").digest
    accepted(put(play, {"steps.sum[1].n": 9}))
    assert asking(play, "ok[0]").digest == first
    assert asking(play, "ok[1]").digest != second


def test_what_a_passed_gate_of_an_item_showed_is_changed_only_by_jumping_back_to_it() -> None:
    play = listed_run()
    accepted(vote(play, "bo", step="ok[1]"))
    assert addresses(play) == ["do[0]", "rest[1][0]"]
    kept = {one.name: one.shown_at for one in changing.changeable(play.definition, play.current) if one.shown_at}
    assert kept == {"steps.plan.n": "ok", "steps.sum[1].n": "ok", "steps.do[1].note": "ok"}
    assert code(put(play, {"steps.sum[1].n": 9})) == "field:steps.sum[1].n"
    assert code(put(play, {"steps.plan.n": 2})) == "field:steps.plan.n"
    accepted(put(play, {"steps.sum[0].n": 9, "steps.deep[1][0].n": 4}))
    accepted(jump(play, "ok[1]"))
    accepted(put(play, {"steps.sum[1].n": 8, "steps.plan.n": 2}))


def test_an_approval_of_an_item_still_protects_what_lives_on_when_the_items_are_over() -> None:
    play = listed_run()
    done(play, "do[0]")
    for item in (0, 1):
        accepted(vote(play, "bo", step=f"ok[{item}]"))
        done(play, f"rest[{item}][0]")
    assert addresses(play) == ["after"]
    assert code(put(play, {"steps.plan.n": 2})) == "field:steps.plan.n"
    assert not [one for one in changing.changeable(play.definition, play.current) if "roll" in one.name]
    accepted(jump(play, "roll"))
    accepted(put(play, {"steps.plan.n": 2}))


def test_an_item_that_is_over_protects_what_its_gate_showed_while_others_wait_to_begin() -> None:
    play = run(
        """\
  - id: roll
    each: inputs.items
    mode: sequence
    steps: [{id: ok, gate: {ask: Go?, show: [inputs.n], approvers: [green]}}]
  - {id: after, task: {assign: starter}}
"""
    )
    accepted(put(play, {"inputs.n": 2}))
    accepted(vote(play, "bo", step="ok[0]"))
    assert code(put(play, {"inputs.n": 3})) == "field:inputs.n"
    accepted(jump(play, "roll"))
    accepted(put(play, {"inputs.n": 3}))


def test_branches_protect_what_their_gate_showed_while_others_are_under_way() -> None:
    play = run(
        """\
  - {id: plan, task: {assign: red, form: {n: {type: integer}}}}
  - id: both
    parallel:
      branches:
        one:
          - {id: ok, gate: {ask: Go?, show: [steps.plan.n], approvers: [green]}}
          - {id: a, task: {assign: red}}
        two: [{id: b, task: {assign: blue}}]
"""
    )
    accepted(play.complete("plan", "ann", {"n": 1}))
    accepted(put(play, {"steps.plan.n": 2}))
    accepted(vote(play, "bo", step="ok"))
    assert code(put(play, {"steps.plan.n": 3})) == "field:steps.plan.n"
    accepted(jump(play, "both"))
    accepted(put(play, {"steps.plan.n": 3}))


def test_results_calls_and_signals_may_be_changed_too() -> None:
    play = run(
        """\
  - {id: act, action: debug.echo}
  - {id: sub, call: child}
  - {id: hear, wait: {signal: ready}}
  - {id: sum, set: {n: "10 / int(steps.hear.n)"}}
  - {id: after, task: {assign: starter}}
"""
    )
    accepted(answer(play, "act", data={"n": 1, "list": [1]}))
    accepted(child(play, "sub", outputs={"n": 2}))
    accepted(signal(play, data={"n": 0}))
    assert addresses(play) == ["sum"]
    accepted(put(play, {"steps.act.n": 4, "steps.sub.n": 5, "steps.hear.n": 5}))
    accepted(retry(play, "sum"))
    assert addresses(play) == ["after"]
    assert play.current.values[""]["sum"]["n"] == 2
