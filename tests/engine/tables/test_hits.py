"""What a table answers under each hit policy, and what it does when nothing fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.compiler import compile_text
from engine.expressions import EvaluationError
from engine.tables.answers import Answering, NoMatch
from engine.tables.table import Table, from_json, to_json

HEAD = "decision: sample\ninputs: {n: integer}\n"


def table(text: str) -> Table:
    found = compile_text(text).table
    assert found is not None, compile_text(text).problems
    assert from_json(to_json(found)) == found
    return found


def ask(text: str, on: str = "out", **given: Any) -> tuple[Any, tuple[int, ...]]:
    answer = Answering.of(table(text)).answer(given, on)
    return answer.value, answer.rules


def numbers(hit: str) -> str:
    rules = ('{n: "> 0", then: {out: 5}}', '{n: "> 1", then: {out: inputs.n * 2}}', '{n: "> 1", then: {out: 5}}')
    return HEAD + f"outputs: {{out: integer}}\nhit: {hit}\nrules:\n" + "".join(f"  - {rule}\n" for rule in rules)


@pytest.mark.parametrize(
    ("hit", "value", "rules"),
    [
        ("first", 5, (1,)),
        ("collect", [5, 14, 5], (1, 2, 3)),
        ("sum", 24, (1, 2, 3)),
        ("min", 5, (1, 2, 3)),
        ("max", 14, (1, 2, 3)),
        ("count", 3, (1, 2, 3)),
    ],
)
def test_several_rules_fit(hit: str, value: Any, rules: tuple[int, ...]) -> None:
    assert ask(numbers(hit), n=7) == (value, rules)


@pytest.mark.parametrize(("hit", "value"), [("collect", []), ("count", 0)])
def test_policies_that_have_an_answer_when_none_fits(hit: str, value: Any) -> None:
    assert ask(numbers(hit), n=0) == (value, ())


@pytest.mark.parametrize("hit", ["first", "unique", "any", "sum", "min", "max"])
def test_policies_that_need_one(hit: str) -> None:
    with pytest.raises(NoMatch, match=r"No rule of the decision sample fits n = 0\."):
        ask(numbers(hit), n=0)


def test_unique_and_any_say_when_the_data_breaks_them() -> None:
    with pytest.raises(EvaluationError, match="more than one rule fits: 1, 2, 3"):
        ask(numbers("unique"), n=7)
    with pytest.raises(EvaluationError, match="the rules 1, 2, 3 fit and do not agree on `out`"):
        ask(numbers("any"), n=7)


def test_any_takes_what_they_agree_on() -> None:
    assert ask(numbers("any").replace("inputs.n * 2", "2 + 3"), n=7) == (5, (1, 2, 3))


def test_priority_is_the_order_of_options_from_left_to_right() -> None:
    text = (
        "decision: ranked\ninputs: {n: integer}\nhit: priority\n"
        "outputs: {out: {type: choice, options: [high, low]}, fee: integer, way: {type: choice, options: [a, b]}}\n"
        "rules:\n"
        "  - {then: {out: \"'low'\", fee: 1, way: \"'a'\"}}\n"
        '  - {n: "> 3", then: {out: "\'high\'", fee: 2, way: "\'b\'"}}\n'
        "  - {n: \"> 5\", then: {out: \"'high'\", fee: 3, way: \"inputs.n > 7 ? 'a' : 'b'\"}}\n"
    )
    assert [ask(text, "fee", n=n) for n in (1, 4, 6, 8)] == [(1, (1,)), (2, (2,)), (2, (2,)), (3, (3,))]


def test_numbers_are_added_without_losing_cents() -> None:
    rules = "".join("  - {then: {out: 0.1}}\n" for _ in range(10))
    text = f"decision: cents\ninputs: {{n: integer}}\noutputs: {{out: number}}\nhit: sum\nrules:\n{rules}"
    assert ask(text, n=1)[0] == 1.0


WIDE = """\
decision: wide
inputs: {day: date, span: duration, rate: number, few: {type: integer, min: 1, max: 3}}
outputs: {out: date, far: duration, one: {type: number, max: 10}}
hit: first
rules:
  - {day: 2026-03-02, span: 1m, rate: 4, then: {out: inputs.day, far: inputs.span, one: inputs.rate}}
  - {then: {out: inputs.day, far: inputs.span, one: "11"}}
"""
GIVEN: dict[str, Any] = {
    "day": datetime(2026, 3, 2, 23, 59, tzinfo=UTC),
    "span": timedelta(seconds=60.9),
    "rate": 4,
    "few": 2,
}


def test_a_column_takes_what_fits_its_type() -> None:
    """Of a time the day counts, of a duration the whole seconds, a whole number is a number."""
    assert ask(WIDE, "out", **GIVEN)[0] == datetime(2026, 3, 2, tzinfo=UTC)
    assert ask(WIDE, "far", **GIVEN)[0] == timedelta(minutes=1)
    value = ask(WIDE, "one", **GIVEN)[0]
    assert (value, type(value)) == (4.0, float)


@pytest.mark.parametrize(
    ("on", "given", "says"),
    [
        ("out", {"few": 4}, "`few`: This must be at most 3"),
        ("out", {"span": timedelta(seconds=-1)}, "`span`: This must not be negative"),
        ("out", {"rate": "4"}, "`rate`: This must be a number"),
        ("one", {"rate": 5}, "`one` of rule 2: This must be at most 10"),
    ],
)
def test_a_value_that_a_column_does_not_hold_is_a_fault_of_the_data(on: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(EvaluationError, match=says):
        ask(WIDE, on, **{**GIVEN, **given})
