"""The answer of a table for some inputs, under its hit policy (DMN 1.5, section 8.2).

first     the first rule that fits            collect   what all that fit give, in the order of the rules
unique    the one rule that fits              sum       the sum of what all that fit give
any       any of those that fit: they agree   min max   the smallest, the largest of it
priority  what stands first in `options`      count     how many fit

Made from the table alone, kept by its digest. A fault of the data is an `EvaluationError`; where no rule fits and
the policy needs one, `NoMatch`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from engine import fields, values
from engine.expressions import Checker, EvaluationError, ExpressionError, spelt
from engine.expressions.cel import outgoing
from engine.expressions.types import of_field
from engine.fieldspec import FieldSpec
from engine.tables import cells
from engine.tables.table import Table
from engine.values import Value


class NoMatch(Exception):
    """No rule fits these inputs."""


@dataclass(frozen=True)
class Answer:
    """`rules` are the numbers, from 1, of the rules that gave it."""

    value: Value
    rules: tuple[int, ...]


class Answering:
    """One table, ready to be asked."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._checker = Checker(names_of(table))
        self._questions = [
            [(name, cells.fitting(cell)) for name, cell in sorted(rule.cells.items())] for rule in table.rules
        ]

    @classmethod
    def of(cls, table: Table) -> Answering:
        """Return the one for this table; the last 256 are kept."""
        known = _KEPT.get(table.digest)
        if known is None:
            known = _KEPT[table.digest] = cls(table)
            if len(_KEPT) > 256:
                _KEPT.popitem(last=False)
        return known

    def answer(self, given: Mapping[str, Value], on: str) -> Answer:
        """Return what the table gives for the output `on`. Raises `EvaluationError` and `NoMatch`."""
        data = {spec.name: taken(spec, given[spec.name], f"`{spec.name}`") for spec in self.table.inputs}
        hits = self.hits(data)
        hit = self.table.hit
        if not hits and hit not in ("collect", "count"):
            said = ", ".join(f"{spec.name} = {_said(spec, data[spec.name])}" for spec in self.table.inputs)
            raise NoMatch(f"No rule of the decision {self.table.decision} fits {said}.")
        numbers = tuple(number + 1 for number in hits)
        if hit == "unique" and len(hits) > 1:
            raise EvaluationError(f"more than one rule fits: {', '.join(map(str, numbers))}")
        if hit == "count":
            return Answer(len(hits), numbers)
        if hit in ("first", "unique"):
            return Answer(self._given(hits[0], on, data), numbers[:1])
        if hit == "any":
            return self._agreed(hits, on, data)
        if hit == "priority":
            best = min(hits, key=lambda number: self._rank(number, data))
            return Answer(self._given(best, on, data), (best + 1,))
        found = [self._given(number, on, data) for number in hits]
        if hit == "collect":
            return Answer(outgoing_list(found), numbers)
        return Answer(_reduced(hit, found), numbers)

    def hits(self, data: Mapping[str, Value]) -> list[int]:
        """Return the rules that fit values as `taken` gives them, counted from 0."""
        measures = {name: cells.measure(value) for name, value in data.items()}
        return [
            number
            for number, questions in enumerate(self._questions)
            if all(fits(measures[name]) for name, fits in questions)
        ]

    def _given(self, number: int, output: str, data: Mapping[str, Value]) -> Value:
        """Evaluate what a rule gives for an output."""
        source = self.table.rules[number].then[output]
        where = f"`{output}` of rule {number + 1}"
        try:
            parsed = self._checker.parse(source)
            found = {f"inputs.{spelt(name)}": outgoing(value) for name, value in data.items()}
            read = {".".join(path[:2]) for path in parsed.reads}
            value = parsed.program.evaluate({name: value for name, value in found.items() if name in read})
        except (ExpressionError, EvaluationError) as error:
            raise EvaluationError(f"{where}: {error}") from None
        return taken(self.table.output(output), value, where)

    def _agreed(self, hits: list[int], on: str, data: Mapping[str, Value]) -> Answer:
        for spec in self.table.outputs:
            found = [self._given(number, spec.name, data) for number in hits]
            if any(one != found[0] for one in found):
                numbers = ", ".join(str(number + 1) for number in hits)
                raise EvaluationError(f"the rules {numbers} fit and do not agree on `{spec.name}`")
        return Answer(self._given(hits[0], on, data), tuple(number + 1 for number in hits))

    def _rank(self, number: int, data: Mapping[str, Value]) -> tuple[int, ...]:
        """Return the priority of what a rule gives, the least first: outputs with options, from left to right."""
        return tuple(
            spec.options.index(self._given(number, spec.name, data)) for spec in self.table.outputs if spec.options
        )


_KEPT: OrderedDict[str, Answering] = OrderedDict()


def names_of(table: Table) -> dict[str, str]:
    """Return every name that an output of the table may read, with its type."""
    return {f"inputs.{spelt(spec.name)}": of_field(spec) for spec in table.inputs}


def taken(spec: FieldSpec, value: Value, where: str) -> Value:
    """Return a value as a column of this type takes it. Raises `EvaluationError` for one that it does not hold.

    A whole number is a number too; of a time counts the day (UTC), of a duration the whole seconds.
    """
    if spec.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    elif spec.type == "date" and isinstance(value, datetime):
        value = datetime.combine(value.astimezone(UTC).date(), time(), UTC)
    elif spec.type == "duration" and isinstance(value, timedelta):
        value = timedelta(seconds=math.floor(value.total_seconds()))
        if value < timedelta(0):
            raise EvaluationError(f"{where}: This must not be negative.")
    message = fields.check(spec, values.encode(value))
    if message:
        raise EvaluationError(f"{where}: {message}")
    return value


def outgoing_list(found: list[Value]) -> list[Value]:
    if len(found) > fields.MAX_ITEMS:
        raise EvaluationError(f"a list has at most {fields.MAX_ITEMS} items")
    return found


def _reduced(hit: str, found: list[Any]) -> Value:
    if hit == "min":
        return min(found)
    if hit == "max":
        return max(found)
    total = math.fsum(found) if any(isinstance(one, float) for one in found) else sum(found)
    if not math.isfinite(total) or (isinstance(total, int) and abs(total) > fields.LARGEST):
        raise EvaluationError("the sum is too large")
    return total


def _said(spec: FieldSpec, value: Value) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return fields.show(spec, values.encode(value)) or "''"
