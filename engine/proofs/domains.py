"""What a name can be, cut at the constants it is compared with: within a piece no comparison changes.

Whole numbers, dates and durations are discrete, numbers dense (semantics [tables]); a field's `min`, `max` and
`options` bound it. A value is written as (tag, value), so that a whole number and a text never compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from engine import durations, values
from engine.definition import Definition, FieldSpec, GateSpec, TaskSpec
from engine.expressions import spelt
from engine.expressions.types import BOOL, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP

Path = tuple[str, ...]
Value = tuple[str, Any]
"""`number`, `time` (seconds since 1970) and `length` (seconds) hold a Fraction; `unset` and `other` nothing."""

UNSET: Value = ("unset", None)
OTHER: Value = ("other", None)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_DECISIONS = {"approve": "approved", "reject": "rejected", "return": "returned"}


@dataclass(frozen=True)
class Domain:
    """The values a name can have. `unit`: they are multiples of it; None where they are dense."""

    tag: str
    unit: int | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    options: tuple[str, ...] = ()
    is_date: bool = False


_TYPES = {
    INT: Domain("number", 1),
    DOUBLE: Domain("number"),
    BOOL: Domain("bool"),
    STRING: Domain("text"),
    TIMESTAMP: Domain("time"),
    DURATION: Domain("length"),
    DYN: Domain("dyn"),
}


def as_value(value: Any) -> Value | None:
    """Return a constant or a stored value as a tagged one; None for what cannot be compared here."""
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int):
        return "number", Fraction(value)
    if isinstance(value, float):
        return ("number", Fraction(value)) if math.isfinite(value) else None
    if isinstance(value, str):
        return "text", value
    if isinstance(value, datetime):
        return "time", _seconds(value - _EPOCH)
    if isinstance(value, timedelta):
        return "length", _seconds(value)
    return None


def _seconds(length: timedelta) -> Fraction:
    return Fraction(length.days * _DAY + length.seconds) + Fraction(length.microseconds, 1_000_000)


class Domains:
    """What the names of one definition can be. `names` may be read where it is asked, with their types."""

    def __init__(self, definition: Definition, names: Mapping[str, str]) -> None:
        self._definition, self._names = definition, names
        self._steps = {spelt(step.id): step for step in definition.steps.values()}
        self._known: dict[Path, Domain | None] = {}

    def of(self, path: Path) -> Domain | None:
        """Return what this name can be, None where nothing can be said of it (a list, a mapping)."""
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, path: Path) -> Domain | None:
        specs: Iterable[FieldSpec] = self._definition.inputs if path[0] == "inputs" and len(path) == 2 else ()
        if path[0] == "steps" and len(path) == 3:
            if path[2] == "visits":
                return Domain("number", 1, Fraction(0))
            step = self._steps.get(path[1])
            if step is not None and isinstance(step.does, TaskSpec):
                specs = step.does.form
                if path[2] == "outcome":
                    return Domain("text", options=step.does.outcomes)
            elif step is not None and isinstance(step.does, GateSpec) and path[2] == "decision":
                ways = {way.trigger for way in self._definition.ways[step.id]}
                return Domain("text", options=tuple(word for trigger, word in _DECISIONS.items() if trigger in ways))
        spec = next((spec for spec in specs if spelt(spec.name) == path[-1]), None)
        return self._by_type(path) if spec is None else of_field(spec)

    def _by_type(self, path: Path) -> Domain | None:
        for length in range(len(path), 0, -1):
            kind = self._names.get(".".join(path[:length]))
            if kind is not None:
                return Domain("dyn") if length < len(path) else _TYPES.get(kind)
        return None


def of_field(spec: FieldSpec) -> Domain | None:
    """Return what a field can hold, None for a list."""
    lowest, highest = (_bound(bound) for bound in (spec.minimum, spec.maximum))
    if spec.type == "integer":
        return Domain("number", 1, lowest, highest)
    if spec.type == "number":
        return Domain("number", None, lowest, highest)
    if spec.type == "date":
        return Domain("time", _DAY, lowest, highest, is_date=True)
    if spec.type == "datetime":
        return Domain("time", None, lowest, highest)
    if spec.type == "duration":
        return Domain("length", 1, Fraction(0) if lowest is None else lowest, highest)
    if spec.type == "boolean":
        return Domain("bool")
    if spec.type == "list":
        return None
    return Domain("text", options=spec.options)


def _bound(encoded: Any) -> Fraction | None:
    value = None if encoded is None else as_value(values.decode(encoded))
    return value[1] if value is not None and isinstance(value[1], Fraction) else None


def pieces(domain: Domain, constants: Iterable[Value], is_ordered: bool) -> list[Value]:
    """Return one value of every piece into which these constants cut the domain.

    `is_ordered`: some comparison asks for an order, so texts are cut between the constants too.
    """
    wanted = set(constants)
    if domain.tag == "bool":
        return [("bool", True), ("bool", False)]
    if domain.tag == "dyn":
        found: list[Value] = []
        tags = {tag for tag, _ in wanted}
        for tag in ("number", "time", "length"):
            if tag in tags:
                found += _ordered(Domain(tag), [value for kind, value in wanted if kind == tag])
        if "text" in tags:
            found += _texts([value for kind, value in wanted if kind == "text"], is_ordered)
        if "bool" in tags:
            found += [("bool", True), ("bool", False)]
        return [*found, OTHER]
    mine = [value for tag, value in wanted if tag == domain.tag]
    if domain.tag == "text":
        return [("text", option) for option in domain.options] or _texts(mine, is_ordered)
    return _ordered(domain, mine)


def _ordered(domain: Domain, cuts: Sequence[Fraction]) -> list[Value]:
    """Cut a number line: each constant is a piece of its own, and each gap between two."""
    marks = sorted(set(cuts))
    edges: list[Fraction | None] = [None, *marks, None]
    found: list[Fraction] = []
    for number in range(len(edges) - 1):
        low, high = edges[number], edges[number + 1]
        inside = _between(domain, low, high)
        if inside is not None:
            found.append(inside)
        if high is not None and _holds(domain, high):
            found.append(high)
    return [(domain.tag, value) for value in found]


def _holds(domain: Domain, value: Fraction) -> bool:
    if domain.unit is not None and value % domain.unit:
        return False
    return (domain.lowest is None or value >= domain.lowest) and (domain.highest is None or value <= domain.highest)


def _between(domain: Domain, low: Fraction | None, high: Fraction | None) -> Fraction | None:
    """Return a value of the domain strictly between two marks, the plainest there is."""
    step = Fraction(domain.unit if domain.unit is not None else _DAY if domain.tag == "time" else 1)
    first = None if low is None else (math.floor(low / step) + 1) * step
    last = None if high is None else (math.ceil(high / step) - 1) * step
    if domain.lowest is not None:
        least = math.ceil(domain.lowest / step) * step
        first = least if first is None else max(first, least)
    if domain.highest is not None:
        most = math.floor(domain.highest / step) * step
        last = most if last is None else min(last, most)
    if first is None and last is None:
        return Fraction(0)
    if first is None or last is None:
        return first if first is not None else last
    if first <= last:
        return first
    if domain.unit is not None:
        return None
    least_open = low if domain.lowest is None or (low is not None and low >= domain.lowest) else domain.lowest
    most_open = high if domain.highest is None or (high is not None and high <= domain.highest) else domain.highest
    assert least_open is not None
    assert most_open is not None
    middle = (least_open + most_open) / 2
    is_inside = (low is None or low < middle) and (high is None or middle < high)
    return middle if is_inside and _holds(domain, middle) else None


def _texts(cuts: Sequence[str], is_ordered: bool) -> list[Value]:
    marks = sorted(set(cuts))
    if not is_ordered:
        other = "something else"
        while other in marks:
            other += "."
        return [*(("text", mark) for mark in marks), ("text", other)]
    found: list[str] = [] if "" in marks else [""]
    for number, mark in enumerate(marks):
        found.append(mark)
        above = marks[number + 1] if number + 1 < len(marks) else None
        between = next((text for text in (mark + "a", mark + " ", mark + "\0") if above is None or text < above), None)
        if between is not None:
            found.append(between)
    return [("text", text) for text in found]


def say(path: Path, value: Value, domain: Domain | None) -> str:
    """Write an assignment for people: `risk_score = 3`."""
    name = ".".join(path[1:] if path[0] in ("inputs", "steps") else path)
    tag, plain = value
    if value == UNSET:
        return f"{name} not given"
    if value == OTHER:
        return f"{name} = anything else"
    if tag == "bool":
        return f"{name} = {str(plain).lower()}"
    if tag == "text":
        return f"{name} = '{plain}'"
    if tag == "number":
        return f"{name} = {plain.numerator if plain.denominator == 1 else float(plain)}"
    if tag == "length":
        return f"{name} = {durations.write(timedelta(seconds=float(plain)))}"
    moment = _EPOCH + timedelta(seconds=float(plain))
    return f"{name} = {moment.date() if domain is not None and domain.is_date else moment.isoformat()}"
