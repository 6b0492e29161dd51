"""Between which numbers an expression lies, as far as the document says: by constants, `min` and `max`, and tables.

Takes an expression and the step that evaluates it; leaves what is too much to row 7. Sums, differences, products and
choices between them are followed, everything else may be any number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from engine.definition import Definition, FieldSpec, SetSpec, TaskSpec
from engine.expressions import Call, Const, ExpressionError, Name, Node, parse, spelt
from engine.expressions.tree import Path
from engine.proofs.domains import of_field
from engine.tables.answers import names_of
from engine.tables.table import Lookup, Table


@dataclass(frozen=True)
class Bounds:
    """From `low` to `high`, both in; None where nothing bounds that side."""

    low: Fraction | None = None
    high: Fraction | None = None

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(_sum(self.low, other.low), _sum(self.high, other.high))

    def __neg__(self) -> Bounds:
        return Bounds(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __mul__(self, other: Bounds) -> Bounds:
        ends = [(one, two) for one in (self.low, self.high) for two in (other.low, other.high)]
        corners = [one * two for one, two in ends if one is not None and two is not None]
        return Bounds(min(corners), max(corners)) if len(corners) == len(ends) else Bounds()

    def __or__(self, other: Bounds) -> Bounds:
        lows, highs = (self.low, other.low), (self.high, other.high)
        return Bounds(
            min((low for low in lows if low is not None), default=None) if None not in lows else None,
            max((high for high in highs if high is not None), default=None) if None not in highs else None,
        )

    def __and__(self, other: Bounds) -> Bounds:
        return Bounds(
            max((low for low in (self.low, other.low) if low is not None), default=None),
            min((high for high in (self.high, other.high) if high is not None), default=None),
        )


def bounds(definition: Definition, step: str, source: str) -> Bounds:
    """Return between which numbers an expression that this step evaluates lies."""
    return _Bounded(definition, frozenset()).source(step, source)


def _sum(one: Fraction | None, two: Fraction | None) -> Fraction | None:
    return None if one is None or two is None else one + two


@dataclass(frozen=True)
class _Bounded:
    """`seen` are the names being followed: one that is set from itself has no bounds."""

    definition: Definition
    seen: frozenset[Path]

    def source(self, step: str, source: str) -> Bounds:
        try:
            parsed = parse(source, self.definition.names_in(self.definition.steps[step].within))
        except ExpressionError:
            return Bounds()
        return self.node(parsed.tree)

    def node(self, node: Node) -> Bounds:
        if isinstance(node, Const):
            return _constant(node)
        if isinstance(node, Name):
            return self.name(node.path)
        return _called(node, self.node)

    def name(self, path: Path) -> Bounds:
        if path in self.seen:
            return Bounds()
        if path[0] == "inputs" and len(path) == 2:
            return _of_fields(self.definition.inputs, path[1])
        if path[0] != "steps" or len(path) != 3:
            return Bounds()
        step = next((step for step in self.definition.steps.values() if spelt(step.id) == path[1]), None)
        if step is not None and isinstance(step.does, TaskSpec):
            return _of_fields(step.does.form, path[2])
        if step is None or not isinstance(step.does, SetSpec):
            return Bounds()
        inner = _Bounded(self.definition, self.seen | {path})
        for name, source in step.does.assign.items():
            if spelt(name) == path[2]:
                return inner.source(step.id, source)
        lookup = next((lookup for name, lookup in step.does.tables.items() if spelt(name) == path[2]), None)
        return Bounds() if lookup is None else _of_table(self.definition.tables[lookup.decision], lookup)


def _constant(node: Const) -> Bounds:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        return Bounds()
    return Bounds(Fraction(node.value), Fraction(node.value))


def _called(node: Node, of: Callable[[Node], Bounds]) -> Bounds:
    if not isinstance(node, Call):
        return Bounds()
    match node.op:
        case "-_":
            return -of(node.args[0])
        case "_+_":
            return of(node.args[0]) + of(node.args[1])
        case "_-_":
            return of(node.args[0]) + -of(node.args[1])
        case "_*_":
            return of(node.args[0]) * of(node.args[1])
        case "_?_:_":
            return of(node.args[1]) | of(node.args[2])
    return Bounds()


def _of_fields(specs: Iterable[FieldSpec], name: str) -> Bounds:
    domain = next((of_field(spec) for spec in specs if spelt(spec.name) == name), None)
    return Bounds() if domain is None or domain.tag != "number" else Bounds(domain.lowest, domain.highest)


def _of_table(table: Table, lookup: Lookup) -> Bounds:
    """Return what any of the table's rules gives; of several that fit their sum, or how many there are."""
    if table.hit == "count":
        return Bounds(Fraction(0), Fraction(len(table.rules)))
    if table.hit == "collect":
        return Bounds()
    found = [_of_rule(table, rule.then[lookup.on]) for rule in table.rules]
    if not found:
        return Bounds()
    if table.hit == "sum":
        nothing = Bounds(Fraction(0), Fraction(0))
        whole = nothing
        for one in found:
            whole += one | nothing
        return whole
    whole = found[0]
    for one in found[1:]:
        whole |= one
    return whole & _of_fields((table.output(lookup.on),), spelt(lookup.on))


def _of_rule(table: Table, source: str) -> Bounds:
    def of(node: Node) -> Bounds:
        if isinstance(node, Const):
            return _constant(node)
        if isinstance(node, Name):
            is_input = node.path[0] == "inputs" and len(node.path) == 2
            return _of_fields(table.inputs, node.path[1]) if is_input else Bounds()
        return _called(node, of)

    try:
        return of(parse(source, names_of(table)).tree)
    except ExpressionError:
        return Bounds()
