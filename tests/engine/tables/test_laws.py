"""Tables by chance: what is proven of them trying every input finds too, and they answer as a plain reading does.

Cells are made here as text together with what they mean, so that neither the reading of cells nor the proofs are
asked what is right.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler import compile_text
from engine.expressions import EvaluationError
from engine.tables.answers import Answering, NoMatch
from engine.tables.table import Table

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Cell:
    text: str
    fits: Test


REGIONS = ("eu", "us", "elsewhere")
ITEMS = [list(items) for count in range(4) for items in itertools.combinations(("red", "blue", "green"), count)]
DOMAINS: dict[str, tuple[str, list[Any]]] = {
    "n": ("{type: integer, min: 1, max: 5}", [1, 2, 3, 4, 5]),
    "x": ("{type: number, min: 0, max: 2}", [quarter / 4 for quarter in range(9)]),
    "r": ("{type: choice, options: [eu, us, elsewhere]}", list(REGIONS)),
    "b": ("boolean", [True, False]),
    "l": ("{type: list, of: choice, options: [red, blue, green]}", ITEMS),
}


def _ordered(low: int, high: int) -> st.SearchStrategy[Cell]:
    numbers = st.integers(low, high)

    def ranged(pair: tuple[int, int], opens: str, closes: str) -> Cell:
        first, last = sorted(pair)
        if first == last:
            opens, closes = "[", "]"
        return Cell(
            f"{opens}{first}..{last}{closes}",
            lambda value: (
                (first < value or (opens == "[" and value == first))
                and (value < last or (closes == "]" and value == last))
            ),
        )

    return st.one_of(
        numbers.map(lambda n: Cell(str(n), lambda value: value == n)),
        numbers.map(lambda n: Cell(f"< {n}", lambda value: value < n)),
        numbers.map(lambda n: Cell(f">= {n}", lambda value: value >= n)),
        numbers.map(lambda n: Cell(f"!= {n}", lambda value: value != n)),
        st.builds(ranged, st.tuples(numbers, numbers), st.sampled_from("[("), st.sampled_from("])")),
    )


def _words(words: tuple[str, ...], is_list: bool) -> st.SearchStrategy[Cell]:
    def any_of(some: list[str]) -> Cell:
        return Cell(", ".join(some), lambda value: bool({*some} & {*(value if is_list else [value])}))

    some = st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True).map(any_of)
    return st.one_of(some, some.map(lambda cell: Cell(f"not({cell.text})", lambda value: not cell.fits(value))))


ANY = st.just(Cell("-", lambda value: True))
CELLS = {
    "n": st.one_of(ANY, _ordered(0, 6)),
    "x": st.one_of(ANY, _ordered(0, 2)),
    "r": st.one_of(ANY, _words(REGIONS, False)),
    "b": st.one_of(ANY, st.booleans().map(lambda flag: Cell(str(flag).lower(), lambda value: value is flag))),
    "l": st.one_of(ANY, _words(("red", "blue", "green"), True)),
}


@dataclass(frozen=True)
class Sample:
    hit: str
    columns: tuple[str, ...]
    rules: tuple[tuple[dict[str, Cell], int], ...]

    def text(self) -> str:
        inputs = ", ".join(f"{name}: {DOMAINS[name][0]}" for name in self.columns)
        out = "{type: choice, options: [a, b, c]}" if self.hit == "priority" else "integer"
        lines = [f"decision: sample\ninputs: {{{inputs}}}\noutputs: {{out: {out}}}\nhit: {self.hit}\nrules:"]
        for cells, gives in self.rules:
            written = ", ".join(f'{name}: "{cell.text}"' for name, cell in cells.items())
            answer = f"\"'{'abc'[gives]}'\"" if self.hit == "priority" else str(gives)
            lines.append(f"  - {{{written}, then: {{out: {answer}}}}}")
        return "\n".join(lines) + "\n"

    def points(self) -> list[dict[str, Any]]:
        return [
            dict(zip(self.columns, values, strict=True))
            for values in itertools.product(*(DOMAINS[name][1] for name in self.columns))
        ]

    def hits(self, point: dict[str, Any]) -> list[int]:
        return [
            number
            for number, (cells, _) in enumerate(self.rules)
            if all(cell.fits(point[name]) for name, cell in cells.items())
        ]


@st.composite
def samples(draw: st.DrawFn, hits: tuple[str, ...]) -> Sample:
    columns = tuple(draw(st.lists(st.sampled_from(list(DOMAINS)), min_size=1, max_size=3, unique=True)))
    rule = st.tuples(st.fixed_dictionaries({name: CELLS[name] for name in columns}), st.integers(0, 2))
    rules = draw(st.lists(rule, min_size=1, max_size=6))
    if draw(st.booleans()):
        rules.append(({name: Cell("-", lambda value: True) for name in columns}, draw(st.integers(0, 2))))
    return Sample(draw(st.sampled_from(hits)), columns, tuple(rules))


@settings(max_examples=400, deadline=None)
@given(samples(("first", "unique", "any", "priority")))
def test_the_proofs_find_what_trying_every_input_finds(sample: Sample) -> None:
    compiled = compile_text(sample.text())
    assert compiled.table is not None, compiled.problems
    found = {
        code: {problem.place.line - 6 for problem in compiled.problems if problem.code == code}
        for code in ("gap", "overlap", "dead-rule")
    }
    hits = [sample.hits(point) for point in sample.points()]
    given_by = [given for _, given in sample.rules]

    assert bool(found["gap"]) == any(not one for one in hits)
    overlapping, winning = set(), set()
    for one in hits:
        for earlier, later in itertools.combinations(one, 2):
            if sample.hit == "unique" or (sample.hit == "any" and given_by[earlier] != given_by[later]):
                overlapping.add(later)
        if sample.hit == "first":
            winning.update(one[:1])
        elif sample.hit == "priority":
            best = min((given_by[number] for number in one), default=0)
            winning.update(number for number in one if given_by[number] == best)
        else:
            winning.update(one)
    assert found["overlap"] == overlapping
    assert found["dead-rule"] == {*range(len(sample.rules))} - winning


@settings(max_examples=300, deadline=None)
@given(samples(("first", "unique", "any", "priority", "collect", "sum", "min", "max", "count")), st.data())
def test_a_table_answers_as_it_reads(sample: Sample, data: st.DataObject) -> None:
    table = compile_text(sample.text()).table
    assert table is not None
    point = data.draw(st.sampled_from(sample.points()))
    hits = sample.hits(point)
    gives = ["abc"[sample.rules[n][1]] if sample.hit == "priority" else sample.rules[n][1] for n in hits]
    wanted: Any
    if sample.hit in ("collect", "count"):
        wanted = gives if sample.hit == "collect" else len(gives)
    elif not gives:
        wanted = NoMatch
    elif sample.hit in ("sum", "min", "max"):
        wanted = {"sum": sum, "min": min, "max": max}[sample.hit](gives)
    elif sample.hit == "unique" and len(gives) > 1:
        wanted = "more than one rule fits"
    elif sample.hit == "any" and len({*gives}) > 1:
        wanted = "do not agree"
    else:
        wanted = min(gives) if sample.hit == "priority" else gives[0]

    assert _answer(table, point) == wanted


def _answer(table: Table, point: dict[str, Any]) -> Any:
    try:
        return Answering.of(table).answer(point, "out").value
    except NoMatch:
        return NoMatch
    except EvaluationError as error:
        return next((says for says in ("more than one rule fits", "do not agree") if says in str(error)), error)
