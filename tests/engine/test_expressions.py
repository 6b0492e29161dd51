"""Expressions: types, trees, `has`, limits, and what the evaluator gives a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler import compile_text
from engine.definition import Definition, from_json, to_json
from engine.expressions import (
    Call,
    Const,
    EvaluationError,
    Evaluator,
    ExpressionError,
    Has,
    Name,
    Scope,
    TemplateError,
    conjuncts,
    constant,
    parse,
    parts,
    whole,
)

NAMES = {
    "now": "timestamp",
    "run.id": "string",
    "inputs.score": "int",
    "inputs.ratio": "double",
    "inputs.regions": "list(string)",
    "inputs.legal_ref": "string",
    "steps.plan.visits": "int",
    "steps.plan.downtime": "duration",
    "steps.plan.by": "string",
    "steps.legal_ok.visits": "int",
    "steps.legal_ok.by": "string",
    "steps.ship.visits": "int",
    "steps.ship": "dyn",
    "steps.ship.error": "map(string, dyn)",
    "steps.board.votes": "list(map(string, dyn))",
    "steps.board.visits": "int",
}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("inputs.score + 1", "int"),
        ("inputs.score > 1 && has(steps.plan)", "bool"),
        ("inputs.regions", "list(string)"),
        ("now + steps.plan.downtime", "timestamp"),
        ("steps.ship.body.ref", "dyn"),
        ("steps.ship.visits + 1", "int"),
        ("steps.board.votes.filter(v, v.choice == 'approve').size()", "int"),
        ("{'a': 1}", "map(string, int)"),
        ("null", "null"),
    ],
)
def test_every_expression_has_a_type(source: str, kind: str) -> None:
    assert parse(source, NAMES).type == kind


def test_the_tree_says_what_is_read_and_asked() -> None:
    parsed = parse("has(steps.plan.by) && (steps.ship.body.ref == 'has(steps.x)' || -1 < inputs.score)", NAMES)
    assert parsed.reads == {("steps", "ship", "body", "ref"), ("inputs", "score")}
    assert parsed.asks == {("steps", "plan", "by")}
    asked, rest = conjuncts(parsed.tree)
    assert asked == Has(("steps", "plan", "by"))
    assert isinstance(rest, Call)
    assert rest.args[0] == Call("_==_", (Name(("steps", "ship", "body", "ref")), Const("has(steps.x)")))
    assert constant(rest.args[1].args[0]) == (True, -1)


def test_a_column_is_where_the_word_begins() -> None:
    parsed = parse("1 < 2 && steps.plan.visits > 3", NAMES)
    last = conjuncts(parsed.tree)[1]
    assert isinstance(last, Call)
    assert [arg.column for arg in last.args] == [10, 30]


@pytest.mark.parametrize(
    ("source", "code", "column", "hint"),
    [
        ("inputs.scor > 1", "unknown-name", 1, "inputs.score"),
        ("1 + score", "unknown-name", 5, "inputs.score"),
        ("steps.legal-ok.by == ''", "unknown-name", 1, "steps.legal_ok.by"),
        ("steps.plna.by == ''", "unknown-name", 1, "steps.plan"),
        ("has(steps.plan.nothing)", "unknown-name", 5, "steps.plan"),
        ("has(inputs.nothing)", "unknown-name", 5, ""),
        ("size(steps) > 0", "unknown-name", 6, ""),
        ("steps['plan'].by", "unknown-name", 1, ""),
        ("sice('a')", "unknown-name", 1, "size"),
        ("_have.plan", "unknown-name", 1, ""),
        ("inputs.ratio > 1", "type-mismatch", 14, "1.0"),
        ("inputs.score && true", "type-mismatch", 14, "Compare"),
        ("now > '2026-03-02'", "type-mismatch", 5, "timestamp('"),
        ("inputs.score = 1", "bad-expression", 14, "=="),
        ("true and false", "bad-expression", 6, "&&"),
        ("duration('1d') > duration('1h')", "bad-expression", 10, "24h"),
        ("duration('90x') > duration('1h')", "bad-expression", 10, ""),
        ("timestamp('tomorrow') < now", "bad-expression", 11, "2026"),
        ("1 +\n  inputs.scor", "unknown-name", 7, "inputs.score"),
        ("", "bad-expression", 1, ""),
        ("1" + " + 1" * 600, "bad-expression", 1, ""),
        ("(" * 400 + "1" + ")" * 400, "bad-expression", None, ""),
    ],
)
def test_what_is_wrong_has_a_code_a_column_and_a_hint(source: str, code: str, column: int | None, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source, NAMES)
    assert caught.value.code == code
    assert column in (None, caught.value.column)
    assert hint in caught.value.hint
    assert caught.value.message


def test_a_template_is_cut_at_its_expressions() -> None:
    cut = parts("a ${'}' + {'b': '{'}['b']} c${x}")
    assert [(part.text, part.is_expression) for part in cut] == [
        ("a ", False),
        ("'}' + {'b': '{'}['b']", True),
        (" c", False),
        ("x", True),
    ]
    assert whole("${x}") is not None
    assert whole("${x}${y}") is None
    assert whole(" ${x}") is None
    for broken in ("${x", "a ${", "${}", "${ }"):
        with pytest.raises(TemplateError):
            parts(broken)


PLAYBOOK = """
playbook: sample
title: Sample
kind: sop
owner: team
inputs:
  score: {type: integer}
  day: {type: date, required: false}
  legal-ref: {type: text, required: false}
  regions: {type: list, of: text, default: [eu]}
roles: {writer: {groups: [writers]}}
steps:
  - id: legal-ok
    task: {assign: writer, form: {down-time: {type: duration}, note: {type: text, required: false}}}
  - {id: ship, action: debug.echo, on_error: late}
  - {id: sums, set: {total: "steps.other.half + steps.other.half", first: inputs.regions}}
  - {id: other, set: {half: inputs.score}}
  - {id: late, wait: 1m}
"""


@pytest.fixture(scope="module")
def definition() -> Definition:
    compiled = compile_text(PLAYBOOK)
    row_1 = [problem for problem in compiled.problems if problem.code != "unset-data"]
    assert compiled.definition is not None, compiled.problems
    assert not row_1
    return from_json(to_json(compiled.definition))


SCOPE = Scope(
    inputs={"score": 9, "day": datetime(2026, 3, 2, tzinfo=UTC), "regions": ["eu", "us"]},
    steps={
        "legal-ok": {"down-time": timedelta(minutes=90), "by": "ann", "at": datetime(2026, 3, 2, 9, tzinfo=UTC)},
        "ship": {"status": 200, "body": {"ref": "CHG-1", "huge": "x" * 20_000}, "took": timedelta(seconds=2)},
    },
    visits={"legal-ok": 2},
    run={"id": "r-1", "started_by": "ann", "started_at": datetime(2026, 3, 2, 8, tzinfo=UTC)},
    now=datetime(2026, 3, 2, 10, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("inputs.score + 1", 10),
        ("steps.legal_ok.down_time", timedelta(minutes=90)),
        ("now - run.started_at", timedelta(hours=2)),
        ("steps.legal_ok.visits + steps.late.visits", 2),
        ("has(steps.legal_ok) && !has(steps.late)", True),
        ("has(steps.legal_ok.note)", False),
        ("has(inputs.legal_ref) || has(inputs.day)", True),
        ("has(steps.legal_ok.visits)", True),
        ("has(steps.ship.body.ref) && !has(steps.ship.body.nothing.at.all)", True),
        ("steps.ship.body.ref", "CHG-1"),
        ("steps.ship.took > duration('1s')", True),
        ("steps.ship.nothing == 1 || inputs.score > 1", True),
        ("inputs.regions.map(r, r + '!')", ["eu!", "us!"]),
        ("'has(steps.late)' + \"has(inputs.day)\"", "has(steps.late)has(inputs.day)"),
    ],
)
def test_values(definition: Definition, source: str, value: Any) -> None:
    assert Evaluator.of(definition).value(source, SCOPE) == value


@pytest.mark.parametrize(
    "source",
    [
        "steps.ship.nothing",
        "steps.late.visits / 0",
        "inputs.legal_ref",
        "steps.sums.total",
        "steps.ship.body.huge",
        "double(inputs.score) / 0.0",
        "b'abc'",
        "9223372036854775807 + inputs.score",
        "no.such.name",
    ],
)
def test_an_error_is_ours(definition: Definition, source: str) -> None:
    with pytest.raises(EvaluationError):
        Evaluator.of(definition).value(source, SCOPE)


def test_a_failed_step_that_went_on_has_only_its_error(definition: Definition) -> None:
    scope = Scope(steps={"ship": {"error": {"message": "gone", "attempts": 3}}})
    evaluator = Evaluator.of(definition)
    assert evaluator.value("has(steps.ship)", scope) is False
    assert evaluator.value("has(steps.ship.error) ? steps.ship.error.message : ''", scope) == "gone"


def test_texts_are_filled_in(definition: Definition) -> None:
    evaluator = Evaluator.of(definition)
    text = "On ${inputs.day} in ${inputs.regions}: ${steps.legal_ok.down_time}, ${steps.late.at} ${inputs.score > 1}"
    assert evaluator.text(text, SCOPE) == 'On 2026-03-02 in ["eu", "us"]: 1h30m, [?] true'
    assert evaluator.text("at ${now}", SCOPE) == "at 2026-03-02T10:00:00Z"
    assert evaluator.text("a ${ broken", SCOPE) == "a ${ broken"


def test_parameters_keep_their_types(definition: Definition) -> None:
    written = {"n": "${inputs.score}", "t": "n ${inputs.score}", "l": ["${inputs.regions}", 1], "d": "${inputs.day}"}
    resolved = Evaluator.of(definition).resolve(written, SCOPE)
    assert resolved == {"n": 9, "t": "n 9", "l": [["eu", "us"], 1], "d": "2026-03-02"}
    with pytest.raises(EvaluationError):
        Evaluator.of(definition).resolve({"a": "x ${steps.late.at}"}, SCOPE)


def test_computed_values_have_inferred_types(definition: Definition) -> None:
    assert definition.names["steps.sums.total"] == "int"
    assert definition.names["steps.sums.first"] == "list(string)"


def test_the_evaluator_is_made_again_from_what_was_stored(definition: Definition) -> None:
    again = from_json(to_json(definition))
    assert again.digest == definition.digest
    assert Evaluator.of(again) is Evaluator.of(definition)


def test_long_lists_are_refused(definition: Definition) -> None:
    scope = Scope(inputs={"score": 1, "regions": ["eu"] * 501})
    with pytest.raises(EvaluationError, match="500"):
        Evaluator.of(definition).value("inputs.regions.size()", scope)


_WORDS = st.sampled_from(
    [
        *("inputs.score", "steps.plan", "steps.ship.body", "has(", "(", ")", "[", "]", "{", "}", ",", ":", "?", "&&"),
        *("||", "!", "==", "!=", "<", "+", "-", "*", "/", "%", "in", "'a'", '"b"', "1", "1.5", "true", "null", "."),
        *(".map(x,", ".all(x,", "x", "size(", "now", "duration('1h')", "timestamp(", "${", "\\", "_done", "r'''", "//"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_WORDS, max_size=14).map(" ".join) | st.text(max_size=60))
def test_no_source_raises_anything_but_ours(source: str) -> None:
    try:
        found = parse(source, NAMES).type
    except ExpressionError as error:
        found = error.code
    assert found
