"""The engine holds references to secrets and nothing else: it hands them on, compares them, and cannot read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import definition as definitions
from engine import values
from engine.compiler import compile_text
from engine.definition import Definition
from engine.expressions import Evaluator, Scope
from engine.machine import children
from engine.machine.advance import advance
from engine.machine.commands import Advance, Perform, Refusal, StartChild
from engine.machine.events import ChangeData, Complete, Facts, Start
from engine.machine.state import State
from engine.values import Sealed, Secret

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = Secret("r1", "h1")
SAM = Facts(roles=("user:sam",))
PLAYBOOK = """
playbook: keys
title: Keys
kind: sop
owner: team
inputs:
  token: {type: text, secret: true}
  plain: {type: text, default: p}
steps:
  - id: ask
    task: {assign: starter, form: {pin: {type: text, secret: true}}}
  - id: all
    each: "[1]"
    steps:
      - id: one
        task: {assign: starter, form: {code: {type: text, secret: true}}}
      - id: inner
        action: debug.echo
        with: {code: "${steps.one.code}"}
  - id: use
    action: debug.echo
    with:
      token: ${inputs.token}
      text: A ${inputs.plain} ${secret('k')}!
      whole: ${secret('k')}
      listed: ${steps.all[0].one.code}
      forged: {$secret: {ref: r1, hash: h1}}
"""


@pytest.fixture(scope="module")
def keys() -> Definition:
    compiled = compile_text(PLAYBOOK)
    assert compiled.definition is not None, compiled.problems
    return compiled.definition


def begun(keys: Definition, **inputs: Any) -> Advance | Refusal:
    return advance(keys, None, Start(at=AT, actor="sam", run="r", inputs=inputs))


def code(answer: Advance | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.code


def state_of(answer: Advance | Refusal) -> State:
    assert isinstance(answer, Advance), answer
    return answer.state


def test_a_mark_is_written_and_read_back_and_one_from_outside_is_a_mapping() -> None:
    stored = {"$secret": {"ref": "r1", "hash": "h1"}}
    assert values.encode(TOKEN) == stored
    assert values.decode(stored) == TOKEN
    assert values.encode(stored) == {"$map": stored}
    assert values.decode({"$map": stored}) == stored
    assert str(TOKEN) == f"{Sealed(())}" == "***"


@pytest.mark.parametrize("held", [5, {}, {"ref": "r"}, {"ref": 1, "hash": "h"}, {"ref": "r", "hash": "h", "x": "y"}])
def test_what_only_looks_like_a_mark_is_none(held: Any) -> None:
    assert values.secret_of({"$secret": held}) is None
    assert values.decode({"$secret": held}) == {"$secret": held}


def test_a_definition_without_secrets_is_written_as_it_was(keys: Definition) -> None:
    written = definitions.to_json(keys)
    assert [spec.get("secret") for spec in written["inputs"]] == [True, None]
    assert definitions.from_json(written) == keys


def test_the_machine_takes_references_only(keys: Definition) -> None:
    assert code(begun(keys, token="clear")) == "field:token"
    assert code(begun(keys, token=values.encode(TOKEN), plain=values.encode(TOKEN))) == "field:plain"
    state = state_of(begun(keys, token=values.encode(TOKEN)))
    (visit,) = state.visits
    done = Complete(at=AT, actor="sam", visit=visit, form={"pin": "clear"}, facts=SAM)
    assert code(advance(keys, state, done)) == "field:pin"
    assert isinstance(advance(keys, state, replace(done, form={"pin": values.encode(TOKEN)})), Advance)
    change = ChangeData(at=AT, actor="op", values={"inputs.token": "clear"}, reason="x", facts=Facts(operator=True))
    assert code(advance(keys, state, change)) == "field:inputs.token"


def test_an_action_is_given_references_and_names(keys: Definition) -> None:
    state = state_of(begun(keys, token=values.encode(TOKEN)))
    given = []
    for form in ({"pin": Secret("r2", "h2")}, {"code": Secret("r3", "h3")}):
        visit = next(number for number, one in state.visits.items() if one.step in ("ask", "one"))
        encoded = {name: values.encode(value) for name, value in form.items()}
        answer = advance(keys, state, Complete(at=AT, actor="sam", visit=visit, form=encoded, facts=SAM))
        state = state_of(answer)
        assert isinstance(answer, Advance)
        given += [dict(one.parameters) for one in answer.commands if isinstance(one, Perform)]
    assert given == [{"code": {"$secret": {"ref": "r3", "hash": "h3"}}}]


def test_expressions_see_stars(keys: Definition) -> None:
    """Also through the list of an each, whose data has no types; and a secret that is unset is like any other."""
    scope = Scope(inputs={"token": TOKEN, "plain": "p"}, steps={"all": [{"one": {"code": Secret("r3", "h3")}}]}, now=AT)
    evaluator = Evaluator.of(keys)
    parameters = keys.steps["use"].does.parameters
    assert values.encode(evaluator.resolve(dict(parameters), scope)) == {
        "token": {"$secret": {"ref": "r1", "hash": "h1"}},
        "text": {"$secret": {"parts": [["text", "A "], ["text", "p"], ["text", " "], ["name", "k"], ["text", "!"]]}},
        "whole": {"$secret": {"parts": [["name", "k"]]}},
        "listed": "***",
        "forged": {"$map": {"$secret": {"ref": "r1", "hash": "h1"}}},
    }
    assert evaluator.value("inputs.token + '!'", scope) == "***!"
    assert evaluator.value("has(inputs.token)", scope) is True
    assert evaluator.text("It is ${inputs.token}.", scope) == "It is ***."


def test_a_called_run_gets_the_reference_and_never_a_text(keys: Definition) -> None:
    command = StartChild(1, "c", 1, keys.digest, {"token": values.encode(TOKEN)}, 1)
    start = children.start_of(command, "p", "sam", keys, AT)
    assert isinstance(start, Start)
    assert start.inputs == {"token": values.encode(TOKEN), "plain": "p"}
    for inputs in ({"token": "clear"}, {}, {"token": values.encode(TOKEN), "plain": values.encode(TOKEN)}):
        assert isinstance(children.start_of(replace(command, inputs=inputs), "p", "sam", keys, AT), Refusal)
