"""Row 5 against brute force: every assignment of small domains, evaluated by CEL itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition, FieldSpec
from engine.expressions import EvaluationError, Evaluator, Scope
from tests.engine.building import decide, playbook
from tests.engine.proofs.proving import problems

NAMES = {
    "inputs.score": "int",
    "inputs.urgent": "bool",
    "inputs.region": "string",
    "inputs.note": "string",
    "steps.route.visits": "int",
}
INPUTS = (
    FieldSpec("score", "integer", minimum=0, maximum=4),
    FieldSpec("urgent", "boolean"),
    FieldSpec("region", "choice", options=("a", "b", "c")),
    FieldSpec("note", "text", required=False),
)
VALUES: dict[str, list[Any]] = {
    "score": [0, 1, 2, 3, 4],
    "urgent": [True, False],
    "region": ["a", "b", "c"],
    "note": [None, "x", "y", "something else"],
}

SCORES = st.builds(
    "inputs.score {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-1, 5)
) | st.builds("{} {} inputs.score".format, st.integers(-1, 5), st.sampled_from(["<", "<=", ">", ">=", "=="]))
REGIONS = st.builds("inputs.region {} '{}'".format, st.sampled_from(["==", "!="]), st.sampled_from("abc"))
LISTS = st.builds("inputs.region in {}".format, st.lists(st.sampled_from("abc"), max_size=3).map(str))
NOTES = st.sampled_from(
    [
        "inputs.note == 'x'",
        "has(inputs.note)",
        "has(inputs.note) && inputs.note == 'x'",
        "!has(inputs.note) || inputs.note != 'y'",
    ]
)
FLAGS = st.sampled_from(["inputs.urgent", "inputs.urgent == false", "!inputs.urgent", "true", "false"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds("({}) && ({})".format, inner, inner)
        | st.builds("({}) || ({})".format, inner, inner)
        | st.builds("!({})".format, inner)
        | st.builds("({}) ? ({}) : ({})".format, inner, inner, inner)
    )


CONDITIONS = st.recursive(SCORES | SCORES | REGIONS | LISTS | NOTES | FLAGS, _joined, max_leaves=5)


def build(rules: list[str]) -> Definition:
    return playbook(decide("route", *((rule, "leave") for rule in rules)), inputs=INPUTS, names=NAMES)


def assignments(**fixed: Any) -> Iterator[dict[str, Any]]:
    """Give every assignment that agrees with what is fixed; an input that is None is not given."""
    for values in itertools.product(*VALUES.values()):
        one = dict(zip(VALUES, values, strict=True))
        if all(one[name] == value for name, value in fixed.items()):
            yield {name: value for name, value in one.items() if value is not None}


def verdicts(definition: Definition, inputs: dict[str, Any]) -> list[Any]:
    """Evaluate every rule; an error is None."""
    evaluator, found = Evaluator.of(definition), []
    for way in definition.ways["route"]:
        try:
            found.append(evaluator.value(way.guard or "true", Scope(inputs=inputs)))
        except EvaluationError:
            found.append(None)
    return found


@given(st.lists(CONDITIONS, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_the_verdicts_are_those_of_brute_force(rules: list[str]) -> None:
    definition = build(rules)
    table = [verdicts(definition, inputs) for inputs in assignments()]
    found = problems(definition)
    gaps = [problem for problem in found if problem.code == "not-total"]
    assert bool(gaps) == any(all(verdict is False for verdict in row) for row in table)
    dead = {
        number
        for number in range(len(rules))
        if not any(row[number] is True and not any(row[:number]) and None not in row[:number] for row in table)
    }
    told = {
        int(match[1]) - 1
        for problem in found
        if problem.code == "dead-rule" and (match := re.match(r"Rule (\d+)", problem.message))
    }
    assert told == dead
    for gap in gaps:
        for inputs in assignments(**read(gap.message)):
            assert verdicts(definition, inputs) == [False] * len(rules), (gap.message, inputs)


def read(message: str) -> dict[str, Any]:
    """Read the example of a gap back into values; `.` is not part of it."""
    example = message.partition("for example ")[2].removesuffix(".")
    fixed: dict[str, Any] = {}
    for name, value in re.findall(r"(\w+) = ('[^']*'|\S+?)(?:,| and|$)", example):
        fixed[name] = value.strip("'") if value.startswith("'") else {"true": True, "false": False}.get(value)
        if fixed[name] is None:
            fixed[name] = int(value)
    for name in re.findall(r"(\w+) not given", example):
        fixed[name] = None
    for name in re.findall(r"\b(?!not\b)(\w+) given", example):
        fixed[name] = "x"
    return fixed


@pytest.mark.parametrize(
    ("rules", "example"),
    [
        (["inputs.score >= 3", "inputs.score < 2"], "score = 2"),
        (["inputs.urgent"], "urgent = false"),
        (["inputs.region in ['a', 'c']"], "region = 'b'"),
        (["has(inputs.note)"], "note not given"),
        (["inputs.urgent && inputs.score > 2", "!inputs.urgent"], "urgent = true and score = 0"),
        (["inputs.region.startsWith('a')"], "`startsWith(inputs.region, 'a')` does not hold"),
    ],
)
def test_a_gap_is_shown_by_an_example(rules: list[str], example: str) -> None:
    (gap,) = problems(build(rules), "not-total")
    assert f"for example {example}." in gap.message


def test_what_is_too_much_to_prove_is_not_called_total() -> None:
    """Parity of many questions: no order of trying is quick, so the search is given up and says so."""
    names = {f"inputs.q{number}": "bool" for number in range(24)}
    inputs = tuple(FieldSpec(f"q{number}", "boolean") for number in range(24))
    odd = "inputs.q0"
    for number in range(1, 24):
        odd = f"({odd}) != inputs.q{number}" if number % 2 else f"({odd}) == inputs.q{number}"
    pairs = [f"inputs.q{number} != inputs.q{number + 1}" for number in range(0, 24, 2)]
    rules = [f"{pairs[at]} && {pairs[at + 1]} && {pairs[at + 2]}" for at in range(10)]
    definition = playbook(decide("route", *((rule, "leave") for rule in rules)), inputs=inputs, names=names)
    assert problems(definition, "not-total")
    assert problems(playbook(decide("route", (odd, "leave")), inputs=inputs, names=names), "not-total")


def test_a_gap_says_what_must_be_given_where_a_rule_reads_it() -> None:
    rules = ["inputs.score < 0", "(inputs.note == 'x') ? (inputs.score < 0) : (inputs.region in [])"]
    (gap,) = problems(build(rules), "not-total")
    assert "note given" in gap.message
    for inputs in assignments(**read(gap.message)):
        assert verdicts(build(rules), inputs) == [False, False], gap.message
